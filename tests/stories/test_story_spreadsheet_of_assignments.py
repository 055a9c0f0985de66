from odoo.tests import tagged

from ..builders.imports import ImportCommon


@tagged("post_install", "-at_install")
class TestStorySpreadsheetOfAssignments(ImportCommon):
    def test_a_sheet_decides_who_is_chased_how_and_where(self):
        """R53, R61: three invoices and a mistake in one sheet; what leaves is what the sheet said; the corrected rows
        come in by the file of errors."""
        ours, theirs, quiet = self.make_invoices(3)
        record = self.imported(
            (ours.name, "Usual", "", ""),
            (theirs.name, "Usual", "no", "ap@customer.example; boss@customer.example"),
            (quiet.name, "Usual", "yes", ""),
            ("INV/0", "Usual", "", ""),
        )
        self.assertEqual((record.ok_count, record.error_count), (3, 1))
        sent = self.at_sent("2026-03-02 09:00")
        self.assertCountEqual(
            [
                (message["To"], invoice.name)
                for message in sent
                for invoice in (ours, theirs, quiet)
                if invoice.name in message["Subject"]
            ],
            [
                ("Ann Lee <ann@customer.example>", ours.name),
                ("ap@customer.example", theirs.name),
                ("boss@customer.example", theirs.name),
            ],
        )
        self.pay(theirs)
        again = self.imported((ours.name, "Usual", "", ""), (theirs.name, "Usual", "", ""), (quiet.name, "", "no", ""))
        self.assertEqual(again.line_ids.mapped("verdict"), ["unchanged", "error", "ok"])
        self.assertEqual(quiet.chasing_status, "active")
