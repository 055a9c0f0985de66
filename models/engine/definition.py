"""What a step is before it has a date: its checks, its occurrences, and when two of them are the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from .facts import AFTER_DUE, AFTER_ISSUE, BEFORE_DUE, DAYLESS, ON_DATE, REPEAT, TRIGGERS, StepFacts
from .texts import _

MAX_STEPS = 100
MAX_REPEATS = 10
MAX_DAYS = 36500
NO_HOURS: Mapping = MappingProxyType({})
PROBLEMS = {
    "unknown_trigger": _("The step has no valid trigger. Choose when it is sent."),
    "days_not_whole": _("The number of days must be a whole number from %(lowest)s to %(highest)s."),
    "hour_out_of_range": _("The hour must be a whole number from 0 to 23."),
    "repeats_out_of_range": _("A repeating step is sent 1 to %(limit)s times. Enter a number in that range."),
    "no_channel": _("The step has no channel. Choose e-mail, SMS or letter."),
    "channel_hour": _("One of the channels is limited to certain hours. Choose an hour from %(first)s to %(last)s."),
    "no_date": _("A step on a date needs a date. Enter it or choose another trigger."),
    "date_in_cadence": _("A step on a date is for a single invoice. Choose another trigger for a cadence."),
    "duplicate": _("Two steps are sent at the same time to the same contacts. Change or remove one of them."),
    "second_repeat": _("Only one step may repeat. Change or remove the others."),
    "too_many_steps": _("At most %(limit)s steps are allowed. Remove some of the %(count)s."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Say why steps cannot be saved.

    That is a code of :data:`PROBLEMS`, the key of the step (None: all together), and what its sentence names.
    """

    code: str
    key: Hashable = None
    params: Mapping = field(default_factory=dict)


def validate(
    steps: Iterable[StepFacts], in_cadence: bool = False, hours: Mapping[str, tuple[int, int]] = NO_HOURS
) -> tuple[Problem, ...]:
    """Return every problem of the steps of one cadence or schedule (R1-R4, R12, R14, R16).

    Without one they can be saved.

    The occurrences of a repeating line may be handed in as one line or as lines of their own. ``hours`` are the first
    and the last whole local hour of the channels that do not go at any hour (R88).

    >>> validate([StepFacts("a", AFTER_DUE, days=-1)])[0].code
    'days_not_whole'
    >>> validate([StepFacts("a", AFTER_DUE), StepFacts("b", AFTER_DUE)])
    (Problem(code='duplicate', key='b', params={}),)
    >>> early = StepFacts("a", AFTER_DUE, hour=7, channels=frozenset({"sms"}))
    >>> validate([early]), validate([early], hours={"sms": (8, 20)})[0].params
    ((), {'channel': 'sms', 'first': 8, 'last': 20})
    """
    steps = tuple(steps)
    problems = [problem for step in steps for problem in _own_problems(step, in_cadence, hours)]
    return (*problems, *_duplicates(steps), *_second_repeats(steps), *_too_many(steps))


def _own_problems(step, in_cadence, hours):
    for applies, code, params in _checks(step, in_cadence):
        if applies:
            yield Problem(code, step.key, params)
    for channel in sorted(step.channels & hours.keys()):
        first, last = hours[channel]
        if _is_whole(step.hour, 0, 23) and not first <= step.hour <= last:
            yield Problem("channel_hour", step.key, {"channel": channel, "first": first, "last": last})


def _checks(step, in_cadence):
    """Return (does it apply, code, values) for every rule about one step by itself."""
    lowest = 1 if step.trigger == REPEAT else 0
    counts_days = step.trigger in (AFTER_ISSUE, BEFORE_DUE, AFTER_DUE, REPEAT)
    return (
        (step.trigger not in TRIGGERS, "unknown_trigger", {}),
        (
            counts_days and not _is_whole(step.days, lowest, MAX_DAYS),
            "days_not_whole",
            {"lowest": lowest, "highest": MAX_DAYS},
        ),
        (not _is_whole(step.hour, 0, 23), "hour_out_of_range", {}),
        (
            step.trigger == REPEAT and not _is_whole(step.repeat_count, 1, MAX_REPEATS),
            "repeats_out_of_range",
            {"limit": MAX_REPEATS},
        ),
        (not step.channels, "no_channel", {}),
        (step.trigger == ON_DATE and in_cadence, "date_in_cadence", {}),
        (step.trigger == ON_DATE and not in_cadence and not step.date, "no_date", {}),
    )


def _is_whole(number, lowest, highest):
    return type(number) is int and lowest <= number <= highest


def _duplicates(steps):
    seen = set()
    for step in steps:
        if step.trigger != REPEAT and definition(step) in seen:
            yield Problem("duplicate", step.key)
        seen.add(definition(step))


def _second_repeats(steps):
    seen = set()
    for step in steps:
        if step.trigger == REPEAT and step.occurrence in seen:
            yield Problem("second_repeat", step.key)
        if step.trigger == REPEAT:
            seen.add(step.occurrence)


def _too_many(steps):
    """Count a repeating line once, as in the cadence it comes from."""
    count = sum(step.occurrence == 1 for step in steps)
    if count > MAX_STEPS:
        yield Problem("too_many_steps", None, {"limit": MAX_STEPS, "count": count})


def expand(step: StepFacts) -> tuple[StepFacts, ...]:
    """Return the lines a step shows as: itself, or each occurrence n of N of a repeating one (R13), with the same key.

    >>> [line.occurrence for line in expand(StepFacts("a", REPEAT, days=7, repeat_count=3))]
    [1, 2, 3]
    """
    if step.trigger != REPEAT:
        return (step,)
    return tuple(replace(step, occurrence=n) for n in range(1, step.repeat_count + 1))


def definition(step: StepFacts) -> tuple:
    """Return what makes two lines the same step, whatever they say and through which channel (R14).

    >>> definition(StepFacts(1, AFTER_DUE, days=5)) == definition(StepFacts(2, AFTER_DUE, days=5, state="sent"))
    True
    """
    days = None if step.trigger in DAYLESS else step.days
    day = step.date if step.trigger == ON_DATE else None
    return step.trigger, days, day, step.hour, step.role, step.occurrence


def unplanned(step: StepFacts) -> StepFacts:
    """Return the same line, as if it had never been planned, with the same key (R7b).

    >>> unplanned(StepFacts("a", AFTER_DUE, days=5, state="sent", attempted=True)) == StepFacts("a", AFTER_DUE, days=5)
    True
    """
    return replace(
        step,
        state="draft",
        reason_code=None,
        scheduled_at=None,
        start_date=None,
        floor=None,
        paid_floor=None,
        attempted=False,
        rescheduled=False,
        released_at=None,
    )
