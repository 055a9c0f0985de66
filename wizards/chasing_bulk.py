from odoo import api, fields, models

from ..models.actions.chasing_bulk_run import ACTS
from ..models.common import clock, formats, user_input
from ..models.common.wording import counted, invoices_text
from ..models.engine.states import RETRYABLE, UNFINISHED, UPCOMING
from ..models.escalation.chasing_bulk_run import ENDING_ACTS
from .bulk_outcomes import Outcomes

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
    missed_count = fields.Integer(compute="_compute_preview")
    undo_text = fields.Char("Undo", compute="_compute_preview")

    def _tell_more(self, possible):
        """Count the steps whose time came during a pause, and say whether what keeps messages back can be undone."""
        self.missed_count = self.act == "resume" and self._count_missed(possible)
        self.undo_text = self._undo_text(possible) if self.act in TAKING_BACK else ""

    def _count_missed(self, schedules):
        return self.env["chasing.step"].search_count([
            ("schedule_id", "in", schedules.ids),
            ("state", "=", "held"),
            ("scheduled_at", "<", clock.now(self.env)),
        ])

    def _undo_text(self, schedules):
        if not schedules:
            return ""
        undo = self.env._("You can undo this.")
        if not self._withdrawn_text(schedules):
            return undo
        late = self.env._("A withdrawn message is sent after all only if you undo it on the same day.")
        return f"{undo} {late}"

    def _pause_company(self):
        return self.company_id or super()._pause_company()

    def _count_text(self, schedules):
        return invoices_text(self.env, len(schedules))

    @api.depends("ends", "until", "missed")
    def _compute_changes(self):
        return super()._compute_changes()

    def _describe(self, moves, possible):
        """Return what each becomes, and which of its messages are not sent any more."""
        schedules = moves.chasing_schedule_ids
        changes = Outcomes(self).of(schedules)
        if self.act in TAKING_BACK:
            counts = self._message_counts(schedules, UNFINISHED, by=["schedule_id"])
            channels = self.env["chasing.channel"]
            for (schedule,), count in counts.items():
                changes[schedule] = changes[schedule]._replace(note=channels._counts_text(count))
        return {schedule.move_id.id: change for schedule, change in changes.items()}

    def _money_text(self, schedules):
        if self.act != "take_back_write_off":
            return super()._money_text(schedules)
        written_off = " + ".join(
            formats.amount(self.env, sum(group.mapped("write_off_amount")), currency)
            for currency, group in schedules.grouped("currency_id").items()
        )
        invoices = invoices_text(self.env, len(schedules))
        return self.env._("%(invoices)s, %(amount)s written off.", invoices=invoices, amount=written_off)

    def _messages_text(self, schedules):
        """Return what happens to their messages."""
        texts = self._message_texts()[self.act]
        if isinstance(texts, str):
            return texts
        count = self._message_count(schedules)
        if self.act == "retry":
            pace = self.env["chasing.pace"]._texts(schedules.sudo()._failed_steps(), clock.now(self.env))
            return "\n".join([counted(self.env, count, *texts), *pace])
        if self.act not in TAKING_BACK:
            return counted(self.env, count, *texts)
        text = counted(self.env, count, *texts) if count else self.env._("No message is scheduled.")
        return "\n".join(filter(None, [text, *self._taken_back_texts(schedules)]))

    def _message_count(self, schedules):
        if self.act == "reschedule":
            return len(schedules)
        if self.act in TAKING_BACK:
            # What was handed over already is told apart.
            return sum(sum(counts.values()) for counts in self._message_counts(schedules, UPCOMING).values())
        return self.env["chasing.step"].search_count([
            ("schedule_id", "in", schedules.ids),
            ("state", "in", CONCERNED[self.act]),
            ("is_dismissed", "=", False),
        ])

    def _taken_back_texts(self, schedules):
        """Yield which messages are meant, those to come and those that wait in a queue, letters above all."""
        coming = self._messages_by_channel(schedules, UPCOMING)
        yield coming and self.env._("Scheduled: %(messages)s.", messages=coming)
        yield self._withdrawn_text(schedules)
        yield self._printed_text(schedules)
        if self.act == "collections":
            yield self.env._("A dossier is attached to each invoice.")

    def _message_texts(self):
        """Return {act: (what is said of one message, and of several), or what is said of any number}."""
        cancelled = (
            self.env._("1 scheduled message will be cancelled."),
            self.env._("%(count)s scheduled messages will be cancelled."),
        )
        return {
            **dict.fromkeys(("cancel", "write_off", "collections"), cancelled),
            "pause": (
                self.env._("1 scheduled message will be paused."),
                self.env._("%(count)s scheduled messages will be paused."),
            ),
            "resume": (
                self.env._("1 paused message will be sent, unless its date has passed."),
                self.env._("%(count)s paused messages will be sent, except those whose date has passed."),
            ),
            "disable": (
                self.env._("1 scheduled message will not be sent."),
                self.env._("%(count)s scheduled messages will not be sent."),
            ),
            "enable": self.env._("The steps are planned again; those in the past are skipped."),
            "retry": (
                self.env._("1 failed message will be sent again now."),
                self.env._("%(count)s failed messages will be sent again now."),
            ),
            "reschedule": (
                self.env._("1 message will be rescheduled."),
                self.env._("%(count)s messages will be rescheduled."),
            ),
            "mark_sent": self.env._("A first message that is still scheduled is skipped."),
            "unmark_sent": self.env._(
                "They no longer count as sent. A first message that is still scheduled will be sent."
            ),
            "take_back_write_off": self.env._(
                "What was booked is reversed, and the invoices are due again. Nothing is sent until you enable chasing."
            ),
        }

    def _values(self):
        if self.act == "pause":
            return self._pause_values()
        return {"missed": self.missed} if self.act == "resume" else super()._values()

    def _pause_values(self):
        values = super()._pause_values()
        user_input.parse_pause_end(self.env, self.until, self._records().company_id)
        return values
