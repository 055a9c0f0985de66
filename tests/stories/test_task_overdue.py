from odoo.tests import tagged

from ..builders.browser import PHONE, BrowserCase
from ..builders.letters import blank_pdf


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskOverdue(BrowserCase):
    def test_an_overdue_invoice_is_enabled_and_its_message_goes(self):
        """R43: in three clicks, and by keyboard."""
        invoice = self.make_invoice(due="2026-02-20", issued="2026-02-05", chased=False)
        self.give_pdf(invoice, blank_pdf())

        def enable(page):
            page.click("Enable Invoice Chasing")
            page.see("Now: 5 days after due", "Skipped: On issue, 3 days before due")
            page.click("Enable Chasing")
            page.see("1 queued")

        self.task(f"/odoo/customer-invoices/{invoice.id}", enable, clicks=3)
        self.assertEqual(len(self.deliver()), 1)
        self.assertIn("sent", self.states(invoice))

    def test_the_dialog_fits_a_phone_and_escape_leaves_everything(self):
        invoice = self.make_invoice(due="2026-02-20", issued="2026-02-05", chased=False)
        with self.browse(f"/odoo/customer-invoices/{invoice.id}", size=PHONE) as page:
            page.click("Enable Invoice Chasing")
            page.see("Now: 5 days after due")
            self.assertEqual(page.cut(), [])
            page.press("Escape")
            page.wait_for("!document.querySelector('.modal')", "No dialog")
            self.assertIn("Enable Invoice Chasing", page.focused())
        self.assertFalse(invoice.chasing_schedule_ids)
