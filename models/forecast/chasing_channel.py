from odoo import api, models


class ChasingChannel(models.AbstractModel):
    _inherit = "chasing.channel"

    @api.model
    def _availability_changed(self, companies):
        """Predict anew what these companies are to send (R96)."""
        super()._availability_changed(companies)
        self.env["chasing.prediction"]._company_changed(companies)
