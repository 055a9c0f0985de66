from odoo.tests import HttpCase, tagged

from .common import ChasingCommon


@tagged("post_install", "-at_install", "chasing_browser")
class TestTours(ChasingCommon, HttpCase):
    """What people do most, in a real browser: switch on, enable, build, mend."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_user("tour_manager", "invoice_chasing.group_manager,account.group_account_invoice", lang="en_US")
        cls.make_user("tour_collector", "invoice_chasing.group_user,base.group_partner_manager", lang="en_US")

    def test_switch_on_in_three_steps(self):
        self.cadence.is_default = False
        self.company.chasing_enabled = False
        invoice = self.make_invoice()
        # the only cadence that the first run can propose
        (self.env["chasing.cadence"].search([]) - self.cadence).active = False
        self.start_tour("/odoo/chasing", "chasing_first_run", login="tour_manager")
        self.assertTrue(self.company.chasing_enabled)
        self.assertEqual(self.states(invoice), ["planned"] * 3)

    def test_a_collector_enables_and_edits_an_invoice(self):
        self.cadence.is_default = False
        invoice = self.make_invoice()
        self.cadence.is_default = True
        self.start_tour(f"/odoo/customer-invoices/{invoice.id}", "chasing_enable_invoice", login="tour_collector")
        self.assertEqual(self.plan(invoice)[-1], ("2026-03-23 14:00", "planned", False))

    def test_build_a_cadence(self):
        path = "/odoo/action-invoice_chasing.chasing_cadence_action"
        self.start_tour(path, "chasing_build_cadence", login="tour_manager")
        cadence = self.env["chasing.cadence"].search([("name", "=", "Patient")])
        lines = [(line.trigger, line.days, line.hour) for line in cadence.step_ids]
        self.assertEqual(lines, [("on_issue", 0, 9), ("after_due", 10, 14)])

    def test_a_collector_mends_the_contact_and_retries(self):
        """R84"""
        self.customer.email = False
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(invoice.chasing_status, "failed")
        self.start_tour(f"/odoo/customer-invoices/{invoice.id}", "chasing_retry", login="tour_collector")
        self.assertEqual(self.states(invoice)[0], "sent")
