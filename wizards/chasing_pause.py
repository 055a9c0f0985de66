from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models import clock
from ..models.chasing_schedule import PAUSE_REASONS

ENDS = [
    ("week", "In one week"),
    ("two_weeks", "In two weeks"),
    ("date", "On a date"),
    ("open", "When somebody resumes it"),
]
DAYS = {"week": 7, "two_weeks": 14}


class ChasingPause(models.TransientModel):
    """Pause one or many invoices (R36)."""

    _name = "chasing.pause"
    _inherit = "chasing.dialog"
    _description = "Pause Chasing"

    schedule_ids = fields.Many2many("chasing.schedule", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    ends = fields.Selection(ENDS, "Goes On", required=True, default="week")
    until = fields.Date("Date", compute="_compute_until", store=True, readonly=False)
    reason = fields.Selection(PAUSE_REASONS, required=True, default="promise")
    note = fields.Char("In Your Words")

    @api.depends("ends")
    def _compute_until(self):
        for dialog in self:
            company = dialog.schedule_ids.company_id[:1] or self.env.company
            days = DAYS.get(dialog.ends)
            if days:
                dialog.until = clock.today(company) + timedelta(days)
            elif dialog.ends == "open":
                dialog.until = False

    def action_pause(self):
        """Pause them."""
        self.ensure_one()
        if self.ends == "date" and not self.until:
            raise UserError(self.env._("The pause ends on a date. Enter it, or choose another end."))
        reason = self.note if self.reason == "other" and self.note else self.reason
        if self.partner_id:
            words = dict(self._fields["reason"]._description_selection(self.env))
            self.partner_id.action_chasing_pause(until=self.until, reason=words.get(reason, reason))
            return {"type": "ir.actions.act_window_close"}
        return self.schedule_ids.action_pause(until=self.until, reason=reason)
