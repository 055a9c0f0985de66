from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.common import chasing_background_job, isolation
from ..builders.bulk import BulkCommon


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
        judge = schedules._blocked_reason

        def broken(record, act):
            if record == bad:
                raise ZeroDivisionError("no way to tell")
            return judge(record, act)

        dialog = self.dialog(invoices, "pause").save()
        with patch.object(schedules, "_blocked_reason", broken), mute_logger(isolation.__name__):
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

    def test_what_one_record_refuses_is_said_at_once(self):
        """R99: nothing else was asked for, so there is nothing to list."""
        invoice = self.make_invoice()
        dialog = self.dialog(invoice, "pause").save()
        schedules = self.env.registry["chasing.schedule"]
        refuse = patch.object(schedules, "action_pause", side_effect=UserError("not now"))
        with refuse, self.assertRaisesRegex(UserError, "^not now$"):
            dialog.action_do()
        self.assertEqual(invoice.chasing_status, "active")

    def test_what_is_allowed_is_a_list(self):
        """R99: an act is in it or not, whatever words its own name holds."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        schedule.action_write_off(way="mark")
        self.assertIn("take_back_write_off", schedule.allowed)
        self.assertNotIn("write_off", schedule.allowed)
        self.assertEqual(self.env["chasing.schedule"].allowed, [])
        paid = self.make_invoice()
        self.pay(paid)
        self.assertEqual((paid.chasing_schedule_id.allowed, paid.chasing_allowed), ([], ["send"]))


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
        foreigner = self.make_foreigner()
        self.assertTrue(self.env["chasing.bulk.run"].with_user(self.collector).search([]))
        self.assertFalse(self.env["chasing.bulk.run"].with_user(foreigner).search([]))
