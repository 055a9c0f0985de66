from odoo import fields, models
from odoo.exceptions import UserError


class ChasingDelivery(models.Model):
    """What people see of a delivery: the message as it was sent."""

    _inherit = "chasing.delivery"

    message_subject = fields.Char("Subject", related="mail_message_id.subject", related_sudo=True)
    message_body = fields.Html("Text", related="mail_message_id.body", related_sudo=True, sanitize=False)
    message_from = fields.Char("From", related="mail_message_id.email_from", related_sudo=True)
    attachment_ids = fields.Many2many(related="mail_message_id.attachment_ids", related_sudo=True)

    def action_open_message(self):
        """The message as it was sent, in a dialog."""
        if not self.mail_message_id:
            raise UserError(self.env._("No message left for this recipient: %(why)s", why=self.failure_reason or "…"))
        return {
            "type": "ir.actions.act_window",
            "name": self.mail_message_id.sudo().subject,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref("invoice_chasing.chasing_delivery_view_form").id, "form")],
            "target": "new",
        }
