from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingAlert(ChasingCommon):
    def alerts(self):
        kind = self.env.ref("invoice_chasing.mail_activity_type_alert")
        return self.env["mail.activity"].sudo().search([("activity_type_id", "=", kind.id)])

    def test_failures_of_one_run_are_one_alert_to_the_responsible(self):
        """R98."""
        self.customer.email = False
        invoices = self.make_invoices(2)
        self.at("2026-03-02 09:00")
        alert = self.alerts()
        self.assertEqual(alert.user_id, self.salesperson)
        self.assertEqual([alert.note.count(invoice.name) for invoice in invoices], [1, 1])
        self.assertIn("Add one", alert.note)

    def test_a_run_without_failures_alerts_nobody(self):
        self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertFalse(self.alerts())

    def test_a_salesperson_who_may_not_see_chasing_is_not_told_but_a_manager_is(self):
        outsider = self.make_user("outsider", "base.group_user")
        self.customer.email = False
        self.make_invoice(invoice_user_id=outsider.id)
        self.at("2026-03-02 09:00")
        [user] = self.alerts().user_id
        self.assertNotEqual(user, outsider)
        self.assertTrue(user.has_group("invoice_chasing.group_manager"))

    def test_missed_steps_that_are_too_late_are_told(self):
        """R40."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.at("2026-03-24 09:00")
        self.assertIn(invoice.name, self.alerts().note)

    def test_what_fails_later_is_added_to_the_open_alert(self):
        self.customer.email = False
        self.make_invoice()
        self.at("2026-03-02 09:00")
        late = self.make_invoice(partner_id=self.make_customer("Late", "late@customer.example").id)
        self.at("2026-03-02 10:00")
        self.step(late, "on_issue").delivery_ids.sudo()._set_state("bounced", "bounced")
        self.assertEqual(len(self.alerts()), 1)
        self.assertIn(late.name, self.alerts().note)
