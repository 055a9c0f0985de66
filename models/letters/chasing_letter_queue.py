import logging
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..common import batches, clock, paper
from ..common.errors import ChannelRefused, user_message, user_text
from ..engine import letter_layout
from ..engine.states import FOLLOWED, LETTER_MOVES, UNPOSTED
from ..postal.client import Address, Letter, Refused, Status, Unavailable
from . import letter_pdf

_logger = logging.getLogger(__name__)
# What a provider has had for so long counts as posted, whether it says so or not.
POSTED_AFTER = timedelta(hours=12)
# A provider is asked so often what became of a letter in that state, and for so long.
POLL_INTERVALS = {"sending": timedelta(hours=1), "sent": timedelta(days=1)}
POLL_PERIOD = timedelta(days=30)


class ChasingLetterQueue(models.AbstractModel):
    """Make the PDFs of letters, hand them to providers and ask after them, each in transactions of its own.

    Whoever works on a letter holds a lock on its row and on nothing else; what it is about to do is committed before
    the provider is called (R82, R89).
    """

    _name = "chasing.letter.queue"
    _description = "Letter Queue"

    @api.model
    def _cron_process(self):
        """Do all that is to be done now; then trigger a run for when the next letter wants something."""
        now, silent = clock.now(self.env), {}
        due = self._due_letters(now)
        pending = list(due)

        def process(letter):
            self._process_isolated(letter, now, silent)
            return 1

        batches.run(self.env, lambda: pending and pending.pop(0), process, lambda: len(pending))
        self._defer(due.filtered(lambda letter: letter.provider_id in silent), silent, now)
        self.env["chasing.letter"]._sync_deliveries()
        self.env["ir.cron"]._commit_progress(remaining=len(self._due_letters(now)))
        self._trigger_next(now)

    @api.model
    def _due_letters(self, now):
        """Return the letters that want something now, the oldest first.

        Those that wait for a person are written anew each morning, so that printing them is a matter of seconds.
        """
        soon = Domain("retry_at", "=", False) | Domain("retry_at", "<=", now)
        unprinted = Domain("state", "=", "queued") & Domain("pdf_id", "=", False)
        leaving = Domain("state", "=", "queued") & Domain("provider_code", "not in", self._codes_by_hand())
        on_the_way = Domain("state", "=", "sending")
        on_post = Domain("state", "=", "sent") & Domain("retry_at", "<=", now)
        wanted = ((unprinted | leaving | on_the_way | self._domain_of_yesterdays()) & soon) | on_post
        return self.env["chasing.letter"].search(wanted, order="id")

    @api.model
    def _domain_of_yesterdays(self):
        """Return the domain of the letters that wait untried and unprinted, and bear an earlier day than today."""
        companies = self.env["res.company"].search([]).grouped(clock.today)
        earlier = (
            Domain("composed_on", "<", day) & Domain("company_id", "in", group.ids) for day, group in companies.items()
        )
        waiting = Domain("state", "=", "queued") & Domain("attempts", "=", 0) & Domain("printed_at", "=", False)
        return waiting & Domain.OR(earlier)

    @api.model
    def _codes_by_hand(self):
        """Return the codes of the providers whose letters a person posts."""
        classes = self.env["chasing.postal.provider"]._classes()
        return [code for code, provider_class in classes.items() if provider_class.is_posted_by_hand]

    @api.model
    def _defer(self, waiting, silent, now):
        """Postpone letters whose provider did not answer in this run."""
        free = waiting.try_lock_for_update(allow_referencing=True)
        undone = free.filtered(lambda letter: not letter.retry_at or letter.retry_at <= now)
        for provider, group in undone.grouped("provider_id").items():
            group.write({"retry_at": silent[provider]})

    @api.model
    def _trigger_next(self, now):
        waiting = Domain("state", "in", FOLLOWED) & Domain("retry_at", ">", now)
        if following := self.env["chasing.letter"].search(waiting, order="retry_at", limit=1):
            following._trigger_queue(following.retry_at)

    # ------------------------------------------------------------------ one letter

    def _process_isolated(self, letter, now, silent):
        """Do what one letter wants, whatever happens.

        :param silent: see `_process`
        """
        try:
            self._process(letter, now, silent)
        except Exception:
            # Not even that it failed could be written down: the next run looks at it again.
            self.env.cr.rollback()
            _logger.exception("Letter %s could not be worked on", letter.id)

    def _process(self, letter, now, silent):
        """Do what one letter wants, in transactions of its own; a bad one fails alone (R82).

        :param silent: {provider that did not answer in this run: when it may be asked again}
        """
        try:
            if letter._is_outdated() and self._lock_and_reload(letter) and letter._is_outdated():
                letter._recompose()
            if letter.state == "queued" and not letter.pdf_id:
                self._render_pdf(letter)
            if letter.provider_id not in silent:
                self._advance(letter, now)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Somebody else changed it meanwhile: the next run looks again.
            self.env.cr.rollback()
        except ChannelRefused as refusal:
            self._fail(letter, refusal.code, refusal.detail)
        except Unavailable as trouble:
            # One letter's many attempts are its own: the others wait as after a first one.
            silent[letter.provider_id] = now + letter_layout.pause(1, trouble.retry_after)
            self._schedule_retry(letter, now, trouble)
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("Letter %s could not be sent", letter.id)
            self._fail(letter, "letter_failed", user_message(error))

    def _lock_and_reload(self, letter):
        """Lock a letter and read it as it is now; return whether it is ours to work on."""
        # A transaction that has read before would lock what it remembers, so a new one begins.
        # What is committed here is no progress that the scheduled action should count.
        self.env.cr.commit()
        self.env.invalidate_all()
        return bool(letter.try_lock_for_update(allow_referencing=True))

    def _render_pdf(self, letter):
        """Make the PDF while nothing is locked, then keep it if the letter still waits."""
        try:
            pdf, pages = letter_pdf.build(letter)
        except paper.PaperError as error:
            _logger.warning("Letter %s could not be printed: %s", letter.id, error)
            self._fail(letter, error.code, user_text(str(error)))
            return
        if self._lock_and_reload(letter) and letter.state == "queued" and not letter.pdf_id:
            letter._attach_pdf(pdf, pages)

    def _advance(self, letter, now):
        """Take a letter one step further: recall it, hold it back, ask after it or send it."""
        if not self._lock_and_reload(letter) or letter.state not in FOLLOWED:
            return
        if self._is_to_be_recalled(letter):
            self._recall(letter, now)
        elif self._is_to_be_held_back(letter):
            self._hold_back(letter, now)
        elif letter.provider_reference:
            self._poll_status(letter, now)
        elif letter.pdf_id and not letter._provider_class().is_posted_by_hand:
            self._send(letter, now)
            # A payment that found the letter locked could not recall it, and some providers soon print.
            if self._lock_and_reload(letter) and self._is_to_be_recalled(letter):
                self._recall(letter, now)

    def _fail(self, letter, code, detail):
        if self._lock_and_reload(letter) and "failed" in LETTER_MOVES[letter.state]:
            letter._set_state("failed", code, detail or False, follow=False)

    def _schedule_retry(self, letter, now, trouble):
        """Try a letter again later with the same key, for a day: its provider does not answer."""
        self.env.cr.rollback()
        if not self._lock_and_reload(letter):
            return
        if not letter.provider_reference and now - letter.delivery_id.queued_at > letter_layout.DAY:
            # Nobody can say whether an attempt arrived: only a person who has asked may send it again (R84).
            letter._set_state("failed", "unclear", trouble.detail, follow=False)
            return
        if not letter.provider_reference:
            letter._set_state("queued", follow=False)
        letter.write({
            "retry_at": now + letter_layout.pause(letter.attempts or 1, trouble.retry_after),
            "failure_detail": trouble.detail,
        })

    # ------------------------------------------------------------------ handing it over

    def _send(self, letter, now):
        """Hand a letter to its provider, and write down what that says."""
        if letter.state == "sending" and not letter._provider_class().tracks_letters:
            # A process ended while it was handing it over, and whoever got it cannot be asked.
            self._fail(letter, "unclear", self.env._("The answer was lost, the letter may have been posted."))
            return
        if not self._begin_attempt(letter):
            return
        try:
            client, parcel = self._client(letter), self._parcel(letter)
            client.check_address(parcel.recipient)
            # Where an earlier attempt's outcome is not known, the provider may have the letter already.
            receipt = (letter.attempts > 1 and client.find(letter.key)) or client.send(parcel)
        except Refused as refusal:
            self._fail(letter, refusal.code, refusal.detail)
        else:
            self._record_receipt(letter, receipt, now)

    def _begin_attempt(self, letter):
        """Commit that a letter is being sent; return whether it still is to be."""
        letter._set_state("sending", follow=False)
        letter.write({"attempts": letter.attempts + 1, "retry_at": False})
        # From here on the letter counts as being sent, whatever becomes of this process.
        if not self._lock_and_reload(letter) or letter.state != "sending":
            return False
        if letter._is_unwanted() or letter._is_held():
            # It was recalled before this attempt.
            letter._set_state("queued", follow=False)
            letter.attempts -= 1
            return False
        return True

    def _client(self, letter):
        client = letter.provider_id._client()
        if not client or letter.provider_id.code != letter.provider_code:
            raise Refused("not_set_up", self.env._("The letter was given to a provider that is no longer set up."))
        return client

    def _parcel(self, letter):
        """Return a letter as the clients take it."""
        provider = letter.provider_id
        return Letter(
            key=letter.key,
            pdf=letter.pdf_id.sudo().raw,
            recipient=Address(**letter.recipient),
            sender=Address(**letter.sender),
            reference=letter.move_id.name or "",
            color=provider.color,
            duplex=provider.duplex,
            pages=letter.pages,
        )

    def _record_receipt(self, letter, receipt, now):
        """Write down what the provider gave for a letter."""
        is_tracked = letter._provider_class().tracks_letters
        letter.write({
            "provider_reference": receipt.provider_reference,
            "accepted_at": now,
            "retry_at": now + POLL_INTERVALS[receipt.state] if is_tracked else False,
            **self._report_values(receipt),
        })
        if receipt.state == "sent":
            letter._set_state("sent", follow=False)

    def _report_values(self, report):
        """Return the values of what a receipt or status knows beyond the state."""
        values = {"tracking": report.tracking} if report.tracking else {}
        currency = report.currency and self.env["res.currency"].with_context(active_test=False).search(
            [("name", "=", report.currency)], limit=1
        )
        if currency and report.cost is not None:
            values |= {"cost": float(report.cost), "currency_id": currency.id}
        return values

    # ------------------------------------------------------------------ asking after it, and taking it back

    def _poll_status(self, letter, now):
        """Ask what became of a letter that a provider has (R87)."""
        try:
            status = self._client(letter).status(letter.provider_reference)
        except Refused as refusal:
            # Who refuses to tell is asked again, and counts as having posted it when the time has come.
            _logger.info("Letter %s: %s", letter.id, refusal.detail)
            status = Status("unknown")
        letter.write(self._report_values(status))
        letter._apply_status(status.state, status.detail)
        if letter.state == "sending" and now - letter.accepted_at >= POSTED_AFTER:
            letter._set_state("sent", follow=False)
        wait = POLL_INTERVALS.get(letter.state)
        letter.retry_at = now + wait if wait and now - letter.accepted_at < POLL_PERIOD else False

    def _is_to_be_recalled(self, letter):
        return letter.state in UNPOSTED and letter._is_unwanted()

    def _is_to_be_held_back(self, letter):
        """Return whether a hold keeps a letter from leaving; what a provider has counts as gone (R36)."""
        return letter.state == "queued" and not letter.provider_reference and letter._is_held()

    def _recall(self, letter, now):
        """Take a letter that nobody wants any more back from wherever it is, or say that it was too late (R32)."""
        try:
            word = self._request_cancellation(letter) if letter.attempts else "cancelled"
        except Refused as refusal:
            _logger.info("Letter %s: %s", letter.id, refusal.detail)
            if not letter.provider_reference:
                # It has failed there, or nobody can say whether it is there.
                self._fail(letter, refusal.code, refusal.detail)
                return
            word = False
        letter.write({"accepted_at": letter.accepted_at or now, "retry_at": now + POLL_INTERVALS["sending"]})
        if word:
            letter._apply_status(word, None)
            return
        letter._set_state("sent", follow=False)
        text = self.env._("The letter to %(name)s had already been sent.", name=letter.recipient_name)
        letter.move_id._message_log(body=text)

    def _request_cancellation(self, letter):
        """Return what a provider says of a letter that it is asked to give back, False if it is too late.

        Some only promise: then it is still being sent, and asked about again later.
        """
        if letter.state == "sending" and not letter._provider_class().tracks_letters:
            return False
        client = self._client(letter)
        if not letter.provider_reference:
            receipt = client.find(letter.key)
            letter.provider_reference = receipt and receipt.provider_reference
        if not letter.provider_reference:
            return "cancelled"
        return client.cancel(letter.provider_reference) and client.status(letter.provider_reference).state

    def _hold_back(self, letter, now):
        """Take a letter out of the queue for a hold, unless an earlier attempt reached the provider after all (R36)."""
        receipt = letter.attempts and self._client(letter).find(letter.key)
        if receipt:
            letter._set_state("sending", follow=False)
            self._record_receipt(letter, receipt, now)
        else:
            letter._set_state("cancelled", follow=False, is_held_back=True)
