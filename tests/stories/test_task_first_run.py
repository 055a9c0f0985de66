from odoo.tests import tagged

from ..builders.browser import PHONE, BrowserCase


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskFirstRun(BrowserCase):
    has_default = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"chasing_enabled": False, "chasing_start_date": False})
        # the only cadence that the first run can propose
        (cls.env["chasing.cadence"].search([]) - cls.cadence).active = False

    def test_chasing_is_switched_on_over_older_open_invoices(self):
        """R46, R107: in five clicks, and by keyboard; nothing leaves before the last one."""
        fresh, late = self.make_invoice(), self.make_invoice(issued="2026-01-01", due="2026-02-15", amount=250)

        def switch_on(page):
            page.see("Invoice chasing is off")
            page.click("Switch On…")
            page.see("3 days before due at 10:00")
            page.click("Next")
            page.see("1 open invoice dated before Mon 2 Mar 2026: $ 250.00, overdue: 1.", late.name)
            page.click("Chase them: send the reminder that fits now")
            page.click("Next")
            page.see("Nothing has been sent yet", "1 will be sent, first Mon 2 Mar 14:00")
            self.assertFalse(self.env["chasing.step"].search([("company_id", "=", self.company.id)]))
            page.click("Switch On")
            page.see("Invoice chasing is on.", "awaits approval from Mon 2 Mar 09:00")

        self.task("/odoo/chasing", switch_on, clicks=5, login="page_manager")
        self.assertTrue(self.company.chasing_enabled)
        self.assertEqual(self.states(fresh), ["planned"] * 3)
        self.assertEqual(self.states(late), ["skipped", "skipped", "planned"])

    def test_it_goes_back_and_forth_on_a_phone_and_leaves_nothing_when_closed(self):
        self.make_invoice(issued="2026-01-01", due="2026-02-15")
        with self.browse("/odoo/chasing", "page_manager", PHONE) as page:
            page.click("Switch On…")
            page.click("Next")
            page.click("Next")
            page.see("Chase them: send the reminder that fits now")
            page.click("Do not chase them")
            page.click("Next")
            page.see("1 older open invoice is not chased.")
            self.assertFalse(page.cut())
            page.click("Back")
            self.assertFalse(page.cut())
            page.click("Back")
            page.see("Which cadence do invoices get from now on?")
            page.press("Escape")
            page.see("Invoice chasing is off")
        self.assertFalse(self.company.chasing_enabled)
