from odoo import api, fields, models

from ..common.user_groups import OURS
from ..plan.chasing_schedule import OPEN_STATUSES
from .chasing_address_book import ADDRESS_FIELDS, postal_line


class ResPartner(models.Model):
    """What is known of a contact's addresses: whether messages arrive there, and whether it is still theirs (R60)."""

    _inherit = "res.partner"

    chasing_confirmed_address = fields.Char(
        copy=False, groups=OURS, help="The postal address that somebody confirmed, in one line."
    )
    chasing_bounced = fields.Char("Addresses That Bounce", compute="_compute_chasing_bounced", groups=OURS)
    chasing_is_unconfirmed = fields.Boolean(compute="_compute_chasing_is_unconfirmed", groups=OURS)

    @api.depends(*ADDRESS_FIELDS)
    def _compute_chasing_bounced(self):
        known = {partner: partner._chasing_addresses() for partner in self}
        lost = self.env["chasing.delivery"].sudo()._came_back(frozenset().union(*known.values()))
        for partner in self:
            partner.chasing_bounced = ", ".join(sorted(known[partner] & lost.keys()))

    @api.depends("commercial_partner_id", "chasing_confirmed_address", *ADDRESS_FIELDS)
    def _compute_chasing_is_unconfirmed(self):
        """Whether open invoices of an earlier customer wait for this contact's address to be confirmed (R60)."""
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
        """The addresses of these contacts, normalised."""
        return self.env["chasing.address.book"]._addresses(self.sudo(), self.env.company)

    def write(self, vals):
        """An address that somebody enters is taken for one that works, whatever came back from it before."""
        if "active" in vals and not vals["active"]:
            self._chasing_withdraw()
        if vals.keys().isdisjoint(ADDRESS_FIELDS):
            return super().write(vals)
        before = self._chasing_addresses()
        result = super().write(vals)
        self.env["chasing.delivery"]._address_works(self._chasing_addresses() - before)
        return result

    def _chasing_withdraw(self):
        """Contacts that are archived get nothing, not even what waits for its hour or for its printing (R60)."""
        deliveries = self.env["chasing.delivery"].sudo()
        deliveries.search([("partner_id", "in", self.ids), ("state", "=", "queued")])._withdraw()

    def unlink(self):
        """R60: who is gone gets nothing that still waits."""
        self._chasing_withdraw()
        return super().unlink()

    def _chasing_mend(self):
        """The dialog in which the addresses of this contact are mended."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "res.partner",
            "res_id": self.id,
            "views": [(self.env.ref("invoice_chasing.res_partner_view_form_mend").id, "form")],
            "target": "new",
            "context": {"dialog_size": "medium"},
        }

    def action_chasing_address_works(self):
        """A person knows that messages arrive at this contact's addresses again."""
        self._chasing_steered()
        self.env["chasing.delivery"]._address_works(self._chasing_addresses())
        return {"type": "ir.actions.act_window_close"}

    def action_chasing_confirm_address(self):
        """A person knows that this postal address is where letters about earlier invoices reach the contact (R60)."""
        self._chasing_steered()
        for partner in self.sudo():
            partner.chasing_confirmed_address = postal_line(partner)
        return {"type": "ir.actions.act_window_close"}
