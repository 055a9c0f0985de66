from odoo import fields, models
from odoo.exceptions import UserError


class ChasingMinimum(models.Model):
    """The open balance in one currency below which a company does not chase (R46b)."""

    _name = "chasing.minimum"
    _description = "Minimum to Chase"
    _order = "company_id, currency_id"
    _rec_name = "currency_id"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, ondelete="cascade", default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(required=True)

    _currency_once = models.Constraint(
        "UNIQUE (company_id, currency_id)", "The company has a minimum in this currency already: change that one."
    )
    _not_negative = models.Constraint("CHECK (amount >= 0)", "The minimum to chase is 0 or more.")

    def write(self, vals):
        """What was set for one company is not another's to take."""
        if any(minimum.company_id.id != vals.get("company_id", minimum.company_id.id) for minimum in self):
            raise UserError(self.env._("A minimum stays in its company: add one to the other company instead."))
        return super().write(vals)
