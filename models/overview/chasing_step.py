from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.states import OPEN_STATUSES

INNER_FIELDS = frozenset({
    "acts",
    "awaits_approval",
    "because_of_id",
    "floor_date",
    "floor_hour",
    "is_today",
    "occurrence",
    "prediction_code",
    "prediction_values",
    "reason_code",
    "reason_values",
    "released_at",
    "run",
    "start_date",
    "unreached",
})


class ChasingStep(models.Model):
    """Show the steps of all invoices in one list: what waits for a person, what goes today (R101)."""

    _name = "chasing.step"
    _inherit = ["chasing.step", "chasing.list.mixin"]
    _instant_field = "scheduled_at"
    _inner_fields = INNER_FIELDS

    partner_id = fields.Many2one(related="schedule_id.partner_id")
    currency_id = fields.Many2one(related="move_id.currency_id")
    amount_residual = fields.Monetary(related="move_id.amount_residual", string="Outstanding", aggregator=None)

    awaits_approval = fields.Boolean(
        "Awaiting Approval", store=False, search="_search_awaits_approval", exportable=False
    )

    def _search_awaits_approval(self, operator, value):
        """Find the messages that ask before they leave, of invoices that are chased (R101)."""
        if operator != "in":
            return NotImplemented
        asking = Domain("state", "=", "waiting") & Domain("mode", "=", "ask")
        asking &= Domain("schedule_id.status", "in", OPEN_STATUSES)
        return asking if True in value else ~asking

    def _company_sql(self, alias):
        return SQL(
            "(SELECT chasing.company_id FROM chasing_schedule AS chasing WHERE chasing.id = %s)",
            SQL.identifier(alias, "schedule_id"),
        )

    def action_open_invoice(self):
        """Open the invoice of this step, where its chasing is steered."""
        return self.schedule_id.action_open_invoice()
