"""Spreadsheets that the tests of the readers make."""

import io
import unittest
import zipfile
from pathlib import Path

import xlsxwriter

from engine.import_cells import FILE_PROBLEMS
from sheets.cells import Unreadable
from sheets.reader import open_sheet

FILES = Path(__file__).parents[1] / "files"
HEADINGS = ["Invoice Number", "Cadence", "Chasing Disabled", "E-mail Contacts"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def rows(content, name=""):
    return list(open_sheet(content, name).rows)


def book(write, **options):
    """An xlsx file, its one sheet written by `write(sheet, workbook)`."""
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, options)
    write(workbook.add_worksheet("Assignments"), workbook)
    workbook.close()
    return file.getvalue()


def packed(parts, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def excel_parts(sheet, **others):
    """The parts of an xlsx file whose sheet is this XML."""
    return {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="One" r:id="a"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="a" Target="worksheets/s.xml"/></Relationships>',
        "xl/worksheets/s.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
        **{f"xl/{name}.xml": text for name, text in others.items()},
    }


def ods(table, **parts):
    return packed({
        "content.xml": f'<office:body xmlns:office="{OFFICE}:office:1.0" xmlns:table="{OFFICE}:table:1.0"'
        f' xmlns:text="{OFFICE}:text:1.0"><table:tracked-changes><table:table-cell/></table:tracked-changes>{table}'
        "</office:body>",
        **parts,
    })


class Case(unittest.TestCase):
    def refused(self, content, name=""):
        with self.assertRaises(Unreadable) as caught:
            rows(content, name)
        error = caught.exception
        self.assertTrue(FILE_PROBLEMS[error.code] % error.values)
        return error.code
