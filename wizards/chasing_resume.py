from odoo import api, fields, models

from ..models.common import clock

MISSED = [
    ("next", "Skip them and go on with the next step"),
    ("last", "Send the last missed one now"),
    ("shift", "Move every step by the length of the pause"),
]


class ChasingResume(models.TransientModel):
    """Resume one or many paused invoices, and say what becomes of the steps missed meanwhile (R36)."""

    _name = "chasing.resume"
    _inherit = "chasing.dialog"
    _description = "Resume Chasing"

    schedule_ids = fields.Many2many("chasing.schedule", required=True, readonly=True)
    missed_count = fields.Integer(compute="_compute_missed_count")
    missed = fields.Selection(MISSED, "Steps Missed Meanwhile", required=True, default="next")

    @api.depends("schedule_ids")
    def _compute_missed_count(self):
        now = clock.now(self.env)
        for dialog in self:
            dialog.missed_count = len(
                dialog.schedule_ids.step_ids.filtered(
                    lambda step: step.state == "held" and step.scheduled_at and step.scheduled_at < now
                )
            )

    def action_resume(self):
        """Resume them."""
        self.ensure_one()
        return self.schedule_ids.action_resume(missed=self.missed)
