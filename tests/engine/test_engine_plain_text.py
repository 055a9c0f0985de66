"""Plain text made of HTML, and colours that can be read: R72."""

import re
import unittest
from html import escape
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from engine import contrast
from engine.plain_text import from_html

WORDS = st.text("abcé<&>\"' \xa0\n", max_size=12)
TAGS = ["p", "div", "b", "ul", "ol", "li", "table", "tr", "td", "h1", "blockquote", "a", "br", "t", "pre"]


class TestPlainText(unittest.TestCase):
    def test_it_reads_like_a_letter(self):
        """R72"""
        for html, text in (
            ("<p>Hello,</p>\n\n<p>A\n   b&nbsp;c.</p>", "Hello,\n\nA b c."),
            ("<div>A</div><div>B</div>", "A\nB"),
            ("<div>A<div>B</div></div>C", "A\nB\nC"),
            ("A<br>B<br/><br/><br/>C", "A\nB\n\nC"),
            ("<h1>T</h1>A", "T\n\nA"),
            ("<b>A</b><i>b</i> <u> c</u>", "Ab c"),
            ("A<hr>B", "A\n\nB"),
            ("<p></p><p> </p>A<p></p>", "A"),
            ("<ul><li></li><li>A</li></ul>B", "- A\n\nB"),
            ("<ul>\n<li><p>A</p></li>\n<li>B<br>C</li></ul>", "- A\n- B\n  C"),
            ("<ol><li>A<ul><li>B</li></ul></li><li>C</li></ol>D", "1. A\n  - B\n2. C\n\nD"),
            ("<p>A</p><ol><li>B</li></ol>", "A\n\n1. B"),
            ("<li>A</li>", "- A"),
            ("<table><tr><th>A</th><td>B</td></tr><tr><td>C</td></tr></table>", "A B\nC"),
            ("1 &lt; 2 &amp;amp; 3", "1 < 2 &amp; 3"),
            ("A\u200b\u00adB\x00C", "ABC"),
            ("<style>p { }</style><script>x()</script><title>T</title>A<!-- B -->C", "AC"),
            ("<img alt='Seal' src='x'><img src='y'>", "Seal"),
            ("\u05e9\u05dc\u05d5\u05dd <b>a</b>", "\u05e9\u05dc\u05d5\u05dd a"),
            ("", ""),
        ):
            with self.subTest(html):
                self.assertEqual(from_html(html), text)

    def test_links_say_where_they_lead(self):
        """R72: once, and never to what is no place."""
        for html, text in (
            ("See <a href='https://a.example/?x=1&amp;y=2'>this </a>.", "See this (https://a.example/?x=1&y=2)."),
            ("<a href='https://a.example'>https://a.example</a>", "https://a.example"),
            ("<a href='https://a.example'><img src='x'></a>", "https://a.example"),
            ("<a href='mailto:a@b.example'>Ann</a>", "Ann (a@b.example)"),
            ("<a href='tel:+4930'>+4930</a>", "+4930"),
            ("<a href='javascript:x()'>A</a><a>B</a><a href='#c'>C</a>", "ABC"),
        ):
            with self.subTest(html):
                self.assertEqual(from_html(html), text)

    @given(st.lists(st.tuples(st.sampled_from(TAGS), WORDS, st.booleans()), max_size=20))
    def test_no_word_is_lost_and_no_markup_is_left(self, pieces):
        """R72: whatever a person nests, closed or not."""
        html = ""
        for tag, words, is_closed in pieces:
            html += f"<{tag}>{escape(words)}" + (f"</{tag}>" if is_closed and tag != "br" else "")
        text = from_html(html)
        written = re.sub(r"\s+", "", "".join(words for _tag, words, _is_closed in pieces))
        bare = re.sub(r"^ *(?:- |\d+\. )", "", text, flags=re.M)
        self.assertEqual("".join(bare.split()), written)
        self.assertNotRegex(text, r"[ \n]\Z|\A[\n]|\n\n\n| \n|\xa0")

    def test_it_takes_time_by_length_alone(self):
        """R72: what is nested or never closed too."""
        for piece in ("<p>x ", "<a href='https://a.example'>b", "<ul><li>x", "<td>", "<b>x</b> ", "<br>"):
            with self.subTest(piece):
                start = process_time()
                from_html(piece * 20_000)
                self.assertLess(process_time() - start, 3)


class TestContrast(unittest.TestCase):
    @given(*[st.integers(0, 0xFFFFFF)] * 2)
    def test_a_button_can_be_read_in_any_colours(self, wanted, behind):
        """R72: of the letters, and of the button on the card."""
        fill = f"#{behind:06x}"
        ink = contrast.readable(f"#{wanted:06x}", fill)
        self.assertGreaterEqual(contrast.ratio(ink, fill), contrast.TEXT)
        self.assertGreaterEqual(contrast.ratio(contrast.edge(fill, ink, "#FFFFFF"), "#FFFFFF"), contrast.SHAPE)
