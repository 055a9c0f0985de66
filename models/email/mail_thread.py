from odoo import api, models
from odoo.tools import html2plaintext

from ..engine import address_list, addresses
from ..people.chasing_address_book import emails_in

# Who writes of an e-mail that did not arrive, where no machine can read it.
POSTMASTERS = ("mailer-daemon@", "postmaster@")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Bring a message of ours back that a report is about, whomever it names (R87).

        That it is delayed, or was read, or that its reader is away, does not. Nor does it that a copy came back (R74).
        """
        # Odoo looks for the message in the parts of a report; who writes none answers the message.
        message = message_dict["bounced_message"] or self.env["mail.message"].browse(message_dict.get("parent_id"))
        deliveries = self.env["chasing.delivery"].sudo()
        if message:
            deliveries = deliveries.search([("mail_message_id", "in", message.ids), ("channel", "=", "email")])
        if deliveries and not _is_permanent(email_message, message_dict["email_from"]):
            return None
        named = _named(email_message)
        deliveries._note_lost_copies(named)._tell_lost_copies()
        if deliveries and all(delivery._is_only_about_copies(named) for delivery in deliveries):
            return None
        result = super()._routing_handle_bounce(email_message, message_dict)
        deliveries._returned(html2plaintext(message_dict.get("body") or ""))
        return result

    @api.model
    def _routing_reset_bounce(self, email_message, message_dict):
        """Take an address from which somebody writes for one that works."""
        senders = address_list.parse_address_list(message_dict["email_from"] or "")
        self.env["chasing.delivery"]._address_works({addresses.normalise(address) for _name, address in senders})
        return super()._routing_reset_bounce(email_message, message_dict)


def _is_permanent(report, sender):
    """Return whether a returned e-mail reports a permanent failure.

    :param sender: who wrote it, as it stands in its header: an absence notice comes back the same way as a report
    """
    if report.get_param("report-type", "delivery-status") != "delivery-status":
        return False
    actions = {action for action, _block in _actions(report)}
    if actions:
        return "failed" in actions
    return any(address.startswith(POSTMASTERS) for _name, address in address_list.parse_address_list(sender or ""))


def _named(report):
    """Return the normalised addresses of which a report says that the message did not arrive there."""
    recipients = [
        str(block[name]).rpartition(";")[2]
        for action, block in _actions(report)
        for name in ("Final-Recipient", "Original-Recipient")
        if action == "failed" and block[name]
    ]
    recipients += map(str, report.get_all("X-Failed-Recipients", []))
    return emails_in(recipients)


def _actions(report):
    """Return [(what became of a message, the part of a report that says so)], a recipient each."""
    return [
        (str(block["Action"]).strip().lower(), block)
        for part in report.walk()
        if part.get_content_type() == "message/delivery-status" and part.is_multipart()
        for block in part.get_payload()
        if block["Action"]
    ]
