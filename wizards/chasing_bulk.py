from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models import clock
from ..models.chasing_bulk_run import ACTS
from ..models.chasing_schedule import PAUSE_REASONS
from .chasing_pause import DAYS, ENDS
from .chasing_resume import MISSED

COMING = ("planned", "held", "waiting")
# act -> the states of the steps it concerns
CONCERNED = {"retry": ("failed", "partly"), "resume": ("held",)}


class ChasingBulk(models.TransientModel):
    """Ask once before something is done to one or many invoices (R99)."""

    _name = "chasing.bulk"
    _inherit = "chasing.many"
    _description = "Act on Many Invoices"
    _about = "chasing.schedule"

    act = fields.Selection(ACTS, required=True, readonly=True)
    ends = fields.Selection(ENDS, "Goes On", required=True, default="week")
    until = fields.Date(compute="_compute_until", store=True, readonly=False)
    pause_reason = fields.Selection(PAUSE_REASONS, required=True, default="promise")
    note = fields.Char("In Your Words")
    missed = fields.Selection(MISSED, "Steps Missed Meanwhile", required=True, default="next")

    @api.depends("ends")
    def _compute_until(self):
        for dialog in self:
            days = DAYS.get(dialog.ends)
            if days:
                dialog.until = clock.today(dialog.company_id or self.env.company) + timedelta(days)
            elif dialog.ends == "open":
                dialog.until = False

    # ------------------------------------------------------------------ what is said before

    def _count_text(self, schedules):
        return self._invoices_text(len(schedules))

    def _messages_text(self, schedules):
        """What happens to their messages."""
        count = self.env["chasing.step"].search_count([
            ("schedule_id", "in", schedules.ids),
            ("state", "in", CONCERNED.get(self.act, COMING)),
            ("is_dismissed", "=", False),
        ])
        return {
            "pause": self.env._("%(count)s messages to come are held.", count=count),
            "resume": self.env._("%(count)s held messages go on, as far as they were not missed.", count=count),
            "disable": self.env._("%(count)s messages to come stay planned, and none of them leaves.", count=count),
            "enable": self.env._("Their steps are planned again; what is past is skipped."),
            "cancel": self.env._("%(count)s messages to come are cancelled.", count=count),
            "retry": self.env._("%(count)s failed messages are sent again now.", count=count),
            "reschedule": self.env._("%(count)s messages move.", count=len(schedules)),
            "write_off": self.env._("%(count)s messages to come are cancelled.", count=count),
            "collections": self.env._(
                "%(count)s messages to come are cancelled; a dossier is attached to each invoice.", count=count
            ),
        }[self.act]

    def _done_text(self, count):
        return self.env._("%(invoices)s changed.", invoices=self._invoices_text(count))

    # ------------------------------------------------------------------ doing it

    def _values(self):
        if self.act == "pause":
            self._check_pause()
            reason = self.note if self.pause_reason == "other" and self.note else self.pause_reason
            return {"until": fields.Date.to_string(self.until) or None, "reason": reason}
        return {"missed": self.missed} if self.act == "resume" else super()._values()

    def _check_pause(self):
        if self.ends == "date" and not self.until:
            raise UserError(self.env._("The pause ends on a date. Enter it, or choose another end."))
        for company in self._records().company_id:
            if self.until and self.until <= clock.today(company):
                raise UserError(self.env._("A pause ends on a day to come. Choose a later date."))
