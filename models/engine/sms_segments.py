"""How many SMS a text costs: its alphabet, its length, and the parts it is cut into."""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Written as an escape and a second character.
_EXTENDED = frozenset("^{}\\[~]|€\f")
# encoding -> units that one SMS holds alone, and as a part of several.
_ROOM = {"gsm7": (160, 153), "ucs2": (70, 67)}
# What formatted amounts and dates bring along, unseen, and the SMS alphabet lacks.
_UNSEEN = {
    **dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{FIGURE SPACE}\N{THIN SPACE}", " "),
    **dict.fromkeys("\N{ZERO WIDTH NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{SOFT HYPHEN}", ""),
}


@dataclass(frozen=True, slots=True)
class Segments:
    """Tell what a text costs.

    ``encoding`` is ``gsm7`` or ``ucs2``, ``units`` its length as that counts, ``parts`` the SMS it takes; ``foreign``
    is the first character that the SMS alphabet lacks, None if it has all.
    """

    encoding: str
    units: int
    parts: int
    foreign: str | None = None

    @property
    def room(self) -> int:
        """Return the units that this many SMS hold."""
        alone, together = _ROOM[self.encoding]
        return alone if self.parts <= 1 else self.parts * together


def count(text: str) -> Segments:
    """Count the SMS that a text takes.

    160 characters of the SMS alphabet fit in one, of several each holds 153; some count two. One character outside
    of that alphabet and the whole text is written otherwise: 70 fit, of several each holds 67, an emoji counts two or
    more. What counts two is never cut in two.

    >>> count("Invoice 7: 100 EUR")
    Segments(encoding='gsm7', units=18, parts=1, foreign=None)
    >>> count("Invoice 7: 100 €").units
    17
    >>> count("Don’t forget" * 6)
    Segments(encoding='ucs2', units=72, parts=2, foreign='’')
    >>> count("a" * 161).room
    306
    """
    foreign = next((character for character in text if character not in _BASIC | _EXTENDED), None)
    encoding = "ucs2" if foreign else "gsm7"
    widths = [_width(character, encoding) for character in text]
    return Segments(encoding, sum(widths), _parts(widths, *_ROOM[encoding]), foreign)


def _width(character, encoding):
    if encoding == "gsm7":
        return 2 if character in _EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1


def _parts(widths, alone, together):
    if sum(widths) <= alone:
        return min(len(widths), 1)
    parts, room = 1, together
    for width in widths:
        if width > room:
            parts, room = parts + 1, together
        room -= width
    return parts


def plain(text: str) -> str:
    """Return a text with what only formatted amounts and dates bring along made plain: it would make it dearer.

    >>> plain("100,00\\N{NO-BREAK SPACE}€")
    '100,00 €'

    The one month of the shipped languages that the SMS alphabet lacks may be spelt without its accent too.

    >>> plain("échue depuis le 3 août 2026")
    'échue depuis le 3 aout 2026'
    """
    return "".join(_UNSEEN.get(character, character) for character in text).replace(" août ", " aout ")
