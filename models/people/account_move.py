from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _chasing_invoice_contacts(self):
        """Return {move id: partners} to whom a message about it goes by default (R60)."""
        return self.env["chasing.address.book"]._default_contacts(self)
