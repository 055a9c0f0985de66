from odoo import fields, models

from ..common.user_groups import INTERNAL_USERS


class ResCompany(models.Model):
    _inherit = "res.company"

    chasing_link_login = fields.Boolean(
        "Links Ask for Login",
        groups=INTERNAL_USERS,
        help="Links in messages open an invoice for customers who log in to the portal. Otherwise they open it for "
        "everybody who has the link.",
    )
