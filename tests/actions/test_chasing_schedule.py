from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestPauseAndResume(ChasingCommon):
    def paused(self, **options):
        """An invoice sent on 2 March and paused on 10 March at noon: that of 13 March falls into the pause."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.set_clock("2026-03-10 12:00")
        invoice.chasing_schedule_id.action_pause(**options)
        self.env.cr.flush()
        return invoice

    def test_a_paused_invoice_gets_nothing(self):
        """R35b, R36, R94."""
        invoice = self.paused(reason="dispute")
        schedule = invoice.chasing_schedule_id
        self.assertEqual((schedule.status, schedule.hold_reason, schedule.next_at), ("paused", "paused", False))
        self.assertEqual(self.states(invoice), ["sent", "held", "held"])
        self.assertEqual(self.at("2026-03-13 10:00")["claimed"], 0)
        self.assertIn("disputes", invoice.message_ids[0].body)

    def test_resume_with_the_next_skips_what_was_missed(self):
        """R36."""
        invoice = self.paused()
        self.set_clock("2026-03-15 12:00")
        invoice.chasing_schedule_id.action_resume("next")
        self.assertEqual(
            self.plan(invoice)[1:],
            [
                ("2026-03-13 10:00", "skipped", "paused"),
                ("2026-03-21 14:00", "planned", False),
            ],
        )
        self.assertEqual(len(self.at_sent("2026-03-21 14:00")), 1)

    def test_resume_with_the_last_sends_what_was_missed(self):
        """R36: at once, in the hour of the click."""
        invoice = self.paused()
        self.set_clock("2026-03-15 12:05")
        invoice.chasing_schedule_id.action_resume("last")
        self.assertEqual(self.states(invoice), ["sent", "planned", "planned"])
        self.assertEqual(len(self.at_sent("2026-03-15 12:15")), 1)
        self.assertEqual(len(self.at_sent("2026-03-21 14:00")), 1)

    def test_resume_with_shift_moves_all_by_the_pause(self):
        """R36: 10 to 15 March are 5 days."""
        invoice = self.paused()
        self.set_clock("2026-03-15 12:00")
        invoice.chasing_schedule_id.action_resume("shift")
        self.assertEqual(
            self.plan(invoice)[1:],
            [
                ("2026-03-18 10:00", "planned", False),
                ("2026-03-26 14:00", "planned", False),
            ],
        )

    def test_resume_wants_to_know_what_happens_to_missed_steps(self):
        """R36."""
        invoice = self.paused()
        with self.assertRaisesRegex(UserError, "last, next or shift"):
            invoice.chasing_schedule_id.action_resume("all")

    def test_a_pause_with_an_end_ends_by_itself(self):
        """R36, R35b: at the start of 15 March in Berlin; what was missed is skipped."""
        invoice = self.paused(until="2026-03-15")
        self.assertEqual(self.local(invoice.chasing_next_at), "2026-03-15 00:00")
        self.at("2026-03-14 23:45")
        self.assertEqual(invoice.chasing_status, "paused")
        self.at("2026-03-15 00:00")
        self.assertEqual(invoice.chasing_status, "active")
        self.assertEqual([state for _at, state, _reason in self.plan(invoice)], ["sent", "skipped", "planned"])
        self.assertFalse(self.deliver())

    def test_a_pause_ends_on_a_day_to_come(self):
        """R36."""
        invoice = self.make_invoice()
        for day in ("2026-03-01", "2026-03-02"):
            with self.assertRaisesRegex(UserError, "must end in the future"):
                invoice.chasing_schedule_id.action_pause(until=day)

    def test_a_pause_ends_within_ten_years(self):
        """R36: as far as a step can be moved."""
        schedule = self.make_invoice().chasing_schedule_id
        for day in ("2036-02-29", "9999-12-31"):
            with self.assertRaisesRegex(UserError, "next ten years"):
                schedule.action_pause(until=day)
        schedule.action_pause(until="2036-02-28")
        self.assertEqual(schedule.status, "paused")

    def test_what_is_no_day_or_no_reason_is_refused_in_words(self):
        """As a call from outside may hand them in."""
        schedule = self.make_invoice().chasing_schedule_id
        for day in ("garbage", "2026-02-30", 5, ["2026-03-09"], {"day": 9}):
            with self.subTest(day=day), self.assertRaisesRegex(UserError, "is not a date"):
                schedule.action_pause(until=day)
        for reason in (5, ["promise"], {"a": 1}):
            with self.subTest(reason=reason), self.assertRaisesRegex(UserError, "reason as text"):
                schedule.action_pause(reason=reason)
        self.assertEqual(schedule.status, "active")

    def test_a_pause_withdraws_what_waits_in_the_queue(self):
        """R36: it goes when the pause ends, being an on-issue message (R8)."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        invoice.chasing_schedule_id.action_pause()
        self.env.cr.flush()
        self.assertFalse(self.deliver())
        self.assertEqual(self.step(invoice, "on_issue").state, "held")
        self.set_clock("2026-03-04 11:20")
        invoice.chasing_schedule_id.action_resume("next")
        self.assertEqual(len(self.at_sent("2026-03-04 11:30")), 1)

    def test_many_invoices_are_paused_at_once_and_closed_ones_left(self):
        """R36, R99."""
        invoice, paid = self.make_invoices(2)
        self.pay(paid)
        (invoice | paid).chasing_schedule_ids.action_pause()
        self.assertEqual((invoice.chasing_status, paid.chasing_status), ("paused", "paid"))

    def test_what_is_paused_cannot_be_paused(self):
        """R99."""
        invoice = self.paused()
        with self.assertRaisesRegex(UserError, "paused invoices"):
            invoice.chasing_schedule_id.action_pause()

    def test_what_is_active_cannot_be_resumed(self):
        """R99."""
        invoice = self.make_invoice()
        with self.assertRaisesRegex(UserError, "chasing is active"):
            invoice.chasing_schedule_id.action_resume()

    def test_a_hold_of_odoos_own_cannot_be_resumed_away(self):
        """R35: it says what to do."""
        invoice = self.make_invoice()
        invoice.action_toggle_block_payment()
        self.env.cr.flush()
        with self.assertRaisesRegex(UserError, "Fix the reason"):
            invoice.chasing_schedule_id.action_resume()

    def test_resuming_a_blocked_invoice_leaves_it_held(self):
        """R35: the block stays."""
        invoice = self.paused()
        invoice.action_toggle_block_payment()
        invoice.chasing_schedule_id.action_resume()
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_schedule_id.hold_reason, "blocked")
        self.assertEqual(self.states(invoice), ["sent", "held", "held"])

    def test_a_paid_invoice_that_was_paused_is_paid(self):
        """R32, R94: closed states come first."""
        invoice = self.paused()
        self.pay(invoice)
        self.assertEqual(invoice.chasing_status, "paid")

    def test_a_pause_that_ends_at_a_sending_hour_sends_with_the_documents(self):
        """R8, R36, R72: the first run after the pause has the invoice's PDF made before it sends."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_pause("2026-03-10")
        self.assertEqual(len(self.at_sent("2026-03-10 09:00")), 1)
        self.assertEqual(self.step(invoice, "on_issue").state, "sent")


@tagged("post_install", "-at_install")
class TestDisableAndCancel(ChasingCommon):
    def test_disabling_keeps_the_plan_and_sends_nothing(self):
        """R36, R94."""
        invoice = self.make_invoice()
        before = self.plan(invoice)
        invoice.chasing_schedule_id.action_disable()
        self.assertEqual(invoice.chasing_status, "stopped")
        self.assertEqual(self.plan(invoice), before)
        self.assertFalse(self.at_sent("2026-03-02 09:00"))

    def test_enabling_plans_again(self):
        """R36, R11: on 15 March the reminder is past; on issue goes soon (R8): 15 March at 12."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_disable()
        self.set_clock("2026-03-15 11:30")
        invoice.chasing_schedule_id.action_enable()
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-13 10:00", "skipped", "in_past"),
                ("2026-03-15 12:00", "planned", False),
                ("2026-03-21 14:00", "planned", False),
            ],
        )
        self.assertEqual(invoice.chasing_status, "active")

    def test_only_what_is_stopped_can_be_enabled(self):
        """R99."""
        invoice = self.make_invoice()
        with self.assertRaises(UserError):
            invoice.chasing_schedule_id.action_enable()

    def test_a_cancelled_invoice_cannot_be_enabled(self):
        """R30."""
        invoice = self.make_invoice()
        invoice.button_cancel()
        self.env.cr.flush()
        with self.assertRaisesRegex(UserError, "closed"):
            invoice.chasing_schedule_id.action_enable()

    def test_cancelling_ends_it(self):
        """R36."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_cancel()
        self.assertEqual(invoice.chasing_status, "cancelled")
        self.assertEqual(set(self.steps(invoice).mapped("reason_code")), {"chasing_cancelled"})
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        for action in ("pause", "enable", "disable", "cancel"):
            with self.assertRaises(UserError):
                getattr(invoice.chasing_schedule_id, f"action_{action}")()

    def test_cancelling_withdraws_what_waits_in_the_queue(self):
        """R36."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        invoice.chasing_schedule_id.action_cancel()
        self.assertFalse(self.deliver())
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "chasing_cancelled")

    def test_only_a_cadence_applied_anew_starts_it_again(self):
        """R36."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_cancel()
        invoice._chasing_assign(self.cadence)
        self.assertEqual(invoice.chasing_status, "active")
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

    def test_a_paid_invoice_can_be_steered_no_more(self):
        """R99."""
        invoice = self.make_invoice()
        self.pay(invoice)
        for action in ("pause", "resume", "enable", "disable", "cancel"):
            with self.assertRaises(UserError):
                getattr(invoice.chasing_schedule_id, f"action_{action}")()

    def test_every_act_is_noted_on_the_invoice(self):
        """R23, R36."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        schedule.action_pause()
        schedule.action_resume()
        schedule.action_disable()
        schedule.action_enable()
        schedule.action_cancel()
        notes = " ".join(invoice.message_ids.sorted("id").mapped("body"))
        for word in ("paused", "resumed", "disabled", "enabled", "cancelled"):
            self.assertIn(f"Chasing {word}", notes)
        self.assertEqual(invoice.message_ids[0].author_id, self.env.user.partner_id)


@tagged("post_install", "-at_install")
class TestMarkedAsSent(ChasingCommon):
    def test_marking_as_sent_skips_the_on_issue_message(self):
        """R9, R70."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_mark_sent()
        self.assertEqual(self.plan(invoice)[0], ("2026-03-02 09:00", "skipped", "already_sent"))
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        [message] = self.at_sent("2026-03-13 10:00")
        self.assertIn("Due soon", message["Subject"])

    def test_marking_as_sent_can_be_undone(self):
        """R9."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_mark_sent()
        invoice.chasing_schedule_id.action_mark_sent()
        self.assertFalse(invoice.chasing_schedule_id.first_sent_at)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

    def test_of_many_those_not_yet_marked_are_marked(self):
        """R9: nothing is undone by marking the rest."""
        first, second = self.make_invoices(2)
        first.chasing_schedule_id.action_mark_sent()
        (first | second).chasing_schedule_ids.action_mark_sent()
        self.assertEqual((first | second).chasing_schedule_ids.mapped("marked_sent"), [True, True])

    def test_what_really_left_cannot_be_unmarked(self):
        """R86."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        invoice.chasing_schedule_id.action_mark_sent()
        invoice.chasing_schedule_id.action_mark_sent()
        self.assertTrue(invoice.chasing_schedule_id.first_sent_at)

    def test_unmarking_does_not_forget_what_left_meanwhile(self):
        """R9, R86: no "new invoice" after a reminder."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        schedule.action_mark_sent()
        self.assertEqual(len(self.at_sent("2026-03-13 10:00")), 1)
        schedule.action_mark_sent()
        self.assertFalse(schedule.marked_sent)
        self.assertEqual(self.local(schedule.first_sent_at), "2026-03-13 10:00")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "already_sent")
        self.assertFalse(self.at_sent("2026-03-14 10:00"))

    def test_a_draft_marked_as_sent_is_not_planned(self):
        """R31, R9."""
        invoice = self.make_invoice(post=False)
        invoice._chasing_assign(self.cadence)
        invoice.chasing_schedule_id.action_mark_sent()
        self.assertEqual(self.states(invoice), ["draft"] * 3)
        invoice.action_post()
        self.env.cr.flush()
        self.assertEqual(self.plan(invoice)[0], ("2026-03-02 09:00", "skipped", "already_sent"))


@tagged("post_install", "-at_install")
class TestStatus(ChasingCommon):
    def test_a_draft_invoice_is_a_draft(self):
        """R31, R94."""
        invoice = self.make_invoice(post=False)
        invoice._chasing_assign(self.cadence)
        self.assertEqual((invoice.chasing_status, invoice.chasing_next_at), ("draft", False))
        self.assertEqual(self.states(invoice), ["draft"] * 3)
        self.assertFalse(self.at_sent("2026-03-02 09:00"))

    def test_without_a_step_left_it_is_expired(self):
        """R94."""
        invoice = self.make_invoice(steps=[("on_issue", 0, 9)])
        self.assertEqual(invoice.chasing_status, "active")
        self.at_sent("2026-03-02 09:00")
        self.assertEqual((invoice.chasing_status, invoice.chasing_next_at), ("expired", False))

    def test_a_failure_counts_more_than_a_step_to_come(self):
        """R94."""
        self.customer.email = False
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(invoice.chasing_status, "failed")
        self.assertEqual(self.local(invoice.chasing_next_at), "2026-03-13 10:00")

    def test_a_pause_counts_more_than_a_failure(self):
        """R94."""
        self.customer.email = False
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        invoice.chasing_schedule_id.action_pause()
        self.assertEqual(invoice.chasing_status, "paused")

    def test_an_invoice_held_by_the_brake_is_paused(self):
        """R47, R94: a held invoice is Paused."""
        self.company.chasing_run_limit = 1
        invoice = self.make_invoice()
        self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(invoice.chasing_status, "paused")

    def test_the_next_send_is_the_first_planned_step(self):
        """R93."""
        invoice = self.make_invoice()
        self.assertEqual(self.local(invoice.chasing_next_at), "2026-03-02 09:00")
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(self.local(invoice.chasing_next_at), "2026-03-13 10:00")

    def test_changing_a_cadence_leaves_running_invoices_alone(self):
        """R20."""
        invoice = self.make_invoice()
        self.cadence.write({"min_contact_days": 30, "age_basis": "instalment", "entry_point": "first"})
        self.at_sent("2026-03-02 09:00")
        self.at_sent("2026-03-13 10:00")
        self.assertEqual(self.states(invoice), ["sent", "sent", "planned"])

    def test_a_cadence_is_not_applied_to_a_paid_invoice(self):
        """R32."""
        invoice = self.make_invoice()
        self.pay(invoice)
        with self.assertRaisesRegex(UserError, "closed"):
            invoice.chasing_schedule_id._apply_cadence(self.cadence)
        self.assertNotIn("planned", self.states(invoice))
