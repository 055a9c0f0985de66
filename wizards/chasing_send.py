from odoo import api, fields, models

from ..models.common import clock
from ..models.common.wording import reason_text
from ..models.engine.cures import cure_of
from ..models.engine.states import RETRYABLE

OUTCOME_FIELDS = ("is_unclear", "is_second", "is_possible", "outcome", "problem", "can_fix")


class ChasingSend(models.TransientModel):
    """Ask before a person sends now: who gets what, and whether somebody was already contacted today (R17)."""

    _name = "chasing.send"
    _inherit = "chasing.dialog"
    _description = "Send a Step Now"

    step_id = fields.Many2one("chasing.step", required=True, readonly=True)
    step_label = fields.Char("What", related="step_id.step_label", related_sudo=False)
    message_text = fields.Char(related="step_id.message_text", related_sudo=False)
    is_unclear = fields.Boolean(compute="_compute_outcome")
    is_second = fields.Boolean(compute="_compute_outcome")
    is_possible = fields.Boolean(compute="_compute_outcome")
    outcome = fields.Char(compute="_compute_outcome")
    problem = fields.Char(compute="_compute_outcome")
    can_fix = fields.Boolean(compute="_compute_outcome")

    @api.depends("step_id")
    @api.depends_context("lang", "tz")
    def _compute_outcome(self):
        """Say what sending it now does, as the sending itself will decide it."""
        for dialog in self:
            dialog.step_id.check_access("read")
            values = dialog._foreseen_values(dialog.step_id.sudo()) if dialog.step_id else {}
            for name in OUTCOME_FIELDS:
                dialog[name] = values.get(name, False)

    def _foreseen_values(self, step):
        """Return {field: value} of what is told of a step; to try a text may forget what was assigned before."""
        history = step.schedule_id._contact_histories(clock.now(self.env)).get(step.schedule_id.id)
        used = history.used_today if history else {}
        (is_possible, outcome), (code, values) = step._manual_outcome(), step._problem()
        problem = reason_text(self.env, code, values)
        return {
            "is_second": any((step.role_id.id or None, channel) in used for channel in step._channels()),
            "is_unclear": any(delivery._is_outcome_unknown() for delivery in step.delivery_ids),
            "is_possible": is_possible,
            "outcome": outcome,
            # What keeps it from leaving says the outcome; what a person may send in spite of is said beside it.
            "problem": is_possible and problem and problem not in outcome and problem,
            "can_fix": bool(cure_of(code)),
        }

    def action_send(self):
        """Send the step now, or again."""
        self.ensure_one()
        if self.is_unclear:
            return self.step_id._retry_unclear()
        return self.step_id.action_retry() if self.step_id.state in RETRYABLE else self.step_id.action_send_now()

    def action_fix(self):
        """Open where what keeps the message from leaving is put right."""
        self.ensure_one()
        return self.step_id.action_fix()
