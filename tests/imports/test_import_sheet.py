"""The spreadsheet of an import: what is read as what, its template and its errors (R53)."""

import base64
import io

import openpyxl
import xlsxwriter

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.imports import import_sheet
from ..builders.imports import HEADINGS, ImportCommon


@tagged("post_install", "-at_install")
class TestImportSheet(ImportCommon):
    def test_yes_no_and_headings_in_the_languages_installed(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        known = {"Invoice Number": "Numéro de facture", "Chasing Disabled": "Relances désactivées", "yes": "oui"}

        def translated(env, text):
            return known.get(text, text) if env.lang == "fr_FR" else text

        self.patch(import_sheet, "translate", translated)
        one = self.make_invoice()
        self.imported((one.name, "Strict", "OUI"), headings=("numero de facture", "Cadence", "Relances desactivees"))
        self.assertEqual(self.schedule(one).status, "stopped")

    def test_columns_in_any_order_and_what_is_not_used_is_shown(self):
        invoice = self.make_invoice()
        record = self.imported(
            ("a remark", "Strict", invoice.name), headings=("Remark", "cadence", "INVOICE NO."), user=self.salesperson
        )
        self.assertEqual(self.schedule(invoice).cadence_id, self.strict)
        self.assertEqual(
            record.mapping_text, "B “cadence” → Cadence\nC “INVOICE NO.” → Invoice Number\nNot used: A “Remark”"
        )
        self.assertEqual(record.source_text, "csv in utf-8, separated by semicolons")

    def test_a_workbook_by_its_own_writer(self):
        invoice = self.make_invoice()
        file = io.BytesIO()
        with xlsxwriter.Workbook(file) as book:
            sheet = book.add_worksheet("Plan")
            sheet.write_row(0, 0, HEADINGS)
            sheet.write_row(4, 0, [invoice.name, "Strict", True])
        record = self.prepare_file(file.getvalue(), "plan.xlsx")
        record.action_import()
        self.assertEqual((self.verdicts(record), record.source_text), ([(5, "ok")], "xlsx, sheet Plan"))
        self.assertEqual(self.schedule(invoice).status, "stopped")

    def test_a_cell_of_megabytes_is_refused_and_not_kept(self):
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "", "", "ap@customer.example," * 2**18), (invoice.name, "Strict", "", ""))
        self.assertEqual(self.messages(record)[0], "E-mail Contacts has more than 5000 characters. Shorten it.")
        self.assertEqual(len(record.line_ids[0].contacts), 5001)
        self.assertEqual(self.verdicts(record), [(2, "error"), (3, "ok")])
        heading = self.prepare((invoice.name, "Strict", ""), headings=(*HEADINGS[:2], "x" * 2**20))
        heading.action_check()
        self.assertLess(len(heading.mapping_text), 1000)

    def test_files_that_cannot_be_read_are_refused_with_a_sentence(self):
        for content, name, sentence in (
            (b"", "a.csv", "The file is empty"),
            (b"PK\x03\x04", "a.xlsx", "The file is damaged"),
            (b"Invoice Number,Cadence\n", "a.xlsx", "a.xlsx contains csv data"),
            (b"Invoice Number,Cadence\n", "a.csv", "no rows"),
            (b"Number,Invoice,Cadence\n1,2,3\n", "a.csv", "Two columns have the same meaning: A “Number”, B “Invoice”"),
            (b"Nr,Cadence\n1,2\n", "a.csv", "There is no column Invoice Number"),
            (b"Invoice Number\n1\n", "a.csv", "No column says what to change"),
            (b'Invoice Number,Cadence\n1,"2\n', "a.csv", "From row"),
            (b"\n \n", "a.csv", "The file is empty"),
        ):
            record = self.prepare_file(content or b" ", name)
            with self.assertRaisesRegex(UserError, sentence, msg=name):
                record.action_check()
            self.assertFalse(record.line_ids)
            with self.assertRaises(UserError):
                record.action_import()

    def test_more_than_25_megabytes_are_refused(self):
        record = self.prepare_file(b"x" * (25 * 2**20 + 1), "a.csv")
        with self.assertRaisesRegex(UserError, "larger than 25 MB"):
            record.action_check()

    def test_the_errors_come_back_as_a_spreadsheet_that_can_be_imported(self):
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "Strict", "", ""), ("=1+1", "Usual", "no", "=cmd|'/C calc'!A0"))
        action = record.action_download_errors()
        self.assertEqual(action["url"], f"/web/content/chasing.import/{record.id}/error_file/errors.xlsx?download=true")
        content = base64.b64decode(record.error_file)
        rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(content)).active]
        self.assertEqual(rows[0], [*HEADINGS, "Company", "Problem"])
        self.assertEqual(rows[1][:4], ["=1+1", "Usual", "no", "=cmd|'/C calc'!A0"])
        self.assertEqual(rows[1][5], self.messages(record)[1])
        cells = openpyxl.load_workbook(io.BytesIO(content)).active[2]
        self.assertEqual([cells[0].data_type, cells[3].data_type], ["s", "s"])
        again = self.prepare_file(content, "errors.xlsx")
        again.action_check()
        self.assertIn("Not used: F “Problem”", again.mapping_text)
        self.assertEqual(again.error_count, 1)

    def test_a_date_or_formula_is_an_error_again_when_its_row_comes_back(self):
        """R53: a blank cell would leave as is, and what was wished would be forgotten."""
        invoices = self.make_invoices(4)
        self.imported(*((one.name, "Strict", "", "") for one in invoices))
        file = io.BytesIO()
        with xlsxwriter.Workbook(file) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, HEADINGS)
            for place, one in enumerate(invoices, 1):
                sheet.write_row(place, 0, [one.name, "Usual"])
            sheet.write_number(1, 3, 46083, book.add_format({"num_format": "dd/mm/yyyy"}))
            sheet.write_formula(2, 1, "=1/0", value="#DIV/0!")
            sheet.write_formula(3, 2, '="yes"', value="#N/A")
            sheet.write_number(4, 1, 46083, book.add_format({"num_format": "dd/mm/yyyy"}))
        record = self.prepare_file(file.getvalue(), "rows.xlsx")
        for _round in range(2):
            record.action_import()
            self.assertEqual([line.verdict for line in record.line_ids], ["error"] * 4)
            kept = [[line.cadence, line.disabled, line.contacts] for line in record.line_ids]
            self.assertEqual(
                kept,
                [
                    ["Usual", False, "2026-03-02"],
                    ["#DIV/0!", False, False],
                    ["Usual", "#N/A", False],
                    ["2026-03-02", False, False],
                ],
            )
            record.action_download_errors()
            record = self.prepare_file(base64.b64decode(record.error_file), "errors.xlsx")

    def test_the_template_is_understood(self):
        content = import_sheet.template(self.env)
        [headings] = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
        self.assertEqual(headings, (*HEADINGS, "Company"))
        record = self.prepare_file(content, "template.xlsx")
        with self.assertRaisesRegex(UserError, "no rows"):
            record.action_check()
