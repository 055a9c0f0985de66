"""Any file in, one sheet out: what it is, and its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from . import delimited, excel, old_excel, open_document
from .archive import open_archive
from .cells import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, MEGABYTE, Flaw, Unreadable, clean

EXTENSIONS = {"xlsx": "xlsx", "xls": "xls", "ods": "ods", "csv": "csv", "tsv": "csv", "txt": "csv"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A spreadsheet, read row by row.

    ``kind`` is ``xlsx``, ``xls``, ``ods`` or ``csv``; ``title`` is the sheet's name, ``encoding`` and ``separator``
    are those guessed of a csv. ``rows`` gives (number in the sheet, cells) once, the first being the headings; rows
    without anything are left out, cells are text without blanks around it, or a Flaw.
    """

    kind: str
    rows: Iterator[tuple[int, list[str | Flaw]]]
    title: str | None = None
    encoding: str | None = None
    separator: str | None = None


def open_sheet(content: bytes, name: str = "") -> Sheet:
    """Return the first sheet of a file.

    :param content: the file
    :param name: its name; an extension that contradicts the content is refused
    :raises Unreadable: at once or while the rows are read

    >>> sheet = open_sheet("Number;Cadence\\n\\nINV/1;\\n".encode())
    >>> sheet.kind, sheet.separator, list(sheet.rows)
    ('csv', ';', [(1, ['Number', 'Cadence']), (3, ['INV/1', ''])])
    """
    if not content:
        raise Unreadable("empty")
    if len(content) > MAX_BYTES:
        raise Unreadable("too_large", limit=MAX_BYTES // MEGABYTE)
    named = name.rpartition(".")[2].lower() if "." in name else None
    if named is not None and named not in EXTENSIONS:
        raise Unreadable("unknown_kind")
    sheet = _open(content)
    if named is not None and EXTENSIONS[named] != sheet.kind:
        raise Unreadable("wrong_extension", name=name, kind=sheet.kind)
    return sheet


def _open(content):
    if content.startswith(b"PK"):
        return _open_archive(content)
    if content.startswith(old_excel.SIGNATURE):
        title, rows = old_excel.read(content)
        return Sheet("xls", _kept(rows), title)
    encoding, separator, rows = delimited.read(content)
    return Sheet("csv", _kept(rows), None, encoding, separator)


def _open_archive(content):
    archive = open_archive(content)
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        title, rows = excel.read(archive)
        return Sheet("xlsx", _kept(rows), title)
    if "content.xml" in names:
        title, rows = open_document.read(archive)
        return Sheet("ods", _kept(rows), title)
    raise Unreadable("unknown_kind")


def _kept(rows: Iterable) -> Iterator:
    """Yield the rows that hold something, up to the limit; the headings do not count."""
    count = -1
    for number, cells in rows:
        cells = [clean(cell) for cell in cells]
        if not any(cells):
            continue
        count += 1
        if count > MAX_ROWS:
            raise Unreadable("too_many_rows", limit=MAX_ROWS)
        if any(cells[MAX_COLUMNS:]):
            raise Unreadable("too_many_columns", limit=MAX_COLUMNS)
        yield number, cells[:MAX_COLUMNS]
