from odoo import api, fields, models
from odoo.tools import SQL


class ChasingForecastChange(models.Model):
    """A change of something that the forecast of an invoice depends on, written while that was marked already.

    Its mark says nothing then of this change: whoever foretells the invoice at that moment may not see it yet, and
    takes the mark away. What is noted here stays until somebody foretells it who sees it. Nobody waits for anybody
    because of it, and nobody is refused.
    """

    _name = "chasing.forecast.change"
    _description = "Change Not Foretold Yet"
    _log_access = False

    schedule_id = fields.Many2one("chasing.schedule", required=True, ondelete="cascade", index=True, readonly=True)

    @api.model
    def _note(self, schedules):
        """Note that something changed about these schedules, which are marked.

        Nothing needs to be noted of a row that this transaction has written itself, of which the number is no older
        than its own: nobody takes that mark away before they see what was written with it.
        """
        if not schedules:
            return
        self.env.execute_query(
            SQL(
                """
                INSERT INTO chasing_forecast_change (schedule_id)
                SELECT id FROM chasing_schedule WHERE id = ANY(%s) AND age(xmin) > 0
                RETURNING id
                """,
                schedules.ids,
            )
        )

    @api.model
    def _mark(self):
        """Mark the schedules of which the mark was taken away by somebody who did not see what is noted here."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM chasing_schedule
                WHERE id = ANY(ARRAY(SELECT schedule_id FROM chasing_forecast_change))
                    AND is_forecast_stale IS NOT TRUE
                """
            )
        )
        self.env["chasing.schedule"].sudo().browse(schedule_id for (schedule_id,) in rows).is_forecast_stale = True

    @api.model
    def _forget(self, schedules):
        """Forget what is noted of these, as far as this transaction sees it: it is foretold."""
        self.env.execute_query(
            SQL("DELETE FROM chasing_forecast_change WHERE schedule_id = ANY(%s) RETURNING id", schedules.ids)
        )
