from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    chasing_role_ids = fields.Many2many(
        "chasing.contact.role",
        "chasing_contact_role_partner_rel",
        "partner_id",
        "role_id",
        "Chasing Roles",
        help="Steps that are limited to one of these roles go to this contact.",
    )
