"""Excel workbooks (xlsx), heard cell by cell as they come out of the archive.

What the file says of its size is not believed, formulas are taken by the result saved with them.
"""

from __future__ import annotations

import posixpath
import re

from .archive import Listener, damage_refused, hear, hear_all
from .cells import DAY_ZERO, LAST_ROW, MACINTOSH_DAY_ZERO, MAX_ROWS, Flaw, Row, Unreadable, date_text, number_text

MAX_STRINGS = 10 * MAX_ROWS
_PLACE = re.compile(r"([A-Z]{1,3})\d{1,7}")
# Of the formats every workbook has, and the letters of dates and times in those it defines.
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\[\]]*\]')
_DATE_LETTERS = re.compile(r"[dmyhs]", re.IGNORECASE)


def read(archive):
    """Return (name of the first sheet that is not hidden, its rows as (number, cells)), read when asked for."""
    with damage_refused():
        book = hear_all(archive, "xl/workbook.xml", _Book())
        targets = hear_all(archive, "xl/_rels/workbook.xml.rels", _Relations()).targets
        title, relation = book.first_shown()
        path = posixpath.normpath(posixpath.join("/xl", targets[relation])).lstrip("/")
        strings = hear_all(archive, "xl/sharedStrings.xml", _Strings()).strings
        styles = hear_all(archive, "xl/styles.xml", _Styles()).date_styles()
    return title, _rows(archive, path, _Sheet(strings, styles, book.day_zero))


def _rows(archive, path, sheet):
    for _piece in hear(archive, path, sheet):
        yield from sheet.rows
        sheet.rows.clear()


class _Book(Listener):
    """Names and relations of the sheets, and the day from which dates are counted."""

    def __init__(self):
        super().__init__()
        self.sheets, self.hidden, self.day_zero = [], 0, DAY_ZERO

    def start_workbookPr(self, attributes):
        if attributes.get("date1904") in ("1", "true"):
            self.day_zero = MACINTOSH_DAY_ZERO

    def start_sheet(self, attributes):
        if attributes.get("state") in ("hidden", "veryHidden"):
            self.hidden += 1
        else:
            self.sheets.append((attributes.get("name"), attributes["id"]))

    def first_shown(self):
        if self.hidden and not self.sheets:
            raise Unreadable("all_hidden")
        return self.sheets[0]


class _Relations(Listener):
    """Where the parts are."""

    def __init__(self):
        super().__init__()
        self.targets = {}

    def start_Relationship(self, attributes):
        self.targets[attributes["Id"]] = attributes["Target"]


class _Texts(Listener):
    """A text with its formatted runs, without the pronunciation beside it."""

    def __init__(self):
        super().__init__()
        self.parts, self.is_pronunciation = [], False

    def start_rPh(self, _attributes):
        self.is_pronunciation = True

    def end_rPh(self):
        self.is_pronunciation = False

    def start_t(self, _attributes):
        self.listen()

    def end_t(self):
        text = self.taken()
        if not self.is_pronunciation:
            self.parts.append(text)


class _Strings(_Texts):
    """The texts that cells refer to by their place."""

    def __init__(self):
        super().__init__()
        self.strings = []

    def end_si(self):
        self.strings.append("".join(self.parts))
        self.parts.clear()
        if len(self.strings) > MAX_STRINGS:
            raise Unreadable("too_many_rows", limit=MAX_ROWS)


class _Styles(Listener):
    """Which cell styles show a number as a date or time."""

    def __init__(self):
        super().__init__()
        self.formats, self.styles, self.is_of_cells = set(_DATE_FORMATS), [], False

    def start_numFmt(self, attributes):
        if _DATE_LETTERS.search(_QUOTED.sub("", attributes.get("formatCode", ""))):
            self.formats.add(attributes.get("numFmtId"))

    def start_cellXfs(self, _attributes):
        self.is_of_cells = True

    def end_cellXfs(self):
        self.is_of_cells = False

    def start_xf(self, attributes):
        if self.is_of_cells:
            self.styles.append(attributes.get("numFmtId", "0"))

    def date_styles(self):
        formats = set(map(str, self.formats))
        return {str(place) for place, number in enumerate(self.styles) if number in formats}


class _Sheet(_Texts):
    """Collects in `rows` what was heard to its end."""

    def __init__(self, strings, date_styles, day_zero):
        super().__init__()
        self.strings, self.date_styles, self.day_zero = strings, date_styles, day_zero
        self.rows, self.row, self.cell = [], Row(0), {}
        self.value, self.formula = None, None

    def start_row(self, attributes):
        number = int(attributes.get("r", self.row.number + 1))
        if number <= self.row.number:
            raise Unreadable("damaged")
        if number > LAST_ROW:
            raise Unreadable("too_many_rows", limit=MAX_ROWS)
        self.row = Row(number)

    def end_row(self):
        self.rows.append((self.row.number, self.row.cells))

    def start_c(self, attributes):
        self.cell, self.value, self.formula = attributes, None, None
        self.parts.clear()

    def start_f(self, _attributes):
        self.listen()

    def end_f(self):
        self.formula = self.taken()

    def start_v(self, _attributes):
        self.listen()

    def end_v(self):
        self.value = self.taken()

    def end_c(self):
        self.row.put(self._content(), _column(self.cell.get("r")))

    def start_mergeCell(self, attributes):
        raise Unreadable("merged", cells=attributes.get("ref"))

    def _content(self):
        kind, value = self.cell.get("t", "n"), self.value
        if kind == "inlineStr":
            return "".join(self.parts)
        if value is None:
            return "" if self.formula is None else Flaw("formula", f"={self.formula}")
        if kind == "s":
            return self.strings[int(value)]
        if kind == "n":
            return self._number(float(value))
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        code = {"e": "error", "d": "date"}.get(kind)
        return Flaw(code, value or "#N/A") if code else value

    def _number(self, value):
        if self.cell.get("s") in self.date_styles:
            return Flaw("date", date_text(value, self.day_zero))
        return number_text(value)


def _column(place):
    """Return the column of a cell's place, counted from 0; None if it has none."""
    if place is None:
        return None
    match = _PLACE.fullmatch(place)
    if not match:
        raise Unreadable("damaged")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return column - 1
