from odoo import fields, models

from ..engine.facts import PACED


class ChasingDelivery(models.Model):
    _inherit = "chasing.delivery"

    channel = fields.Selection(selection_add=[("email", "E-mail")], ondelete={"email": "cascade"})
    mail_server_id = fields.Many2one("ir.mail_server", readonly=True, ondelete="set null", groups="base.group_system")
    _given = models.Index("(mail_server_id, queued_at) WHERE mail_server_id IS NOT NULL")

    def _awaited_reason(self):
        """Tell that an e-mail waits for its mail server, which takes fewer at once than its step has (R113)."""
        if self.channel == "email" and self.leaves_at:
            return PACED
        return super()._awaited_reason()

    def _returned(self, said):
        """Note that the e-mails of these deliveries came back: Odoo's notifications say so, and through them we (R87).

        :param said: the text of the report
        """
        self.notification_id.filtered(lambda notification: notification.notification_status != "bounce").write({
            "notification_status": "bounce",
            "failure_type": "mail_bounce",
            "failure_reason": said,
        })
