from odoo import api, models


class MailBlacklist(models.Model):
    _inherit = "mail.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        entries._chasing_listed()
        return entries

    def write(self, vals):
        result = super().write(vals)
        self._chasing_listed()
        return result

    def _chasing_listed(self):
        """An address is refused now, or is no longer: the invoices of whoever has it are predicted again (R96)."""
        partners = self.env["res.partner"].sudo().search([("email_normalized", "in", self.mapped("email"))])
        self.env["chasing.prediction"]._contacts_changed(partners)


class PhoneBlacklist(models.Model):
    _inherit = "phone.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        entries._chasing_listed()
        return entries

    def write(self, vals):
        result = super().write(vals)
        self._chasing_listed()
        return result

    def _chasing_listed(self):
        """A number is refused now, or is no longer (R96)."""
        partners = self.env["res.partner"].sudo().search([("phone_sanitized", "in", self.mapped("number"))])
        self.env["chasing.prediction"]._contacts_changed(partners)
