import json

from odoo import api, models

from ..common import bulk_sql
from ..engine.states import ATTEMPTED, UNSENT


class ChasingBulkChange(models.Model):
    """Let messages that were scheduled for many invoices be withdrawn while they have not left (R102b)."""

    _inherit = "chasing.bulk.change"

    @api.model
    def _note_made(self, run, steps):
        """Note that an act made these steps."""
        rows = [
            (run.id, step.schedule_id.id, json.dumps({}), json.dumps({"steps": {str(step.id): {"state": step.state}}}))
            for step in steps
        ]
        bulk_sql.insert(self, ("run_id", "schedule_id", "before", "after"), rows)

    @api.model
    def _noted_fields(self, act):
        return ((), ("state",)) if act == "schedule_message" else super()._noted_fields(act)

    def _blocked_reason(self, now):
        if self.run_id.act != "schedule_message":
            return super()._blocked_reason(now)
        states = {now["steps"].get(step_id, {}).get("state") for step_id in self.after["steps"]}
        if not states.isdisjoint(ATTEMPTED):
            return self.env._("It was sent since.")
        return False if states <= set(UNSENT) else self.env._("It was cancelled or skipped since.")

    def _undo_methods(self):
        return {**super()._undo_methods(), "schedule_message": self._withdraw_messages}

    def _withdraw_messages(self):
        """Let the messages that these made not be sent."""
        made = [int(step_id) for change in self for step_id in change.after["steps"]]
        self.env["chasing.step"].browse(made).exists().action_skip()
