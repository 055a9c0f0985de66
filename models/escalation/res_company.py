from odoo import fields, models

from ..common.user_groups import INTERNAL_USERS


class ResCompany(models.Model):
    _inherit = "res.company"

    chasing_write_off_account_id = fields.Many2one(
        "account.account",
        "Write-off Account",
        groups=INTERNAL_USERS,
        domain="[('account_type', '=like', 'expense%')]",
        help="The account to which bad debts are booked.",
    )
