from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models import chasing_background
from .common import ChasingCommon


class BulkCommon(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.make_user("collector", "base.group_user,invoice_chasing.group_user")

    def make_invoices(self, count):
        return self.env["account.move"].union(*(self.make_invoice() for _number in range(count)))

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

    def work(self):
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_bulk").method_direct_trigger()


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

    def test_nothing_happens_before_it_is_done(self):
        invoices = self.make_invoices(2)
        self.dialog(invoices, "cancel").save()
        self.assertEqual(invoices.mapped("chasing_status"), ["active"] * 2)

    def test_what_is_possible_on_none_is_refused_with_the_reason(self):
        invoice = self.make_invoice()
        with self.assertRaisesRegex(UserError, "Nothing|Not possible while it is: Active"):
            self.dialog(invoice, "resume").save().action_do()

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
        with patch.object(schedules, "_refusal", broken), mute_logger(chasing_background.__name__):
            run = self.env["chasing.bulk.run"]._start("pause", dialog._values(), dialog._schedules())
        self.assertEqual([(one.schedule_id, one.reason) for one in run.refused_ids], [(bad, "no way to tell")])
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
        self.patch(chasing_background, "AT_ONCE", 2)

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
        self.assertEqual(self.env["chasing.bulk.run"].search([], limit=1).refused_count, 3)

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
