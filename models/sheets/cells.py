"""What all readers share: the limits, the refusal of a file, and cells that hold no text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# Control characters, which no database keeps or nobody sees, and halves of letters.
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
MEGABYTE = 2**20
MAX_BYTES = 25 * MEGABYTE
MAX_UNPACKED = 150 * MEGABYTE
MAX_ROWS = 100_000
MAX_COLUMNS = 200
# What Excel and LibreOffice can hold.
LAST_ROW = 1_048_576
# The days from which Excel counts, on Windows and as it once did on the Macintosh.
DAY_ZERO, MACINTOSH_DAY_ZERO = datetime(1899, 12, 30), datetime(1904, 1, 1)


class Unreadable(Exception):
    """A file that is refused.

    :param code: a code of the engine's FILE_PROBLEMS
    :param values: what its sentence's placeholders stand for
    """

    def __init__(self, code, **values):
        super().__init__(code, values)
        self.code, self.values = code, values


@dataclass(frozen=True, slots=True)
class Flaw:
    """A cell that holds something else than text or a number.

    ``code`` is ``date``, ``error``, or ``formula`` for one whose result was not saved. Formulas are never worked out.
    ``shown`` is how people know it, never blank.
    """

    code: str
    shown: str


@dataclass(slots=True)
class Row:
    """A row while it is read: its number in the sheet, and its cells up to the last one that holds something."""

    number: int
    cells: list = field(default_factory=list)
    width: int = 0

    def put(self, cell, column=None):
        """Add a cell, in the next column or in one counted from 0."""
        column = self.width if column is None else column
        self.width = column + 1
        if cell == "":
            return
        if column >= MAX_COLUMNS:
            raise Unreadable("too_many_columns", limit=MAX_COLUMNS)
        self.cells += [""] * (column + 1 - len(self.cells))
        self.cells[column] = cell


def number_text(value: float) -> str:
    """Write a number as a person would type it.

    >>> number_text(20260001.0), number_text(0.5), number_text(1e300)
    ('20260001', '0.5', '1e+300')
    """
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(float(value))


def date_text(days: float, zero: datetime = DAY_ZERO) -> str:
    """Write a date or time that is counted in days as ISO does; one that no calendar has stays a number.

    >>> date_text(46083), date_text(46083.375), date_text(0.5), date_text(1e9)
    ('2026-03-02', '2026-03-02 09:00:00', '12:00:00', '1000000000')
    """
    try:
        moment = (zero + timedelta(days)).isoformat(" ", "seconds")
    except (OverflowError, ValueError):
        return number_text(days)
    return moment.removesuffix(" 00:00:00").removeprefix(f"{zero:%Y-%m-%d} ")


def clean(cell: str | Flaw) -> str | Flaw:
    """Return a cell without the blanks and unseen marks around its text, and without signs that are no text at all.

    >>> clean("\\ufeff INV/1\\u00a0"), clean("INV\\0/1")
    ('INV/1', 'INV/1')
    """
    return _NO_TEXT.sub("", cell).strip(" \t\r\n\v\f\u00a0\u200b\ufeff") if isinstance(cell, str) else cell


def column_name(index: int) -> str:
    """Return the letters of a column, counted from 0.

    >>> column_name(0), column_name(25), column_name(26), column_name(16383)
    ('A', 'Z', 'AA', 'XFD')
    """
    letters = ""
    while index >= 0:
        index, place = divmod(index, 26)
        letters, index = chr(65 + place) + letters, index - 1
    return letters
