from odoo import models

HOURS = {"chasing_tz", "chasing_window_from", "chasing_window_to", "chasing_catchup_days"}


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        """Predict and foretell again after a change of what all messages of a company depend on (R96).

        That is what it lacks for a channel, or lacks no longer, and its hours.
        """
        result = super().write(vals)
        channels = self.env["chasing.channel"]
        if not vals.keys().isdisjoint(
            name for channel in channels._all().values() for name in channel._company_fields()
        ):
            channels._availability_changed(self)
        if not HOURS.isdisjoint(vals):
            self.env["chasing.prediction"]._company_changed(self)
        return result
