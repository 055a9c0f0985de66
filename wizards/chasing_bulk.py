from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..models import clock
from ..models.chasing_bulk_run import ACTS
from ..models.chasing_schedule import PAUSE_REASONS
from .chasing_pause import DAYS, ENDS
from .chasing_resume import MISSED

RESCHEDULES = [
    ("day", "To a day"),
    ("days", "By a number of days"),
]
COMING = ("planned", "held", "waiting")
# act -> the states of the steps it concerns
CONCERNED = {"retry": ("failed", "partly"), "resume": ("held",)}


class ChasingBulk(models.TransientModel):
    """Ask once before something is done to one or many invoices: how many, how much money, what happens to their
    messages, and which are left out and why (R99). More than a person waits for is done in the background."""

    _name = "chasing.bulk"
    _inherit = "chasing.dialog"
    _description = "Act on Many Invoices"

    act = fields.Selection(ACTS, required=True, readonly=True)
    selected = fields.Json(readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_preview")
    possible_count = fields.Integer(compute="_compute_preview")
    preview = fields.Text(compute="_compute_preview")
    left_count = fields.Integer(compute="_compute_preview")
    left_text = fields.Text(compute="_compute_preview")

    ends = fields.Selection(ENDS, "Goes On", required=True, default="week")
    until = fields.Date(compute="_compute_until", store=True, readonly=False)
    pause_reason = fields.Selection(PAUSE_REASONS, required=True, default="promise")
    note = fields.Char("In Your Words")
    missed = fields.Selection(MISSED, "Steps Missed Meanwhile", required=True, default="next")
    how = fields.Selection(RESCHEDULES, "Move", required=True, default="day")
    day = fields.Date(default=lambda self: clock.today(self.env.company) + timedelta(1))
    hour = fields.Integer("At", default=9)
    days = fields.Integer(default=7)

    @api.depends("ends")
    def _compute_until(self):
        for dialog in self:
            days = DAYS.get(dialog.ends)
            if days:
                dialog.until = clock.today(dialog.company_id or self.env.company) + timedelta(days)
            elif dialog.ends == "open":
                dialog.until = False

    # ------------------------------------------------------------------ whom it concerns

    def _schedules(self):
        schedules = self.env["chasing.schedule"].browse(self.selected or []).exists()
        schedules.check_access("read")
        return schedules

    def _sorted_out(self):
        """(the schedules on which it is possible, {why: how many are left out})."""
        schedules, left = self._schedules(), {}
        possible = []
        for schedule in schedules:
            reason = schedule._refusal(self.act)
            if reason:
                left[reason] = left.get(reason, 0) + 1
            else:
                possible.append(schedule.id)
        return schedules.browse(possible), left

    @api.depends("act", "selected")
    @api.depends_context("lang")
    def _compute_preview(self):
        for dialog in self:
            possible, left = dialog._sorted_out()
            dialog.company_id = possible.company_id[:1] or self.env.company
            dialog.possible_count = len(possible)
            dialog.preview = "\n".join([dialog._money_text(possible), dialog._messages_text(possible)])
            dialog.left_count = sum(left.values())
            dialog.left_text = "\n".join(f"{count}: {reason}" for reason, count in left.items())

    def _money_text(self, schedules):
        """'12 invoices, 4,300.00 EUR outstanding.'"""
        amounts = [
            format_amount(self.env, amount, company.currency_id)
            for company, amount in self.env["account.move"]._read_group(
                [("id", "in", schedules.move_id.ids)], ["company_id"], ["amount_residual_signed:sum"]
            )
        ]
        return self.env._(
            "%(count)s invoices, %(amount)s outstanding.", count=len(schedules), amount=" + ".join(amounts) or "0"
        )

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

    # ------------------------------------------------------------------ doing it

    def _values(self):
        """The arguments of the act, as JSON holds them."""
        if self.act == "pause":
            if self.ends == "date" and not self.until:
                raise UserError(self.env._("The pause ends on a date. Enter it, or choose another end."))
            reason = self.note if self.pause_reason == "other" and self.note else self.pause_reason
            return {"until": fields.Date.to_string(self.until) or None, "reason": reason}
        if self.act == "resume":
            return {"missed": self.missed}
        if self.act == "reschedule" and self.how == "day":
            if not self.day:
                raise UserError(self.env._("Enter the day on which the messages are to leave."))
            return {"day": fields.Date.to_string(self.day), "hour": self.hour}
        return {"days": self.days} if self.act == "reschedule" else {}

    def action_do(self):
        """Do it."""
        self.ensure_one()
        if not self.possible_count:
            raise UserError(self.env._("This is not possible on any of them: %(reasons)s", reasons=self.left_text))
        runs = self.env["chasing.bulk.run"]._start(self.act, self._values(), self._schedules())
        return runs._shown(self.env._("%(count)s invoices changed.", count=sum(runs.mapped("total"))))
