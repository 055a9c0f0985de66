from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        """Let an invoice whose token is taken away have another, if links lead to it (R92c).

        The page is closed to whoever has the old one, and what was sent still leads to it.
        """
        result = super().write(vals)
        if "access_token" in vals and not vals["access_token"]:
            self._chasing_renew_tokens()
        return result

    def _chasing_renew_tokens(self):
        linked = (
            self.env["chasing.link"].sudo().search_fetch([("delivery_id.move_id", "in", self.ids)], ["delivery_id"])
        )
        linked.delivery_id.move_id._chasing_ensure_tokens()
