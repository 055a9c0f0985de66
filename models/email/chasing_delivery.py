from odoo import api, fields, models

from ..engine.facts import PACED
from ..people.chasing_address_book import emails_in


class ChasingDelivery(models.Model):
    _inherit = "chasing.delivery"

    channel = fields.Selection(selection_add=[("email", "E-mail")], ondelete={"email": "cascade"})
    mail_server_id = fields.Many2one("ir.mail_server", readonly=True, ondelete="set null", groups="base.group_system")
    # The copies that this message carries (R74); those of them that were refused or came back; and whether the others
    # have theirs although the recipient was refused.
    cc = fields.Char("CC", readonly=True)
    cc_lost = fields.Char("CC Not Delivered", readonly=True)
    # What leaves, packed by `eml`: Odoo deletes its e-mail once it has left, and the conversation shows another form.
    sent_content = fields.Binary(attachment=False, readonly=True, copy=False, groups=fields.NO_ACCESS)
    is_cc_sent = fields.Boolean(readonly=True)
    _given = models.Index("(mail_server_id, queued_at) WHERE mail_server_id IS NOT NULL")

    def _awaited_reason(self):
        """Tell that an e-mail waits for its mail server, which takes fewer at once than its step has (R113)."""
        if self.channel == "email" and self._waits_for_its_hour():
            return PACED
        return super()._awaited_reason()

    def _without_message(self):
        return {**super()._without_message(), "cc": False, "cc_lost": False, "sent_content": False}

    @api.model
    def _detach(self, name, records):
        """Let what left of an e-mail go with its message: who deletes that erases what it says."""
        detached = super()._detach(name, records)
        if name == "mail_message_id":
            detached.filtered(lambda delivery: delivery.channel == "email").sent_content = False
        return detached

    def _has_copied(self):
        """Return whether the copies of its step left with this delivery, or wait with it to leave (R74)."""
        return bool(self.cc and (self._is_live() or self.sent_at or self.is_cc_sent or self._is_outcome_unknown()))

    def _note_lost_copies(self, addresses):
        """Note that copies did not arrive, and return the deliveries with which they left (R74).

        :param addresses: normalised addresses, of whomever
        """
        changed, addresses = self.browse(), set(addresses)
        for delivery in self.filtered("cc"):
            known = emails_in([delivery.cc_lost])
            if lost := (emails_in([delivery.cc]) & addresses) - known:
                delivery.cc_lost = ", ".join(sorted(lost | known))
                changed |= delivery
        return changed

    def _tell_lost_copies(self):
        """Note on the invoices that copies of these did not arrive."""
        for delivery in self:
            text = self.env._("The copy to %(addresses)s did not arrive.", addresses=delivery.cc_lost)
            delivery.schedule_id._log({delivery.move_id.id: text})

    def _is_only_about_copies(self, addresses):
        """Return whether a report that names these normalised addresses is about copies of this e-mail alone (R74)."""
        return self.address not in addresses and bool(addresses & emails_in([self.cc]))

    def _returned(self, said):
        """Note that the e-mails of these deliveries came back: Odoo's notifications say so, and through them we (R87).

        :param said: the text of the report
        """
        self.notification_id.filtered(lambda notification: notification.notification_status != "bounce").write({
            "notification_status": "bounce",
            "failure_type": "mail_bounce",
            "failure_reason": said,
        })
