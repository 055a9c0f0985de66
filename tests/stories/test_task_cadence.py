from odoo.tests import tagged

from ..builders.browser import BrowserCase

CADENCES = "/odoo/action-invoice_chasing.chasing_cadence_action"


def by_key(page, name, key):
    """Press Odoo's own key where a thing cannot be gone to with Tab, which searches and editors keep for themselves."""
    page.press(key) if page.by_keyboard else page.click(name)


def save(page):
    """Save a form; by keyboard from a place that is still there afterwards, as Odoo draws the lines of a form anew."""
    if page.by_keyboard:
        page.click("More")
    by_key(page, "Save manually", "Alt+s")


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskCadence(BrowserCase):
    def test_a_cadence_with_three_channels_is_made(self):
        """R24: an e-mail on issue, an SMS a week after due, a letter a week later, in eight clicks."""

        with self.browse(CADENCES, "page_manager") as page:
            self.make_three_channels(page)
            self.assertLessEqual(page.clicks, 8)
        self.check_three_channels()

    def test_a_cadence_with_three_channels_is_made_by_keyboard(self):
        with self.browse(CADENCES, "page_manager") as page:
            page.by_keyboard = True
            self.make_three_channels(page)
        self.check_three_channels()

    def make_three_channels(self, page):
        by_key(page, "New", "Alt+c")
        page.fill("e.g. Standard", "Three ways")
        page.click("Add a line")
        page.click("E-mail, 7 days after due")
        page.click("SMS, 7 days after due")
        page.click("Add a line")
        page.click("E-mail, 14 days after due")
        page.click("Letter, 14 days after due")
        page.see("3 will be sent")
        by_key(page, "Save manually", "Alt+s")
        page.see("Three ways")

    def check_three_channels(self):
        cadence = self.env["chasing.cadence"].search([("name", "=", "Three ways")])
        self.assertEqual(
            [(line.step_label, line.channels_text) for line in cadence.step_ids],
            [("On issue", "E-mail"), ("7 days after due", "SMS"), ("14 days after due", "Letter")],
        )

    def test_a_line_is_shown_on_a_chosen_invoice(self):
        """R75: in three clicks, beside the line."""
        chosen = self.make_invoice(amount=77.0)
        self.make_invoice()
        path = f"/odoo/action-invoice_chasing.chasing_cadence_action/{self.cadence.id}"
        with self.browse(path, "page_manager") as page:
            page.click("Edit Message, On issue")
            page.choose("Preview on another invoice", chosen.name)
            page.see(f"for {chosen.name}")
            self.assertLessEqual(page.clicks, 3)

    def test_the_message_of_a_line_is_changed_beside_its_preview(self):
        invoice = self.make_invoice()
        path = f"/odoo/action-invoice_chasing.chasing_cadence_action/{self.cadence.id}"

        def write(page):
            page.click("Edit Message, 5 days after due")
            page.see(
                f"As Ann Lee would get it for {invoice.name} on Sat 21 Mar 14:00.", "Standard: Invoice Overdue 1–7 Days"
            )
            page.fill("Custom Subject", "Please pay")
            by_key(page, "Save", "Alt+c")
            page.see("Please pay")
            if page.by_keyboard:
                self.assertIn("Edit Message, 5 days after due", page.focused())
            save(page)

        self.task(path, write, clicks=4, login="page_manager")
        self.assertEqual(self.cadence.step_ids[2].subject, "Please pay")
