from odoo import api, fields, models

from ..common import client_actions


class ChasingBulkRefusal(models.Model):
    """Hold one invoice, or one step of it, that an act on many left as it is."""

    _name = "chasing.bulk.refusal"
    _description = "Skipped Invoice"
    _log_access = False

    run_id = fields.Many2one("chasing.bulk.run", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="run_id.company_id")
    is_of_undo = fields.Boolean(help="It could not be undone.")
    schedule_id = fields.Many2one("chasing.schedule", ondelete="cascade", index=True)
    step_id = fields.Many2one("chasing.step", ondelete="cascade", index="btree_not_null")
    move_id = fields.Many2one(
        "account.move",
        "Invoice",
        compute="_compute_move_id",
        store=True,
        ondelete="cascade",
        index="btree_not_null",
        readonly=False,
    )
    partner_id = fields.Many2one(
        "res.partner", compute="_compute_partner_id", store=True, ondelete="cascade", index=True, readonly=False
    )
    reason = fields.Char(required=True)

    @api.depends("schedule_id")
    def _compute_move_id(self):
        for refusal in self.filtered("schedule_id"):
            refusal.move_id = refusal.schedule_id.move_id

    @api.depends("move_id")
    def _compute_partner_id(self):
        for refusal in self.filtered("move_id"):
            refusal.partner_id = refusal.move_id.partner_id

    def action_open_invoice(self):
        """Open the invoice, or the customer that it is about."""
        self.ensure_one()
        if self.schedule_id:
            return self.schedule_id.action_open_invoice()
        return client_actions.open_form(self.move_id or self.partner_id)
