from odoo.tests import TransactionCase

from ...models.common.typed_text import from_editor


class TestTypedText(TransactionCase):
    """What a person types as Markdown is formatted, and only what is safe is kept of anything else: R74, R77."""

    def test_markdown_in_an_editor_is_read(self):
        self.assertEqual(
            from_editor('<p class="o-paragraph">**Pay**</p><p>- [now](https://a.example)</p>'),
            '<p><strong>Pay</strong></p><ul><li><a href="https://a.example">now</a></li></ul>',
        )
        self.assertEqual(from_editor("Dear **Ann**"), "<p>Dear <strong>Ann</strong></p>")

    def test_what_is_not_safe_goes(self):
        self.assertEqual(from_editor('<p onclick="x()">**a**<script>x()</script></p>'), "<p><strong>a</strong></p>")
        self.assertEqual(from_editor("[a](javascript:x())"), "<p>[a](javascript:x())</p>")
        self.assertEqual(from_editor(False), "")

    def test_what_no_field_takes_is_not_read(self):
        text = "**a**" * 50_000
        self.assertEqual(from_editor(text), text)
