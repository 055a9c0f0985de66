from odoo import models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        """A message of ours that comes back, arrives or is cancelled changes its delivery (R87); the result of sending
        an e-mail is told by its mail."""
        result = super().write(vals)
        status = vals.get("notification_status")
        if status == "canceled":
            self._chasing_deliveries()._notification_changed()
        elif status == "bounce":
            self._chasing_deliveries()._sending_ended()
        elif status:
            self.filtered(lambda one: one.notification_type == "sms")._chasing_deliveries()._sending_ended()
        return result

    def _chasing_deliveries(self):
        return self.env["chasing.delivery"].sudo().search([("notification_id", "in", self.ids)])
