from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestStoryAskedFirst(ChasingCommon):
    def test_nothing_leaves_unasked(self):
        """R101, R98, R32: on issue on 2 March, asked about until the 4th; 3 days before due moves from the 13th to the
        15th, is left out on the 16th; the customer pays while the last one waits."""
        self.cadence.step_ids.mode = "ask"
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id

        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        kind = self.env.ref("invoice_chasing.mail_activity_type_alert")
        told = self.env["mail.activity"].search([("activity_type_id", "=", kind.id)])
        self.assertEqual(told.user_id, self.salesperson)
        self.assertIn(invoice.name, told.note)

        self.set_clock("2026-03-04 11:00")
        self.steps(invoice)[0].action_send_now()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(
            self.plan(invoice)[1:],
            [
                ("2026-03-15 10:00", "planned", False),
                ("2026-03-23 14:00", "planned", False),
            ],
        )

        self.assertFalse(self.at_sent("2026-03-15 10:00"))
        self.set_clock("2026-03-16 08:00")
        self.steps(invoice)[1].action_skip()
        self.assertEqual(self.plan(invoice)[2], ("2026-03-24 14:00", "planned", False))

        self.assertFalse(self.at_sent("2026-03-24 14:00"))
        self.assertEqual(schedule.status, "active")
        self.pay(invoice)
        self.assertEqual((schedule.status, self.states(invoice)), ("paid", ["sent", "skipped", "cancelled"]))
        self.assertFalse(self.at_sent("2026-03-25 14:00"))

    def paused_over(self, pause, end):
        """The first asks on 2 March; the second, of the 13th, falls into a pause; its end is the 16th."""
        self.cadence.step_ids[0].mode = "ask"
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.set_clock("2026-03-05 09:00")
        pause(invoice)
        self.at("2026-03-13 10:00")
        self.set_clock("2026-03-16 00:00")
        end(invoice)
        self.assertFalse(self.at_sent("2026-03-16 00:00"))
        self.assertFalse(self.at_sent("2026-03-22 14:00"))
        self.assertEqual(self.states(invoice), ["waiting", "planned", "planned"])
        self.set_clock("2026-03-23 08:00")
        self.steps(invoice)[0].action_skip()
        moved = [at for at, _state, _reason in self.plan(invoice)][1:]
        self.assertEqual(moved, ["2026-04-03 10:00", "2026-04-11 14:00"])

    def test_the_end_of_a_pause_lets_nothing_past_the_question(self):
        """R101, R36"""
        self.paused_over(lambda one: one.chasing_schedule_id.action_pause(until="2026-03-16"), lambda one: None)

    def test_the_end_of_a_customers_pause_lets_nothing_past_the_question(self):
        """R101, R37"""
        self.paused_over(lambda one: one.partner_id.action_chasing_pause(until="2026-03-16"), lambda one: None)

    def test_money_that_goes_elsewhere_lets_nothing_past_the_question(self):
        """R101, R45"""
        receipt = self.env["account.payment"].create({
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.customer.id,
            "amount": 100.0,
            "date": "2026-03-05",
        })
        self.paused_over(lambda one: receipt.action_post(), lambda one: receipt.action_draft())

    def test_another_zone_changes_nothing_about_the_question(self):
        """R101, R38"""
        self.cadence.step_ids[0].mode = "ask"
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.at("2026-03-14 09:00")
        self.company.chasing_tz = "America/New_York"
        invoice.chasing_schedule_id._replan()
        self.assertEqual(self.states(invoice), ["waiting", "planned", "planned"])
        self.assertFalse(self.at_sent("2026-03-14 12:00"))
