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

    def test_cards_and_tabs(self):
        """R95"""
        silent = self.make_customer("Silent", False)
        self.make_invoice(partner_id=silent.id)
        self.make_invoice()
        (self.make_invoice() | self.make_invoice(amount=50)).chasing_schedule_ids.action_pause()
        self.start_tour("/odoo/chasing", "chasing_cards", login="tour_collector")

    def test_a_cause_is_mended_where_it_is_shown(self):
        """R96"""
        silent = self.make_customer("Silent", False)
        invoice = self.make_invoice(partner_id=silent.id)
        self.start_tour("/odoo/chasing-will-fail", "chasing_mend", login="tour_collector")
        self.assertEqual(invoice.chasing_status, "active")

    def test_a_rule_is_applied_and_put_back(self):
        """R51"""
        hard = self.make_cadence("Hard", [("after_due", 1, 9)])
        by_rule, by_hand = self.make_invoice(), self.make_invoice()
        by_hand._chasing_assign(self.cadence)
        path = "/odoo/action-invoice_chasing.chasing_rule_action"
        self.start_tour(path, "chasing_apply_rule", login="tour_manager")
        self.assertEqual(by_rule.chasing_cadence_id, hard)
        self.assertEqual(by_hand.chasing_cadence_id, self.cadence)
        path = "/odoo/action-invoice_chasing.chasing_assignment_action"
        self.start_tour(path, "chasing_put_back", login="tour_manager")
        self.assertEqual(by_rule.chasing_cadence_id, self.cadence)

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
