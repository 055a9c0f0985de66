from odoo import api, fields, models


class ChasingGrid(models.AbstractModel):
    """Show the grid of steps in a dialog: its columns, and why a channel cannot be chosen.

    An heir has the lines as `line_ids`, and tells for which invoice (`_move`) and what the engine says of lines
    (`_simulated_steps`).
    """

    _name = "chasing.grid"
    _description = "Grid of Steps"

    blocked_text = fields.Text(compute="_compute_blocked_text")
    has_date = fields.Boolean(compute="_compute_columns")
    has_repeat = fields.Boolean(compute="_compute_columns")

    @api.depends("line_ids.trigger")
    def _compute_columns(self):
        """Tell which columns have something to show."""
        for dialog in self:
            triggers = dialog.line_ids.mapped("trigger")
            dialog.has_date, dialog.has_repeat = "on_date" in triggers, "repeat" in triggers

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_blocked_text(self):
        """Say why a channel of the grid cannot be chosen."""
        for dialog in self:
            dialog.blocked_text = "\n".join(dialog.line_ids._blocked(dialog.company_id or self.env.company).values())
