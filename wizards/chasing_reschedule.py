from odoo import api, fields, models

from ..models.common import clock, formats
from ..models.engine import moments


class ChasingReschedule(models.TransientModel):
    """Give one step another date and hour (R84)."""

    _name = "chasing.reschedule"
    _inherit = "chasing.dialog"
    _description = "Reschedule a Step"

    step_id = fields.Many2one("chasing.step", required=True, readonly=True)
    date = fields.Date(required=True, compute="_compute_place", compute_sudo=False, store=True, readonly=False)
    hour = fields.Integer(required=True, compute="_compute_place", compute_sudo=False, store=True, readonly=False)
    exact = fields.Char("Exactly", compute="_compute_exact")

    @api.depends("step_id")
    def _compute_place(self):
        """The step's own place, or the same hour tomorrow if that has passed."""
        for dialog in self:
            timezone = clock.zone(dialog.step_id.company_id)
            now = clock.now(self.env)
            at = dialog.step_id.scheduled_at
            if at and at > now:
                dialog.date = moments.local(at, timezone).date()
            else:
                dialog.date = moments.next_hour(now, dialog.step_id.hour, timezone)
            dialog.hour = dialog.step_id.hour

    @api.depends("date", "hour")
    @api.depends_context("lang")
    def _compute_exact(self):
        for dialog in self:
            timezone = clock.zone(dialog.step_id.company_id)
            at = dialog.date and dialog.hour in range(24) and moments.instant(dialog.date, dialog.hour, timezone)
            dialog.exact = formats.exact_instant(self.env, at, timezone)

    def action_reschedule(self):
        """Move the step."""
        self.ensure_one()
        self._check_place(self.step_id.company_id, self.date, self.hour)
        return self.step_id._reschedule(self.date, self.hour)
