from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from odoo import api, models

from ..common import clock, formats
from ..common.wording import reason_text
from ..engine import definition, timeline
from ..engine.facts import InvoiceFacts
from ..engine.states import UNSENT

SAMPLE_DAYS = 30


class Outlook(NamedTuple):
    """Where one step would stand: its state, its reason code, its UTC instant, and the key it is known by."""

    state: str
    reason_code: str | None
    at: object
    key: object


class ChasingSimulation(models.AbstractModel):
    """What would happen if: the engine's answer to something nobody has saved yet, written nowhere (R24, R52). Whatever
    shows dates before they are real asks here, so that what is shown is what saving would do."""

    _name = "chasing.simulation"
    _description = "Invoice Chasing Forecast"

    # ------------------------------------------------------------------ the questions

    @api.model
    def _of_cadence(self, cadence, move=None, lines=None):
        """What a cadence, as it stands in the form, does to an invoice.

        :param move: the invoice; None: a sample dated today and due in 30 days
        :param lines: some of its lines; None: all
        :return: list of Outlook, keyed by (line id, occurrence); lines that make no sense yet are left out
        """
        facts = self.env["chasing.facts"].sudo()
        today = clock.today(cadence.company_id)
        invoice = InvoiceFacts(today, due_date=today + timedelta(SAMPLE_DAYS))
        if move:
            invoice = replace(facts._invoices(move.sudo(), cadence.age_basis)[move.id], posted=True, closed=None)
        return self._attached(
            self._expanded(lines or cadence.step_ids, in_cadence=True),
            invoice,
            facts._policy(cadence.company_id, cadence),
        )

    @api.model
    def _of_edit(self, schedule, lines, cadence=None):
        """What saving these lines does to a schedule; what posting does to a draft's.

        :param lines: a step mixin's records, saved or not
        :param cadence: the one it is to have from then on; None: its own
        :return: list of Outlook, keyed by (line id, occurrence), for steps that stay as they are by None
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
    def _of_assignment(self, moves, cadence, send_on_issue=False):
        """What giving these invoices a cadence does.

        :return: list of Outlook
        """
        planner, facts = self.env["chasing.planner"].sudo(), self.env["chasing.facts"].sudo()
        wanted = self._expanded(cadence.sudo().step_ids, in_cadence=True)
        chased = moves.sudo().chasing_schedule_ids
        found, known = [], {}
        for anew, schedules in chased.grouped("chosen_none").items():
            compared = planner._diffs(schedules, wanted, cadence=cadence, send_on_issue=send_on_issue, anew=anew)
            for _schedule, _ids, comparison in compared:
                key = (anew, id(comparison))
                if key not in known:
                    known[key] = self._after(comparison)
                found += known[key]
        for company, group in (moves.sudo() - chased.move_id).grouped("company_id").items():
            invoices = facts._invoices(group, cadence.age_basis)
            for move in group:
                may_send = send_on_issue or not company._chasing_is_before_start(move.invoice_date)
                key = (replace(invoices[move.id], posted=True), company, may_send)
                if key not in known:
                    known[key] = self._attached(wanted, key[0], facts._policy(company, cadence, may_send))
                found += known[key]
        return found

    @api.model
    def _of_start(self, company, cadence, start_date):
        """What switching chasing on does to the open invoices that are not chased yet: (how many invoices, Outlooks).

        Invoices with the same dates share their answer, so that any number of them is counted in a moment.
        """
        moves = self.env["account.move"].sudo().search(company._chasing_startable(start_date))
        invoices, found = 0, []
        for choice, group in moves._chasing_choices().items():
            given = cadence.sudo() if choice.assigned_by == "default" else choice.cadence
            if given:
                invoices += len(group)
                found += self._of_new(company, given, group)
        return invoices, found

    def _of_new(self, company, cadence, moves):
        """The Outlooks of open invoices of one company that get a cadence."""
        policy, found = self.env["chasing.facts"].sudo()._policy(company, cadence), []
        wanted = self._expanded(cadence.step_ids, in_cadence=True)
        for day, due, sent, count in moves._chasing_count_dates(cadence.age_basis):
            found += self._attached(wanted, InvoiceFacts(day, due_date=due, already_sent=sent), policy) * count
        return found

    # ------------------------------------------------------------------ the engine's answer

    def _expanded(self, lines, in_cadence=False):
        """The lines as engine facts that can be planned; one without a date yet, say, is left out."""
        return [
            replace(one, key=(facts.key, one.occurrence))
            for facts in lines._definitions()
            if not lines._problems([facts], in_cadence)
            for one in definition.expand(facts)
        ]

    def _attached(self, wanted, invoice, policy):
        return [
            Outlook(step.state, step.reason_code, step.scheduled_at, step.key)
            for step in timeline.attach(wanted, invoice, policy, clock.now(self.env))
        ]

    def _after(self, comparison):
        found = []
        for change in comparison.changes:
            if change.action == "drop":
                continue
            planned, key = change.planned, change.wanted_key
            if planned:
                found.append(Outlook(planned.state, planned.reason_code, planned.scheduled_at, key))
            else:
                step = comparison.steps[change.key]
                found.append(Outlook(step.state, step.reason_code, step.scheduled_at, key))
        return found

    # ------------------------------------------------------------------ in words

    @api.model
    def _summary(self, outlooks, timezone, held=0):
        """'4 will be sent, first Tue 24 Nov 09:00; 1 skipped; 2 of these invoices are held for now'.

        :param held: how many invoices are held, so that their messages may come later or never
        """
        going = [one for one in outlooks if one.state in UNSENT]
        skipped = sum(one.state == "skipped" for one in outlooks)
        now = clock.now(self.env)
        # what is overdue goes with the next run; what is held or waits for a person has lost its date when that is past
        dates = [max(one.at, now) for one in going if one.at and (one.at >= now or one.state == "planned")]
        first = min(dates, default=None)
        if not going:
            text = self.env._("Nothing will be sent")
        elif first:
            first_text = formats.instant(self.env, first, timezone, now)
            text = self.env._("%(count)s will be sent, first %(first)s", count=len(going), first=first_text)
        else:
            text = self.env._("%(count)s will be sent", count=len(going))
        if skipped:
            text = self.env._("%(text)s; %(skipped)s skipped", text=text, skipped=skipped)
        if going and held:
            text = self.env._("%(text)s; %(held)s of these invoices are held for now", text=text, held=held)
        return text

    @api.model
    def _held_count(self, moves):
        """How many of these invoices something holds: a switch of Odoo's, their customer, their company, a pause of
        their own or money in flight (R35, R37, R45, R47)."""
        moves = moves.sudo()
        paused = moves.chasing_schedule_ids.filtered("hold_reason").move_id
        return len({*moves._chasing_holds(), *paused.ids})

    @api.model
    def _own(self, outlooks, line):
        """Those of one line."""
        # the id of a record that was never saved does not equal itself
        return [one for one in outlooks if one.key and (one.key[0] is line.id or one.key[0] == line.id)]

    @api.model
    def _line_text(self, outlooks, timezone):
        """The live date of one line: that of its first occurrence that goes, and why none does."""
        if not outlooks:
            return ""
        going = [one for one in outlooks if one.state in UNSENT and one.at]
        one = min(going or outlooks, key=lambda outlook: (not outlook.at, outlook.at))
        text = formats.instant(self.env, one.at, timezone, clock.now(self.env))
        if going or one.state in UNSENT:
            return text
        if one.reason_code == "in_past":
            return self.env._("%(date)s: in the past, will be skipped", date=text)
        reason = (reason_text(self.env, one.reason_code) or "").partition(":")[0]
        return self.env._("%(date)s: will be skipped. %(reason)s", date=text, reason=reason)
