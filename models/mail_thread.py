from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """A report that a message of ours is delayed, or was read, is no bounce (R87)."""
        message = message_dict["bounced_message"]
        ours = message and self.env["chasing.delivery"].sudo().search_count(
            [("mail_message_id", "in", message.ids)], limit=1
        )
        if ours and not _is_permanent(email_message):
            return None
        return super()._routing_handle_bounce(email_message, message_dict)


def _is_permanent(report):
    """Whether a returned e-mail reports a permanent failure; one that a machine cannot read is taken for one."""
    if report.get_param("report-type") == "disposition-notification":
        return False
    actions = [
        str(block["Action"]).strip().lower()
        for part in report.walk()
        if part.get_content_type() == "message/delivery-status"
        for block in part.get_payload()
        if block["Action"]
    ]
    return "failed" in actions if actions else True
