"""What is kept of people's HTML, and what reaches the printing browser: R77, R89."""

import unittest
from time import process_time

from engine.markup import carry_pictures, clean, cut_off

HOSTILE = {
    "a base": '<base href="https://evil.example/">',
    "a refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "a style sheet": '<link rel="stylesheet" href="https://evil.example/a.css">',
    "a style": "<style>@import url(https://evil.example)</style>",
    "a script": "<script>evil()</script>",
    "a handler": '<p onclick="evil()">A</p>',
    "a remote picture": '<img src="https://evil.example/1.png">',
    "a picture of nowhere": '<img src=x onerror="evil()">',
    "a picture that acts": '<img src="/web/session/logout?evil">',
    "a picture by a way round": '<img src="/web/image/7/../../evil">',
    "a background": '<table background="https://evil.example/1.png"></table>',
    "a url in a style": '<p style="color: red; background: url(https://evil.example)">A</p>',
    "an escaped url in a style": r'<p style="background: \75rl(//evil.example)">A</p>',
    "a link that runs": '<a href="java\nscript:evil()">A</a>',
    "a link to data": '<a href="data:text/html,evil()">A</a>',
    "a vector picture": '<svg><image href="https://evil.example"/><script>evil()</script></svg>',
    "a vector picture as data": '<img src="data:image/svg+xml;base64,evil">',
    "a frame": '<iframe src="https://evil.example"></iframe>',
    "an object": '<object data="https://evil.example"><embed src="https://evil.example"></object>',
    "a form": '<form action="https://evil.example"><input name="evil"><button formaction="//evil">A</button></form>',
    "another parser's comment": "<!--><img src=x onerror=evil()>-->",
    "markup hidden in a title": '<svg><style><a title="</style><img src=x onerror=evil()>">',
    "a body": '<body onload="evil()" background="//evil.example">A</body>',
}


class TestClean(unittest.TestCase):
    def test_nothing_that_runs_or_fetches_is_kept(self):
        for name, text in HOSTILE.items():
            with self.subTest(name):
                kept = clean(f"<p>Before</p>{text}<p>After</p>")
                self.assertNotRegex(kept, "evil|<(base|meta|link|style|svg|form|input)")

    def test_what_people_write_is_kept(self):
        for text in (
            "<p>Dear <b>Ann</b>,<br/>pay 5 &gt; 3 &amp; smile</p>",
            "plain text, it's fine",
            '<p style="color: #FF0000; padding: 4px 24px 4px 0; margin: 16px 0">A</p>',
            '<p style="background-color: rgb(1, 2, 3)">A</p>',
            '<a href="https://pay.example/?a=1&amp;b=2" target="_blank">Pay</a>',
            '<a href="mailto:a@b.example">A</a><a href="/my/invoices">B</a><a href="www.b.example">C</a>',
            '<img src="data:image/png;base64,iVBORw0=" alt="Seal" width="20"/>',
            '<img src="/web/image/12-3abc/seal.png?access_token=1a-2b"/><img src="/web/image/12"/>',
            '<table cellpadding="0"><tbody><tr><td colspan="2">A</td></tr></tbody></table>',
            "<p>a&nbsp;b</p>",
        ):
            with self.subTest(text):
                self.assertEqual(clean(text), text)

    def test_an_unknown_element_leaves_its_text(self):
        self.assertEqual(
            clean("<html><body><blink>A</blink> <font face='x'>B</font></body></html>"), 'A <font face="x">B</font>'
        )

    def test_what_is_clean_stays_as_it_is(self):
        for text in (
            *HOSTILE.values(),
            "</div><p>A",
            "&lt;script&gt;",
            '<t t-out="object.name"/>',
            "a\x00b\ud800c",
            "  ",
        ):
            with self.subTest(text):
                self.assertEqual(clean(clean(text)), clean(text))

    def test_a_field_of_the_editor_becomes_a_placeholder(self):
        """R77: fields are inserted by a click."""
        self.assertEqual(
            clean("<p>A <t t-out=\"object.name or ''\">INV</t>!</p>"), "<p>A {{ object.name or '' ||| INV }}!</p>"
        )
        self.assertEqual(clean('<b t-out="object.name"><i>I{N}V</i></b>'), "<b>{{ object.name ||| I N V }}</b>")
        self.assertEqual(clean('<br t-out="object.name"/><script t-out="object.name"/>'), "<br/>{{ object.name }}")
        self.assertEqual(clean('<p t-out="a"><b t-out="b">C</b></p>'), "<p>{{ a ||| C }}</p>")

    def test_other_directives_are_shown_to_be_refused(self):
        self.assertIn('{{ t-foreach="a" }}', clean('<p t-foreach="a">A</p>'))

    def test_long_texts_are_read_in_one_pass(self):
        for text in (
            "<a" * 50000,
            "<x></x>" * 20000,
            "<b>" * 50000,
            "<!--" * 30000,
            '<p t-out="a">' * 5000,
            f'<p style="{"a" * 200000}">',
            f'<p style="{"a:b;" * 30000}">',
            f'<p style="{"rgb(" * 50000}">',
            f'<a href="{" " * 200000}">',
            f'<img src="data:image/png;base64,{"A" * 200000}!">',
        ):
            begun = process_time()
            clean(text)
            cut_off(text)
            self.assertLess(process_time() - begun, 2)


class TestCutOff(unittest.TestCase):
    def test_nothing_is_fetched_from_elsewhere(self):
        fetching = {
            **HOSTILE,
            "several pictures": '<img srcset="https://evil.example/1 1x, /2 2x">',
            "a film": '<video poster="//evil.example"><source src="//evil.example"></video>',
            "an old picture": '<svg><image xlink:href="//evil.example"/></svg>',
            "a sheet in the document": "<style>p { background: url('//evil.example') }</style>",
        }
        harmless = (
            "a handler",
            "a script",
            "another parser's comment",
            "markup hidden in a title",
            "a link that runs",
            "a link to data",
            "a picture of nowhere",
            "a form",
            "a body",
            "a vector picture",
        )
        for name, text in fetching.items():
            if name in harmless:
                continue
            with self.subTest(name):
                self.assertNotIn(
                    "evil",
                    cut_off(f"<html><body>{text}<p>After</p></body></html>").replace("image/svg+xml;base64,evil", ""),
                )

    def test_what_a_document_carries_itself_stays(self):
        text = (
            "<!DOCTYPE html>\n<html><head><style>p { background: url(data:image/png;base64,aa) }</style>"
            '<script>if (a < b && c) {}</script></head><body style="color: red"><p>é <a href="https://b.example">A'
            '</a></p><img src="data:image/png;base64,aa"><svg><use href="#a"></use></svg></body></html>'
        )
        self.assertEqual(cut_off(text), text)

    def test_own_addresses_may_be_fetched(self):
        def is_own(address):
            return address.startswith("/")

        text = '<html><body><img src="/logo.png" srcset="/a 1x"><p style="background: url(/a)">A</p></body></html>'
        self.assertEqual(cut_off(text, is_own), text)
        self.assertNotIn("/logo.png", cut_off(text))

    def test_a_picture_that_may_not_be_shown_is_left_out(self):
        def data_of(key, token):
            return "data:image/png;base64,aa" if token == "right" else None

        text = '<img src="/web/image/7?access_token=right"/><img src="/web/image/7"/><img src="/web/image/7x"/>'
        self.assertEqual(
            carry_pictures(text, data_of),
            '<img src="data:image/png;base64,aa"/><img src=""/><img src="/web/image/7x"/>',
        )

    def test_an_empty_document_is_one(self):
        self.assertEqual([cut_off(text) for text in ("", "  ", "<!-- a -->")], ["", "", ""])
