from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.common import chasing_background_job
from ..builders.bulk import BulkCommon


class UndoCommon(BulkCommon):
    def undo(self, run):
        action = run.action_undo()
        self.env.cr.flush()
        return action

    def do_to(self, steps, act, **values):
        """The run of an act on steps."""
        self.env["chasing.bulk.run"]._act(act, steps, values)
        self.env.cr.flush()
        return self.env["chasing.bulk.run"].search([], limit=1)


@tagged("post_install", "-at_install")
class TestUndo(UndoCommon):
    """What was done to one or to many is taken back, as far as nobody changed it since."""

    def test_a_pause(self):
        """R36."""
        invoices = self.make_invoices(2)
        plans = [self.plan(invoice) for invoice in invoices]
        run = self.do(invoices, "pause", ends="open", pause_reason="dispute")
        self.undo(run)
        self.assertEqual(invoices.mapped("chasing_status"), ["active"] * 2)
        self.assertEqual([self.plan(invoice) for invoice in invoices], plans)
        self.assertEqual(invoices.chasing_schedule_ids.mapped("pause_reason"), [False] * 2)
        self.assertTrue(run.undone_at)
        self.assertEqual(run.undone_by_id, self.env.user)
        self.assertIn("Undone: Pause.", invoices[0].message_ids.sorted("id")[-1].body)

    def test_the_toast_offers_it(self):
        invoice = self.make_invoice()
        action = self.dialog(invoice, "pause").save().action_do()
        [button] = action["params"]["buttons"]
        self.assertEqual(action["tag"], "chasing_toast")
        run = self.env[button["model"]].browse(button["ids"])
        self.assertEqual((button["name"], button["method"], run.act), ("Undo", "action_undo", "pause"))
        answer = getattr(run, button["method"])()
        self.assertEqual((answer["tag"], answer["params"]["message"]), ("display_notification", "Undone."))

    def test_what_left_cannot_be_undone(self):
        """R83: what a person sends is called back only while it waits in the queue."""
        step = self.steps(self.make_invoice())[0]
        [button] = self.env["chasing.bulk.run"]._act("send_now", step)["params"]["buttons"]
        run = self.env[button["model"]].browse(button["ids"])
        self.assertEqual(len(self.deliver()), 1)
        with self.assertRaisesRegex(UserError, "sent since"), self.cr.savepoint():
            run.action_undo()
        self.assertEqual((step.state, run.undone_at), ("sent", False))

    def test_nothing_is_done_to_nothing_and_to_nobody_twice(self):
        """A client may name no record, or one twice."""
        with self.assertRaisesRegex(UserError, "not a valid selection"):
            self.env["chasing.schedule"].action_do("enable")
        step = self.steps(self.make_invoice())[0]
        answer = step.browse(step.ids * 2).action_do("skip")
        self.assertEqual(answer["params"]["message"], "1 step skipped.")

    def test_a_copy_of_what_is_paid(self):
        """R102: its invoice is closed, and it goes all the same: so what was done to it can be undone."""
        invoice = self.make_invoice()
        self.pay(invoice)
        place = {invoice: (date(2026, 3, 10), 9, False)}
        [step] = self.env["chasing.hand"]._make(invoice, {"channel_email": True}, place)
        self.assertTrue(step.is_copy)
        for act, values in (("skip", {}), ("reschedule", {"day": "2026-03-12", "hour": 10})):
            with self.subTest(act):
                self.undo(self.do_to(step, act, **values))
                self.assertEqual((step.state, self.local(step.scheduled_at)), ("planned", "2026-03-10 09:00"))
        self.undo(self.do_to(step, "send_now"))
        self.assertEqual((step.state, self.local(step.scheduled_at)), ("planned", "2026-03-10 09:00"))
        self.assertFalse(self.deliver())

    def test_only_once(self):
        run = self.do(self.make_invoice(), "pause")
        self.undo(run)
        with self.assertRaisesRegex(UserError, "already undone"):
            run.action_undo()

    def test_what_fell_into_it_that_day_goes_and_what_is_older_was_missed(self):
        """R36, R40."""
        for days, state in (("2026-03-13 12:00", "planned"), ("2026-03-14 08:00", "skipped")):
            with self.subTest(undone=days):
                invoice = self.make_invoice()
                self.set_clock("2026-03-13 09:30")
                self.steps(invoice)[0].action_skip()
                run = self.do(invoice, "pause", ends="open")
                self.set_clock(days)
                self.undo(run)
                self.assertEqual(self.steps(invoice)[1].state, state)
                self.set_clock("2026-03-02 08:30")

    def test_a_disabling_an_enabling_and_a_cancelling(self):
        """R36."""
        for act, status in (("disable", "stopped"), ("cancel", "cancelled"), ("collections", "collections")):
            with self.subTest(act=act):
                invoice = self.make_invoice()
                moved = self.steps(invoice)[1]
                moved._reschedule_to(day="2026-03-15", hour=11)
                self.steps(invoice)[2].action_skip()
                plan = self.plan(invoice)
                run = self.do(invoice, act)
                self.assertEqual(invoice.chasing_status, status)
                self.undo(run)
                self.assertEqual(invoice.chasing_status, "active")
                self.assertEqual(self.plan(invoice), plan)
                self.assertTrue(moved.is_rescheduled)
                self.assertFalse(invoice.chasing_schedule_id.stopped_at)

    def test_an_enabling(self):
        """R36."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_disable()
        run = self.do(invoice, "enable")
        self.assertEqual(invoice.chasing_status, "active")
        self.undo(run)
        self.assertEqual(invoice.chasing_status, "stopped")

    def test_an_enabling_of_what_was_reopened_asks_again(self):
        """R34."""
        invoice = self.make_invoice()
        self.pay(invoice)
        invoice.line_ids.remove_move_reconcile()
        self.env.cr.flush()
        self.assertTrue(invoice.chasing_schedule_id.is_reopened)
        run = self.do(invoice, "enable")
        self.assertFalse(invoice.activity_ids)
        self.undo(run)
        self.assertTrue(invoice.chasing_schedule_id.is_reopened)
        self.assertTrue(invoice.activity_ids)

    def test_a_cancelling_of_what_was_paused_pauses_again_unless_the_pause_is_over(self):
        """R36."""
        for day, status in (("2026-03-03 09:00", "paused"), ("2026-03-20 09:00", "active")):
            with self.subTest(undone=day):
                self.set_clock("2026-03-02 08:30")
                invoice = self.make_invoice()
                self.do(invoice, "pause", ends="week")
                run = self.do(invoice, "cancel")
                self.set_clock(day)
                self.undo(run)
                self.assertEqual(invoice.chasing_status, status)

    def test_what_waited_for_a_person_waits_again(self):
        """R101."""
        self.cadence.step_ids[0].mode = "ask"
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.undo(self.do(invoice, "cancel"))
        self.assertEqual(self.states(invoice), ["waiting", "planned", "planned"])

    def test_what_was_withdrawn_goes_again_that_day_and_once(self):
        """R36, R80."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(self.states(invoice)[0], "under_way")
        run = self.do(invoice, "cancel")
        self.assertFalse(self.deliver())
        self.set_clock("2026-03-02 09:20")
        self.undo(run)
        self.assertEqual(len(self.at_sent("2026-03-02 10:00")), 1)
        self.assertFalse(self.at_sent("2026-03-02 11:00"))
        self.assertEqual(self.states(invoice)[0], "sent")

    def test_what_was_withdrawn_on_another_day_was_missed(self):
        """R36."""
        invoice = self.make_invoice()
        self.at("2026-03-13 10:00")
        self.deliver()
        step = self.steps(invoice)[2]
        self.at("2026-03-21 14:00")
        self.assertEqual(step.state, "under_way")
        run = self.do(invoice, "cancel")
        self.set_clock("2026-03-22 09:00")
        self.undo(run)
        self.assertFalse(self.at_sent("2026-03-22 10:00"))
        self.assertEqual((step.state, step.reason_code), ("skipped", "chasing_cancelled"))

    def test_a_resuming(self):
        """R36: what it skipped or moved is held again."""
        for missed in ("next", "shift", "last"):
            with self.subTest(missed=missed):
                self.set_clock("2026-03-02 08:30")
                invoice = self.make_invoice()
                self.do(invoice, "pause", ends="open", pause_reason="dispute")
                self.set_clock("2026-03-14 08:00")
                plan = self.plan(invoice)
                run = self.do(invoice, "resume", missed=missed)
                self.undo(run)
                schedule = invoice.chasing_schedule_id
                self.assertEqual((schedule.status, schedule.pause_reason), ("paused", "dispute"))
                self.assertEqual(self.plan(invoice), plan)

    def test_a_resuming_of_a_pause_that_is_over_by_now(self):
        invoice = self.make_invoice()
        self.do(invoice, "pause", ends="week")
        run = self.do(invoice, "resume")
        self.set_clock("2026-03-20 09:00")
        with self.assertRaisesRegex(UserError, "would have ended"):
            run.action_undo()

    def test_a_rescheduling(self):
        """R84."""
        invoice = self.make_invoice()
        plan = self.plan(invoice)
        run = self.do(invoice, "reschedule", how="day", day="2026-03-04", hour=11)
        self.undo(run)
        self.assertEqual(self.plan(invoice), plan)
        self.assertFalse(self.steps(invoice)[0].is_rescheduled)

    def test_a_rescheduling_whose_former_time_has_passed(self):
        invoice = self.make_invoice()
        run = self.do(invoice, "reschedule", how="day", day="2026-03-09", hour=11)
        self.set_clock("2026-03-05 09:00")
        with self.assertRaisesRegex(UserError, "former time has passed"):
            run.action_undo()

    def test_steps_that_were_skipped_dismissed_or_done(self):
        """R84, R101."""
        first, second = self.make_invoices(2)
        run = self.do_to(self.steps(first)[1] | self.steps(second)[1], "skip")
        self.undo(run)
        self.assertEqual(self.states(first) + self.states(second), ["planned"] * 6)

    def test_a_dismissed_failure(self):
        self.customer.email = False
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        run = self.do_to(self.steps(invoice)[0], "dismiss")
        self.assertNotEqual(invoice.chasing_status, "failed")
        self.undo(run)
        self.assertEqual(invoice.chasing_status, "failed")

    def test_a_task_that_was_not_done_after_all(self):
        """R101: what waited behind it and moved is where it was."""
        self.cadence.step_ids[0].mode = "task"
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.set_clock("2026-03-05 09:00")
        plan = self.plan(invoice)
        for act in ("done", "skip"):
            run = self.do_to(self.steps(invoice)[0], act)
            self.assertNotEqual(self.plan(invoice), plan)
            self.undo(run)
            self.assertEqual(self.plan(invoice), plan)

    def test_two_steps_of_one_invoice_in_two_parts(self):
        """The last is undone first."""
        self.patch(chasing_background_job, "BATCH_SIZE", 1)
        invoice = self.make_invoice()
        plan = self.plan(invoice)
        run = self.env["chasing.bulk.run"]._start("skip", {}, self.steps(invoice)[:2])
        self.work()
        self.assertEqual(len(run.change_ids), 2)
        run.action_undo()
        self.work()
        self.assertEqual(self.plan(invoice), plan)
        self.assertFalse(run.not_undone_ids)

    def test_marked_as_sent_and_no_longer(self):
        """R9."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        run = self.do_to(schedule, "mark_sent")
        marked_at = schedule.first_sent_at
        self.assertTrue(marked_at and invoice.is_move_sent)
        self.undo(run)
        self.assertFalse(schedule.first_sent_at or schedule.marked_sent or invoice.is_move_sent)
        self.assertEqual(self.states(invoice)[0], "planned")
        schedule.action_mark_sent()
        marked_at = schedule.first_sent_at
        self.set_clock("2026-03-03 08:30")
        self.undo(self.do_to(schedule, "unmark_sent"))
        self.assertEqual((schedule.marked_sent, schedule.first_sent_at), (True, marked_at))
        self.assertTrue(invoice.is_move_sent)

    def test_responsible_and_sender(self):
        """R98."""
        schedule = self.make_invoice().chasing_schedule_id
        before = schedule.responsible_id
        run = self.do_to(schedule, "responsible", own_responsible_id=self.collector.id)
        self.assertEqual(schedule.responsible_id, self.collector)
        self.undo(run)
        self.assertEqual((schedule.responsible_id, schedule.own_responsible_id.id), (before, False))


@tagged("post_install", "-at_install")
class TestUndoRefused(UndoCommon):
    """Undo never overrides what somebody decided since, and is for those who may."""

    def test_what_was_paid_or_changed_since_stays_and_is_named(self):
        """R33."""
        invoices = self.make_invoices(3)
        run = self.do(invoices, "cancel")
        self.pay(invoices[0])
        invoices[1]._chasing_assign(self.cadence)
        self.undo(run)
        self.assertEqual(invoices.mapped("chasing_status"), ["paid", "active", "active"])
        reasons = {one.move_id: one.reason for one in run.not_undone_ids}
        self.assertRegex(reasons[invoices[0]], "paid")
        self.assertEqual(reasons[invoices[1]], "Changed since.")
        self.assertEqual((run.refused_count, run.done), (2, 3))

    def test_what_one_record_refuses_is_said_at_once_and_leaves_nothing(self):
        invoice = self.make_invoice()
        run = self.do(invoice, "pause")
        self.pay(invoice)
        with self.assertRaisesRegex(UserError, "paid"):
            run.action_undo()

    def test_a_step_that_was_sent_since(self):
        invoice = self.make_invoice()
        run = self.do(invoice, "reschedule", how="day", day="2026-03-04", hour=11)
        self.at("2026-03-04 11:00")
        with self.assertRaisesRegex(UserError, "sent since"):
            run.action_undo()

    def test_a_letter_that_was_printed_is_not_made_again(self):
        """R80: its sheet may lie in the post."""
        invoice = self.make_invoice(steps=[{"trigger": "on_issue", "hour": 9, "channel_letter": True}])
        self.customer.write({
            "street": "Hill 1",
            "city": "Berlin",
            "zip": "10115",
            "country_id": self.env.ref("base.de").id,
        })
        self.at("2026-03-02 09:00")
        letter = self.env["chasing.letter"].search([("move_id", "=", invoice.id)])
        letter.sudo().printed_at = self.now
        run = self.do(invoice, "cancel")
        self.undo(run)
        self.assertEqual(invoice.chasing_schedule_id.lifecycle, "running")
        self.assertEqual(self.states(invoice), ["cancelled"])

    def test_who_may(self):
        run = self.do(self.make_invoice(), "pause")
        reader = self.make_user("reader", "account.group_account_readonly")
        foreigner = self.make_foreigner()
        for user in (reader, foreigner):
            with self.assertRaises(AccessError):
                run.with_user(user).action_undo()
        run.with_user(self.collector).action_undo()
        self.assertEqual(run.undone_by_id, self.collector)

    def test_while_it_is_under_way(self):
        self.patch(chasing_background_job, "BATCH_SIZE", 2)
        run = self.env["chasing.bulk.run"]._start("cancel", {}, self.make_invoices(3).chasing_schedule_ids)
        with self.assertRaisesRegex(UserError, "under way"):
            run.action_undo()
        self.work()
        run.action_undo()
        self.assertFalse(run.is_done)
        self.work()
        self.assertTrue(run.is_done)
        self.assertEqual(set(run.change_ids.schedule_id.mapped("status")), {"active"})


@tagged("post_install", "-at_install")
class TestUndoOfCustomers(UndoCommon):
    """R37: what was said of a customer, in each company that it was said in."""

    def dialog_of(self, **values):
        values = {"partner_id": self.customer.id, **values}
        return self.env["chasing.customer.pause"].create(values)

    def undo_of(self, action):
        [button] = action["params"]["buttons"]
        run = self.env[button["model"]].browse(button["ids"])
        self.undo(run)
        return run

    def test_an_exclusion(self):
        invoice = self.make_invoice()
        action = self.dialog_of(is_for_good=True).action_exclude()
        self.assertEqual(action["params"]["message"], "Ann Lee is excluded from chasing.")
        self.assertEqual(invoice.chasing_status, "paused")
        self.undo_of(action)
        self.assertFalse(self.customer.chasing_excluded)
        self.assertEqual(invoice.chasing_status, "active")

    def test_a_pause_of_what_was_paused_already(self):
        self.customer.action_chasing_pause(until="2026-04-01", reason="before")
        action = self.dialog_of(ends="open").action_pause()
        self.assertFalse(self.customer.chasing_paused_until)
        self.undo_of(action)
        self.assertEqual(str(self.customer.chasing_paused_until), "2026-04-01")
        self.assertEqual(self.customer.chasing_pause_reason, "before")

    def test_what_a_click_does(self):
        self.customer.action_chasing_exclude()
        self.undo_of(self.customer.action_chasing_do("include_customer"))
        self.assertTrue(self.customer.chasing_excluded)
        with self.assertRaisesRegex(UserError, "no action called"):
            self.customer.action_chasing_do("exclude_customer")

    def test_several_companies_and_their_branches_and_only_those_that_changed(self):
        other = self.setup_other_company()["company"]
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.env.user.company_ids |= other | branch
        self.customer.with_company(other).action_chasing_exclude()
        dialogs = self.env["chasing.customer.pause"].with_context(allowed_company_ids=(self.company | other).ids)
        dialog = dialogs.create({"partner_id": self.customer.id, "reach": "selected", "is_for_good": True})
        action = dialog.action_exclude()
        self.assertTrue(self.customer.with_company(branch).chasing_excluded)
        self.undo_of(action)
        excluded = [self.customer.with_company(one).chasing_excluded for one in (self.company, branch, other)]
        self.assertEqual(excluded, [False, False, True])

    def test_what_was_said_since_stays(self):
        action = self.dialog_of(ends="open").action_pause()
        self.customer.action_chasing_pause(until="2026-04-01")
        with self.assertRaisesRegex(UserError, "Changed since"):
            self.undo_of(action)
