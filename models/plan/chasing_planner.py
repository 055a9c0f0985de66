import json
from collections import defaultdict
from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, models
from odoo.fields import Domain

from ..common import batches, bulk_sql, clock, formats, isolation
from ..engine import timeline
from ..engine.definition import unplanned
from ..engine.facts import PAID_IN_PART, InvoiceFacts, StepFacts
from ..engine.holds import in_order
from ..engine.states import ATTEMPTED, OPEN_STATUSES, UNSENT
from .new_plans import NewPlan, NewPlans, placement_values

# So many schedules are planned again in one transaction: whoever pays one of them meanwhile waits for no more.
REPLAN_BATCH_SIZE = 100


class NewCase(NamedTuple):
    """An invoice that gets a schedule: what the engine knows of it, what holds it, and its plan."""

    move: models.Model
    cadence: models.Model
    invoice: InvoiceFacts
    instalment_count: int
    holds: tuple
    may_send: bool
    plan: NewPlan


class ChasingPlanner(models.AbstractModel):
    """Policy and invoices in, schedules out (R20, R30, R31, R38).

    It asks the engine for plans and writes them down, for one invoice or a hundred thousand by the same set-based path.
    """

    _name = "chasing.planner"
    _description = "Invoice Chasing Planner"

    # ------------------------------------------------------------------ new schedules

    @api.model
    def _attach(self, moves, cadence, assigned_by, send_on_issue=None, **values):
        """Give invoices that have no schedule one, with the cadence's steps.

        Drafts get their steps unplanned (R31). Moves that are not chaseable (R30) or already closed are left alone.

        :param moves: account.move
        :param cadence: one chasing.cadence
        :param assigned_by: how the cadence was chosen, a value of chasing.schedule's field
        :param send_on_issue: whether an invoice older than the company's starting date may still get its on-issue
            message (R46); None: no
        :param values: column values that all new schedules get besides
        :return: the number of schedules made
        """
        given = {"assigned_by": assigned_by, "send_on_issue": bool(send_on_issue), **values}
        return sum(
            self.with_company(company)._attach_company(company_moves, company, cadence, given)
            for company, company_moves in moves.grouped("company_id").items()
        )

    def _attach_company(self, moves, company, cadence, given, even_closed=False):
        self.env.flush_all()
        cases = self._new_cases(moves, company, cadence, given["send_on_issue"], given.get("entry_point"), even_closed)
        if not cases:
            return 0
        moves = moves.browse(case.move.id for case in cases)
        shared = {**self._shared_values(company, cadence), **given}
        made = self._insert([{**shared, **values} for values in self._schedule_values(cases)], cases)
        if cadence.age_basis == "instalment":
            # Which instalment its steps ask for is noted when what is pending is worked out.
            for name in ("next_run_date", "status"):
                self.env.add_to_compute(made._fields[name], made)
        moves.invalidate_recordset(["chasing_schedule_ids"])
        made.modified(["cadence_id", "status", "next_at"])
        self.env["chasing.money"]._moved(moves=moves.ids)
        self._after_planning(made)
        return len(made)

    def _new_cases(self, moves, company, cadence, send_on_issue, entry_point=None, even_closed=False):
        """Return a NewCase for each of a company's invoices that can be chased.

        :param even_closed: also those of which nothing is due
        """
        plans, instalments = NewPlans(self.env, company, cadence, entry_point), moves._chasing_instalments()
        invoices = self.env["chasing.facts"]._invoices(moves, cadence.age_basis, instalments)
        moves = moves.filtered(lambda one: one._chasing_is_chaseable() and (even_closed or not invoices[one.id].closed))
        holds, cases = moves._chasing_holds(), []
        for move in moves:
            invoice, told = invoices[move.id], in_order(holds.get(move.id, ()))
            may_send = send_on_issue or not company._chasing_is_before_start(invoice.invoice_date)
            plan, count = plans.of(invoice, may_send, told), len(instalments[move.id])
            cases.append(NewCase(move, cadence, invoice, count, told, may_send, plan))
        return cases

    @api.model
    def _schedule_values(self, cases):
        """Return the column values of a new schedule for each case, the same columns for all.

        Hook: a room adds the columns of its own fields, extended by people, dispatch.

        :param cases: list of NewCase of one company and cadence
        """
        return [self._own_schedule_values(case) for case in cases]

    def _shared_values(self, company, cadence):
        """Return the column values that all new schedules of a company and cadence have in common."""
        return {
            "company_id": company.id,
            "cadence_id": cadence.id or None,
            "is_customised": False,
            "lifecycle": "running",
            "has_by_hand": False,
            **cadence._terms(),
            "planned_tz": company._chasing_timezone(),
            "is_prediction_stale": False,
        }

    def _own_schedule_values(self, case):
        move, invoice = case.move, case.invoice
        hold = case.holds[0] if case.holds and invoice.posted else None
        return {
            "move_id": move.id,
            "partner_id": move.partner_id.id or None,
            "customer_id": move.partner_id.commercial_partner_id.id or None,
            "may_send_on_issue": case.may_send,
            "sent_before": invoice.already_sent,
            "invoice_date": invoice.invoice_date,
            "due_date": invoice.due_date,
            "asked_date": invoice.asked_day,
            "partial_days": json.dumps([day.isoformat() for day in invoice.partial_days])
            if invoice.partial_days
            else None,
            "instalment_count": case.instalment_count,
            "closure": (invoice.closed or None) if invoice.posted else "draft",
            "hold_reason": hold and hold.code,
            "hold_values": json.dumps(hold.values) if hold and hold.values else None,
            "status": case.plan.status,
            "next_at": case.plan.next_at,
            "amount_residual_signed": move.amount_residual_signed,
        }

    def _insert(self, schedules, cases):
        """Insert schedules with these values, and the steps that their cases have planned."""
        ids = bulk_sql.insert_values(self.env["chasing.schedule"], schedules)
        rows = [
            {"schedule_id": schedule_id, **row}
            for schedule_id, case in zip(ids, cases, strict=True)
            for row in case.plan.rows
        ]
        bulk_sql.insert_values(self.env["chasing.step"], rows)
        return self.env["chasing.schedule"].browse(ids)

    # ------------------------------------------------------------------ plans that change

    @api.model
    def _replan(self, schedules, anew=False):
        """Put the unattempted steps where the invoice's dates and the company's zone want them now (R31, R38).

        :param anew: as if attached now: cancelled and missed steps too (R34, R36)
        :return: {schedule: the engine's changes that move something}; a draft invoice's steps have no place to leave
        """
        now, facts = clock.now(self.env), self.env["chasing.facts"]
        steps = facts._steps(schedules)
        changes = {
            schedule: timeline.replan(steps[schedule.id], invoice, policy, now, anew=anew)
            for schedule, invoice, policy in facts._cases(schedules)
            if invoice.posted
        }
        schedules.step_ids._apply_changes([change for group in changes.values() for change in group])
        self._finish(schedules)
        return {schedule: [change for change in group if change.planned] for schedule, group in changes.items()}

    @api.model
    def _replan_and_log(self, schedules):
        """Plan as in `_replan`, and note on the invoices what moved."""
        before, texts = {step.id: step.scheduled_at for step in schedules.step_ids}, {}
        # Of many schedules most have the same dates, and to write one out takes longer than to find it.
        tell = cache(partial(formats.dated_instant, self.env))
        for schedule, changes in self._replan(schedules).items():
            moved = [
                change
                for change in changes
                if before[change.key]
                and (change.planned.state == "skipped" or change.planned.scheduled_at != before[change.key])
            ]
            if moved:
                texts[schedule.move_id.id] = self._describe_changes(schedule, moved, before, tell)
        schedules._log(texts)

    def _describe_changes(self, schedule, changes, before, tell):
        """Return one line for each step that moved: its name, old and new local time.

        :param before: {step id: where it was}
        :param tell: takes an instant and a zone, gives the text
        """
        timezone = schedule.company_id._chasing_timezone()
        steps = {step.id: step for step in schedule.step_ids}
        # What waits after a payment goes all the same.
        reasons = {step.id: step.reason_code != PAID_IN_PART and step.reason for step in schedule.step_ids}
        lines = [
            self.env._(
                "%(step)s: %(old)s → %(new)s",
                step=steps[change.key].step_label,
                old=tell(before[change.key], timezone),
                new=reasons[change.key] or tell(change.planned.scheduled_at, timezone),
            )
            for change in changes
        ]
        return Markup("<br/>").join([self.env._("The schedule was recalculated."), *lines])

    @api.model
    def _cron_replan(self):
        """Plan open schedules again after a change of their company's zone (R38)."""
        zones = self.env["res.company"].search([]).grouped(lambda company: company._chasing_timezone())
        stale = Domain("status", "in", OPEN_STATUSES) & Domain.OR(
            Domain("company_id", "in", companies.ids) & Domain("planned_tz", "!=", zone)
            for zone, companies in zones.items()
        )
        failed, reached = [], 0

        def search(after, limit):
            rest = stale & Domain("id", "not in", failed) & Domain("id", ">", after)
            return self.env["chasing.schedule"].search(rest, order="id", limit=limit)

        def next_batch():
            nonlocal reached
            # Those before are done, but for what others were faster with.
            batch = search(reached, REPLAN_BATCH_SIZE) or search(0, REPLAN_BATCH_SIZE)
            reached = batch[-1:].id or 0
            return batch

        def replan(schedules):
            isolation.run(schedules, lambda part: part._replan(), lambda schedule, _error: failed.append(schedule.id))
            return len(schedules)

        # How many are left would be counted anew for every batch: that some are is all that is asked.
        batches.run(self.env, next_batch, replan, lambda: len(search(reached, 1) or search(0, 1)))

    @api.model
    def _as_if_posted(self, schedules):
        """Return {step id: PlannedStep} of draft invoices' steps, where posting them now would put them (R31, R43)."""
        now, facts = clock.now(self.env), self.env["chasing.facts"]
        steps = facts._steps(schedules)
        return {
            change.key: change.planned
            for schedule, invoice, policy in facts._cases(schedules)
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
        changes_of = self._changes(schedules, [facts for facts, _values in wanted], entry_point, anew)
        for schedule, changes in changes_of.items():
            posted = schedule.closure != "draft"
            for change in changes:
                if change.action == "add":
                    rows.append(self._new_step_values(schedule, values[change.key], change.planned, posted))
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
        staying._apply_changes(moved)
        self._add(schedules, rows)
        self._finish(schedules)

    def _new_step_values(self, schedule, copied, planned, posted=True):
        """Return the column values of a step that a schedule gets.

        :param copied: those it takes over from a line
        :param planned: facts.PlannedStep
        :param posted: a draft invoice's step has no place yet (R31)
        """
        run = {"run": schedule.run, "instalment": schedule.instalment}
        return {"schedule_id": schedule.id, **copied, **placement_values(planned, posted), **run}

    def _drop(self, steps):
        """Delete steps that are not wanted any more.

        One of which something was handed over, which a hold took back, stays in the ledger, and so does the sheet that
        may have been printed of it (R36).
        """
        tried = steps._with_history()
        (steps - tried).unlink()
        tried.filtered(lambda step: step.state in UNSENT)._set_state("cancelled", "replaced")
        # No date brings it back.
        tried.filtered(lambda step: step.reason_code in timeline.DATE_REASONS)._set_state("skipped", "replaced")

    @api.model
    def _start_runs(self, schedules):
        """Plan the age-based steps of schedules once more, for the instalment whose run begins (R7b).

        They begin with the fitting step (R43), with the next one if it had a run before, which sent what is past (R34).
        """
        now, rows = clock.now(self.env), []
        for schedule, invoice, policy in self.env["chasing.facts"]._cases(schedules):
            lines = schedule.step_ids.filtered("is_by_age")
            had_one = schedule.instalment in lines.mapped("instalment")
            lines = lines.filtered(lambda step, schedule=schedule: step.run == schedule.run - 1)
            policy = replace(policy, entry_point="next" if had_one else "fitting")
            values = {step.id: step._columns() for step in lines}
            for planned in timeline.attach([unplanned(facts) for facts in lines._facts()], invoice, policy, now):
                rows.append(self._new_step_values(schedule, values[planned.key], planned))
        self._add(schedules, rows)
        self._finish(schedules)

    def _add(self, schedules, rows):
        """Insert steps of schedules, each given by its column values."""
        if not rows:
            return
        self.env.flush_all()
        bulk_sql.insert_values(self.env["chasing.step"], rows)
        schedules.modified(["step_ids"])

    # ------------------------------------------------------------------ what would change

    @api.model
    def _changes(self, schedules, wanted, entry_point=None, anew=False):
        """Return {schedule: the engine's changes that turn its steps into the wanted ones, keyed by the steps' ids}."""
        return {
            schedule: [
                change if change.action == "add" else replace(change, key=ids[change.key]) for change in diff.changes
            ]
            for schedule, ids, diff in self._diffs(schedules, wanted, entry_point, anew=anew)
        }

    @api.model
    def _diffs(self, schedules, wanted, entry_point=None, cadence=None, send_on_issue=None, anew=False):
        """Yield (schedule, ids of its steps, Diff from the wanted steps) of each; nothing is written.

        Schedules that stand alike share theirs.

        :param wanted: list of StepFacts, expanded
        :param entry_point: R43's for an invoice that is posted, None: the cadence's
        :param cadence: the one they would get, whose policy and age basis apply; None: the schedule's
        :param send_on_issue: R46, with a cadence
        :param anew: as if chasing started again (R36)
        """
        now, known, facts = clock.now(self.env), {}, self.env["chasing.facts"]
        boxes, rows_of = self.env["chasing.step"]._channel_boxes(), facts._step_rows(schedules)
        for schedule, invoice, policy in facts._cases(schedules, cadence, send_on_issue):
            # A draft's steps are placed when it is posted, where its cadence's own holds (R50b).
            if entry_point and schedule.closure != "draft":
                policy = replace(policy, entry_point=entry_point)
            ids = [row.pop("id") for row in rows_of[schedule.id]]
            key = (tuple(tuple(row.values()) for row in rows_of[schedule.id]), invoice, policy)
            if key not in known:
                rows = enumerate(rows_of[schedule.id])
                steps = [StepFacts.from_row({"id": place, **row}, boxes) for place, row in rows]
                known[key] = Diff(steps, timeline.compare(steps, wanted, invoice, policy, now, anew))
            yield schedule, ids, known[key]

    # ------------------------------------------------------------------ afterwards

    def _finish(self, schedules):
        """Hold the new steps of schedules that are held, and note the zone that was planned for."""
        self.env["chasing.hold"]._hold_steps(schedules)
        self._after_planning(schedules)
        for company, group in schedules.grouped("company_id").items():
            group.write({"planned_tz": company._chasing_timezone()})

    @api.model
    def _after_planning(self, schedules):
        """Tell that the steps of these schedules were planned.

        Hook: extended by forecast.
        """


class Diff(NamedTuple):
    """The StepFacts that schedules have, and what turns them into others: the engine's changes.

    Both are keyed by the steps' places.
    """

    steps: list
    changes: tuple
