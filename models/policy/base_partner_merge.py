from odoo import models


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Let what is said of one of them hold for the customer they become, whoever merges them (R37).

        In each company the stricter word holds, whole. All of them say it first, as Odoo chooses value by value and
        takes an empty end of a pause for none said.
        """
        partners = self.env["res.partner"].sudo().with_context(tracking_disable=True).browse(partner_ids).exists()
        for company in self.env["res.company"].sudo().with_context(active_test=False).search([]):
            partners.with_company(company)._chasing_hold_strictest()
        return super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)

    def _update_values(self, src_partners, dst_partner):
        """Keep the customers' cadence whoever merges them, though only a collector gives them one (R37)."""
        kept, merged = dst_partner.sudo(), src_partners.sudo()
        if not kept.chasing_cadence_id:
            kept.chasing_cadence_id = merged.filtered("chasing_cadence_id")[-1:].chasing_cadence_id
        return super()._update_values(src_partners, dst_partner)
