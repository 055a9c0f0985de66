"""States of steps, deliveries and invoices: the allowed moves in one table each, and what follows from facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .facts import LEFT_OPEN, Hold, StepFacts
from .states import DELIVERY_MOVES, LEFT, LOST, OVERTAKEN, SCHEDULED, STATUS_OF_CLOSURE, STATUS_OF_LIFECYCLE


class IllegalMove(Exception):
    """A state change that the table does not allow; ``old`` and ``new`` are the states."""

    def __init__(self, old: str, new: str):
        super().__init__(f"{old} cannot become {new}")
        self.old, self.new = old, new


def check_move(table: Mapping, old: str, new: str) -> bool:
    """Return whether a reported state is a real change (R39, R84, R87): False for a repeat, which is to be ignored.

    Raises :class:`IllegalMove` for one that the table does not allow.

    >>> from engine.states import STEP_MOVES
    >>> check_move(STEP_MOVES, "planned", "sent"), check_move(STEP_MOVES, "sent", "sent")
    (True, False)
    >>> check_move(STEP_MOVES, "sent", "planned")
    Traceback (most recent call last):
    engine.transitions.IllegalMove: sent cannot become planned
    """
    if old == new or (table is DELIVERY_MOVES and (old, new) in OVERTAKEN):
        return False
    if new not in table[old]:
        raise IllegalMove(old, new)
    return True


def step_outcome(states: Iterable[str], internal: Iterable[str] = ()) -> str | None:
    """Return the state of a step whose deliveries are in these states, None if it has none (R83, R62).

    It is ``under_way`` while nothing has left or failed; what is still queued beside that changes nothing. Hand in the
    newest delivery of each channel and address, so that a retry replaces what it repeats. ``internal`` are the states
    of copies to our own people: one that is lost makes the step ``partly``, but alone they make it ``skipped`` (reason
    ``internal_only``), never sent.

    >>> step_outcome(["queued"]), step_outcome(["sent", "queued"]), step_outcome(["failed", "queued"])
    ('under_way', 'sent', 'partly')
    >>> step_outcome(["sent", "bounced"]), step_outcome(["delivered"]), step_outcome(["failed"], internal=["sent"])
    ('partly', 'sent', 'failed')
    >>> step_outcome([], internal=["sent"])
    'skipped'
    """
    external, copies = frozenset(states), frozenset(internal)
    every = external | copies
    if not every:
        return None
    if not external.isdisjoint(LEFT):
        return "partly" if every & {*LOST, "cancelled"} else "sent"
    if not every.isdisjoint(LOST):
        return "partly" if "queued" in external else "failed"
    if "queued" in every:
        return "under_way"
    return "skipped" if not copies.isdisjoint(LEFT) else "cancelled"


def behind(steps: Iterable[StepFacts]) -> frozenset:
    """Return the keys of one invoice's steps that do not go until a person has acted on an earlier one (R101).

    What a person asked for waits for nobody.

    >>> asking = StepFacts("a", "after_due", state="waiting", scheduled_at=datetime(2026, 1, 20, 9))
    >>> behind([asking, StepFacts("b", "after_due", state="planned", scheduled_at=datetime(2026, 1, 27, 9))])
    frozenset({'b'})
    """
    steps = tuple(steps)
    since = min((step.scheduled_at for step in steps if step.state == "waiting"), default=None)
    later = (step for step in steps if since and step.state in SCHEDULED and step.scheduled_at > since)
    return frozenset(step.key for step in later if not step.by_hand)


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """Hold what the badge of an invoice is told.

    ``closed`` is that of :class:`InvoiceFacts`; ``lifecycle`` is ``running``, ``paused``, ``disabled``,
    ``cancelled``, ``written_off``, ``collections`` or ``by_hand``; ``held`` is true while any hold is on it (R35,
    R37, R45); ``failures`` counts failed and partly sent steps that nobody dismissed, of an invoice that nobody chases
    only messages by hand; ``upcoming`` counts planned, held and waiting steps and what is under way. ``booked`` is
    true of a write-off that closed the invoice by an entry, false of a mark (R41).
    """

    posted: bool = True
    closed: str | None = None
    lifecycle: str = "running"
    booked: bool = False
    held: bool = False
    failures: int = 0
    will_fail: bool = False
    upcoming: int = 0


def status(facts: StatusFacts) -> str:
    """Return the one badge of an invoice (R94): closed > paused > failed > will fail > expired > active.

    A write-off leaves its mark though its entry closes the invoice (R41); any other payment is shown as such, wherever
    the invoice had got to.
    One that nobody chases has failed while a message by hand about it has (R102).

    >>> status(StatusFacts(upcoming=2)), status(StatusFacts(upcoming=2, failures=1)), status(StatusFacts())
    ('active', 'failed', 'expired')
    >>> status(StatusFacts(closed="paid", lifecycle="paused"))
    'paid'
    >>> status(StatusFacts(lifecycle="by_hand")), status(StatusFacts(lifecycle="by_hand", failures=1))
    ('stopped', 'failed')
    """
    return _closed_status(facts) or _open_status(facts)


def _closed_status(facts):
    if facts.lifecycle == "written_off" and (facts.booked or not facts.closed):
        return "written_off"
    if facts.closed:
        return STATUS_OF_CLOSURE[facts.closed]
    if not facts.posted:
        return "draft"
    given = STATUS_OF_LIFECYCLE.get(facts.lifecycle)
    return "failed" if given == "stopped" and facts.failures else given


def _open_status(facts):
    if facts.held or facts.lifecycle == "paused":
        return "paused"
    if facts.failures:
        return "failed"
    if facts.will_fail:
        return "will_fail"
    return "active" if facts.upcoming else "expired"


_END = ("write_off", "collections", "change_cadence", "cancel", "disable")
# status -> what a person may do (R99, R36).
ALLOWED = {
    "draft": frozenset(),
    "active": frozenset({*_END, "pause"}),
    "paused": frozenset({*_END, "resume"}),
    "expired": frozenset(_END),
    "failed": frozenset({*_END, "pause"}),
    "will_fail": frozenset({*_END, "pause"}),
    "paid": frozenset(),
    "stopped": frozenset({"enable"}),
    "cancelled": frozenset(),
    "written_off": frozenset(),
    "collections": frozenset(),
}


def release_at(holds: Iterable[Hold]) -> datetime | None:
    """Return the UTC instant at which the last of several holds ends, None if one of them has no known end (R35, R36).

    >>> release_at([Hold("paused", datetime(2026, 1, 20)), Hold("promise", datetime(2026, 1, 25))])
    datetime.datetime(2026, 1, 25, 0, 0)
    """
    ends = [hold.until for hold in holds]
    return None if None in ends else max(ends, default=None)


def next_at(
    starts: Iterable[datetime | None],
    holds: Iterable[Hold] = (),
    waiting: bool = False,
    stopped: bool = False,
    by_hand: Iterable[datetime] = (),
) -> datetime | None:
    """Return the UTC instant at which an invoice wants attention next (R35b, R36, R80).

    That is the first of ``starts``, when its planned steps go and when the next run begins (R7b); under a hold its
    release; None if there is neither or chasing has ``stopped``. While a step is ``waiting`` for a person, what follows
    waits with it (R101). ``by_hand`` are the instants of messages that a person asked for: whatever has become of
    chasing, they go, unless something holds them (R102).

    >>> starts = [datetime(2026, 1, 27, 8), None, datetime(2026, 1, 20, 8)]
    >>> next_at(starts), next_at(starts, [Hold("blocked")]), next_at(starts, waiting=True)
    (datetime.datetime(2026, 1, 20, 8, 0), None, None)
    """
    holds, by_hand = tuple(holds), tuple(by_hand)
    binding = [hold for hold in holds if hold.code not in LEFT_OPEN]
    asked_for = by_hand and binding and release_at(binding)
    moments = [asked_for] if binding else list(by_hand)
    if holds and not stopped:
        moments.append(release_at(holds))
    elif not (stopped or waiting):
        moments += starts
    return min(filter(None, moments), default=None)
