from odoo import api, models

from ..people.chasing_address_book import CONTACT_FIELDS


class ResPartner(models.Model):
    """A contact that is mended, moved, new or gone changes whom its customer's steps can reach (R96)."""

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        self.env["chasing.prediction"]._contacts_changed(partners.filtered("parent_id"))
        return partners

    def write(self, vals):
        bears = not {*CONTACT_FIELDS, "active"}.isdisjoint(vals)
        before = self.commercial_partner_id if bears else self.browse()
        result = super().write(vals)
        if bears:
            self.env["chasing.prediction"]._contacts_changed(self | before)
        return result

    def unlink(self):
        """Predict again for customers who lose a contact: it may have been the only one their steps could reach."""
        customers = self.commercial_partner_id - self
        result = super().unlink()
        self.env["chasing.prediction"]._contacts_changed(customers)
        return result
