from odoo import models


class ChasingTemplate(models.AbstractModel):
    _inherit = "chasing.template"

    def _chasing_changed(self):
        """Predict again what could not be filled in (R77, R96)."""
        super()._chasing_changed()
        self.env["chasing.prediction"]._templates_changed()
