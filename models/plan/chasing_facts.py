from dataclasses import replace
from datetime import date

from odoo import api, models
from odoo.tools import SQL

from ..common import clock
from ..engine.facts import BY_AGE, STEP_COLUMNS, Hold, InvoiceFacts, Policy, StepFacts
from ..engine.instalments import due_day, in_order

# Whether a step is none of a run that is over (R7b).
IS_CURRENT = SQL("(chasing_step.trigger NOT IN %s OR COALESCE(chasing_step.run, 0) = COALESCE(own.run, 0))", BY_AGE)


class ChasingFacts(models.AbstractModel):
    """Records in, the engine's facts out.

    They are read by the batch, for one invoice or a hundred thousand in as many statements.
    """

    _name = "chasing.facts"
    _description = "Invoice Chasing Facts"

    @api.model
    def _policy(self, company, terms, may_send_on_issue=True):
        """Return what company and cadence decide, as an engine Policy.

        :param terms: a cadence, or the schedule that took its terms over
        """
        company = company.sudo()
        return Policy(
            timezone=company._chasing_timezone(),
            window_from=company.chasing_window_from,
            window_to=company.chasing_window_to,
            catchup_days=company.chasing_catchup_days,
            min_contact_days=terms.min_contact_days,
            partial_days=company.chasing_partial_days,
            entry_point=terms.entry_point or "next",
            may_send_on_issue=may_send_on_issue,
        )

    @api.model
    def _policies(self):
        """Return the policies of schedules, each worked out once."""
        return Policies(self)

    @api.model
    def _invoices(self, moves, age_basis="invoice", instalments=None):
        """Return {move id: InvoiceFacts}, with `closed` and `already_sent`; holds are the schedule's.

        :param instalments: {move id: engine Instalments}, if the caller has read them
        """
        closures, instalments = moves._chasing_closures(), instalments or moves._chasing_instalments()
        instalments = {move_id: in_order(group) for move_id, group in instalments.items()}
        schedules = self.env["chasing.schedule"].search_fetch(
            [("move_id", "in", moves.ids)], ["move_id", "first_sent_at", "sent_before", "used_up_lines", "partial_days"]
        )
        being_sent = schedules._being_sent()
        first_sent = {schedule.move_id.id: schedule._was_sent() or schedule in being_sent for schedule in schedules}
        paid_days = self.env["chasing.part.payment"]._days(moves - schedules.move_id)
        paid_days |= {
            schedule.move_id.id: map(date.fromisoformat, schedule.partial_days or ()) for schedule in schedules
        }
        by_money = self.env["chasing.part.payment"]._paid_by_money(moves)
        used_up = {schedule.move_id.id: schedule.used_up_lines or () for schedule in schedules}
        return {
            move.id: InvoiceFacts(
                invoice_date=move.invoice_date or clock.today(move.company_id),
                due_date=due_day(instalments[move.id], age_basis, used_up.get(move.id, ())),
                asked_day=next((part.day for part in instalments[move.id] if part.is_open), None),
                posted=closures[move.id] != "draft",
                closed=closures[move.id] if closures[move.id] != "draft" else None,
                already_sent=first_sent.get(move.id, move.is_move_sent),
                partial_days=tuple(paid_days.get(move.id, ())),
                paid_by_money=move.id in by_money,
            )
            for move in moves
        }

    @api.model
    def _steps(self, schedules):
        """Return {schedule id: StepFacts of its steps in their order, without those of runs that are over (R7b)}."""
        boxes = self.env["chasing.step"]._channel_boxes()
        return {
            schedule_id: [StepFacts.from_row(row, boxes) for row in rows]
            for schedule_id, rows in self._step_rows(schedules).items()
        }

    def _step_rows(self, schedules):
        """Return {schedule id: rows of its steps, as `StepFacts.from_row` takes them}, in one statement.

        For thousands of schedules reading the fields one by one takes longer than everything that is done with them.
        """
        columns = (*STEP_COLUMNS, *self.env["chasing.step"]._channel_boxes())
        self.env["chasing.step"].flush_model(["schedule_id", "run", *columns])
        schedules.flush_model(["run"])
        rows_of = {schedule_id: [] for schedule_id in schedules.ids}
        for row in self.env.execute_query_dict(
            SQL(
                """
                SELECT schedule_id, %s FROM chasing_step JOIN chasing_schedule AS own ON own.id = schedule_id
                WHERE schedule_id = ANY(%s) AND %s ORDER BY scheduled_at, chasing_step.id
                """,
                SQL(", ").join(SQL.identifier("chasing_step", name) for name in columns),
                schedules.ids,
                IS_CURRENT,
            )
        ):
            rows_of[row.pop("schedule_id")].append(row)
        return rows_of

    @api.model
    def _cases(self, schedules, cadence=None, send_on_issue=None):
        """Yield (schedule, InvoiceFacts, Policy) of each, read per company and age basis.

        :param cadence: as if they were given it, with `send_on_issue` (R46)
        """
        policies = self._policies()
        for (_company, age_basis), group in schedules.grouped(
            lambda schedule: (schedule.company_id, (cadence or schedule).age_basis)
        ).items():
            invoices = self._invoices(group.move_id, age_basis)
            for schedule in group:
                holds = (Hold(schedule.hold_reason),) if schedule.hold_reason else ()
                invoice = replace(invoices[schedule.move_id.id], holds=holds)
                yield schedule, invoice, policies.of(schedule, cadence, send_on_issue)


class Policies:
    """The engine's Policy of schedules: many share company and terms."""

    def __init__(self, facts):
        self.facts = facts
        self.known = {}

    def of(self, schedule, cadence=None, send_on_issue=None):
        """Return the Policy of a schedule; with a cadence, as if it were given that with `send_on_issue` (R46)."""
        terms = cadence or schedule
        may_send = schedule._may_send(send_on_issue) if cadence else schedule.may_send_on_issue
        key = (schedule.company_id, terms.min_contact_days, terms.entry_point, may_send)
        if key not in self.known:
            self.known[key] = self.facts._policy(schedule.company_id, terms, may_send)
        return self.known[key]
