"""Workbooks of Excel 97 to 2003 (xls)."""

from __future__ import annotations

import io
import struct

import xlrd

from .cells import DAY_ZERO, MACINTOSH_DAY_ZERO, Flaw, Unreadable, clean, column_name, date_text, number_text

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A workbook of today's Excel, locked, comes in the same container.
_LOCKED = "EncryptedPackage".encode("utf-16-le")
# What xlrd raises over a broken file.
_BROKEN = (
    xlrd.XLRDError,
    xlrd.compdoc.CompDocError,
    struct.error,
    xlrd.formula.FormulaError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


def read(content: bytes):
    """Return (name of the first sheet that is not hidden, its rows as (number, cells))."""
    if _LOCKED in content:
        raise Unreadable("password")
    try:
        # Merged cells are told with the formatting only; rows are not filled up to the widest.
        book = xlrd.open_workbook(
            file_contents=content, formatting_info=True, ragged_rows=True, on_demand=True, logfile=io.StringIO()
        )
        sheet = next((sheet for sheet in map(book.sheet_by_index, range(book.nsheets)) if not sheet.visibility), None)
    except _BROKEN as error:
        raise Unreadable("password" if "encrypted" in str(error) else "damaged") from error
    if not sheet:
        raise Unreadable("all_hidden")
    for row, _end, column, _last in sheet.merged_cells:
        raise Unreadable("merged", cells=f"{column_name(column)}{row + 1}")
    return clean(sheet.name), _rows(sheet, MACINTOSH_DAY_ZERO if book.datemode else DAY_ZERO)


def _rows(sheet, day_zero):
    for index in range(sheet.nrows):
        yield index + 1, [_content(cell, day_zero) for cell in sheet.row(index)]


def _content(cell, day_zero):
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return number_text(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_DATE:
        return Flaw("date", date_text(cell.value, day_zero))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return Flaw("error", xlrd.error_text_from_code.get(cell.value, "#N/A"))
    return str(cell.value)
