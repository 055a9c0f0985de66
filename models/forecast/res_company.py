from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        """Predict again after what a company lacks for a channel, or lacks no longer, changed (R96)."""
        result = super().write(vals)
        channels = self.env["chasing.channel"]
        if not vals.keys().isdisjoint(
            name for channel in channels._all().values() for name in channel._company_fields()
        ):
            channels._availability_changed(self)
        return result
