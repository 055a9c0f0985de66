from odoo import models

from .res_partner import STEERED


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_values(self, src_partners, dst_partner):
        """What is said of one of them holds for the customer they become, whoever merges them (R37)."""
        kept, merged = dst_partner.sudo(), src_partners.sudo()
        kept.write({name: kept[name] or next(filter(None, merged[::-1].mapped(name)), False) for name in STEERED})
        return super()._update_values(src_partners, dst_partner)
