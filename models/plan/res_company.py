from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if {"chasing_tz", "resource_calendar_id"} & set(vals):
            self._chasing_zone_changed()
        return result

    def _chasing_zone_changed(self):
        """Plan again in the background what these companies send (R38).

        Hook: extended by forecast.
        """
        self.env.ref("invoice_chasing.ir_cron_replan")._trigger()
