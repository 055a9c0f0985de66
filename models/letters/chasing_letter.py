import logging
import uuid

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..common import clock, no_user_defaults, paper
from ..common.client_actions import notification
from ..common.errors import ChannelRefused, user_text
from ..common.safe_html import SafeHtml
from ..common.wording import counted, reason_text
from ..engine import letter_layout, transitions
from ..engine.letter_layout import LAYOUTS
from ..engine.states import DELIVERY_MOVES, DELIVERY_STATE_OF_LETTER, LETTER_MOVES, LETTER_STATES, ONGOING, UNPOSTED
from . import letter_pdf

_logger = logging.getLogger(__name__)
# What people read of a letter's way: one that a person prints waits for other things than one that a provider posts.
STAGES = [("to_print", "To Print"), ("to_post", "Printed, to Post"), *LETTER_STATES.items()]


class ChasingLetter(models.Model):
    """Hold one letter to one recipient.

    What it says and to whom is fixed when it is queued; its PDF is made, and it leaves, in transactions of their own
    (`chasing.letter.queue`), or a person prints and posts it.
    """

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
    provider_code = fields.Selection("_provider_selection", "Delivery Method", required=True, readonly=True)
    state = fields.Selection(list(LETTER_STATES.items()), required=True, default="queued", readonly=True, index=True)
    stage = fields.Selection(STAGES, "Status", compute="_compute_stage")
    # It is given to the provider with every attempt, so that a repetition is not taken for a second letter (R89).
    key = fields.Char(required=True, readonly=True, copy=False, default=lambda self: str(uuid.uuid4()))
    recipient_name = fields.Char(readonly=True)
    recipient = fields.Json("Fixed Address", readonly=True, help="The address at the time the letter was queued.")
    sender = fields.Json(readonly=True)
    address = fields.Text(readonly=True)
    sender_line = fields.Char(readonly=True)
    lang = fields.Char(readonly=True)
    subject = fields.Char(readonly=True)
    content = SafeHtml("Text", readonly=True)
    enclosure_ids = fields.Many2many("ir.attachment", string="Enclosed", readonly=True)
    composed_on = fields.Date(
        "Dated", readonly=True, help="The company's local day that the letter bears, and for which it counts days late."
    )
    amount_due = fields.Float(readonly=True, digits=0, help="What its text asks for, in the invoice's currency.")
    pdf_id = fields.Many2one("ir.attachment", "PDF", ondelete="set null", index="btree_not_null", readonly=True)
    pages = fields.Integer(readonly=True)
    attempts = fields.Integer(readonly=True, aggregator=None)
    retry_at = fields.Datetime("Next Check", readonly=True)
    printed_at = fields.Datetime("Printed", readonly=True)
    accepted_at = fields.Datetime(readonly=True)
    sent_at = fields.Datetime("Sent", readonly=True)
    provider_reference = fields.Char(readonly=True, index="btree_not_null")
    tracking = fields.Char(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    cost = fields.Monetary(readonly=True)
    failure_code = fields.Char(readonly=True)
    failure_detail = fields.Char(readonly=True)
    failure_reason = fields.Char(compute="_compute_failure_reason")
    reason = fields.Char(compute="_compute_reason", compute_sudo=True, help="Why it failed, was cancelled or waits.")
    is_held_back = fields.Boolean(readonly=True, help="Withdrawn from the queue by a hold.")
    is_delivery_synced = fields.Boolean(default=True, readonly=True, help="The delivery knows of the state.")
    _key = models.UniqueIndex("(key)", "Two letters cannot share a key.")
    _next_check = models.Index("(retry_at) WHERE retry_at IS NOT NULL")
    _unsynced = models.Index("(id) WHERE NOT is_delivery_synced")

    @api.depends("failure_code", "failure_detail")
    @api.depends_context("lang")
    def _compute_failure_reason(self):
        for letter in self:
            values = {"name": letter.recipient_name, "detail": letter.failure_detail or None}
            letter.failure_reason = reason_text(self.env, letter.failure_code, values)

    @api.depends("state", "provider_code", "printed_at")
    def _compute_stage(self):
        for letter in self:
            waits_for_person = letter.state == "queued" and letter._provider_class().is_posted_by_hand
            printed = "to_post" if letter.printed_at else "to_print"
            letter.stage = printed if waits_for_person else letter.state

    @api.depends("failure_reason", "failure_detail", "state", "delivery_id.step_id.reason", "delivery_id.letter_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        for letter in self:
            letter.reason = letter.failure_reason or letter._waiting_reason() or letter._cancelled_reason()

    def _waiting_reason(self):
        """Return what the provider said when it was tried in vain, False if it was not."""
        return self.state in UNPOSTED and self.failure_detail

    def _cancelled_reason(self):
        """Return why nobody posts it any more, False if somebody may."""
        if self.state != "cancelled":
            return False
        if self.delivery_id.letter_id != self:
            return self.env._("A hold withdrew it. A new letter is created if the step is sent later.")
        return self.delivery_id.step_id.reason

    @api.model
    def _provider_selection(self):
        return self.env["chasing.postal.provider"]._code_selection()

    def _provider_class(self):
        """Return the class of the provider by which this letter leaves."""
        return self.env["chasing.postal.provider"]._class_of(self.provider_code)

    # ------------------------------------------------------------------ what becomes of it

    def _set_state(self, state, failure_code=False, failure_detail=False, follow=True, **others):
        """Write a letter's state, which nobody else does; ignore a repeat, refuse a move the table does not know.

        :param follow: whether the deliveries, their steps and schedules follow in this transaction, or, where nobody
            must be waited for, when `_sync_deliveries` finds them free
        :param others: fields written with it
        """
        moving = self.filtered(lambda letter: transitions.check_move(LETTER_MOVES, letter.state, state))
        values = {"state": state, "failure_code": failure_code, "failure_detail": failure_detail, **others}
        if state == "sent":
            values["sent_at"] = clock.now(self.env)
        if state in DELIVERY_STATE_OF_LETTER:
            values["is_delivery_synced"] = False
        if not LETTER_MOVES[state]:
            values["retry_at"] = False
        moving.write(values)
        if follow:
            moving._sync_delivery()

    def _apply_status(self, word, detail):
        """Follow what a provider says of this letter, if it is news.

        :param word: a state of postal.client.Status
        :param detail: the provider's own word for it
        """
        state = letter_layout.reported(self.state, word)
        if state:
            failure_code = {"returned": "returned", "failed": "provider_error"}.get(state)
            self._set_state(state, failure_code or False, (failure_code and detail) or False, follow=False)

    def _sync_delivery(self, follow=True):
        """Let the deliveries know what became of their letters (R83, R87)."""
        for letter in self.filtered(lambda letter: not letter.is_delivery_synced):
            delivery, state = letter.delivery_id, DELIVERY_STATE_OF_LETTER[letter.state]
            if delivery.letter_id != letter:
                # A hold took it out of the queue: the delivery waits for another one.
                continue
            if letter.is_held_back:
                delivery._held_back(follow)
            elif state in DELIVERY_MOVES[delivery.state]:
                delivery._set_state(state, letter.failure_code, letter.failure_detail, follow=follow)
        self.write({"is_delivery_synced": True})

    @api.model
    def _sync_deliveries(self):
        """Let the deliveries, and the steps after them, learn what they do not know yet, unless others change them.

        The letters have left, so nobody is waited for and nothing of it can be undone.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM chasing_letter WHERE NOT is_delivery_synced",
                to_flush=self._fields["is_delivery_synced"],
            )
        )
        late = self.browse(letter_id for (letter_id,) in rows).try_lock_for_update(allow_referencing=True)
        free = late.delivery_id.try_lock_for_update(allow_referencing=True)
        ready = late.filtered(lambda letter: letter.delivery_id in free)
        try:
            with self.env.cr.savepoint():
                ready._sync_delivery(follow=False)
                ready.delivery_id.filtered("has_pending_result")._propagate_if_unlocked()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Somebody else is changing them: the next run tells.
            self.env.invalidate_all(flush=False)

    @api.model
    def _on_provider_change(self, providers):
        """Let what waits and was neither printed nor tried go by the company's new provider, on its paper."""
        waiting = self.search([
            ("provider_id", "in", providers.ids),
            ("state", "=", "queued"),
            ("attempts", "=", 0),
            ("printed_at", "=", False),
        ])
        for provider, group in waiting.grouped("provider_id").items():
            group.pdf_id.unlink()
            group.write({"provider_code": provider.code, "pages": 0})
        self._trigger_queue()

    @api.model
    def _trigger_queue(self, at=None):
        """Let the letter queue run, now or at an instant."""
        self.env.ref("invoice_chasing.ir_cron_letters")._trigger(at)

    def _is_unwanted(self):
        """Return whether nothing is to be sent about the invoice any more (R33)."""
        schedule = self.delivery_id.schedule_id
        if self.delivery_id.state != "queued":
            return True
        step = self.delivery_id.step_id
        if step.is_by_hand:
            return not step._goes_anyway()
        return bool(schedule.closure or schedule.lifecycle not in ONGOING)

    def _is_held(self):
        """Return whether nothing is to be sent about the invoice now (R35b, R36)."""
        return bool(self.delivery_id.schedule_id.hold_reason)

    # ------------------------------------------------------------------ its PDF

    def _is_outdated(self):
        """Return whether a letter that waits untried bears another day or asks for another balance than today's (R72).

        One that a provider may have stays as it is: a repetition by its key must be the same letter (R89).
        """
        if self.state != "queued" or self.attempts:
            return False
        move = self.move_id
        is_of_today = self.composed_on == clock.today(self.company_id.sudo())
        return not is_of_today or bool(move.currency_id.compare_amounts(self.amount_due, move.amount_residual))

    def _recompose(self):
        """Write the text of today with what is due now, and drop the PDF; raise `ChannelRefused` without a text."""
        self.ensure_one()
        channel, now = self.env["chasing.channel.letter"].with_company(self.company_id), clock.now(self.env)
        page = channel._compose(self.delivery_id, now)[self.delivery_id]
        if isinstance(page, ChannelRefused):
            raise page
        self.pdf_id.unlink()
        self.write({
            "composed_on": clock.local_day(now, self.company_id.sudo()),
            "subject": page.subject,
            "content": page.leaving,
            "enclosure_ids": [Command.set(page.enclosed.ids)],
            "amount_due": self.move_id.amount_residual,
        })
        self.delivery_id.mail_message_id.sudo().write({"subject": page.subject, "body": page.content})

    def _attach_pdf(self, pdf, pages):
        """Bind a letter's PDF to its invoice, and show it in the conversation."""
        name = self.env._("Letter %(invoice)s.pdf", invoice=self.move_id.name).replace("/", "_")
        attachment = no_user_defaults.create(
            self.env["ir.attachment"],
            {
                "name": name,
                "raw": pdf,
                "mimetype": "application/pdf",
                "res_model": "account.move",
                "res_id": self.move_id.id,
            },
        )
        self.write({"pdf_id": attachment.id, "pages": pages})
        self.delivery_id.mail_message_id.sudo().attachment_ids = attachment

    def _with_pdf(self):
        """Return those of these letters that have a PDF, made now where it is wanting; the others have failed (R82)."""
        return self.filtered(lambda letter: letter._ensure_pdf())

    def _ensure_pdf(self):
        try:
            if self._is_outdated():
                self._recompose()
            if not self.pdf_id:
                self._attach_pdf(*letter_pdf.build(self))
        except ChannelRefused as refusal:
            self._set_state("failed", refusal.code, refusal.detail or False)
        except paper.PaperError as error:
            _logger.warning("Letter %s could not be printed: %s", self.id, error)
            self._set_state("failed", error.code, user_text(str(error)) or False)
        return self.state == "queued"

    def action_download(self):
        """Download the letter as it leaves, or left."""
        self.ensure_one()
        self.check_access("read")
        if not self.sudo().pdf_id:
            raise UserError(self.env._("The letter has no PDF yet. It is created within a minute."))
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.sudo().pdf_id.id}?download=true"}

    # ------------------------------------------------------------------ the print queue

    def _print(self):
        """Return one PDF of these letters, with a list on top, and its number of pages; mark them as printed.

        All are of one company, and have a PDF.
        """
        provider = self.provider_id
        pdfs = [letter_pdf.print_list(self), *(letter.pdf_id.sudo().raw for letter in self)]
        pdf, pages = paper.stack(pdfs, LAYOUTS[provider.layout].page, provider.duplex)
        self.write({"printed_at": clock.now(self.env)})
        self.delivery_id.step_id._delivery_changed()
        return pdf, pages

    def action_posted(self):
        """Note that the chosen letters were handed to the post; those no longer wanted stay behind and are named."""
        self._check_may_post()
        left, kept = self.sudo()._split_unwanted()
        posted = left.filtered(lambda letter: letter.state == "queued")
        posted._set_state("sent")
        one, many = self.env._("1 letter marked as posted."), self.env._("%(count)s letters marked as posted.")
        return self._notify(counted(self.env, len(posted), one, many), kept)

    def _check_may_post(self):
        if not self.env.user.has_group("invoice_chasing.group_manager"):
            raise AccessError(self.env._("Only chasing managers can print letters and mark them as posted."))
        self.check_access("read")
        others = self.sudo().filtered(lambda letter: not letter._provider_class().is_posted_by_hand)
        if others:
            raise UserError(
                self.env._(
                    "The letter to %(name)s is sent by %(provider)s. Select only letters of the print queue.",
                    name=others[0].recipient_name,
                    provider=self.env["chasing.postal.provider"]._label(others[0].provider_code),
                )
            )

    def _split_unwanted(self):
        """Return (those still wanted, those that are not), and cancel what nobody wants any more (R33)."""
        locked = self.try_lock_for_update(allow_referencing=True)
        if self - locked:
            raise UserError(self.env._("These letters are being processed. Try again in a moment."))
        waiting = self.filtered(lambda letter: letter.state == "queued")
        unwanted = waiting.filtered(lambda letter: letter._is_unwanted())
        unwanted._set_state("cancelled")
        held = (waiting - unwanted).filtered(lambda letter: letter._is_held())
        held._set_state("cancelled", is_held_back=True)
        kept = self.filtered(lambda letter: letter.state == "cancelled")
        return self - kept, kept

    def _names(self):
        """Return these letters as people find them on a table: by recipient and invoice."""
        return ", ".join(f"{letter.recipient_name} ({letter.move_id.name})" for letter in self)

    def _removal_text(self):
        """Return what to do with the sheets of these letters; an empty text for none."""
        if not self:
            return ""
        return self.env._("No longer due, remove these sheets: %(names)s.", names=self._names())

    def _renewal_text(self):
        """Return that these letters, which lie printed already, were written anew; an empty text for none."""
        if not self:
            return ""
        return self.env._("Written anew for today, discard the earlier sheets: %(names)s.", names=self._names())

    def _failure_text(self):
        """Return which of these letters could not be made, and why; an empty text for none."""
        if not self:
            return ""
        reasons = "; ".join(f"{letter._names()}: {letter.failure_reason}" for letter in self)
        return self.env._("Could not be printed: %(reasons)s", reasons=reasons)

    def _notify(self, text, kept):
        message = f"{text} {kept._removal_text()}".strip()
        return notification(message, "warning" if kept else "success", stays=bool(kept))

    def _address_in_line(self):
        return ", ".join((self.address or "").splitlines())
