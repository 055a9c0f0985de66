from odoo import Command
from odoo.tests import tagged

from ..builders.browser import BrowserCase


def select_page(page):
    """Tick all rows of the page; by keyboard, Odoo's way from the search into a list is the arrow down."""
    if page.by_keyboard:
        page.press("ArrowDown")
        page.press(" ")
    else:
        page.click("Select page")


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskBulk(BrowserCase):
    """Many at once, more than a page of the list shows (R52)."""

    def make_many(self, count):
        """So many posted invoices, made at once."""
        invoices = self.env["account.move"].create([
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-03-02",
                "invoice_date_due": "2026-03-16",
                "invoice_line_ids": [Command.create({"name": "Work", "price_unit": 100.0, "tax_ids": []})],
            }
            for _number in range(count)
        ])
        with self.no_default():
            invoices.action_post()
            self.env.cr.flush()
        return invoices

    def test_all_of_three_pages_are_enabled_and_those_chased_already_stay(self):
        """R52: in five clicks, and by keyboard."""
        invoices = self.make_many(165)
        hard = self.make_cadence("Hard", [("after_due", 1, 9)])
        chased = invoices[:39]
        chased._chasing_assign(hard)
        self.env.cr.flush()

        def enable(page):
            page.see("1-80 / 165")
            select_page(page)
            page.click("Select all 165")
            page.click("Actions")
            page.click("Enable Chasing")
            page.see("Already chased: 39", "Will change: 126 invoices")
            page.click("Enable Chasing")
            page.see("126 invoices")

        self.task("/odoo/customer-invoices", enable, clicks=5)
        self.assertEqual(chased.chasing_cadence_id, hard)
        self.assertEqual((invoices - chased).chasing_cadence_id, self.cadence)
        self.assertEqual(set(invoices.mapped("chasing_status")), {"active"})

    def test_all_that_are_chased_are_paused_and_resumed_by_undo(self):
        """R36, R52."""
        invoices = self.make_many(90)
        invoices._chasing_assign(self.cadence)
        self.env.cr.flush()
        with self.browse("/odoo/chasing") as page:
            page.click("Remove")
            page.see("1-80 / 90")
            select_page(page)
            page.click("Select all 90")
            page.click("Pause")
            page.see("90 invoices, $ 9,000.00 outstanding.", "270 scheduled messages will be paused.")
            page.click("Pause")
            page.see("90 invoices paused.")
            page.click("Undo")
            page.see("Undone.")
        self.assertEqual(set(invoices.mapped("chasing_status")), {"active"})
