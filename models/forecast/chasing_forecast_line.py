from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..common import clock, trusted_context
from ..common.wording import reason_text
from ..engine import moments
from ..engine.states import LIVE, OPEN_STATUSES, UPCOMING

DAYS = 30
OUTCOMES = [
    ("goes", "Will Be Sent"),
    ("asks", "Needs Approval"),
    ("held", "Held"),
    ("fails", "Will Fail"),
    ("left", "Will Be Skipped"),
]
# STEPS: every step to come before an instant: what becomes of it by itself, why not, and when. What is overdue goes
# with the next run if it is the newest and not too late (R40); a hold skips what it outlasts, except on issue, which
# goes when it ends (R8, R35b); what follows one that asks waits with it (R101). A hold ends at the schedule's next
# instant, but for money, which is looked at before it may go.
STEPS = """
    SELECT t.id, t.trigger, t.hour, t.role_id, t.unreached, t.prediction_code IS NULL AS is_fine,
        %(boxes)s,
        s.id AS schedule_id, s.move_id, s.partner_id, s.cadence_id, s.company_id,
        s.amount_residual_signed AS amount, s.min_contact_days, s.due_date, s.odoo_sent_at,
        zone.tz, zone.shift, zone.today, standing.outcome,
        CASE
            WHEN s.lifecycle = 'disabled' THEN 'stopped'
            WHEN asked.since < t.scheduled_at AND standing.outcome = 'asks' THEN 'behind_waiting'
            WHEN standing.outcome = 'asks' THEN 'waiting_for_person'
            ELSE t.reason_code
        END AS reason_code,
        GREATEST(
            t.scheduled_at,
            %(now)s,
            CASE WHEN t.trigger = 'on_issue' THEN hold.ends_at + make_interval(hours => c.chasing_window_from) END
        ) AS starts_at
    FROM chasing_step t
    JOIN chasing_schedule s ON s.id = t.schedule_id
    JOIN res_company c ON c.id = s.company_id
    JOIN %(zones)s AS zone (company_id, tz, shift, today) ON zone.company_id = s.company_id
    CROSS JOIN LATERAL (
        -- What the brake holds waits for its click, whatever ends before.
        SELECT CASE WHEN t.state = 'held' AND t.reason_code IS DISTINCT FROM 'run_limit' THEN
            CASE
                WHEN s.hold_reason = s.money_hold THEN s.money_until
                WHEN s.hold_reason IS NOT NULL THEN s.next_at
            END
        END AS ends_at
    ) AS hold
    LEFT JOIN (
        SELECT schedule_id, min(scheduled_at) AS since
        FROM chasing_step JOIN chasing_schedule own ON own.id = schedule_id
        WHERE state IN %(upcoming)s AND (mode <> 'auto' OR state = 'waiting') AND scheduled_at < %(until)s AND (
            state = 'held' AND scheduled_at < CASE
                WHEN own.hold_reason = own.money_hold THEN own.money_until
                WHEN own.hold_reason IS NOT NULL THEN own.next_at
            END
        ) IS NOT TRUE
        GROUP BY schedule_id
    ) AS asked ON asked.schedule_id = s.id
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN s.lifecycle = 'disabled' THEN 'held'
            WHEN t.state = 'waiting' THEN 'asks'
            WHEN t.state = 'held' AND hold.ends_at IS NULL THEN 'held'
            WHEN t.trigger <> 'on_issue' AND t.scheduled_at < hold.ends_at THEN 'left'
            WHEN t.mode <> 'auto' OR asked.since < t.scheduled_at THEN 'asks'
            ELSE 'goes'
        END AS outcome
    ) AS standing
    WHERE t.state IN %(upcoming)s AND t.scheduled_at < %(until)s
        AND (s.status IN %(open)s OR s.lifecycle = 'disabled' AND s.closure IS NULL AND s.chosen_none IS NOT TRUE)
        AND CASE
            WHEN t.scheduled_at >= %(now)s OR t.state = 'waiting' OR asked.since < t.scheduled_at THEN TRUE
            WHEN standing.outcome = 'held' THEN t.trigger = 'on_issue' OR t.reason_code = 'run_limit'
            WHEN standing.outcome = 'left' THEN FALSE
            ELSE t.trigger = 'on_issue' OR NOT EXISTS (
                SELECT FROM chasing_step newer
                WHERE newer.schedule_id = t.schedule_id AND newer.state = 'planned'
                    AND newer.scheduled_at <= %(now)s AND newer.scheduled_at > t.scheduled_at
            ) AND GREATEST(t.scheduled_at, t.released_at) >= %(now)s - make_interval(days => c.chasing_catchup_days)
        END
"""
# DELAYED: those that would go, of the invoices with a contact delay, each with what it uses up of its day (R42).
DELAYED = """
    SELECT *, array_remove(ARRAY[%(uses)s], NULL) AS uses
    FROM step
    WHERE min_contact_days > 0 AND outcome = 'goes' AND (%(is_reached)s)
"""
# WALK: run after run, always the first of those that are left, with the day of the last contact and what that used up.
# What comes too soon after it goes back into the queue at its new place; so does what was moved to a day that is used
# up (R17). A row with an id says where that step ends.
WALK = """
    SELECT schedule_id, array_agg(id ORDER BY starts_at, id) AS ids, array_agg(starts_at ORDER BY starts_at, id) AS ats,
        array_agg(id) FILTER (WHERE reason_code = 'contact_delay') AS moved,
        GREATEST(
            (SELECT max(d.local_day) FROM chasing_delivery d
             WHERE d.schedule_id = delayed.schedule_id AND d.state IN %(live)s AND d.taken_back_at IS NULL
                AND d.is_internal IS NOT TRUE),
            (odoo_sent_at + shift)::date
        ) AS last_day,
        ARRAY(
            SELECT concat_ws(' ', other.role_id, d.channel)
            FROM chasing_delivery d JOIN chasing_step other ON other.id = d.step_id
            WHERE d.schedule_id = delayed.schedule_id AND d.local_day = today
                AND d.state IN %(live)s AND d.taken_back_at IS NULL AND d.is_internal IS NOT TRUE
        ) || CASE WHEN (odoo_sent_at + shift)::date = today THEN %(used_by_odoo)s::text[] END AS used,
        NULL::timestamp AS last_at, NULL::int AS id, NULL::timestamp AS at, FALSE AS is_over
    FROM delayed
    GROUP BY schedule_id, odoo_sent_at, shift, today
    UNION ALL
    SELECT walk.schedule_id,
        CASE WHEN moved_to IS NULL THEN ids[2:] ELSE ARRAY(
            SELECT i FROM unnest(ids, ats) WITH ORDINALITY AS queue (i, a, n)
            ORDER BY CASE WHEN n = 1 THEN moved_to ELSE a END, i
        ) END,
        CASE WHEN moved_to IS NULL THEN ats[2:] ELSE ARRAY(
            SELECT CASE WHEN n = 1 THEN moved_to ELSE a END
            FROM unnest(ids, ats) WITH ORDINALITY AS queue (i, a, n) ORDER BY 1, i
        ) END,
        CASE WHEN moved_to IS NULL THEN moved ELSE moved || next.id END,
        CASE WHEN goes THEN day ELSE last_day END,
        CASE WHEN goes THEN used_today || uses ELSE used END,
        CASE WHEN goes THEN ats[1] ELSE last_at END,
        CASE WHEN moved_to IS NULL THEN next.id END,
        ats[1],
        judged.is_over
    FROM walk
    JOIN delayed AS next ON next.id = ids[1]
    CROSS JOIN LATERAL (SELECT (ats[1] + shift)::date AS day) AS place
    CROSS JOIN LATERAL (SELECT CASE WHEN last_day = day THEN used ELSE '{}' END AS used_today) AS known
    CROSS JOIN LATERAL (SELECT uses <@ used_today AS is_second) AS limited
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN is_second THEN CASE WHEN next.id = ANY(moved) THEN day + min_contact_days END
            WHEN trigger <> 'on_issue' AND ats[1] IS DISTINCT FROM last_at AND last_day + min_contact_days > day
            THEN last_day + min_contact_days
        END AS allowed
    ) AS rule
    CROSS JOIN LATERAL (
        SELECT allowed IS NULL AND NOT is_second AS goes,
            COALESCE(trigger = 'before_due' AND allowed > due_date, FALSE) AS is_over
    ) AS judged
    CROSS JOIN LATERAL (
        SELECT CASE WHEN NOT judged.is_over
            THEN (allowed + make_interval(hours => hour)) AT TIME ZONE tz AT TIME ZONE 'UTC' END AS moved_to
    ) AS dropped
"""
# ORDERED: where each step has its place in the end, and how many that go to the same contacts on that day through each
# channel come before it (R17).
ORDERED = """
    SELECT *, %(earlier)s
    FROM (
        SELECT step.*, place.at, (place.at + shift)::date AS day, walk.at <> step.starts_at AS is_moved,
            walk.is_over IS TRUE AS is_over, outcome = 'goes' AND walk.is_over IS NOT TRUE AS goes
        FROM step
        LEFT JOIN walk ON walk.id = step.id
        CROSS JOIN LATERAL (SELECT COALESCE(walk.at, step.starts_at) AS at) AS place
    ) AS step
    WINDOW earlier AS (
        PARTITION BY schedule_id, day, role_id ORDER BY at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
"""
# LINES: what becomes of each channel of a step, and why.
LINES = """
    WITH RECURSIVE step AS MATERIALIZED (%(steps)s), delayed AS (%(delayed)s), walk AS (%(walk)s)
    SELECT id * %(channel_count)s + array_position(%(codes)s, channel) AS id, at AS scheduled_at, channel,
        id AS step_id, schedule_id, move_id, partner_id, cadence_id, company_id, amount,
        CASE
            WHEN outcome IN ('held', 'left') THEN outcome
            WHEN problem IS NOT NULL THEN CASE WHEN is_fine THEN 'left' ELSE 'fails' END
            WHEN outcome = 'asks' THEN outcome
            WHEN is_over OR is_second THEN 'left'
            ELSE 'goes'
        END AS outcome,
        CASE
            WHEN outcome IN ('held', 'left') THEN reason_code
            WHEN problem IS NOT NULL THEN problem
            WHEN outcome = 'asks' THEN reason_code
            WHEN is_second AND NOT is_over THEN 'already_contacted_today'
            WHEN is_moved OR is_over THEN 'contact_delay'
        END AS reason_code
    FROM (
        SELECT *, unreached ->> channel AS problem,
            earlier[array_position(%(codes)s, channel)] > 0
            OR day = today AND EXISTS (
                SELECT FROM chasing_delivery d JOIN chasing_step other ON other.id = d.step_id
                WHERE d.schedule_id = step.schedule_id AND d.local_day = day AND d.channel = step.channel
                    AND d.state IN %(live)s AND d.taken_back_at IS NULL AND d.is_internal IS NOT TRUE
                    AND other.role_id IS NOT DISTINCT FROM step.role_id AND other.id <> step.id
            ) AS is_second
        FROM (
            SELECT *, unnest(array_remove(ARRAY[%(chosen)s], NULL)) AS channel
            FROM (%(ordered)s) AS step
            WHERE at < %(until)s
        ) AS step
    ) AS step
"""


class ChasingForecastLine(models.Model):
    """A message of the next days, before it happens, by day, channel and cadence; and why it will not leave.

    It says what the runs will do if nobody acts and nothing changes. What follows a step that asks stands on its
    present date, though it will move.
    """

    _name = "chasing.forecast.line"
    _inherit = ["chasing.list.mixin"]
    _description = "Chasing Forecast"
    _auto = False
    _order = "scheduled_at, id"
    _instant_field = "scheduled_at"
    _inner_fields = frozenset({"is_today", "is_tomorrow", "is_next_week", "reason_code"})

    scheduled_at = fields.Datetime("When", readonly=True)
    channel = fields.Selection(
        lambda self: self.env["chasing.delivery"]._fields["channel"]._description_selection(self.env), readonly=True
    )
    outcome = fields.Selection(OUTCOMES, readonly=True)
    reason_code = fields.Char(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    step_id = fields.Many2one("chasing.step", readonly=True)
    schedule_id = fields.Many2one("chasing.schedule", "Chasing", readonly=True)
    move_id = fields.Many2one("account.move", "Invoice", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    cadence_id = fields.Many2one("chasing.cadence", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    # It is the invoice's at each of its messages: no sum of these means anything.
    amount = fields.Monetary("Outstanding", readonly=True, aggregator=None)

    is_tomorrow = fields.Boolean("Tomorrow", store=False, search="_search_is_tomorrow", exportable=False)
    is_next_week = fields.Boolean("Next 7 Days", store=False, search="_search_is_next_week", exportable=False)

    def _search_is_tomorrow(self, operator, value):
        return self._search_days(operator, value, 1, 2)

    def _search_is_next_week(self, operator, value):
        """Find what has its place on one of seven days, today the first of them."""
        return self._search_days(operator, value, 0, 7)

    def _search_days(self, operator, value, start, end):
        if operator != "in":
            return NotImplemented
        domain = self._local_days(start, end, clock.today)
        return domain if True in value else ~domain

    @api.model
    def _until_tomorrow(self):
        """Return the model, its lines no further than tomorrow's: they are there sooner than those of all days."""
        ends = [
            moments.instant(clock.today(companies[0]) + timedelta(2), 0, timezone)
            for timezone, companies in self._zones().items()
        ]
        return trusted_context.put(self, chasing_forecast_until=max(ends))

    @api.depends("reason_code", "step_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        for line in self:
            line.reason = reason_text(self.env, line.reason_code, line._reason_values())

    def _reason_values(self):
        """Return what the sentence of the reason says."""
        step, code = self.step_id, self.reason_code
        if code == "no_role_contact":
            return {"role": step.role_id.name}
        return {step.prediction_code: step.prediction_values, step.reason_code: step.reason_values}.get(code)

    def action_open_invoice(self):
        """Open the invoice, where its chasing is steered."""
        return self.schedule_id.action_open_invoice()

    @property
    def _table_query(self):
        """Return a line for each channel of each step to come.

        Of those that go to the same contacts through the same channel on one day, the first is the one that
        goes (R17).
        """
        # Compiling the statement would take longer than running it.
        self.env.cr.execute("SET LOCAL jit = off")
        now = clock.now(self.env)
        values = {
            "now": now,
            "until": trusted_context.get(self.env, "chasing_forecast_until", now + timedelta(DAYS)),
            "zones": self._shifts(),
            "upcoming": UPCOMING,
            "open": OPEN_STATUSES,
            "live": LIVE,
            **self._channel_parts(),
        }
        return SQL(
            LINES,
            steps=SQL(STEPS, **values),
            delayed=SQL(DELAYED, **values),
            walk=SQL(WALK, **values),
            ordered=SQL(ORDERED, **values),
            **values,
        )

    def _channel_parts(self):
        """Return {name: SQL} of all that asks channel by channel: which are chosen, and which of them reach anybody."""
        channels, boxes = self.env["chasing.channel"]._all(), self.env["chasing.channel"]._boxes()
        reached = {
            code: SQL("%s AND (unreached ->> %s) IS NULL", SQL.identifier(box), code) for code, box in boxes.items()
        }
        counts = [SQL("count(*) FILTER (WHERE goes AND %s) OVER earlier", condition) for condition in reached.values()]
        chosen = [SQL("CASE WHEN %s THEN %s END", SQL.identifier(box), code) for code, box in boxes.items()]
        uses = [
            SQL("CASE WHEN %s THEN concat_ws(' ', role_id, %s) END", SQL.identifier(box), code)
            for code, box in boxes.items()
        ]
        return {
            "boxes": SQL(", ").join(SQL.identifier("t", box) for box in boxes.values()),
            "chosen": SQL(", ").join(chosen),
            "uses": SQL(", ").join(uses),
            "is_reached": SQL(" OR ").join(reached.values()),
            "earlier": SQL("ARRAY[%s] AS earlier", SQL(", ").join(counts)),
            "codes": SQL("ARRAY[%s]", SQL(", ").join(SQL("%s", code) for code in channels)),
            "channel_count": len(channels),
            "used_by_odoo": [code for code, channel in channels.items() if channel._used_by_odoo],
        }

    def _shifts(self):
        """Return (company id, zone, how far its clock is ahead today, its date) of every company, as SQL.

        To ask the zone for every step takes longer than all the rest.
        """
        now, rows = clock.now(self.env), []
        for timezone, companies in self._zones().items():
            local = moments.local(now, timezone)
            shift = local.replace(tzinfo=None) - now.replace(microsecond=0)
            rows += [SQL("(%s, %s, %s, %s)", company.id, timezone, shift, local.date()) for company in companies]
        return SQL("(VALUES %s)", SQL(", ").join(rows))
