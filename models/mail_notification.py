from odoo import models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        """A message of ours that comes back or is cancelled changes its delivery (R87); the result of sending it is
        told by its mail."""
        result = super().write(vals)
        if vals.get("notification_status") in ("bounce", "canceled"):
            self.env["chasing.delivery"].sudo().search([("notification_id", "in", self.ids)])._notification_changed()
        return result
