"""Text files with separators (csv): encoding and separator are guessed."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator

import chardet

from .cells import Unreadable

SEPARATORS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # The mark of UTF-32 begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_WEB_PAGE = re.compile(r"\A\s*<(!doctype|html|head|body|table|\?xml)", re.IGNORECASE)
# Excel's own first line, which names the separator.
_NAMED_SEPARATOR = re.compile(rf'"?sep=([{re.escape("".join(SEPARATORS))}])"?\s*', re.IGNORECASE)
_SAMPLE = 65536
# what is guessed -> what Excel writes instead
_WINDOWS = {"iso-8859-1": "windows-1252", "maccyrillic": "windows-1251", "iso-8859-5": "windows-1251"}


def guess_encoding(content: bytes) -> str:
    """Return the name of a text's encoding: what its mark says, UTF-8 if it can be that, else the likeliest.

    >>> guess_encoding("Rückstand".encode()), guess_encoding("Rückstand".encode("cp1252"))
    ('utf-8', 'windows-1252')
    >>> guess_encoding("number".encode("utf-16"))
    'utf-16'
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    if _NO_TEXT.search(content[:_SAMPLE]):
        raise Unreadable("unknown_kind")
    guesses = ("utf-8", *_likely(content), "windows-1252")
    found = next((name for name in guesses if _can_be(content, name)), None)
    if not found:
        raise Unreadable("encoding")
    return found


def _likely(content):
    """Return what the lines with letters beyond ASCII look like, if that is clear enough."""
    sample = b"\n".join(line for line in content.splitlines() if not line.isascii())[:_SAMPLE]
    guess = chardet.detect(sample) if sample else {}
    name = (guess.get("encoding") or "").lower()
    if name and guess["confidence"] > 0.8:
        yield _WINDOWS.get(name, name)


def _can_be(content, encoding):
    try:
        content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def guess_separator(text: str) -> str:
    """Return the separator that cuts the first line with anything in it into most cells.

    >>> guess_separator('\\n"Number; of invoice",Cadence\\n'), guess_separator("Number\\tCadence")
    (',', '\\t')
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=lambda separator: len(next(csv.reader([first], delimiter=separator), ())))


def read(content: bytes) -> tuple[str, str, Iterator[tuple[int, list[str]]]]:
    """Return (encoding, separator, rows as (number, cells)).

    Rows are read when asked for, and numbered as records.
    """
    encoding = guess_encoding(content)
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    try:
        start = text.read(_SAMPLE)
    except UnicodeDecodeError as error:
        raise Unreadable("encoding") from error
    if _WEB_PAGE.match(start):
        raise Unreadable("web_page")
    named = _NAMED_SEPARATOR.fullmatch(start.partition("\n")[0])
    separator = named[1] if named else guess_separator(start)
    text.seek(0)
    if named:
        text.readline()
    return encoding, separator, _rows(text, separator, 2 if named else 1)


def _rows(text, separator, first):
    # Strict: a quote that is never closed would swallow the rows behind it.
    reader, number = csv.reader(text, delimiter=separator, strict=True), first
    try:
        for number, cells in enumerate(reader, first):
            yield number, cells
    except csv.Error as error:
        raise Unreadable("quotes", row=number + 1) from error
    except UnicodeDecodeError as error:
        raise Unreadable("encoding") from error
