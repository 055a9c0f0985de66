from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..common import clock, trusted_context
from ..common.wording import reason_text
from ..engine import moments

DAYS = 30
OUTCOMES = [
    ("goes", "Will Be Sent"),
    ("asks", "Needs Approval"),
    ("held", "Held"),
    ("fails", "Will Fail"),
    ("left", "Will Be Skipped"),
]


class ChasingForecastLine(models.Model):
    """A message of the next days, before it happens, by day, channel and cadence; and why it will not leave.

    It says what the runs will do if nobody acts and nothing changes, as the engine foretold it (`chasing.forecast.
    message`). What follows a step that asks stands on its present date, though it will move.
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

    def _zone(self):
        """Tell the instant of a step that has a zone of its own in that (R102)."""
        return self.step_id.sudo().zone or super()._zone()

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

    @api.model
    def _bring_up_to_date(self):
        """Foretell before what has changed, for those who may read it."""
        super()._bring_up_to_date()
        if self.browse().has_access("read"):
            self.env["chasing.forecast.message"].sudo()._catch_up(self.env.companies)

    @property
    def _table_query(self):
        """Return a line for each message to come; one that should have left already goes with the next run."""
        now = clock.now(self.env)
        return SQL(
            """
            SELECT m.id, GREATEST(m.at, %(now)s) AS scheduled_at, GREATEST(m.day, %(today)s) AS day,
                m.channel, m.outcome, m.reason_code, m.step_id, m.schedule_id, m.company_id,
                s.move_id, s.partner_id, s.cadence_id, s.amount_residual_signed AS amount
            FROM chasing_forecast_message AS m LEFT JOIN chasing_schedule AS s ON s.id = m.schedule_id
            WHERE (m.until IS NULL OR m.until >= %(now)s) AND m.at < %(until)s
            """,
            now=now,
            today=self._today_sql(),
            until=trusted_context.get(self.env, "chasing_forecast_until", now + timedelta(DAYS)),
        )

    def _today_sql(self):
        """Return SQL of the present date on the clock of a message's company."""
        companies = self.env["res.company"].sudo().search([])
        days = companies.grouped(clock.today)
        if len(days) == 1:
            return SQL("%s::date", *days)
        return SQL(
            "CASE %s END",
            SQL(" ").join(SQL("WHEN m.company_id IN %s THEN %s::date", group._ids, day) for day, group in days.items()),
        )

    def _local_day_sql(self, alias):
        return SQL.identifier(alias, "day")
