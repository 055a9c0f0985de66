from odoo import api, fields, models

from ..models.common import clock


class ChasingSend(models.TransientModel):
    """Ask before a person sends now: who gets what, and whether somebody was already contacted today (R17)."""

    _name = "chasing.send"
    _inherit = "chasing.dialog"
    _description = "Send a Step Now"

    step_id = fields.Many2one("chasing.step", required=True, readonly=True)
    step_label = fields.Char("What", related="step_id.step_label", related_sudo=False)
    message_text = fields.Char(related="step_id.message_text", related_sudo=False)
    is_unclear = fields.Boolean(compute="_compute_outcome")
    is_second = fields.Boolean(compute="_compute_outcome")
    is_possible = fields.Boolean(compute="_compute_outcome")
    outcome = fields.Char(compute="_compute_outcome")

    @api.depends("step_id")
    @api.depends_context("lang")
    def _compute_outcome(self):
        """Say what sending it now does, as the sending itself will decide it."""
        now = clock.now(self.env)
        for dialog in self:
            dialog.step_id.check_access("read")
            step = dialog.step_id.sudo()
            history = step.schedule_id._contact_histories(now).get(step.schedule_id.id)
            used = history.used_today if history else {}
            dialog.is_second = any((step.role_id.id or None, channel) in used for channel in step._channels())
            dialog.is_unclear = any(delivery._is_outcome_unknown() for delivery in step.delivery_ids)
            dialog.is_possible, dialog.outcome = step._manual_outcome() if step else (False, False)

    def action_send(self):
        """Send the step now."""
        self.ensure_one()
        return self.step_id._retry_unclear() if self.is_unclear else self.step_id.action_send_now()
