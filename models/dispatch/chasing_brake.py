from operator import methodcaller

from odoo import api, models
from odoo.tools import SQL

from ..common import clock, isolation
from ..engine.facts import BRAKED
from ..engine.states import REACHING


class ChasingBrake(models.AbstractModel):
    """Let a run that would send more messages than its company allows wait for one click (R47).

    A message is what leaves for one contact through one channel. They are counted before anybody is looked up, so that
    a contact without an address counts too: the brake rather holds once too often.
    """

    _name = "chasing.brake"
    _description = "Invoice Chasing Brake"

    @api.model
    def _hold(self, now):
        """Hold what would be more than a company allows in one run, and tell its managers."""
        for company_id, schedule_ids, messages in self._excess(now):
            schedules = self.env["chasing.schedule"].browse(schedule_ids).try_lock_for_update()
            due = schedules.step_ids.filtered(lambda step: step.state == "planned" and step.scheduled_at <= now)
            due._set_state("held", BRAKED)
            if due:
                # What is held is held, whether anybody can be told or not.
                tell = methodcaller("_chasing_tell_brake", len(due.schedule_id), messages)
                isolation.run(self.env["res.company"].browse(company_id), tell)

    def _excess(self, now):
        """Return [(company id, ids of the schedules that are due, messages)] of the companies with too many.

        What a person let go does not count again.
        """
        due = SQL(
            """
            s.next_at <= %(now)s AND t.state = 'planned' AND t.scheduled_at <= %(now)s AND t.mode = 'auto'
            AND t.released_at IS NULL
            AND (t.trigger = 'on_issue' OR t.scheduled_at > %(now)s - make_interval(days => c.chasing_catchup_days + 1))
            """,
            now=now,
        )
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT company_id, array_agg(DISTINCT schedule_id), sum(messages)::int
                FROM (%s) AS going GROUP BY company_id, run_limit HAVING sum(messages) > run_limit
                """,
                self._going(due),
            )
        )

    @api.model
    def _count_held(self, companies):
        """Return (invoices, messages) that wait for a click in these companies."""
        held = SQL("t.state = 'held' AND t.reason_code = 'run_limit' AND s.company_id = ANY(%s)", companies.ids)
        self.env.flush_all()
        [counts] = self.env.execute_query(
            SQL(
                "SELECT count(DISTINCT schedule_id), COALESCE(sum(messages), 0)::int FROM (%s) AS going",
                self._going(held),
            )
        )
        return counts

    def _going(self, condition):
        """Return the SQL of the steps a run would send of those that meet a condition, with their messages' numbers.

        Of one invoice the newest goes, and what goes on issue (R40).
        """
        return SQL(
            """
            SELECT company_id, run_limit, schedule_id, messages
            FROM (
                SELECT s.company_id, c.chasing_run_limit AS run_limit, s.id AS schedule_id, t.trigger, t.scheduled_at,
                    max(t.scheduled_at) OVER (PARTITION BY s.id) AS newest_at,
                    %(messages)s AS messages
                FROM chasing_step t
                JOIN chasing_schedule s ON s.id = t.schedule_id
                JOIN res_company c ON c.id = s.company_id
                JOIN account_move m ON m.id = s.move_id
                CROSS JOIN LATERAL (
                    SELECT GREATEST(count(*), (t.role_id IS NULL)::int) AS contacts FROM res_partner p
                    WHERE p.commercial_partner_id = m.commercial_partner_id AND p.active AND CASE
                        WHEN t.role_id IS NULL THEN p.type = 'invoice'
                        ELSE EXISTS (
                            SELECT FROM chasing_contact_role_partner_rel r
                            WHERE r.partner_id = p.id AND r.role_id = t.role_id
                        )
                    END
                ) AS reader
                WHERE %(condition)s
            ) AS due
            WHERE scheduled_at = newest_at OR trigger = 'on_issue'
            """,
            messages=SQL(" + ").join(map(self._messages, self.env["chasing.channel"]._all().values())),
            condition=condition,
        )

    def _messages(self, channel):
        """Return the SQL of the number of messages that a step sends through a channel."""
        contacts = SQL("reader.contacts")
        if channel._uses_own_list:
            contacts = SQL(
                """
                CASE
                    WHEN s.use_own_contacts AND t.role_id IS NULL
                    THEN array_length(string_to_array(COALESCE(s.own_emails, ' '), '@'), 1) - 1
                    ELSE reader.contacts
                END
                """
            )
        return SQL("COALESCE(%s::int, 0) * %s", SQL.identifier("t", channel._box()), contacts)

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
