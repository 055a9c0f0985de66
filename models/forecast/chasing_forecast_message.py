from dataclasses import replace

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common import batches, clock, isolation
from ..engine import forecast
from ..engine.states import ONGOING, OPEN_STATUSES, UPCOMING

# So many invoices are foretold again for whoever looks at the forecast; more than that in the background.
READ_LIMIT = 200
BATCH_SIZE = 1000
COLUMNS = {
    "step_id": SQL("int4"),
    "channel": SQL("varchar"),
    "schedule_id": SQL("int4"),
    "company_id": SQL("int4"),
    "at": SQL("timestamp"),
    "day": SQL("date"),
    "outcome": SQL("varchar"),
    "reason_code": SQL("varchar"),
    "until": SQL("timestamp"),
}
KEY = ("step_id", "channel")


class ChasingForecastMessage(models.Model):
    """A message to come, as the engine foretold it: what becomes of one step through one channel.

    It is kept until something changes that it depends on. Then its invoice is marked, and foretold again by the
    scheduled action, or by whoever looks before that. What has left, or will not, is gone from here at once.
    """

    _name = "chasing.forecast.message"
    _description = "Message to Come"
    _log_access = False

    step_id = fields.Many2one("chasing.step", required=True, ondelete="cascade", readonly=True)
    schedule_id = fields.Many2one("chasing.schedule", required=True, ondelete="cascade", index=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade", readonly=True)
    channel = fields.Char(required=True, readonly=True)
    # Where it stands, in UTC and on the company's clock.
    at = fields.Datetime(required=True, readonly=True)
    day = fields.Date(required=True, readonly=True)
    outcome = fields.Char(required=True, readonly=True)
    reason_code = fields.Char(readonly=True)
    # Until when it is still to come if no run has come to it; empty: for ever.
    until = fields.Datetime(readonly=True)
    _one_per_channel = models.UniqueIndex("(step_id, channel)")
    _in_time = models.Index("(company_id, at)")
    _going = models.Index("(company_id, at) WHERE outcome = 'goes'")

    # ------------------------------------------------------------------ for those who look

    @api.model
    def _catch_up(self, companies):
        """Foretell what changed in these companies since the last time, if it is little.

        Much is left to the scheduled action.
        """
        self.env.flush_all()
        self.env["chasing.forecast.change"]._mark()
        stale = self._stale(companies, limit=READ_LIMIT + 1)
        if len(stale) > READ_LIMIT:
            self._ask_for_work()
        elif stale:
            # Of several pages that are read at once one foretells, and the others wait and read what it found.
            self._refresh_each(stale, is_waiting=True)

    @api.model
    def _count_stale(self, companies):
        """Return of how many invoices what is told may have changed, after the few that whoever looks foretells."""
        self._catch_up(companies)
        stale = Domain("is_forecast_stale", "=", True) | Domain("is_prediction_stale", "=", True)
        stale &= Domain("company_id", "in", companies.ids)
        if outdated := companies.sudo().filtered("chasing_is_outdated"):
            stale |= Domain("company_id", "in", outdated.ids) & Domain("status", "in", OPEN_STATUSES)
        return self.env["chasing.schedule"].sudo().search_count(stale)

    @api.model
    def _count_missing(self, companies):
        """Return of how many invoices nothing is told, since that broke the last time."""
        missing = [("is_forecast_missing", "=", True), ("company_id", "in", companies.ids)]
        return self.env["chasing.schedule"].sudo().search_count(missing)

    @api.model
    def _next_at(self, companies, now):
        """Return the UTC instant of the next message that goes by itself, None if there is none.

        One that should have left before goes with the next run.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT min(next.at) FROM unnest(%s) AS company (id), LATERAL (
                    SELECT at FROM chasing_forecast_message
                    WHERE company_id = company.id AND outcome = 'goes' AND (until IS NULL OR until >= %s)
                    ORDER BY at LIMIT 1
                ) AS next
                """,
                companies.ids,
                now,
            )
        )
        return rows[0][0]

    def _stale(self, companies=None, limit=None):
        domain = [("is_forecast_stale", "=", True)]
        if companies is not None:
            domain.append(("company_id", "in", companies.ids))
        return self.env["chasing.schedule"].sudo().search(domain, order="id", limit=limit)

    def _ask_for_work(self):
        cron = self.env.ref("invoice_chasing.ir_cron_predict").sudo()
        if not self.env["ir.cron.trigger"].sudo().search_count([("cron_id", "=", cron.id)], limit=1):
            cron._trigger()

    # ------------------------------------------------------------------ in the background

    @api.model
    def _task(self):
        """Return the batches.Task that foretells what is marked."""
        schedules = self.env["chasing.schedule"].sudo()

        def next_batch():
            self.env["chasing.forecast.change"]._mark()
            return self._stale(limit=BATCH_SIZE)

        return batches.Task(
            next_batch, self._refresh_each, lambda: schedules.search_count([("is_forecast_stale", "=", True)])
        )

    def _refresh_each(self, schedules, is_waiting=False):
        """Foretell these, and return of how many it is known now; one that breaks it stops no other (R82).

        :param is_waiting: see `_refresh`
        """
        broken = []
        done = isolation.run(
            schedules,
            lambda part: self._refresh(part, is_waiting),
            lambda schedule, _error: broken.append(self._give_up(schedule)),
        )
        return sum(done) + sum(broken)

    def _give_up(self, schedule):
        """Tell nothing of a schedule until it changes, or is tried again at night, rather than what is not true."""
        free = self._free(schedule)
        self._keep(free, [])
        self.env["chasing.forecast.change"]._forget(free)
        free.write({"is_forecast_stale": False, "is_forecast_missing": True})
        return len(free)

    # ------------------------------------------------------------------ what the engine says

    @api.model
    def _refresh(self, schedules, is_waiting=False):
        """Ask the engine what becomes of the steps of these schedules, keep it, and return of how many.

        It takes a number of queries that does not grow with them. Nobody is kept waiting while the engine is asked.

        :param is_waiting: those that others are changing at this moment are waited for, and the transaction is then
            refused and begins anew; else they stay as they are, and marked
        """
        schedules = schedules.sudo()
        told = dict(self._foretold(schedules.filtered(lambda one: one.has_by_hand or one._is_foretold())))
        if is_waiting:
            self._wait_for(schedules)
        free = self._free(schedules)
        rows = [
            (message.key, message.channel, schedule.id, schedule.company_id.id, message.at,
             clock.local_day(message.at, schedule.company_id), message.outcome, message.reason_code, message.until)
            for schedule in free
            for message in told.get(schedule, ())
        ]  # fmt: skip
        self._keep(free, rows)
        self.env["chasing.forecast.change"]._forget(free)
        free.filtered("is_forecast_stale").is_forecast_stale = False
        free.filtered("is_forecast_missing").is_forecast_missing = False
        return len(free)

    def _free(self, schedules):
        """Lock those of these that nobody else is changing, nor what all of a company depends on, and return them.

        Where that was changed since this transaction began, it is refused, and begins anew.
        """
        free = schedules.try_lock_for_update(allow_referencing=True)
        companies = SQL(
            "SELECT id FROM res_company WHERE id = ANY(%s) ORDER BY id FOR SHARE SKIP LOCKED", free.company_id.ids
        )
        self.env.cr.execute(companies, log_exceptions=False)
        settled = self.env["res.company"].browse(company_id for (company_id,) in self.env.cr.fetchall())
        return free.filtered(lambda schedule: schedule.company_id in settled)

    def _wait_for(self, schedules):
        """Wait for those who are changing these schedules.

        The transaction is then refused and begins anew, as is to be expected here: the log need not tell of it.
        """
        rows = SQL("SELECT id FROM chasing_schedule WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", schedules.ids)
        self.env.cr.execute(rows, log_exceptions=False)

    def _foretold(self, schedules):
        """Yield (schedule, the engine's Messages) of those that have steps to come."""
        now, facts = clock.now(self.env), self.env["chasing.facts"]
        steps, every = {}, facts._steps(schedules)
        for schedule in schedules:
            steps[schedule.id] = schedule._foretold_steps(every[schedule.id])
        going = schedules.filtered(lambda schedule: any(step.state in UPCOMING for step in steps[schedule.id]))
        histories, problems = going._contact_histories(now), self._problems(going)
        for schedule, invoice, policy in facts._cases(going):
            outlook = forecast.Outlook(
                invoice=replace(invoice, holds=schedule._foretold_holds()),
                policy=policy,
                now=now,
                history=histories[schedule.id],
                held_at=schedule.held_at or None,
                stopped=schedule.lifecycle not in ONGOING,
                **problems,
            )
            yield schedule, forecast.foretell(steps[schedule.id], outlook)

    def _problems(self, schedules):
        """Return what an engine Outlook holds of what was predicted of these schedules' steps, by its names."""
        self.env["chasing.step"].flush_model(["unreached", "copied", "prediction_code"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id, unreached, copied, prediction_code FROM chasing_step"
                " WHERE schedule_id = ANY(%s) AND state IN %s AND (unreached IS NOT NULL OR copied IS NOT NULL)",
                schedules.ids,
                UPCOMING,
            )
        )
        return {
            "unreached": {step_id: channels for step_id, channels, _copied, _code in rows if channels},
            "failing": frozenset(step_id for step_id, channels, _copied, code in rows if channels and code),
            "copied": {step_id: frozenset(channels) for step_id, _unreached, channels, _code in rows if channels},
        }

    # ------------------------------------------------------------------ keeping it

    def _keep(self, schedules, rows):
        """Let these rows be all that is kept of schedules; what is the same already is not written again."""
        arrays = [
            SQL("%s::%s[]", list(column), kind)
            for column, kind in zip(zip(*rows, strict=True) if rows else [()] * len(COLUMNS), COLUMNS.values())
        ]
        names, others = list(map(SQL.identifier, COLUMNS)), [name for name in COLUMNS if name not in KEY]
        self.env.execute_query(
            SQL(
                """
                WITH given (%(names)s) AS (SELECT * FROM unnest(%(arrays)s)), gone AS (
                    DELETE FROM chasing_forecast_message AS old WHERE old.schedule_id = ANY(%(schedules)s)
                        AND NOT EXISTS (
                            SELECT FROM given WHERE given.step_id = old.step_id AND given.channel = old.channel
                        )
                )
                INSERT INTO chasing_forecast_message (%(names)s)
                SELECT %(given)s FROM given
                LEFT JOIN chasing_forecast_message AS old
                    ON old.step_id = given.step_id AND old.channel = given.channel
                WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
                ORDER BY given.at, given.step_id, given.channel
                ON CONFLICT (step_id, channel) DO UPDATE SET (%(changed)s) = ROW(%(excluded)s)
                RETURNING id
                """,
                names=SQL(", ").join(names),
                arrays=SQL(", ").join(arrays),
                schedules=schedules.ids,
                given=SQL(", ").join(SQL.identifier("given", name) for name in COLUMNS),
                old=SQL(", ").join(SQL.identifier("old", name) for name in others),
                new=SQL(", ").join(SQL.identifier("given", name) for name in others),
                changed=SQL(", ").join(map(SQL.identifier, others)),
                excluded=SQL(", ").join(SQL.identifier("excluded", name) for name in others),
            )
        )

    @api.model
    def _forget(self, steps):
        """Keep nothing of steps that are not to come any more."""
        self.env.execute_query(
            SQL("DELETE FROM chasing_forecast_message WHERE step_id = ANY(%s) RETURNING id", steps.ids)
        )
