from odoo.tests import tagged

from ..builders.browser import BrowserCase


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskExclude(BrowserCase):
    def test_a_customer_is_excluded(self):
        """R37: in three clicks from the customer's form, and by keyboard; the toast undoes it."""
        invoice = self.make_invoice()

        def exclude(page):
            page.click("Chasing")
            page.click("Exclude from Chasing…")
            page.see("1 invoice, $ 100.00 outstanding.", "3 scheduled messages will be paused.")
            page.click("Exclude from Chasing")
            page.see("Ann Lee is excluded from chasing.")

        self.task(f"/odoo/m-res.partner/{self.customer.id}", exclude, clicks=3)
        self.assertTrue(self.customer.chasing_excluded)
        self.assertEqual(invoice.chasing_schedule_id.hold_reason, "customer_excluded")

    def test_it_is_undone_from_the_toast(self):
        """R37."""
        invoice = self.make_invoice()
        with self.browse(f"/odoo/m-res.partner/{self.customer.id}") as page:
            page.click("Chasing")
            page.click("Exclude from Chasing…")
            page.click("Exclude from Chasing")
            page.click("Undo")
            page.see("Undone.")
        self.assertFalse(self.customer.chasing_excluded)
        self.assertEqual(invoice.chasing_status, "active")
