from odoo.tests import tagged

from ..builders.browser import BrowserCase


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskEnable(BrowserCase):
    def test_an_invoice_is_enabled(self):
        """R102: in two clicks, and by keyboard."""
        invoice = self.make_invoice(chased=False)

        def enable(page):
            page.click("Enable Invoice Chasing")
            page.see("3 will be sent, first Mon 2 Mar 09:00")
            page.click("Enable Chasing")
            page.see("next: e-mail, Mon 2 Mar 09:00")

        self.task(f"/odoo/customer-invoices/{invoice.id}", enable, clicks=2)
        self.assertEqual(invoice.chasing_status, "active")
