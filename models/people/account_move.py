from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _chasing_invoice_contacts(self):
        """{move id: partners} a message about it goes to by default (R60)."""
        return self.env["chasing.address.book"]._default_contacts(self)
