from datetime import date
from functools import partial

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.engine.transitions import IllegalMove
from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingStep(ChasingCommon):
    def failed_step(self, invoice=None, words=b"no such mailbox"):
        invoice = invoice or self.make_invoice()
        self.at("2026-03-02 09:00")
        with mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server"):
            self.deliver(refused=["ann@customer.example"], words=words)
        step = self.step(invoice, "on_issue")
        self.assertEqual(step.state, "failed")
        return step

    # ------------------------------------------------------------------ send now

    def test_a_step_can_be_sent_before_its_date(self):
        """R17, R33: the reminder of 13 March on 5 March; it does not go again."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.set_clock("2026-03-05 11:00")
        self.step(invoice, "before_due").action_send_now()
        [message] = self.deliver()
        self.assertIn("Reminder", message["Subject"])
        self.assertEqual(self.local(self.step(invoice, "before_due").sent_at), "2026-03-05 11:00")
        self.assertFalse(self.at_sent("2026-03-13 10:00"))

    def test_a_skipped_step_can_be_sent_after_all(self):
        """R11."""
        invoice = self.make_invoice(issued="2026-02-01", due="2026-03-03")
        step = self.step(invoice, "before_due")
        self.assertEqual(step.reason_code, "in_past")
        step.action_send_now()
        self.assertEqual((step.state, step.reason_code), ("under_way", False))
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(step.state, "sent")

    def test_a_task_is_done_or_skipped_but_never_sent(self):
        """R101: not before it waits for somebody, not when it does, and not from the invoice."""
        self.cadence.step_ids[0].mode = "task"
        invoice = self.make_invoice()
        step = self.step(invoice, "on_issue")
        for state in ("planned", "waiting"):
            with self.subTest(state):
                self.assertEqual((step.state, "send_now" in step.allowed), (state, False))
                self.assertNotIn("send_now", invoice.chasing_allowed)
                for attempt in (step.action_send_now, step.action_ask_send, invoice.action_chasing_send_now):
                    with self.assertRaisesRegex(UserError, "This is a task. Mark it as done or skip it"):
                        attempt()
            self.at("2026-03-02 09:00")
        self.assertFalse(self.deliver())
        self.assertIn("done", step.allowed)

    def test_a_sent_step_cannot_be_sent_again(self):
        """R39, R80."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        with self.assertRaisesRegex(UserError, "under way"):
            self.step(invoice, "on_issue").action_send_now()
        self.assertEqual(len(self.deliver()), 1)
        with self.assertRaisesRegex(UserError, "already sent"):
            self.step(invoice, "on_issue").action_send_now()

    def test_nothing_is_sent_by_hand_for_a_paid_invoice(self):
        """R33."""
        invoice = self.make_invoice()
        self.pay(invoice)
        with self.assertRaisesRegex(UserError, "is paid"):
            self.step(invoice, "before_due").action_send_now()

    def test_nothing_is_sent_by_hand_for_a_draft(self):
        """R30, R31."""
        invoice = self.make_invoice(post=False)
        invoice._chasing_assign(self.cadence)
        with self.assertRaisesRegex(UserError, "draft"):
            self.step(invoice, "on_issue").action_send_now()

    def test_nothing_is_sent_by_hand_while_the_invoice_is_held(self):
        """R35, R45: the refusal names the reason."""
        invoice = self.make_invoice()
        invoice.action_toggle_block_payment()
        self.env.cr.flush()
        with self.assertRaisesRegex(UserError, "blocked"):
            self.step(invoice, "before_due").action_send_now()

    def test_nothing_is_sent_by_hand_after_chasing_was_cancelled(self):
        """R36."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_cancel()
        with self.assertRaisesRegex(UserError, "cancelled"):
            self.step(invoice, "before_due").action_send_now()

    def test_no_step_is_sent_retried_or_moved_after_a_person_gave_the_invoice_up(self):
        """R41, R99: in collections, or written off and nothing booked."""
        for act, values, words in (
            ("action_send_to_collections", {}, "sent to collections"),
            ("action_write_off", {"way": "mark"}, "written off"),
        ):
            invoice = self.make_invoice()
            failed, coming = self.failed_step(invoice), self.step(invoice, "before_due")
            getattr(invoice.chasing_schedule_id, act)(**values)
            moving = partial(coming._reschedule, date(2026, 3, 9), 9), partial(failed._reschedule, date(2026, 3, 9), 9)
            for attempt in (coming.action_send_now, failed.action_retry, *moving):
                with self.subTest(act=act, attempt=attempt), self.assertRaisesRegex(UserError, words):
                    attempt()
            self.assertEqual(self.states(invoice), ["failed", "cancelled", "cancelled"])
            self.assertIn(words, failed.explanation.split("It cannot be sent now")[1])
            self.assertFalse(self.deliver())

    def test_a_step_withdrawn_when_chasing_was_disabled_can_be_sent_by_hand(self):
        """R36."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        invoice.chasing_schedule_id.action_disable()
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("cancelled", "stopped"))
        self.assertFalse(self.deliver())
        step.action_send_now()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(step.state, "sent")

    def test_what_holds_an_invoice_binds_a_person_after_chasing_was_disabled(self):
        """R35, R45, R47: the plan is kept, and so are the reasons to be quiet."""

        def block(invoice):
            invoice.action_toggle_block_payment()

        def overpay(invoice):
            self.pay(invoice, 500)

        def switch_off(invoice):
            self.company.chasing_enabled = False

        for hold, reason in ((block, "blocked"), (overpay, "unapplied"), (switch_off, "switched off")):
            with self.subTest(reason):
                invoice = self.make_invoice(partner_id=self.make_customer("Bo", "bo@customer.example").id)
                invoice.chasing_schedule_id.action_disable()
                hold(invoice if hold is not overpay else self.make_invoice(partner_id=invoice.partner_id.id))
                self.env.cr.flush()
                with self.assertRaisesRegex(UserError, reason):
                    self.step(invoice, "before_due").action_send_now()

    def test_one_of_those_that_the_brake_holds_can_be_sent_by_hand(self):
        """R47: the brake holds a run, not a person."""
        self.company.chasing_run_limit = 1
        invoice, other = self.make_invoices(2)
        self.at("2026-03-02 09:00")
        self.step(invoice, "on_issue").action_send_now()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual([self.states(invoice)[0], self.states(other)[0]], ["sent", "held"])

    # ------------------------------------------------------------------ retry, dismiss

    def test_nothing_is_retried_after_chasing_was_cancelled(self):
        """R36, R84."""
        step = self.failed_step()
        step.schedule_id.action_cancel()
        with self.assertRaisesRegex(UserError, "cancelled"):
            step.action_retry()

    def test_a_failed_step_is_not_retried_by_itself(self):
        """R84."""
        self.failed_step()
        self.assertFalse(self.at_sent("2026-03-02 09:15"))
        self.assertFalse(self.at_sent("2026-03-03 09:00"))

    def test_a_retry_sends_again_even_long_after(self):
        """R84: it ignores R11 and R40, and clears the failure."""
        step = self.failed_step()
        self.set_clock("2026-03-12 09:00")
        step.action_retry()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual((step.state, step.reason_code), ("sent", False))
        self.assertEqual(step.delivery_ids.sorted("id").mapped("state"), ["failed", "sent"])
        self.assertEqual(step.move_id.chasing_status, "active")

    def test_a_retry_repeats_exactly_what_failed(self):
        """R84."""
        for name in ("bob", "eve"):
            self.make_customer(name, f"{name}@customer.example", type="invoice", parent_id=self.customer.id)
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        with mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server"):
            self.deliver(refused=["eve@customer.example"])
        step = self.step(invoice, "on_issue")
        self.assertEqual(step.state, "partly")
        self.set_clock("2026-03-02 10:00")
        step.action_retry()
        self.assertEqual([message["To"] for message in self.deliver()], ["eve <eve@customer.example>"])
        self.assertEqual(step.state, "sent")

    def test_a_retry_to_a_corrected_address_clears_the_failure(self):
        """R83, R84, R96."""
        self.customer.email = "ann@customer"
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        step = self.step(invoice, "on_issue")
        self.assertEqual(step.reason_code, "invalid_email")
        self.customer.email = "ann@customer.example"
        step.action_retry()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual((step.state, invoice.chasing_status), ("sent", "active"))

    def test_a_retry_that_fails_again_stays_failed(self):
        """R84."""
        step = self.failed_step()
        step.action_retry()
        with mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server"):
            self.deliver(refused=["ann@customer.example"])
        self.assertEqual(step.state, "failed")
        self.assertEqual(step.delivery_ids.mapped("state"), ["failed", "failed"])

    def test_a_retry_obeys_the_other_guards(self):
        """R84: paid meanwhile."""
        step = self.failed_step()
        self.pay(step.move_id)
        with self.assertRaisesRegex(UserError, "is paid"):
            step.action_retry()

    def test_only_a_failure_can_be_retried_or_dismissed(self):
        """R84."""
        step = self.step(self.make_invoice(), "before_due")
        with self.assertRaisesRegex(UserError, "Only a failed"):
            step.action_retry()
        with self.assertRaisesRegex(UserError, "Only a failed"):
            step.action_dismiss()

    def test_a_dismissed_failure_no_longer_marks_the_invoice(self):
        """R84, R94."""
        step = self.failed_step()
        self.assertEqual(step.move_id.chasing_status, "failed")
        step.action_dismiss()
        self.assertEqual((step.state, step.move_id.chasing_status), ("failed", "active"))

    def test_a_failed_step_can_be_rescheduled(self):
        """R84: to 4 March at 11."""
        step = self.failed_step(words=b"5.7.1 refused by policy")
        step._reschedule(date(2026, 3, 4), 11)
        self.assertEqual((self.local(step.scheduled_at), step.state), ("2026-03-04 11:00", "planned"))
        self.assertEqual(len(self.at_sent("2026-03-04 11:00")), 1)
        self.assertEqual(step.state, "sent")

    def test_a_rescheduled_step_does_not_go_where_nobody_is(self):
        """R60b, R84, R96: the address is to be corrected first."""
        step = self.failed_step()
        step._reschedule(date(2026, 3, 4), 11)
        self.env["chasing.prediction"]._refresh(step.schedule_id)
        self.assertEqual(step.move_id.chasing_status, "will_fail")
        self.assertFalse(self.at_sent("2026-03-04 11:00"))
        self.assertEqual((step.state, step.reason_code), ("failed", "bounced"))

    def test_a_step_is_not_rescheduled_into_the_past(self):
        """R84."""
        step = self.step(self.make_invoice(), "before_due")
        with self.assertRaisesRegex(UserError, "has passed"):
            step._reschedule(date(2026, 3, 1), 11)

    def test_a_step_is_not_rescheduled_where_nobody_means_it(self):
        """R10, R102: as a message that is written by hand."""
        step = self.step(self.make_invoice(), "before_due")
        for day in (date(9999, 12, 31), date(2036, 3, 1)):
            with self.subTest(day), self.assertRaisesRegex(UserError, "within the next ten years"):
                step._reschedule(day, 11)
        ahead = self.step(self.make_invoice(issued="2026-04-01", due="2026-05-01"), "before_due")
        with self.assertRaisesRegex(UserError, "before the invoice date"):
            ahead._reschedule(date(2026, 3, 31), 11)
        for one, day in ((step, date(2036, 2, 1)), (ahead, date(2026, 4, 1))):
            one._reschedule(day, 11)
            self.assertEqual(one.floor_date, day)

    def test_a_step_of_a_closed_invoice_is_not_rescheduled(self):
        """R32, R36: nothing is planned on an invoice that is paid, a draft, or no longer chased."""
        paid, draft, ended = self.make_invoice(), self.make_invoice(post=False), self.make_invoice()
        self.pay(paid)
        draft._chasing_assign(self.cadence)
        ended.chasing_schedule_id.action_cancel()
        for invoice, words in ((paid, "is paid"), (draft, "is a draft"), (ended, "was cancelled")):
            with self.assertRaisesRegex(UserError, words):
                self.step(invoice, "before_due")._reschedule(date(2026, 3, 9), 9)

    def test_a_step_of_a_held_invoice_is_rescheduled_and_stays_held(self):
        """R35."""
        invoice = self.make_invoice()
        invoice.action_toggle_block_payment()
        self.env.cr.flush()
        step = self.step(invoice, "before_due")
        step._reschedule(date(2026, 3, 9), 9)
        self.assertEqual((self.local(step.scheduled_at), step.state), ("2026-03-09 09:00", "held"))

    def test_a_sent_step_is_not_rescheduled(self):
        """R39."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        with self.assertRaisesRegex(UserError, "already sent"):
            self.step(invoice, "on_issue")._reschedule(date(2026, 3, 9), 9)

    # ------------------------------------------------------------------ skip

    def test_a_skipped_step_stays_out_and_the_next_keeps_its_date(self):
        """R23, R104: the reason names who did it."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        step = self.step(invoice, "before_due")
        step.action_skip()
        self.assertEqual((step.state, step.reason_code), ("skipped", "skipped_by_person"))
        self.assertIn(self.env.user.name, step.reason)
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        self.assertEqual(len(self.at_sent("2026-03-21 14:00")), 1)
        self.assertIn("Step skipped", " ".join(invoice.message_ids.mapped("body")))

    def test_a_step_skipped_by_a_person_stays_skipped_when_dates_change(self):
        """R38."""
        invoice = self.make_invoice()
        self.step(invoice, "before_due").action_skip()
        invoice.button_draft()
        invoice.invoice_date_due = "2026-03-30"
        invoice.action_post()
        self.env.cr.flush()
        self.assertEqual(self.step(invoice, "before_due").state, "skipped")

    def test_a_sent_step_cannot_be_skipped(self):
        """R39."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        with self.assertRaisesRegex(UserError, "has not been sent"):
            self.step(invoice, "on_issue").action_skip()

    # ------------------------------------------------------------------ state

    def test_a_move_the_table_does_not_know_is_refused(self):
        """R39."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        with self.assertRaises(IllegalMove):
            self.step(invoice, "on_issue").sudo()._set_state("planned")

    def test_a_repeated_state_changes_nothing(self):
        """R39."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        step = self.step(invoice, "on_issue")
        step.sudo()._set_state("sent")
        self.assertEqual(self.local(step.sent_at), "2026-03-02 09:00")

    def test_an_attempted_step_cannot_be_deleted(self):
        """R39."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        with self.assertRaisesRegex(UserError, "history"):
            self.step(invoice, "on_issue").sudo().unlink()

    def test_an_unattempted_step_can_be_deleted(self):
        """R39."""
        step = self.step(self.make_invoice(), "before_due")
        step.sudo().unlink()
        self.assertFalse(step.exists())

    def test_an_earlier_date_a_person_chose_survives_marking_as_sent(self):
        """R84, R9."""
        invoice = self.make_invoice()
        self.step(invoice, "before_due")._reschedule(date(2026, 3, 5), 10)
        invoice.chasing_schedule_id.action_mark_sent()
        self.assertEqual(self.local(self.step(invoice, "before_due").scheduled_at), "2026-03-05 10:00")

    # ------------------------------------------------------------------ finding it

    def test_a_step_is_found_by_its_invoice_and_its_customer(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        invoice, other = self.make_invoice(), self.make_invoice(partner_id=self.make_customer("Bob", "b@c.example").id)
        found = self.env["chasing.step"].with_user(collector)
        for words, steps in ((invoice.name, invoice.chasing_step_ids), ("bob", other.chasing_step_ids)):
            names = found.name_search(words)
            self.assertEqual({step_id for step_id, _name in names}, set(steps.ids))
        self.assertEqual(
            found.search([("move_id", "in", (invoice | other).ids), ("display_name", "not ilike", "bob")]).ids,
            invoice.chasing_step_ids.ids,
        )

    def test_what_an_invoice_owes_is_not_added_up_over_its_steps(self):
        self.assertNotIn("aggregator", self.env["chasing.step"].fields_get(["amount_residual"])["amount_residual"])
