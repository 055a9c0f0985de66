import hashlib
import json

from odoo import api, models

from ..actions.chasing_hand import COLUMNS, LINKS
from ..common import bulk_sql
from ..engine.states import ATTEMPTED, UNSENT


class ChasingBulkChange(models.Model):
    """Let messages that were scheduled for many invoices be withdrawn while they have not left (R102b)."""

    _inherit = "chasing.bulk.change"

    @api.model
    def _note_made(self, run, steps):
        """Note that an act made these steps, and what they say."""
        digests = self._digests(steps)
        rows = [
            (
                run.id,
                step.schedule_id.id,
                json.dumps({}),
                json.dumps({"steps": {str(step.id): {"state": step.state, "digest": digests[step]}}}),
            )
            for step in steps
        ]
        bulk_sql.insert(self, ("run_id", "schedule_id", "before", "after"), rows)

    @api.model
    def _digests(self, steps):
        """Return {step: what is another text as soon as a person gives it other words, people, files or another time}.

        Where the engine puts it is no person's doing, and left out.
        """
        names = (*steps._copied_fields(), *COLUMNS, *LINKS, "zone", "is_rescheduled")
        return {step: _digest([step[name] for name in names]) for step in steps.sudo()}

    @api.model
    def _noted_fields(self, act):
        return ((), ("state",)) if act == "schedule_message" else super()._noted_fields(act)

    @api.model
    def _look(self, act, schedules):
        seen = super()._look(act, schedules)
        if act == "schedule_message":
            for step, digest in self._digests(schedules.sudo().step_ids.filtered("is_by_hand")).items():
                seen[step.schedule_id.id]["steps"][str(step.id)]["digest"] = digest
        return seen

    def _blocked_reason(self, now):
        if self.run_id.act != "schedule_message":
            return super()._blocked_reason(now)
        found = {step_id: now["steps"].get(step_id, {}) for step_id in self.after["steps"]}
        states = {step.get("state") for step in found.values()}
        if not states.isdisjoint(ATTEMPTED):
            return self.env._("It was sent since.")
        if not states <= set(UNSENT):
            return self.env._("It was cancelled or skipped since.")
        is_changed = any(found[step_id]["digest"] != noted["digest"] for step_id, noted in self.after["steps"].items())
        return is_changed and self.env._("Changed since.")

    def _undo_methods(self):
        return {**super()._undo_methods(), "schedule_message": self._withdraw_messages}

    def _withdraw_messages(self):
        """Let the messages that these made not be sent."""
        made = [int(step_id) for change in self for step_id in change.after["steps"]]
        self.env["chasing.step"].browse(made).exists().action_skip()


def _digest(values):
    """Return a short text that tells these values of a record from others."""
    plain = [sorted(value.ids) if isinstance(value, models.BaseModel) else str(value) for value in values]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()
