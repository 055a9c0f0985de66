from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if {"chasing_tz", "resource_calendar_id"} & set(vals):
            self.env.ref("invoice_chasing.ir_cron_replan")._trigger()
        return result
