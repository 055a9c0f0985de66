"""What happens to a step that is due: one ordered list of guards, the first that objects decides (R17, R32-R45)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from .facts import (
    AUTOMATIC,
    BEFORE_DUE,
    COMPANY_OFF,
    LEFT_OPEN,
    ON_ISSUE,
    PACED,
    PAID_IN_PART,
    ContactHistory,
    InvoiceFacts,
    Policy,
    StepFacts,
)
from .moments import HOUR, days_after, instant, local, same_day
from .part_payments import first_day_after
from .reasons import REASONS as REASONS
from .states import ENDS_COPIES
from .timeline import due_date
from .transitions import release_at

# Who sends: the clock, a person, or a person who sends again what failed.
RUN, PERSON, RETRY = "run", "person", "retry"


@dataclass(frozen=True, slots=True)
class Send:
    """Send now through these channels; those of the step that are missing were used up today (R17)."""

    channels: frozenset


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: until a UTC instant, None if its end is not known.

    A postponed step (R42) also gets the ``floor`` (local date, hour) that keeps it there when it is planned again, or
    after a part payment (R42b) the ``paid_floor``, a local date that keeps it there while the payment stands.
    """

    until: datetime | None
    reason_code: str
    floor: tuple[date, int] | None = None
    paid_floor: date | None = None


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
    """Return what is to happen to a step at ``now`` (UTC).

    ``newest_due`` is false for a missed step that is not the newest of its invoice (:func:`choose_newest`). ``by`` says
    who sends. PERSON is a person's own click: only a closed invoice, a hold and the invoice date stop it. RETRY sends
    again what failed: it is never late, asked about or postponed, and obeys every other guard (R84); so is what a hold
    took out of the queue earlier on this local day (R36). A step that a person asked for obeys the closing (but for a
    copy), the holds, its own date, the invoice's and the catch-up window, whoever sends it (R102).

    >>> step = StepFacts("a", "after_due", channels=frozenset({"email", "sms"}), scheduled_at=datetime(2026, 1, 29, 9))
    >>> invoice, now = InvoiceFacts(date(2026, 1, 10), due_date=date(2026, 1, 24)), datetime(2026, 1, 29, 9)
    >>> decide(step, invoice, Policy(), ContactHistory(used_today={(None, "email"): "b"}), now)
    Send(channels=frozenset({'sms'}))
    >>> decide(step, InvoiceFacts(date(2026, 1, 10), closed="paid"), Policy(), ContactHistory(), now, by=PERSON)
    Skip(reason_code='paid', because_of=None)
    """
    was_taken_back = bool(step.taken_back_at and same_day(step.taken_back_at, now, policy.zone_of(step)))
    case = _Case(step, invoice, policy, history, now, newest_due, RETRY if by == RUN and was_taken_back else by)
    for guard, obeyed_by in _GUARDS:
        if case.by in obeyed_by and (verdict := guard(case)):
            return verdict
    return Send(_free_channels(case))


def _closed(case):
    """Skip what is not due any more (R32, R33); a copy goes all the same, but of what was cancelled (R102).

    A thank-you goes only while the invoice is paid by money (R78).
    """
    closed = case.invoice.closed
    if case.step.is_thanks:
        return None if case.invoice.paid_by_money else Skip("not_paid")
    return closed and not (case.step.is_copy and closed not in ENDS_COPIES) and Skip(closed)


def _draft(case):
    """Wait with a draft (R30, R31)."""
    return None if case.invoice.posted else Wait(None, "draft")


def _held(case):
    """Wait while something holds the invoice (R35, R36, R37, R45).

    A hold that has ended holds no more. A thank-you is not sent any more then (R78).
    """
    left_open = _left_open(case)
    holds = [
        hold
        for hold in case.invoice.holds
        if (hold.until is None or hold.until > case.now) and hold.code not in left_open
    ]
    if holds and case.step.is_thanks:
        return Skip(holds[0].code)
    return Wait(release_at(holds), holds[0].code) if holds else None


def _left_open(case):
    """Return the codes of holds that do not bind a person, nor what a person asked for (R46b, R102)."""
    if case.by == PERSON and case.step.by_hand:
        return LEFT_OPEN | {COMPANY_OFF}
    return LEFT_OPEN if case.by == PERSON or case.step.by_hand else frozenset()


def _early(case):
    """Wait for a step that is planned after now (R40)."""
    at = case.step.scheduled_at
    return Wait(at, "not_due_yet") if at > case.now else None


def _late(case):
    """Skip what is too late (R40); on issue never is (R8)."""
    if case.step.trigger == ON_ISSUE or (case.newest_due and case.now <= latest(case.step, case.policy)):
        return None
    return Skip("too_late")


def _already_sent(case):
    """Skip what was sent already (R9); a partly sent step is not barred by what it sent itself."""
    barred = case.step.trigger == ON_ISSUE and case.invoice.already_sent and case.step.state != "partly"
    return Skip("already_sent") if barred else None


def _before_start(case):
    """Skip what is older than the starting date (R46)."""
    barred = case.step.trigger == ON_ISSUE and not case.policy.may_send_on_issue
    return Skip("before_start_date") if barred else None


def _before_invoice(case):
    """Skip what would come before the invoice date (R10)."""
    today = local(case.now, case.policy.zone_of(case.step)).date()
    return Skip("before_invoice_date") if today < case.invoice.invoice_date else None


def _asks(case):
    """Ask a person where the step wants one (R101)."""
    return None if case.step.mode == AUTOMATIC else Ask()


def _used_up(case):
    """Skip a step when every channel was used up today, and point to the step that came first (R17).

    One that only a postponement brought to this day goes to the next allowed one instead.
    """
    if _free_channels(case):
        return None
    if case.by == RUN and _was_postponed_to_today(case):
        return _postponed(case, days_after(case.today, max(case.policy.min_contact_days, 1)))
    firsts = [case.history.used_today[case.step.role, channel] for channel in sorted(case.step.channels)]
    return Skip("already_contacted_today", next((key for key in firsts if key is not None), None))


def _was_postponed_to_today(case):
    """Return whether only a postponement brought a step to this day (R42, R42b, R113): it was moved, or waits."""
    step = case.step
    if step.reason_code == PACED:
        return not same_day(step.scheduled_at, case.now, case.policy.timezone)
    return step.reason_code in ("contact_delay", PAID_IN_PART)


def _free_channels(case):
    """Return the channels not used up today; what the step itself sent does not count against it.

    A person may send again on the same day (R17).
    """
    if case.by == PERSON or case.step.by_hand:
        return case.step.channels
    own, used, role = case.step.key, case.history.used_today, case.step.role
    return frozenset(channel for channel in case.step.channels if used.get((role, channel), own) == own)


def _delayed(case):
    """Postpone what would follow another contact too soon (R42); on issue never is (R8)."""
    step, last = case.step, case.history.last_contact_day
    if step.trigger == ON_ISSUE or step.by_hand or last is None:
        return None
    allowed = days_after(last, case.policy.min_contact_days)
    return None if allowed <= case.today else _postponed(case, allowed)


def _paid_in_part(case):
    """Postpone what would follow a payment that left a balance too soon (R42b)."""
    step, zone = case.step, case.policy.zone_of(case.step)
    day = first_day_after(step, local(case.now, zone).date(), case.invoice, case.policy)
    return day and Wait(instant(day, step.hour, zone), PAID_IN_PART, paid_floor=day)


def _postponed(case, day):
    """Wait for a later day at the step's hour; what was to come before due is skipped where that is past due."""
    if case.step.trigger == BEFORE_DUE and day > due_date(case.invoice):
        return Skip("contact_delay")
    zone = case.policy.zone_of(case.step)
    return Wait(instant(day, case.step.hour, zone), "contact_delay", (day, case.step.hour))


_EVERYBODY = frozenset({RUN, RETRY, PERSON})
# The first that answers decides; beside each guard, whom it binds.
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
    (_paid_in_part, frozenset({RUN})),
)


def decide_in_order(
    due: Iterable[StepFacts],
    invoice: InvoiceFacts,
    policy: Policy,
    history: ContactHistory,
    now: datetime,
    by: str = RUN,
) -> dict[Hashable, Send | Wait | Skip | Ask]:
    """Return {key: verdict} of one invoice's due steps, handed in in the order in which they are to go.

    What goes uses up the day for the steps after it (R17). Those planned after one that is asked about get no verdict:
    they wait with it (R101).

    >>> at = datetime(2026, 1, 27, 8)
    >>> due = [StepFacts("a", "on_issue", scheduled_at=at), StepFacts("b", "after_due", scheduled_at=at)]
    >>> decided = decide_in_order(due, InvoiceFacts(date(2026, 1, 20)), Policy(), ContactHistory(), at)
    >>> decided["a"], decided["b"].because_of
    (Send(channels=frozenset({'one_way'})), 'a')
    """
    due, used, verdicts, asked_at = tuple(due), dict(history.used_today), {}, None
    history, newest = ContactHistory(history.last_contact_day, used), choose_newest(due)
    for step in due:
        if asked_at and step.scheduled_at > asked_at and not step.by_hand:
            continue
        verdict = decide(step, invoice, policy, history, now, step.key in newest, by)
        verdicts[step.key] = verdict
        if isinstance(verdict, Ask):
            asked_at = step.scheduled_at
        if isinstance(verdict, Send):
            for channel in verdict.channels:
                used.setdefault((step.role, channel), step.key)
    return verdicts


def latest(step: StepFacts, policy: Policy) -> datetime:
    """Return the UTC instant until which a missed step may still go (R40).

    That is the same local hour at the end of the catch-up window, but never before the planned hour is over. It begins
    anew when a person lets go what the brake held (R47), and with its turn at the mail server (R113). Of what a payment
    kept back that was undone it begins no sooner than when that would have let it go (R42b).

    >>> latest(StepFacts("a", "after_due", scheduled_at=datetime(2026, 1, 20, 9)), Policy())
    datetime.datetime(2026, 1, 27, 9, 0)
    """
    zone = policy.zone_of(step)
    kept_until = step.paid_floor and instant(step.paid_floor, step.hour, zone)
    since = max(filter(None, (step.scheduled_at, step.released_at, step.waits_until, kept_until)))
    planned = local(since, zone)
    day = days_after(planned.date(), policy.catchup_days)
    return max(instant(day, planned.hour, zone), since + HOUR)


def choose_newest(due_steps: Iterable[StepFacts]) -> frozenset:
    """Return the keys of those of one invoice's due steps that a run may still send (R40).

    That is the newest, all of them if several stand at one instant; on issue always may (R8), and what a person asked
    for (R102).

    >>> due = [StepFacts("old", "after_due", scheduled_at=datetime(2026, 1, 20, 9)),
    ...        StepFacts("new", "after_due", scheduled_at=datetime(2026, 1, 22, 9))]
    >>> choose_newest(due)
    frozenset({'new'})
    """
    due_steps = tuple(due_steps)
    newest = max((step.scheduled_at for step in due_steps), default=None)
    return frozenset(
        step.key for step in due_steps if step.scheduled_at == newest or step.trigger == ON_ISSUE or step.by_hand
    )
