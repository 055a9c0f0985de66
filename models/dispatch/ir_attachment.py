from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_to_be_sent(self):
        """Refuse to delete a file that a message is still to bring (R74): it would leave without it, in silence."""
        steps = self.env["chasing.step"].sudo()
        step = steps.search(Domain("attachment_ids", "in", self.ids) & steps._to_be_sent(), limit=1)
        if step:
            file = step.attachment_ids.filtered(lambda file: file.id in self.ids)[:1]
            raise UserError(
                self.env._(
                    "%(file)s goes with a message of %(invoice)s that is still to be sent: %(step)s. Remove it from "
                    "the message first.",
                    file=file.name,
                    invoice=step.move_id.display_name,
                    step=step.step_label,
                )
            )
