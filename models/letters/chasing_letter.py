import uuid

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..common import clock
from ..common.safe_html import SafeHtml
from ..common.wording import sentence
from ..engine import letters, transitions
from ..engine.addresses import one_line
from ..people.chasing_address_book import postal_place
from ..postal.client import Address
from .chasing_postal_provider import PROVIDERS

STATES = [
    ("queued", "Waiting"),
    ("sending", "Being Sent"),
    ("sent", "Sent"),
    ("delivered", "Delivered"),
    ("returned", "Returned"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]


class ChasingLetter(models.Model):
    """One letter to one recipient. What it says and to whom is fixed when it is queued; its paper is made, and it
    leaves, in transactions of their own (`chasing_letter_queue`)."""

    _name = "chasing.letter"
    _inherit = ["chasing.company.clock"]
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
    state = fields.Selection(STATES, required=True, default="queued", readonly=True, index=True)
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
            letter.failure_reason = sentence(self.env, letter.failure_code, values)

    # ------------------------------------------------------------------ addresses

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

    # ------------------------------------------------------------------ states

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
        if state in letters.DELIVERY_STATES:
            values["is_told"] = False
        if not letters.LETTER_MOVES[state]:
            values["retry_at"] = False
        moving.write(values)
        if follow:
            moving._tell()

    def _tell(self, follow=True):
        """Let the deliveries know what became of their letters (R83, R87)."""
        for letter in self.filtered(lambda one: not one.is_told):
            delivery, state = letter.delivery_id, letters.DELIVERY_STATES[letter.state]
            if delivery.letter_id != letter:
                # a hold took it out of the queue: the delivery waits for another one
                continue
            if letter.is_held_back:
                delivery._held_back(follow)
            elif state in transitions.DELIVERY_MOVES[delivery.state]:
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
