"""What happens to a step that is due: one ordered list of guards, the first that objects decides (R17, R32-R45)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from .facts import AUTOMATIC, BEFORE_DUE, ON_ISSUE, ContactHistory, InvoiceFacts, Policy, StepFacts
from .holds import LEFT_OPEN
from .moments import HOUR, days_after, instant, local, same_day
from .texts import _
from .timeline import due_date
from .transitions import release_at

REASONS = {
    # the date
    "in_past": _("The step's date had passed when it was planned: send it by hand if it is still wanted."),
    "too_late": _("The step was missed and is too old to catch up: send it by hand if it is still wanted."),
    "before_invoice_date": _("The step would come before the invoice date: choose a later date for it."),
    "out_of_range": _("The step's date is too far away: correct the date of the invoice or the days of the step."),
    "not_due_yet": _("The step is not due yet: wait for its date or send it by hand."),
    "contact_delay": _("The last contact was too recent: wait for the next allowed day or send it by hand."),
    "before_start_date": _("The invoice is older than the start date of chasing: send it by hand if it is wanted."),
    "quiet_hours": _("The hour is outside the hours allowed for SMS at the recipient: it goes when they begin."),
    # what was sent before
    "already_sent": _("The invoice was sent before this step: nothing needs to be done."),
    "already_contacted_today": _(
        "Another step already went to the same contacts today: send this one by hand if both are wanted."
    ),
    # the invoice
    "draft": _("The invoice is a draft: post it to start chasing."),
    "nothing_due": _("Nothing is due on the invoice: nothing needs to be done."),
    "paid": _("The invoice is paid: nothing needs to be done."),
    "reversed": _("The invoice was credited in full: nothing needs to be done."),
    "cancelled": _("The invoice was cancelled: nothing needs to be done."),
    "instalment_paid": _("The instalment of this step is paid: the steps of the next one go on."),
    "other_instalment": _("Another instalment comes first: its own steps go on."),
    "written_off": _("The invoice was written off: nothing needs to be done."),
    "collections": _("The invoice was sent to collections: apply a cadence to chase it here again."),
    "reopened": _("The invoice is due again after it was settled: resume chasing if it is to be reminded."),
    # holds
    "paused": _("Chasing of the invoice is paused: resume it to go on."),
    "stopped": _("Chasing of the invoice is disabled: enable it to go on."),
    "chasing_cancelled": _("Chasing of the invoice was cancelled: apply a cadence to start again."),
    "company_off": _("Chasing is switched off for the company: switch it on in the settings."),
    "no_followup": _("The invoice is excluded from follow-ups: allow follow-ups on it to go on."),
    "blocked": _("The invoice is blocked: unblock it to go on."),
    "unapplied_payment": _("An unapplied payment or credit of %(amount)s covers the invoice: reconcile it."),
    "payment_pending": _("An online payment of the invoice is pending: wait until it is confirmed or fails."),
    "announced_payment": _(
        "The customer announced a bank transfer on %(announced)s: chasing goes on after %(last)s if it has not come."
    ),
    "below_minimum": _("The open balance is below the minimum to chase: send it by hand if it is wanted all the same."),
    "customer_excluded": _("The customer is excluded from chasing: include them on the contact to go on."),
    "customer_paused": _("Chasing of the customer is paused: resume it on the contact to go on."),
    "promise": _("The customer promised to pay: wait for the promised date."),
    "dispute": _("The customer disputes the invoice: settle the dispute to go on."),
    "run_limit": _("The run would send more messages than the company allows at once: approve it to go on."),
    # a person's choice
    "waiting_for_person": _("The step waits for a person: send it, mark it done or skip it."),
    "behind_waiting": _("An earlier step waits for a person: this one moves by as long as that takes."),
    "done_by_person": _("The task was done by %(user)s: nothing needs to be done."),
    "skipped_by_person": _("The step was skipped by %(user)s: send it by hand if it is wanted after all."),
    "dismissed": _("The failure was dismissed by %(user)s: retry it if it is wanted after all."),
    "withdrawn": _("The message was taken back before it left: send it by hand if it is wanted after all."),
    "replaced": _("The step belongs to a cadence that was replaced: nothing needs to be done."),
    "internal_only": _("Only a colleague received a copy: add a contact of the customer to reach the customer."),
    # recipients
    "no_recipient": _("The customer has no contact with %(missing)s: add one."),
    "too_many_recipients": _(
        "The step has more than 50 recipients on one channel, which is no reminder any more: shorten the list."
    ),
    "no_role_contact": _("The customer has no contact with role %(role)s: give the role to one of its contacts."),
    "not_allowed_recipient": _("The recipient is no contact of this customer: choose one of its contacts."),
    "invalid_email": _("The e-mail address %(address)s is not valid: correct it %(where)s."),
    "invalid_phone": _(
        "The phone number %(address)s of %(name)s is not valid: correct it on the contact, abroad with country code."
    ),
    "not_mobile": _(
        "The phone number %(address)s of %(name)s cannot receive SMS: enter a mobile number on the contact."
    ),
    "incomplete_address": _(
        "The postal address of %(name)s is incomplete or may be somebody else's: complete or confirm it on the contact."
    ),
    "address_too_long": _("The postal address of %(name)s does not fit the envelope: shorten it on the contact."),
    "blacklisted": _("The address %(address)s is blacklisted: take it off the blacklist or use another one."),
    "bounced": _("Messages to %(address)s come back: correct the address %(where)s."),
    # on its way
    "letter_to_print": _("The letter is still to be printed: print it and hand it to the post."),
    "rest_under_way": _("Another message of this step has not left yet: wait until it leaves or fails."),
    # sending
    "no_template": _("The step has no template for this channel: choose one."),
    "template_failed": _("The text could not be filled in for the invoice: correct the template, then retry."),
    "no_sender": _("The company has no address to send from: enter its e-mail address, then retry."),
    "pdf_failed": _("The PDF of the invoice could not be made: print the invoice to see why, then retry."),
    "no_credit": _("The account of the message provider has no credit left: buy credit, then retry."),
    "not_set_up": _("The channel is not set up for the company: complete its settings, then retry."),
    "smtp_error": _("The mail server did not take the message: check the outgoing mail server, then retry."),
    "mail_failed": _("The e-mail could not be sent: open the message to see why, then retry."),
    "sms_failed": _("The SMS could not be sent: open the message to see why, then retry."),
    "letter_failed": _("The letter could not be sent: open the letter to see why, then retry."),
    "unclear": _("The provider's answer was lost, the message may have left: ask before sending it again."),
    "returned": _("The letter to %(name)s came back: correct the address on the contact, then retry."),
    "provider_error": _("The provider refused the message: read its answer on the delivery, then retry."),
    "unknown": _("The message failed for an unknown reason: read the provider's answer on the delivery, then retry."),
}

# where an address is corrected: words of these sentences
WHERE = {"contact": _("on the contact"), "invoice": _("in the recipients of the invoice")}
# the reasons of a planned step that stands where it does only because it was moved there (R17)
POSTPONEMENTS = frozenset({"contact_delay"})
# who sends: the clock, a person, or a person who sends again what failed
RUN, PERSON, RETRY = "run", "person", "retry"


@dataclass(frozen=True, slots=True)
class Send:
    """Send now through these channels; those of the step that are missing were used up today (R17)."""

    channels: frozenset


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: until a UTC instant, None if its end is not known. A postponed step (R42) also gets the ``floor`` (local
    date, hour) that keeps it there when it is planned again."""

    until: datetime | None
    reason_code: str
    floor: tuple[date, int] | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Never, for this reason; ``because_of`` is the key of the step that came first (R17), if one did."""

    reason_code: str
    because_of: Hashable = None


@dataclass(frozen=True, slots=True)
class Fail:
    """It was to go and cannot, for this reason (R63, R85)."""

    reason_code: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A person decides or does it: the step waits in the to-do list (R101)."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One step and all that bears on it, as the guards see it; ``by`` is RUN, PERSON or RETRY."""

    step: StepFacts
    invoice: InvoiceFacts
    policy: Policy
    history: ContactHistory
    now: datetime
    newest_due: bool
    by: str

    @property
    def today(self) -> date:
        return local(self.now, self.policy.timezone).date()


def decide(
    step: StepFacts,
    invoice: InvoiceFacts,
    policy: Policy,
    history: ContactHistory,
    now: datetime,
    newest_due: bool = True,
    by: str = RUN,
) -> Send | Wait | Skip | Ask:
    """What is to happen to a step at ``now`` (UTC).

    ``newest_due`` is false for a missed step that is not the newest of its invoice (:func:`choose_newest`). ``by`` says
    who sends. PERSON is a person's own click: only a closed invoice, a hold and the invoice date stop it. RETRY sends
    again what failed: it is never late, asked about or postponed, and obeys every other guard (R84); so is what a hold
    took out of the queue earlier on this local day (R36).

    >>> step = StepFacts("a", "after_due", channels=frozenset({"email", "sms"}), scheduled_at=datetime(2026, 1, 29, 9))
    >>> invoice, now = InvoiceFacts(date(2026, 1, 10), due_date=date(2026, 1, 24)), datetime(2026, 1, 29, 9)
    >>> decide(step, invoice, Policy(), ContactHistory(used_today={(None, "email"): "b"}), now)
    Send(channels=frozenset({'sms'}))
    >>> decide(step, InvoiceFacts(date(2026, 1, 10), closed="paid"), Policy(), ContactHistory(), now, by=PERSON)
    Skip(reason_code='paid', because_of=None)
    """
    was_taken_back = bool(step.taken_back_at and same_day(step.taken_back_at, now, policy.timezone))
    case = _Case(step, invoice, policy, history, now, newest_due, RETRY if by == RUN and was_taken_back else by)
    for guard, obeyed_by in _GUARDS:
        if case.by in obeyed_by and (verdict := guard(case)):
            return verdict
    return Send(step.channels if by == PERSON else _free_channels(case))


def _closed(case):
    """R32, R33."""
    return case.invoice.closed and Skip(case.invoice.closed)


def _draft(case):
    """R30, R31."""
    return None if case.invoice.posted else Wait(None, "draft")


def _held(case):
    """R35, R36, R37, R45: a hold that has ended holds no more; R46b, R102: what is too little binds no person."""
    holds = [
        hold
        for hold in case.invoice.holds
        if (hold.until is None or hold.until > case.now) and not (case.by == PERSON and hold.code in LEFT_OPEN)
    ]
    return Wait(release_at(holds), holds[0].code) if holds else None


def _early(case):
    """R40: due means planned not after now."""
    at = case.step.scheduled_at
    return Wait(at, "not_due_yet") if at > case.now else None


def _late(case):
    """R40; R8: on issue is never too late."""
    if case.step.trigger == ON_ISSUE or (case.newest_due and case.now <= _latest(case)):
        return None
    return Skip("too_late")


def _latest(case):
    """The same local hour at the end of the catch-up window, but never before the planned hour is over; it begins anew
    when a person lets go what the brake held (R47)."""
    since = max(case.step.scheduled_at, case.step.released_at or case.step.scheduled_at)
    planned = local(since, case.policy.timezone)
    day = days_after(planned.date(), case.policy.catchup_days)
    return max(instant(day, planned.hour, case.policy.timezone), since + HOUR)


def _already_sent(case):
    """R9; a partly sent step is not barred by what it sent itself."""
    barred = case.step.trigger == ON_ISSUE and case.invoice.already_sent and case.step.state != "partly"
    return Skip("already_sent") if barred else None


def _before_start(case):
    """R46."""
    barred = case.step.trigger == ON_ISSUE and not case.policy.may_send_on_issue
    return Skip("before_start_date") if barred else None


def _before_invoice(case):
    """R10."""
    return Skip("before_invoice_date") if case.today < case.invoice.invoice_date else None


def _asks(case):
    """R101."""
    return None if case.step.mode == AUTOMATIC else Ask()


def _used_up(case):
    """R17: skipped when every channel was used up today; points to the step that came first. One that only a
    postponement brought to this day goes to the next allowed one instead."""
    if _free_channels(case):
        return None
    if case.step.reason_code in POSTPONEMENTS and case.by == RUN:
        return _postponed(case, days_after(case.today, max(case.policy.min_contact_days, 1)))
    firsts = [case.history.used_today[case.step.role, channel] for channel in sorted(case.step.channels)]
    return Skip("already_contacted_today", next((key for key in firsts if key is not None), None))


def _free_channels(case):
    """The channels not used up today; what the step itself sent does not count against it."""
    own, used, role = case.step.key, case.history.used_today, case.step.role
    return frozenset(channel for channel in case.step.channels if used.get((role, channel), own) == own)


def _delayed(case):
    """R42; R8: on issue is never postponed."""
    step, last = case.step, case.history.last_contact_day
    if step.trigger == ON_ISSUE or last is None:
        return None
    allowed = days_after(last, case.policy.min_contact_days)
    return None if allowed <= case.today else _postponed(case, allowed)


def _postponed(case, day):
    """To a later day at the step's hour; one that was to come before due is skipped where that is past due."""
    if case.step.trigger == BEFORE_DUE and day > due_date(case.invoice):
        return Skip("contact_delay")
    return Wait(instant(day, case.step.hour, case.policy.timezone), "contact_delay", (day, case.step.hour))


_EVERYBODY = frozenset({RUN, RETRY, PERSON})
# the first that answers decides; beside each guard, whom it binds
_GUARDS = (
    (_closed, _EVERYBODY),
    (_draft, _EVERYBODY),
    (_held, _EVERYBODY),
    (_early, frozenset({RUN})),
    (_late, frozenset({RUN})),
    (_already_sent, frozenset({RUN, RETRY})),
    (_before_start, frozenset({RUN, RETRY})),
    (_before_invoice, _EVERYBODY),
    (_asks, frozenset({RUN})),
    (_used_up, frozenset({RUN, RETRY})),
    (_delayed, frozenset({RUN})),
)


def choose_newest(due_steps: Iterable[StepFacts]) -> frozenset:
    """The keys of those of one invoice's due steps that a run may still send (R40): the newest, all of them if several
    stand at one instant; on issue always may (R8).

    >>> due = [StepFacts("old", "after_due", scheduled_at=datetime(2026, 1, 20, 9)),
    ...        StepFacts("new", "after_due", scheduled_at=datetime(2026, 1, 22, 9))]
    >>> choose_newest(due)
    frozenset({'new'})
    """
    due_steps = tuple(due_steps)
    newest = max((step.scheduled_at for step in due_steps), default=None)
    return frozenset(step.key for step in due_steps if step.scheduled_at == newest or step.trigger == ON_ISSUE)
