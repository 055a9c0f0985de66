from odoo.tests import tagged

from ..builders.browser import PHONE, BrowserCase


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskText(BrowserCase):
    def test_the_text_of_one_step_is_changed(self):
        """R70, R77: in four clicks, and by keyboard, with the message beside it."""
        invoice = self.make_invoice()

        def write(page):
            page.click("Chasing", within="Chasing")
            page.click("More", within="3 days before due")
            page.click("Custom Text")
            page.fill("Custom Subject", "About {{ object.name }}")
            page.press("Tab")
            page.see(f"About {invoice.name}")
            page.click("Save")
            page.wait_for("!document.querySelector('.modal')", "No dialog")

        self.task(f"/odoo/customer-invoices/{invoice.id}", write, clicks=4)
        self.assertEqual(self.step(invoice, "before_due").subject, "About {{ object.name }}")

    def test_the_dialog_fits_a_phone(self):
        invoice = self.make_invoice()
        with self.browse(f"/odoo/customer-invoices/{invoice.id}", size=PHONE) as page:
            page.click("Chasing", within="Chasing")
            page.click("More", within="3 days before due")
            page.click("Custom Text")
            page.see("Custom Subject")
            # The list behind the dialog is not looked at.
            self.assertEqual([one for one in page.cut() if "text-truncate" not in one], [])
