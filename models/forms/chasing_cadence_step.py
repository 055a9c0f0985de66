from odoo import api, fields, models

from ..common import client_actions
from .chasing_cadence import EXAMPLE_FIELDS


class ChasingCadenceStep(models.Model):
    """Show a line of a cadence with its live date."""

    _inherit = "chasing.cadence.step"

    live_text = fields.Char("Example", compute="_compute_live")
    is_skipped = fields.Boolean(compute="_compute_live")

    @api.depends(
        "cadence_id.sample_move_id",
        "cadence_id.entry_point",
        *(f"cadence_id.step_ids.{name}" for name in EXAMPLE_FIELDS),
    )
    @api.depends_context("lang")
    def _compute_live(self):
        simulation = self.env["chasing.simulation"]
        for cadence, lines in self.grouped("cadence_id").items():
            simulated = cadence._simulated_steps()
            for line in lines:
                # While a line is typed in, its cadence does not know it yet.
                own = simulation._own(simulated, line) or simulation._own(cadence._simulated_steps(line), line)
                line.live_text = simulation._line_text(own, cadence._timezone())
                line.is_skipped = bool(own) and all(step.state == "skipped" for step in own)

    def action_open_text(self):
        """Open the step's own subject and text in a dialog."""
        self.ensure_one()
        view = "invoice_chasing.chasing_cadence_step_view_form"
        return client_actions.open_form(self, self.step_label, view, target="new")
