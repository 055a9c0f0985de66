from odoo import models

from ..common.mail_header import format_addresses, format_sender


class ResCompany(models.Model):
    _inherit = "res.company"

    def _chasing_sender(self):
        """Return the header of the address from which the company writes, False if it has none."""
        self.ensure_one()
        return format_sender(self.name, self.email) or format_addresses(self.sudo().email_formatted)
