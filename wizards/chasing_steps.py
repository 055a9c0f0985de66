from odoo import api, fields, models
from odoo.exceptions import UserError

ACTS = [
    ("send", "Send Now"),
    ("retry", "Retry"),
    ("skip", "Skip"),
    ("dismiss", "Dismiss Failures"),
]
# act -> (the word of a step's `allowed` without which it is refused, the method of the step)
METHODS = {
    "send": ("send_now", "action_send_now"),
    "retry": ("retry", "action_retry"),
    "skip": ("skip", "action_skip"),
    "dismiss": ("dismiss", "action_dismiss"),
}


class ChasingSteps(models.TransientModel):
    """Do something with many steps: says how many, does it one by one, and lists what was refused (R52)."""

    _name = "chasing.steps"
    _inherit = "chasing.dialog"
    _description = "Many Steps at Once"

    step_ids = fields.Many2many("chasing.step", readonly=True)
    act = fields.Selection(ACTS, required=True, readonly=True)
    allowed_count = fields.Integer("Steps", compute="_compute_counts")
    left_count = fields.Integer("Left As They Are", compute="_compute_counts")
    refused_text = fields.Text("Refused", readonly=True)

    @api.depends("step_ids", "act")
    def _compute_counts(self):
        for dialog in self:
            dialog.allowed_count = len(dialog._allowed())
            dialog.left_count = len(dialog.step_ids) - dialog.allowed_count

    def _allowed(self):
        if not self.act:
            return self.step_ids.browse()
        word, _method = METHODS[self.act]
        return self.step_ids._origin.filtered(lambda step: word in (step.allowed or "").split())

    def action_do(self):
        """Do it; one refused step is listed with its reason and stops no other."""
        self.ensure_one()
        _word, method = METHODS[self.act]
        refused = []
        for step in self._allowed():
            try:
                with self.env.cr.savepoint():
                    getattr(step, method)()
            except UserError as error:
                refused.append(str(error))
        if not refused:
            return {"type": "ir.actions.act_window_close"}
        self.refused_text = "\n".join(refused)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%(count)s refused", count=len(refused)),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
