from odoo import api, models

from ..engine import addresses


class MailBlacklist(models.Model):
    _inherit = "mail.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        self._chasing_listed(entries.mapped("email"))
        return entries

    def write(self, vals):
        result = super().write(vals)
        self._chasing_listed(self.mapped("email"))
        return result

    def unlink(self):
        emails = self.mapped("email")
        result = super().unlink()
        self._chasing_listed(emails)
        return result

    @api.model
    def _chasing_listed(self, emails):
        """Predict again for whoever has these addresses: they are refused now, or no longer (R96)."""
        self.env["chasing.prediction"]._addresses_changed({addresses.normalise(email) for email in emails})
