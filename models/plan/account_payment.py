from odoo import api, models

# What decides whether a payment without a journal entry counts, and for what.
BEARING = frozenset({"state", "amount", "currency_id", "date", "memo", "partner_id", "invoice_ids"})


class AccountPayment(models.Model):
    _inherit = "account.payment"

    # Odoo has none, and looking for a customer's money would read all payments there are.
    _chasing_partner = models.Index("(partner_id)")

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        payments._chasing_money_moved()
        return payments

    def write(self, vals):
        if BEARING.isdisjoint(vals):
            return super().write(vals)
        self._chasing_money_moved()
        result = super().write(vals)
        self._chasing_money_moved()
        return result

    def unlink(self):
        self._chasing_money_moved()
        return super().unlink()

    def _chasing_money_moved(self):
        """Look at the money again of payments without a journal entry, of which nobody else tells (R45)."""
        bare = self.filtered(lambda payment: not payment.move_id and payment.state in ("in_process", "paid"))
        if bare:
            self.env["chasing.money"]._moved(customers=bare.partner_id.commercial_partner_id.ids)
