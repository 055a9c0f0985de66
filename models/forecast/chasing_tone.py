from odoo import models


class ChasingTone(models.Model):
    _inherit = "chasing.tone"

    def _changed(self):
        """Predict again what the companies that speak in this tone are to send (R96)."""
        super()._changed()
        cadences = self.env["chasing.cadence"].sudo().with_context(active_test=False)
        owners = cadences.search([("tone_id", "in", self.ids)]).company_id
        speaking = ["|", ("chasing_tone_id", "in", self.ids), ("id", "child_of", owners.ids)]
        if companies := self.env["res.company"].sudo().search(speaking):
            self.env["chasing.channel"]._availability_changed(companies)
