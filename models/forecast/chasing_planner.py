from odoo import api, models


class ChasingPlanner(models.AbstractModel):
    """The planner, whose plans are predicted (R96)."""

    _inherit = "chasing.planner"

    @api.model
    def _schedule_values(self, cases):
        """Return them with the mark of what was not foretold yet."""
        return [{**values, "is_forecast_stale": True} for values in super()._schedule_values(cases)]

    @api.model
    def _after_planning(self, schedules):
        super()._after_planning(schedules)
        self.env["chasing.prediction"]._changed(schedules)
