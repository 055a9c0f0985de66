from odoo import api, fields, models

from ..common.user_groups import INTERNAL_USERS
from ..engine.states import OPEN_STATUSES
from .chasing_address_book import ADDRESS_FIELDS, postal_line


class ResPartner(models.Model):
    """Know of a contact's addresses whether messages arrive there, and whether they are still theirs (R60)."""

    _inherit = "res.partner"

    chasing_confirmed_address = fields.Char(
        copy=False, groups=INTERNAL_USERS, help="The postal address that someone confirmed, in one line."
    )
    chasing_is_unconfirmed = fields.Boolean(compute="_compute_chasing_is_unconfirmed", groups=INTERNAL_USERS)

    @api.depends("commercial_partner_id", "chasing_confirmed_address", *ADDRESS_FIELDS)
    def _compute_chasing_is_unconfirmed(self):
        """Tell whether open invoices of an earlier customer wait for this contact's address to be confirmed (R60)."""
        schedules = (
            self.env["chasing.schedule"]
            .sudo()
            .search([("move_id.partner_id", "in", self._origin.ids), ("status", "in", OPEN_STATUSES)])
        )
        moved = schedules.filtered(lambda schedule: schedule._has_moved()).partner_id
        for partner in self:
            line = postal_line(partner)
            partner.chasing_is_unconfirmed = (
                partner._origin in moved and bool(line) and partner.sudo().chasing_confirmed_address != line
            )

    def _chasing_addresses(self):
        """Return the addresses of these contacts, normalised."""
        return self.env["chasing.address.book"]._addresses(self.sudo(), self.env.company)
