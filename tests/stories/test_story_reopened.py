from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestStoryReopened(ChasingCommon):
    def test_a_direct_debit_comes_back(self):
        """R34, R11, R36: paid on 10 March, returned on 18 March, resumed on 19 March."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        self.at_sent("2026-03-02 09:00")

        self.set_clock("2026-03-10 12:00")
        payment = self.pay(invoice)
        self.assertEqual(schedule.status, "paid")

        self.set_clock("2026-03-18 12:00")
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        self.env.cr.flush()
        self.assertEqual((schedule.status, schedule.is_reopened), ("stopped", True))
        self.assertEqual(self.local(schedule.stopped_at), "2026-03-10 12:00")
        self.assertEqual(len(invoice.activity_ids), 1)
        self.assertEqual(self.at("2026-03-18 15:00")["claimed"], 0)

        self.set_clock("2026-03-19 09:30")
        schedule.action_enable()
        self.assertEqual((schedule.status, schedule.is_reopened), ("active", False))
        self.assertFalse(invoice.activity_ids)
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-02 09:00", "sent", False),
                ("2026-03-13 10:00", "skipped", "in_past"),
                ("2026-03-21 14:00", "planned", False),
            ],
        )
        [message] = self.at_sent("2026-03-21 14:00")
        self.assertIn("Past due", message["Subject"])

    def test_left_alone_it_stays_quiet_for_ever(self):
        """R34."""
        invoice = self.make_invoice()
        payment = self.pay(invoice)
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        self.env.cr.flush()
        for day in ("2026-03-02 09:00", "2026-03-13 10:00", "2026-03-21 14:00", "2026-04-30 12:00"):
            self.assertFalse(self.at_sent(day))

    def test_a_credit_note_taken_back_reopens_it(self):
        """R34."""
        invoice = self.make_invoice()
        credit_note = self.credit(invoice)
        self.assertEqual(invoice.chasing_status, "paid")
        credit_note.line_ids.remove_move_reconcile()
        credit_note.button_draft()
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_status, "stopped")
        self.assertTrue(invoice.chasing_schedule_id.is_reopened)

    def test_chasing_that_a_person_had_cancelled_is_not_offered_again(self):
        """R36: only a cadence applied anew starts it again."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_cancel()
        payment = self.pay(invoice)
        self.assertEqual(invoice.chasing_status, "paid")
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_status, "cancelled")
        self.assertFalse(invoice.activity_ids)
        with self.assertRaises(UserError):
            invoice.chasing_schedule_id.action_enable()
