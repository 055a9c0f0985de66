from dataclasses import asdict
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, models
from odoo.tools.mail import is_html_empty

from ..common import no_user_defaults
from ..common.errors import ChannelRefused
from ..dispatch.chasing_message import TEMPLATE_FIELDS
from ..engine.states import UNPOSTED
from .postal_address import address_lines, address_of


class Page(NamedTuple):
    """What a letter says: its subject, its text, and the PDFs that its template encloses."""

    subject: str
    content: str
    enclosed: models.Model


class ChasingChannelLetter(models.AbstractModel):
    """Letters by our own queue: what a letter says and where it goes is fixed here, its paper is made later (R72, R89).
    The conversation shows its text; nobody is mailed (R91)."""

    _name = "chasing.channel.letter"
    _inherit = "chasing.channel"
    _description = "Chasing by Letter"
    _template_fields = TEMPLATE_FIELDS

    @api.model
    def _unavailable(self, company):
        return self.env["chasing.postal.provider"]._nearest(company)._missing()

    @api.model
    def _queue(self, deliveries, now):
        if self._unavailable(deliveries.company_id):
            return dict.fromkeys(deliveries, ChannelRefused("not_set_up"))
        pdfs = deliveries.move_id._chasing_pdfs()
        receipts = {delivery: self._refusal(delivery, pdfs, now) for delivery in deliveries}
        texts = self._compose(deliveries.filtered(lambda delivery: not receipts[delivery]), now)
        receipts |= {delivery: text for delivery, text in texts.items() if isinstance(text, ChannelRefused)}
        going = deliveries.filtered(lambda delivery: not receipts[delivery])
        messages = no_user_defaults.create(self.env["mail.message"], list(self._message_values(going, texts)))
        letters = no_user_defaults.create(self.env["chasing.letter"], list(self._all_letter_values(going, texts)))
        self.env["chasing.letter"]._trigger_queue()
        for delivery, message, letter in zip(going, messages, letters, strict=True):
            receipts[delivery] = {"mail_message_id": message.id, "letter_id": letter.id}
        return receipts

    @api.model
    def _withdraw(self, deliveries):
        """What waits is cancelled; what a provider has, or may have, the queue asks back now, and what is on its way
        counts as gone. A letter that can be locked is one that nobody is handing over."""
        letters, untouched = self._waiting(deliveries)
        untouched._set_state("cancelled")
        tried = letters.filtered(lambda letter: letter.state in UNPOSTED)
        tried.write({"retry_at": False})
        if deliveries.letter_id - untouched:
            self.env["chasing.letter"]._trigger_queue()

    def _waiting(self, deliveries):
        """(letters that nobody is handing over, those of them that no provider was ever given)."""
        letters = deliveries.letter_id.sudo().try_lock_for_update(allow_referencing=True)
        return letters, letters.filtered(lambda letter: letter.state == "queued" and not letter.attempts)

    @api.model
    def _take_back(self, deliveries):
        """What a provider has counts as gone; whether it has one that was tried, the queue asks now."""
        letters, untouched = self._waiting(deliveries)
        taken = deliveries.filtered(lambda one: one.letter_id in untouched)
        taken._put_aside()
        untouched._set_state("cancelled")
        tried = letters.filtered(lambda letter: letter.state == "queued" and letter.attempts)
        tried.write({"retry_at": False})
        if deliveries.letter_id:
            self.env["chasing.letter"]._trigger_queue()
        return taken

    def _refusal(self, delivery, pdfs, now):
        if delivery.move_id.id not in pdfs:
            return ChannelRefused("pdf_failed")
        if not self._has_text(delivery.step_id, now):
            return ChannelRefused("no_template")
        if not delivery.partner_id:
            return ChannelRefused("incomplete_address")
        return None

    # ------------------------------------------------------------------ what it says

    @api.model
    def _wordings(self, steps, lang, now):
        return self.env["chasing.message"]._all_texts(self, steps, lang, now)

    def _template(self, step, now):
        """The template of a step's letter: its own, else the company's for the invoice's status (R70)."""
        kind = self.env["chasing.message"]._kind(step, now)
        return step.letter_template_id or step.company_id[TEMPLATE_FIELDS[kind]]

    @api.model
    def _has_text(self, step, at):
        return not is_html_empty(step.body) or bool(self._template(step, at))

    def _compose(self, deliveries, now):
        """{delivery: its Page, or the ChannelRefused that says why it has none}, in each recipient's language (R65)."""
        deliveries.move_id._chasing_ensure_tokens()
        composed = {}
        for (lang, template), group in deliveries.grouped(
            lambda one: (self._lang(one), self._template(one.step_id, now))
        ).items():
            texts = self.env["chasing.message"]._texts(template, group.step_id, lang, now)
            enclosed = template.sudo().attachment_ids.filtered(lambda one: one.mimetype == "application/pdf")
            for delivery in group:
                text = texts[delivery.step_id]
                composed[delivery] = (
                    text
                    if isinstance(text, ChannelRefused)
                    else Page(text[0], self._frame(delivery.move_id, text[1], lang, now), enclosed)
                )
        return composed

    def _lang(self, delivery):
        return delivery.lang or delivery.company_id.partner_id.lang

    def _frame(self, move, text, lang, now):
        """The text with the invoice's facts and the way to pay below it."""
        # by its address on this server a picture is kept, its paper will carry it
        own = f'src="{move.get_base_url()}/web/image/'
        text = Markup(str(text).replace(own, 'src="/web/image/'))
        values = {"text": text, **move.with_context(lang=lang)._chasing_message_values(now)}
        return self.env["ir.qweb"].with_context(lang=lang)._render("invoice_chasing.letter_content", values, lang=lang)

    # ------------------------------------------------------------------ what is written down

    def _all_letter_values(self, deliveries, texts):
        company = deliveries.company_id
        provider = self.env["chasing.postal.provider"]._for_company(company) if deliveries else None
        for delivery in deliveries:
            partner, alone = delivery.partner_id, delivery.schedule_id._has_moved()
            page = texts[delivery]
            yield {
                "delivery_id": delivery.id,
                "partner_id": partner.id,
                "provider_id": provider.id,
                "provider_code": provider.code,
                "recipient_name": delivery.recipient_name or partner.display_name,
                "recipient": asdict(address_of(partner, alone)),
                "sender": asdict(address_of(company.partner_id)),
                "address": "\n".join(address_lines(partner, company, alone)),
                "sender_line": " · ".join(address_lines(company.partner_id, company)),
                "lang": self._lang(delivery),
                "subject": page.subject,
                "content": page.content,
                "enclosure_ids": page.enclosed.ids,
                "amount_due": delivery.move_id.amount_residual,
            }

    def _message_values(self, deliveries, texts):
        subtype = self.env.ref("mail.mt_note")
        for delivery in deliveries:
            page = texts[delivery]
            author, email_from = delivery.schedule_id._sender()
            yield {
                "model": "account.move",
                "res_id": delivery.move_id.id,
                "record_name": delivery.move_id.name,
                "message_type": "comment",
                "subtype_id": subtype.id,
                "subject": page.subject,
                "body": page.content,
                "author_id": author.id,
                "email_from": email_from,
                "record_company_id": delivery.company_id.id,
            }
