from odoo import api, fields, models

from .chasing_address_book import CONTACT_FIELDS


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

    @api.model_create_multi
    def create(self, vals_list):
        """A contact that was missing clears what was predicted to fail for want of it (R96)."""
        partners = super().create(vals_list)
        self.env["chasing.prediction"]._contacts_changed(partners.filtered("parent_id"))
        return partners

    def write(self, vals):
        """A contact that is mended, moved or archived changes who its customers' steps can reach (R96)."""
        bears = not {*CONTACT_FIELDS, "active"}.isdisjoint(vals)
        before = self.commercial_partner_id if bears else self.browse()
        result = super().write(vals)
        if bears:
            self.env["chasing.prediction"]._contacts_changed(self | before)
        return result

    def action_chasing_address_works(self):
        """A person knows that messages arrive again: Odoo's count of those that came back begins anew."""
        self.write({"message_bounce": 0})
        return {"type": "ir.actions.act_window_close"}
