from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._chasing_lines()._chasing_check_money()
        return partials

    def unlink(self):
        lines = self._chasing_lines()
        result = super().unlink()
        lines._chasing_check_money()
        return result

    def _chasing_lines(self):
        """The receivable lines whose credit these reconciliations use up or give back (R45)."""
        return self.sudo().credit_move_id.filtered(lambda line: line.account_type == "asset_receivable")
