from odoo import api, models


class ChasingPlanner(models.AbstractModel):
    """Add when Odoo itself last sent the invoice of a new schedule (R9, R17)."""

    _inherit = "chasing.planner"

    @api.model
    def _schedule_values(self, cases):
        rows = super()._schedule_values(cases)
        mailed_at = self.env["account.move"].browse(case.move.id for case in cases)._chasing_mailed_at()
        for case, values in zip(cases, rows, strict=True):
            values["odoo_sent_at"] = mailed_at.get(case.move.id)
        return rows
