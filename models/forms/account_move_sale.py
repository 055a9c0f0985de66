from odoo import models


class AccountMove(models.Model):
    """Invoices beside Odoo's Sales, which this addon does not need."""

    _inherit = "account.move"

    def _compute_field_value(self, field):
        """Sales counts on the form of an invoice the orders it came from, with the rights of whoever looks: without
        rights on orders a collector could open no invoice. A number gives nothing away."""
        return super(AccountMove, self.sudo() if field.name == "sale_order_count" else self)._compute_field_value(field)
