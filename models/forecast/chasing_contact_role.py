from odoo import models


class ChasingContactRole(models.Model):
    """A role decides by who has it whom steps can reach (R96)."""

    _inherit = "chasing.contact.role"

    def write(self, vals):
        """Predict again for the customers who gain or lose a contact with the role."""
        before = self.partner_ids if "partner_ids" in vals else self.partner_ids.browse()
        result = super().write(vals)
        if "partner_ids" in vals:
            self.env["chasing.prediction"]._contacts_changed(before | self.partner_ids)
        if "holder_ids" in vals:
            self.env["chasing.prediction"]._company_changed(self.company_id)
        return result
