from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.common import clock
from ..models.escalation.chasing_schedule import WRITE_OFF_METHODS


class ChasingWriteOff(models.TransientModel):
    """Ask before invoices are written off: how, when, on which account, and why (R41)."""

    _name = "chasing.write.off"
    _inherit = "chasing.bulk"
    _description = "Write Off"

    company_count = fields.Integer(compute="_compute_company_count")
    way = fields.Selection(WRITE_OFF_METHODS, "How", required=True, default="entry")
    date = fields.Date(compute="_compute_from_company", compute_sudo=False, store=True, readonly=False)
    account_id = fields.Many2one(
        "account.account",
        compute="_compute_from_company",
        compute_sudo=False,
        store=True,
        readonly=False,
        domain="[('company_ids', 'parent_of', company_id), ('account_type', '=like', 'expense%')]",
    )
    reason = fields.Char()

    @api.depends("selected")
    def _compute_from_company(self):
        for dialog in self:
            dialog.date = clock.today(dialog.company_id)
            account = dialog.company_id.chasing_write_off_account_id
            dialog.account_id = account if dialog.company_count == 1 else False

    @api.depends("selected")
    def _compute_company_count(self):
        for dialog in self:
            possible, _left = dialog._split_possible()
            dialog.company_count = len(possible.company_id)

    def _values(self):
        if self.way != "mark" and self.company_count > 1:
            raise UserError(
                self.env._(
                    "These invoices belong to several companies, each with its own books. Choose those of one company, "
                    "or mark them only."
                )
            )
        if self.way == "entry" and not self.account_id:
            raise UserError(self.env._("Choose the account to which the bad debt is booked."))
        return {
            "way": self.way,
            "day": fields.Date.to_string(self.date) or None,
            "account_id": self.account_id.id or None,
            "reason": self.reason or None,
        }
