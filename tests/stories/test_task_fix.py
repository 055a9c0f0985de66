from odoo.tests import tagged

from ..builders.browser import BrowserCase
from ..builders.letters import blank_pdf


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskFix(BrowserCase):
    """R84: what failed is put right and sent again, from the invoice and from the morning queue."""

    def failed(self):
        self.customer.email = False
        invoice = self.make_invoice()
        # so wide a screen shows the invoice's PDF beside it
        self.give_pdf(invoice, blank_pdf())
        self.at("2026-03-02 09:00")
        return invoice

    def test_a_contact_is_fixed_and_the_message_sent_again(self):
        """R84: in four clicks, and by keyboard."""
        invoice = self.failed()

        def fix(page):
            page.see("The customer has no contact with an e-mail address.")
            page.click("Fix Contact")
            page.fill("Email", "ann@customer.example")
            page.click("Save")
            page.see("Fixed. The failed message can be sent again.")
            page.click("Retry Now")
            page.see("0 of 3 sent, 1 ")

        self.task(f"/odoo/customer-invoices/{invoice.id}", fix, clicks=4)
        self.assertEqual(self.states(invoice)[0], "under_way")

    def test_the_morning_queue_fixes_in_place(self):
        """R84, R96: typed where it is told."""
        invoice = self.failed()

        def fix(page):
            page.see("Fix (1)", "1 failed, 2 scheduled")
            page.fill("Email of Ann Lee", "ann@customer.example")
            page.click("Save Ann Lee")
            page.see("Fixed. 1 failed message can be sent again.")
            page.click("Retry Now")
            page.see("Nothing needs attention")

        self.task("/odoo/chasing-to-do", fix, clicks=3)
        self.assertEqual(self.states(invoice)[0], "under_way")
