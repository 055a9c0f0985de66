import smtplib

from odoo import models
from odoo.tools import SQL


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _chasing_deliveries(self):
        return self.env["chasing.delivery"].sudo().search([("notification_id.mail_mail_id", "in", self.ids)])

    def mark_outgoing(self):
        self._chasing_deliveries()._check_may_resend()
        return super().mark_outgoing()

    def cancel(self):
        """Let a message that a person takes out of the queue not leave, and its delivery say so."""
        deliveries = self.filtered(lambda mail: mail.state == "outgoing")._chasing_deliveries()
        result = super().cancel()
        deliveries._cancel_notifications()
        return result

    def unlink(self):
        """Take what is deleted while it waited for cancelled."""
        deliveries = self.filtered(lambda mail: mail.state == "outgoing")._chasing_deliveries()
        result = super().unlink()
        deliveries._cancel_notifications()
        return result

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        """Read the result also where a mail server hangs up, which ends Odoo's sending without a last word.

        What is written down until then is that the message failed.
        """
        try:
            return super()._send(
                auto_commit=auto_commit,
                raise_exception=raise_exception,
                smtp_session=smtp_session,
                alias_domain_id=alias_domain_id,
                mail_server=mail_server,
                post_send_callback=post_send_callback,
            )
        except smtplib.SMTPServerDisconnected:
            self._chasing_deliveries()._on_send_result()
            raise

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Lock what the sending writes, for Odoo is about to talk to the mail server about this message.

        From here until its transaction ends nobody else changes that. It waits for whoever is changing it, and fails
        before anything has left if it was changed.
        """
        deliveries = self._chasing_deliveries()
        if deliveries:
            for records in (self, deliveries):
                self.env.execute_query(
                    SQL(
                        "SELECT id FROM %s WHERE id = ANY(%s) FOR NO KEY UPDATE",
                        SQL.identifier(records._table),
                        records.ids,
                    )
                )
        return super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Read the result of a sending (R83): while Odoo talks to the server every notification says it failed."""
        deliveries = self._chasing_deliveries()
        result = super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
        deliveries._on_send_result()
        return result
