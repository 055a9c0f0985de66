"""Spreadsheets of every kind: R53."""

import io
import struct
import unittest
from datetime import date

import openpyxl
from hypothesis import given
from hypothesis import strategies as st
from sheet_files import FILES, HEADINGS, Case, book, excel_parts, ods, packed, rows

from sheets.cells import LAST_ROW, Flaw, Unreadable
from sheets.excel import MAX_STRINGS
from sheets.reader import open_sheet


class TestDelimited(Case):
    def test_encodings_with_and_without_a_mark(self):
        text = "Invoice Number;Cadence\nINV/1;Rückstand – höflich\n"
        for encoding, shown in {
            "utf-8": "utf-8",
            "utf-8-sig": "utf-8-sig",
            "utf-16": "utf-16",
            "utf-32": "utf-32",
            "cp1252": "windows-1252",
        }.items():
            sheet = open_sheet(text.encode(encoding), "a.csv")
            self.assertEqual(sheet.encoding, shown)
            self.assertEqual(list(sheet.rows)[1], (2, ["INV/1", "Rückstand – höflich"]), encoding)

    def test_letters_of_other_countries(self):
        text = "Номер счета;Каденция\n" + "INV/1;Стандартная последовательность напоминаний\n" * 5
        sheet = open_sheet(text.encode("cp1251"))
        self.assertEqual(sheet.encoding, "windows-1251")
        self.assertEqual(list(sheet.rows)[1][1][1], "Стандартная последовательность напоминаний")

    def test_separators(self):
        for separator in ",;\t|":
            sheet = open_sheet(f'\n"Number, of it"{separator}Cadence\nINV/1{separator}"a {separator} b"\n'.encode())
            self.assertEqual(sheet.separator, separator)
            self.assertEqual(list(sheet.rows), [(2, ["Number, of it", "Cadence"]), (3, ["INV/1", f"a {separator} b"])])

    def test_excel_names_the_separator_in_a_first_line_of_its_own(self):
        self.assertEqual(rows(b"sep=|\r\na,b|c\r\n1|2\r\n"), [(2, ["a,b", "c"]), (3, ["1", "2"])])

    def test_a_first_line_that_names_no_separator_we_know_is_a_row_like_others(self):
        for end in (b"\r\n", b"\n"):
            for line in (b"sep=", b'sep="', b"sep= ", b"sep=:"):
                found = rows(line + end + b"a,b" + end)
                self.assertEqual(found[1:], [(2, ["a", "b"])], line)

    def test_rows_are_numbered_as_a_spreadsheet_shows_them(self):
        self.assertEqual(rows(b'a,b\n\n"1\n1",2\n,,\n3,4\n'), [(1, ["a", "b"]), (3, ["1\n1", "2"]), (5, ["3", "4"])])

    def test_formulas_are_text(self):
        self.assertEqual(rows(b"a,b\n=1+1,=cmd|' /C calc'!A0\n")[1], (2, ["=1+1", "=cmd|' /C calc'!A0"]))

    def test_a_quote_left_open_is_refused_and_swallows_nothing(self):
        self.assertEqual(self.refused(b'a,b\n1,"2\n3,4\n'), "quotes")

    def test_text_that_breaks_off_is_refused(self):
        content = "number,cadence\n".encode("utf-16") * 2
        self.assertEqual(self.refused(content + b"\x00"), "encoding")
        self.assertEqual(self.refused(("a,b\n" * 60000).encode("utf-16") + b"\x00\xd8"), "encoding")

    def test_bytes_that_are_no_letters_are_refused(self):
        self.assertEqual(self.refused(b"a,b\n\x81\x8d,\x8f\n"), "encoding")

    def test_what_is_no_table_is_refused(self):
        self.assertEqual(self.refused(b"%PDF-1.7\n\x00\x01"), "unknown_kind")
        self.assertEqual(self.refused(b"\x89PNG\r\n\x1a\n\x00\x00"), "unknown_kind")
        self.assertEqual(self.refused(b"\n<html><table><tr><td>1"), "web_page")
        self.assertEqual(self.refused(b""), "empty")

    @given(st.lists(st.lists(st.text('aé;,"\t |€\n', min_size=1), min_size=2, max_size=2), min_size=1))
    def test_what_was_written_is_read(self, cells):
        text = io.StringIO(newline="")
        text.write("Number;Cadence\r\n")
        for row in cells:
            text.write(";".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n")
        wanted = [[cell.strip(" \t\r\n") for cell in row] for row in cells]
        found = [row for _number, row in rows(text.getvalue().encode())[1:]]
        self.assertEqual(found, [row for row in wanted if any(row)])


class TestExcel(Case):
    def test_text_numbers_and_switches(self):
        def write(sheet, _workbook):
            sheet.write_row(0, 0, HEADINGS)
            sheet.write_row(3, 1, ["Standard", True, " ann@customer.example\n"])
            sheet.write_row(4, 0, [20260001, "Ümlaut", False, 0.5])

        for options in ({}, {"constant_memory": True}):
            content = book(write, **options)
            sheet = open_sheet(content, "a.XLSX")
            self.assertEqual((sheet.kind, sheet.title), ("xlsx", "Assignments"))
            self.assertEqual(
                list(sheet.rows),
                [
                    (1, HEADINGS),
                    (4, ["", "Standard", "TRUE", "ann@customer.example"]),
                    (5, ["20260001", "Ümlaut", "FALSE", "0.5"]),
                ],
            )

    def test_as_another_writer_writes_it(self):
        workbook, file = openpyxl.Workbook(), io.BytesIO()
        workbook.active.append(HEADINGS[:2])
        workbook.active.append([12.0, date(2026, 3, 2)])
        workbook.create_sheet("Two").append(["not read"])
        workbook.save(file)
        self.assertEqual(rows(file.getvalue()), [(1, HEADINGS[:2]), (2, ["12", Flaw("date", "2026-03-02")])])

    def test_the_first_sheet_that_is_not_hidden(self):
        for state in ("hidden", "veryHidden"):
            workbook, file = openpyxl.Workbook(), io.BytesIO()
            workbook.active.append(["not read"])
            workbook.active.sheet_state = state
            workbook.create_sheet("Data").append(["read"])
            workbook.create_sheet("Later").append(["not read"])
            workbook.active = 1
            workbook.save(file)
            sheet = open_sheet(file.getvalue())
            self.assertEqual((sheet.title, list(sheet.rows)), ("Data", [(1, ["read"])]))

    def test_a_workbook_whose_sheets_are_all_hidden(self):
        parts = excel_parts("")
        parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace("<sheet ", '<sheet state="hidden" ')
        self.assertEqual(self.refused(packed(parts)), "all_hidden")

    def test_dates_of_a_workbook_that_counts_as_the_macintosh_did(self):
        workbook, file = openpyxl.Workbook(), io.BytesIO()
        workbook.epoch = openpyxl.utils.datetime.MAC_EPOCH
        workbook.active.append([date(2026, 3, 2)])
        workbook.save(file)
        self.assertEqual(rows(file.getvalue()), [(1, [Flaw("date", "2026-03-02")])])

    def test_dates_are_known_by_their_style(self):
        def write(sheet, workbook):
            for place, style in enumerate(["dd/mm/yyyy", "[h]:mm", "mmm yy", '0.00 "days"', "[Red]0", "@"]):
                sheet.write_number(0, place, 46083, workbook.add_format({"num_format": style}))

        self.assertEqual(rows(book(write))[0][1], [*[Flaw("date", "2026-03-02")] * 3, "46083", "46083", "46083"])

    def test_a_date_that_no_calendar_has_is_shown_as_a_number(self):
        def write(sheet, workbook):
            sheet.write_number(0, 0, 1e9, workbook.add_format({"num_format": "dd/mm/yyyy"}))

        self.assertEqual(rows(book(write)), [(1, [Flaw("date", "1000000000")])])

    def test_formulas_give_their_saved_result_and_are_never_worked_out(self):
        sheet = (
            '<row><c t="str"><f>A1&amp;"x"</f><v>INV/1</v></c><c><f>1+1</f><v>2</v></c><c><f>1+1</f></c>'
            '<c t="e"><f>1/0</f><v>#DIV/0!</v></c><c t="d"><v>2026-03-02</v></c><c/></row>'
        )
        self.assertEqual(
            rows(packed(excel_parts(sheet))),
            [(1, ["INV/1", "2", Flaw("formula", "=1+1"), Flaw("error", "#DIV/0!"), Flaw("date", "2026-03-02")])],
        )

    def test_a_flaw_is_never_shown_blank(self):
        """R53: in the file of errors a blank cell would leave as is."""
        found = rows(packed(excel_parts('<row><c><f/></c><c t="e"><v/></c><c t="d"><v/></c></row>')))
        self.assertEqual([flaw.shown for flaw in found[0][1]], ["=", "#N/A", "#N/A"])

    def test_text_with_formats_inside_and_pronunciation_beside_it(self):
        strings = "<sst><si><r><t>INV</t></r><r><t>/1</t></r><rPh><t>no</t></rPh></si><si><t/></si></sst>"
        cells = '<c r="C7" t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="inlineStr"><is><t>x</t></is></c>'
        sheet = f'<row r="7">{cells}</row>'
        content = packed(excel_parts(sheet, sharedStrings=strings))
        self.assertEqual(rows(content), [(7, ["", "", "INV/1", "", "x"])])

    def test_merged_cells_are_refused_by_name(self):
        def write(sheet, _workbook):
            sheet.write_row(0, 0, HEADINGS)
            sheet.merge_range("B2:B4", "Standard")

        with self.assertRaises(Unreadable) as caught:
            rows(book(write))
        self.assertEqual((caught.exception.code, caught.exception.values), ("merged", {"cells": "B2:B4"}))

    def test_what_contradicts_itself_is_damaged(self):
        for sheet in (
            '<row r="2"/><row r="1"/>',
            '<row r="x"/>',
            '<row><c t="s"><v>3</v></c></row>',
            "<row><c><v>many</v></c></row>",
            '<row><c r="1A"/></row>',
            "<row>",
        ):
            self.assertEqual(self.refused(packed(excel_parts(sheet))), "damaged", sheet)
        for part in ("xl/_rels/workbook.xml.rels", "xl/worksheets/s.xml"):
            parts = excel_parts("")
            del parts[part]
            self.assertEqual(self.refused(packed(parts)), "damaged", part)

    def test_rows_and_columns_beyond_any_sheet_are_refused_at_once(self):
        self.assertEqual(self.refused(packed(excel_parts(f'<row r="{LAST_ROW + 1}"/>'))), "too_many_rows")
        wide = '<row r="1"><c r="XFD1"><v>1</v></c></row>'
        self.assertEqual(self.refused(packed(excel_parts(wide))), "too_many_columns")
        blank = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"/></row>'
        self.assertEqual(rows(packed(excel_parts(blank))), [(1, ["1"])])

    def test_more_texts_than_rows_can_use_are_refused(self):
        strings = "<sst>" + "<si/>" * (MAX_STRINGS + 1) + "</sst>"
        self.assertEqual(self.refused(packed(excel_parts("", sharedStrings=strings))), "too_many_rows")


class TestOldExcel(Case):
    def test_as_written_by_a_library_of_its_time(self):
        sheet = open_sheet((FILES / "assignments.xls").read_bytes(), "assignments.xls")
        self.assertEqual((sheet.kind, sheet.title), ("xls", "Assignments"))
        found = list(sheet.rows)
        self.assertEqual(found[0], (1, HEADINGS))
        self.assertEqual(found[1], (2, ["INV/2026/00001", "Rückstand", "TRUE", "ann@customer.example"]))
        self.assertEqual(found[2], (4, ["20260002", "0.5"]))
        self.assertEqual(found[3], (5, [Flaw("date", "2026-03-02")]))

    def test_merged_cells_are_refused(self):
        self.assertEqual(self.refused((FILES / "merged.xls").read_bytes()), "merged")

    def test_a_locked_workbook_is_refused(self):
        signature = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        self.assertEqual(self.refused(signature + "EncryptedPackage".encode("utf-16-le")), "password")

    def test_an_error_cell_is_a_flaw(self):
        content = bytearray((FILES / "assignments.xls").read_bytes())
        # the TRUE of row 2 becomes the error #N/A: value, then the kind of cell
        place = content.index(struct.pack("<HHHH", 0x0205, 8, 1, 2))
        content[place + 10 : place + 12] = b"\x2a\x01"
        self.assertEqual(rows(bytes(content))[1][1][2], Flaw("error", "#N/A"))

    def test_the_first_sheet_that_is_not_hidden(self):
        content = bytearray((FILES / "hidden.xls").read_bytes())
        sheet = open_sheet(bytes(content))
        self.assertEqual((sheet.title, list(sheet.rows)), ("Data", [(1, ["read"])]))
        # the visible one becomes very hidden: record, length, place, then the state
        place = content.rindex(b"\x85\x00", 0, content.index(b"Data"))
        content[place + 8] = 2
        self.assertEqual(self.refused(bytes(content)), "all_hidden")


class TestOpenDocument(Case):
    def test_as_written_by_another_library(self):
        sheet = open_sheet((FILES / "assignments.ods").read_bytes(), "assignments.ods")
        self.assertEqual((sheet.kind, sheet.title), ("ods", "Assignments"))
        self.assertEqual(
            list(sheet.rows),
            [
                (1, HEADINGS),
                (2, ["INV/2026/00001", "Rückstand", "TRUE", "ann@customer.example"]),
                (4, ["20260002", "0.5"]),
                (5, [Flaw("date", "2026-03-02")]),
            ],
        )

    def test_the_first_sheet_that_is_not_hidden(self):
        row = "<table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row>"
        styles = "".join(
            f'<table:style table:name="{name}"><table:table-properties table:display="{shown}"/></table:style>'
            for name, shown in (("a", "true"), ("b", "false"))
        )
        hidden = f'<table:table table:name="Hidden" table:style-name="b">{row.format("not read")}</table:table>'
        data = f'<table:table table:name="Data" table:style-name="a">{row.format("read")}</table:table>'
        sheet = open_sheet(ods(styles + hidden + data + hidden))
        self.assertEqual((sheet.title, list(sheet.rows)), ("Data", [(1, ["read"])]))
        self.assertEqual(self.refused(ods(styles + hidden)), "all_hidden")

    def test_repeated_rows_and_cells(self):
        content = ods(
            '<table:table table:name="One"><table:table-row><table:table-cell table:number-columns-repeated="2"/>'
            '<table:table-cell table:number-columns-repeated="2"><text:p>a<text:s/>b</text:p><text:p>c'
            "<text:line-break/>d<text:tab/></text:p></table:table-cell></table:table-row>"
            '<table:table-row table:number-rows-repeated="2"><table:table-cell><text:p>x</text:p></table:table-cell>'
            '</table:table-row></table:table><table:table table:name="Two"><table:table-row><table:table-cell>'
            "<text:p>not read</text:p></table:table-cell></table:table-row></table:table>"
        )
        self.assertEqual(rows(content), [(1, ["", "", "a b\nc\nd", "a b\nc\nd"]), (2, ["x"]), (3, ["x"])])

    def test_a_note_in_a_cell_is_not_its_text(self):
        content = ods(
            "<table:table><table:table-row><table:table-cell><office:annotation><text:p>note</text:p>"
            "</office:annotation><text:p>INV/1</text:p></table:table-cell></table:table-row></table:table>"
        )
        self.assertEqual(rows(content), [(1, ["INV/1"])])

    def test_formulas_and_errors(self):
        cell = '<table:table-cell table:formula="of:=1" office:value-type="{}" office:string-value="{}"/>'
        failed = '<table:table-cell office:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
        time = '<table:table-cell office:value-type="time"/>'
        content = ods(
            "<table:table><table:table-row>"
            + cell.format("string", "INV/1")
            + cell.format("error", "")
            + f'<table:table-cell table:formula="of:=1"/>{failed}{time}</table:table-row></table:table>'
        )
        self.assertEqual(
            rows(content),
            [
                (
                    1,
                    [
                        "INV/1",
                        Flaw("error", "#N/A"),
                        Flaw("formula", "=1"),
                        Flaw("error", "#DIV/0!"),
                        Flaw("date", "#time"),
                    ],
                )
            ],
        )

    def test_merged_cells_are_refused(self):
        content = ods(
            '<table:table><table:table-row><table:table-cell/><table:table-cell table:number-rows-spanned="3"/>'
            "</table:table-row></table:table>"
        )
        with self.assertRaises(Unreadable) as caught:
            rows(content)
        self.assertEqual((caught.exception.code, caught.exception.values), ("merged", {"cells": "B1"}))

    def test_a_million_and_more_repetitions_are_refused(self):
        row = (
            '<table:table><table:table-row table:number-rows-repeated="{}"><table:table-cell '
            'table:number-columns-repeated="{}"><text:p>x</text:p></table:table-cell></table:table-row></table:table>'
        )
        self.assertEqual(self.refused(ods(row.format(10**15, 1))), "too_many_rows")
        self.assertEqual(self.refused(ods(row.format(LAST_ROW, 1))), "too_many_rows")
        self.assertEqual(self.refused(ods(row.format(1, 10**15))), "too_many_columns")

    def test_a_locked_or_empty_document_is_refused(self):
        manifest = '<m:manifest xmlns:m="urn:m"><m:encryption-data/></m:manifest>'
        self.assertEqual(self.refused(ods("<table:table/>", **{"META-INF/manifest.xml": manifest})), "password")
        self.assertEqual(self.refused(ods("")), "damaged")


if __name__ == "__main__":
    unittest.main()
