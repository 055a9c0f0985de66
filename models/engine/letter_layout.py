"""A letter on paper: its states, where things stand on the page, and how an address fits into the envelope's window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from .states import LETTER_MOVES

DAY = timedelta(days=1)
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240))


def reported(old: str, word: str | None) -> str | None:
    """Return the state a letter takes by a provider's report, None if that says nothing new (R87).

    Nothing new is a repeat, one that came late, one about a letter that has come to its end. A letter that counted as
    posted and was cancelled has failed.

    >>> reported("sending", "sent"), reported("delivered", "sent"), reported("sent", "cancelled")
    ('sent', None, 'failed')
    """
    if old == "sent" and word == "cancelled":
        return "failed"
    return word if word in LETTER_MOVES[old] and word != "queued" else None


def pause(attempts: int, retry_after: float | None = None) -> timedelta:
    """Return how long to wait before a provider is asked again, after the attempt of that number (R89).

    1 is the first. The time grows, and is never shorter than the provider's own ``retry_after`` seconds.

    >>> pause(1), pause(3, retry_after=7200)
    (datetime.timedelta(seconds=60), datetime.timedelta(seconds=7200))
    """
    asked = timedelta(seconds=retry_after or 0)
    return max(asked, _PAUSES[min(attempts, len(_PAUSES)) - 1])


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page in millimetres from its top left corner."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Layout:
    """The first page of a letter, in millimetres.

    It has ``page`` (width, height), the ``margin`` of every page (left, top, right, bottom), the ``window`` of the
    envelope, the ``address`` that must lie in it and the line of the ``sender`` above it, None if it stands in the
    letterhead; the letterhead keeps above ``head_bottom``, the text begins at ``text_top``.
    """

    page: tuple[float, float]
    margin: tuple[float, float, float, float]
    window: Box
    address: Box
    sender: Box | None
    head_bottom: float
    text_top: float


def _din(top):
    """Return a layout of DIN 5008:2020, whose window of 90 x 45 mm is 20 mm from the left.

    17.7 mm are for the sender and remarks, of which the sender takes the last 5, then 27.3 mm for the address, text
    from 5 mm inside. The subject follows 8.46 mm below.
    """
    return Layout(
        page=(210, 297),
        margin=(25, 10, 20, 20),
        window=Box(20, top + 17.7, 90, 27.3),
        address=Box(25, top + 17.7, 80, 27.3),
        sender=Box(25, top + 12.7, 80, 5),
        head_bottom=top,
        text_top=top + 45 + 8.46,
    )


def _us_10():
    """Return the layout of a letter of 8.5 x 11 in folded to thirds in a no. 10 envelope.

    It is 9.5 x 4.125 in, with the usual window of 4.5 x 1.125 in, 0.875 in from the left and 0.5 in from the bottom.
    The letter slides in it by 1 in sideways and 0.458 in up and down: the address stands where the window shows it
    wherever the letter lies, and what the window can show in any position (down to 3.625 in, right to 5.375 in, from
    2.04 in) holds nothing else.
    """
    inch = 25.4
    return Layout(
        page=(8.5 * inch, 11 * inch),
        margin=(0.875 * inch, 10, 20, 20),
        window=Box(0, 2.042 * inch, 5.375 * inch, 1.583 * inch),
        address=Box(0.875 * inch, 2.5 * inch, 3.5 * inch, 0.667 * inch),
        sender=None,
        head_bottom=2.042 * inch,
        text_top=3.8 * inch,
    )


LAYOUTS = {"din_a": _din(27), "din_b": _din(45), "us_10": _us_10()}

POINT = 25.4 / 72
_SIZES = (10, 9, 8, 7)
# In parts of the type size: from line to line, and above the first for what stands on capitals.
LINE_HEIGHT, HEADROOM = 1.12, 0.1
# Widths of letters in parts of their size: those of wide sans-serif type, so that narrower ones fit as well.
_WIDTHS = {"lower": 0.62, "upper": 0.77, "digit": 0.64, "space": 0.33, "other": 1.0}
_WIDE, _NARROW = frozenset("mwMW@%&"), frozenset("ijlt.,:;'’!|()[]-/")


def fit(lines: Sequence[str], box: Box) -> tuple[int, tuple[str, ...]] | None:
    """Return (type size in points, lines) of an address as it stands in a box, None if it does not fit (R89).

    The largest of a few sizes that takes all of it: lines that are too long go on in the next, between words where
    possible.

    >>> window = LAYOUTS["din_b"].address
    >>> fit(["Müller GmbH", "Hauptstraße 1", "10115 Berlin"], window)
    (10, ('Müller GmbH', 'Hauptstraße 1', '10115 Berlin'))
    >>> fit(["Name"] * 40, window) is None
    True
    """
    for size in _SIZES:
        width = box.width / (size * POINT)
        wrapped = tuple(part for line in lines for part in _wrap(line, width))
        if (len(wrapped) * LINE_HEIGHT + HEADROOM) * size * POINT <= box.height:
            return size, wrapped
    return None


def _wrap(line, width):
    """Return the parts of a line that are at most that wide, in parts of the type size."""
    parts, current = [], ""
    for word in line.split():
        for piece in _pieces(word, width):
            longer = f"{current} {piece}".strip()
            if _width(longer) <= width:
                current = longer
            else:
                parts.append(current)
                current = piece
    return [*parts, current] if current else parts


def _pieces(word, width):
    """Return a word cut into pieces that fit, whole if it does."""
    pieces, current = [], ""
    for letter in word:
        if _width(current + letter) > width:
            pieces.append(current)
            current = ""
        current += letter
    return [*pieces, current]


def _width(text):
    return sum(_letter_width(letter) for letter in text)


def _letter_width(letter):
    if letter in _WIDE:
        return _WIDTHS["other"]
    if letter in _NARROW:
        return 0.42
    kinds = {
        "space": letter.isspace(),
        "digit": letter.isdigit(),
        "upper": letter.isupper(),
        "lower": letter.islower(),
    }
    return _WIDTHS[next((kind for kind, true in kinds.items() if true), "other")]
