from odoo import fields, models

from ..common.wording import reason_text, translate
from ..engine import recipients


class ChasingStep(models.Model):
    _inherit = "chasing.step"

    # Whom a person chose for this one message (R74); without any, those whom the step reaches by itself.
    to_ids = fields.Many2many(
        "res.partner", "chasing_step_to_rel", "step_id", "partner_id", "Chosen Recipients", readonly=True
    )
    to_emails = fields.Text("Other Addresses", readonly=True)
    cc = fields.Char("CC Addresses", readonly=True)

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
