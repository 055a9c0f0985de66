from odoo import api, models


class ChasingPlanner(models.AbstractModel):
    """A new schedule's responsible (R98)."""

    _inherit = "chasing.planner"

    @api.model
    def _schedule_values(self, cases):
        rows, schedule = super()._schedule_values(cases), self.env["chasing.schedule"]
        for case, values in zip(cases, rows, strict=True):
            values["responsible_id"] = schedule._usual_responsible(case.cadence, case.move).id or None
        return rows
