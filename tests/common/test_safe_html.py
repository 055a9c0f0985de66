"""HTML of people: cleaned when it is stored, shown in a sandbox (R77)."""

from lxml import etree

from odoo.tests import tagged

from ...models.common.safe_html import SafeHtml
from ..builders.letters import LetterCommon

HOSTILE = (
    '<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example">'
    '<link rel="stylesheet" href="https://evil.example"><style>@import url(https://evil.example)</style>'
    '<p onclick="evil()" style="background: url(https://evil.example)">Pay</p><script>evil()</script>'
    '<img src="https://evil.example/1.png"><iframe src="https://evil.example"></iframe><svg onload="evil()"></svg>'
)


def our_html_fields(env):
    """(model, field) of every HTML field that this addon brings."""
    for model in env.registry.values():
        for field in model._fields.values():
            if field.type == "html" and "invoice_chasing" in field._modules and not model._abstract:
                yield model, field


@tagged("post_install", "-at_install")
class TestSafeHtml(LetterCommon):
    def test_every_stored_field_keeps_only_what_is_harmless(self):
        """Found by reflection: a new one has to be one of these."""
        found = [
            (model._name, field.name, isinstance(field, SafeHtml))
            for model, field in our_html_fields(self.env)
            if field.store
        ]
        self.assertGreaterEqual(len(found), 4)
        self.assertEqual([one for one in found if not one[2]], [])

    def test_every_view_shows_what_is_not_being_written_in_a_sandbox(self):
        html = {(model._name, field.name): field for model, field in our_html_fields(self.env)}
        shown = 0
        views = self.env["ir.ui.view"].search([("model", "=like", "chasing.%")])
        for view in views:
            for node in etree.fromstring(view.arch).iter("field"):
                field = html.get((view.model, node.get("name")))
                if field and (field.readonly or node.get("readonly") == "1") and field.name != "explanation":
                    shown += 1
                    self.assertIn("'sandboxedPreview': True", node.get("options") or "", (view.name, field.name))
        self.assertGreaterEqual(shown, 3)

    def test_hostile_html_is_stored_nowhere(self):
        invoice = self.make_invoice()
        step = self.step(invoice, "on_issue")
        dialog = self.env["chasing.edit"].create({"schedule_id": invoice.chasing_schedule_id.id})
        written = [self.cadence.step_ids[0], step.sudo(), dialog.line_ids[0]]
        for record in written:
            record.body = HOSTILE
        self.env.flush_all()
        self.env.invalidate_all()
        for record in written:
            self.assertEqual(record.body, "<p>Pay</p>", record._name)
        self.at("2026-03-02 09:00")
        [letter] = self.letters(invoice)
        self.check_harmless(letter.content)
        self.check_harmless(letter.delivery_id.message_body)
        self.check_harmless(self.env["chasing.channel.letter"]._content(letter.delivery_id)[1])

    def test_a_letter_of_a_hostile_template_is_harmless(self):
        """A template's HTML is Odoo's to clean, which leaves `base` and `style` in; a letter's is ours."""
        self.tone_line("new").letter_template_id.body_html = f"{HOSTILE}<p t-out='object.name'/>"
        [letter] = self.make_letter()
        self.check_harmless(letter.content)
        self.assertIn(letter.move_id.name, letter.content)

    def test_a_note_in_the_dossier_is_harmless(self):
        invoice = self.make_invoice()
        message = invoice.sudo()._message_log(body="Noted")
        self.env.cr.execute("UPDATE mail_message SET body = %s WHERE id = %s", [HOSTILE, message.id])
        self.env.invalidate_all()
        summary = self.env["chasing.dossier"]._summary(invoice.chasing_schedule_id, [])
        self.check_harmless(summary.partition("<body>")[2])
        self.assertIn("<p>Pay</p>", summary)

    def test_names_do_not_become_markup(self):
        """In what we write into conversations, alerts and explanations."""
        self.customer.name = "<img src=x onerror=evil()>"
        invoice = self.make_invoice(ref="<script>evil()</script>")
        step = self.step(invoice, "on_issue")
        step.action_skip()
        invoice.chasing_schedule_id.action_pause(reason="<img src=x onerror=evil()>")
        self.env.flush_all()
        texts = [step.explanation, step.preview_body, *invoice.sudo().message_ids.mapped("body")]
        for text in texts:
            self.assertNotRegex(str(text), "<(img src=x|script)")

    def check_harmless(self, html):
        self.assertNotRegex(str(html), "evil|<(base|meta|link|style|script|iframe|svg|img)")
