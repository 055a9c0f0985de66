from odoo import api, fields, models

from ..common import clock
from ..engine.instalments import due_day, in_order, next_day
from ..policy.chasing_step_mixin import AGE_BASES


class ChasingDatesMixin(models.AbstractModel):
    """The dates that the chasing of an invoice counts from, and which of its instalments it asks for (R7, R7b)."""

    _name = "chasing.dates.mixin"
    _description = "Dates of an Invoice's Chasing"

    age_basis = fields.Selection(AGE_BASES, required=True, default="invoice", readonly=True)
    invoice_date = fields.Date(compute="_compute_dates", store=True)
    due_date = fields.Date(compute="_compute_dates", store=True)
    # The date of the oldest instalment that is open: since when it asks, or from when on (R7).
    asked_date = fields.Date(compute="_compute_dates", store=True)
    instalment_count = fields.Integer(compute="_compute_dates", store=True, aggregator=None)
    # When the next run begins, if the steps of this one are used up by then.
    next_run_date = fields.Date(compute="_compute_dates", store=True)
    # Ids of the lines of instalments that are paid: one that is open again was reopened (R34).
    paid_lines = fields.Json(compute="_compute_dates", store=True)
    # The dates of payments that left a balance, which gives the customer time (R42b).
    partial_days = fields.Json(compute="_compute_dates", store=True)
    # Ids of the lines of instalments whose steps were used up before they were paid.
    used_up_lines = fields.Json(readonly=True)
    run = fields.Integer(readonly=True, aggregator=None)
    # The line of the instalment whose run is active, and which one it is; 0 where age counts from the last one.
    run_line = fields.Integer(readonly=True, aggregator=None)
    instalment = fields.Integer(readonly=True, aggregator=None)

    @api.depends(
        "move_id.state",
        "move_id.invoice_date",
        "move_id.invoice_date_due",
        "move_id.amount_residual",
        "move_id.line_ids.date_maturity",
        "move_id.line_ids.reconciled",
        "age_basis",
        "used_up_lines",
    )
    def _compute_dates(self):
        """Fill in the dates; a change on a posted invoice, an extension and a payment act (R38, R42b)."""
        # What closes an invoice stops it first.
        self.mapped("closure")
        instalments = self.move_id._chasing_instalments()
        paid_days = self.env["chasing.part.payment"]._days(self.move_id)
        moved, back = self.browse(), self.browse()
        for schedule in self:
            parts = instalments[schedule.move_id.id]
            open_lines = {part.key for part in parts if part.is_open}
            old, paid = schedule._dates(), set(schedule.paid_lines or ())
            # One that is paid and comes back has a run again.
            used_up = [line for line in schedule.used_up_lines or () if line in open_lines]
            if used_up != (schedule.used_up_lines or []):
                schedule.used_up_lines = used_up
            schedule._set_dates(parts)
            schedule.partial_days = [day.isoformat() for day in paid_days.get(schedule.move_id.id, ())] or False
            if schedule.id and old[0] and old != schedule._dates():
                moved |= schedule
            if schedule.id and schedule.age_basis == "instalment" and paid & open_lines:
                back |= schedule
        self._on_dates_change(moved, back, instalments)

    def _dates(self):
        return self.invoice_date, self.due_date, self.partial_days or []

    def _on_dates_change(self, moved, back, instalments):
        """Follow the instalments, and plan the steps again where dates have changed (R7b, R34, R38).

        :param moved: those of which a date has changed
        :param back: those of which an instalment that was paid is open again
        :param instalments: {move id: engine Instalments}
        """
        runs = self.env["chasing.instalment.run"]
        runs._reopen(back.filtered(lambda schedule: not schedule.closure)._filter_running())
        runs._follow(self.filtered("id"), instalments)
        moved.filtered(lambda schedule: not schedule.closure)._replan()

    def _set_dates(self, parts):
        """Fill in what the instalments of its invoice say."""
        by_instalment, used_up = self.age_basis == "instalment", self.used_up_lines or ()
        self.invoice_date = self.move_id.invoice_date or clock.today(self.company_id)
        self.due_date = due_day(parts, self.age_basis, used_up)
        self.asked_date = next((part.day for part in in_order(parts) if part.is_open), False)
        self.instalment_count = len(parts)
        self.next_run_date = by_instalment and next_day(parts, used_up)
        self.paid_lines = by_instalment and sorted(part.key for part in parts if part.key and not part.is_open)

    def _current_steps(self):
        """Return the steps of these, without those of runs that are over, and without what was sent by hand (R102)."""
        return self.step_ids.filtered(
            lambda step: not step.is_by_hand and (not step.is_by_age or step.run == step.schedule_id.run)
        )
