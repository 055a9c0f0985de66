from odoo import models


class MailMessage(models.Model):
    _inherit = "mail.message"

    def unlink(self):
        """Let what left of an e-mail go with its message: who deletes that erases what it says."""
        self.check_access("unlink")
        deliveries = self.env["chasing.delivery"].sudo()
        deliveries.search([("mail_message_id", "in", self.ids), ("channel", "=", "email")]).sent_content = False
        return super().unlink()
