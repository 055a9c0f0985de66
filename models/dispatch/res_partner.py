from odoo import api, fields, models

from ..common.user_groups import INTERNAL_USERS
from ..people.chasing_address_book import ADDRESS_FIELDS


class ResPartner(models.Model):
    _inherit = "res.partner"

    chasing_bounced = fields.Char("Addresses That Bounce", compute="_compute_chasing_bounced", groups=INTERNAL_USERS)

    @api.depends(*ADDRESS_FIELDS)
    def _compute_chasing_bounced(self):
        addresses = {partner: partner._chasing_addresses() for partner in self}
        lost = self.env["chasing.delivery"].sudo()._came_back(frozenset().union(*addresses.values()))
        for partner in self:
            partner.chasing_bounced = ", ".join(sorted(addresses[partner] & lost.keys()))

    def write(self, vals):
        """Take an address that somebody enters for one that works, whatever came back from it before."""
        if "active" in vals and not vals["active"]:
            self._chasing_withdraw()
        if vals.keys().isdisjoint(ADDRESS_FIELDS):
            return super().write(vals)
        before = self._chasing_addresses()
        result = super().write(vals)
        self.env["chasing.delivery"]._address_works(self._chasing_addresses() - before)
        return result

    def _chasing_withdraw(self):
        """Take back what still waits for contacts that are archived, for its hour or for its printing too (R60)."""
        deliveries = self.env["chasing.delivery"].sudo()
        deliveries.search([("partner_id", "in", self.ids), ("state", "=", "queued")])._withdraw()

    def unlink(self):
        """Take back what still waits for who is gone (R60); the ledger keeps the address alone (R39)."""
        self._chasing_withdraw()
        self.env["chasing.delivery"]._detach("partner_id", self)
        return super().unlink()
