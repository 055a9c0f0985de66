"""Markdown as people type it or paste it, made HTML (R74): pure, and linear in the length of the text."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from lxml import html as lxml_html

# More marks, addresses and lines than anybody writes by hand: such a text stays as it is.
MAX_MARKS = 5000
MAX_DEPTH = 6
_MARKS = ("\n", "*", "_", "[", "]", "<", "{", "://")
_BLANKS = " \t\xa0"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_HEADING = re.compile(rf"(#{{1,6}})[{_BLANKS}]+")
_ITEM = re.compile(rf"([-*+]|([0-9]{{1,9}})[.)])[{_BLANKS}]+")
_ADDRESS = r"(?:https?://|mailto:)(?:[^\s()<>{}]|\{\{[^{}\n]*\}\}|\([^\s()<>{}]*\)){1,2000}"
_TOKEN = re.compile(
    rf"(?P<placeholder>\{{\{{[^{{}}\n]*\}}\}})|<(?P<bracketed>(?i:https?://|mailto:)[^\s<>{{}}]{{1,2000}})>"
    rf"|\]\((?P<target>(?i:{_ADDRESS}))\)|(?P<opener>!?\[)|(?P<closer>\])|(?P<mark>\*+|_+)|(?P<end>\n)"
    r"|(?P<bare>(?i:https?)://[^\s<>()\[\]{}*]*)"
)
_TAGS = {1: ("<em>", "</em>"), 2: ("<strong>", "</strong>"), 3: ("<strong><em>", "</em></strong>")}
_TAG = re.compile(r"<[a-zA-Z/!?]")
_FORMATTED = re.compile(r"<(?!/?p>|br/>)")


def to_html(text: str) -> str:
    """Return a text in Markdown as HTML (R74).

    It knows headings, bold, italic, lists, and links to http, https and mailto; a line break is one. All else stays
    text, raw HTML and pictures as well, and so does what is no Markdown but looks like it. Placeholders survive.

    >>> to_html("# Hello\\n**Please** pay:\\n- _now_, or\\n- [here](https://example.com)")
    '<h1>Hello</h1><p><strong>Please</strong> pay:</p><ul><li><em>now</em>, or</li><li><a href="https://example.com">here</a></li></ul>'
    >>> to_html("Dear {{ object.partner_id.name }},\\n<b>2 * 3</b>\\n\\n![x](https://evil.example/1.png)")
    '<p>Dear {{ object.partner_id.name }},<br/>&lt;b&gt;2 * 3&lt;/b&gt;</p><p>![x](https://evil.example/1.png)</p>'
    >>> to_html("3. third\\n  - inner\\n4. fourth"), to_html("[x](javascript:alert)")
    ('<ol start="3"><li>third<ul><li>inner</li></ul></li><li>fourth</li></ol>', '<p>[x](javascript:alert)</p>')
    """
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if not text.strip():
        return ""
    if sum(map(text.count, _MARKS)) > MAX_MARKS:
        return _paragraph(text.strip())
    writer = _Writer()
    for line in text.split("\n"):
        writer.read(line)
    writer.end()
    return "".join(writer.parts)


def in_html(body: str) -> str:
    """Return HTML that was cleaned, with what was typed into it as Markdown read (R74).

    Paragraphs of plain text that follow each other are read together; what is formatted already stays as it is, and a
    text without any tag is Markdown as a whole. Read again it stays the same.

    >>> in_html("<p>We ask for:</p><p>- the **amount**</p><p>- a reply</p><p><em>**Ann**</em></p>")
    '<p>We ask for:</p><ul><li>the <strong>amount</strong></li><li>a reply</li></ul><p><em>**Ann**</em></p>'
    >>> in_html("<p>Hello</p><p><br/></p><p>2 * 3 &lt; 7</p>"), in_html("Ann &amp; **Bob**")
    ('<p>Hello</p><p><br></p><p>2 * 3 &lt; 7</p>', '<p>Ann &amp; <strong>Bob</strong></p>')
    """
    if not _TAG.search(body):
        return to_html(html.unescape(body))
    parts, plain = [], []
    for piece in _pieces(body):
        if piece.text:
            plain.append(piece)
        else:
            parts += [_read(plain), piece.source]
            plain = []
    return "".join([*parts, _read(plain)])


# ------------------------------------------------------------------ blocks


class _List(NamedTuple):
    """An open list: its tag, and how far its items are indented."""

    tag: str
    indent: int


class _Writer:
    """Writes down one line after the other."""

    def __init__(self):
        self.parts: list[str] = []
        # Of the paragraph or the list item that is open.
        self._lines: list[str] = []
        self._lists: list[_List] = []

    def read(self, line):
        text = line.strip(_BLANKS)
        indent = len(line) - len(line.lstrip(_BLANKS))
        item = _ITEM.match(text)
        if not text:
            if not self._lists:
                self.end()
        elif heading := _HEADING.match(text):
            self.end()
            tag = f"h{len(heading[1])}"
            self.parts.append(f"<{tag}>{_inline(text[heading.end() :])}</{tag}>")
        elif item and self._may_begin(item):
            self._begin_item(item, indent)
            self._lines.append(text[item.end() :])
        else:
            # A line that is not indented ends a list.
            if self._lists and not indent:
                self.end()
            self._lines.append(text)

    def end(self):
        """End whatever is open."""
        if self._lists:
            while self._lists:
                self._end_list()
        elif self._lines:
            self.parts.append("<p>")
            self._write_lines()
            self.parts.append("</p>")

    def _may_begin(self, item):
        """Return whether a mark begins an item: a number in the middle of a sentence is the day of a date."""
        return self._lists or not self._lines or int(item[2] or 1) == 1

    def _begin_item(self, item, indent):
        tag, start = ("ol", int(item[2])) if item[2] else ("ul", 1)
        if not self._lists:
            self.end()
        while len(self._lists) > 1 and indent < self._lists[-1].indent:
            self._end_list()
        if self._lists and (indent < self._lists[-1].indent + 2 or len(self._lists) == MAX_DEPTH):
            if self._lists[-1].tag == tag:
                self._write_lines()
                self.parts.append("</li><li>")
                return
            indent = self._lists[-1].indent
            self._end_list()
        self._write_lines()
        self._lists.append(_List(tag, indent))
        self.parts.append(f'<{tag} start="{start}"><li>' if start != 1 else f"<{tag}><li>")

    def _end_list(self):
        self._write_lines()
        self.parts.append(f"</li></{self._lists.pop().tag}>")

    def _write_lines(self):
        self.parts.append(_inline("\n".join(self._lines)))
        self._lines = []


# ------------------------------------------------------------------ inside of a line


def _inline(text):
    """Return a text with what is bold, italic and a link in it."""
    found = list(_TOKEN.finditer(text))
    if not found:
        return _escaped(text)
    targets, frames, parts, at = _links(found), [_Emphasis()], [], 0
    for number, token in enumerate(found):
        parts.append(_escaped(text[at : token.start()]))
        at = token.end()
        if number in targets:
            target = targets[number]
            if target:
                frames.append(_Emphasis())
            else:
                frames.pop()
            parts.append(f'<a href="{_escaped(target, quote=True)}">' if target else "</a>")
        elif token["mark"]:
            frames[-1].read(token, parts)
        else:
            parts.append(_alone(token))
    return "".join([*parts, _escaped(text[at:])])


def _alone(token):
    """Return what a token says that opens and closes nothing."""
    if token["end"]:
        return "<br/>"
    if target := token["bracketed"]:
        return f'<a href="{_escaped(target, quote=True)}">{_escaped(target)}</a>'
    return _escaped(token[0])


def _links(found):
    """Return {number of a token: where the link goes that it opens, None where it closes one}.

    A link has no other one inside, and a picture stays text.
    """
    targets: dict[int, str | None] = {}
    openers: list[int] = []
    for number, token in enumerate(found):
        if token["opener"]:
            openers.append(number)
        elif (token["closer"] or token["target"]) and openers:
            opener = found[openers[-1]]
            is_link = token["target"] and opener[0] == "[" and opener.end() < token.start()
            if is_link:
                targets |= {openers[-1]: token["target"], number: None}
                openers.clear()
            else:
                openers.pop()
    return targets


class _Emphasis:
    """What was opened within one link, or outside of them all."""

    def __init__(self):
        # The runs of marks that may still be closed, each with its place among the parts.
        self._open: list[tuple[str, int]] = []
        self._count: dict[str, int] = {}

    def read(self, token, parts):
        """Write a run of marks, which opens something, closes something, or is text."""
        run = token["mark"]
        start, end = token.span()
        before, after = token.string[max(start - 1, 0) : start], token.string[end : end + 1]
        # Within a word only two stars mean anything: 2*3*4 and file_name_2 are none.
        within = run == "**" or not (_is_word(before) and _is_word(after))
        known = len(run) in _TAGS and within
        if known and before.strip() and not (_is_word(after) and run != "**") and self._count.get(run):
            self._close(run, parts)
            return
        if known and after.strip() and not (_is_word(before) and run != "**"):
            self._open.append((run, len(parts)))
            self._count[run] = self._count.get(run, 0) + 1
        parts.append(run)

    def _close(self, run, parts):
        opened = None
        while opened != run:
            opened, place = self._open.pop()
            self._count[opened] -= 1
        parts[place], closing = _TAGS[len(run)]
        parts.append(closing)


def _is_word(character):
    return character.isalnum()


def _paragraph(text):
    lines = _escaped(text).replace("\n", "<br/>")
    return f"<p>{lines}</p>"


def _escaped(text, quote=False):
    return html.escape(text, quote=quote).replace("\xa0", "&nbsp;")


# ------------------------------------------------------------------ what an editor makes


class _Piece(NamedTuple):
    """A part of a text on its own: its HTML, and what it says if that is nothing but text and line breaks."""

    source: str
    text: str = ""


def _pieces(body):
    """Return the parts that stand beside each other in clean HTML."""
    root = lxml_html.fragment_fromstring(body, create_parent="div")
    pieces, loose = [], [root.text or ""]
    for element in root:
        if element.tag == "br":
            loose.append("\n" + _on_one_line(element.tail))
            continue
        pieces += [_loose(loose), _piece(element)]
        loose = [_on_one_line(element.tail)]
    return [piece for piece in [*pieces, _loose(loose)] if piece.source]


def _loose(parts):
    """Return the piece of text that stands outside of any paragraph."""
    text = "".join(parts).strip(" \n")
    return _Piece(_paragraph(text) if text else "", text)


def _piece(element):
    source = lxml_html.tostring(element, encoding="unicode", with_tail=False)
    is_plain = element.tag in ("p", "div") and not element.attrib and all(child.tag == "br" for child in element)
    if not is_plain or any(child.attrib for child in element):
        return _Piece(source)
    text = _on_one_line(element.text) + "".join(f"\n{_on_one_line(child.tail)}" for child in element)
    return _Piece(source, text.strip("\n"))


def _on_one_line(text):
    """Return a text in which an HTML line break is a blank, as readers see it."""
    return re.sub(r"[ \t\n\r]+", " ", text or "")


def _read(pieces):
    """Return the HTML of plain paragraphs, the same unless anything in them is Markdown."""
    written = to_html("\n\n".join(piece.text for piece in pieces))
    return written if _FORMATTED.search(written) else "".join(piece.source for piece in pieces)
