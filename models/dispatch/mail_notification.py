from odoo import models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        """Let a message of ours that comes back or is cancelled change its delivery (R87)."""
        result = super().write(vals)
        status = vals.get("notification_status")
        if status == "canceled":
            self._chasing_deliveries()._sync_results()
        elif status == "bounce":
            self._chasing_deliveries()._on_send_result()
        return result

    def _chasing_deliveries(self):
        return self.env["chasing.delivery"].sudo().search([("notification_id", "in", self.ids)])
