from odoo import models


class ChasingCadence(models.Model):
    _inherit = "chasing.cadence"

    def write(self, vals):
        """Predict again what another tone may say, or not (R96)."""
        result = super().write(vals)
        if "tone_id" in vals:
            companies = self.env["res.company"].sudo().search([("id", "child_of", self.company_id.ids)])
            self.env["chasing.channel"]._availability_changed(companies)
        return result
