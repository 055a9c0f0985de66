from odoo.tests import tagged

from ..builders.browser import BrowserCase
from ..builders.letters import blank_pdf


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskWhy(BrowserCase):
    def test_why_a_step_did_not_go_is_found(self):
        """R104: in two clicks, and by keyboard."""
        self.customer.email = False
        invoice = self.make_invoice()
        self.give_pdf(invoice, blank_pdf())
        self.at("2026-03-02 09:00")

        def find(page):
            page.click("Chasing", within="Chasing")
            page.see("On issue", "Failed", "no contact with an e-mail address")
            page.click("Why?", within="On issue")
            page.see("Conditions", "Open balance", "no contact with an e-mail address")

        self.task(f"/odoo/customer-invoices/{invoice.id}", find, clicks=2)

    def test_the_dots_are_one_stop_with_arrow_keys(self):
        """R104: Enter on a dot tells why."""
        invoice = self.make_invoice()
        with self.browse(f"/odoo/customer-invoices/{invoice.id}") as page:
            page.click("Chasing", within="Chasing")
            page.run("document.querySelector('.o_chasing_dot[tabindex=\"0\"]').focus()")
            self.assertIn("On issue: Planned.", page.focused())
            page.press("ArrowRight")
            self.assertIn("3 days before due: Planned.", page.focused())
            page.press("End")
            self.assertIn("5 days after due: Planned.", page.focused())
            page.press("Enter")
            page.see("Conditions", "5 days after due")
            page.press("Escape")
            self.assertIn("5 days after due: Planned.", page.focused())
            page.press("Tab")
            self.assertNotIn("o_chasing_dot", page.focused())

    def test_the_focus_returns_to_the_button_of_a_dialog_that_was_left(self):
        """Above the invoice and on its chasing tab, though the screen behind is read anew meanwhile (WCAG 2.4.3)."""
        invoice = self.make_invoice()
        with self.browse(f"/odoo/customer-invoices/{invoice.id}") as page:
            page.click("Chasing", within="Chasing")
            for button in ("Pause", "Edit"):
                for leave in (lambda: page.press("Escape"), lambda: page.click("Discard")):
                    page.click(button)
                    leave()
                    page.wait_for("!document.querySelector('.modal')", "No dialog")
                    self.assertIn(f'"{button}"', page.focused())

    def test_nothing_of_the_chasing_tab_is_cut(self):
        """On a desktop and on a phone."""
        invoice = self.make_invoice()
        self.give_pdf(invoice, blank_pdf())
        self.at_sent("2026-03-02 09:00")
        for size in ((1400, 900), (360, 800)):
            with self.browse(f"/odoo/customer-invoices/{invoice.id}", size=size) as page:
                page.click("Chasing", within="Chasing")
                page.see("Ann Lee · ann@customer.example")
                self.assertEqual([one for one in page.cut() if "chasing" in one], [])
