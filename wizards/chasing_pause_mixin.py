from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.common import clock
from ..models.plan.chasing_schedule import PAUSE_REASONS

PAUSE_ENDS = [
    ("week", "In one week"),
    ("two_weeks", "In two weeks"),
    ("date", "On a date"),
    ("open", "Until resumed manually"),
]
# A pause with this end -> lasts so many days.
DAYS = {"week": 7, "two_weeks": 14}


class ChasingPauseMixin(models.AbstractModel):
    """Ask how long a pause lasts, and why (R36, R37)."""

    _name = "chasing.pause.mixin"
    _description = "Asks About a Pause"

    ends = fields.Selection(PAUSE_ENDS, "Resume", required=True, default="week")
    until = fields.Date(compute="_compute_until", compute_sudo=False, store=True, readonly=False)
    pause_reason = fields.Selection(PAUSE_REASONS, required=True, default="promise")
    note = fields.Char()

    @api.depends("ends")
    def _compute_until(self):
        for dialog in self:
            days = DAYS.get(dialog.ends)
            if days:
                dialog.until = clock.today(dialog._pause_company()) + timedelta(days)
            elif dialog.ends == "open":
                dialog.until = False

    def _pause_company(self):
        """Return the company on whose clock the pause ends.

        Hook: extended by a dialog that knows a better one.
        """
        return self.env.company

    def _pause_values(self):
        """Return the arguments of `action_pause`, as JSON holds them."""
        if self.ends == "date" and not self.until:
            raise UserError(self.env._("The pause ends on a date. Enter it, or choose another end."))
        reason = self.note if self.pause_reason == "other" and self.note else self.pause_reason
        return {"until": fields.Date.to_string(self.until) or None, "reason": reason}
