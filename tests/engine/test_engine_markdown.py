"""What people type as Markdown, made HTML: R74, and the sanitiser finds nothing left to take away (R77)."""

import unittest
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import markdown
from engine.markdown import in_html, to_html
from engine.markup import clean

READ = {
    "# One\n###### Six": "<h1>One</h1><h6>Six</h6>",
    "#hash\n####### seven": "<p>#hash<br/>####### seven</p>",
    "a\r\nb\rc\n \nd": "<p>a<br/>b<br/>c</p><p>d</p>",
    "**a** __b__ *c* _d_ ***e***": "<p><strong>a</strong> <strong>b</strong> <em>c</em> <em>d</em> "
    "<strong><em>e</em></strong></p>",
    "**a _b_ c**\nand *over\nlines*": "<p><strong>a <em>b</em> c</strong><br/>and <em>over<br/>lines</em></p>",
    "**a *b** c": "<p><strong>a *b</strong> c</p>",
    "**Zahlungs**frist": "<p><strong>Zahlungs</strong>frist</p>",
    "- a\n\n* b\n+ c": "<ul><li>a</li><li>b</li><li>c</li></ul>",
    "1. a\n2) b\n- c": "<ol><li>a</li><li>b</li></ol><ul><li>c</li></ul>",
    "- a\n  - b\n      1. c\n  - d\n- e": "<ul><li>a<ul><li>b<ol><li>c</li></ol></li><li>d</li></ul></li>"
    "<li>e</li></ul>",
    "- a\n  more\nend": "<ul><li>a<br/>more</li></ul><p>end</p>",
    "# a\n- b\n# c": "<h1>a</h1><ul><li>b</li></ul><h1>c</h1>",
    "[a **b**](http://example.com/x_(y)?a=1&b=2)": '<p><a href="http://example.com/x_(y)?a=1&amp;b=2">'
    "a <strong>b</strong></a></p>",
    "[a](mailto:a@b.example) <https://c.example/_d_>": '<p><a href="mailto:a@b.example">a</a> '
    '<a href="https://c.example/_d_">https://c.example/_d_</a></p>',
    "[a [b](https://c.example)](https://d.example)": '<p>[a <a href="https://c.example">b</a>](https://d.example)</p>',
    "[a] [b](https://c.example)": '<p>[a] <a href="https://c.example">b</a></p>',
    "[{{ object.name }}](https://c.example/{{ object.ref ||| a & b }})": '<p><a href="https://c.example/'
    '{{ object.ref ||| a &amp; b }}">{{ object.name }}</a></p>',
    "\x00\x1b ": "",
}
# What looks like Markdown and is none.
TEXT = (
    "2*3*4 and file_name_2 and **",
    "*a and b * c * d **",
    "**** a **** and ________",
    "{{ object.amount_residual }} and {{ object.invoice_date_due ||| *never* }}",
    "the 14. of March",
    "-5 % and 3.50 EUR",
    "![a](https://evil.example/1.png) and ![b *c",
    "[a](javascript:alert(1)) and [b](data:text/html,c) and [c](//evil.example)",
    "[](https://a.example) and [a](https://b c.example) and a](https://b.example)",
    "https://example.com/_a_/b_c",
    "<b>a</b> &amp; <img src=x onerror=evil()> <javascript:evil>",
    r"C:\new \*",
)
HOSTILE = (
    *("[", "*", "_", "(", "`", "&", "\n", " ", "\xa0", "]("),
    *("_a_", "**a**", "*a", "**a ", "***a***", "_a_\n\n", "[_a", "[[a]]", "![a](http://x)", "_[a](http://b)_"),
    *("[a](http://a)", "](http://", "](http://(", "](mailto:((", "](http://{{", "<http://a", "<http://a>", "http://a "),
    *("{{", "{{ a }}", "a\n", "- a\n", "- _a_\n", "- a\n  - b\n", "1. a\n", "# a\n", "  - "),
)
WRITTEN = st.lists(
    st.sampled_from([
        *"*_[]()!#-+1. \n\t<>{}&\"'ab\xa0\x00\u2028",
        "http://a",
        "mailto:b",
        "{{ object.name }}",
        "](",
        "**",
    ])
    | st.characters(),
    max_size=40,
).map("".join)


def seconds(text):
    """Return what it takes to read a text."""
    start = process_time()
    to_html(text)
    return process_time() - start


class TestMarkdown(unittest.TestCase):
    def test_what_people_write_is_read(self):
        for text, expected in READ.items():
            with self.subTest(text):
                self.assertEqual(to_html(text), expected)

    def test_what_only_looks_like_it_stays_text(self):
        for text in TEXT:
            with self.subTest(text):
                escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                self.assertEqual(to_html(text), f"<p>{escaped}</p>")

    def test_lists_are_nested_no_deeper_than_readers_follow(self):
        deep = "\n".join("  " * depth + "- a" for depth in range(50))
        self.assertEqual(to_html(deep).count("<ul>"), markdown.MAX_DEPTH)
        mixed = "\n".join("  " * depth + ("- a", "1. a")[depth % 2] for depth in range(50))
        self.assertEqual(clean(to_html(mixed)), to_html(mixed))

    def test_more_marks_than_anybody_writes_are_text(self):
        self.assertEqual(to_html("*a* " * 5000 + "\nb")[:20], "<p>*a* *a* *a* *a* *")
        self.assertTrue(to_html("*a* " * 5000 + "\nb").endswith(" *a* <br/>b</p>"))

    @given(WRITTEN)
    @settings(max_examples=400, deadline=None)
    def test_the_sanitiser_takes_nothing_away(self, text):
        self.assertEqual(clean(to_html(text)), to_html(text))

    @given(WRITTEN, WRITTEN)
    @settings(max_examples=200, deadline=None)
    def test_placeholders_survive_untouched(self, before, after):
        placeholder = "{{ object.amount_residual ||| *none* _of_ [it](http://a) }}"
        if "{{" not in before + after and before[-1:] != "{":
            self.assertIn(placeholder, to_html(f"{before}{placeholder}{after}"))

    @given(
        st.lists(st.tuples(st.sampled_from(["p", "div", "em", "h1"]), WRITTEN, st.sampled_from(["", "<br>", "b<br>c"])))
    )
    @settings(max_examples=200, deadline=None)
    def test_what_was_read_is_not_read_again(self, paragraphs):
        body = clean("".join(f"<{tag}>{text}{end}</{tag}>" for tag, text, end in paragraphs))
        once = clean(in_html(body))
        self.assertEqual(clean(in_html(once)), once)

    def test_it_is_linear(self):
        """R74: four times as much takes four times as long, where a square takes sixteen."""
        for text in HOSTILE:
            hostile = (text * 100_000)[:100_000]
            # As many marks as are read, spread over the text.
            few = ((text + "x" * 20) * 5000)[:100_000]
            for written in (hostile, few):
                with self.subTest(text):
                    part, whole = (min(seconds(one) for _time in range(3)) for one in (written[:25_000], written))
                    self.assertLess(whole, 8 * part)


class TestInHtml(unittest.TestCase):
    def test_plain_paragraphs_are_read_together(self):
        for body, expected in {
            "<p>- a</p><p>- b<br/>- c</p>": "<ul><li>a</li><li>b</li><li>c</li></ul>",
            "<div>**a**</div>": "<p><strong>a</strong></p>",
            "**a**<br/>b<p>c</p>": "<p><strong>a</strong><br/>b</p><p>c</p>",
            "<p>1.&nbsp;a\n b</p>": "<ol><li>a b</li></ol>",
            "<p>&lt;b&gt; **a** {{ object.name }}</p>": "<p>&lt;b&gt; <strong>a</strong> {{ object.name }}</p>",
            "**a** &lt;b&gt;": "<p><strong>a</strong> &lt;b&gt;</p>",
            "": "",
        }.items():
            with self.subTest(body):
                self.assertEqual(clean(in_html(body)), expected)

    def test_what_is_formatted_stays(self):
        for body in (
            "<p>a</p><p><br/></p><p>b</p>",
            "<p>a <b>**b**</b></p>",
            '<p style="color: red">**a**</p>',
            "<h1>**a**</h1><ul><li>**b**</li></ul>",
            "<div>a</div>b<br/>",
        ):
            with self.subTest(body):
                self.assertIn(clean(in_html(body)), (body, body.replace("b<br/>", "<p>b</p>")))
