from odoo import api, fields, models


class ChasingSchedule(models.Model):
    """Whose invoice it is, whatever becomes of its contact (R60)."""

    _inherit = "chasing.schedule"

    customer_id = fields.Many2one(
        "res.partner",
        "Original Customer",
        compute="_compute_customer_id",
        store=True,
        index=True,
        ondelete="set null",
        help="The customer when the invoice got this contact: Odoo gives the invoices of a contact to whatever company "
        "the contact joins.",
    )

    @api.depends("move_id.partner_id")
    def _compute_customer_id(self):
        for schedule in self:
            schedule.customer_id = schedule.move_id.partner_id.commercial_partner_id

    def _has_moved(self):
        """Whether the contact of the invoice belongs to another customer than the one whose invoice it is (R60)."""
        move = self.move_id
        customers = (self.customer_id or move.commercial_partner_id) | move.commercial_partner_id
        return customers != move.partner_id.commercial_partner_id
