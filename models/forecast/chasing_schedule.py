from odoo import models


class ChasingSchedule(models.Model):
    _inherit = "chasing.schedule"

    def _recipients_changed(self):
        """Predict these schedules again: their e-mails go to others now (R96)."""
        super()._recipients_changed()
        self.env["chasing.prediction"]._changed(self)
