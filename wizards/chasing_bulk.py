from odoo import api, fields, models

from ..models.actions.chasing_bulk_run import ACTS
from ..models.common import clock, user_input
from ..models.common.wording import counted
from ..models.engine.states import RETRYABLE, UNFINISHED, UPCOMING
from ..models.escalation.chasing_bulk_run import ENDING_ACTS

# These acts keep messages from leaving.
TAKING_BACK = ("pause", "disable", "cancel", "write_off", "collections")
# This act -> concerns steps in these states.
CONCERNED = {"retry": RETRYABLE, "resume": ("held",)}
MISSED_STEP_CHOICES = [
    ("next", "Skip them and continue with the next step"),
    ("last", "Send the last missed one now"),
    ("shift", "Move every step by the length of the pause"),
]


class ChasingBulk(models.TransientModel):
    """Ask once before something is done to one or many invoices (R99)."""

    _name = "chasing.bulk"
    _inherit = ["chasing.bulk.mixin", "chasing.pause.mixin"]
    _description = "Act on Many Invoices"
    _about = "chasing.schedule"

    act = fields.Selection(ACTS + ENDING_ACTS, required=True, readonly=True)
    missed = fields.Selection(MISSED_STEP_CHOICES, "Missed Steps", required=True, default="next")
    missed_count = fields.Integer(compute="_compute_missed_count")

    @api.depends("selected")
    def _compute_missed_count(self):
        """Count the steps whose time came during the pause, of what goes on."""
        self.missed_count = 0
        for dialog in self.filtered(lambda dialog: dialog.act == "resume"):
            possible, _left = dialog._split_possible()
            dialog.missed_count = self.env["chasing.step"].search_count([
                ("schedule_id", "in", possible.ids),
                ("state", "=", "held"),
                ("scheduled_at", "<", clock.now(self.env)),
            ])

    def _pause_company(self):
        return self.company_id or super()._pause_company()

    def _count_text(self, schedules):
        return self._invoices_text(len(schedules))

    def _messages_text(self, schedules):
        """Return what happens to their messages."""
        count = self.env["chasing.step"].search_count([
            ("schedule_id", "in", schedules.ids),
            ("state", "in", tuple(CONCERNED.get(self.act, UNFINISHED))),
            ("is_dismissed", "=", False),
        ])
        if self.act == "reschedule":
            count = len(schedules)
        text = counted(self.env, count, self._one_message_text(), self._several_messages_text())
        if self.act not in TAKING_BACK:
            return text
        return "\n".join(filter(None, [text, *self._taken_back_texts(schedules)]))

    def _taken_back_texts(self, schedules):
        """Yield which messages are meant, those to come and those that wait in a queue."""
        coming = self._messages_by_channel(schedules, UPCOMING)
        yield coming and self.env._("Scheduled: %(messages)s.", messages=coming)
        yield self._withdrawn_text(schedules)

    def _one_message_text(self):
        return {
            "pause": self.env._("1 scheduled message will be paused."),
            "resume": self.env._("1 paused message will be sent, unless its date has passed."),
            "disable": self.env._("1 scheduled message will not be sent."),
            "enable": self.env._("The steps are planned again; those in the past are skipped."),
            "cancel": self.env._("1 scheduled message will be cancelled."),
            "retry": self.env._("1 failed message will be sent again now."),
            "reschedule": self.env._("1 message will be rescheduled."),
            "write_off": self.env._("1 scheduled message will be cancelled."),
            "collections": self.env._("1 scheduled message will be cancelled; a dossier is attached to each invoice."),
        }[self.act]

    def _several_messages_text(self):
        return {
            "pause": self.env._("%(count)s scheduled messages will be paused."),
            "resume": self.env._("%(count)s paused messages will be sent, except those whose date has passed."),
            "disable": self.env._("%(count)s scheduled messages will not be sent."),
            "enable": self.env._("The steps are planned again; those in the past are skipped."),
            "cancel": self.env._("%(count)s scheduled messages will be cancelled."),
            "retry": self.env._("%(count)s failed messages will be sent again now."),
            "reschedule": self.env._("%(count)s messages will be rescheduled."),
            "write_off": self.env._("%(count)s scheduled messages will be cancelled."),
            "collections": self.env._(
                "%(count)s scheduled messages will be cancelled; a dossier is attached to each invoice."
            ),
        }[self.act]

    def _done_text(self, count):
        return self.env._("%(invoices)s changed.", invoices=self._invoices_text(count))

    def _values(self):
        if self.act == "pause":
            return self._pause_values()
        return {"missed": self.missed} if self.act == "resume" else super()._values()

    def _pause_values(self):
        values = super()._pause_values()
        user_input.parse_pause_end(self.env, self.until, self._records().company_id)
        return values
