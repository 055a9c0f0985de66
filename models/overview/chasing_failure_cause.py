from odoo import api, fields, models
from odoo.tools import SQL

from ..common import client_actions
from ..common.wording import reason_text
from ..engine.states import OPEN_STATUSES, UPCOMING
from ..forecast.chasing_prediction import OF_THE_COMPANY

# Reason codes of what is put right in the settings of the company instead of on a contact.
IN_SETTINGS = (*OF_THE_COMPANY, "quiet_hours")


class ChasingFailureCause(models.Model):
    """List what will fail by cause (R96): one line for each thing to put right, and how much that saves."""

    _name = "chasing.failure.cause"
    _inherit = ["chasing.list.mixin"]
    _description = "Delivery Problems"
    _auto = False
    _order = "first_at, id"
    _instant_field = "first_at"

    reason_code = fields.Char(readonly=True)
    cause = fields.Char(compute="_compute_cause")
    cure_in = fields.Char(compute="_compute_cause")
    partner_id = fields.Many2one("res.partner", "Contact", readonly=True)
    about = fields.Char(readonly=True, help="The address that is to be mended, or the channel on which there is none.")
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    step_count = fields.Integer("Messages Affected", readonly=True)
    invoice_count = fields.Integer("Invoices", readonly=True)
    amount = fields.Monetary("Outstanding", readonly=True)
    first_at = fields.Datetime("First Message", readonly=True)
    values = fields.Json(readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT min(id) AS id, reason_code, partner_id, about, company_id,
                (array_agg(values ORDER BY id))[1] AS values,
                sum(steps)::int AS step_count, count(*)::int AS invoice_count, sum(residual) AS amount,
                min(first_at) AS first_at
            FROM (
                SELECT min(t.id) AS id, t.prediction_code AS reason_code, p.id AS partner_id,
                    COALESCE(t.prediction_values->>'address', t.prediction_values->>'channel') AS about, s.company_id,
                    (array_agg(t.prediction_values))[1] AS values, count(*) AS steps, min(t.scheduled_at) AS first_at,
                    m.amount_residual_signed AS residual
                FROM chasing_step t
                JOIN chasing_schedule s ON s.id = t.schedule_id AND s.status IN %s
                JOIN account_move m ON m.id = s.move_id
                LEFT JOIN res_partner p ON p.id = (t.prediction_values->>'partner')::int
                WHERE t.prediction_code IS NOT NULL AND t.state IN %s
                GROUP BY t.prediction_code, p.id, about, s.id, m.id
            ) AS one_invoice
            GROUP BY reason_code, partner_id, about, company_id
            """,
            tuple(OPEN_STATUSES),
            tuple(UPCOMING),
        )

    @api.depends("reason_code", "values")
    @api.depends_context("lang")
    def _compute_cause(self):
        for line in self:
            line.cause = reason_text(self.env, line.reason_code, line.values)
            line.cure_in = "settings" if line.reason_code in IN_SETTINGS else "contact"

    def action_fix(self):
        """Open where the cause is put right: the contact's addresses in a dialog, or the settings."""
        self.ensure_one()
        if self.reason_code == "not_set_up" and (setup := self._open_setup()):
            return setup
        if self.cure_in == "settings":
            return self.env["ir.actions.act_window"]._for_xml_id("account.action_account_config")
        if not self.partner_id:
            schedules = self._steps().schedule_id
            if len(schedules) == 1 and schedules.use_own_contacts:
                return schedules.move_id.action_chasing_contacts()
            return self.action_open_invoices()
        return self.partner_id._chasing_open_addresses()

    def _open_setup(self):
        """Return the action that opens what keeps the company from using a channel, False if that is its settings."""
        channels = self.env["chasing.channel"]._all().values()
        lacking = [channel for channel in channels if channel._unavailable(self.company_id)]
        return next((setup for channel in lacking if (setup := channel._open_setup(self.company_id))), False)

    def _steps(self):
        """Return the steps this cause stands in the way of."""
        return (
            self.env["chasing.step"]
            .search([
                ("prediction_code", "=", self.reason_code),
                ("state", "in", UPCOMING),
                ("company_id", "=", self.company_id.id),
                ("schedule_id.status", "in", OPEN_STATUSES),
            ])
            .filtered(self._is_cause_of)
        )

    def _is_cause_of(self, step):
        values = step.prediction_values or {}
        about = values.get("address") or values.get("channel") or False
        return values.get("partner", False) == self.partner_id.id and about == self.about

    def action_open_invoices(self):
        """Open the invoices this cause stands in the way of."""
        self.ensure_one()
        schedules = self._steps().schedule_id
        return client_actions.open_list(schedules, self.cause, [("id", "in", schedules.ids)], ("list", "kanban"))
