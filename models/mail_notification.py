from odoo import models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        """What Odoo's own sending, a bounce or a cancellation says about a message of ours reaches its delivery (R87)."""
        result = super().write(vals)
        if vals.get("notification_status") in ("sent", "bounce", "exception", "canceled"):
            self.env["chasing.delivery"].sudo().search([("notification_id", "in", self.ids)])._notification_changed()
        return result
