"""HTML as plain text that reads well: the part of an e-mail for whoever sees no HTML (R72)."""

from __future__ import annotations

import re

from lxml import etree
from lxml import html as lxml_html

_HIDDEN = frozenset("head script style template title".split())
# What stands apart from what is before and after it, and what only begins a line.
_APART = frozenset("blockquote dl h1 h2 h3 h4 h5 h6 hr ol p pre table ul".split())
_LINES = frozenset("caption center dd div dt li section tr".split())
_LISTS = frozenset(("ol", "ul"))
_ADDRESS = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_SPOKEN = re.compile(r"(?:mailto|tel):", re.IGNORECASE)
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u200b\u2060\ud800-\udfff\ufeff\ufffe\uffff]")


def from_html(text: str) -> str:
    """Return HTML as plain text: paragraphs parted by a blank line, lists, links as "words (address)" (R72).

    It takes time that grows with the length of the text alone.

    >>> print(from_html("<p>Dear <b>Ann</b>,</p><p>see <a href='https://a.example/1'>the page</a><br>or write.</p>"))
    Dear Ann,
    <BLANKLINE>
    see the page (https://a.example/1)
    or write.
    >>> print(from_html("<ul><li>one<ol><li>two</li></ol></li><li>three</li></ul>"))
    - one
      1. two
    - three
    >>> from_html("<a href='mailto:a@b.example'>a@b.example</a> <img alt='Seal' src='x'> &lt;b&gt; <style>x</style>")
    'a@b.example Seal <b>'
    >>> from_html(" <!-- nothing --> ")
    ''
    """
    writer = _Writer()
    body = lxml_html.document_fromstring(f"<div>{_UNSEEN.sub('', text)}</div>").find("body")
    for event, element in etree.iterwalk(body, events=("start", "end", "comment", "pi")):
        if event == "start":
            writer.open(element)
        elif event == "end":
            writer.close(element)
        if event != "start":
            writer.write(element.tail)
    return "".join(writer.parts)


class _Writer:
    """Writes down the words of a tree that is walked through once."""

    def __init__(self):
        self.parts = []
        self._hidden = self._newlines = 0
        self._is_parted = False
        self._counts, self._marker, self._link_from = [], "", 0

    def open(self, element):
        if element.tag in _HIDDEN:
            self._hidden += 1
        self._part(element.tag)
        if element.tag in _LISTS:
            self._counts.append(0 if element.tag == "ol" else None)
        elif element.tag == "li":
            self._marker = self._next_marker()
        elif element.tag == "br":
            self._newlines += 1
        elif element.tag in ("td", "th"):
            self._is_parted = True
        elif element.tag == "a":
            self._link_from = len(self.parts)
        elif element.tag == "img":
            self.write(element.get("alt"))
        self.write(element.text)

    def close(self, element):
        if element.tag in _HIDDEN:
            self._hidden -= 1
        elif element.tag in _LISTS:
            self._counts.pop()
            self._marker = ""
        elif element.tag == "a":
            self._write_address(element.get("href") or "")
        self._part(element.tag)

    def write(self, text):
        """Write words, which part as those of HTML do."""
        if not text or self._hidden:
            return
        words = " ".join(text.split())
        self._is_parted |= text[0].isspace()
        if words:
            self._put(words)
            self._is_parted = text[-1].isspace()

    def _put(self, words):
        if not self.parts:
            self.parts.append(self._marker)
        elif self._newlines:
            self.parts.append("\n" * min(self._newlines, 2) + self._indent())
        elif self._is_parted:
            self.parts.append(" ")
        self._newlines, self._marker = 0, ""
        self.parts.append(words)

    def _part(self, tag):
        """Begin a line where an element does, below a blank one where it stands apart; the lines of a list do not."""
        if tag in _APART:
            self._newlines = max(self._newlines, 1 if self._counts else 2)
        elif tag in _LINES:
            self._newlines = max(self._newlines, 1)

    def _indent(self):
        depth = len(self._counts)
        return "  " * (depth - 1) + self._marker if self._marker else "  " * depth

    def _next_marker(self):
        if not self._counts or self._counts[-1] is None:
            return "- "
        self._counts[-1] += 1
        return f"{self._counts[-1]}. "

    def _write_address(self, address):
        if not _ADDRESS.match(address):
            return
        said = "".join(self.parts[self._link_from :]).strip()
        address = _SPOKEN.sub("", address.strip())
        if said != address:
            self._is_parted = True
            self._put(f"({address})" if said else address)
            self._is_parted = False
