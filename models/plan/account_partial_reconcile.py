from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._chasing_money_moved()
        return partials

    def unlink(self):
        self._chasing_money_moved()
        return super().unlink()

    def _chasing_money_moved(self):
        """Look at the money again of customers whose credit these use up or give back (R45)."""
        self.env["chasing.money"]._moved(moves=self.sudo().credit_move_id.move_id.ids)
