from odoo import api, models


class ChasingPlanner(models.AbstractModel):
    """A new schedule's responsible (R98)."""

    _inherit = "chasing.planner"

    @api.model
    def _schedule_values(self, cases):
        schedule = self.env["chasing.schedule"]
        return [
            {**values, "responsible_id": schedule._usual_responsible(case.cadence, case.move).id or None}
            for case, values in zip(cases, super()._schedule_values(cases), strict=True)
        ]
