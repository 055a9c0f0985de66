from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.actions.chasing_bulk_run import ACTS
from ..models.common import clock, user_input
from ..models.engine.states import RETRYABLE, UNFINISHED, UPCOMING
from ..models.plan.chasing_schedule import PAUSE_REASONS
from .chasing_pause import DAYS, ENDS
from .chasing_resume import MISSED

# acts that keep messages from leaving
TAKING_BACK = ("pause", "disable", "cancel", "write_off", "collections")


# act -> the states of the steps it concerns
CONCERNED = {"retry": RETRYABLE, "resume": ("held",)}


class ChasingBulk(models.TransientModel):
    """Ask once before something is done to one or many invoices (R99)."""

    _name = "chasing.bulk"
    _inherit = "chasing.many"
    _description = "Act on Many Invoices"
    _about = "chasing.schedule"

    act = fields.Selection(ACTS, required=True, readonly=True)
    ends = fields.Selection(ENDS, "Goes On", required=True, default="week")
    until = fields.Date(compute="_compute_until", compute_sudo=False, store=True, readonly=False)
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

    def _count_text(self, schedules):
        return self._invoices_text(len(schedules))

    def _messages_text(self, schedules):
        """What happens to their messages."""
        count = self.env["chasing.step"].search_count([
            ("schedule_id", "in", schedules.ids),
            ("state", "in", CONCERNED.get(self.act, UNFINISHED)),
            ("is_dismissed", "=", False),
        ])
        if self.act == "reschedule":
            count = len(schedules)
        text = self._one_message_text() if count == 1 else self._several_messages_text(count)
        if self.act not in TAKING_BACK:
            return text
        return "\n".join(filter(None, [text, *self._taken_back_texts(schedules)]))

    def _taken_back_texts(self, schedules):
        """Which messages are meant, those to come and those that wait in a queue."""
        coming = self._messages_by_channel(schedules, UPCOMING)
        yield coming and self.env._("To come: %(messages)s.", messages=coming)
        yield self._withdrawn_text(schedules)

    def _one_message_text(self):
        return {
            "pause": self.env._("1 message to come is held."),
            "resume": self.env._("1 held message goes on, if it was not missed."),
            "disable": self.env._("1 message to come stays planned, and does not leave."),
            "enable": self.env._("The steps are planned again; what is past is skipped."),
            "cancel": self.env._("1 message to come is cancelled."),
            "retry": self.env._("1 failed message is sent again now."),
            "reschedule": self.env._("1 message moves."),
            "write_off": self.env._("1 message to come is cancelled."),
            "collections": self.env._("1 message to come is cancelled; a dossier is attached to each invoice."),
        }[self.act]

    def _several_messages_text(self, count):
        return {
            "pause": self.env._("%(count)s messages to come are held.", count=count),
            "resume": self.env._("%(count)s held messages go on, as far as they were not missed.", count=count),
            "disable": self.env._("%(count)s messages to come stay planned, and none of them leaves.", count=count),
            "enable": self.env._("The steps are planned again; what is past is skipped."),
            "cancel": self.env._("%(count)s messages to come are cancelled.", count=count),
            "retry": self.env._("%(count)s failed messages are sent again now.", count=count),
            "reschedule": self.env._("%(count)s messages move.", count=count),
            "write_off": self.env._("%(count)s messages to come are cancelled.", count=count),
            "collections": self.env._(
                "%(count)s messages to come are cancelled; a dossier is attached to each invoice.", count=count
            ),
        }[self.act]

    def _done_text(self, count):
        return self.env._("%(invoices)s changed.", invoices=self._invoices_text(count))

    def _values(self):
        if self.act == "pause":
            self._check_pause()
            reason = self.note if self.pause_reason == "other" and self.note else self.pause_reason
            return {"until": fields.Date.to_string(self.until) or None, "reason": reason}
        return {"missed": self.missed} if self.act == "resume" else super()._values()

    def _check_pause(self):
        if self.ends == "date" and not self.until:
            raise UserError(self.env._("The pause ends on a date. Enter it, or choose another end."))
        user_input.parse_pause_end(self.env, self.until, self._records().company_id)
