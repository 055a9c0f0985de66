from odoo import api, fields, models
from odoo.tools import SQL

from .chasing_delivery import CHANNELS
from .chasing_schedule import OPEN_STATUSES, UPCOMING
from .sentences import sentence

DAYS = 30


class ChasingOutlook(models.Model):
    """What goes out in the next days, by day, channel and cadence, before it happens; and why the rest will not."""

    _name = "chasing.outlook"
    _inherit = ["chasing.company.clock"]
    _description = "Chasing Forecast"
    _auto = False
    _order = "scheduled_at, id"
    _instant_field = "scheduled_at"

    scheduled_at = fields.Datetime("When", readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    outcome = fields.Selection(
        [("goes", "Goes Out"), ("asks", "Waits for a Person"), ("held", "Held"), ("fails", "Will Fail")], readonly=True
    )
    reason_code = fields.Char(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    values = fields.Json(readonly=True)
    step_id = fields.Many2one("chasing.step", readonly=True)
    schedule_id = fields.Many2one("chasing.schedule", "Chasing", readonly=True)
    move_id = fields.Many2one("account.move", "Invoice", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    cadence_id = fields.Many2one("chasing.cadence", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary("Outstanding", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT t.id * 3 + c.number AS id, t.scheduled_at, c.channel, t.id AS step_id, s.id AS schedule_id,
                s.move_id, s.partner_id, s.cadence_id, s.company_id, s.amount_residual_signed AS amount,
                COALESCE(
                    t.prediction_code,
                    CASE WHEN t.state <> 'planned' THEN t.reason_code WHEN w.since IS NOT NULL THEN 'behind_waiting' END
                ) AS reason_code,
                CASE WHEN t.prediction_code IS NOT NULL THEN t.prediction_values ELSE t.reason_values END AS values,
                CASE
                    WHEN t.state = 'held' THEN 'held'
                    WHEN t.prediction_code IS NOT NULL THEN 'fails'
                    WHEN t.state = 'waiting' OR t.mode <> 'auto' OR w.since IS NOT NULL THEN 'asks'
                    ELSE 'goes'
                END AS outcome
            FROM chasing_step t
            JOIN chasing_schedule s ON s.id = t.schedule_id AND s.status IN %(open)s
            LEFT JOIN (
                SELECT schedule_id, min(scheduled_at) AS since FROM chasing_step
                WHERE state = 'waiting' GROUP BY schedule_id
            ) AS w ON w.schedule_id = s.id AND w.since < t.scheduled_at
            CROSS JOIN LATERAL (
                VALUES (0, 'email', t.channel_email), (1, 'sms', t.channel_sms), (2, 'letter', t.channel_letter)
            ) AS c (number, channel, used)
            WHERE c.used AND t.state IN %(upcoming)s
                AND t.scheduled_at < (now() AT TIME ZONE 'UTC') + make_interval(days => %(days)s)
            """,
            open=tuple(OPEN_STATUSES),
            upcoming=tuple(UPCOMING),
            days=DAYS,
        )

    @api.depends("reason_code", "values")
    @api.depends_context("lang")
    def _compute_reason(self):
        for line in self:
            line.reason = sentence(self.env, line.reason_code, line.values)

    def action_open_invoice(self):
        """The invoice, where its chasing is steered."""
        return self.schedule_id.action_open_invoice()
