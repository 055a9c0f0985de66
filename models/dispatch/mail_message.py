from odoo import models


class MailMessage(models.Model):
    _inherit = "mail.message"

    def unlink(self):
        """Take what is deleted while it waits for withdrawn: the database deletes what a queue has of it."""
        self.check_access("unlink")
        deliveries = self.env["chasing.delivery"].sudo()
        deliveries.search([("mail_message_id", "in", self.ids), ("state", "=", "queued")])._withdraw()
        deliveries._detach("mail_message_id", self)
        return super().unlink()
