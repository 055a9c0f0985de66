from odoo import api, fields, models

from ..models.engine.states import UPCOMING
from .chasing_changes import Change, ChangeList


class ChasingAssignmentUndo(models.TransientModel):
    """Say what undoing a bulk assignment does, before it is done (R51, R52)."""

    _name = "chasing.assignment.undo"
    _inherit = ["chasing.changes", "chasing.dialog"]
    _description = "Undo a Bulk Assignment"

    assignment_id = fields.Many2one("chasing.assignment", required=True, readonly=True, ondelete="cascade")
    invoice_count = fields.Integer(compute="_compute_changes")
    replaced_text = fields.Text(compute="_compute_changes")

    @api.depends("assignment_id")
    @api.depends_context("lang")
    def _compute_changes(self):
        for dialog in self:
            going, kept = dialog._split_lines()
            moves = self.env["account.move"].browse(going)
            dialog.invoice_count = len(going)
            dialog.changes = dialog._listed(dialog._lists_of(going, kept))
            dialog.replaced_text = dialog._replaced(moves.sudo().chasing_schedule_ids)

    def _split_lines(self):
        """Return ({move id: line} of invoices that get back what they had, {move id: (line, why not)} of the others).

        Those that the reader may not read are left as they are, and counted nowhere.
        """
        lines = self.assignment_id.sudo().line_ids.filtered(lambda line: not line.reason)
        readable = set(lines.move_id.sudo(False)._filtered_access("read")._ids)
        going, kept = {}, {}
        for line in lines:
            if line.move_id.id not in readable:
                continue
            if why := line._blocked_reason():
                kept[line.move_id.id] = (line, why)
            else:
                going[line.move_id.id] = line
        return going, kept

    def _replaced(self, schedules):
        """Return which scheduled messages do not leave as they stand now, empty for none."""
        coming = self._messages_by_channel(schedules, UPCOMING, but_by_hand=True)
        replaced = coming and self.env._("Replaces scheduled messages: %(messages)s.", messages=coming)
        return "\n".join(filter(None, [replaced, self._withdrawn_text(schedules)]))

    def _change_lists(self):
        return self._lists_of(*self._split_lines())

    def _lists_of(self, going, kept):
        moves, present = self.env["account.move"], self.env["chasing.assign"]._present_text
        return [
            ChangeList(
                self.env._("Will be undone"),
                moves.browse(going),
                lambda shown: {move.id: Change(present(move), going[move.id]._former_text()) for move in shown},
            ),
            ChangeList(
                self.env._("Unchanged"),
                moves.browse(kept),
                lambda shown: {move.id: Change(present(move), note=kept[move.id][1]) for move in shown},
            ),
        ]

    def action_undo(self):
        """Undo it."""
        self.ensure_one()
        return self.assignment_id.action_undo()
