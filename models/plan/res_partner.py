from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        """Look at the money again of a contact that joins or leaves a company: it is another customer's (R45)."""
        becomes_anothers = not {"parent_id", "is_company"}.isdisjoint(vals)
        if becomes_anothers:
            self._chasing_money_moved()
        result = super().write(vals)
        if becomes_anothers:
            self._chasing_money_moved()
        return result

    def _chasing_money_moved(self):
        self.env["chasing.money"]._moved(customers=self.commercial_partner_id.ids)
