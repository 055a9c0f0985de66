from odoo.tests import tagged

from .common import ChasingCommon


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
        self.assertEqual(self.plan(invoice)[1:], [
            ("2026-03-15 10:00", "planned", False),
            ("2026-03-23 14:00", "planned", False),
        ])

        self.assertFalse(self.at_sent("2026-03-15 10:00"))
        self.set_clock("2026-03-16 08:00")
        self.steps(invoice)[1].action_skip()
        self.assertEqual(self.plan(invoice)[2], ("2026-03-24 14:00", "planned", False))

        self.assertFalse(self.at_sent("2026-03-24 14:00"))
        self.assertEqual(schedule.status, "active")
        self.pay(invoice)
        self.assertEqual((schedule.status, self.states(invoice)), ("paid", ["sent", "skipped", "cancelled"]))
        self.assertFalse(self.at_sent("2026-03-25 14:00"))
