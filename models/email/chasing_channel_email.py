import re
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError

from ..common import no_user_defaults
from ..common.errors import ChannelRefused, user_text
from ..common.mail_header import format_address, format_addresses, format_sender
from ..common.wording import counted, reason_text
from ..dispatch import step_files
from ..dispatch.chasing_channel import Test
from ..dispatch.chasing_message import Text
from ..engine import addresses, recipients
from . import email_card, eml

# The address of an attachment, as Odoo looks for it in the text of an e-mail.
LINKED = re.compile(r"(/web/(?:content|image)/)([0-9]+)")


class Written(NamedTuple):
    """Hold what one delivery says, the files it brings, and the (name, address) of those who get a copy of it."""

    delivery: object
    text: Text
    files: list
    copies: tuple = ()


# The address that a link leads to.
ADDRESS = re.compile(r"(?<=\s)href=\"[^\"]*\"")
# A mail server that will not take this recipient, as Odoo quotes it: code and words.
REFUSAL = re.compile(r"SMTPRecipientsRefused: .*\((5\d\d), b['\"](.*)['\"]\)")
# Failures of which Odoo keeps no e-mail.
NOWHERE_TO_GO = ("mail_email_invalid", "mail_email_missing")
# What it says where not the address but something else is the matter: its system, the way there, the content, a policy.
NOT_THE_ADDRESS = re.compile(r"\b5\.[3-7]\.\d")


class ChasingChannelEmail(models.AbstractModel):
    """Send e-mail by Odoo's own queue (R72, R91).

    Message, mail and notification of every delivery are made in batch, the official PDF is linked, and the queue is
    woken.
    """

    _name = "chasing.channel.email"
    _inherit = "chasing.channel"
    _description = "Chasing by E-mail"
    _code = "email"
    _sequence = 10
    _uses_own_list = True
    _takes_copies = True
    _contact_fields = ("email",)
    _template_field = "email_template_id"
    _preview_field = "preview_body"
    _odoo_methods = frozenset({"email"})
    _used_by_odoo = True
    # A letter would come days later and costs money, and so does an SMS, which nobody expects then.
    _carries_thanks = True
    _takes_replies = True
    _carries_document = True
    _brings_files = True
    _notification_states = {
        "sent": "sent",
        "bounce": "bounced",
        "exception": "failed",
        "canceled": "cancelled",
    }
    _failures = {
        "mail_bounce": "bounced",
        "mail_email_invalid": "invalid_email",
        "mail_email_missing": "no_recipient",
        "mail_bl": "blacklisted",
        "mail_smtp": "smtp_error",
    }
    _unknown_failure = _broken = "mail_failed"

    @api.model
    def _missing_text(self):
        return self.env._("an e-mail address")

    @api.model
    def _count_text(self, count):
        return counted(self.env, count, self.env._("1 e-mail"), self.env._("%(count)s e-mails"))

    @api.model
    def _addresses(self, contact, country=None):
        return recipients.email_addresses(contact, country)

    @api.model
    def _blacklisted(self, known):
        # A domain may stand on Odoo's list in letters or in ASCII.
        emails = {address for address in known if "@" in address}
        spellings = emails | {addresses.on_the_wire(address) for address in emails} - {None}
        listed = self.env["mail.blacklist"].sudo().search_fetch([("email", "in", list(spellings))], ["email"])
        return frozenset(map(addresses.normalise, listed.mapped("email")))

    @api.model
    def _company_fields(self):
        return super()._company_fields() | {"email"}

    @api.model
    def _wait_for_room(self, messages, now):
        return super()._wait_for_room(messages, now) | self.env["chasing.pace"]._wait(messages, now)

    @api.model
    def _let_go(self, now):
        super()._let_go(now)
        self.env["chasing.pace"]._let_go(now)

    @api.model
    def _queue(self, deliveries, now):
        servers = self.env["chasing.pace"]._servers(deliveries.schedule_id)
        later = self.env["chasing.pace"]._later(deliveries, servers, now)
        going = deliveries.filtered(lambda delivery: delivery not in later)
        files, unmade = self.env["chasing.message.files"]._brought(going, now)
        receipts = self._queue_now(going.filtered(lambda delivery: delivery not in unmade), files, now)
        for delivery, receipt in receipts.items():
            if isinstance(receipt, dict) and servers.get(delivery.schedule_id):
                receipt["mail_server_id"] = servers[delivery.schedule_id].id
        return {**receipts, **later, **unmade}

    def _queue_now(self, deliveries, files, now):
        receipts, written, copies = {}, [], self._copies(deliveries)
        for lang, group in deliveries.grouped(lambda delivery: delivery._lang()).items():
            brought = {delivery.step_id: files.get(delivery) for delivery in group}
            refused = {step: self._refusal(step, brought[step], now) for step in group.step_id}
            steps = group.step_id.filtered(lambda step, refused=refused: not refused[step])
            messages = self.env["chasing.message"]._compose(self, steps, lang, now)
            for delivery in group:
                text = refused[delivery.step_id] or messages[delivery.step_id]
                text = self._too_much(delivery, text, files) or text
                if isinstance(text, ChannelRefused):
                    receipts[delivery] = text
                else:
                    written.append(Written(delivery, text, files[delivery], copies.get(delivery, ())))
        self.env["chasing.formal.reminder"]._hand_out({file for entry in written for file in entry.files})
        return {**receipts, **self._post(written)}

    def _copies(self, deliveries):
        """Return {delivery: ((name, address), …)} of those that carry the copies of their step (R74).

        The first one does, and a later one only where the one that did has failed.
        """
        carrying = {}
        for step, group in deliveries.filtered("step_id.cc").grouped("step_id").items():
            if not any(other._has_copied() for other in step.delivery_ids - group):
                reached = set(step.delivery_ids.filtered(lambda one: one.channel == self._code).mapped("address"))
                carrying[group[0]] = [entry for entry in step._copies() if entry[1] not in reached]
        used = {address for entries in carrying.values() for _name, address in entries}
        listed = self._blacklisted(used) if used else ()
        return {
            delivery: tuple(entry for entry in entries if entry[1] not in listed)
            for delivery, entries in carrying.items()
        }

    def _too_much(self, delivery, text, files):
        """Return the ChannelRefused of a message that with its formal reminder brings too much, else None (R74)."""
        if isinstance(text, ChannelRefused) or not delivery.step_id.attachment_ids:
            return None
        return step_files.refusal(text.attachments | text.attachments.browse(files[delivery]))

    @api.model
    def _frames(self, said, lang):
        return email_card.frames(said, lang)

    def _refusal(self, step, files, now):
        if not files:
            return ChannelRefused("pdf_failed", step.schedule_id.documents_error or None)
        if isinstance(files, ChannelRefused):
            return files
        obstacle = self._obstacles(step, {step: now}).get(step)
        return ChannelRefused(obstacle) if obstacle else self.env["chasing.message"]._lost_file(step)

    @api.model
    def _obstacles(self, steps, at):
        company, nobody = steps.company_id, {}
        if not company._chasing_sender():
            senders = {schedule: schedule._sender()[1] for schedule in steps.schedule_id}
            nobody = {step: "no_sender" for step in steps if not senders[step.schedule_id]}
        return {**nobody, **super()._obstacles(steps, at)}

    @api.model
    def _read_failure(self, notification):
        code, said = super()._read_failure(notification)
        if code == "mail_failed" and (refusal := REFUSAL.search(self._quoted(notification))):
            quoted = " ".join(refusal.groups())
            return "smtp_error" if NOT_THE_ADDRESS.search(quoted) else "bounced", user_text(quoted) or False
        return code, said

    @api.model
    def _put_away(self, deliveries):
        """Delete from Odoo's queue what has left or has nowhere to go, as Odoo does it."""
        mails = deliveries.notification_id.mail_mail_id.with_context(prefetch_fields=False)
        mails.filtered(lambda mail: mail.state == "sent" or mail.failure_type in NOWHERE_TO_GO).unlink()

    @api.model
    def _proof(self, delivery):
        facts = []
        if delivery.cc:
            facts.append(self.env._("copy to %(addresses)s", addresses=delivery.cc))
        if delivery.cc_lost:
            facts.append(self.env._("no copy arrived at %(addresses)s", addresses=delivery.cc_lost))
        return facts

    @api.model
    def _shown(self, delivery):
        """Show an e-mail as it left, but for its links: who follows one is taken for the customer."""
        message = delivery.mail_message_id
        return Markup(ADDRESS.sub("", eml.parts(delivery, message)[0])) if message else super()._shown(delivery)

    @api.model
    def _content(self, delivery):
        message = delivery.mail_message_id
        return ("eml", eml.written(delivery, message)) if message else (None, None)

    def _post(self, written):
        """Create what Odoo's queue needs for these Written, and return the values that tie the deliveries to it."""
        if not written:
            return {}
        written = list(self._with_links(written))
        messages = no_user_defaults.create(self.env["mail.message"], list(self._message_values(written)))
        mails = no_user_defaults.create(self.env["mail.mail"], list(map(self._mail_values, written, messages)))
        notifications = no_user_defaults.create(
            self.env["mail.notification"], list(map(self._notification_values, written, mails))
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return {
            entry.delivery: {
                "mail_message_id": notification.mail_message_id.id,
                "notification_id": notification.id,
                "sent_content": eml.packed(entry.text.leaving, entry.text.plain),
                **({"cc": _header(entry.copies)} if entry.copies else {}),
            }
            for entry, notification in zip(written, notifications, strict=True)
        }

    def _with_links(self, written):
        """Yield these with what leaves as it does: with links of their own, and none to files that go along (R92c).

        The conversation keeps the invoice's page.
        """
        links = self.env["chasing.message"]._links
        leaving = links({entry.delivery: entry.text.leaving for entry in written})
        plain = links({entry.delivery: entry.text.plain for entry in written})
        for entry in written:
            brought = {*entry.files, *entry.delivery.step_id.sudo().attachment_ids.ids}
            body = _without_links_to(brought, leaving[entry.delivery])
            texts = {"leaving": body, "plain": plain[entry.delivery]}
            yield entry._replace(text=entry.text._replace(**texts))

    def _message_values(self, written):
        moves = self.env["account.move"].union(*(entry.delivery.move_id for entry in written))
        senders = {entry.delivery.move_id.id: entry.delivery.schedule_id._sender() for entry in written}
        reply_to = moves._notify_get_reply_to_batch(
            defaults={move_id: address for move_id, (_author, address) in senders.items()},
            author_ids={move_id: author.id for move_id, (author, _address) in senders.items()},
        )
        alias_domains = moves._mail_get_alias_domains(default_company=self.env.company)
        message, subtype, note = (
            self.env["chasing.message"],
            self.env.ref("mail.mt_comment"),
            self.env.ref("mail.mt_note"),
        )
        for delivery, text, files, _copies in written:
            move, is_private = delivery.move_id, message._is_private(delivery)
            yield message._conversation_values(
                delivery,
                note if is_private else subtype,
                senders[move.id],
                subject=text.subject,
                body=text.content,
                reply_to=format_addresses(text.reply_to or reply_to[move.id]),
                partner_ids=delivery.partner_id.ids,
                attachment_ids=[*files, *text.attachments.ids],
                record_alias_domain_id=alias_domains[move.id].id,
                is_internal=is_private,
            )

    def _mail_values(self, written, message):
        delivery, text, _files, copies = written
        return {
            "mail_message_id": message.id,
            "email_to": format_address(delivery.recipient_name, delivery.address),
            "email_cc": _header(copies),
            "body_html": text.leaving,
            "chasing_plain": text.plain,
            "references": message.message_id,
            "headers": repr({"Auto-Submitted": "auto-generated"}),
            # Without this, deleting the sent mail takes the message with it.
            "is_notification": True,
            # Our queue deletes many together, see `_put_away`.
            "auto_delete": False,
        }

    def _notification_values(self, written, mail):
        delivery = written.delivery
        return {
            "mail_message_id": mail.mail_message_id.id,
            "mail_mail_id": mail.id,
            "author_id": mail.author_id.id,
            "res_partner_id": delivery.partner_id.id,
            "mail_email_address": delivery.address,
            "notification_type": "email",
            "notification_status": "ready",
            "is_read": True,
        }

    @api.model
    def _send_test(self, step, preview, lang, at):
        user = self.env.user
        address, sent_by = format_sender(user.name, user.email), step.schedule_id._sender()[1]
        if not address:
            raise UserError(self.env._("You have no e-mail address. Enter one in your preferences."))
        if not sent_by:
            raise UserError(reason_text(self.env, "no_sender"))
        files = self._test_files(step, lang, at)
        values = {
            "subject": self.env._("[Test] %(subject)s", subject=preview.subject),
            "body_html": preview.body,
            "chasing_plain": preview.plain,
            "email_from": sent_by,
            "email_to": address,
            "attachment_ids": files.ids,
            "auto_delete": True,
        }
        no_user_defaults.create(self.env["mail.mail"], values)
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        told = self.env._("A test is on its way to %(address)s.", address=user.email)
        if copies := _header(step._copies()):
            said = self.env._("It goes to you alone; copies of the message itself go to %(copies)s.", copies=copies)
            told = f"{told} {said}"
        return Test(told)

    def _test_files(self, step, lang, at):
        """Return copies of what the message will bring (R75): Odoo deletes them with the test.

        :param at: the UTC instant at which it is to go
        """
        own = step.sudo().attachment_ids._origin
        step_files.check_readable(own)
        if lost := self.env["chasing.message"]._lost_file(step):
            raise UserError(reason_text(self.env, lost.code, {"detail": lost.detail}))
        home = {"res_model": "mail.message", "res_id": 0, "company_id": step.company_id.id}
        first = self.env["chasing.message.files"]._made_for_test(step, lang, at, home)
        others = self._template(step, at).sudo().attachment_ids | own
        others -= own.browse(step.move_id._chasing_pdfs().values())
        return first | step_files.copies(self.env, [(file, home) for file in others])

    @api.model
    def _withdraw(self, deliveries):
        waiting = self._waiting(deliveries)
        if waiting:
            waiting.mail_mail_id.filtered(lambda mail: mail.state == "outgoing").cancel()
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _waiting(self, deliveries):
        """Return the notifications, now locked, of mails that nobody is sending.

        Odoo locks a mail's notifications while it talks to the mail server.
        """
        notifications = deliveries.notification_id.try_lock_for_update()
        return notifications.filtered(lambda notification: notification.notification_status == "ready")

    @api.model
    def _take_back(self, deliveries):
        waiting = self._waiting(deliveries)
        taken = deliveries.filtered(lambda delivery: delivery.notification_id in waiting)
        if taken:
            mails = waiting.mail_mail_id
            # First, for what happens to the mails then is no news of these.
            taken._put_aside()
            waiting.notification_status = "canceled"
            mails.cancel()
            # Put back into Odoo's queue by a person it would leave beside the new one.
            mails.write({"email_to": False, "email_cc": False})
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return taken


def _header(copies):
    """Return the header of those who get a copy, False without any."""
    return ", ".join(format_address(name, address) for name, address in copies) or False


def _without_links_to(attachment_ids, text):
    """Return the text of an e-mail that brings attachments, without links to them (R72, R74).

    Odoo leaves out what a text links to, and the invoice goes along whatever is written.
    """
    numbers = {str(attachment_id) for attachment_id in attachment_ids}
    return LINKED.sub(lambda found: found[1] + ("" if found[2].lstrip("0") in numbers else found[2]), str(text))
