from odoo import fields, models


class ChasingDelivery(models.Model):
    _inherit = "chasing.delivery"

    channel = fields.Selection(selection_add=[("email", "E-mail")], ondelete={"email": "cascade"})

    def _returned(self, said):
        """Note that the e-mails of these deliveries came back: Odoo's notifications say so, and through them we (R87).

        :param said: the text of the report
        """
        self.notification_id.filtered(lambda notification: notification.notification_status != "bounce").write({
            "notification_status": "bounce",
            "failure_type": "mail_bounce",
            "failure_reason": said,
        })
