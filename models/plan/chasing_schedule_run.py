from odoo import api, fields, models

from ..common import clock
from ..engine.facts import BY_AGE
from ..engine.instalments import due_day, in_order, next_day, number_of, running
from .chasing_step import UNSENT


class ChasingSchedule(models.Model):
    """The dates that steps are counted from (R6, R7) and, where age counts from the next unpaid instalment, whose run
    is active (R7b). A run is the age-based steps once more, for one instalment."""

    _inherit = "chasing.schedule"

    invoice_date = fields.Date(compute="_compute_dates", store=True)
    due_date = fields.Date(compute="_compute_dates", store=True)
    # the date of the oldest instalment that is open: since when it asks, or from when on (R7)
    asked_date = fields.Date(compute="_compute_dates", store=True)
    instalment_count = fields.Integer(compute="_compute_dates", store=True, aggregator=None)
    # when the next run begins, if the steps of this one are used up by then
    next_run_date = fields.Date(compute="_compute_dates", store=True)
    # ids of the lines of instalments that are paid: one that is open again was reopened (R34)
    paid_lines = fields.Json(compute="_compute_dates", store=True)
    # ids of the lines of instalments whose steps were used up before they were paid
    used_up_lines = fields.Json(readonly=True)
    run = fields.Integer(readonly=True, aggregator=None)
    # the line of the instalment whose run is active, and which one it is; 0 where age counts from the last one
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
        """A change on a posted invoice, an extension and a payment of an instalment plan the steps again (R38); the run
        of an instalment that is paid ends, one that is open again is asked about (R7b, R34)."""
        # what closes an invoice stops it first
        self.mapped("closure")
        instalments = self.move_id._chasing_instalments()
        moved, back = self.browse(), self.browse()
        for schedule in self:
            parts = instalments[schedule.move_id.id]
            open_lines = {one.key for one in parts if one.is_open}
            old, paid = (schedule.invoice_date, schedule.due_date), set(schedule.paid_lines or ())
            # one that is paid and comes back has a run again
            used_up = [line for line in schedule.used_up_lines or () if line in open_lines]
            if used_up != (schedule.used_up_lines or []):
                schedule.used_up_lines = used_up
            schedule._tell_dates(parts)
            if schedule.id and old[0] and old != (schedule.invoice_date, schedule.due_date):
                moved |= schedule
            if schedule.id and schedule.age_basis == "instalment" and paid & open_lines:
                back |= schedule
        back.filtered(lambda schedule: not schedule.closure)._live()._instalments_reopened()
        started = self.filtered("id")._follow_instalments(instalments)
        (moved - started).filtered(lambda schedule: not schedule.closure)._replan()

    def _tell_dates(self, parts):
        """Fill in what the instalments of its invoice say."""
        by_instalment, used_up = self.age_basis == "instalment", self.used_up_lines or ()
        self.invoice_date = self.move_id.invoice_date or clock.today(self.company_id)
        self.due_date = due_day(parts, self.age_basis, used_up)
        self.asked_date = next((one.day for one in in_order(parts) if one.is_open), False)
        self.instalment_count = len(parts)
        self.next_run_date = by_instalment and next_day(parts, used_up)
        self.paid_lines = by_instalment and sorted(one.key for one in parts if one.key and not one.is_open)

    def _is_late(self, day):
        """Whether something that is open was due before a local day (R7, R71)."""
        return bool(self.asked_date) and self.asked_date < day

    # ------------------------------------------------------------------ runs

    def _current_steps(self):
        """The steps of these, without those of runs that are over."""
        return self.step_ids.filtered(lambda step: not step.is_by_age or step.run == step.schedule_id.run)

    def _note_instalments(self):
        """New schedules learn which instalment their steps ask for, when what is pending is worked out."""
        for name in ("next_run_date", "status"):
            self.env.add_to_compute(self._fields[name], self)

    def _follow_instalments(self, instalments):
        """Let the run of the right instalment be active (R7b). A stopped schedule follows when it is enabled.

        :param instalments: {move id: engine Instalments}
        :return: those of which a run began
        """
        begun, texts = self.browse(), {}
        for schedule in self:
            parts = instalments[schedule.move_id.id]
            active = running(parts, schedule.used_up_lines or ()) if schedule.age_basis == "instalment" else None
            key = (active.key if active else 0) or 0
            if key == schedule.run_line:
                continue
            if schedule.age_basis == "invoice" or not number_of(parts, schedule.run_line):
                schedule._is_now_of(key, number_of(parts, key))
            elif not schedule.closure and schedule.lifecycle in ("running", "paused"):
                schedule._end_run(parts)
                if schedule._begin_run(key, parts):
                    begun |= schedule
                    texts[schedule.move_id.id] = schedule._run_text()
        self.env["chasing.planner"].sudo()._start_runs(begun)
        begun._log(texts)
        return begun

    def _begin_run(self, key, parts):
        """Turn to another instalment, whose steps are to be planned; say whether there is one."""
        if key:
            self.write({"run": self.run + 1, "run_line": key, "instalment": number_of(parts, key)})
        else:
            self.run_line = 0
        return bool(key)

    def _run_text(self):
        return self.env._(
            "Instalment %(number)s of %(count)s is chased now.", number=self.instalment, count=self.instalment_count
        )

    def _is_now_of(self, key, number):
        """The run there is turns out to be that of an instalment: the first one, or lines that were made anew."""
        self._current_steps().filtered("is_by_age").write({"instalment": number})
        self.write({"run_line": key, "instalment": number})

    def _end_run(self, parts):
        """What the run has not sent yet does not go any more; what was tried stays (R7b)."""
        is_paid = any(one.key == self.run_line and not one.is_open for one in parts)
        self._await_lock()
        steps = self._current_steps().filtered("is_by_age")
        steps.delivery_ids._withdraw()
        code = "instalment_paid" if is_paid else "other_instalment"
        steps.filtered(lambda step: step.state in UNSENT)._set_state("cancelled", code)
        if is_paid:
            steps.filtered(lambda step: step.state in ("failed", "partly")).is_dismissed = True

    def _instalments_reopened(self):
        """Instalments that were paid are open again although their invoices always were: a person is asked (R34)."""
        if not self:
            return
        self._await_lock()
        self.delivery_ids._withdraw()
        self.stopped_at = clock.now(self.env)
        self._reopened(
            self.env._("An instalment of this invoice is due again. Chasing stays stopped until you resume it.")
        )

    def _used_up_ids(self):
        """Ids of those whose next run can begin as soon as its instalment falls due: no step of this one is to come."""
        waiting = self._origin.filtered("next_run_date")
        if not waiting:
            return set()
        busy = self.env["chasing.step"]._read_group(
            [("schedule_id", "in", waiting.ids), ("state", "in", UNSENT), ("trigger", "in", BY_AGE)], ["schedule_id"]
        )
        return set(waiting.ids) - {schedule.id for (schedule,) in busy}

    def _begin_due_runs(self, now):
        """The clock began the next run of those whose steps are used up: its instalment falls due (R7b)."""
        due = self.filtered(
            lambda one: one.next_run_date and not one.hold_reason and one._local_midnight(one.next_run_date) <= now
        )
        used_up = due._used_up_ids()
        for schedule in due.filtered(lambda one: one.id in used_up):
            schedule.used_up_lines = [*(schedule.used_up_lines or ()), schedule.run_line]
