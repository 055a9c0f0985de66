from odoo import Command, api, models
from odoo.addons.sms.tools.sms_tools import sms_content_to_rendered_html
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from ..common import clock, formats, no_user_defaults
from ..common.errors import ChannelRefused
from ..common.wording import counted
from ..dispatch.chasing_channel import Preview, Test
from ..dispatch.message_facts import discount, received
from ..engine import quiet_hours, recipients, sms_segments
from .sms_length import length_text


class ChasingChannelSms(models.AbstractModel):
    """Send SMS by Odoo's own queue (R88, R91).

    Message, SMS and notification of every delivery are made in batch, as Odoo's own posting makes them, and the queue
    is woken. What may not arrive at this hour stays queued until it may.
    """

    _name = "chasing.channel.sms"
    _inherit = "chasing.channel"
    _description = "Chasing by SMS"
    _code = "sms"
    _contact_fields = ("phone",)
    _sequence = 20
    _local_hours = (quiet_hours.SMS_FROM, quiet_hours.SMS_TO)
    _template_field = "sms_template_id"
    _text_field = "sms_text"
    _preview_field = "preview_sms"
    # What the provider accepted is "pending", what arrived is "sent".
    _notification_states = {
        "pending": "sent",
        "sent": "delivered",
        "bounce": "bounced",
        "exception": "failed",
        "canceled": "cancelled",
    }
    _failures = {
        "sms_number_missing": "invalid_phone",
        "sms_number_format": "invalid_phone",
        "sms_credit": "no_credit",
        "sms_acc": "not_set_up",
        "sms_registration_needed": "not_set_up",
        # No answer, or one that cannot be read: Odoo says the same of both.
        "sms_server": "unclear",
        "sms_country_not_supported": "provider_error",
        "sms_rejected": "provider_error",
        "sms_not_allowed": "not_mobile",
        "sms_invalid_destination": "bounced",
        "twilio_authentication": "not_set_up",
        "twilio_callback": "not_set_up",
        "twilio_from_missing": "not_set_up",
        "twilio_from_to": "not_set_up",
    }
    _unknown_failure = _broken = "sms_failed"

    @api.model
    def _missing_text(self):
        return self.env._("a phone number")

    @api.model
    def _count_text(self, count):
        return counted(self.env, count, self.env._("1 SMS"), self.env._("%(count)s SMS"))

    @api.model
    def _hours_text(self):
        first, last = self._local_hours
        return self.env._(
            "SMS are sent from %(first)s:00 to %(last)s:59. Choose an hour from %(first)s to %(last)s.",
            first=first,
            last=last,
        )

    @api.model
    def _addresses(self, contact, country=None):
        return recipients.mobile_numbers(contact, country)

    @api.model
    def _blacklisted(self, known):
        numbers = [address for address in known if "@" not in address]
        listed = self.env["phone.blacklist"].sudo().search_fetch([("number", "in", numbers)], ["number"])
        return frozenset(listed.mapped("number"))

    @api.model
    def _company_fields(self):
        # Those of Odoo's other provider, where it is installed.
        return super()._company_fields() | {"sms_provider", "sms_twilio_account_sid", "sms_twilio_number_ids"}

    @api.model
    def _check(self, deliveries):
        listed = self._blacklisted(deliveries.mapped("address"))
        return {delivery: ChannelRefused("blacklisted") for delivery in deliveries if delivery.address in listed}

    @api.model
    def _queue(self, deliveries, now):
        company = deliveries.company_id
        if self._unavailable(company):
            return dict.fromkeys(deliveries, ChannelRefused("not_set_up"))
        receipts, texts = {}, {}
        for lang, group in deliveries.grouped(lambda delivery: delivery._lang()).items():
            written = self._compose(group.step_id, lang, now)
            for delivery in group:
                text = written[delivery.step_id]
                if isinstance(text, ChannelRefused):
                    receipts[delivery] = text
                elif start := self._earliest(delivery, now):
                    receipts[delivery] = {"leaves_at": start}
                else:
                    texts[delivery] = text
        return {**receipts, **self._post(texts)}

    @api.model
    def _earliest(self, delivery, now):
        """Return the UTC instant at which the recipient's hours begin, None during them (R88)."""
        # A contact's zone without a user is only that of whoever created the contact.
        own = delivery.partner_id.sudo().user_ids.filtered("active").mapped("tz")
        zones = quiet_hours.zones_of(delivery.address, own)
        return quiet_hours.window_start(now, zones, delivery.company_id._chasing_timezone())

    @api.model
    def _compose(self, steps, lang, now):
        """Return {step: text, or the ChannelRefused that says why it has none} of steps of one company (R65, R70).

        :param lang: the language code everything is written in
        :param now: the UTC instant the facts are told for
        """
        steps.move_id._chasing_ensure_tokens()
        message, fill = self.env["chasing.message"], self.env["chasing.placeholder"]._fill
        own = steps.filtered(self._has_own_words)
        written = {
            step: self._with_facts(step, self._text(fill(step.sms_text, step.move_id, lang, now)), lang, now)
            for step in own
        }
        for template, group in message._by_template(self, steps - own, now):
            texts = message._render(template, "body", group.move_id, lang, now)
            copies = group.filtered(lambda step: step.is_copy and not self._own_template(step))
            for step in group - copies:
                text = self._text(texts.get(step.move_id.id))
                written[step] = self._with_facts(step, text, lang, now)
            written |= {step: self._copy_text(step.move_id.with_context(lang=lang)) for step in copies}
        return written

    @api.model
    def _wordings(self, steps, lang, now):
        return self._compose(steps, lang, now)

    @api.model
    def _preview(self, step, lang, at):
        text = self._compose(step, lang, at)[step]
        return text if isinstance(text, ChannelRefused) else Preview(text)

    @api.model
    def _length_text(self, step, text):
        return length_text(self.env, self.env["chasing.message"]._sample_links(text, step.move_id))

    @api.model
    def _send_test(self, step, preview, lang, at):
        number = self.env.user.partner_id._phone_format(fname="phone")
        if not number:
            raise UserError(self.env._("You have no valid phone number. Enter one in your preferences."))
        body = self.env._("[Test] %(text)s", text=preview.body)
        no_user_defaults.create(self.env["sms.sms"], {"number": number, "body": body})
        self.env.ref("sms.ir_cron_sms_scheduler_action")._trigger()
        return Test(self.env._("A test is on its way to %(address)s.", address=number))

    @api.model
    def _read_failure(self, notification):
        code, said = super()._read_failure(notification)
        if code in ("provider_error", self._unknown_failure):
            said = said or notification.format_failure_reason()
        return code, said

    @api.model
    def _content(self, delivery):
        message = delivery.mail_message_id
        return ("txt", html2plaintext(message.body)) if message else (None, None)

    def _with_facts(self, step, text, lang, now):
        """Return a text with what every channel states: what came in so far, and what paying early saves (R42b, R76).

        What it says itself is not said again. It may take one SMS more: whoever paid a part wants it confirmed, and
        whoever grants a discount wants it known.
        """
        if isinstance(text, ChannelRefused):
            return text
        move = clock.at(step.move_id.sudo().with_context(lang=lang), now)
        for sentence, words in ((received(move), self._received_words), (discount(move), self._discount_words)):
            if sentence and not all(sms_segments.plain(word) in text for word in words(move)):
                text = f"{text} {sms_segments.plain(sentence)}"
        return text

    def _received_words(self, move):
        """Return what tells that a text says itself what came in and what is left."""
        return [
            formats.amount(move.env, amount, move.currency_id)
            for amount in (move.chasing_paid_amount, move.amount_residual)
        ]

    def _discount_words(self, move):
        """Return what tells that a text says itself what paying early saves, and until when."""
        return (
            formats.amount(move.env, move.chasing_discount_amount, move.currency_id),
            formats.long_date(move.env, move.chasing_discount_date),
        )

    def _copy_text(self, move):
        """Return what says where an invoice is seen of which nothing is due any more (R102)."""
        text = move.env._(
            "%(company)s: invoice %(invoice)s, %(amount)s. Nothing is due. %(url)s",
            company=move.company_id.name,
            invoice=move.name,
            amount=formats.amount(move.env, move.amount_total, move.currency_id),
            url=move.sudo().chasing_link,
        )
        return self._text(text)

    def _text(self, text):
        if isinstance(text, ChannelRefused):
            return text
        return sms_segments.plain(text or "").strip() or ChannelRefused("no_template")

    def _post(self, texts):
        """Create what Odoo's queue needs, in batch, and return the values that tie the deliveries to it.

        :param texts: {delivery: text}
        """
        if not texts:
            return {}
        messages = no_user_defaults.create(self.env["mail.message"], list(self._message_values(texts)))
        leaving = self.env["chasing.message"]._links(texts)
        every_sms = no_user_defaults.create(
            self.env["sms.sms"],
            [
                {
                    "mail_message_id": message.id,
                    "partner_id": delivery.partner_id.id,
                    "number": delivery.address,
                    "body": leaving[delivery],
                }
                for delivery, message in zip(texts, messages, strict=True)
            ],
        )
        notifications = no_user_defaults.create(
            self.env["mail.notification"],
            [self._notification_values(sms) for sms in every_sms],
        )
        return {
            delivery: {"mail_message_id": notification.mail_message_id.id, "notification_id": notification.id}
            for delivery, notification in zip(texts, notifications, strict=True)
        }

    def _notification_values(self, sms):
        return {
            "mail_message_id": sms.mail_message_id.id,
            "author_id": sms.mail_message_id.author_id.id,
            "res_partner_id": sms.partner_id.id,
            "sms_number": sms.number,
            "sms_id_int": sms.id,
            "sms_tracker_ids": [Command.create({"sms_uuid": sms.uuid})],
            "notification_type": "sms",
            "notification_status": "ready",
            "is_read": True,
        }

    def _message_values(self, texts):
        """Give the message the values of Odoo's own SMS: a note, so that followers get no e-mail."""
        note = self.env.ref("mail.mt_note")
        for delivery, text in texts.items():
            sender = delivery.schedule_id._sender()
            yield self.env["chasing.message"]._conversation_values(
                delivery,
                note,
                sender,
                message_type="sms",
                body=sms_content_to_rendered_html(text),
                reply_to=sender[1],
                partner_ids=delivery.partner_id.ids,
            )

    @api.model
    def _withdraw(self, deliveries):
        waiting = self._waiting(deliveries)
        if waiting:
            waiting.action_set_canceled()
            self.env.ref("sms.ir_cron_sms_scheduler_action")._trigger()

    def _waiting(self, deliveries):
        """Return the SMS, now locked, that nobody is sending: whoever does has locked it or has said so before."""
        every_sms = self.env["sms.sms"].browse(deliveries.notification_id.mapped("sms_id_int")).exists()
        return every_sms.try_lock_for_update().filtered(lambda sms: sms.state == "outgoing")

    @api.model
    def _take_back(self, deliveries):
        waiting = self._waiting(deliveries)
        taken = deliveries.filtered(lambda delivery: delivery.notification_id.sms_id_int in waiting.ids)
        if taken:
            # First, for what happens to the SMS then is no news of these.
            taken._put_aside()
            waiting.action_set_canceled()
            # Put back into Odoo's queue by a person it would leave beside the new one.
            waiting.write({"number": False, "to_delete": True})
            self.env.ref("sms.ir_cron_sms_scheduler_action")._trigger()
        return taken

    @api.model
    def _unavailable(self, company):
        """Return what another provider than Odoo's still needs: only that is set up beforehand."""
        company = company.sudo()
        uses_twilio = "sms_provider" in company._fields and company.sms_provider == "twilio"
        if uses_twilio and not (company.sms_twilio_account_sid and company.sms_twilio_number_ids):
            return self.env._(
                "SMS are sent by Twilio. Enter the account and number in the settings of %(company)s.",
                company=company.name,
            )
        return False
