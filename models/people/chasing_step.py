from odoo import models

from ..common.wording import reason_text, translate
from ..engine import recipients


class ChasingStep(models.Model):
    _inherit = "chasing.step"

    def _why_text(self, recipient):
        """Return one recipient in words: the address, whose it is, and why or why not (R66)."""
        why = translate(self.env, recipients.WHY[recipient.why]) % {"role": self.role_id.name}
        if recipient.problem:
            why = reason_text(self.env, recipient.problem, _problem_values(recipient))
        name = recipient.name and recipient.name != recipient.address and f"{recipient.name} <{recipient.address}>"
        return self.env._("%(recipient)s: %(why)s", recipient=name or recipient.address, why=why)


def _problem_values(recipient):
    """Return what the sentence of a recipient's problem says."""
    return {"address": recipient.address, "name": recipient.name, "own": recipient.why == "own_list"}
