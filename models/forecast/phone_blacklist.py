from odoo import api, models


class PhoneBlacklist(models.Model):
    _inherit = "phone.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        self._chasing_listed(entries.mapped("number"))
        return entries

    def write(self, vals):
        result = super().write(vals)
        self._chasing_listed(self.mapped("number"))
        return result

    def unlink(self):
        numbers = self.mapped("number")
        result = super().unlink()
        self._chasing_listed(numbers)
        return result

    @api.model
    def _chasing_listed(self, numbers):
        """Predict again for whoever has these numbers: they are refused now, or no longer (R96)."""
        self.env["chasing.prediction"]._addresses_changed(numbers)
