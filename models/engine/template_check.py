"""What is wrong with the source of a template, seen before it is filled in (R77)."""

from __future__ import annotations

import re
from collections.abc import Collection
from html.parser import HTMLParser
from typing import NamedTuple

from lxml import html as lxml_html

_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")
_BRACES = re.compile(r".{0,20}(?:\{\{|\}\}).{0,40}")
_NEVER_CLOSED = frozenset("area base br col embed hr img input link meta source track wbr".split())
# Each stands for many names.
_FAMILIES = ("t-att-", "t-attf-", "t-options-", "t-valuef.")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile("[\\s\u200b-\u200d\u2060\ufeff\xad]")


class Fault(NamedTuple):
    """Say what is wrong and where: a code, and the words around the place.

    ``braces`` would be printed as they stand, a ``directive`` is one that nobody knows, ``t-foreach`` lacks its
    ``t-as``, what is ``open`` is never closed, what is ``closed`` was never opened, and a tag is ``unfinished``.
    """

    code: str
    place: str


def fault_in_text(source: str) -> Fault | None:
    """Return the first fault of a plain text with placeholders, None without one (R77).

    >>> fault_in_text("Invoice {{ object.name }")
    Fault(code='braces', place='Invoice {{ object.name }')
    >>> fault_in_text("Invoice {{ object.name }}")
    """
    found = _BRACES.search(_PLACEHOLDER.sub("", source))
    return Fault("braces", found[0].strip()) if found else None


def fault_in_markup(source: str, directives: Collection[str]) -> Fault | None:
    """Return the first fault of a text in QWeb, None without one (R77).

    :param directives: the names that QWeb knows, such as ``out``

    >>> fault_in_markup("<p>No. {{ object.name }}</p>", ["out"])
    Fault(code='braces', place='No. {{ object.name }}')
    >>> fault_in_markup('<p t-foo="1">A</p>', ["out"])
    Fault(code='directive', place='<p t-foo="1">')
    >>> fault_in_markup('<t t-out="object.name">INV/1<br></t>', ["out"])
    """
    reader = _Reader(directives)
    reader.feed(source)
    reader.end()
    return reader.fault


def has_words(text: str) -> bool:
    """Return whether a text, in HTML or plain, says anything to whoever reads it (R77): spaces and pictures do not.

    >>> has_words("<p>&nbsp;<img src='x'/></p>"), has_words("<p>Pay</p>"), has_words("5 < 6")
    (False, True, True)
    """
    said = lxml_html.fragment_fromstring(f"<div>{_CONTROLS.sub('', text)}</div>", create_parent="div").text_content()
    return bool(_INVISIBLE.sub("", said))


class _Reader(HTMLParser):
    """Reads a source once and keeps its first fault."""

    def __init__(self, directives):
        super().__init__()
        self.fault = None
        self._known = {f"t-{name.replace('_', '-')}" for name in directives}
        # [(tag, how it begins, whether it says something to QWeb)]
        self._open = []

    def handle_starttag(self, tag, attrs):
        self._look_at(attrs)
        if tag not in _NEVER_CLOSED:
            says_something = tag == "t" or any(name.startswith("t-") for name, _value in attrs)
            self._open.append((tag, self.get_starttag_text(), says_something))

    def handle_startendtag(self, _tag, attrs):
        self._look_at(attrs)

    def handle_endtag(self, tag):
        if tag not in [name for name, _text, _says in self._open]:
            if tag == "t":
                self._found("closed", f"</{tag}>")
            return
        while self._open[-1][0] != tag:
            self._never_closed(self._open.pop())
        self._open.pop()

    def handle_data(self, data):
        if found := _BRACES.search(data):
            self._found("braces", found[0])

    def end(self):
        """Take what is left for what it is: a tag without its end, and elements that nobody closed."""
        if "<" in self.rawdata:
            self._found("unfinished", self.rawdata)
        for element in self._open:
            self._never_closed(element)

    def _never_closed(self, element):
        _tag, text, says_something = element
        if says_something:
            self._found("open", text)

    def _look_at(self, attrs):
        names, text = [name for name, _value in attrs], self.get_starttag_text()
        for name, value in attrs:
            if re.search("[<\"']", name):
                self._found("unfinished", text)
            elif name.startswith("t-") and name not in self._known and not name.startswith(_FAMILIES):
                self._found("directive", text)
            elif not name.startswith("t-") and _BRACES.search(value or ""):
                self._found("braces", text)
        if "t-foreach" in names and "t-as" not in names:
            self._found("t-foreach", text)

    def _found(self, code, place):
        self.fault = self.fault or Fault(code, " ".join(place.split())[:80])
