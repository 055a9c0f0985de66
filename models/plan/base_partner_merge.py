from odoo import models


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_values(self, src_partners, dst_partner):
        """Look anew at the money of the customer whom the others become (R45)."""
        dst_partner.sudo()._chasing_money_moved()
        return super()._update_values(src_partners, dst_partner)
