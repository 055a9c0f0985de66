from odoo import api, fields, models


class ChasingCadenceStep(models.Model):
    """One line of a cadence: what is copied onto an invoice when the cadence is applied (R20)."""

    _name = "chasing.cadence.step"
    _inherit = ["chasing.step.mixin"]
    _description = "Chasing Cadence Step"
    _order = "cadence_id, sequence, id"
    _check_company_auto = True

    cadence_id = fields.Many2one("chasing.cadence", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="cadence_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
