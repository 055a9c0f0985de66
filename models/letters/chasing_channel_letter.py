from dataclasses import asdict
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, models

from ..common import clock, no_user_defaults
from ..common.errors import ChannelRefused
from ..common.wording import counted
from ..dispatch import paper_parts
from ..dispatch.chasing_channel import Preview, Test
from ..dispatch.chasing_message import Framed
from ..engine import recipients
from ..engine.states import UNPOSTED
from . import letter_pdf
from .postal_address import address_lines, address_of, fits_window
from .snailmail import Snailmail


class Page(NamedTuple):
    """Hold what a letter says: its subject, its text as the conversation shows it and as it leaves, its enclosures.

    The enclosures are the PDFs of its template.
    """

    subject: str
    content: str
    leaving: str
    enclosed: models.Model


class ChasingChannelLetter(models.AbstractModel):
    """Send letters by our own queue.

    What a letter says and where it goes is fixed here, its PDF is made later (R72, R89). The conversation shows its
    text; nobody is mailed (R91).
    """

    _name = "chasing.channel.letter"
    _inherit = "chasing.channel"
    _description = "Chasing by Letter"
    _code = "letter"
    _sequence = 30
    _unreachable = "incomplete_address"
    _contact_fields = ("street", "zip", "city", "country_id")
    _template_field = "letter_template_id"
    _preview_field = "preview_letter"
    _carries_document = True
    _odoo_methods = frozenset({Snailmail.code})
    _broken = "letter_failed"

    @api.model
    def _missing_text(self):
        return self.env._("a postal address")

    @api.model
    def _count_text(self, count):
        return counted(self.env, count, self.env._("1 letter"), self.env._("%(count)s letters"))

    @api.model
    def _addresses(self, contact, country=None):
        return recipients.postal_lines(contact, country)

    @api.model
    def _fit(self, resolutions, company):
        """Refuse an address that the window of the envelope does not show whole (R85)."""
        provider, fitting = self.env["chasing.postal.provider"]._expected(company), {}
        for key, resolution in resolutions.items():
            usable = [recipient.contact_key for recipient in resolution.recipients if not recipient.problem]
            too_long = (
                self.env["res.partner"]
                .browse(usable)
                .filtered(lambda partner: not fits_window(partner, company, provider))
            )
            fitting[key] = recipients.refuse(resolution, too_long.ids, "address_too_long")
        return fitting

    @api.model
    def _unavailable(self, company):
        return self.env["chasing.postal.provider"]._nearest(company)._missing()

    @api.model
    def _open_setup(self, company):
        return self.env["chasing.postal.provider"].with_company(company).action_open()

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
        letters = no_user_defaults.create(self.env["chasing.letter"], list(self._letter_values(going, texts, now)))
        self.env["chasing.letter"]._trigger_queue()
        for delivery, message, letter in zip(going, messages, letters, strict=True):
            receipts[delivery] = {"mail_message_id": message.id, "letter_id": letter.id}
        return receipts

    @api.model
    def _withdraw(self, deliveries):
        """Cancel what waits, and let the queue ask back what a provider has, or may have.

        What is on its way counts as gone. A letter that can be locked is one that nobody is handing over.
        """
        letters, untouched = self._waiting(deliveries)
        untouched._set_state("cancelled")
        tried = letters.filtered(lambda letter: letter.state in UNPOSTED)
        tried.write({"retry_at": False})
        if deliveries.letter_id - untouched:
            self.env["chasing.letter"]._trigger_queue()

    def _waiting(self, deliveries):
        """Return (letters that nobody is handing over, those of them that no provider was ever given)."""
        letters = deliveries.letter_id.sudo().try_lock_for_update(allow_referencing=True)
        return letters, letters.filtered(lambda letter: letter.state == "queued" and not letter.attempts)

    @api.model
    def _take_back(self, deliveries):
        """Put aside what waits; what a provider has counts as gone.

        Whether it has one that was tried, the queue asks now.
        """
        letters, untouched = self._waiting(deliveries)
        taken = deliveries.filtered(lambda delivery: delivery.letter_id in untouched)
        taken._put_aside()
        untouched._set_state("cancelled")
        tried = letters.filtered(lambda letter: letter.state == "queued" and letter.attempts)
        tried.write({"retry_at": False})
        if deliveries.letter_id:
            self.env["chasing.letter"]._trigger_queue()
        return taken

    def _refusal(self, delivery, pdfs, now):
        if delivery.move_id.id not in pdfs:
            return ChannelRefused("pdf_failed", delivery.schedule_id.documents_error or None)
        if not self._has_text(delivery.step_id, now):
            return ChannelRefused("no_template")
        if not delivery.partner_id:
            return ChannelRefused("incomplete_address")
        return self.env["chasing.message"]._lost_file(delivery.step_id)

    # ------------------------------------------------------------------ what it says

    @api.model
    def _subject(self, delivery):
        return super()._subject(delivery) or delivery.letter_id.subject or ""

    @api.model
    def _content(self, delivery):
        letter = delivery.letter_id
        if letter.pdf_id:
            return "pdf", letter.pdf_id.raw
        return ("html", _as_on_paper(letter.content or "")) if letter else (None, None)

    @api.model
    def _proof(self, delivery):
        letter, facts = delivery.letter_id, []
        if letter.provider_reference:
            facts.append(self.env._("reference %(reference)s", reference=letter.provider_reference))
        if letter.tracking:
            facts.append(self.env._("tracking %(tracking)s", tracking=letter.tracking))
        return facts

    def _compose(self, deliveries, now):
        """Return {delivery: its Page, or the ChannelRefused that says why}, each in its recipient's language (R65)."""
        composed = {}
        for lang, group in deliveries.grouped(lambda delivery: delivery._lang()).items():
            texts = self.env["chasing.message"]._compose(self, group.step_id, lang, now)
            composed |= {delivery: _page(texts[delivery.step_id]) for delivery in group}
        return composed

    @api.model
    def _frames(self, said, lang):
        return {step: self._frame(step, one, lang) for step, one in said.items()}

    def _frame(self, step, said, lang):
        """Return the Framed of a step's text, with the invoice's facts and the way to pay below it.

        The payment code is on the paper alone.
        """
        # By its address on this server a picture is kept, its paper will carry it.
        own = f'src="{step.move_id.get_base_url()}/web/image/'
        text = Markup(str(said.text).replace(own, 'src="/web/image/'))
        _words, address = self.env["chasing.message"]._button(step, said.facts)
        url, sides = address and said.facts.page, paper_parts.sides(self.env, lang)
        values = {"text": text, "facts": said.facts, "url": url, **sides}
        render = self.env["ir.qweb"].with_context(lang=lang)._render
        content = render("invoice_chasing.letter_content", {**values, "qr": False}, lang=lang)
        qr = paper_parts.payment_code(step.move_id, said.facts)
        leaving = qr and render("invoice_chasing.letter_content", {**values, "qr": qr}, lang=lang)
        return Framed(content, leaving or content)

    @api.model
    def _preview(self, step, lang, at):
        preview = super()._preview(step, lang, at)
        return preview._replace(body=_as_on_paper(preview.body)) if isinstance(preview, Preview) else preview

    @api.model
    def _send_test(self, step, preview, lang, at):
        """Return the letter's own pages as they would be printed, its formal reminder too; no provider gets them."""
        company, move = step.company_id, step.move_id
        [resolution] = self.env["chasing.address.book"]._resolve(step, {step: [self._code]}).values()
        keys = [recipient.contact_key for recipient in resolution.recipients]
        partner = self.env["res.partner"].browse(keys[:1]) or move.partner_id
        letter = self.env["chasing.letter"].new({
            "company_id": company.id,
            "provider_id": self.env["chasing.postal.provider"]._for_company(company).id,
            "lang": lang,
            "subject": self.env._("[Test] %(subject)s", subject=preview.subject),
            "content": preview.body,
            "address": "\n".join(address_lines(partner, company)),
            "sender_line": " · ".join(address_lines(company.partner_id, company)),
            "composed_on": clock.local_day(at, company),
        })
        name = self.env._("Test letter %(invoice)s.pdf", invoice=move.display_name).replace("/", "_")
        return Test(name=name, content=letter_pdf.print_test(letter, step, at))

    # ------------------------------------------------------------------ what is written down

    def _letter_values(self, deliveries, texts, now):
        company = deliveries.company_id
        provider = self.env["chasing.postal.provider"]._for_company(company) if deliveries else None
        for delivery in deliveries:
            partner, has_moved = delivery.partner_id, delivery.schedule_id._has_moved()
            page = texts[delivery]
            yield {
                "delivery_id": delivery.id,
                "partner_id": partner.id,
                "provider_id": provider.id,
                "provider_code": provider.code,
                "recipient_name": delivery.recipient_name or partner.display_name,
                "recipient": asdict(address_of(partner, has_moved)),
                "sender": asdict(address_of(company.partner_id)),
                "address": "\n".join(address_lines(partner, company, has_moved)),
                "sender_line": " · ".join(address_lines(company.partner_id, company)),
                "lang": delivery._lang(),
                "subject": page.subject,
                "content": page.leaving,
                "enclosure_ids": page.enclosed.ids,
                "composed_on": clock.local_day(now, company),
                "amount_due": delivery.move_id.amount_residual,
            }

    def _message_values(self, deliveries, texts):
        subtype = self.env.ref("mail.mt_note")
        for delivery in deliveries:
            page = texts[delivery]
            yield self.env["chasing.message"]._conversation_values(
                delivery, subtype, delivery.schedule_id._sender(), subject=page.subject, body=page.content
            )


def _as_on_paper(content):
    """Return the text of a letter in the type in which it is printed."""
    return Markup('<div style="font-family: %s;">%s</div>') % (paper_parts.FONT, Markup(content))


def _page(text):
    """Return the Page of a Text; what was refused stays so."""
    if isinstance(text, ChannelRefused):
        return text
    enclosed = text.attachments.filtered(lambda attachment: attachment.mimetype == "application/pdf")
    return Page(text.subject, text.content, text.leaving, enclosed)
