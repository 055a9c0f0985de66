from odoo.tests import tagged

from ..builders.browser import BrowserCase


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskCadence(BrowserCase):
    def test_a_cadence_with_three_channels_is_made(self):
        """R24: an e-mail on issue, an SMS a week after due, a letter a week later, in eight clicks."""

        def make(page):
            # Odoo's search keeps the key Tab for itself; its own key for a new record is Alt+C.
            page.press("Alt+c") if page.by_keyboard else page.click("New")
            page.fill("e.g. Standard", "Three ways")
            page.click("Add a line")
            page.click("E-mail, 7 days after due")
            page.click("SMS, 7 days after due")
            page.click("Add a line")
            page.click("E-mail, 14 days after due")
            page.click("Letter, 14 days after due")
            page.see("3 will be sent")
            page.click("Save manually")
            page.see("Three ways")

        self.task("/odoo/action-invoice_chasing.chasing_cadence_action", make, clicks=8, login="page_manager")
        cadence = self.env["chasing.cadence"].search([("name", "=", "Three ways")])
        self.assertEqual(
            [(line.step_label, line.channels_text) for line in cadence.step_ids],
            [("On issue", "E-mail"), ("7 days after due", "SMS"), ("14 days after due", "Letter")],
        )

    def test_the_message_of_a_line_is_changed_beside_its_preview(self):
        invoice = self.make_invoice()
        path = f"/odoo/action-invoice_chasing.chasing_cadence_action/{self.cadence.id}"

        def write(page):
            page.click("Edit Message, 5 days after due")
            page.see(f"As Ann Lee would get it for {invoice.name} on Sat 21 Mar 14:00.", "Chasing: Past Due Invoice")
            page.fill("Custom Subject", "Please pay")
            page.click("Save")
            page.see("Please pay")
            page.click("Save manually")

        self.task(path, write, clicks=4, login="page_manager")
        self.assertEqual(self.cadence.step_ids[2].subject, "Please pay")
