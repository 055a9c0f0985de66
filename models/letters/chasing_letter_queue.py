import logging
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..common import clock, no_user_defaults
from ..common.errors import ChannelRefused, user_message, user_text
from ..engine import letters
from ..engine.states import FOLLOWED, ONGOING, UNPOSTED
from ..postal.client import Address, Letter, Refused, Status, Unavailable
from . import paper
from .chasing_postal_provider import ANSWERING

_logger = logging.getLogger(__name__)
# what a provider has had for so long counts as posted, whether it says so or not
POSTED_AFTER = timedelta(hours=12)
ASK_AGAIN = {"sending": timedelta(hours=1), "sent": timedelta(days=1)}
ASK_FOR = timedelta(days=30)
# states in which something is still to be done or asked


class ChasingLetter(models.Model):
    """The letter queue: paper is made, letters are handed to providers and asked after, one by one, each in
    transactions of its own. Whoever works on a letter holds a lock on its row and on nothing else; what it is about to
    do is committed before the provider is called (R82, R89)."""

    _inherit = "chasing.letter"

    @api.model
    def _cron_letters(self):
        """All that is to be done now; then wake again when the next letter wants it."""
        now, progress = clock.now(self.env), self.env["ir.cron"]._commit_progress
        waiting = self._to_do(now)
        progress(0, remaining=len(waiting))
        silent = {}
        for letter in waiting:
            try:
                letter._work(now, silent)
            except Exception:
                # not even that it failed could be written down: the next run looks at it again
                self.env.cr.rollback()
                _logger.exception("Letter %s could not be worked on", letter.id)
            if not progress(1):
                break
        self._let_rest(waiting.filtered(lambda one: one.provider_id in silent), silent, now)
        self._tell_late()
        progress(0, remaining=len(self._to_do(now)))
        self._wake_next(now)

    @api.model
    def _to_do(self, now):
        """The letters that want something now, the oldest first."""
        soon = Domain("retry_at", "=", False) | Domain("retry_at", "<=", now)
        unprinted = Domain("state", "=", "queued") & Domain("pdf_id", "=", False)
        leaving = Domain("state", "=", "queued") & Domain("provider_code", "!=", "print")
        on_the_way = Domain("state", "=", "sending")
        on_post = Domain("state", "=", "sent") & Domain("retry_at", "<=", now)
        return self.search(((unprinted | leaving | on_the_way) & soon) | on_post, order="id")

    @api.model
    def _let_rest(self, waiting, silent, now):
        """What was left undone because its provider does not answer waits until it may be asked again."""
        free = waiting.try_lock_for_update(allow_referencing=True)
        undone = free.filtered(lambda one: not one.retry_at or one.retry_at <= now)
        for provider, group in undone.grouped("provider_id").items():
            group.write({"retry_at": silent[provider]})

    @api.model
    def _wake_next(self, now):
        live = Domain("state", "in", FOLLOWED) & Domain("retry_at", ">", now)
        if following := self.search(live, order="retry_at", limit=1):
            self._wake(following.retry_at)

    def _work(self, now, silent):
        """Do what one letter wants, in transactions of its own; a bad one fails alone (R82).

        :param silent: {provider that did not answer in this run: when it may be asked again}
        """
        try:
            if self._waits_with_an_old_amount() and self._take() and self._waits_with_an_old_amount():
                self._write_anew()
            if self.state == "queued" and not self.pdf_id:
                self._give_paper()
            if self.provider_id not in silent:
                self._advance(now)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # somebody else changed it meanwhile: the next run looks again
            self.env.cr.rollback()
        except ChannelRefused as refusal:
            self._fail(refusal.code, refusal.detail)
        except Unavailable as trouble:
            # one letter's many attempts are its own: the others wait as after a first one
            silent[self.provider_id] = now + letters.pause(1, trouble.retry_after)
            self._put_back(now, trouble)
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("Letter %s could not be sent", self.id)
            self._fail("letter_failed", user_message(error))

    def _waits_with_an_old_amount(self):
        return self.state == "queued" and not self.attempts and self._asks_for_another_amount()

    def _advance(self, now):
        if not self._take() or self.state not in FOLLOWED:
            return
        if self._is_to_be_called_off():
            self._call_off(now)
        elif self._is_to_be_held_back():
            self._hold_back(now)
        elif self.provider_reference:
            self._ask(now)
        elif self.pdf_id and self.provider_code != "print":
            self._send(now)
            # a payment that found the letter locked could not take it back, and some providers soon print
            if self._take() and self._is_to_be_called_off():
                self._call_off(now)

    def _is_to_be_called_off(self):
        return self.state in UNPOSTED and self._is_unwanted()

    def _is_to_be_held_back(self):
        """Whether a hold keeps it from leaving; what a provider has counts as gone (R36)."""
        return self.state == "queued" and not self.provider_reference and self._is_held()

    def _take(self):
        """Lock the letter and read it as it is now; whether it is ours to work on."""
        # a transaction that has read before locks what it remembers; this is no progress that the action should count
        self.env.cr.commit()
        self.env.invalidate_all()
        return bool(self.try_lock_for_update(allow_referencing=True))

    def _give_paper(self):
        """Make the PDF while nothing is locked, then keep it if the letter still waits."""
        try:
            pdf, pages = self._make_paper()
        except paper.PaperError as error:
            _logger.warning("Letter %s could not be printed: %s", self.id, error)
            self._fail(error.code, user_text(str(error)))
            return
        if self._take() and self.state == "queued" and not self.pdf_id:
            self._keep_paper(pdf, pages)

    def _keep_paper(self, pdf, pages):
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

    def _is_unwanted(self):
        """Whether nothing is to be sent about the invoice any more (R33)."""
        schedule = self.delivery_id.schedule_id
        if self.delivery_id.state != "queued":
            return True
        return bool(schedule.closure or schedule.lifecycle not in ONGOING)

    def _is_held(self):
        """Whether nothing is to be sent about the invoice now (R35b, R36)."""
        return bool(self.delivery_id.schedule_id.hold_reason)

    def _send(self, now):
        if self.state == "sending" and self.provider_code not in ANSWERING:
            # a process ended while it was handing it over, and whoever got it cannot be asked
            self._fail("unclear", self.env._("The answer was lost, the letter may have been posted."))
            return
        self._set_state("sending", follow=False)
        self.write({"attempts": self.attempts + 1, "retry_at": False})
        # from here on the letter counts as being sent, whatever becomes of this process
        if not self._take() or self.state != "sending":
            return
        if self._is_unwanted() or self._is_held():
            # called off before this attempt
            self._set_state("queued", follow=False)
            self.attempts -= 1
            return
        try:
            client, parcel = self._client(), self._parcel()
            client.check_address(parcel.recipient)
            # where an earlier attempt's outcome is not known, the provider may have the letter already
            receipt = (self.attempts > 1 and client.find(self.key)) or client.send(parcel)
        except Refused as refusal:
            self._fail(refusal.code, refusal.detail)
        else:
            self._record(receipt, now)

    def _client(self):
        client = self.provider_id._client()
        if not client or self.provider_id.code != self.provider_code:
            raise Refused("not_set_up", self.env._("The letter was given to a provider that is no longer set up."))
        return client

    def _parcel(self):
        """This letter as the clients take it."""
        provider = self.provider_id
        return Letter(
            key=self.key,
            pdf=self.pdf_id.sudo().raw,
            recipient=Address(**self.recipient),
            sender=Address(**self.sender),
            reference=self.move_id.name or "",
            color=provider.color,
            duplex=provider.duplex,
            pages=self.pages,
        )

    def _record(self, receipt, now):
        """Write down what the provider gave for the letter."""
        values = {
            "provider_reference": receipt.provider_reference,
            "accepted_at": now,
            "retry_at": now + ASK_AGAIN[receipt.state] if self.provider_code in ANSWERING else False,
            **self._known(receipt),
        }
        self.write(values)
        if receipt.state == "sent":
            self._set_state("sent", follow=False)

    def _known(self, report):
        """The values of what a receipt or status knows beyond the state."""
        values = {"tracking": report.tracking} if report.tracking else {}
        currency = report.currency and self.env["res.currency"].with_context(active_test=False).search(
            [("name", "=", report.currency)], limit=1
        )
        if currency and report.cost is not None:
            values |= {"cost": float(report.cost), "currency_id": currency.id}
        return values

    def _put_back(self, now, trouble):
        """The provider does not answer: try again later with the same key, for a day."""
        self.env.cr.rollback()
        if not self._take():
            return
        if not self.provider_reference and now - self.delivery_id.queued_at > letters.DAY:
            # nobody can say whether an attempt arrived: only a person who has asked may send it again (R84)
            self._set_state("failed", "unclear", trouble.detail, follow=False)
            return
        if not self.provider_reference:
            self._set_state("queued", follow=False)
        self.write({
            "retry_at": now + letters.pause(self.attempts or 1, trouble.retry_after),
            "failure_detail": trouble.detail,
        })

    def _fail(self, code, detail):
        if self._take() and "failed" in letters.LETTER_MOVES[self.state]:
            self._set_state("failed", code, detail or False, follow=False)

    def _ask(self, now):
        """What became of a letter that a provider has (R87)."""
        try:
            status = self._client().status(self.provider_reference)
        except Refused as refusal:
            # who refuses to tell is asked again, and counts as having posted it when the time has come
            _logger.info("Letter %s: %s", self.id, refusal.detail)
            status = Status("unknown")
        self.write(self._known(status))
        self._report(status.state, status.detail)
        if self.state == "sending" and now - self.accepted_at >= POSTED_AFTER:
            self._set_state("sent", follow=False)
        wait = ASK_AGAIN.get(self.state)
        self.retry_at = now + wait if wait and now - self.accepted_at < ASK_FOR else False

    def _report(self, word, detail):
        """Follow what a provider says of this letter, if it is news."""
        state = letters.reported(self.state, word)
        if state:
            lost = {"returned": "returned", "failed": "provider_error"}.get(state)
            self._set_state(state, lost or False, (lost and detail) or False, follow=False)

    def _call_off(self, now):
        """Nobody wants this letter any more: take it back from wherever it is, or say that it was too late (R32)."""
        try:
            word = self._taken_back() if self.attempts else "cancelled"
        except Refused as refusal:
            _logger.info("Letter %s: %s", self.id, refusal.detail)
            if not self.provider_reference:
                # it has failed there, or nobody can say whether it is there
                self._fail(refusal.code, refusal.detail)
                return
            word = False
        self.write({"accepted_at": self.accepted_at or now, "retry_at": now + ASK_AGAIN["sending"]})
        if word:
            self._report(word, None)
            return
        self._set_state("sent", follow=False)
        text = self.env._("The letter to %(name)s had left already.", name=self.recipient_name)
        self.move_id._message_log(body=text)

    def _hold_back(self, now):
        """Take it out of the queue for a hold, unless an earlier attempt has reached the provider after all (R36)."""
        receipt = self.attempts and self._client().find(self.key)
        if receipt:
            self._set_state("sending", follow=False)
            self._record(receipt, now)
        else:
            self._set_state("cancelled", follow=False, is_held_back=True)

    def _taken_back(self):
        """What a provider says of a letter that it was asked to give back, False if it is too late. Some only promise:
        then it is still being sent, and asked about again later."""
        if self.state == "sending" and self.provider_code not in ANSWERING:
            return False
        client = self._client()
        if not self.provider_reference:
            found = client.find(self.key)
            self.provider_reference = found and found.provider_reference
        if not self.provider_reference:
            return "cancelled"
        return client.cancel(self.provider_reference) and client.status(self.provider_reference).state
