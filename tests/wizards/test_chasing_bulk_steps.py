from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...models.actions import chasing_bulk_run
from ...models.common import chasing_background_job
from ..builders.bulk import BulkCommon


@tagged("post_install", "-at_install")
class TestBulkSteps(BulkCommon):
    """Many steps at once, from the list of actions (R52, R101)."""

    def asking(self, count=2, mode="ask"):
        """The first steps of so many invoices, each waiting for a person."""
        self.cadence.step_ids[0].mode = mode
        invoices = self.make_invoices(count)
        self.at("2026-03-02 09:00")
        return invoices.chasing_step_ids.filtered(lambda step: step.trigger == "on_issue").sorted("id")

    def dialog(self, steps, act, **context):
        action = steps.with_context(**context).action_ask_many(act)
        return Form(self.env[action["res_model"]].browse(action["res_id"]))

    def test_it_says_how_many_how_much_what_happens_and_who_is_left_out_and_why(self):
        asking, task, held = self.asking(), self.asking(1, mode="task"), self.asking(1)
        held.schedule_id.action_pause()
        paid = self.asking(1)
        self.pay(paid.move_id)
        dialog = self.dialog(asking | task | held | paid, "send_now")
        self.assertIn("2 steps of 2 invoices, $", dialog.preview)
        self.assertIn("200.00", dialog.preview)
        self.assertIn("Every step is sent now", dialog.preview)
        reasons = dialog.left_text.splitlines()
        self.assertEqual((dialog.left_count, len(reasons)), (3, 3))
        for reason in ("1: This is a task", "1: Chasing of the invoice is paused", "1: The invoice is paid"):
            self.assertTrue(any(line.startswith(reason) for line in reasons), (reason, reasons))

    def test_many_are_sent_and_tasks_are_not(self):
        """R101."""
        asking, task = self.asking(), self.asking(1, mode="task")
        run = self.do(asking | task, "send_now")
        self.assertEqual(len(self.deliver()), 2)
        self.assertEqual([*asking.mapped("state"), task.state], ["sent", "sent", "waiting"])
        self.assertEqual([(one.step_id, one.move_id) for one in run.refused_ids], [(task, task.move_id)])

    def test_it_warns_of_invoices_that_were_contacted_today(self):
        """R17."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.assertIn(
            "1 of these invoices was already contacted", self.dialog(self.steps(invoice)[1], "send_now").preview
        )
        self.assertNotIn("contacted", self.dialog(self.steps(invoice)[1], "skip").preview)

    def test_it_warns_of_invoices_that_get_several_messages_at_once(self):
        """R17: what goes to another role or through another channel does not collide."""
        first, second = (self.steps(invoice) for invoice in self.make_invoices(2))
        for steps, words in ((second[0], "1 of these invoices gets"), (second, "2 of these invoices get")):
            self.assertIn(f"\n{words} more than one message now.", self.dialog(first | steps, "send_now").preview)
        for steps, act in ((first[0] | second[0], "send_now"), (first, "skip")):
            self.assertNotIn("more than one", self.dialog(steps, act).preview)
        first[1].sudo().role_id = self.make_role("Board")
        first[2].sudo().write({"channel_email": False, "channel_letter": True})
        self.assertNotIn("more than one", self.dialog(first, "send_now").preview)

    def test_many_tasks_are_done_and_what_only_asks_is_not(self):
        """R101."""
        tasks, asking = self.asking(mode="task"), self.asking(1)
        run = self.do(tasks | asking, "done")
        self.assertEqual([*tasks.mapped("state"), asking.state], ["sent", "sent", "waiting"])
        self.assertEqual(run.refused_ids.mapped("reason"), ["Only a task can be marked as done."])
        self.assertFalse(self.deliver())

    def test_many_are_moved_to_a_day(self):
        """R84."""
        steps = self.asking()
        self.do(steps, "reschedule", how="day", day="2026-03-09", hour=11)
        self.assertEqual({self.local(step.scheduled_at) for step in steps}, {"2026-03-09 11:00"})

    def test_one_is_moved_on_the_clocks_of_any_zone(self):
        """R84, R102: and Undo gives it its own again; many keep those of their company."""
        step = self.steps(self.make_invoice())[1]
        was = step.scheduled_at
        dialog = self.dialog(step, "reschedule")
        self.assertIn("The step is rescheduled.", dialog.preview)
        self.assertEqual(dialog.zone, "company")
        dialog.day, dialog.hour, dialog.zone = "2026-03-09", 11, "America/New_York"
        self.assertIn("11:00, America/New_York", dialog.exact)
        [undo] = dialog.save().action_do()["params"]["buttons"]
        self.assertEqual((step.zone, self.local(step.scheduled_at)), ("America/New_York", "2026-03-09 16:00"))
        self.assertEqual(self.dialog(step, "reschedule").zone, "America/New_York")
        self.env[undo["model"]].browse(undo["ids"]).action_undo()
        self.assertEqual((step.zone, step.scheduled_at), (False, was))
        dialog = self.dialog(step, "reschedule")
        dialog.day, dialog.hour, dialog.zone = "2026-03-01", 11, "America/New_York"
        with self.assertRaisesRegex(UserError, "has passed"):
            dialog.save().action_do()
        with self.assertRaisesRegex(ValueError, "Wrong value"):
            self.env["chasing.bulk.steps"].create({"act": "reschedule", "selected": step.ids, "zone": "Mars/Base"})

    def test_many_are_moved_by_days_the_overdue_from_today_on(self):
        """R84: what waited since the 2nd goes seven days after the 20th."""
        waiting = self.asking(1)
        self.set_clock("2026-03-20 08:00")
        coming = self.make_invoice(issued="2026-03-20", due="2026-04-30").chasing_step_ids[1]
        self.do(waiting | coming, "reschedule", how="days", days=7)
        self.assertEqual(
            [self.local(one.scheduled_at) for one in waiting | coming], ["2026-03-27 09:00", "2026-05-04 10:00"]
        )

    def test_many_are_skipped_with_one_note_an_invoice(self):
        first, second = self.make_invoices(2)
        notes = len(first.message_ids)
        self.do(self.steps(first)[:2] | self.steps(second)[:1], "skip")
        self.assertEqual(self.states(first), ["skipped", "skipped", "planned"])
        self.assertEqual(self.states(second), ["skipped", "planned", "planned"])
        self.assertEqual(len(first.message_ids), notes + 1)
        self.assertIn("On issue. Step skipped: 3 days before due", first.message_ids.sorted("id")[-1].body)

    def test_failures_are_dismissed_and_retried(self):
        """R84."""
        self.customer.email = False
        invoices = self.make_invoices(2)
        self.at("2026-03-02 09:00")
        first, second = (self.steps(invoice)[0] for invoice in invoices)
        self.do(first, "dismiss")
        self.assertEqual([first.is_dismissed, second.is_dismissed], [True, False])
        self.customer.email = "ann@customer.example"
        run = self.do(first | second | self.steps(invoices[0])[1], "retry")
        self.assertEqual(len(self.deliver()), 2)
        self.assertEqual(run.refused_ids.mapped("reason"), ["Not available for planned steps."])
        with self.assertRaisesRegex(UserError, "Not available for sent steps"):
            self.dialog(first, "dismiss").save().action_do()

    def test_what_may_have_left_is_not_sent_again_by_the_way(self):
        """R84: a person asks the customer first, one by one."""
        self.customer.email = False
        step = self.make_invoice().chasing_step_ids[0]
        self.at("2026-03-02 09:00")
        self.customer.email = "ann@customer.example"
        self.assertEqual(self.dialog(step, "retry").possible_count, 1)
        self.env["chasing.delivery"].sudo().create({
            "step_id": step.id,
            "channel": "letter",
            "address": "Hill 1",
            "local_day": "2026-03-02",
            "state": "failed",
            "failure_code": "unclear",
            "queued_at": self.now,
        })
        self.assertEqual(self.dialog(step, "retry").possible_count, 0)

    def test_a_retry_says_before_how_many_can_succeed(self):
        """R84: what is not mended would fail again, and is left out with what is to be mended."""
        self.customer.email = False
        silent = self.make_customer("Silent", False)
        stuck = self.make_invoices(2, partner_id=silent.id)
        mended, paid = self.make_invoice(), self.make_invoice()
        self.at("2026-03-02 09:00")
        failed = (stuck | mended | paid).chasing_step_ids.filtered(lambda step: step.state == "failed")
        self.assertEqual(self.dialog(failed, "retry").preview, "0 can succeed, 4 still need a fix.")
        self.customer.email = "ann@customer.example"
        self.pay(paid)
        dialog = self.dialog(failed, "retry")
        self.assertEqual(dialog.preview.splitlines()[0], "1 can succeed, 2 still need a fix.")
        self.assertEqual((dialog.possible_count, dialog.left_count), (1, 3))
        dialog.save().action_do()
        self.assertEqual(self.states(mended)[0], "under_way")
        self.assertEqual([self.states(one)[0] for one in stuck], ["failed", "failed"])

    def test_of_several_failures_of_an_invoice_the_newest_goes(self):
        """R17, R84"""
        self.customer.email = False
        invoice = self.make_invoice()
        for moment in ("2026-03-02 09:00", "2026-03-13 10:00"):
            self.at(moment)
        self.customer.email = "ann@customer.example"
        invoice.chasing_schedule_id._retry_failed()
        self.assertEqual(self.states(invoice), ["failed", "under_way", "planned"])

    def test_all_that_the_list_shows_is_meant_when_the_client_s_ids_are_cut_off(self):
        """R52."""
        steps = self.make_invoices(2).chasing_step_ids
        self.env["ir.config_parameter"].sudo().set_param("web.active_ids_limit", "2")
        domain = [("id", "in", steps.ids)]
        self.assertEqual(self.dialog(steps[:2], "skip", active_domain=domain).possible_count, len(steps))
        self.assertEqual(self.dialog(steps[:1], "skip", active_domain=domain).possible_count, 1)

    def test_a_stranger_is_refused(self):
        stranger, steps = self.make_user("stranger", "base.group_user"), self.asking()
        with self.assertRaises(AccessError):
            steps.with_user(stranger).action_ask_many("skip")
        self.assertTrue(steps.with_user(self.collector).action_ask_many("skip")["res_id"])

    def test_an_act_that_does_not_exist_is_refused_in_words(self):
        steps = self.asking()
        for attempt in (steps.action_ask_many, steps.schedule_id.action_ask):
            with self.assertRaisesRegex(UserError, "no action called nonsense"):
                attempt("nonsense")

    def test_the_list_offers_every_act(self):
        bound = self.env["ir.actions.actions"].get_bindings("chasing.step")["action"]
        names = [action["name"] for action in bound]
        acts = ["Send Now", "Mark as Done", "Retry", "Reschedule", "Skip", "Dismiss Failures"]
        self.assertEqual(names, [*acts, "Send a Message…"])

    def test_many_are_done_part_by_part_in_the_background(self):
        self.patch(chasing_background_job, "BATCH_SIZE", 2)
        steps = self.make_invoices(5).chasing_step_ids.filtered(lambda step: step.trigger == "on_issue")
        action = self.dialog(steps, "skip").save().action_do()
        run = self.env["chasing.bulk.run"].browse(action["res_id"])
        self.assertEqual((run.done, run.total, set(steps.mapped("state"))), (0, 5, {"planned"}))
        self.work()
        self.assertEqual((run.done, run.is_done, set(steps.mapped("state"))), (5, True, {"skipped"}))

    def test_fewer_are_sent_while_a_person_waits(self):
        """Each may need its PDF made first."""
        self.patch(chasing_bulk_run, "SENDING_BATCH_SIZE", 1)
        action = self.dialog(self.asking(), "send_now").save().action_do()
        self.assertFalse(self.env["chasing.bulk.run"].browse(action["res_id"]).is_done)
        self.assertFalse(self.deliver())
        self.work()
        self.assertEqual(len(self.deliver()), 2)
