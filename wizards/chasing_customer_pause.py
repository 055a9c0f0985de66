from odoo import api, fields, models

from ..models.common import formats
from ..models.common.wording import invoices_text, selection_labels
from .bulk_outcomes import Outcomes
from .chasing_changes import Change, ChangeList


class ChasingCustomerPause(models.TransientModel):
    """Pause all of a customer's invoices, or never chase the customer (R37): how many and what happens."""

    _name = "chasing.customer.pause"
    _inherit = ["chasing.changes", "chasing.reach.mixin", "chasing.dialog", "chasing.pause.mixin"]
    _description = "Pause Chasing"

    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True)
    is_for_good = fields.Boolean(readonly=True, help="The customer is excluded until someone includes them again.")
    preview = fields.Text(compute="_compute_preview")

    def _customers(self):
        return self.partner_id.commercial_partner_id

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
        runs = self.env["chasing.bulk.run"]
        return runs._act(act, self._customers(), values, message, companies=self._reached())
