"""Spreadsheets that were made to cost time and memory, or to break what reads them: R53."""

import io
import types
import unittest
from unittest.mock import patch

import xlrd

from sheets import old_excel
from sheets.archive import MAX_LEVELS, MAX_MARK, MAX_NAMES, Listener, hear
from sheets.cells import Unreadable
from sheets.reader import open_sheet

MEGABYTE = 2**20


class Part:
    """An archive of one part, which counts what is read of it."""

    def __init__(self, text):
        self.stream, self.read = io.BytesIO(text.encode()), 0

    def open(self, _name):
        part = self

        class Counting(io.BytesIO):
            def read(self, size=-1):
                piece = super().read(size)
                part.read += len(piece)
                return piece

        return Counting(self.stream.getvalue())


def heard(text):
    """(what a file of this text is refused for, None if it is not; how many bytes were read of it)."""
    part = Part(text)
    try:
        for _piece in hear(part, "sheet.xml", Listener()):
            pass
    except Unreadable as refusal:
        return refusal.code, part.read
    return None, part.read


class TestMarks(unittest.TestCase):
    def test_a_mark_that_does_not_end_is_not_read_to_its_end(self):
        """The parser would look for the end from the beginning with every piece: 100 MB took more than a minute."""
        for mark in ('<a b="', "<!--", "<?a ", "<" + "a" * 100):
            code, read = heard(f"<x>{mark}{'y' * 20 * MEGABYTE}")
            self.assertEqual(code, "damaged")
            self.assertLess(read, 2 * MAX_MARK)

    def test_what_an_office_program_writes_is_read(self):
        self.assertEqual(heard(f'<x><a b="{"y" * (MAX_MARK // 2)}"/><!--{"n" * 10_000}--></x>')[0], None)
        self.assertEqual(heard(f"<x><c>{'t' * 5 * MEGABYTE}</c></x>")[0], None)
        self.assertEqual(heard("<a>" * MAX_LEVELS + "</a>" * MAX_LEVELS)[0], None)

    def test_marks_inside_of_each_other_without_end_are_refused(self):
        code, read = heard("<a>" * 5 * MEGABYTE)
        self.assertEqual(code, "damaged")
        self.assertLess(read, MEGABYTE)

    def test_names_without_end_are_refused(self):
        for text in (
            "".join(f"<n{number}/>" for number in range(100 * MAX_NAMES)),
            "".join(f'<n a{number}=""/>' for number in range(100 * MAX_NAMES)),
        ):
            code, read = heard(f"<x>{text}</x>")
            self.assertEqual(code, "damaged")
            self.assertLess(read, MEGABYTE)


class TestSigns(unittest.TestCase):
    def rows(self, content):
        return [cells for _number, cells in open_sheet(content).rows]

    def test_what_is_no_text_is_left_out_wherever_it_stands(self):
        """A database keeps no NUL, and halves of letters cannot be written down."""
        long = b"Number,Cadence\n" + b"INV/1,Firm\n" * 10_000 + b"INV\0/2,Fi\x01rm\n"
        self.assertEqual(self.rows(long)[-1], ["INV/2", "Firm"])
        self.assertEqual(self.rows("Number;Cadence\nINV\0/3;Firm\n".encode("utf-16"))[-1], ["INV/3", "Firm"])

    def test_letters_of_all_countries_stay(self):
        self.assertEqual(self.rows("Número;Каденция\n\U0001f600é;ß\n".encode())[-1], ["\U0001f600é", "ß"])


class TestOldExcel(unittest.TestCase):
    def test_every_error_of_its_reader_is_a_refusal(self):
        """It has a family of its own, which is not one of Python's."""
        modules = [xlrd, *(module for module in vars(xlrd).values() if isinstance(module, types.ModuleType))]
        errors = {
            value
            for module in modules
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Exception) and value.__module__.startswith("xlrd")
        }
        self.assertGreater(len(errors), 2)
        for error in (*errors, EOFError, OSError, NotImplementedError, IndexError, OverflowError, UnicodeDecodeError):
            broken = error("utf-8", b"x", 0, 1, "no") if error is UnicodeDecodeError else error("broken")
            with patch.object(xlrd, "open_workbook", side_effect=broken), self.assertRaises(Unreadable, msg=error):
                old_excel.read(b"")


if __name__ == "__main__":
    unittest.main()
