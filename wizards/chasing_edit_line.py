from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..models.common import clock

LIVE_DEPENDS = ("trigger", "days", "date", "hour", "repeat_count")
LINE_DEPENDS = (f"{dialog}.line_ids.{name}" for dialog in ("edit_id", "assign_id") for name in LIVE_DEPENDS)


class ChasingEditLine(models.TransientModel):
    """Hold one line of the grid of steps, in the dialog that edits them or in the one that enables chasing.

    Both dialogs tell for which invoice (`_move`) and what the engine says of lines (`_simulated_steps`).
    """

    _name = "chasing.edit.line"
    _inherit = ["chasing.readable", "chasing.step.mixin"]
    _description = "Step in the Edit Chasing Dialog"
    _check_company_auto = True

    edit_id = fields.Many2one("chasing.edit", ondelete="cascade", index=True)
    assign_id = fields.Many2one("chasing.assign", ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    role_id = fields.Many2one(check_company=True)
    live_text = fields.Char("Scheduled", compute="_compute_live")
    is_skipped = fields.Boolean(compute="_compute_live")
    _one_dialog = models.Constraint("CHECK (num_nonnulls(edit_id, assign_id) = 1)", "A step belongs to one dialog.")

    def _dialog(self):
        return self.edit_id or self.assign_id

    @api.depends("edit_id.company_id", "assign_id.company_id")
    def _compute_company_id(self):
        for line in self:
            line.company_id = line._dialog().company_id

    def _sample_invoices(self):
        dialogs = self.grouped(lambda line: line._dialog())
        posted = self.env["account.move"].union(*(dialog._move() for dialog in dialogs if dialog)).sudo()
        return posted.filtered(lambda move: move.state == "posted") or super()._sample_invoices()

    @api.depends(*LINE_DEPENDS)
    @api.depends_context("lang", "tz")
    def _compute_live(self):
        simulation = self.env["chasing.simulation"]
        for dialog, lines in self.grouped(lambda line: line._dialog()).items():
            simulated = dialog._simulated_steps() if dialog else []
            timezone = clock.zone(dialog.company_id)
            for line in lines:
                # While a line is typed in, its dialog does not know it yet.
                own = simulation._own(simulated, line)
                if dialog and not own:
                    own = simulation._own(dialog._simulated_steps(line), line)
                line.live_text = simulation._line_text(own, timezone)
                line.is_skipped = bool(own) and all(step.state == "skipped" for step in own)

    def _check_grid(self, locked=None):
        """Refuse lines that cannot be saved as the steps of one invoice (R1-R4, R14, R16), naming the line.

        :param locked: the invoice's steps that stay beside them
        """
        locked = locked or self.env["chasing.step"]
        if not (self or locked):
            raise ValidationError(self.env._("Add at least one step."))
        problems = self._problems([*locked._definitions(), *self._definitions()])
        if problems:
            raise ValidationError(self._problem_sentence(problems[0]))
