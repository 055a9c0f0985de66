from contextlib import contextmanager
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged

from ...models.plan import chasing_planner
from ..builders.builders import ChasingCommon

NEW_YORK = "America/New_York"


@tagged("post_install", "-at_install")
class TestStoryZoneChanged(ChasingCommon):
    def replan(self):
        self.env.cr.flush()
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_replan").sudo().method_direct_trigger()
        self.env.invalidate_all()

    def plan_there(self, invoice):
        return [self.local(step.scheduled_at, NEW_YORK) for step in self.steps(invoice)]

    def test_the_company_moves_to_new_york(self):
        """R38, R39: what was sent stays, the rest keeps its local hour, the conversation says what moved."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.set_clock("2026-03-05 12:00")
        self.company.chasing_tz = NEW_YORK
        self.replan()
        self.assertEqual(self.plan_there(invoice), ["2026-03-02 03:00", "2026-03-13 10:00", "2026-03-21 14:00"])
        self.assertIn("recalculated", invoice.message_ids[0].body)

        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        self.assertEqual(len(self.at_sent("2026-03-13 10:00", timezone=NEW_YORK)), 1)

    def test_the_change_wakes_the_job_that_plans_again(self):
        """R38."""
        cron = self.env.ref("invoice_chasing.ir_cron_replan")
        triggers = self.env["ir.cron.trigger"].sudo()
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self.company.chasing_tz = NEW_YORK
        self.assertGreater(triggers.search_count([("cron_id", "=", cron.id)]), before)

    def test_the_zone_of_the_working_hours_is_the_company_s_that_has_chosen_none(self):
        """R38."""
        self.company.chasing_tz = False
        self.company.resource_calendar_id.tz = "Europe/Berlin"
        invoice = self.make_invoice()
        cron, triggers = self.env.ref("invoice_chasing.ir_cron_replan"), self.env["ir.cron.trigger"].sudo()
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self.company.resource_calendar_id.tz = NEW_YORK
        self.assertGreater(triggers.search_count([("cron_id", "=", cron.id)]), before)
        self.assertTrue(invoice.chasing_schedule_id.is_forecast_stale)
        self.replan()
        self.assertEqual(self.plan_there(invoice)[1:], ["2026-03-13 10:00", "2026-03-21 14:00"])

    def test_a_run_before_that_job_plans_again_by_itself(self):
        """R38: 13 March 10:00 in Berlin is too early in New York."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.company.chasing_tz = NEW_YORK
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        self.assertEqual(self.plan_there(invoice)[1:], ["2026-03-13 10:00", "2026-03-21 14:00"])
        self.assertEqual(len(self.at_sent("2026-03-13 10:00", timezone=NEW_YORK)), 1)

    def test_a_draft_is_not_planned_by_it(self):
        """R31."""
        invoice = self.make_invoice(post=False)
        invoice._chasing_assign(self.cadence)
        self.company.chasing_tz = NEW_YORK
        self.replan()
        self.assertEqual(self.states(invoice), ["draft"] * 3)
        self.assertFalse(invoice.chasing_next_at)

    def test_a_paused_invoice_stays_paused(self):
        """R36, R38."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        invoice.chasing_schedule_id.action_pause()
        self.company.chasing_tz = NEW_YORK
        self.replan()
        self.assertEqual(self.states(invoice), ["sent", "held", "held"])
        self.assertEqual(self.plan_there(invoice)[1:], ["2026-03-13 10:00", "2026-03-21 14:00"])

    def test_more_than_a_batch_is_planned_again_once_each(self):
        """R38: also what others were faster with when its batch came."""
        invoices = self.env["account.move"].union(*(self.make_invoice() for _one in range(5)))
        self.company.chasing_tz = NEW_YORK
        with patch.object(chasing_planner, "REPLAN_BATCH_SIZE", 2), self.refusing_once() as planned:
            self.replan()
        self.assertEqual(set(invoices.chasing_schedule_ids.mapped("planned_tz")), {NEW_YORK})
        self.assertEqual(sorted(planned), sorted(invoices.chasing_schedule_ids.ids))
        for invoice in invoices:
            notes = invoice.message_ids.filtered(lambda message: "recalculated" in message.body)
            self.assertEqual(len(notes), 1)

    @contextmanager
    def refusing_once(self):
        """The ids that are planned again, while the database refuses the first batch as if others were faster."""
        planned, refusals = [], iter([True])
        replan = self.env.registry["chasing.schedule"]._replan

        def refuse(schedules):
            if next(refusals, False):
                raise SerializationFailure
            planned.extend(schedules.ids)
            return replan(schedules)

        with patch.object(self.env.registry["chasing.schedule"], "_replan", refuse):
            yield planned
