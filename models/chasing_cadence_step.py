from odoo import api, fields, models

from . import marks


class ChasingCadenceStep(models.Model):
    """One line of a cadence: what is copied onto an invoice when the cadence is applied (R20)."""

    _name = "chasing.cadence.step"
    _inherit = ["chasing.owned", "chasing.step.mixin"]
    _description = "Chasing Cadence Step"
    _order = "cadence_id, sequence, id"
    _check_company_auto = True
    _owner_field = "cadence_id"

    cadence_id = fields.Many2one("chasing.cadence", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="cadence_id.company_id", store=True, index=True)
    role_id = fields.Many2one(check_company=True)
    sequence = fields.Integer(default=10)

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps._check_alone()
        return steps

    def write(self, vals):
        result = super().write(vals)
        self._check_alone()
        return result

    def _check_alone(self):
        """Lines written by themselves: their cadence, which checks all of its lines at the end of its own change, does
        not see it (R2-R4, R12, R14, R16). A cadence's change can reach lines of another one: it looks at those too."""
        touched = marks.get(self.env, "chasing_touched_cadences")
        if touched is None:
            self.cadence_id._check_steps()
        else:
            touched.update(self.cadence_id.ids)
