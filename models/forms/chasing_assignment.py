from odoo import models

from ..common.access import check_collector


class ChasingAssignment(models.Model):
    _inherit = "chasing.assignment"

    def action_ask_undo(self):
        """Say what undoing this would do, and ask."""
        self.ensure_one()
        self.check_access("read")
        check_collector(self.env)
        self._check_undoable()
        dialog = self.env["chasing.assignment.undo"].create({"assignment_id": self.id})
        return dialog._open({}, self.env._("Undo %(assignment)s", assignment=self.name))
