import re
from typing import NamedTuple

from odoo import api, models
from odoo.tools.mail import is_html_empty

from ..common import no_user_defaults
from ..common.errors import ChannelRefused
from ..common.mail_header import format_address, format_addresses
from ..dispatch.chasing_message import TEMPLATE_FIELDS, Text

# the address of an attachment, as Odoo looks for it in the text of an e-mail
LINKED = re.compile(r"(/web/(?:content|image)/)([0-9]+)")


class Written(NamedTuple):
    """What one delivery says."""

    delivery: object
    text: Text


# a mail server that will not take this recipient, as Odoo quotes it: code and words
REFUSAL = re.compile(r"SMTPRecipientsRefused: .*\((5\d\d), b['\"](.*)['\"]\)")


class ChasingChannelEmail(models.AbstractModel):
    """E-mail by Odoo's own queue: message, mail and notification of every delivery are made in batch, the official PDF
    is linked, and the queue is woken (R72, R91)."""

    _name = "chasing.channel.email"
    _inherit = "chasing.channel"
    _description = "Chasing by E-mail"
    _template_fields = TEMPLATE_FIELDS

    @api.model
    def _queue(self, deliveries, now):
        pdfs = deliveries.move_id._chasing_pdfs()
        receipts, written = {}, []
        for lang, group in deliveries.grouped(lambda one: one.lang or one.company_id.partner_id.lang).items():
            refused = {step: self._refusal(step, pdfs, now) for step in group.step_id}
            steps = group.step_id.filtered(lambda step, refused=refused: not refused[step])
            messages = self.env["chasing.message"]._compose(steps, lang, now)
            for delivery in group:
                text = refused[delivery.step_id] or messages[delivery.step_id]
                if isinstance(text, ChannelRefused):
                    receipts[delivery] = text
                else:
                    written.append(Written(delivery, text))
        return {**receipts, **self._post(written, pdfs)}

    @api.model
    def _wordings(self, steps, lang, now):
        message = self.env["chasing.message"]
        return message._all_texts(message, steps, lang, now)

    def _refusal(self, step, pdfs, now):
        if step.move_id.id not in pdfs:
            return ChannelRefused("pdf_failed")
        obstacle = self._obstacles(step, {step: now}).get(step)
        return obstacle and ChannelRefused(obstacle)

    @api.model
    def _obstacles(self, steps, at):
        company, nobody = steps.company_id, {}
        if not company._chasing_sender():
            senders = {schedule: schedule._sender()[1] for schedule in steps.schedule_id}
            nobody = {step: "no_sender" for step in steps if not senders[step.schedule_id]}
        return {**nobody, **super()._obstacles(steps, at)}

    @api.model
    def _has_text(self, step, at):
        return not is_html_empty(step.body) or bool(self.env["chasing.message"]._template(step, at))

    def _post(self, written, pdfs):
        """Create what Odoo's queue needs, in batch, and return the values that tie the deliveries to it.

        :param written: list of Written
        :param pdfs: {move id: attachment id}
        """
        if not written:
            return {}
        messages = no_user_defaults.create(self.env["mail.message"], list(self._message_values(written, pdfs)))
        mails = no_user_defaults.create(
            self.env["mail.mail"],
            [
                {
                    "mail_message_id": message.id,
                    "email_to": format_address(one.delivery.recipient_name, one.delivery.address),
                    "body_html": _without_links_to(pdfs[one.delivery.move_id.id], one.text.letterhead),
                    "references": message.message_id,
                    "headers": repr({"Auto-Submitted": "auto-generated"}),
                    # without this, deleting the sent mail takes the message with it
                    "is_notification": True,
                    "auto_delete": True,
                }
                for one, message in zip(written, messages, strict=True)
            ],
        )
        notifications = no_user_defaults.create(
            self.env["mail.notification"],
            [
                {
                    "mail_message_id": mail.mail_message_id.id,
                    "mail_mail_id": mail.id,
                    "author_id": mail.author_id.id,
                    "res_partner_id": one.delivery.partner_id.id,
                    "mail_email_address": one.delivery.address,
                    "notification_type": "email",
                    "notification_status": "ready",
                    "is_read": True,
                }
                for one, mail in zip(written, mails, strict=True)
            ],
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return {
            one.delivery: {"mail_message_id": notification.mail_message_id.id, "notification_id": notification.id}
            for one, notification in zip(written, notifications, strict=True)
        }

    def _message_values(self, written, pdfs):
        moves = self.env["account.move"].union(*(one.delivery.move_id for one in written))
        senders = {one.delivery.move_id.id: one.delivery.schedule_id._sender() for one in written}
        reply_to = moves._notify_get_reply_to_batch(
            defaults={move_id: address for move_id, (_author, address) in senders.items()},
            author_ids={move_id: author.id for move_id, (author, _address) in senders.items()},
        )
        alias_domains = moves._mail_get_alias_domains(default_company=self.env.company)
        subtype = self.env.ref("mail.mt_comment")
        for one in written:
            move = one.delivery.move_id
            author, address = senders[move.id]
            yield {
                "model": "account.move",
                "res_id": move.id,
                "record_name": move.name,
                "message_type": "comment",
                "subtype_id": subtype.id,
                "subject": one.text.subject,
                "body": one.text.content,
                "author_id": author.id,
                "email_from": address,
                "reply_to": format_addresses(one.text.reply_to or reply_to[move.id]),
                "partner_ids": one.delivery.partner_id.ids,
                "attachment_ids": [pdfs[move.id], *one.text.attachments.ids],
                "record_alias_domain_id": alias_domains[move.id].id,
                "record_company_id": one.delivery.company_id.id,
            }

    @api.model
    def _withdraw(self, deliveries):
        waiting = self._waiting(deliveries)
        if waiting:
            waiting.mail_mail_id.filtered(lambda mail: mail.state == "outgoing").cancel()
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _waiting(self, deliveries):
        """Odoo locks a mail's notifications while it talks to the mail server, so a notification that can be locked
        here belongs to a mail nobody is sending."""
        notifications = deliveries.notification_id.try_lock_for_update()
        return notifications.filtered(lambda one: one.notification_status == "ready")

    @api.model
    def _take_back(self, deliveries):
        waiting = self._waiting(deliveries)
        taken = deliveries.filtered(lambda one: one.notification_id in waiting)
        if taken:
            mails = waiting.mail_mail_id
            # first, for what happens to the mails then is no news of these
            taken._put_aside()
            waiting.notification_status = "canceled"
            mails.cancel()
            # put back into Odoo's queue by a person it would leave beside the new one
            mails.email_to = False
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return taken


def _without_links_to(attachment_id, text):
    """The text of an e-mail that brings an attachment: Odoo leaves out what a text links to, and the invoice goes along
    whatever is written (R72)."""
    return LINKED.sub(
        lambda found: found[1] + ("" if found[2].lstrip("0") == str(attachment_id) else found[2]), str(text)
    )
