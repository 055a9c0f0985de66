from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingStops(ChasingCommon):
    """Each way an invoice can be closed ends its chasing in the same transaction."""

    def assertStopped(self, invoice, reason, status="paid"):
        self.assertEqual(self.states(invoice), ["cancelled"] * 3)
        self.assertEqual(set(self.steps(invoice).mapped("reason_code")), {reason})
        self.assertEqual(invoice.chasing_status, status)
        self.assertFalse(invoice.chasing_next_at)
        self.assertEqual(self.at("2026-03-02 09:00")["claimed"], 0)

    def test_a_registered_payment_stops_chasing(self):
        """R32."""
        invoice = self.make_invoice()
        self.pay(invoice)
        self.assertStopped(invoice, "paid")

    def test_a_bank_statement_line_stops_chasing(self):
        """R32."""
        invoice = self.make_invoice()
        self.pay_with_statement_line(invoice, self.company_data["default_journal_bank"].id, "2026-03-02", 100)
        self.env.cr.flush()
        self.assertStopped(invoice, "paid")

    def test_a_credit_note_in_full_stops_chasing(self):
        """R32: reversed counts as Paid (R94)."""
        invoice = self.make_invoice()
        self.credit(invoice)
        self.assertStopped(invoice, "reversed")

    def test_a_draft_credit_note_stops_nothing(self):
        """R32."""
        invoice = self.make_invoice()
        self._reverse_invoice(invoice, date="2026-03-02")
        self.assertEqual(self.states(invoice), ["planned"] * 3)

    def test_a_write_off_of_the_difference_stops_chasing(self):
        """R32: 98 of 100 paid, the rest written off in the payment."""
        invoice = self.make_invoice()
        self.pay(
            invoice,
            98,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        self.assertStopped(invoice, "paid")

    def test_cancelling_stops_chasing(self):
        """R30, R32, R94: Odoo shows a cancelled invoice as unpaid with its full balance."""
        invoice = self.make_invoice()
        invoice.button_cancel()
        self.env.cr.flush()
        self.assertEqual(invoice.amount_residual, 100)
        self.assertStopped(invoice, "cancelled", status="stopped")

    def test_a_blocked_invoice_that_is_paid_is_paid(self):
        """R32: it stays `blocked` in Odoo."""
        invoice = self.make_invoice()
        invoice.action_toggle_block_payment()
        self.env.cr.flush()
        self.assertEqual(self.states(invoice), ["held"] * 3)
        self.pay_with_statement_line(invoice, self.company_data["default_journal_bank"].id, "2026-03-02", 100)
        self.env.cr.flush()
        self.assertEqual(invoice.payment_state, "blocked")
        self.assertStopped(invoice, "paid")

    def test_an_invoice_over_nothing_is_paid_at_once(self):
        """R30."""
        invoice = self.make_invoice(amount=0)
        self.assertNotEqual(invoice.chasing_status, "active")
        self.assertFalse(self.at_sent("2026-03-02 09:00"))

    def test_a_queued_message_is_withdrawn_by_the_payment(self):
        """R32."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(len(self.waiting_mails()), 1)
        self.pay(invoice)
        self.assertFalse(self.waiting_mails())
        self.assertEqual(self.deliveries(invoice).state, "cancelled")
        self.assertEqual(self.step(invoice, "on_issue").state, "cancelled")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "paid")
        self.assertFalse(self.deliver())

    def test_a_message_being_handed_over_counts_as_gone(self):
        """R32: Odoo holds the notification's lock while it talks to the mail server."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        notifications = self.env.registry["mail.notification"]
        with patch.object(notifications, "try_lock_for_update", lambda records, **_options: records.browse()):
            self.pay(invoice)
        self.assertEqual(self.deliveries(invoice).state, "queued")
        self.assertEqual(self.step(invoice, "on_issue").state, "under_way")
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(self.deliveries(invoice).state, "sent")
        self.assertEqual(self.step(invoice, "on_issue").state, "sent")

    def test_a_message_that_left_stays_sent_when_the_invoice_is_paid(self):
        """R39."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.pay(invoice)
        self.assertEqual(self.deliveries(invoice).state, "sent")
        self.assertEqual(self.states(invoice), ["sent", "cancelled", "cancelled"])


@tagged("post_install", "-at_install")
class TestChasingReturns(ChasingCommon):
    def test_undoing_a_reconciliation_does_not_resume_silently(self):
        """R34."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        payment = self.pay(invoice)
        payment.move_id.line_ids.remove_move_reconcile()
        self.env.cr.flush()
        schedule = invoice.chasing_schedule_id
        self.assertEqual(schedule.status, "stopped")
        self.assertTrue(schedule.is_reopened)
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        activity = invoice.activity_ids
        self.assertEqual((activity.user_id, activity.summary), (self.salesperson, "Resume chasing?"))

    def test_one_that_is_settled_again_can_be_read_at_once(self):
        """R34, R90: the activity goes in the middle of reading, and with it what was read before."""
        for name in ("chasing_schedule_id", "chasing_light", "chasing_next_day", "chasing_headline", "chasing_strip"):
            with self.subTest(field=name):
                invoice = self.make_invoice()
                payment = self.pay(invoice)
                payment.move_id.line_ids.remove_move_reconcile()
                payment.action_draft()
                self.env.cr.flush()
                self.assertEqual(invoice.chasing_status, "stopped")
                self.env["account.move"].create({
                    "move_type": "out_refund",
                    "partner_id": self.customer.id,
                    "reversed_entry_id": invoice.id,
                    "invoice_date": "2026-03-02",
                    "invoice_line_ids": [Command.create({"name": "Back", "price_unit": 100, "tax_ids": []})],
                }).action_post()
                self.assertIsNotNone(invoice[name])
                self.assertEqual(invoice.chasing_status, "paid")

    def test_a_reopened_invoice_goes_on_when_a_person_says_so(self):
        """R34, R11: what passed meanwhile is skipped."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        payment = self.pay(invoice)
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        self.env.cr.flush()
        self.set_clock("2026-03-15 12:00")
        invoice.chasing_schedule_id.action_enable()
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-02 09:00", "sent", False),
                ("2026-03-13 10:00", "skipped", "in_past"),
                ("2026-03-21 14:00", "planned", False),
            ],
        )
        self.assertEqual(len(self.at_sent("2026-03-21 14:00")), 1)

    def test_reset_to_draft_withdraws_and_posting_again_plans_again(self):
        """R31, R32b: the on-issue message was queued, not sent."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        invoice.button_draft()
        self.env.cr.flush()
        self.assertFalse(self.waiting_mails())
        self.assertEqual(invoice.chasing_status, "draft")
        self.assertEqual(self.states(invoice), ["draft"] * 3)
        self.assertFalse(self.at_sent("2026-03-13 10:00"))

        self.set_clock("2026-03-14 11:30")
        invoice.action_post()
        self.env.cr.flush()
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-13 10:00", "skipped", "in_past"),
                ("2026-03-14 12:00", "planned", False),
                ("2026-03-21 14:00", "planned", False),
            ],
        )

    def test_a_due_date_changed_through_a_draft_is_noted_on_the_invoice(self):
        """R38: 16 March becomes 26 March, so 13 March becomes 23 March."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        invoice.button_draft()
        invoice.invoice_date_due = "2026-03-26"
        invoice.action_post()
        self.env.cr.flush()
        self.assertEqual(
            [local for local, _state, _reason in self.plan(invoice)],
            [
                "2026-03-02 09:00",
                "2026-03-23 10:00",
                "2026-03-31 14:00",
            ],
        )
        notes = " ".join(invoice.message_ids.mapped("body"))
        self.assertIn("13 Mar 2026 10:00", notes)
        self.assertIn("23 Mar 2026 10:00", notes)
