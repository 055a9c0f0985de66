"""Files that mean harm: R53."""

import random
import struct
import time
import tracemalloc
import unittest
import zipfile
from itertools import pairwise

from sheet_files import FILES, HEADINGS, Case, book, excel_parts, packed, rows

from engine.import_cells import FILE_PROBLEMS
from sheets.archive import MAX_PARTS
from sheets.cells import LAST_ROW, MAX_BYTES, MAX_COLUMNS, MAX_ROWS, MAX_UNPACKED, Unreadable
from sheets.reader import open_sheet


class TestHarm(Case):
    def peak(self, act):
        tracemalloc.start()
        try:
            act()
            return tracemalloc.get_traced_memory()[1] / 2**20
        finally:
            tracemalloc.stop()

    def test_the_wrong_extension(self):
        content = book(lambda sheet, _workbook: sheet.write_row(0, 0, HEADINGS))
        self.assertEqual(self.refused(content, "a.csv"), "wrong_extension")
        self.assertEqual(self.refused(content, "a.xls"), "wrong_extension")
        self.assertEqual(self.refused(b"a,b\n", "a.xlsx"), "wrong_extension")
        self.assertEqual(self.refused(content, "a.exe"), "unknown_kind")
        self.assertEqual(rows(b"a,b\n", "a.txt"), [(1, ["a", "b"])])

    def test_more_than_25_megabytes(self):
        self.assertEqual(self.refused(b"a,b\n" + b"1,2\n" * (MAX_BYTES // 4)), "too_large")

    def test_more_than_100000_rows(self):
        self.assertEqual(len(rows(b"a,b\n" + b"1,2\n" * MAX_ROWS)), MAX_ROWS + 1)
        self.assertEqual(self.refused(b"a,b\n" + b"1,2\n" * (MAX_ROWS + 1)), "too_many_rows")

    def test_more_than_200_columns(self):
        self.assertEqual(self.refused(b"," * MAX_COLUMNS + b"1\n"), "too_many_columns")
        self.assertEqual(rows(b"1" + b"," * 300 + b"\n"), [(1, ["1"] + [""] * (MAX_COLUMNS - 1))])

    def test_a_zip_bomb_is_refused_by_what_it_declares(self):
        parts = excel_parts("")
        parts["xl/worksheets/s.xml"] += " " * (MAX_UNPACKED + 1)
        content = packed(parts)
        self.assertLess(len(content), 2**20)
        self.assertLess(self.peak(lambda: self.assertEqual(self.refused(content), "too_large_unpacked")), 5)

    def test_a_zip_bomb_that_declares_little_gives_no_more(self):
        parts = excel_parts("")
        parts["xl/worksheets/s.xml"] = "<a>" + " " * 50 * 2**20
        content = bytearray(packed(parts))
        size = struct.pack("<I", len(parts["xl/worksheets/s.xml"]))
        while size in content:
            place = content.index(size)
            content[place : place + 4] = struct.pack("<I", 1000)
        content = bytes(content)
        self.assertLess(self.peak(lambda: self.assertEqual(self.refused(content), "damaged")), 5)

    def test_an_archive_of_very_many_parts(self):
        content = packed({f"{number}": "" for number in range(MAX_PARTS + 1)})
        self.assertEqual(self.refused(content), "too_large_unpacked")

    def test_other_ways_of_packing_and_locked_parts(self):
        self.assertEqual(self.refused(packed(excel_parts(""), zipfile.ZIP_BZIP2)), "damaged")
        content = bytearray(packed(excel_parts("")))
        for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
            content[content.index(mark) + flags] |= 1
        self.assertEqual(self.refused(bytes(content)), "password")

    def test_an_archive_of_something_else(self):
        self.assertEqual(self.refused(packed({"word/document.xml": "<a/>"})), "unknown_kind")
        self.assertEqual(self.refused(b"PK\x03\x04 and no more"), "damaged")

    def test_entities_that_multiply(self):
        laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
        bomb = f'<!DOCTYPE w [<!ENTITY l0 "lol">{laughs}]><worksheet><row><c><v>&l9;</v></c></row></worksheet>'
        parts = {**excel_parts(""), "xl/worksheets/s.xml": bomb}
        self.assertEqual(self.refused(packed(parts)), "damaged")

    def test_a_million_empty_rows_cost_little(self):
        sheet = f'<row r="1"><c><v>1</v></c></row>{"<row/>" * (LAST_ROW - 2)}<row><c><v>2</v></c></row>'
        content = packed(excel_parts(sheet))
        self.assertLess(len(content), 2**20)
        start = time.process_time()
        self.assertEqual(rows(content), [(1, ["1"]), (LAST_ROW, ["2"])])
        self.assertLess(time.process_time() - start, 30)

    def test_elements_nobody_asked_for_are_not_kept(self):
        content = packed(excel_parts("<x/>" * 100_000))
        self.assertLess(self.peak(lambda: self.assertEqual(rows(content), [])), 5)

    def test_broken_files_are_refused_and_never_crash(self):
        """Bytes of real files are changed, cut and repeated: rows come out, or a refusal with a sentence."""
        choice = random.Random(53)
        real = [
            (FILES / "assignments.xls").read_bytes(),
            (FILES / "assignments.ods").read_bytes(),
            book(lambda sheet, _workbook: sheet.write_row(0, 0, HEADINGS)),
            "Invoice Number;Cadence\nINV/1;Rückstand\n".encode("cp1252"),
        ]
        refused = 0
        for turn in range(800):
            content = self.broken(bytearray(real[turn % 4]), choice)
            with self.subTest(turn=turn):
                try:
                    numbers = [number for number, _cells in open_sheet(content).rows]
                except Unreadable as error:
                    refused += bool(FILE_PROBLEMS[error.code] % error.values)
                else:
                    self.assertTrue(all(one < other for one, other in pairwise(numbers)))
        self.assertGreater(refused, 100)

    def broken(self, content, choice):
        for _change in range(choice.randrange(1, 6)):
            place = choice.randrange(len(content))
            kind = choice.randrange(4)
            if kind == 0:
                content[place] = choice.randrange(256)
            elif kind == 1 and place > 8:
                del content[place:]
            elif kind == 2:
                content[place:place] = content[place : place + 40]
            else:
                content[place : place + 4] = struct.pack("<I", choice.choice([0, 1, 2**16, 2**31, 2**32 - 1]))
        return bytes(content)


if __name__ == "__main__":
    unittest.main()
