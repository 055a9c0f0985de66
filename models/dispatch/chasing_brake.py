from collections import defaultdict
from datetime import datetime, timedelta
from operator import methodcaller
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..common import clock, isolation
from ..engine import verdict
from ..engine.facts import BRAKED
from ..engine.states import REACHING

QUARTER = timedelta(minutes=15)


class Tally(NamedTuple):
    """Hold what the brake has found out in one run, by the quarter of an hour and the schedule.

    :param exact: {quarter: {schedule id: {step id: messages}}}
    :param most: {quarter: {schedule id: messages it cannot exceed}}
    """

    exact: dict
    most: dict


class ChasingBrake(models.AbstractModel):
    """Let a run that would send more messages than its company allows wait for one click (R47).

    A message is what leaves for one contact through one channel. They are counted as the run itself finds them: by the
    engine's verdict on each step that is due, and by whom the address book then finds for it. One that is going to fail
    counts too, for what it lacks may be there in a minute: the brake rather holds once too often.
    """

    _name = "chasing.brake"
    _description = "Invoice Chasing Brake"

    @api.model
    def _hold(self, now, tally):
        """Hold what would be more than a company allows in one run, and tell its managers.

        :param tally: the run's Tally
        """
        # What is known is asked anew when something else may have become due: steps stand at quarters of an hour.
        when = now - (now - datetime.min) % QUARTER
        exact, most = (known.setdefault(when, {}) for known in tally)
        for company, schedules in self._due(now).items():
            limit, ids = company.chasing_run_limit, schedules.ids
            most |= self._most(schedules.browse(one for one in ids if one not in exact and one not in most), now)
            if sum(sum(exact[one].values()) if one in exact else most[one] for one in ids) <= limit:
                continue
            for chunk in schedules.browse(one for one in ids if one not in exact)._in_chunks():
                exact |= self._messages(chunk, now)
            messages = {step_id: number for one in ids for step_id, number in exact[one].items()}
            if sum(messages.values()) > limit:
                self._hold_due(schedules, now, messages)

    def _most(self, schedules, now):
        """Return {schedule id: messages} that a run cannot exceed, whoever they are for: that is cheap to know.

        Nobody but the customer's contacts, the addresses of an own list and our own people gets any (R64), each of them
        at every address that stands on the contact (R60).
        """
        if not schedules:
            return {}
        colleagues = self.env["chasing.contact.role.holder"].sudo().search_count([])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT s.id, due.steps * %(channels)s * (
                    %(own)s + GREATEST(%(first)s, 1) + tree.addresses
                    + %(colleagues)s * (
                        SELECT GREATEST(max(%(any)s), 1) FROM res_users u JOIN res_partner p ON p.id = u.partner_id
                        WHERE u.share IS NOT TRUE
                    )
                )
                FROM chasing_schedule s JOIN account_move m ON m.id = s.move_id
                LEFT JOIN res_partner first ON first.id = m.partner_id
                CROSS JOIN LATERAL (
                    SELECT COALESCE(sum(GREATEST(%(any)s, 1)), 0)::int AS addresses FROM res_partner p
                    WHERE p.commercial_partner_id = m.commercial_partner_id
                ) AS tree
                CROSS JOIN LATERAL (
                    SELECT count(*) AS steps FROM chasing_step t WHERE t.schedule_id = s.id
                    AND t.state = 'planned' AND t.scheduled_at <= %(now)s AND (t.is_by_hand IS NOT TRUE OR t.is_thanks)
                ) AS due
                WHERE s.id = ANY(%(schedules)s)
                """,
                channels=len(self.env["chasing.channel"]._all()),
                own=_addresses_sql(SQL("s.own_emails")),
                first=_addresses_sql(SQL("first.email")),
                any=_addresses_sql(SQL("p.email")),
                colleagues=colleagues,
                schedules=schedules.ids,
                now=now,
            )
        )
        return dict.fromkeys(schedules.ids, 0) | dict(rows)

    def _due(self, now):
        """Return {company: its schedules of which something is due}."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL("SELECT company_id, array_agg(id) FROM chasing_schedule WHERE next_at <= %s GROUP BY company_id", now)
        )
        companies, schedules = self.env["res.company"], self.env["chasing.schedule"]
        return {companies.browse(company_id): schedules.browse(ids) for company_id, ids in rows}

    def _messages(self, schedules, now):
        """Return {schedule id: {step id: messages}} of what is due; what a person let go does not count again."""
        due = self._due_steps(schedules, now)
        due = (due - due._blocked_by_waiting()).with_company(schedules.company_id)
        channels = {
            step: decision.channels
            for step, decision in due._verdicts(now).items()
            if isinstance(decision, verdict.Send) and not step.released_at
        }
        messages = {schedule_id: defaultdict(int) for schedule_id in schedules.ids}
        going = due.browse(step.id for step in channels)
        found = self.env["chasing.address.book"]._addressed(going, dict.fromkeys(going, now), channels)
        for (step, _channel), resolution in found.items():
            messages[step.schedule_id.id][step.id] += len(resolution.recipients)
        return messages

    def _due_steps(self, schedules, now):
        # Somebody asked for what is sent by hand (R102).
        return (
            self.env["chasing.step"]._due(schedules, now).filtered(lambda step: not step.is_by_hand or step.is_thanks)
        )

    def _hold_due(self, schedules, now, messages):
        """Hold what is due of these schedules, each step with the number of its messages."""
        due = self._due_steps(schedules.try_lock_for_update(), now)
        for number, steps in due.grouped(lambda step: messages.get(step.id, 0)).items():
            steps._set_state("held", BRAKED, {"messages": number})
        if due:
            # What is held is held, whether anybody can be told or not.
            tell = methodcaller("_chasing_tell_brake", len(due.schedule_id), sum(messages.values()))
            isolation.run(schedules.company_id, tell)

    @api.model
    def _count_held(self, companies):
        """Return (invoices, messages) that wait for a click in these companies, as they were counted when held."""
        self.env.flush_all()
        [counts] = self.env.execute_query(
            SQL(
                """
                SELECT count(DISTINCT t.schedule_id),
                    COALESCE(sum(COALESCE((t.reason_values ->> 'messages')::int, 1)), 0)::int
                FROM chasing_step t JOIN chasing_schedule s ON s.id = t.schedule_id
                WHERE t.state = 'held' AND t.reason_code = %s AND s.company_id = ANY(%s)
                """,
                BRAKED,
                companies.ids,
            )
        )
        return counts

    # ------------------------------------------------------------------ letting go

    @api.model
    def _release(self, companies):
        """Let go what the brake holds in these companies, however long it waited.

        What something newer about the same invoice has overtaken stays behind (R40).
        """
        steps = (
            self.env["chasing.step"]
            .sudo()
            .search([("company_id", "in", companies.ids), ("state", "=", "held"), ("reason_code", "=", BRAKED)])
        )
        overtaken = self._overtaken(steps)
        overtaken._set_state("skipped", "too_late")
        released = steps - overtaken
        released._set_state("planned", released_at=clock.now(self.env))
        self.env["chasing.hold"]._hold_steps(released.schedule_id)
        released.schedule_id._log(
            self.env._("Held by the maximum messages per run. Chasing continues once they are released.")
        )

    def _overtaken(self, steps):
        newest = dict(
            self.env["chasing.step"]
            .sudo()
            ._read_group(
                [("schedule_id", "in", steps.schedule_id.ids), ("state", "in", REACHING)],
                ["schedule_id"],
                ["scheduled_at:max"],
            )
        )
        return steps.filtered(
            lambda step: step.trigger != "on_issue"
            and newest.get(step.schedule_id, step.scheduled_at) > step.scheduled_at
        )


def _addresses_sql(text):
    """Return SQL of how many e-mail addresses a text, given as SQL, can hold at most."""
    text = SQL("COALESCE(%s, '')", text)
    return SQL("(length(%s) - length(replace(%s, '@', '')))", text, text)
