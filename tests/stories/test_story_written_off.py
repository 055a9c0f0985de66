from odoo.tests import tagged

from ..escalation.test_write_off import WriteOffCommon


@tagged("post_install", "-at_install")
class TestStoryWrittenOff(WriteOffCommon):
    def test_given_up_and_paid_after_all(self):
        """R41, R34, R11: sent on 2 March, written off on 20 March; on 10 April the customer says they will pay."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

        self.set_clock("2026-03-20 11:00")
        schedule.action_write_off(reason="no answer")
        self.env.cr.flush()
        self.assertEqual((schedule.status, invoice.amount_residual), ("written_off", 0))
        self.assertFalse(self.at_sent("2026-03-21 14:00"))

        self.set_clock("2026-04-10 11:00")
        schedule.action_take_back_write_off()
        self.env.cr.flush()
        self.assertEqual((schedule.status, schedule.is_reopened), ("stopped", True))
        self.assertFalse(self.at_sent("2026-04-10 12:00"))

        schedule.action_enable()
        self.assertEqual(schedule.status, "expired")
        invoice._chasing_assign(self.make_cadence("Again", [("after_due", 30, 9)]))
        [message] = self.at_sent("2026-04-15 09:00")
        self.assertIn("Urgent", message["Subject"])
        self.pay(invoice)
        self.assertEqual(schedule.status, "paid")

    def test_only_marked_and_paid_after_all(self):
        """R41, R94: the mark books nothing, so that a payment is shown as one; taken back, the mark is there again."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        schedule.action_write_off("mark", reason="no answer")
        self.assertEqual((schedule.status, invoice.amount_residual), ("written_off", 100))
        self.pay(invoice)
        self.assertEqual(schedule.status, "paid")
        invoice.line_ids.remove_move_reconcile()
        self.env.cr.flush()
        self.assertEqual(schedule.status, "written_off")
