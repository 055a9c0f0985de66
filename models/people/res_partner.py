from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

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

    @api.ondelete(at_uninstall=False)
    def _unlink_except_chosen(self):
        """Refuse to delete whom a person chose for a message that is to come: others would get it instead (R74)."""
        steps = self.env["chasing.step"].sudo().with_context(active_test=False)
        step = steps.search(Domain("to_ids", "in", self.ids) & steps._to_be_sent(), limit=1)
        if step:
            raise UserError(
                self.env._(
                    "A message of %(invoice)s is to be sent to %(contact)s: %(step)s. Choose another recipient there "
                    "first.",
                    invoice=step.move_id.display_name,
                    contact=(step.to_ids & self)[:1].display_name,
                    step=step.step_label,
                )
            )

    def _chasing_addresses(self):
        """Return the addresses of these contacts, normalised."""
        return self.env["chasing.address.book"]._addresses(self.sudo(), self.env.company)
