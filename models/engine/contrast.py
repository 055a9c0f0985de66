"""Colours that can be read: a company chooses them, and text must stand out from what it is written on (WCAG 1.4.3)."""

from __future__ import annotations

import re

# The least contrast of text, and of what one presses, with what is behind it.
TEXT = 4.5
SHAPE = 3.0
BLACK, WHITE = "#000000", "#FFFFFF"

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


def is_colour(text: str | None) -> bool:
    """Return whether a text is a colour as `#rgb` or `#rrggbb` (R72).

    >>> is_colour("#875A7B"), is_colour("#fff"), is_colour("red"), is_colour("#12345"), is_colour(None)
    (True, True, False, False, False)
    """
    return bool(text and _HEX.fullmatch(text))


def ratio(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (R72).

    >>> ratio("#000", "#FFFFFF"), ratio("#777777", "#777777"), round(ratio("#767676", "#FFF"), 2)
    (21.0, 1.0, 4.54)
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable(wanted: str | None, behind: str) -> str:
    """Return the colour of a text on a colour: the wanted one where it can be read, else black or white (R72).

    >>> readable("#FFFFFF", "#875A7B"), readable("#FFFFFF", "#FFE08A"), readable("none", "#123")
    ('#FFFFFF', '#000000', '#FFFFFF')
    """
    if wanted and is_colour(wanted) and ratio(wanted, behind) >= TEXT:
        return wanted
    return max(WHITE, BLACK, key=lambda colour: ratio(colour, behind))


def edge(fill: str, ink: str, behind: str) -> str:
    """Return the colour of a button's edge: its own, or its text's where that one is hard to see (R72).

    >>> edge("#875A7B", "#FFFFFF", "#FFFFFF"), edge("#FFFFFF", "#000000", "#FFFFFF")
    ('#875A7B', '#000000')
    """
    return fill if ratio(fill, behind) >= SHAPE else ink


def _luminance(colour: str) -> float:
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (_linear(int(digits[place : place + 2], 16) / 255) for place in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
