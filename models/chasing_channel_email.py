from odoo import api, models
from odoo.tools.mail import formataddr

from .engine import recipients
from .errors import ChannelRefused


class ChasingChannelEmail(models.AbstractModel):
    """E-mail by Odoo's own queue: message, mail and notification of every delivery are made in batch, the official PDF
    is linked, and the queue is woken (R72, R91)."""

    _name = "chasing.channel.email"
    _inherit = "chasing.channel"
    _description = "Chasing by E-mail"

    @api.model
    def _resolve(self, steps):
        contacts = steps.move_id._chasing_invoice_contacts()
        blacklisted = self._blacklisted(self.env["res.partner"].union(*contacts.values()))
        resolutions = {}
        for step in steps:
            book = recipients.AddressBook(
                default_contacts=tuple(
                    recipients.Contact(partner.id, partner.name or "", partner.email, partner.lang)
                    for partner in contacts[step.move_id.id]
                ),
                blacklisted=blacklisted,
            )
            [facts] = step._facts()
            resolutions[step] = recipients.resolve_email(facts, book)
        return resolutions

    def _blacklisted(self, partners):
        """The addresses of these partners on Odoo's blacklist, which its own posting does not consult."""
        addresses = {
            address
            for partner in partners
            for _name, address in recipients.parse_address_list(partner.email or "")
        }
        found = self.env["mail.blacklist"].sudo().search_fetch([("email", "in", list(addresses))], ["email"])
        return frozenset(found.mapped("email"))

    @api.model
    def _queue(self, deliveries, now):
        pdfs = deliveries.move_id._chasing_pdfs()
        receipts, written = {}, {}
        for lang, group in deliveries.grouped(lambda one: one.lang or one.company_id.partner_id.lang).items():
            steps = group.step_id.filtered(lambda step: step.move_id.id in pdfs)
            for step, message in self.env["chasing.message"]._compose(steps, lang, now).items():
                written[step, lang] = message
        ready = []
        for delivery in deliveries:
            lang = delivery.lang or delivery.company_id.partner_id.lang
            refusal = self._refusal(delivery.step_id, pdfs, now)
            if refusal:
                receipts[delivery] = refusal
            else:
                ready.append((delivery, *written[delivery.step_id, lang]))
        receipts.update(self._post(ready, pdfs))
        return receipts

    def _refusal(self, step, pdfs, now):
        if step.move_id.id not in pdfs:
            return ChannelRefused("pdf_failed")
        if not step.body and not self.env["chasing.message"]._template(step, now):
            return ChannelRefused("no_template")
        return None

    def _post(self, ready, pdfs):
        """Create the messages of (delivery, subject, content, letterhead) and return the values that tie the deliveries
        to them."""
        if not ready:
            return {}
        deliveries = [delivery for delivery, *_written in ready]
        senders = {delivery: delivery.schedule_id._sender() for delivery in deliveries}
        moves = self.env["account.move"].union(*(delivery.move_id for delivery in deliveries))
        by_move = {delivery.move_id.id: senders[delivery] for delivery in deliveries}
        reply_to = moves._notify_get_reply_to_batch(
            defaults={move_id: address for move_id, (_author, address) in by_move.items()},
            author_ids={move_id: author.id for move_id, (author, _address) in by_move.items()},
        )
        alias_domains = moves._mail_get_alias_domains(default_company=self.env.company)
        subtype = self.env.ref("mail.mt_comment")
        messages = self.env["mail.message"].create([
            {
                "model": "account.move",
                "res_id": delivery.move_id.id,
                "record_name": delivery.move_id.name,
                "message_type": "comment",
                "subtype_id": subtype.id,
                "subject": " ".join(subject.splitlines()),
                "body": content,
                "author_id": senders[delivery][0].id,
                "email_from": senders[delivery][1],
                "reply_to": reply_to[delivery.move_id.id],
                "partner_ids": delivery.partner_id.ids,
                "attachment_ids": [pdfs[delivery.move_id.id]],
                "record_alias_domain_id": alias_domains[delivery.move_id.id].id,
                "record_company_id": delivery.company_id.id,
            }
            for delivery, subject, content, _letterhead in ready
        ])
        mails = self.env["mail.mail"].create([
            {
                "mail_message_id": message.id,
                "email_to": formataddr((delivery.recipient_name, delivery.address)),
                "body_html": letterhead,
                "references": message.message_id,
                "headers": repr({"Auto-Submitted": "auto-generated"}),
                "is_notification": True,
                "auto_delete": True,
            }
            for message, (delivery, _subject, _content, letterhead) in zip(messages, ready, strict=True)
        ])
        notifications = self.env["mail.notification"].create([
            {
                "mail_message_id": message.id,
                "mail_mail_id": mail.id,
                "author_id": message.author_id.id,
                "res_partner_id": delivery.partner_id.id,
                "mail_email_address": delivery.address,
                "notification_type": "email",
                "notification_status": "ready",
                "is_read": True,
            }
            for delivery, message, mail in zip(deliveries, messages, mails, strict=True)
        ])
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return {
            delivery: {"mail_message_id": message.id, "notification_id": notification.id}
            for delivery, message, notification in zip(deliveries, messages, notifications, strict=True)
        }
