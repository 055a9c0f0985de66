from typing import NamedTuple

from odoo import api, models
from odoo.tools.mail import is_html_empty

from ..common.errors import MAX_WORDS, ChannelRefused, user_text
from .chasing_message import Framed


class Result(NamedTuple):
    """Say what became of a delivery: a state, why as a reason code, and what was said by whoever knows."""

    state: str
    code: str | bool = False
    detail: str | bool = False


class Preview(NamedTuple):
    """Hold what a channel will say: a text, as Markup if it is HTML; a subject and a plain text where it has them."""

    body: str
    subject: str = ""
    plain: str = ""


class Test(NamedTuple):
    """Say what came of a message that went to who wrote it alone: a sentence, or a document by its name."""

    text: str = ""
    name: str = ""
    content: bytes = b""


class ChasingChannel(models.AbstractModel):
    """Hand deliveries over to a channel's queue, take them back, and ask what became of them.

    A channel never writes a step's state: it says what became of each delivery.
    """

    _inherit = "chasing.channel"
    # The field with its template on a step and on a tone's lines, and that of the lines if it is another.
    _template_field = None
    _tone_field = None
    # Whether an answer reaches the address that its template names.
    _takes_replies = False
    # The step's field with a person's own words for it: with a subject, or a plain text alone.
    _text_field = "body"
    # Whether its messages bring the invoice's PDF.
    _carries_document = False
    # Whether these are made before they are handed over, and brought as files.
    _brings_files = False
    # The field in which the form of a step shows what it will say.
    _preview_field = "preview_others"
    # The methods by which Odoo's own sending sends the same way (R73, R86).
    _odoo_methods = frozenset()
    # Whether what Odoo itself sent about an invoice uses up the channel's day (R17).
    _used_by_odoo = False
    # Whether who paid is thanked by it (R78).
    _carries_thanks = False
    # {status of Odoo's notification: state of the delivery}, {its failure type: reason code}, and that of all others.
    _notification_states = {}
    _failures = {}
    _unknown_failure = "unknown"
    # The reason code of what broke on the way to the queue (R82).
    _broken = "unknown"

    # ------------------------------------------------------------------ before it goes

    @api.model
    def _unavailable(self, company):
        """Return why a company cannot use the channel, in a sentence that says what to do; False if it can."""
        return False

    @api.model
    def _open_setup(self, company):
        """Return the action that opens where a company sets the channel up, False if that is in its settings."""
        return False

    @api.model
    def _company_fields(self):
        """Return the names of the company's fields that decide whether the channel can be used."""
        return {"chasing_tone_id"}

    @api.model
    def _availability_changed(self, companies):
        """Note that these companies can use the channel now, or can no longer.

        Hook: what follows from it, extended by `forecast`.
        """

    @api.model
    def _obstacles(self, steps, at):
        company = steps.company_id
        if self._unavailable(company):
            return dict.fromkeys(steps, "not_set_up")
        if company.sudo().chasing_tone_id._is_complete(self._tone_field or self._template_field):
            return {}
        return {step: "no_template" for step in steps if not self._has_text(step, at[step])}

    @api.model
    def _has_text(self, step, at):
        """Return whether a step has anything to say through this channel at a UTC instant."""
        return self._has_own_words(step) or bool(self._template(step, at))

    @api.model
    def _has_own_words(self, step):
        """Return whether a person wrote the text that this channel says of a step (R74)."""
        return not is_html_empty(step[self._text_field])

    @api.model
    def _own_text_fields(self):
        """Return the names of the step's fields with a person's own words that this channel says, its text last."""
        return ("consequence", "subject", "body") if self._text_field == "body" else (self._text_field,)

    @api.model
    def _length_text(self, step, text):
        """Return how long the text of a step is when it leaves, in words; empty where that makes no difference."""
        return ""

    @api.model
    def _template(self, step, now):
        """Return the template of a step: its own, else its tone's for the invoice's status (R70), empty if none."""
        return self._own_template(step) or self._toned(step, self.env["chasing.message"]._kind(step, now))

    @api.model
    def _own_template(self, step):
        return step[self._template_field]

    @api.model
    def _toned(self, step, level, tone=None):
        """Return the template by which the tone of a step says something at a level, empty if none does (R70).

        :param tone: the tone of its cadence, None: that of the invoice's cadence
        """
        tone = step.schedule_id.cadence_id.sudo().tone_id if tone is None else tone
        return self.env["chasing.tone"]._chosen(tone, step.company_id, self._tone_field or self._template_field, level)

    @api.model
    def _frames(self, said, lang):
        """Return {step: the Framed of what it says} in the form of the channel; here its words alone.

        :param said: {step: its Said} of steps of one company
        :param lang: the language code everything is written in
        """
        return {step: Framed(one.text, one.text) for step, one in said.items()}

    @api.model
    def _wordings(self, steps, lang, now):
        """Return {step: what it says in this channel, or the ChannelRefused that says why it says nothing}."""
        return self.env["chasing.message"]._all_texts(self, steps, lang, now)

    @api.model
    def _speechless(self, steps, lang, now):
        """Return {step: ChannelRefused} of those steps of one company whose text cannot be filled in (R77)."""
        wordings = self._wordings(steps, lang, now).items()
        return {step: wording for step, wording in wordings if isinstance(wording, ChannelRefused)}

    @api.model
    def _preview(self, step, lang, at):
        """Return the Preview of what a step says, or the ChannelRefused that says why it says nothing (R75).

        :param lang: the language code everything is written in
        :param at: the UTC instant at which it is to go
        """
        text = self.env["chasing.message"]._compose(self, step, lang, at)[step]
        return text if isinstance(text, ChannelRefused) else Preview(text.leaving, text.subject, text.plain)

    @api.model
    def _send_test(self, step, preview, lang, at):
        """Send what a step says to the user who asks, marked as a test, and return the Test (R75).

        :param preview: its Preview in this channel
        """
        raise NotImplementedError

    @api.model
    def _earliest(self, delivery, now):
        """Return the UTC instant from which a delivery may leave, None if it may at `now`."""
        return

    @api.model
    def _check(self, deliveries):
        """Return {delivery: ChannelRefused} of those that waited for their hour and cannot leave any more (R85)."""
        return {}

    @api.model
    def _wait_for_room(self, messages, now):
        """Let those of these steps wait that exceed what the channel may hand over now, and return them (R113).

        Hook: here none, extended by `email`.

        :param messages: {step: how many deliveries it has through this channel}, of steps of one company
        """
        return self.env["chasing.step"]

    @api.model
    def _let_go(self, now):
        """Let go what waited for room in this channel, as far as there is room by a UTC instant (R113).

        Hook: here nothing, extended by `email`.
        """

    # ------------------------------------------------------------------ the queue

    @api.model
    def _queue(self, deliveries, now):
        """Hand deliveries over in one batch, in the transaction that records them.

        :param deliveries: chasing.delivery in state queued, of one company
        :param now: the UTC instant of this run
        :return: {delivery: values to write on it, or the ChannelRefused that kept it from leaving}; with a `leaves_at`
            among the values it stays queued and is handed over again at that UTC instant
        """
        raise NotImplementedError

    @api.model
    def _withdraw(self, deliveries):
        """Take back what waits, for good; what is being handed over counts as gone (R32).

        :param deliveries: chasing.delivery in state queued
        """

    @api.model
    def _take_back(self, deliveries):
        """Take what waits out of the queue for a hold, so that it can be handed over again (R36).

        :param deliveries: chasing.delivery in state queued
        :return: those that were put aside; what is being handed over counts as gone
        """
        return deliveries.browse()

    # ------------------------------------------------------------------ what became of it

    @api.model
    def _read_results(self, deliveries):
        """Return {delivery: Result} as Odoo's own notifications tell it; one that tells nothing new is left out."""
        results = {}
        for delivery in deliveries:
            notification = delivery.notification_id
            if state := self._notification_states.get(notification.notification_status):
                results[delivery] = Result(state, *self._read_failure(notification))
        return results

    @api.model
    def _put_away(self, deliveries):
        """Delete what is left in a queue of Odoo of deliveries whose results are known.

        Hook: `email` leaves it there until then.
        """

    @api.model
    def _read_failure(self, notification):
        """Return (reason code, what was said) of a notification, False for either where there is none."""
        code = self._failures.get(notification.failure_type, self._unknown_failure)
        return notification.failure_type and code, user_text(self._quoted(notification)) or False

    @api.model
    def _quoted(self, notification):
        """Return what a notification says about its failure, in one line."""
        return " ".join((notification.failure_reason or "").split())[:MAX_WORDS]

    # ------------------------------------------------------------------ what is kept of it

    @api.model
    def _subject(self, delivery):
        """Return the subject of what a delivery carried, empty if it had none."""
        return delivery.mail_message_id.subject or ""

    @api.model
    def _shown(self, delivery):
        """Return what a delivery carried as people are shown it, in HTML."""
        return delivery.mail_message_id.body or ""

    @api.model
    def _content(self, delivery):
        """Return (file ending, content) of what a delivery carried, both None if it is not kept any more."""
        return None, None

    @api.model
    def _proof(self, delivery):
        """Return what is known of a delivery's fate besides its state and its failure, a list of short texts."""
        return []
