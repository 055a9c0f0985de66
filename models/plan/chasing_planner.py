from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from odoo import api, models

from ..common import bulk_sql, clock
from ..engine import timeline, transitions
from ..engine.definition import unplanned
from ..engine.facts import Hold, InvoiceFacts, Policy
from ..engine.instalments import due_day, in_order
from ..engine.states import ATTEMPTED, UNSENT
from ..policy.chasing_step_mixin import COPIED, TERMS
from .chasing_step import fact_of

SCHEDULE_COLUMNS = (
    "move_id",
    "company_id",
    "partner_id",
    "customer_id",
    "cadence_id",
    "assigned_by",
    "rule_id",
    "is_customised",
    "lifecycle",
    "may_send_on_issue",
    "send_on_issue",
    "sent_before",
    *TERMS,
    "planned_tz",
    "invoice_date",
    "due_date",
    "asked_date",
    "closure",
    "hold_reason",
    "status",
    "next_at",
    "is_prediction_stale",
    "amount_residual_signed",
    "responsible_id",
    "odoo_sent_at",
)
STEP_COLUMNS = (
    "schedule_id",
    *COPIED,
    "occurrence",
    "scheduled_at",
    "state",
    "reason_code",
    "start_date",
    "floor_date",
    "floor_hour",
    "run",
    "instalment",
)


class ChasingPlanner(models.AbstractModel):
    """Policy and invoices in, schedules out: translates records into the engine's facts and writes its plans down, for
    one invoice or a hundred thousand by the same set-based path (R20, R30, R31, R38)."""

    _name = "chasing.planner"
    _description = "Invoice Chasing Planner"

    @api.model
    def _policy(self, company, terms, may_send_on_issue=True):
        """What company and cadence decide, as engine facts.

        :param terms: a cadence, or the schedule that took its terms over
        """
        company = company.sudo()
        return Policy(
            timezone=company._chasing_timezone(),
            window_from=company.chasing_window_from,
            window_to=company.chasing_window_to,
            catchup_days=company.chasing_catchup_days,
            min_contact_days=terms.min_contact_days,
            entry_point=terms.entry_point or "next",
            may_send_on_issue=may_send_on_issue,
        )

    @api.model
    def _invoice_facts(self, moves, age_basis="invoice"):
        """{move id: InvoiceFacts}, with `closed` and `already_sent`; holds are the schedule's."""
        closures = moves._chasing_closures()
        instalments = {move_id: in_order(group) for move_id, group in moves._chasing_instalments().items()}
        schedules = self.env["chasing.schedule"].search_fetch(
            [("move_id", "in", moves.ids)], ["move_id", "first_sent_at", "sent_before", "used_up_lines"]
        )
        being_sent = schedules._being_sent()
        first_sent = {schedule.move_id.id: schedule._was_sent() or schedule in being_sent for schedule in schedules}
        used_up = {schedule.move_id.id: schedule.used_up_lines or () for schedule in schedules}
        return {
            move.id: InvoiceFacts(
                invoice_date=move.invoice_date or clock.today(move.company_id),
                due_date=due_day(instalments[move.id], age_basis, used_up.get(move.id, ())),
                asked_day=next((one.day for one in instalments[move.id] if one.is_open), None),
                posted=closures[move.id] != "draft",
                closed=closures[move.id] if closures[move.id] != "draft" else None,
                already_sent=first_sent.get(move.id, move.is_move_sent),
            )
            for move in moves
        }

    @api.model
    def _attach(self, moves, cadence, assigned_by, send_on_issue=None, rule=None):
        """Give invoices that have no schedule one, with the cadence's steps.

        Drafts get their steps unplanned (R31). Moves that are not chaseable (R30) or already closed are left alone.

        :param moves: account.move
        :param cadence: one chasing.cadence
        :param assigned_by: how the cadence was chosen, a value of chasing.schedule's field
        :param send_on_issue: whether an invoice older than the company's starting date may still get its on-issue
            message (R46); None: no
        :param rule: the chasing.rule that chose the cadence, if one did
        :return: the number of schedules made
        """
        return sum(
            self.with_company(company)._attach_company(
                company_moves, company, cadence, (assigned_by, rule.id if rule else None), send_on_issue
            )
            for company, company_moves in moves.grouped("company_id").items()
        )

    def _attach_company(self, moves, company, cadence, chosen_by, send_on_issue):
        self.env.flush_all()
        facts = self._invoice_facts(moves, cadence.age_basis)
        moves = moves.filtered(lambda move: move._chasing_is_chaseable() and not facts[move.id].closed)
        holds, mailed_at = moves._chasing_holds(), moves._chasing_mailed_at()
        plans, terms = NewPlans(self, company, cadence), cadence._terms().values()
        schedules, step_rows = [], []
        for move in moves:
            invoice = facts[move.id]
            may_send = bool(send_on_issue) or not company._chasing_is_before_start(invoice.invoice_date)
            plan = plans.of(invoice, may_send, holds.get(move.id))
            sending = (may_send, bool(send_on_issue), invoice.already_sent)
            origin = (cadence.id or None, *chosen_by, False, "running", *sending, *terms)
            dates = (company._chasing_timezone(), invoice.invoice_date, invoice.due_date, invoice.asked_day)
            standing = (None, holds.get(move.id)) if invoice.posted else ("draft", None)
            schedules.append((
                *(move.id, company.id, move.partner_id.id or None, move.partner_id.commercial_partner_id.id or None),
                *origin,
                *dates,
                *standing,
                *(plan.status, plan.next_at, False),
                move.amount_residual_signed,
                self.env["chasing.schedule"]._usual_responsible(cadence, move).id or None,
                mailed_at.get(move.id),
            ))
            step_rows.append(plan.rows)
        made = self._insert(schedules, step_rows)
        if cadence.age_basis == "instalment":
            made._note_instalments()
        moves.invalidate_recordset(["chasing_schedule_ids"])
        made.modified(["cadence_id", "status", "next_at"])
        self.env["chasing.money"]._moved(moves=moves.ids)
        self.env["chasing.prediction"]._changed(made)
        return len(made)

    def _insert(self, schedules, step_rows):
        """The schedules made of these rows, each with its step rows."""
        ids = bulk_sql.insert(self.env["chasing.schedule"], SCHEDULE_COLUMNS, schedules)
        plans = zip(ids, step_rows, strict=True)
        steps = [(schedule_id, *row) for schedule_id, rows in plans for row in rows]
        bulk_sql.insert(self.env["chasing.step"], STEP_COLUMNS, steps)
        return self.env["chasing.schedule"].browse(ids)

    @api.model
    def _replan(self, schedules, anew=False):
        """Put the unattempted steps where the invoice's dates and the company's zone want them now (R31, R38).

        :param anew: as if attached now: cancelled and missed steps too (R34, R36)
        :return: {schedule: the engine's changes that move something}; a draft invoice's steps have no place to leave
        """
        now = clock.now(self.env)
        steps = self.env["chasing.step"]._facts_of(schedules)
        changes = {
            schedule: timeline.replan(steps[schedule.id], facts, policy, now, anew=anew)
            for schedule, facts, policy in self._each(schedules)
            if facts.posted
        }
        schedules.step_ids._place_all([change for group in changes.values() for change in group])
        self._settle(schedules)
        return {schedule: [change for change in group if change.planned] for schedule, group in changes.items()}

    @api.model
    def _as_if_posted(self, schedules):
        """{step id: PlannedStep} of draft invoices' steps, where posting them now would put them (R31, R43)."""
        now = clock.now(self.env)
        steps = self.env["chasing.step"]._facts_of(schedules)
        return {
            change.key: change.planned
            for schedule, invoice, policy in self._each(schedules)
            for change in timeline.replan(steps[schedule.id], replace(invoice, posted=True), policy, now)
            if change.planned
        }

    @api.model
    def _change(self, schedules, wanted, entry_point=None, anew=False):
        """Turn the steps of schedules into the wanted ones; attempted ones stay (R20, R22, R39).

        :param wanted: list of (StepFacts, values of the step's own fields)
        :param entry_point: R43's, None: the cadence's; an edit goes on with the next step
        :param anew: chasing starts again, so that what stays is planned as if attached now (R36)
        """
        values = {facts.key: step_values for facts, step_values in wanted}
        dropped, moved, rows = [], [], []
        answering = defaultdict(list)
        compared = self._compared(schedules, [facts for facts, _values in wanted], entry_point, anew)
        for schedule, changes in compared.items():
            posted = schedule.closure != "draft"
            for change in changes:
                if change.action == "add":
                    place = (*_placing(change.planned, posted), schedule.run, schedule.instalment)
                    rows.append((schedule.id, *values[change.key].values(), *place))
                elif change.action == "drop":
                    dropped.append(change.key)
                else:
                    answering[change.wanted_key].append(change.key)
                    moved += [change] if posted else []
        steps = schedules.step_ids
        self._drop(steps.browse(dropped))
        staying = steps.exists() if dropped else steps
        for key, ids in answering.items():
            if key in values:
                staying.browse(ids).filtered(lambda step: step.state not in ATTEMPTED).write(values[key])
        staying._place_all(moved)
        self._add(schedules, rows)
        self._settle(schedules)

    def _drop(self, steps):
        """Delete steps that are not wanted any more. One of which something was handed over, which a hold took back,
        stays in the ledger, and so does the sheet that may have been printed of it (R36)."""
        tried = self.env["chasing.delivery"].search([("step_id", "in", steps.ids)]).step_id
        (steps - tried).unlink()
        tried.filtered(lambda step: step.state in UNSENT)._set_state("cancelled", "replaced")
        # no date brings it back
        tried.filtered(lambda step: step.reason_code in timeline.DATE_REASONS)._set_state("skipped", "replaced")

    @api.model
    def _start_runs(self, schedules):
        """Plan the age-based steps of schedules once more, for the instalment whose run begins: from the fitting step
        on (R7b, R43), from the next one if it had a run before, which sent what is past (R34)."""
        now, rows = clock.now(self.env), []
        for schedule, invoice, policy in self._each(schedules):
            lines = schedule.step_ids.filtered("is_by_age")
            had_one = schedule.instalment in lines.mapped("instalment")
            lines = lines.filtered(lambda step, schedule=schedule: step.run == schedule.run - 1)
            policy = replace(policy, entry_point="next" if had_one else "fitting")
            values = {step.id: step._columns() for step in lines}
            for planned in timeline.attach([unplanned(one) for one in lines._facts()], invoice, policy, now):
                place = (*_placing(planned, posted=True), schedule.run, schedule.instalment)
                rows.append((schedule.id, *values[planned.key], *place))
        self._add(schedules, rows)
        self._settle(schedules)

    def _add(self, schedules, rows):
        """Insert steps of schedules: rows in the order of STEP_COLUMNS."""
        if not rows:
            return
        self.env.flush_all()
        bulk_sql.insert(self.env["chasing.step"], STEP_COLUMNS, rows)
        schedules.modified(["step_ids"])

    @api.model
    def _compared(self, schedules, wanted, entry_point=None, anew=False):
        """{schedule: the engine's changes that turn its steps into the wanted ones, keyed by the steps' ids}."""
        return {
            schedule: [
                change if change.action == "add" else replace(change, key=ids[change.key])
                for change in comparison.changes
            ]
            for schedule, ids, comparison in self._comparisons(schedules, wanted, entry_point, anew=anew)
        }

    @api.model
    def _comparisons(self, schedules, wanted, entry_point=None, cadence=None, send_on_issue=None, anew=False):
        """(schedule, ids of its steps, Comparison with the wanted steps) of each; nothing is written. Schedules that
        stand alike share theirs.

        :param wanted: list of StepFacts, expanded
        :param entry_point: R43's for an invoice that is posted, None: the cadence's
        :param cadence: the one they would get, whose policy and age basis apply; None: the schedule's
        :param send_on_issue: R46, with a cadence
        :param anew: as if chasing started again (R36)
        """
        now, known = clock.now(self.env), {}
        rows_of = self.env["chasing.step"]._fact_rows_of(schedules)
        for schedule, invoice, policy in self._each(schedules, cadence, send_on_issue):
            # a draft's steps are placed when it is posted, where its cadence's own holds (R50b)
            if entry_point and schedule.closure != "draft":
                policy = replace(policy, entry_point=entry_point)
            ids = [step_id for step_id, *_values in rows_of[schedule.id]]
            values = tuple(tuple(values) for _step_id, *values in rows_of[schedule.id])
            key = (values, invoice, policy)
            if key not in known:
                steps = [fact_of(place, *step_values) for place, step_values in enumerate(values)]
                known[key] = Comparison(steps, timeline.compare(steps, wanted, invoice, policy, now, anew))
            yield schedule, ids, known[key]

    def _each(self, schedules, cadence=None, send_on_issue=None):
        """(schedule, InvoiceFacts, Policy) of each, read per company and age basis.

        :param cadence: as if they were given it, with `send_on_issue` (R46)
        """
        policies = self._policies()
        for (_company, age_basis), group in schedules.grouped(
            lambda one: (one.company_id, (cadence or one).age_basis)
        ).items():
            facts = self._invoice_facts(group.move_id, age_basis)
            for schedule in group:
                holds = (Hold(schedule.hold_reason),) if schedule.hold_reason else ()
                invoice = replace(facts[schedule.move_id.id], holds=holds)
                yield schedule, invoice, policies.of(schedule, cadence, send_on_issue)

    @api.model
    def _policies(self):
        """The policies of schedules, each worked out once."""
        return Policies(self)

    def _settle(self, schedules):
        """What planning leaves to do: a held schedule holds its new steps, and the zone planned for is noted."""
        schedules._hold_steps()
        self.env["chasing.prediction"]._changed(schedules)
        for company, group in schedules.grouped("company_id").items():
            group.write({"planned_tz": company._chasing_timezone()})


class Comparison(NamedTuple):
    """The StepFacts that schedules have, keyed by their place, and what turns them into others: the engine's changes,
    keyed by the place."""

    steps: list
    changes: tuple


class Policies:
    """The engine's Policy of schedules: many share company and terms."""

    def __init__(self, planner):
        self.planner = planner
        self.known = {}

    def of(self, schedule, cadence=None, send_on_issue=None):
        """The Policy of a schedule, as if it were given a cadence, with `send_on_issue` (R46), where there is one."""
        terms = cadence or schedule
        may_send = schedule._may_send(send_on_issue) if cadence else schedule.may_send_on_issue
        key = (schedule.company_id, terms.min_contact_days, terms.entry_point, may_send)
        if key not in self.known:
            self.known[key] = self.planner._policy(schedule.company_id, terms, may_send)
        return self.known[key]


def _placing(planned, posted):
    """A new step's place on the time line, in the order of STEP_COLUMNS; a draft invoice's step has none yet (R31).

    :param planned: facts.PlannedStep
    """
    if not posted:
        return (planned.occurrence, None, "draft", None, None, None, 0)
    return (
        planned.occurrence,
        planned.scheduled_at,
        planned.state,
        planned.reason_code,
        planned.start_date,
        *(planned.floor or (None, 0)),
    )


class Plan(NamedTuple):
    """A new schedule: its status, its next instant, and its step rows in the order of STEP_COLUMNS after the ids."""

    status: str
    next_at: datetime | None
    rows: list


class NewPlans:
    """The plans one cadence gives to new invoices of one company, each worked out once: invoices with the same dates
    share theirs, which is what makes a hundred thousand of them cheap."""

    def __init__(self, planner, company, cadence):
        self.now = clock.now(planner.env)
        self.templates = cadence.step_ids._templates()
        self.policies = {may_send: planner._policy(company, cadence, may_send) for may_send in (True, False)}
        self.known = {}

    def of(self, invoice, may_send_on_issue, hold):
        """The Plan of an invoice.

        :param invoice: facts.InvoiceFacts
        :param may_send_on_issue: R46
        :param hold: a reason code, or None
        """
        key = (invoice, may_send_on_issue, hold)
        if key not in self.known:
            self.known[key] = self._make(*key)
        return self.known[key]

    def _make(self, invoice, may_send_on_issue, hold):
        copied = {facts.key: values for facts, values in self.templates}
        steps = [facts for facts, _values in self.templates]
        if not invoice.posted:
            rows = [(*copied[step.key], step.occurrence, None, "draft", None, None, None, 0, 0, 0) for step in steps]
            return Plan("draft", None, rows)
        planned = timeline.attach(steps, invoice, self.policies[may_send_on_issue], self.now)
        rows, upcoming = [], []
        for step in planned:
            state, reason = step.state, step.reason_code
            if state == "planned":
                upcoming.append(step.scheduled_at)
                if hold:
                    state, reason = "held", hold
            floor_date, floor_hour = step.floor or (None, 0)
            rows.append((
                *copied[step.key],
                step.occurrence,
                step.scheduled_at,
                state,
                reason,
                step.start_date,
                floor_date,
                floor_hour,
                # of the first run; of which instalment is noted once they are there
                *(0, 0),
            ))
        status = transitions.status(transitions.StatusFacts(held=bool(hold), upcoming=len(upcoming)))
        return Plan(status, None if hold else min(upcoming, default=None), rows)
