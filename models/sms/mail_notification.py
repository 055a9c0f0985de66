from odoo import models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        """Read what became of an SMS, which its notification alone tells (R87)."""
        result = super().write(vals)
        status = vals.get("notification_status")
        is_news = status and status not in ("canceled", "bounce")
        if is_news and (by_sms := self.filtered(lambda notification: notification.notification_type == "sms")):
            by_sms._chasing_deliveries()._on_send_result()
        return result
