"""What holds an invoice, in which order that is told, and what becomes of steps when a hold ends (R35b, R36)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from .facts import BRAKED, COMPANY_OFF, LEFT_OPEN, ON_ISSUE, Change, Hold, PlannedStep, Policy, StepFacts
from .moments import days_after, first_sending_hour, instant, local, same_day
from .states import SCHEDULED
from .transitions import behind

# Holds that are told first, in this order; any other comes after all of these.
TOLD_FIRST = (COMPANY_OFF, "paused", "customer_excluded", "customer_paused", "blocked", "no_followup")
# Money that is there, under way or announced, and that nobody has applied.
MONEY = ("unapplied_payment", "payment_pending", "announced_payment")


def in_order(holds: Iterable[Hold]) -> tuple[Hold, ...]:
    """Return several holds of an invoice in the order in which they are told to people (R35, R46b).

    >>> [hold.code for hold in in_order([Hold("below_minimum"), Hold("dispute"), Hold("paused")])]
    ['paused', 'dispute', 'below_minimum']
    """
    return tuple(sorted(holds, key=lambda hold: (rank(hold.code), hold.code in LEFT_OPEN)))


def rank(code: str) -> int:
    """Return which place a hold has among those that are told first, one for all that come after them (R35).

    >>> rank("company_off"), rank("paused"), rank("dispute") == rank("unapplied_payment")
    (0, 1, True)
    """
    return TOLD_FIRST.index(code) if code in TOLD_FIRST else len(TOLD_FIRST)


def ends_by(hold: Hold, at: datetime) -> bool:
    """Return whether it is known that a hold has ended by itself by a UTC instant (R35b, R36).

    Money is only looked at again at the instant that its hold names.

    >>> monday, friday = datetime(2026, 1, 19), datetime(2026, 1, 23)
    >>> ends_by(Hold("paused", monday), friday), ends_by(Hold("paused", friday), monday)
    (True, False)
    >>> ends_by(Hold("blocked"), friday), ends_by(Hold("payment_pending", monday), friday)
    (False, False)
    """
    return hold.until is not None and hold.until <= at and hold.code not in MONEY


def release(
    steps: Iterable[StepFacts],
    hold_code: str,
    policy: Policy,
    now: datetime,
    ended_at: datetime | None = None,
    began_at: datetime | None = None,
) -> tuple[Change, ...]:
    """Let go what a hold kept that ended by itself: steps missed meanwhile are skipped with its reason code (R35b).

    The others are planned.

    Missed means planned before ``ended_at``, the UTC instant at which the hold ended (``now`` if not told). On issue is
    not missed: it goes at once, or in the first sending hour (R8); so does a step whose messages the hold took out of
    the queue on the local day on which it ended (R36). Nor is one that was due already at ``began_at``, when the hold
    began on that same day, and that no run had come to: R40 says whether it goes. Steps that are neither planned nor
    held stay, and so does what the brake holds, which waits for a click (R47).

    >>> missed = StepFacts("a", "after_due", state="held", scheduled_at=datetime(2026, 1, 20, 9))
    >>> coming = StepFacts("b", "after_due", state="held", scheduled_at=datetime(2026, 1, 30, 9))
    >>> for change in release([missed, coming], "promise", Policy(), datetime(2026, 1, 25)):
    ...     print(change.action, change.planned.state, change.planned.reason_code)
    skip skipped promise
    restore planned None
    """
    steps = tuple(steps)
    scene = _Scene(hold_code, policy, now, ended_at or now, behind(steps), began_at)
    return tuple(_released(step, scene) for step in steps)


def undo(
    steps: Iterable[StepFacts],
    hold_code: str,
    policy: Policy,
    now: datetime,
    began_at: datetime,
    withdrawn: Collection = (),
) -> tuple[Change, ...]:
    """Let go what an act kept since ``began_at`` (UTC) that is undone: as if a hold had ended by itself (R35b, R36).

    What fell into it on the local day on which it is undone was not missed, and goes at once. So do the steps with the
    keys ``withdrawn``, whose messages the act withdrew, on the local day on which it did.

    >>> missed = StepFacts("a", "after_due", state="planned", scheduled_at=datetime(2026, 1, 20, 9))
    >>> today = StepFacts("b", "after_due", state="planned", scheduled_at=datetime(2026, 1, 21, 9))
    >>> for change in undo([missed, today], "stopped", Policy(), datetime(2026, 1, 21, 9, 5), datetime(2026, 1, 20, 8)):
    ...     print(change.action, change.planned and change.planned.state)
    skip skipped
    keep None
    """
    steps = tuple(steps)
    since = {
        step.key: max(began_at, step.scheduled_at)
        for step in steps
        if _waits(step) and (step.key in withdrawn or began_at <= step.scheduled_at < now)
    }
    kept = [replace(step, taken_back_at=since.get(step.key, step.taken_back_at)) for step in steps]
    return release(kept, hold_code, policy, now, began_at=began_at)


@dataclass(frozen=True, slots=True)
class _Scene:
    """The end of a hold, as each of its steps sees it.

    ``behind`` are the keys of those that nobody missed, for they wait for a person all the same.
    """

    hold_code: str
    policy: Policy
    now: datetime
    ended_at: datetime
    behind: frozenset
    began_at: datetime | None

    def was_due_before(self, step):
        """Return whether a step was due when a hold began that lasted no longer than that local day."""
        began_at = self.began_at
        zone = self.policy.zone_of(step)
        return began_at and step.scheduled_at < began_at and same_day(began_at, self.ended_at, zone)


def _released(step, scene):
    if not _waits(step):
        return Change("keep", step.key)
    if step.taken_back_at and same_day(step.taken_back_at, scene.ended_at, scene.policy.zone_of(step)):
        return _goes_at_once(step, scene.policy, scene.now)
    if step.scheduled_at >= scene.ended_at or step.key in scene.behind:
        return _goes_on(step, step.scheduled_at, step.floor)
    if step.trigger == ON_ISSUE:
        return _goes_at_once(step, scene.policy, scene.now)
    if scene.was_due_before(step):
        return _goes_on(step, step.scheduled_at, step.floor)
    return Change("skip", step.key, _placed(step, "skipped", step.scheduled_at, step.floor, scene.hold_code))


def _waits(step):
    """Return whether a step is to go when nothing holds it any more; what the brake holds waits for a click (R47)."""
    return step.state in SCHEDULED and step.reason_code != BRAKED


def _goes_on(step, at, floor):
    if step.state == "planned" and at == step.scheduled_at:
        return Change("keep", step.key)
    return Change("restore", step.key, _placed(step, "planned", at, floor))


def _goes_at_once(step, policy, now):
    """Put a step into the current local hour, which the next run takes, or else in the first sending hour."""
    zone = policy.zone_of(step)
    clock = local(now, zone)
    place = clock.date(), clock.hour
    if not policy.window_from <= clock.hour <= policy.window_to:
        place = first_sending_hour(now, zone, policy.window_from, policy.window_to)
    return _goes_on(step, instant(*place, zone), place)


def _placed(step, state, at, floor, reason_code=None):
    return PlannedStep(step.key, step.occurrence, at, state, reason_code, step.start_date, floor, step.paid_floor)


def resume(
    steps: Iterable[StepFacts],
    missed: str,
    paused_at: datetime,
    policy: Policy,
    now: datetime,
    hold_code: str = "paused",
) -> tuple[Change, ...]:
    """Let go what a person's pause kept since ``paused_at`` (UTC), with the missed steps as that person says (R36).

    ``next`` skips them; ``last`` lets the newest go at once, or in the first sending hour; ``shift`` moves every step
    by the pause, in whole days and so far that none that fell into it is in the past: one whose messages were taken out
    of the queue goes at once. On issue goes at once (R8), and whatever was taken back on this local day.
    Raises ``KeyError`` for another word.

    >>> step = StepFacts("a", "after_due", state="held", scheduled_at=datetime(2026, 1, 20, 9))
    >>> [change] = resume([step], "shift", datetime(2026, 1, 18, 12), Policy(), datetime(2026, 1, 25, 8))
    >>> change.action, change.planned.scheduled_at
    ('restore', datetime.datetime(2026, 1, 27, 9, 0))
    """
    steps = tuple(steps)
    return tuple(_RESUME[missed](steps, paused_at, _Scene(hold_code, policy, now, now, behind(steps), paused_at)))


def delay(steps: Iterable[StepFacts], since: datetime, policy: Policy, now: datetime) -> tuple[Change, ...]:
    """Move the steps after one that waited for a person, by as long in whole local days (R101).

    It waited from ``since`` until ``now`` (UTC); what is not planned stays, and so does what a person asked for.

    >>> step = StepFacts("a", "after_due", state="planned", scheduled_at=datetime(2026, 1, 27, 9))
    >>> [change] = delay([step], datetime(2026, 1, 20, 9), Policy(), datetime(2026, 1, 23, 8))
    >>> change.planned.scheduled_at
    datetime.datetime(2026, 1, 30, 9, 0)
    """
    days = (local(now, policy.timezone).date() - local(since, policy.timezone).date()).days
    moving = [step for step in steps if step.state == "planned" and step.scheduled_at > since and days > 0]
    moving = [step for step in moving if not step.by_hand]
    return tuple(_goes_on(step, *_shifted(step, days, policy)) for step in moving)


def strictest(pauses: Iterable[tuple]):
    """Return which of several pauses of one customer holds longest, None of none (R37).

    :param pauses: pairs of the local date on which it ends, None for one without an end, and whatever names it

    >>> strictest([(date(2026, 1, 20), "a holiday"), (None, "a dispute"), (date(2026, 1, 25), "a promise")])
    'a dispute'
    """
    longest = max(pauses, key=lambda pause: (pause[0] is None, pause[0] or date.min), default=(None, None))
    return longest[1]


def _next_goes(steps, paused_at, scene):
    return [_released(step, scene) for step in steps]


def _last_goes(steps, paused_at, scene):
    missed = [step.scheduled_at for step in steps if _is_missed(step, scene) and step.trigger != ON_ISSUE]
    last = max(missed, default=None)
    for step in steps:
        if _waits(step) and step.scheduled_at == last:
            yield _goes_at_once(step, scene.policy, scene.now)
        else:
            yield _released(step, scene)


def _all_shift(steps, paused_at, scene):
    days = _pause_days(steps, paused_at, scene)
    for step in steps:
        if not _waits(step) or step.trigger == ON_ISSUE:
            yield _released(step, scene)
        elif step.taken_back_at:
            yield _goes_at_once(step, scene.policy, scene.now)
        else:
            yield _goes_on(step, *_shifted(step, days, scene.policy))


def _pause_days(steps, paused_at, scene):
    """Return the length of the pause in local days, one more if a step of it would still be in the past."""
    timezone = scene.policy.timezone
    days = (local(scene.now, timezone).date() - local(paused_at, timezone).date()).days
    missed = [step for step in steps if _is_missed(step, scene) and step.scheduled_at >= paused_at]
    return days + any(_shifted(step, days, scene.policy)[0] < scene.now for step in missed)


def _shifted(step, days, policy):
    """Return the instant and the floor of a step moved by whole days; one that does not move keeps its own floor."""
    if not days:
        return step.scheduled_at, step.floor
    zone = policy.zone_of(step)
    floor = days_after(local(step.scheduled_at, zone).date(), days), step.hour
    return instant(*floor, zone), floor


def _is_missed(step, scene):
    return _waits(step) and step.scheduled_at < scene.now and step.key not in scene.behind


_RESUME = {"next": _next_goes, "last": _last_goes, "shift": _all_shift}
