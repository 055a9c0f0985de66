from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.common import clock
from ..models.common.wording import selection_labels
from ..models.engine.states import OPEN_STATUSES, UNFINISHED
from ..models.plan.chasing_schedule import PAUSE_REASONS

ENDS = [
    ("week", "In one week"),
    ("two_weeks", "In two weeks"),
    ("date", "On a date"),
    ("open", "When somebody resumes it"),
]


REACHES = [("own", "This company and its branches"), ("selected", "All selected companies")]


DAYS = {"week": 7, "two_weeks": 14}


class ChasingPause(models.TransientModel):
    """Pause invoices, or all of a customer's, or never chase the customer (R36, R37): how many and what happens."""

    _name = "chasing.pause"
    _inherit = "chasing.dialog"
    _description = "Pause Chasing"

    schedule_ids = fields.Many2many("chasing.schedule", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    is_for_good = fields.Boolean(readonly=True, help="The customer is never chased, until somebody takes it back.")
    reach = fields.Selection(REACHES, "Applies to", required=True, default="own")
    is_reach_asked = fields.Boolean(compute="_compute_is_reach_asked")
    preview = fields.Text(compute="_compute_preview")
    ends = fields.Selection(ENDS, "Goes On", required=True, default="week")
    until = fields.Date("Date", compute="_compute_until", compute_sudo=False, store=True, readonly=False)
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

    @api.depends("partner_id")
    @api.depends_context("allowed_company_ids")
    def _compute_is_reach_asked(self):
        """Whether more is selected than the current company and its branches (R37)."""
        others = self.env.companies - self.env.company - self.env.company._chasing_branches()
        for dialog in self:
            dialog.is_reach_asked = bool(dialog.partner_id and others)

    @api.depends("schedule_ids", "partner_id", "reach")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_preview(self):
        """'12 invoices, 4,300.00 EUR outstanding. 31 messages to come are held.'"""
        for dialog in self:
            schedules = dialog._concerned()
            counted = self.env._(
                "%(invoices)s, %(amount)s outstanding.",
                invoices=dialog._invoices_text(len(schedules)),
                amount=dialog._outstanding(schedules.move_id),
            )
            dialog.preview = "\n".join([counted, dialog._held_text(schedules), *dialog._waiting_texts(schedules)])

    def _concerned(self):
        """What is held; of a customer in every company that is reached."""
        if not self.partner_id:
            return self.schedule_ids._origin
        companies = self._reached() | self._reached()._chasing_branches() & self.env.user.company_ids
        customer = self.partner_id.commercial_partner_id
        return (
            self.env["chasing.schedule"]
            .with_context(allowed_company_ids=companies.ids)
            .search([
                ("move_id.commercial_partner_id", "=", customer.id),
                ("company_id", "in", companies.ids),
                ("status", "in", OPEN_STATUSES),
            ])
        )

    def _reached(self):
        """The companies, each with its branches, in which it is said of the customer (R37)."""
        return self.env.companies if self.reach == "selected" else self.env.company

    def _held_text(self, schedules):
        count = schedules.env["chasing.step"].search_count([
            ("schedule_id", "in", schedules.ids),
            ("state", "in", UNFINISHED),
        ])
        one = self.env._("1 message to come is held.")
        return one if count == 1 else self.env._("%(count)s messages to come are held.", count=count)

    def _waiting_texts(self, schedules):
        text = self._withdrawn_text(schedules)
        return [text] if text else []

    def action_exclude(self):
        """Never chase the customer."""
        self.ensure_one()
        for company in self._reached():
            self.partner_id.with_company(company).action_chasing_exclude()
        return {"type": "ir.actions.act_window_close"}

    def action_pause(self):
        """Pause them."""
        self.ensure_one()
        if self.ends == "date" and not self.until:
            raise UserError(self.env._("The pause ends on a date. Enter it, or choose another end."))
        reason = self.note if self.reason == "other" and self.note else self.reason
        if self.partner_id:
            words = selection_labels(self, "reason")
            for company in self._reached():
                self.partner_id.with_company(company).action_chasing_pause(self.until, words.get(reason, reason))
            return {"type": "ir.actions.act_window_close"}
        return self.schedule_ids.action_pause(until=self.until, reason=reason)
