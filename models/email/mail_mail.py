from odoo import api, fields, models, modules
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, groupby, split_every
from odoo.tools.mail import email_normalize_all

from ..common import trusted_context
from ..common.wording import reason_text
from .mail_queue import SPAN, MailQueue

# The header in which Odoo hands over whom the header To names besides those to whom an e-mail goes.
ADDED_TO = "X-Msg-To-Add"


class MailMail(models.Model):
    _inherit = "mail.mail"

    # What whoever sees no HTML reads of an e-mail of ours (R72).
    chasing_plain = fields.Text("Plain Text", readonly=True, copy=False, groups="base.group_system")

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

    @api.model
    def process_email_queue(self, email_ids=(), batch_size=1000):
        """Follow first what a queue that was killed has left behind (R81)."""
        self.check_access("read")
        try:
            self.env["chasing.delivery"].sudo()._propagate_pending_results()
            if not modules.module.current_test:
                self.env.cr.commit()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # The next run of the dispatcher does.
            self.env.cr.rollback()
        return super().process_email_queue(email_ids=email_ids, batch_size=batch_size)

    def _chasing_ours(self):
        """Return the ids of those e-mails that carry a delivery."""
        self.env["mail.notification"].flush_model(["mail_mail_id"])
        self.env["chasing.delivery"].flush_model(["notification_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT notification.mail_mail_id
                FROM mail_notification notification
                JOIN chasing_delivery delivery ON delivery.notification_id = notification.id
                WHERE notification.mail_mail_id = ANY(%s)
                """,
                self.ids,
            )
        )
        return {mail_id for (mail_id,) in rows}

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        """Let e-mails of ours leave together as our `MailQueue` has it, and others' as before."""
        options = {
            "raise_exception": raise_exception,
            "smtp_session": smtp_session,
            "alias_domain_id": alias_domain_id,
            "mail_server": mail_server,
        }
        progress = {"auto_commit": auto_commit, "post_send_callback": post_send_callback}
        ours = not self.env["ir.mail_server"]._disable_send() and self._chasing_ours()
        if not ours:
            return super()._send(**options, **progress)
        for is_ours, ids in _parts(self.ids, ours):
            part = self.browse(ids)
            if not is_ours:
                super(MailMail, part)._send(**options, **progress)
                continue
            MailQueue(
                part,
                lambda mail: super(MailMail, mail)._send(**options),
                lambda mail: mail._chasing_written_ahead(mail_server),
                self._chasing_read_by_all(mail_server, alias_domain_id),
                # Odoo's sessions forget their socket once the server has hung up.
                is_connected=lambda: getattr(smtp_session, "sock", True) is not None,
                commits=auto_commit is True,
                tell_seen=post_send_callback or (lambda ids: None),
            ).work_off()
        return True

    def _chasing_read_by_all(self, mail_server, alias_domain_id):
        """Return [(records, their fields)] that Odoo reads for each of many e-mails of one mail server and domain."""
        domain = self.env["mail.alias.domain"].browse(alias_domain_id or [])
        return [
            (self.env.user.sudo(), ["company_id"]),
            (self.env.company.sudo(), ["bounce_email", "default_from_email"]),
            (domain.sudo(), ["bounce_email", "default_from_email"]),
            ((mail_server or self.env["ir.mail_server"]).sudo(), ["owner_user_id"]),
        ]

    def _chasing_written_ahead(self, mail_server):
        """Return what Odoo hands over of this e-mail, which takes the longest of all that it does with it.

        :param mail_server: the ir.mail_server of the session, False for the default one
        """
        self._chasing_check_document()
        # Who adds to that does so on the e-mail's turn, and not twice.
        prepare_as_odoo = super()._prepare_outgoing_list
        return self._chasing_with_plain(
            prepare_as_odoo(mail_server=mail_server or self.mail_server_id, doc_to_followers={})
        )

    def _chasing_check_document(self):
        """Refuse to send an e-mail of ours without its invoice, whose PDF was deleted while it waited (R72)."""
        own = self.sudo().attachment_ids.filtered(lambda one: (one.res_model, one.res_id) == (self.model, self.res_id))
        # Without one of the invoice's own files it may be a formal reminder that goes instead (R79).
        if not own.filtered("res_field") and not own & self._chasing_deliveries()._formal_files():
            raise UserError(reason_text(self.env, "pdf_failed"))

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Take what was written ahead; whatever others add to an e-mail they add to that."""
        queue = trusted_context.get(self.env, "chasing_mail_queue")
        written = queue and not doc_to_followers and queue.written(self)
        if not written and queue and queue.deliveries(self):
            self._chasing_check_document()
        if written:
            return written
        parts = super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)
        parts = self._chasing_with_plain(parts)
        return self._chasing_added_once(self._chasing_with_copies(parts))

    def _chasing_with_plain(self, parts):
        """Let an e-mail of ours bring its own plain text in place of what Odoo makes of the HTML (R72).

        Of files that are too much for a mail server Odoo writes where to fetch them; so does the plain text.
        """
        plain = self.sudo().chasing_plain
        for part in parts if plain else ():
            part["body_alternative"] = "\n".join([plain, *self._chasing_to_fetch(part)])
        return parts

    def _chasing_to_fetch(self, part):
        """Yield name and address of each attachment that an e-mail only links to."""
        files = self.sudo().attachment_ids if len(part["attachments"]) < len(self.attachment_ids) else ()
        for file in files:
            if file.access_token and f"/web/content/{file.id}?" in part["body"]:
                address = f"/web/content/{file.id}?download=1&access_token={file.access_token}"
                yield f"{file.name}: {file.get_base_url()}{address}"

    def _chasing_with_copies(self, parts):
        """Let the copies of an invoice that Odoo itself sends go with the customer's e-mail: Odoo sends them apart."""
        apart = [part for part in parts if part["email_cc"] and not part["email_to"]]
        others = [part for part in parts if part not in apart]
        if self.model == "account.move" and apart and others:
            others[0]["email_cc"] = apart[0]["email_cc"]
            others[0]["email_to_normalized"] = [*others[0]["email_to_normalized"], *apart[0]["email_to_normalized"]]
            return others
        return parts

    def _chasing_added_once(self, parts):
        """Let the header of an invoice's e-mail end in its last address: Odoo adds nobody to it with a comma."""
        if self.model != "account.move":
            return parts
        for part in parts:
            added = email_normalize_all(part["headers"].get(ADDED_TO) or "")
            if not set(added) - set(email_normalize_all(", ".join(part["email_to"]))):
                part["headers"] = {name: value for name, value in part["headers"].items() if name != ADDED_TO}
        return parts

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Read the result of a sending (R83): while Odoo talks to the server every notification says it failed.

        What follows from it our queue does for many at once.
        """
        queue = trusted_context.get(self.env, "chasing_mail_queue")
        handed_over = queue and queue.deliveries(self)
        deliveries = handed_over or self._chasing_deliveries()
        result = super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
        if handed_over:
            deliveries._sync_results(follow=False)
        else:
            deliveries._on_send_result()
        return result


def _parts(ids, ours):
    """Yield (whether these are ours, ids) of e-mails that leave together, in their order.

    Within a span what is ours leaves together, and so does what is not: nothing leaves more than a span sooner or later
    than Odoo would let it.
    """
    together, last = [], None
    for span in split_every(SPAN, ids):
        for is_ours, part in groupby(span, ours.__contains__):
            if together and is_ours != last:
                yield last, together
                together = []
            together += part
            last = is_ours
    if together:
        yield last, together
