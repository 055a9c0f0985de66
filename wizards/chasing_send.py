from odoo import api, fields, models

from ..models import clock
from ..models.sentences import sentence


class ChasingSend(models.TransientModel):
    """Ask before a person sends now: who gets what, and whether somebody was already contacted today (R17)."""

    _name = "chasing.send"
    _inherit = "chasing.dialog"
    _description = "Send a Step Now"

    step_id = fields.Many2one("chasing.step", required=True, readonly=True)
    step_label = fields.Char("What", related="step_id.step_label", related_sudo=False)
    to_text = fields.Char(related="step_id.to_text", related_sudo=False)
    message_text = fields.Char(related="step_id.message_text", related_sudo=False)
    is_unclear = fields.Boolean(compute="_compute_is_second")
    is_second = fields.Boolean(compute="_compute_is_second")
    problem = fields.Char(compute="_compute_is_second")

    @api.depends("step_id")
    def _compute_is_second(self):
        now = clock.now(self.env)
        for dialog in self:
            schedule = dialog.step_id.schedule_id
            history = schedule.sudo()._contact_histories(now).get(schedule.id)
            dialog.is_second = bool(history and history.used_today)
            dialog.is_unclear = any(delivery._is_unclear() for delivery in dialog.step_id.delivery_ids)
            held = dialog.step_id._over_code() or schedule.hold_reason
            dialog.problem = dialog.step_id.to_problem or sentence(self.env, held, schedule.hold_values)

    def action_send(self):
        """Send the step now."""
        self.ensure_one()
        return self.step_id._retry_unclear() if self.is_unclear else self.step_id.action_send_now()
