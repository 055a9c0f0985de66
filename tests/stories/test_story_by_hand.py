from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.hand import HandCommon

NEW_YORK = "America/New_York"


@tagged("post_install", "-at_install")
class TestStoryByHand(HandCommon):
    """An accountant writes to customers by hand, on Monday the 2nd of March."""

    def unpay(self, invoice):
        invoice.line_ids.remove_move_reconcile()
        self.env.flush_all()

    def test_scheduled_then_paid(self):
        """R32, R102: the payment withdraws it; undone, nobody is asked and nothing comes back (R34)."""
        invoice = self.make_invoice()
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        self.pay(invoice)
        self.assertEqual((step.state, step.reason_code), ("cancelled", "paid"))
        self.assertFalse(self.at_sent("2026-03-04 11:00"))
        self.unpay(invoice)
        schedule = invoice.chasing_schedule_id
        self.assertEqual((schedule.status, schedule.is_reopened, step.state), ("stopped", False, "cancelled"))
        self.assertFalse(invoice.activity_ids)
        self.assertFalse(self.at_sent("2026-03-05 11:00"))

    def test_paid_while_it_waits_in_the_queue(self):
        """R32: what was handed over and has not left is taken back."""
        invoice = self.make_invoice()
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        self.at("2026-03-04 11:00")
        self.assertEqual(step.state, "under_way")
        self.pay(invoice)
        self.assertEqual((step.state, step.reason_code), ("cancelled", "paid"))
        self.assertFalse(self.deliver())

    def test_in_the_customers_zone_over_a_clock_change(self):
        """R5, R38, R102: nine o'clock in New York before and after its clocks change, whatever Berlin's do."""
        invoice = self.make_invoice()
        before, after, late = (
            self.schedule_by_hand(invoice, place, NEW_YORK)
            for place in ("2026-03-07 9", "2026-03-09 9", "2026-03-30 9")
        )
        self.assertEqual(
            [self.local(step.scheduled_at) for step in (before, after, late)],
            ["2026-03-07 15:00", "2026-03-09 14:00", "2026-03-30 15:00"],
        )
        self.company.chasing_tz = "Asia/Tokyo"
        self.env["chasing.planner"].sudo()._replan(invoice.chasing_schedule_id.sudo())
        self.assertEqual(self.local(after.scheduled_at, NEW_YORK), "2026-03-09 09:00")
        self.assertEqual(len(self.at_sent("2026-03-07 09:00", timezone=NEW_YORK)), 1)
        self.assertFalse(self.at_sent("2026-03-09 08:59", timezone=NEW_YORK))
        self.assertEqual(len(self.at_sent("2026-03-09 09:00", timezone=NEW_YORK)), 1)
        after = after.with_context(tz="Europe/Berlin")
        self.assertIn("(New York)", late.with_context(tz="Europe/Berlin").when_text)
        self.assertIn("America/New_York", late.explanation)

    def test_draft_confirmed_and_sent(self):
        """R102: the draft is confirmed, the message leaves, and nothing chases it."""
        invoice = self.make_invoice(post=False)
        self.assertEqual(self.send_by_hand(invoice), {})
        self.assertEqual((invoice.state, invoice.chasing_status), ("posted", "stopped"))
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(invoice.chasing_headline, "Not chased. One message was sent by hand on Mon 2 Mar 08:30.")

    def test_draft_scheduled_reset_and_posted_again(self):
        """R31, R32b: it becomes a draft with its invoice, and keeps its place when that is posted again."""
        invoice = self.make_invoice(post=False)
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(invoice.chasing_headline, "Not chased. One message is scheduled for Wed 4 Mar 11:00.")
        invoice.button_draft()
        self.env.flush_all()
        self.assertEqual((step.state, invoice.chasing_schedule_id.next_at), ("draft", False))
        self.assertFalse(self.at_sent("2026-03-04 11:00"))
        self.set_clock("2026-03-04 12:00")
        invoice.action_post()
        self.env.flush_all()
        self.assertEqual((step.state, self.local(step.scheduled_at)), ("planned", "2026-03-04 11:00"))
        self.assertEqual(len(self.at_sent("2026-03-04 12:01")), 1, "R40: it is caught up")

    def test_posted_again_where_a_default_is(self):
        """R50, R50b: the draft gets the default cadence as if it had no schedule, and the message stays."""
        invoice = self.make_invoice()
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        invoice.button_draft()
        self.cadence.is_default = True
        invoice.action_post()
        self.env.flush_all()
        schedule = invoice.chasing_schedule_id
        self.assertEqual(
            (schedule.cadence_id, schedule.assigned_by, schedule.status), (self.cadence, "default", "active")
        )
        self.assertFalse(schedule.is_customised)
        self.assertTrue(schedule._equals(self.cadence))
        self.assertEqual(step.state, "planned")
        self.assertEqual(len(self.steps(invoice)), 4)

    def test_a_copy_of_a_paid_invoice(self):
        """R102: now or later; being paid, and being paid anew, withdraws none; the customer's exclusion holds it."""
        invoice = self.make_invoice()
        self.pay(invoice)
        self.assertEqual(self.send_by_hand(invoice), {})
        self.assertEqual(len(self.deliver()), 1)
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        schedule = invoice.chasing_schedule_id
        self.assertEqual((step.is_copy, schedule.status, step.step_label), (True, "paid", "Copy by hand"))
        self.assertEqual(invoice.chasing_headline, "The invoice is paid. One message is scheduled for Wed 4 Mar 11:00.")
        self.unpay(invoice)
        self.assertEqual((schedule.status, schedule.is_reopened, step.state), ("stopped", False, "planned"))
        self.credit(invoice)
        self.assertEqual((schedule.closure, step.state), ("reversed", "planned"))
        self.customer.chasing_excluded = True
        self.env.flush_all()
        self.assertEqual((step.state, step.reason_code), ("held", "customer_excluded"))
        self.customer.chasing_excluded = False
        self.env.flush_all()
        self.assertEqual(len(self.at_sent("2026-03-04 11:00")), 1)

    def test_a_copy_of_an_invoice_that_is_cancelled(self):
        """R102: nothing is sent of what was cancelled."""
        invoice = self.make_invoice()
        self.credit(invoice)
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        self.assertTrue(step.is_copy)
        invoice.button_draft()
        self.env.flush_all()
        self.assertEqual(step.state, "draft")
        invoice.button_cancel()
        self.env.flush_all()
        self.assertEqual((step.state, step.reason_code), ("cancelled", "cancelled"))

    def test_switched_off_before_and_after(self):
        """R47, R102: while chasing is off nothing can be scheduled; switched off afterwards it is held, and goes on."""
        invoice = self.make_invoice()
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        [missed] = self.schedule_by_hand(invoice, "2026-03-02 12")
        self.company.chasing_enabled = False
        self.env.flush_all()
        self.assertEqual((step.state, step.reason_code), ("held", "company_off"))
        self.assertFalse(invoice.chasing_schedule_id.next_at)
        with self.assertRaisesRegex(UserError, "switched off"):
            self.schedule_by_hand(invoice, "2026-03-05 11")
        self.set_clock("2026-03-03 12:00")
        self.company.chasing_enabled = True
        self.env.flush_all()
        self.assertEqual((step.state, missed.reason_code), ("planned", "company_off"))
        self.assertEqual(len(self.at_sent("2026-03-04 11:00")), 1)

    def test_whatever_became_of_chasing(self):
        """R36, R101, R102: disabled, it goes; cancelled, it is cancelled too, and another may be scheduled."""
        invoice = self.make_invoice(cadence=self.cadence)
        schedule = invoice.chasing_schedule_id
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        schedule.action_disable()
        self.env.flush_all()
        self.assertEqual(self.local(schedule.next_at), "2026-03-04 11:00")
        self.assertEqual(len(self.at_sent("2026-03-13 10:00")), 0, "R40: eight days are too late")
        [again] = self.schedule_by_hand(invoice, "2026-03-14 11")
        self.assertEqual(len(self.at_sent("2026-03-14 11:00")), 1)
        self.assertEqual((step.reason_code, again.state), ("too_late", "sent"))
        self.assertEqual(self.step(invoice, "before_due").state, "planned", "R36: disabled, the cadence's plan is kept")
        schedule.action_enable()
        schedule.action_cancel()
        [last] = self.schedule_by_hand(invoice, "2026-03-16 11")
        self.assertEqual(len(self.at_sent("2026-03-16 11:00")), 1)
        self.assertEqual((last.state, schedule.status), ("sent", "cancelled"))

    def test_below_the_minimum_and_before_the_start(self):
        """R46, R46b, R102: what is too little or too old keeps no message back, now or later."""
        self.company.chasing_start_date = "2026-03-02"
        self.env["chasing.minimum"].create({
            "company_id": self.company.id,
            "currency_id": self.company.currency_id.id,
            "amount": 500,
        })
        invoice = self.make_invoice(issued="2026-02-20")
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        self.assertEqual((step.state, invoice.chasing_schedule_id.hold_reason), ("planned", "below_minimum"))
        self.assertEqual(self.send_by_hand(invoice), {})
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(len(self.at_sent("2026-03-04 11:00")), 1)

    def test_several_at_one_hour(self):
        """R14, R17: the same message twice is what a person wants, if that person says so."""
        invoice = self.make_invoice()
        for _time in range(2):
            self.schedule_by_hand(invoice, "2026-03-04 11")
        self.assertEqual(len(self.at_sent("2026-03-04 11:00")), 2)

    def test_the_days_reminder_is_left_out_for_it(self):
        """R17: what went by hand uses the day up for what goes by itself."""
        invoice = self.make_invoice(cadence=self.cadence)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        self.schedule_by_hand(invoice, "2026-03-13 9")
        self.assertEqual(len(self.at_sent("2026-03-13 10:00")), 1)
        self.assertEqual(self.step(invoice, "before_due").reason_code, "already_contacted_today")

    def test_moved_skipped_and_sent_early(self):
        """R84, R102: like any step it can be moved, left out and sent now, though nobody chases its invoice."""
        invoice = self.make_invoice()
        moved, skipped, sent = (self.schedule_by_hand(invoice, f"2026-03-0{day} 11", NEW_YORK) for day in (4, 5, 6))
        self.assertLessEqual({"reschedule", "skip", "send_now"}, set(moved.allowed))
        moved._reschedule_to("2026-03-09", 10)
        self.assertEqual(self.local(moved.scheduled_at, NEW_YORK), "2026-03-09 10:00")
        self.assertIn("at 10:00, America/New_York", moved.explanation)
        self.assertEqual(self.local(moved.schedule_id.next_at, NEW_YORK), "2026-03-05 11:00")
        self.company.chasing_tz = "Asia/Tokyo"
        moved.schedule_id.sudo()._replan()
        self.assertEqual(self.local(moved.scheduled_at, NEW_YORK), "2026-03-09 10:00", "R38: its own zone keeps it")
        self.company.chasing_tz = "Europe/Berlin"
        moved._reschedule_to(days=1)
        self.assertEqual(self.local(moved.scheduled_at, NEW_YORK), "2026-03-10 10:00")
        moved._reschedule(date(2026, 3, 10), 10, False)
        self.assertEqual((moved.zone, self.local(moved.scheduled_at)), (False, "2026-03-10 10:00"))
        skipped.action_skip()
        sent.action_send_now()
        self.assertEqual((skipped.state, skipped.reason_code), ("cancelled", "taken_back"))
        self.assertEqual(sent.state, "under_way")
        self.assertEqual(len(self.deliver()), 1)

    def test_enabled_afterwards(self):
        """R50, R102: to enable chasing gives it what an invoice without a schedule gets; the message stays."""
        with_cadence, without = self.make_invoices(2)
        steps = self.schedule_by_hand(with_cadence | without, "2026-03-04 11")
        self.assertIn("start", with_cadence.chasing_allowed)
        without.chasing_schedule_id.action_enable()
        self.assertEqual((without.chasing_schedule_id.lifecycle, without.chasing_status), ("running", "active"))
        self.cadence.is_default = True
        with_cadence.action_chasing_enable()
        self.assertEqual((with_cadence.chasing_cadence_id, with_cadence.chasing_status), (self.cadence, "active"))
        self.assertEqual(steps.mapped("state"), ["planned", "planned"])
        self.assertEqual(len(self.steps(with_cadence)), 4)

    def test_given_to_many_and_undone(self):
        """R50, R52, R102: a bulk assignment takes it for not chased, and its undo leaves the message alone."""
        invoice, fresh = self.make_invoices(2)
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        act = self.env["chasing.assignment"]._assign("Many", invoice | fresh, self.cadence, spares="chased")
        self.assertEqual((invoice | fresh).mapped("chasing_status"), ["active", "active"])
        [later] = self.schedule_by_hand(fresh, "2026-03-05 11")
        act.action_undo()
        schedules = (invoice | fresh).chasing_schedule_ids
        self.assertEqual(schedules.mapped("lifecycle"), ["by_hand", "by_hand"])
        self.assertEqual([self.steps(one) for one in (invoice, fresh)], [step, later])

    def test_switched_on_over_it(self):
        """R46, R50, R102: switching chasing on takes it like any invoice that nobody chases."""
        invoice = self.make_invoice()
        self.schedule_by_hand(invoice, "2026-03-04 11")
        self.company._chasing_switch_on(self.cadence, self.now.date())
        self.assertEqual((invoice.chasing_cadence_id, invoice.chasing_status), (self.cadence, "active"))
        self.assertEqual(len(self.steps(invoice)), 4)

    def test_the_cadence_is_edited_and_applied_again(self):
        """R20, R22, R102: no edit, change of cadence or replanning drops it or counts it."""
        invoice = self.make_invoice(cadence=self.cadence)
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        other = self.make_cadence("Other", [("after_due", 9, 9)])
        schedule = invoice.chasing_schedule_id
        schedule._apply_cadence(other)
        self.assertEqual(self.plan(invoice)[0], ("2026-03-04 11:00", "planned", False))
        self.assertEqual((len(self.steps(invoice)), schedule.is_customised), (2, False))
        dialog = self.env["chasing.edit"].create({"schedule_id": schedule.id})
        self.assertEqual(dialog.line_ids.mapped("trigger"), ["after_due"])
        dialog.action_save()
        self.assertFalse(schedule.is_customised)
        invoice.invoice_date_due = "2026-03-20"
        self.env.flush_all()
        self.assertEqual((step.state, self.local(step.scheduled_at)), ("planned", "2026-03-04 11:00"))

    def test_a_brake_and_many(self):
        """R47: the brake counts and holds none of it."""
        self.company.chasing_run_limit = 1
        invoices = self.make_invoices(3)
        self.schedule_by_hand(invoices, "2026-03-04 11")
        self.assertEqual(len(self.at_sent("2026-03-04 11:00")), 3)

    def test_what_a_cadence_is_said_to_replace(self):
        """R52, R102: the dialogs count no message by hand among those that a cadence replaces, plans or withdraws."""
        invoice = self.make_invoice(cadence=self.cadence)
        self.schedule_by_hand(invoice, "2026-03-04 11")
        dialog = self.env["chasing.assign"]
        schedule = invoice.chasing_schedule_id
        upcoming = ("planned", "held")
        self.assertEqual(dialog._messages_by_channel(schedule, upcoming), "4 e-mails")
        self.assertEqual(dialog._messages_by_channel(schedule, upcoming, but_by_hand=True), "3 e-mails")
        self.assertEqual(invoice._chasing_assign(self.cadence)["planned"], 3)
