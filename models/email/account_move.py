from odoo import models

from ..common import trusted_context


class AccountMove(models.Model):
    _inherit = "account.move"

    def _notify_by_email_get_final_mail_values(self, recipient_ids, mail_values, additional_values=None):
        """Let the copies that a person named leave with the first e-mail to the customer."""
        values = super()._notify_by_email_get_final_mail_values(recipient_ids, mail_values, additional_values)
        copies = trusted_context.get(self.env, "chasing_copies")
        if copies and not copies.partner_ids.isdisjoint(recipient_ids):
            values["email_cc"], copies.cc = copies.cc, False
        return values
