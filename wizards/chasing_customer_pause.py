from odoo import api, fields, models

from ..models.common import formats
from ..models.common.wording import counted, invoices_text, selection_labels
from ..models.engine.states import OPEN_STATUSES, UPCOMING
from .bulk_outcomes import Outcomes
from .chasing_changes import Change, ChangeList

REACHES = [
    ("own", "This company and its branches"),
    ("selected", "All selected companies"),
]


class ChasingCustomerPause(models.TransientModel):
    """Pause all of a customer's invoices, or never chase the customer (R37): how many and what happens."""

    _name = "chasing.customer.pause"
    _inherit = ["chasing.changes", "chasing.dialog", "chasing.pause.mixin"]
    _description = "Pause Chasing"

    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True)
    is_for_good = fields.Boolean(readonly=True, help="The customer is excluded until someone includes them again.")
    reach = fields.Selection(REACHES, "Applies to", required=True, default="own")
    is_reach_asked = fields.Boolean(compute="_compute_is_reach_asked")
    preview = fields.Text(compute="_compute_preview")

    @api.depends("partner_id")
    @api.depends_context("allowed_company_ids")
    def _compute_is_reach_asked(self):
        """Ask where more is selected than the current company and its branches (R37)."""
        others = self.env.companies - self.env.company - self.env.company._chasing_branches()
        for dialog in self:
            dialog.is_reach_asked = bool(dialog.partner_id and others)

    @api.depends("partner_id", "reach")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_preview(self):
        """Say how much is held.

        '12 invoices, 4,300.00 EUR outstanding. 31 scheduled messages will be paused.'
        """
        for dialog in self:
            schedules = dialog._concerned()
            money = self.env._(
                "%(invoices)s, %(amount)s outstanding.",
                invoices=invoices_text(self.env, len(schedules)),
                amount=dialog._outstanding(schedules.move_id),
            )
            dialog.preview = "\n".join(filter(None, [money, *dialog._held_texts(schedules)]))

    @api.depends("partner_id", "reach", "is_for_good", "ends", "until")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_changes(self):
        return super()._compute_changes()

    def _change_lists(self):
        return [ChangeList(self.env._("Will change"), self._concerned().move_id, self._describe)]

    def _describe(self, moves):
        """Return what becomes of each invoice, {move id: Change}."""
        outcomes, after = Outcomes(self), self.env._("Paused")
        if self.is_for_good:
            after = self.env._("Paused: customer excluded")
        elif self.until:
            after = self.env._("Paused until %(day)s", day=formats.day(self.env, self.until))
        return {move.id: Change(outcomes.standing(move.chasing_schedule_ids[:1]), after) for move in moves}

    def _concerned(self):
        """Return what is held, in every company that is reached."""
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
        """Return the companies, each with its branches, in which it is said of the customer (R37)."""
        return self.env.companies if self.reach == "selected" else self.env.company

    def _held_texts(self, schedules):
        """Return what becomes of the messages of what is held."""
        counts = self.with_env(schedules.env)._message_counts(schedules, UPCOMING)
        count = sum(sum(by_channel.values()) for by_channel in counts.values())
        one = self.env._("1 scheduled message will be paused.")
        many = self.env._("%(count)s scheduled messages will be paused.")
        return [
            count and counted(self.env, count, one, many),
            self._withdrawn_text(schedules),
            self._printed_text(schedules),
        ]

    def action_exclude(self):
        """Never chase the customer."""
        self.ensure_one()
        name = self.partner_id.commercial_partner_id.name
        return self._act("exclude_customer", {}, self.env._("%(name)s is excluded from chasing.", name=name))

    def action_pause(self):
        """Pause everything of the customer."""
        self.ensure_one()
        values = self._pause_values()
        reason = selection_labels(self, "pause_reason").get(values["reason"], values["reason"])
        name = self.partner_id.commercial_partner_id.name
        if self.until:
            message = self.env._(
                "Chasing of %(name)s is paused until %(day)s.", name=name, day=formats.day(self.env, self.until)
            )
        else:
            message = self.env._("Chasing of %(name)s is paused until you resume it.", name=name)
        return self._act("pause_customer", {"until": values["until"], "reason": reason}, message)

    def _act(self, act, values, message):
        """Do it in every company that is reached, and answer with a toast."""
        customer = self.partner_id.commercial_partner_id
        return self.env["chasing.bulk.run"]._act(act, customer, values, message, companies=self._reached())
