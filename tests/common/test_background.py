from unittest.mock import patch

import psycopg2

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.common import chasing_background_job, isolation
from ..builders.builders import ChasingCommon


def breaking(model, method, bad, error=None):
    """A method of a model that breaks as soon as the bad record is among its own."""
    whole = getattr(model, method)

    def picky(records, *args, **values):
        if bad & (args[0] if records._name.startswith("chasing.pred") else records):
            raise error or ZeroDivisionError("no way")
        return whole(records, *args, **values)

    return patch.object(model, method, picky)


@tagged("post_install", "-at_install")
class TestWhoAsked(ChasingCommon):
    """An act in the background is done with the rights that who asked for it has when it is done (R99)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company()["company"]
        cls.asker = cls.make_user("asker", "invoice_chasing.group_user")
        cls.colleague = cls.make_user("colleague", "invoice_chasing.group_user")

    def setUp(self):
        super().setUp()
        self.patch(chasing_background_job, "BATCH_SIZE", 1)

    def ask(self, user, invoices, act="cancel"):
        schedules = invoices.chasing_schedule_ids.with_user(user)
        return self.env["chasing.bulk.run"].browse(schedules.env["chasing.bulk.run"]._start(act, {}, schedules).ids)

    def give(self, user, invoices, cadence):
        moves = invoices.with_user(user)
        return self.env["chasing.assignment"].browse(
            moves.env["chasing.assignment"]._assign("Given", moves, cadence.with_user(user)).ids
        )

    def lose(self):
        """{sentence: how the asker loses the right}."""
        yield "is no longer active", {"active": False}
        group = self.env.ref("invoice_chasing.group_user")
        yield "may no longer chase invoices", {"group_ids": [Command.unlink(group.id)]}
        yield (
            f"no longer has access to {self.company.name}",
            {
                "company_ids": [Command.set(self.other.ids)],
                "company_id": self.other.id,
            },
        )

    def test_who_lost_the_right_changes_nothing_more_and_the_next_act_goes_on(self):
        kept = self.asker.read(["active", "group_ids", "company_ids", "company_id"])[0]
        for sentence, loss in self.lose():
            with self.subTest(sentence=sentence):
                mine, theirs = self.make_invoices(3), self.make_invoices(2)
                lost, good = self.ask(self.asker, mine), self.ask(self.colleague, theirs)
                self.asker.write(loss)
                self.work()
                self.assertEqual((lost.done, lost.is_done), (0, True))
                self.assertIn(sentence, lost.end_reason)
                self.assertEqual(mine.mapped("chasing_status"), ["active"] * 3)
                self.assertEqual((good.done, good.is_done, good.end_reason), (2, True, False))
                self.assertEqual(theirs.mapped("chasing_status"), ["cancelled"] * 2)
                self.asker.write({
                    "active": True,
                    "company_ids": [Command.set(kept["company_ids"])],
                    "company_id": kept["company_id"][0],
                    "group_ids": [Command.set(kept["group_ids"])],
                })

    def test_an_archived_user_sends_nothing_more(self):
        """R102b: what was asked for is not done in the name of somebody who left."""
        invoices = self.make_invoices(3)
        self.give_pdf(invoices)
        steps = invoices.chasing_schedule_ids.step_ids.filtered(lambda step: step.trigger == "after_due")
        self.patch(self.env.registry["chasing.bulk.run"], "_batch_size", lambda _run: 1)
        run = self.env["chasing.bulk.run"].browse(
            steps.with_user(self.asker).env["chasing.bulk.run"]._start("send_now", {}, steps.with_user(self.asker)).ids
        )
        run._work()
        self.asker.active = False
        self.work()
        self.assertEqual(steps.mapped("state").count("planned"), 2)
        self.assertEqual((run.done, run.is_done), (1, True))
        self.assertIn("no longer active", run.end_reason)

    def test_a_cadence_is_given_by_nobody_who_lost_the_right(self):
        gentle = self.make_cadence("Softly", [("after_due", 10, 9)])
        invoices = self.make_invoices(2)
        act = self.give(self.asker, invoices, gentle)
        self.asker.active = False
        self.work()
        self.assertIn("no longer active", act.end_reason)
        self.assertEqual(invoices.chasing_cadence_id, self.cadence)
        again = self.give(self.colleague, invoices, gentle)
        self.work()
        self.assertFalse(again.end_reason)
        self.assertEqual(invoices.chasing_cadence_id, gentle)

    def test_an_act_that_breaks_as_a_whole_ends_and_the_next_goes_on(self):
        lost = self.ask(self.asker, self.make_invoices(2))
        theirs = self.make_invoices(2)
        good = self.ask(self.colleague, theirs)
        runs = self.env.registry["chasing.bulk.run"]
        with breaking(runs, "_note_before", lost), mute_logger(chasing_background_job.__name__):
            self.work()
        self.assertEqual((lost.done, lost.is_done), (0, True))
        self.assertRegex(lost.end_reason, "^Something went wrong.")
        self.assertEqual(theirs.mapped("chasing_status"), ["cancelled"] * 2)
        self.assertFalse(good.end_reason)

    def test_an_act_that_others_keep_from_going_on_stops_no_other(self):
        blocked = self.ask(self.asker, self.make_invoices(2))
        theirs = self.make_invoices(2)
        self.ask(self.colleague, theirs)
        runs = self.env.registry["chasing.bulk.run"]
        with breaking(runs, "_note_before", blocked, psycopg2.errors.SerializationFailure()):
            self.work()
        self.assertFalse(blocked.is_done)
        self.assertEqual(theirs.mapped("chasing_status"), ["cancelled"] * 2)


@tagged("post_install", "-at_install")
class TestApart(ChasingCommon):
    """R82: one bad record fails alone."""

    def test_what_is_bad_is_found_and_undone(self):
        partners = self.env["res.partner"].create([{"name": f"P{number}"} for number in range(9)])
        bad, noted = partners[6], []

        def rename(some):
            some.write({"comment": "done"})
            self.env.flush_all()
            if bad in some:
                raise ValueError("not this one")
            return len(some)

        done = isolation.run(partners, rename, lambda one, error: noted.append((one, str(error))))
        self.assertEqual(sum(done), 8)
        self.assertEqual(noted, [(bad, "not this one")])
        self.assertEqual(partners.filtered("comment"), partners - bad)

    def test_an_error_that_is_no_records_fault_is_the_callers(self):
        def break_down(_some):
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            isolation.run(self.customer, break_down, faults=ValueError)

    def test_the_transactions_own_trouble_is_not_a_records(self):
        def collide(_some):
            raise psycopg2.errors.SerializationFailure

        with self.assertRaises(psycopg2.errors.SerializationFailure):
            isolation.run(self.customer, collide)

    @mute_logger(isolation.__name__)
    def test_an_invoice_that_cannot_even_be_looked_at_fails_alone(self):
        """R82: otherwise it would be claimed again and again, and hold up all that is due with it."""
        bad, good = self.make_invoices(2)
        schedules = self.env.registry["chasing.schedule"]
        with breaking(schedules, "_filter_pause_over", bad.chasing_schedule_ids):
            self.at_sent("2026-03-02 09:00")
        self.assertEqual(self.step(bad, "on_issue").state, "failed")
        self.assertEqual(self.step(bad, "on_issue").reason_code, "unknown")
        self.assertEqual(self.step(good, "on_issue").state, "sent")

    @mute_logger(isolation.__name__)
    def test_a_schedule_that_cannot_be_predicted_stops_no_other(self):
        """R96"""
        bad, good = self.make_invoices(2)
        schedules = (bad | good).chasing_schedule_ids
        self.customer.write({"email": "ann@"})
        self.env.flush_all()
        schedules.step_ids.sudo().write({"prediction_code": False})
        schedules.sudo().is_prediction_stale = True
        predictions = self.env.registry["chasing.prediction"]
        with breaking(predictions, "_refresh", bad.chasing_schedule_ids), self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_predict").method_direct_trigger()
        self.assertEqual(set(self.steps(good).mapped("prediction_code")), {"invalid_email"})
        self.assertEqual(set(self.steps(bad).mapped("prediction_code")), {False})
        self.assertFalse(any(schedules.mapped("is_prediction_stale")))

    @mute_logger(isolation.__name__)
    def test_a_schedule_that_cannot_be_planned_again_stops_no_other(self):
        """R38"""
        bad, good = self.make_invoices(2)
        self.company.chasing_tz = "Asia/Tokyo"
        self.env.flush_all()
        schedules = self.env.registry["chasing.schedule"]
        with breaking(schedules, "_replan", bad.chasing_schedule_ids), self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_replan").method_direct_trigger()
        self.assertEqual(good.chasing_schedule_ids.planned_tz, "Asia/Tokyo")
        self.assertNotEqual(bad.chasing_schedule_ids.planned_tz, "Asia/Tokyo")

    @mute_logger(isolation.__name__)
    def test_an_invoice_about_which_the_rules_cannot_be_asked_stops_no_other(self):
        """R51"""
        gentle = self.make_cadence("Softly", [("after_due", 10, 9)])
        bad, good = self.make_invoices(2)
        self.env["chasing.rule"].create({
            "name": "All",
            "company_id": self.company.id,
            "cadence_id": gentle.id,
            "on_update": True,
        })
        self.env.flush_all()
        moves = self.env.registry["account.move"]
        with breaking(moves, "_chasing_apply_rule", bad), self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_rules").method_direct_trigger()
        self.assertEqual(good.chasing_cadence_id, gentle)
        self.assertEqual(bad.chasing_cadence_id, self.cadence)
