from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import NamedTuple

from odoo import api, models

from ..common import clock, formats
from ..common.wording import counted, reason_text
from ..engine import definition, levels, moments, timeline
from ..engine.facts import ON_ISSUE, InvoiceFacts
from ..engine.places import due_date
from ..engine.states import UNSENT

SAMPLE_DAYS = 30


class SimulatedStep(NamedTuple):
    """The place where one step would stand: its state, its reason code, its UTC instant and its key."""

    state: str
    reason_code: str | None
    at: object
    key: object


class ChasingSimulation(models.AbstractModel):
    """The engine's answer to something nobody has saved yet, written nowhere (R24, R52).

    Whatever shows dates before they are real asks here, so that what is shown is what saving would do.
    """

    _name = "chasing.simulation"
    _description = "Invoice Chasing Forecast"

    # ------------------------------------------------------------------ the questions

    @api.model
    def _of_cadence(self, cadence, move=None, lines=None):
        """Return what a cadence, as it stands in the form, does to an invoice.

        :param move: the invoice; None: a sample dated today and due in 30 days
        :param lines: some of its lines; None: all
        :return: list of SimulatedStep, keyed by (line id, occurrence); lines that make no sense yet are left out
        """
        return self._attached(
            self._expanded(lines or cadence.step_ids, in_cadence=True),
            self._sample_facts(cadence, move),
            self.env["chasing.facts"].sudo()._policy(cadence.company_id, cadence),
        )

    def _sample_facts(self, cadence, move):
        """Return the InvoiceFacts of an open invoice, or of the sample."""
        if move:
            facts = self.env["chasing.facts"].sudo()._invoices(move.sudo(), cadence.age_basis)[move.id]
            return replace(facts, posted=True, closed=None)
        today = clock.today(cadence.company_id)
        return InvoiceFacts(today, due_date=today + timedelta(SAMPLE_DAYS))

    @api.model
    def _since_issue(self, cadence, move=None, lines=None):
        """Return what a cadence does to an invoice that it chases from its issue: `_of_cadence` without a past."""
        issued = self._sample_facts(cadence, move).invoice_date
        return clock.at(self, clock.day_start(issued, cadence.company_id))._of_cadence(cadence, move, lines)

    @api.model
    def _kinds(self, cadence, move=None, lines=None):
        """Return {line id: level of its message} of an invoice that a cadence chases from its issue, by status (R70).

        :param move: the invoice; None: a sample
        :param lines: its lines; None: those that it has
        """
        lines = lines or cadence.step_ids
        invoice, simulated = self._sample_facts(cadence, move), self._since_issue(cadence, move, lines)
        zone, due, kinds = clock.zone(cadence.company_id), due_date(invoice), {}
        final = set(lines.filtered("is_final").mapped("id"))
        for place, step in enumerate(step for step in simulated if step.at):
            days_left = (due - moments.local(step.at, zone).date()).days
            kinds.setdefault(step.key[0], levels.of_days(days_left, step.key[0] in final) if place else "new")
        return {**kinds, **{line.id: "new" for line in lines if line.trigger == ON_ISSUE}}

    @api.model
    def _of_edit(self, schedule, lines, cadence=None):
        """Return what saving these lines does to a schedule; what posting does to a draft's.

        :param lines: a step mixin's records, saved or not
        :param cadence: the one it is to have from then on; None: its own
        :return: list of SimulatedStep, keyed by (line id, occurrence), for steps that stay as they are by None
        """
        wanted = self._expanded(lines)
        planner = self.env["chasing.planner"].sudo()
        schedule = schedule.sudo()
        compared = planner._diffs(
            schedule, wanted, entry_point="next", cadence=cadence, send_on_issue=schedule.send_on_issue
        )
        [(_schedule, _ids, comparison)] = compared
        return self._after(comparison)

    @api.model
    def _of_assignment(self, moves, cadence, send_on_issue=False, entry_point=None):
        """Return what giving these invoices a cadence does.

        :param entry_point: where it begins on an old invoice (R43), None: where the cadence says
        :return: {move id: list of SimulatedStep}, keyed by (cadence line, occurrence)
        """
        planner, facts = self.env["chasing.planner"].sudo(), self.env["chasing.facts"].sudo()
        cadence = cadence.sudo()
        wanted = self._expanded(cadence.step_ids, in_cadence=True)
        terms = SimpleNamespace(**cadence._terms_from(entry_point))
        chased = moves.sudo().chasing_schedule_ids
        simulated, answers = {}, {}
        for anew, schedules in chased.grouped("chosen_none").items():
            compared = planner._diffs(schedules, wanted, cadence=terms, send_on_issue=send_on_issue, anew=anew)
            for schedule, _ids, comparison in compared:
                key = (anew, id(comparison))
                if key not in answers:
                    answers[key] = self._after(comparison)
                simulated[schedule.move_id.id] = answers[key]
        for company, group in (moves.sudo() - chased.move_id).grouped("company_id").items():
            invoices = facts._invoices(group, terms.age_basis)
            for move in group:
                may_send = send_on_issue or not company._chasing_is_before_start(move.invoice_date)
                key = (replace(invoices[move.id], posted=True), company, may_send)
                if key not in answers:
                    answers[key] = self._attached(wanted, key[0], facts._policy(company, terms, may_send))
                simulated[move.id] = answers[key]
        return simulated

    @api.model
    def _of_own_steps(self, move, lines):
        """Return what steps of its own, without a cadence, do on an invoice that is not chased yet; see `_of_edit`."""
        move, facts = move.sudo(), self.env["chasing.facts"].sudo()
        terms = SimpleNamespace(**self.env["chasing.cadence"]._terms())
        invoice = replace(facts._invoices(move)[move.id], posted=True)
        may_send = not move.company_id._chasing_is_before_start(move.invoice_date)
        return self._attached(self._expanded(lines), invoice, facts._policy(move.company_id, terms, may_send))

    @api.model
    def _of_start(self, company, cadence, moves, entry_point=None):
        """Return what switching chasing on does to open invoices of a company that are not chased yet.

        Invoices with the same dates share their answer, so that any number of them is counted in a moment.

        :param cadence: the one that becomes the default
        :param entry_point: where older invoices begin (R43), None: these are none
        :return: (how many of them get a cadence, list of SimulatedStep)
        """
        invoices, simulated = 0, []
        for choice, group in moves._chasing_choices().items():
            given = cadence.sudo() if choice.assigned_by == "default" else choice.cadence
            if given:
                invoices += len(group)
                simulated += self._of_new(company, given, group, entry_point)
        return invoices, simulated

    def _of_new(self, company, cadence, moves, entry_point):
        """Return the SimulatedSteps of open invoices of one company that get a cadence."""
        policy, simulated = self.env["chasing.facts"].sudo()._policy(company, cadence), []
        if entry_point:
            policy = replace(policy, entry_point=entry_point, may_send_on_issue=False)
        wanted = self._expanded(cadence.step_ids, in_cadence=True)
        for day, due, sent, count in moves._chasing_count_dates(cadence.age_basis):
            simulated += self._attached(wanted, InvoiceFacts(day, due_date=due, already_sent=sent), policy) * count
        return simulated

    # ------------------------------------------------------------------ the engine's answer

    def _expanded(self, lines, in_cadence=False):
        """Return the lines as engine facts that can be planned; one without a date yet, say, is left out."""
        return [
            replace(step, key=(facts.key, step.occurrence))
            for facts in lines._definitions()
            if not lines._problems([facts], in_cadence)
            for step in definition.expand(facts)
        ]

    def _attached(self, wanted, invoice, policy):
        return [
            SimulatedStep(step.state, step.reason_code, step.scheduled_at, step.key)
            for step in timeline.attach(wanted, invoice, policy, clock.now(self.env))
        ]

    def _after(self, comparison):
        simulated = []
        for change in comparison.changes:
            # What a person asked for is none of the steps of a cadence, and stays (R102).
            if change.action == "drop" or (change.action != "add" and comparison.steps[change.key].by_hand):
                continue
            planned, key = change.planned, change.wanted_key
            if planned:
                simulated.append(SimulatedStep(planned.state, planned.reason_code, planned.scheduled_at, key))
            else:
                step = comparison.steps[change.key]
                simulated.append(SimulatedStep(step.state, step.reason_code, step.scheduled_at, key))
        return simulated

    # ------------------------------------------------------------------ in words

    @api.model
    def _summary(self, simulated, timezone, held=0):
        """Say it: '4 will be sent, first Tue 24 Nov 09:00; 1 skipped; 2 of these invoices are held for now'.

        :param held: how many invoices are held, so that their messages may come later or never
        """
        going = [step for step in simulated if step.state in UNSENT]
        skipped = sum(step.state == "skipped" for step in simulated)
        now = clock.now(self.env)
        # What is overdue goes with the next run; what is held or waits for a person loses its date when that is past.
        dates = [max(step.at, now) for step in going if step.at and (step.at >= now or step.state == "planned")]
        first = min(dates, default=None)
        if not going:
            text = self.env._("Nothing will be sent")
        elif first:
            first_text = formats.instant(self.env, first, timezone, now)
            text = self.env._(
                "%(count)s will be sent, first %(first)s", count=formats.number(self.env, len(going)), first=first_text
            )
        else:
            text = self.env._("%(count)s will be sent", count=formats.number(self.env, len(going)))
        if skipped:
            text = self.env._("%(text)s; %(skipped)s skipped", text=text, skipped=formats.number(self.env, skipped))
        if going and held:
            one = self.env._("%(text)s; 1 of these invoices is held for now")
            many = self.env._("%(text)s; %(count)s of these invoices are held for now")
            text = counted(self.env, held, one, many, text=text)
        return text

    @api.model
    def _held_count(self, moves):
        """Return how many of these invoices something holds.

        It is a switch of Odoo's, their customer, their company, a pause of their own or money in flight (R35,
        R37, R45, R47).
        """
        moves = moves.sudo()
        paused = moves.chasing_schedule_ids.filtered("hold_reason").move_id
        return len({*moves._chasing_holds(), *paused.ids})

    @api.model
    def _own(self, simulated, line):
        """Return those of step line."""
        # The id of a record that was never saved does not equal itself.
        return [step for step in simulated if step.key and (step.key[0] is line.id or step.key[0] == line.id)]

    @api.model
    def _line_text(self, simulated, timezone):
        """Return the live date of step line: that of its first occurrence that goes, and why none does."""
        if not simulated:
            return ""
        going = [step for step in simulated if step.state in UNSENT and step.at]
        step = min(going or simulated, key=lambda step: (not step.at, step.at))
        text = formats.instant(self.env, step.at, timezone, clock.now(self.env))
        if going or step.state in UNSENT:
            return text
        if step.reason_code == "in_past":
            return self.env._("%(date)s: in the past, will be skipped", date=text)
        reason = (reason_text(self.env, step.reason_code) or "").partition(":")[0]
        return self.env._("%(date)s: will be skipped. %(reason)s", date=text, reason=reason)
