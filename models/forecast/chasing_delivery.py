from odoo import models


class ChasingDelivery(models.Model):
    _inherit = "chasing.delivery"

    def _on_address_news(self, in_background=False):
        """Predict anew what else is to go to these addresses (R96)."""
        super()._on_address_news(in_background)
        if self:
            self.env["chasing.prediction"]._addresses_changed(self.mapped("address"), self.partner_id, in_background)
