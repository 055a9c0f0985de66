"""What the runs to come will do with one invoice's steps, run after run, if nobody acts and nothing changes.

Each is decided as the run itself decides.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from .facts import BRAKED, LEFT_OPEN, ON_ISSUE, PACED, PAID_IN_PART, ContactHistory, InvoiceFacts, Policy, StepFacts
from .holds import release
from .moments import local
from .states import UPCOMING
from .transitions import behind
from .verdict import Ask, Send, Wait, decide_in_order, latest

SECOND = timedelta(seconds=1)
# Why a step goes later than it was to.
LATER = frozenset({"contact_delay", PACED, PAID_IN_PART})


@dataclass(frozen=True, slots=True)
class Message:
    """What becomes of one step through one of its channels.

    ``key`` is the step's. ``outcome`` is ``goes``, ``asks`` (a person decides), ``held``, ``fails`` or ``left`` (out).
    ``at`` is the UTC instant at which that comes about. What no run has come to by then is still to come until the UTC
    instant ``until``: it goes with the next run, or when somebody acts; None for one that never is too late.
    """

    key: Hashable
    channel: str
    at: datetime
    outcome: str
    reason_code: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Hold what bears on the steps to come of one invoice.

    ``invoice.holds`` is the hold that is told, ``until`` being when it ends by itself; it began at ``held_at``.
    ``stopped`` is true while a person has disabled its chasing: only what a person asked for goes then (R102).
    ``unreached`` names by step the channels through which it would reach nobody, each with its reason code; that is
    a failure for the steps with the keys ``failing``, the others are left out (R63). ``copied`` names by step the
    channels through which it reaches colleagues alone, which is no contact with the customer (R62). Instants are UTC.
    """

    invoice: InvoiceFacts
    policy: Policy
    now: datetime
    history: ContactHistory = field(default_factory=ContactHistory)
    held_at: datetime | None = None
    stopped: bool = False
    unreached: Mapping = field(default_factory=dict)
    failing: frozenset = frozenset()
    copied: Mapping = field(default_factory=dict)


def foretell(steps: Iterable[StepFacts], outlook: Outlook) -> list[Message]:
    """Return what becomes of each channel of each step to come (R8, R17, R35b, R40, R42, R83, R101).

    What is past and will not go is left out: nobody waits for it.

    >>> steps = [StepFacts(key, "after_due", state="planned", scheduled_at=datetime(2026, 1, day, 8))
    ...          for key, day in (("a", 20), ("b", 22))]
    >>> policy = Policy(min_contact_days=5)
    >>> for message in foretell(steps, Outlook(InvoiceFacts(date(2026, 1, 10)), policy, datetime(2026, 1, 15))):
    ...     print(message.key, message.at, message.outcome, message.reason_code)
    a 2026-01-20 08:00:00 goes None
    b 2026-01-25 09:00:00 goes contact_delay
    """
    upcoming = [step for step in steps if step.state in UPCOMING]
    stopped = [step for step in upcoming if outlook.stopped and not step.by_hand]
    messages = [message for step in stopped for message in _standing(step, "held", "stopped")]
    messages += _Future([step for step in upcoming if step not in stopped], outlook).messages()
    return [message for message in messages if message.until is None or message.until >= outlook.now]


def _standing(step, outcome, reason_code):
    """Return the messages of a step that no run decides on: all of its channels stand where it stands.

    What a hold has outlasted is not to come, except on issue, which goes when it ends (R8, R35b).
    """
    stays = outcome == "held" and (step.state == "waiting" or step.trigger == ON_ISSUE or step.reason_code == BRAKED)
    until = None if stays else step.scheduled_at
    return [Message(step.key, channel, step.scheduled_at, outcome, reason_code, until) for channel in step.channels]


class _Future:
    """The runs to come, one after the other, with what they leave behind for the next."""

    def __init__(self, upcoming, outlook):
        self.outlook = outlook
        self.told = []
        self.moment = outlook.now
        self.used_day, self.used = self._day(), dict(outlook.history.used_today)
        self.last_contact_day = outlook.history.last_contact_day
        self.invoice = outlook.invoice
        self.waiting = [step for step in upcoming if step.state == "waiting"]
        self.planned = self._let_go(upcoming)
        self.places = [step.scheduled_at for step in self.planned]

    def messages(self):
        for step in self.waiting:
            self._ask(step, "waiting_for_person")
        while self.planned:
            self._leave_those_behind()
            self._run()
        return self.told

    def _day(self) -> date:
        return local(self.moment, self.outlook.policy.timezone).date()

    # ------------------------------------------------------------------ before the first run

    def _let_go(self, upcoming):
        """Return the steps that a run will decide on, planned where a hold of a known end puts them (R8, R35b)."""
        hold = next(iter(self.outlook.invoice.holds), None)
        if not hold:
            self._tell_held(step for step in upcoming if step.state == "held")
            return [step for step in upcoming if step.state == "planned"]
        if not hold.until:
            free = [step for step in upcoming if step.by_hand and hold.code in LEFT_OPEN]
            self._tell_held(step for step in upcoming if step.state != "waiting" and step not in free)
            return free
        return self._released(upcoming, hold)

    def _released(self, upcoming, hold):
        """Return the steps that go on when a hold ends, which leaves out what it outlasts."""
        outlook = self.outlook
        self.moment = max(outlook.now, hold.until)
        self.invoice = replace(self.invoice, holds=())
        changes = release(upcoming, hold.code, outlook.policy, self.moment, hold.until, outlook.held_at)
        planned = []
        for step, change in zip(upcoming, changes, strict=True):
            if change.planned and change.planned.state == "skipped":
                self.told += _standing(step, "left", change.planned.reason_code)
            elif change.planned:
                planned.append(replace(step, state="planned", scheduled_at=change.planned.scheduled_at))
            elif step.state == "planned":
                planned.append(step)
            elif step.state == "held":
                self._tell_held([step])
        return planned

    def _tell_held(self, steps):
        for step in steps:
            hold = next(iter(self.invoice.holds), None)
            code = step.reason_code if step.state == "held" else hold and hold.code
            self.told += _standing(step, "held", code)

    # ------------------------------------------------------------------ a run

    def _leave_those_behind(self):
        """Let what follows a step that waits for a person wait with it (R101)."""
        kept = behind([*self.waiting, *self.planned])
        for step in self.planned:
            if step.key in kept:
                self._ask(step, "behind_waiting")
        self.planned = [step for step in self.planned if step.key not in kept]

    def _run(self):
        """Decide on what is due at the next instant at which something is, or now."""
        # One that waits for its mail server goes with its turn, or is replaced by a newer one (R113).
        first = min((step.waits_until or step.scheduled_at for step in self.planned), default=self.moment)
        self.moment = max(self.moment, first)
        if self._day() != self.used_day:
            self.used_day, self.used = self._day(), {}
        due = sorted((step for step in self.planned if step.scheduled_at <= self.moment), key=_place)
        self.planned = [step for step in self.planned if step.scheduled_at > self.moment]
        history = ContactHistory(self.last_contact_day, dict(self.used))
        verdicts = decide_in_order(due, self.invoice, self.outlook.policy, history, self.moment)
        for step in due:
            self._obey(step, verdicts.get(step.key))

    def _obey(self, step, verdict):
        if verdict is None:
            # It waits with the one before it, and is told of as soon as that is asked about.
            self.planned.append(step)
        elif isinstance(verdict, Send):
            self._send(step, verdict.channels)
        elif isinstance(verdict, Ask):
            self.waiting.append(replace(step, state="waiting"))
            self._ask(step, "waiting_for_person")
        elif isinstance(verdict, Wait):
            self._wait(step, verdict)
        elif verdict.reason_code != "too_late":
            self._leave_out(step, verdict.reason_code)

    def _send(self, step, channels):
        reason_code = step.reason_code if step.reason_code in LATER else None
        at, unreached = self._place_of(step), self.outlook.unreached.get(step.key, {})
        until = self._until(step)
        for channel in sorted(step.channels):
            if channel in unreached:
                self.told.append(self._not_reached(step, channel, at, until))
            elif channel not in channels:
                self.told.append(Message(step.key, channel, at, "left", "already_contacted_today", at))
            else:
                self.told.append(Message(step.key, channel, at, "goes", reason_code, until))
                if channel not in self.outlook.copied.get(step.key, ()):
                    self.used.setdefault((step.role, channel), step.key)
                    self.last_contact_day = self.used_day

    def _ask(self, step, reason_code):
        """Tell of a step that waits for a person, or with one that does, where it stands now."""
        unreached, at = self.outlook.unreached.get(step.key, {}), step.scheduled_at
        until = self._until(step) if reason_code == "waiting_for_person" and step.state == "planned" else None
        for channel in sorted(step.channels):
            if channel in unreached:
                self.told.append(self._not_reached(step, channel, at, until))
            else:
                self.told.append(Message(step.key, channel, at, "asks", reason_code, until))

    def _wait(self, step, verdict):
        if verdict.until and verdict.until > self.moment:
            later = {"scheduled_at": verdict.until, "reason_code": verdict.reason_code, "waits_until": None}
            self.planned.append(
                replace(step, floor=verdict.floor, paid_floor=verdict.paid_floor or step.paid_floor, **later)
            )
        else:
            self.told += _standing(step, "held", verdict.reason_code)

    def _leave_out(self, step, reason_code):
        at = self._place_of(step)
        self.told += [Message(step.key, channel, at, "left", reason_code, at) for channel in step.channels]

    def _not_reached(self, step, channel, at, until):
        outcome = "fails" if step.key in self.outlook.failing else "left"
        return Message(step.key, channel, at, outcome, self.outlook.unreached[step.key][channel], until)

    def _until(self, step):
        """Return until when a step that no run comes to is caught up: it is too late then, or a newer one due (R40)."""
        if step.trigger == ON_ISSUE:
            return None
        newer = (at - SECOND for at in self.places if at > step.scheduled_at and not step.by_hand)
        return min([latest(step, self.outlook.policy), *newer])

    def _place_of(self, step):
        """Return where a step goes: what is overdue now keeps its place in the past, for it goes at once."""
        return step.scheduled_at if self.moment == self.outlook.now else self.moment


def _place(step):
    return step.scheduled_at, step.key
