from odoo import api, fields, models

from ..common.wording import reason_text, translate
from ..engine import recipients
from ..engine.states import UNSENT


class ChasingStep(models.Model):
    _inherit = "chasing.step"

    to_text = fields.Char("To", compute="_compute_to", compute_sudo=True)
    to_problem = fields.Char("Will Fail", compute="_compute_to", compute_sudo=True)
    to_problem_code = fields.Char(compute="_compute_to", compute_sudo=True)

    @api.depends(
        "state",
        "delivery_ids.address",
        "delivery_ids.state",
        "channel_email",
        "channel_sms",
        "channel_letter",
        "role_id",
    )
    @api.depends_context("lang")
    def _compute_to(self):
        upcoming = self.filtered(lambda step: step.state in UNSENT)._origin
        resolved = upcoming._addressed()
        predicted = self.env["chasing.prediction"]._predicted(upcoming, resolved)
        for step in self:
            found = resolved.get(step._origin)
            code, values, _unreached = predicted.get(step._origin, (False, False, False))
            step.to_problem_code, step.to_problem = code, reason_text(self.env, code, values)
            if found is not None:
                addresses = [one.address for resolution in found.values() for one in resolution.recipients]
                step.to_text = ", ".join(dict.fromkeys(addresses))
            else:
                step.to_text = ", ".join(dict.fromkeys(step.delivery_ids.sorted("id").mapped("address")))

    def _why_text(self, recipient):
        """One recipient in words: the address, whose it is, and why or why not (R66)."""
        why = translate(self.env, recipients.WHY[recipient.why]) % {"role": self.role_id.name}
        if recipient.problem:
            why = reason_text(self.env, recipient.problem, _problem_values(recipient))
        name = recipient.name and recipient.name != recipient.address and f"{recipient.name} <{recipient.address}>"
        return self.env._("%(recipient)s: %(why)s", recipient=name or recipient.address, why=why)


def _problem_values(recipient):
    """What the sentence of a recipient's problem says."""
    return {"address": recipient.address, "name": recipient.name, "own": recipient.why == "own_list"}
