from pathlib import Path
from tempfile import TemporaryDirectory

from odoo.tests import tagged

from ..builders.browser import BrowserCase
from ..builders.imports import HEADINGS


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskImport(BrowserCase):
    has_default = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.strict = cls.make_cadence("Strict", [("after_due", 1, 9), ("after_due", 8, 9)])

    def test_an_import_with_a_problem_is_corrected_and_undone(self):
        """R53: in seven clicks, and by keyboard."""
        one, two = self.make_invoices(2)
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / "assignments.csv"
        rows = (HEADINGS, (one.name, "Strict", "", ""), (f"{two.name}x", "Strict", "", ""))
        path.write_text("\n".join(";".join(row) for row in rows))

        def correct_and_undo(page):
            page.click("New")
            page.upload("Choose File", path)
            page.click("Check")
            page.see(f"There is no customer invoice {two.name}x")
            page.click("Correct", f"{two.name}x")
            page.fill("Invoice Number", two.name)
            page.click("Save")
            page.click("Import")
            page.see("2 rows imported")
            page.click("Undo")
            page.see("Undone on")

        self.task("/odoo/action-invoice_chasing.chasing_import_action", correct_and_undo, clicks=7)
        record = self.env["chasing.import"].search([])
        self.assertEqual((record.state, record.kept_count), ("undone", 0))
        self.assertFalse((one | two).chasing_schedule_ids)
