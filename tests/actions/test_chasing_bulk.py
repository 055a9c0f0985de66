from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ...models.actions import chasing_bulk_run
from ...models.common import chasing_background_job, isolation
from ..builders.builders import ChasingCommon


class BulkCommon(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.make_user("collector", "base.group_user,invoice_chasing.group_user")

    def dialog(self, invoices, act, **context):
        schedules = invoices.chasing_schedule_ids.with_context(**context)
        action = schedules.action_ask(act)
        return Form(self.env[action["res_model"]].browse(action["res_id"]))

    def do(self, invoices, act, **values):
        """Ask in the dialog, fill it in, do it; the run."""
        dialog = self.dialog(invoices, act)
        for name, value in values.items():
            dialog[name] = value
        dialog.save().action_do()
        self.env.cr.flush()
        return self.env["chasing.bulk.run"].search([], limit=1)


@tagged("post_install", "-at_install")
class TestBulkDialog(BulkCommon):
    def test_it_says_how_many_how_much_and_what_becomes_of_the_messages(self):
        """R99."""
        invoices, paid = self.make_invoices(2), self.make_invoice()
        self.pay(paid)
        dialog = self.dialog(invoices | paid, "pause")
        self.assertIn("2 invoices, $", dialog.preview)
        self.assertIn("200.00", dialog.preview)
        self.assertIn("6 messages to come are held", dialog.preview)
        self.assertEqual((dialog.left_count, dialog.left_text), (1, "1: Not possible while it is: Paid."))

    def test_one_message_is_told_as_one(self):
        invoice = self.make_invoice()
        self.steps(invoice)[1:].action_skip()
        for act, words in (
            ("pause", "1 message to come is held."),
            ("disable", "1 message to come stays planned, and does not leave."),
            ("cancel", "1 message to come is cancelled."),
            ("reschedule", "1 message moves."),
            ("collections", "1 message to come is cancelled; a dossier is attached to each invoice."),
        ):
            self.assertEqual(self.dialog(invoice, act).preview.splitlines()[1], words)

    def test_what_is_selected_twice_counts_once(self):
        schedule = self.make_invoice().chasing_schedule_id
        dialog = self.env["chasing.bulk"].create({"act": "cancel", "selected": [schedule.id, schedule.id]})
        self.assertIn("1 invoice, ", dialog.preview)
        dialog.action_do()
        self.assertEqual(self.env["chasing.bulk.run"].search([], limit=1).total, 1)

    def test_a_selection_that_is_none_is_refused_in_words(self):
        for selected in ("abc", ["a", {}], 5, {"a": 1}):
            with self.subTest(selected=selected), self.assertRaisesRegex(UserError, "Select them in the list"):
                self.env["chasing.bulk"].create({"act": "cancel", "selected": selected}).preview.strip()

    def test_nothing_happens_before_it_is_done(self):
        invoices = self.make_invoices(2)
        self.dialog(invoices, "cancel").save()
        self.assertEqual(invoices.mapped("chasing_status"), ["active"] * 2)

    def test_what_is_possible_on_none_is_refused_with_the_reason(self):
        invoice = self.make_invoice()
        with self.assertRaisesRegex(UserError, "Nothing|Not possible while it is: Active"):
            self.dialog(invoice, "resume").save().action_do()

    def test_what_the_brake_holds_is_let_go_by_a_manager(self):
        """R47."""
        self.company.chasing_run_limit = 1
        invoices = self.make_invoices(2)
        self.at("2026-03-02 09:00")
        self.assertEqual(invoices[0].chasing_status, "paused")
        dialog = self.dialog(invoices[0], "resume")
        self.assertIn("would send more messages than the company allows", dialog.left_text)
        self.assertIn("A chasing manager lets them go", dialog.left_text)

    def test_all_that_a_list_shows_is_meant_when_the_client_s_ids_are_cut_off(self):
        """R52."""
        invoices = self.make_invoices(3)
        self.env["ir.config_parameter"].sudo().set_param("web.active_ids_limit", "2")
        domain = [("move_id", "in", invoices.ids)]
        dialog = self.dialog(invoices[:2], "pause", active_domain=domain)
        self.assertEqual(dialog.possible_count, 3)
        self.env["ir.config_parameter"].sudo().set_param("web.active_ids_limit", "3")
        dialog = self.dialog(invoices[:2], "pause", active_domain=domain)
        self.assertEqual(dialog.possible_count, 2)

    def test_a_stranger_and_another_company_s_collector_are_refused(self):
        stranger = self.make_user("stranger", "base.group_user")
        other = self.setup_other_company()["company"]
        foreigner = self.make_user(
            "foreigner",
            "base.group_user,invoice_chasing.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        schedule = self.make_invoice().chasing_schedule_id
        for user in (stranger, foreigner):
            with self.assertRaises(AccessError):
                schedule.with_user(user).action_ask("pause")
        self.assertTrue(schedule.with_user(self.collector).action_ask("pause")["res_id"])

    def test_changing_the_cadence_opens_its_own_dialog(self):
        invoices = self.make_invoices(2)
        action = invoices.chasing_schedule_ids.action_ask("change_cadence")
        dialog = Form(self.env["chasing.assign"].browse(action["res_id"]))
        self.assertEqual(dialog.invoice_count, 2)

    def test_the_list_offers_every_act(self):
        bound = self.env["ir.actions.actions"].get_bindings("chasing.schedule")["action"]
        names = {action["name"] for action in bound}
        self.assertLessEqual({"Pause", "Resume", "Reschedule", "Write off", "Send to collections"}, names)


@tagged("post_install", "-at_install")
class TestBulkActs(BulkCommon):
    def test_pause_and_resume(self):
        """R36."""
        invoices = self.make_invoices(2)
        self.do(invoices, "pause", ends="open", pause_reason="dispute")
        self.assertEqual(invoices.mapped("chasing_status"), ["paused"] * 2)
        self.assertEqual(invoices.chasing_schedule_ids.mapped("pause_reason"), ["dispute"] * 2)
        self.do(invoices, "resume", missed="next")
        self.assertEqual(invoices.mapped("chasing_status"), ["active"] * 2)

    def test_disable_enable_and_cancel(self):
        """R36."""
        invoices = self.make_invoices(2)
        for act, status in (("disable", "stopped"), ("enable", "active"), ("cancel", "cancelled")):
            self.do(invoices, act)
            self.assertEqual(invoices.mapped("chasing_status"), [status] * 2)

    def test_all_next_steps_to_a_day(self):
        invoices = self.make_invoices(2)
        self.do(invoices, "reschedule", how="day", day="2026-03-04", hour=11)
        self.assertEqual({self.local(one.chasing_next_at) for one in invoices}, {"2026-03-04 11:00"})

    def test_all_next_steps_by_a_number_of_days(self):
        first, second = self.make_invoice(), self.make_invoice(issued="2026-03-05", due="2026-03-20")
        self.do(first | second, "reschedule", how="days", days=2)
        self.assertEqual(self.local(first.chasing_next_at), "2026-03-04 09:00")
        self.assertEqual(self.local(second.chasing_next_at), "2026-03-07 09:00")

    def test_failed_steps_are_retried_and_others_left(self):
        """R84."""
        failed, fine = self.make_invoice(partner_id=self.make_customer("Bob", False).id), self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        failed.partner_id.email = "bob@customer.example"
        run = self.do(failed | fine, "retry")
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(run.refused_ids.mapped("reason"), ["No step failed."])

    def test_send_to_collections(self):
        """R41."""
        invoices = self.make_invoices(2)
        self.do(invoices, "collections")
        self.assertEqual(invoices.mapped("chasing_status"), ["collections"] * 2)

    def test_what_is_bad_is_listed_and_stops_nothing_else(self):
        """R82: the bad one is found among the good ones."""
        invoices = self.make_invoices(5)
        bad = invoices[3].chasing_schedule_id
        schedules = self.env.registry["chasing.schedule"]
        pause, error = schedules.action_pause, UserError("not this one")

        def picky(records, *args, **values):
            if bad in records:
                raise error
            return pause(records, *args, **values)

        with patch.object(schedules, "action_pause", picky):
            run = self.do(invoices, "pause")
        self.assertEqual([(one.schedule_id, one.reason) for one in run.refused_ids], [(bad, "not this one")])
        self.assertEqual(invoices.mapped("chasing_status").count("paused"), 4)
        self.assertEqual((run.done, run.is_done), (5, True))

    def test_one_that_cannot_even_be_judged_stops_nothing_else(self):
        """R99: an act that breaks would keep every later one waiting."""
        invoices = self.make_invoices(3)
        bad = invoices[1].chasing_schedule_id
        schedules = self.env.registry["chasing.schedule"]
        judge = schedules._refusal

        def broken(record, act):
            if record == bad:
                raise ZeroDivisionError("no way to tell")
            return judge(record, act)

        dialog = self.dialog(invoices, "pause").save()
        with patch.object(schedules, "_refusal", broken), mute_logger(isolation.__name__):
            run = self.env["chasing.bulk.run"]._start("pause", dialog._values(), dialog._records())
        self.assertEqual(run.refused_ids.schedule_id, bad)
        self.assertRegex(run.refused_ids.reason, "^Something went wrong.")
        self.assertEqual(invoices.mapped("chasing_status"), ["paused", "active", "paused"])

    def test_a_collector_does_it_in_their_own_name(self):
        """R23."""
        invoice = self.make_invoice()
        action = invoice.chasing_schedule_id.with_user(self.collector).action_ask("cancel")
        self.env["chasing.bulk"].with_user(self.collector).browse(action["res_id"]).action_do()
        self.assertEqual(invoice.message_ids.sorted("id")[-1].author_id, self.collector.partner_id)


@tagged("post_install", "-at_install")
class TestBulkInTheBackground(BulkCommon):
    def setUp(self):
        super().setUp()
        self.patch(chasing_background_job, "BATCH_SIZE", 2)

    def test_many_are_done_part_by_part(self):
        invoices = self.make_invoices(5)
        action = self.dialog(invoices, "pause").save().action_do()
        run = self.env["chasing.bulk.run"].browse(action["res_id"])
        self.assertEqual((run.done, run.progress, run.is_done), (0, 0, False))
        self.assertEqual(invoices.mapped("chasing_status"), ["active"] * 5)
        self.work()
        self.assertEqual(invoices.mapped("chasing_status"), ["paused"] * 5)
        self.assertEqual((run.done, run.progress, run.is_done), (5, 100, True))

    def test_what_was_interrupted_goes_on_where_it_stopped(self):
        """R81: a part and its count are one transaction."""
        invoices = self.make_invoices(4)
        self.dialog(invoices, "pause").save().action_do()
        run = self.env["chasing.bulk.run"].search([], limit=1)
        run._work()
        self.assertEqual((run.done, invoices.mapped("chasing_status").count("paused")), (2, 2))
        self.work()
        self.assertEqual((run.done, invoices.mapped("chasing_status").count("paused")), (4, 4))
        self.assertFalse(run.refused_ids)

    def test_it_runs_with_the_rights_of_whoever_asked(self):
        """A collector who lost the right meanwhile changes nothing more."""
        invoices = self.make_invoices(3)
        schedules = invoices.chasing_schedule_ids.with_user(self.collector)
        action = schedules.action_ask("cancel")
        self.env["chasing.bulk"].with_user(self.collector).browse(action["res_id"]).action_do()
        self.collector.group_ids -= self.env.ref("invoice_chasing.group_user")
        self.work()
        self.assertEqual(invoices.mapped("chasing_status"), ["active"] * 3)
        run = self.env["chasing.bulk.run"].search([], limit=1)
        self.assertEqual((run.done, run.is_done), (0, True))
        self.assertRegex(run.end_reason, "may no longer chase invoices")

    def test_others_companies_runs_are_not_seen(self):
        self.dialog(self.make_invoices(3), "pause").save().action_do()
        other = self.setup_other_company()["company"]
        foreigner = self.make_user(
            "foreigner",
            "base.group_user,invoice_chasing.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertTrue(self.env["chasing.bulk.run"].with_user(self.collector).search([]))
        self.assertFalse(self.env["chasing.bulk.run"].with_user(foreigner).search([]))


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
        self.assertIn("Each leaves now", dialog.preview)
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
        self.assertEqual(run.refused_ids.mapped("reason"), ["Not possible while the step is: Planned."])
        with self.assertRaisesRegex(UserError, "Not possible while the step is: Sent"):
            self.dialog(first, "dismiss").save().action_do()

    def test_what_may_have_left_is_not_sent_again_by_the_way(self):
        """R84: a person asks the customer first, one by one."""
        self.customer.email = False
        step = self.make_invoice().chasing_step_ids[0]
        self.at("2026-03-02 09:00")
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
            with self.assertRaisesRegex(UserError, "no act called nonsense"):
                attempt("nonsense")

    def test_the_list_offers_every_act(self):
        bound = self.env["ir.actions.actions"].get_bindings("chasing.step")["action"]
        names = [action["name"] for action in bound]
        self.assertEqual(names, ["Send Now", "Mark as Done", "Retry", "Reschedule", "Skip", "Dismiss Failures"])

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


@tagged("post_install", "-at_install")
class TestBulkInput(BulkCommon):
    """What is entered is looked at before anything is done to anyone."""

    def refused(self, act, reason, **values):
        invoices = self.make_invoices(2)
        dialog = self.env["chasing.bulk"].create({"act": act, "selected": invoices.chasing_schedule_ids.ids, **values})
        with self.subTest(**values), self.assertRaisesRegex(UserError, reason):
            dialog.action_do()
        self.assertFalse(self.env["chasing.bulk.run"].search([("selected", "=", dialog.selected)]))

    def test_an_hour_or_a_day_that_is_none_is_refused(self):
        self.refused("reschedule", "whole number from 0 to 23", how="day", day="2026-03-09", hour=99)
        self.refused("reschedule", "whole number from 0 to 23", how="day", day="2026-03-09", hour=-1)
        self.refused("reschedule", "That moment has passed", how="day", day="2020-01-01", hour=9)
        self.refused("reschedule", "That moment has passed", how="day", day="2026-03-02", hour=8)
        self.refused("reschedule", "next ten years", how="day", day="9999-12-31", hour=9)
        self.refused("reschedule", "Enter the day", how="day", day=False)
        for days in (-400, 0, 1000000000):
            self.refused("reschedule", "number of days from 1 to", how="days", days=days)

    def test_a_pause_that_ended_already_is_refused(self):
        """R36."""
        for until in ("2020-01-01", "2026-03-02"):
            self.refused("pause", "day to come", ends="date", until=until)
        self.refused("pause", "Enter it, or choose another end", ends="date", until=False)

    def test_a_pause_of_centuries_is_refused(self):
        """R36."""
        self.refused("pause", "next ten years", ends="date", until="9999-12-31")

    def test_later_today_is_fine(self):
        invoice = self.make_invoice()
        self.do(invoice, "reschedule", how="day", day="2026-03-02", hour=11)
        self.assertEqual(self.local(invoice.chasing_next_at), "2026-03-02 11:00")

    def test_the_second_click_on_the_same_dialog_does_nothing(self):
        invoice = self.make_invoice()
        for act in ("reschedule", "disable"):
            dialog = self.dialog(invoice, act).save()
            dialog.action_do()
            with self.assertRaisesRegex(UserError, "done already"):
                dialog.action_do()
        self.assertEqual(len(self.env["chasing.bulk.run"].search([])), 2)

    def test_a_dialog_whose_input_was_refused_can_be_corrected(self):
        invoice = self.make_invoice()
        dialog = self.dialog(invoice, "reschedule").save()
        dialog.hour = 99
        with self.assertRaises(UserError), self.env.cr.savepoint():
            dialog.action_do()
        dialog.hour = 10
        dialog.action_do()
        self.assertEqual(self.local(invoice.chasing_next_at), "2026-03-03 10:00")
