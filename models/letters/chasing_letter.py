import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, format_date

from ..common import clock
from ..common.client_actions import notification
from ..common.errors import ChannelRefused
from ..common.safe_html import SafeHtml
from ..common.wording import reason_text
from ..engine import letters, transitions
from ..engine.addresses import one_line
from ..engine.letters import LAYOUTS
from ..engine.states import DELIVERY_MOVES, DELIVERY_STATE_OF_LETTER, LETTER_STATES
from ..people.chasing_address_book import postal_place
from ..postal.client import Address
from . import paper
from .chasing_postal_provider import PROVIDERS


class ChasingLetter(models.Model):
    """One letter to one recipient. What it says and to whom is fixed when it is queued; its paper is made, and it
    leaves, in transactions of their own (`chasing_letter_queue`)."""

    _name = "chasing.letter"
    _inherit = ["chasing.list.mixin"]
    _description = "Letter"
    _rec_name = "recipient_name"
    _order = "id desc"
    _instant_field = "sent_at"

    delivery_id = fields.Many2one("chasing.delivery", required=True, ondelete="cascade", index=True, readonly=True)
    move_id = fields.Many2one("account.move", "Invoice", related="delivery_id.move_id", store=True, index=True)
    company_id = fields.Many2one(related="delivery_id.company_id", store=True, index=True)
    partner_id = fields.Many2one("res.partner", "Recipient", ondelete="set null", index=True, readonly=True)
    provider_id = fields.Many2one(
        "chasing.postal.provider", required=True, ondelete="restrict", index=True, readonly=True
    )
    provider_code = fields.Selection(PROVIDERS, "Leaves By", required=True, readonly=True)
    state = fields.Selection(list(LETTER_STATES.items()), required=True, default="queued", readonly=True, index=True)
    # given to the provider with every attempt, so that it can tell a repetition from a second letter (R89)
    key = fields.Char(required=True, readonly=True, copy=False, default=lambda self: str(uuid.uuid4()))
    recipient_name = fields.Char(readonly=True)
    recipient = fields.Json("Fixed Address", readonly=True, help="As it was when the letter was queued.")
    sender = fields.Json(readonly=True)
    address = fields.Text(readonly=True)
    sender_line = fields.Char(readonly=True)
    lang = fields.Char(readonly=True)
    subject = fields.Char(readonly=True)
    content = SafeHtml("Text", readonly=True)
    enclosure_ids = fields.Many2many("ir.attachment", string="Enclosed", readonly=True)
    amount_due = fields.Float(readonly=True, digits=0, help="What its text asks for, in the invoice's currency.")
    pdf_id = fields.Many2one("ir.attachment", "PDF", ondelete="set null", index="btree_not_null", readonly=True)
    pages = fields.Integer(readonly=True)
    attempts = fields.Integer(readonly=True, aggregator=None)
    retry_at = fields.Datetime("Looked At Again", readonly=True)
    printed_at = fields.Datetime("Printed", readonly=True)
    accepted_at = fields.Datetime(readonly=True)
    sent_at = fields.Datetime("Sent", readonly=True)
    provider_reference = fields.Char(readonly=True, index="btree_not_null")
    tracking = fields.Char(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    cost = fields.Monetary(readonly=True)
    failure_code = fields.Char(readonly=True)
    failure_detail = fields.Char(readonly=True)
    failure_reason = fields.Char("Reason", compute="_compute_failure_reason")
    is_held_back = fields.Boolean(readonly=True, help="A hold took it out of the queue.")
    is_told = fields.Boolean(default=True, readonly=True, help="The delivery knows of the state.")
    _key = models.UniqueIndex("(key)", "Two letters cannot share a key.")
    _next_look = models.Index("(retry_at) WHERE retry_at IS NOT NULL")
    _untold = models.Index("(id) WHERE NOT is_told")

    @api.depends("failure_code", "failure_detail")
    @api.depends_context("lang")
    def _compute_failure_reason(self):
        for letter in self:
            values = {"name": letter.recipient_name, "detail": letter.failure_detail or None}
            letter.failure_reason = reason_text(self.env, letter.failure_code, values)

    @api.model
    def _address(self, partner, alone=False):
        """The address of a contact as the postal clients take it.

        :param alone: without the company to which the contact belongs by now: it is none of its business (R60)
        """
        place = postal_place(partner)
        company = "" if alone else partner.commercial_company_name or ""
        person = partner.name or ""
        return Address(
            name="" if person == company else one_line(person),
            company=one_line(company),
            street=one_line(place.street or ""),
            street2=one_line(place.street2 or ""),
            zip=one_line(place.zip or ""),
            city=one_line(place.city or ""),
            state_code=place.state_id.code or "",
            country_code=place.country_id.code or "",
        )

    @api.model
    def _address_lines(self, partner, company, alone=False):
        """The lines of a contact's address in the manner of its country; the country itself, in capitals, only where
        the letter goes abroad from the company.

        :param alone: see `_address`
        """
        place = postal_place(partner).with_context(lang=company.partner_id.lang)
        address = self._address(partner, alone)
        lines = place._display_address(without_company=True).splitlines()
        country = place.country_id.name
        if country and lines and lines[-1].strip() == country:
            lines[-1] = "" if place.country_id == company.country_id else country.upper()
        return [one_line(line) for line in (address.company, address.name, *lines) if one_line(line)]

    def _set_state(self, state, failure_code=False, failure_detail=False, follow=True, **others):
        """The one writer of a letter's state; a repeat is ignored, a move the table does not know is refused.

        :param follow: whether the deliveries, their steps and schedules follow in this transaction, or, where nobody
            must be waited for, when `_tell_late` finds them free
        :param others: fields written with it
        """
        moving = self.filtered(lambda one: transitions.check_move(letters.LETTER_MOVES, one.state, state))
        values = {"state": state, "failure_code": failure_code, "failure_detail": failure_detail, **others}
        if state == "sent":
            values["sent_at"] = clock.now(self.env)
        if state in DELIVERY_STATE_OF_LETTER:
            values["is_told"] = False
        if not letters.LETTER_MOVES[state]:
            values["retry_at"] = False
        moving.write(values)
        if follow:
            moving._tell()

    def _tell(self, follow=True):
        """Let the deliveries know what became of their letters (R83, R87)."""
        for letter in self.filtered(lambda one: not one.is_told):
            delivery, state = letter.delivery_id, DELIVERY_STATE_OF_LETTER[letter.state]
            if delivery.letter_id != letter:
                # a hold took it out of the queue: the delivery waits for another one
                continue
            if letter.is_held_back:
                delivery._held_back(follow)
            elif state in DELIVERY_MOVES[delivery.state]:
                delivery._set_state(state, letter.failure_code, letter.failure_detail, follow=follow)
        self.write({"is_told": True})

    @api.model
    def _tell_late(self):
        """What the deliveries do not know yet they learn now, and the steps after them, if nobody else is changing
        them: the letter has left, so nobody is waited for and nothing of it can be undone."""
        rows = self.env.execute_query(
            SQL("SELECT id FROM chasing_letter WHERE NOT is_told", to_flush=self._fields["is_told"])
        )
        late = self.browse(letter_id for (letter_id,) in rows).try_lock_for_update(allow_referencing=True)
        free = late.delivery_id.try_lock_for_update(allow_referencing=True)
        known = late.filtered(lambda one: one.delivery_id in free)
        try:
            with self.env.cr.savepoint():
                known._tell(follow=False)
                known.delivery_id.filtered("follows_later")._follow_if_free()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # somebody else is changing them: the next run tells
            self.env.invalidate_all(flush=False)

    @api.model
    def _provider_changed(self, providers):
        """What waits and was neither printed nor tried goes by the company's new provider, on its paper."""
        waiting = self.search([
            ("provider_id", "in", providers.ids),
            ("state", "=", "queued"),
            ("attempts", "=", 0),
            ("printed_at", "=", False),
        ])
        for provider, group in waiting.grouped("provider_id").items():
            group.pdf_id.unlink()
            group.write({"provider_code": provider.code, "pages": 0})
        self._wake()

    @api.model
    def _wake(self, at=None):
        """Let the letter queue run, now or at an instant."""
        self.env.ref("invoice_chasing.ir_cron_letters")._trigger(at)

    def action_posted(self):
        """The chosen letters were handed to the post. Those that are no longer wanted stay behind and are named."""
        self._check_may_post()
        left, kept = self.sudo()._split_unwanted()
        posted = left.filtered(lambda letter: letter.state == "queued")
        posted._set_state("sent")
        return self._notify(self.env._("%(count)s letters are sent.", count=len(posted)), kept)

    def action_download(self):
        """The letter as it leaves, or left."""
        self.ensure_one()
        self.check_access("read")
        if not self.sudo().pdf_id:
            raise UserError(self.env._("The letter has no PDF yet: it is made within a minute. Try again then."))
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.sudo().pdf_id.id}?download=true"}

    def _check_may_post(self):
        if not self.env.user.has_group("invoice_chasing.group_manager"):
            raise AccessError(self.env._("Only chasing managers can print letters and say that they were posted."))
        self.check_access("read")
        others = self.sudo().filtered(lambda letter: letter.provider_code != "print")
        if others:
            raise UserError(
                self.env._(
                    "The letter to %(name)s leaves by %(provider)s: choose only letters of the print queue.",
                    name=others[0].recipient_name,
                    provider=dict(self._fields["provider_code"]._description_selection(self.env))[
                        others[0].provider_code
                    ],
                )
            )

    def _split_unwanted(self):
        """(those still wanted, those that are not): what nobody wants any more is cancelled (R33)."""
        locked = self.try_lock_for_update(allow_referencing=True)
        if self - locked:
            raise UserError(self.env._("Somebody is working on these letters right now: try again in a moment."))
        waiting = self.filtered(lambda letter: letter.state == "queued")
        unwanted = waiting.filtered(lambda letter: letter._is_unwanted())
        unwanted._set_state("cancelled")
        held = (waiting - unwanted).filtered(lambda letter: letter._is_held())
        held._set_state("cancelled", is_held_back=True)
        kept = self.filtered(lambda letter: letter.state == "cancelled")
        return self - kept, kept

    def _names(self):
        """These letters as people find them on a table: recipient and invoice."""
        return ", ".join(f"{letter.recipient_name} ({letter.move_id.name})" for letter in self)

    def _take_out_text(self):
        """What to do with the sheets of these letters; an empty text for none."""
        if not self:
            return ""
        return self.env._("No longer due, take these sheets out: %(names)s.", names=self._names())

    def _failed_text(self):
        """Which of these letters could not be made, and why; an empty text for none."""
        if not self:
            return ""
        reasons = "; ".join(f"{letter._names()}: {letter.failure_reason}" for letter in self)
        return self.env._("Could not be printed: %(reasons)s", reasons=reasons)

    def _notify(self, text, kept):
        message = f"{text} {kept._take_out_text()}".strip()
        return notification(message, "warning" if kept else "success", stays=bool(kept))

    def _address_in_line(self):
        return ", ".join((self.address or "").splitlines())

    def _with_paper(self):
        """Those of these letters that have paper, made now where it is wanting; the others have failed (R82)."""
        return self.filtered(lambda letter: letter._has_paper())

    def _has_paper(self):
        try:
            if self._waits_with_an_old_amount():
                self._write_anew()
            if not self.pdf_id:
                self._keep_paper(*self._make_paper())
        except ChannelRefused as refusal:
            self._set_state("failed", refusal.code, refusal.detail or False)
        except paper.PaperError as error:
            self._set_state("failed", error.code, str(error))
        return self.state == "queued"

    def _print(self):
        """One PDF of these letters of one company, all with paper, with a list on top; marks them as printed.

        :return: (PDF as bytes, its number of pages)
        """
        provider = self.provider_id
        layout = LAYOUTS[provider.layout]
        pdfs = [self._print_cover(provider), *(letter.pdf_id.sudo().raw for letter in self)]
        pdf, pages = paper.stack(pdfs, layout.page, provider.duplex)
        self.write({"printed_at": clock.now(self.env)})
        return pdf, pages

    def _print_cover(self, provider):
        reports = self._printer(provider.layout)
        company = self.company_id.sudo()
        lang = company.partner_id.lang or self.env.lang
        values = {
            "lang": lang,
            "direction": self.env["res.lang"]._get_data(code=lang).direction or "ltr",
            "zoom": paper.zoom(reports, provider.layout == "us_10"),
            "company": company,
            "date": format_date(self.env, clock.today(company), lang_code=lang),
            "letters": self,
        }
        html = self.env["ir.qweb"].with_context(lang=lang)._render("invoice_chasing.letter_cover", values, lang=lang)
        return paper.print_html(reports, str(html))
