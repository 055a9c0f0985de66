"""Steps and an invoice's dates make a time line; an old time line and new dates make a list of changes.

A *place* is a (local date, local hour) pair. The natural place of a step follows from its trigger (R1, R5, R6, R13);
its floor, if it has one, is a place it never goes before (R8, R43). The later of both is where it stands, always:
planning an unchanged step again at any later time gives the same instant.
"""
from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter

from .definition import definition
from .facts import (
    AFTER_DUE,
    AFTER_ISSUE,
    BEFORE_DUE,
    ON_DATE,
    ON_ISSUE,
    REPEAT,
    Change,
    InvoiceFacts,
    PlannedStep,
    Policy,
    StepFacts,
)
from .moments import LAST_DAY, days_after, first_sending_hour, instant, local, next_hour
from .transitions import UNTRIED, behind

ATTEMPTED_STATES = frozenset({"sent", "partly", "failed"})
DATE_REASONS = frozenset({"in_past", "too_late", "before_invoice_date", "contact_delay", "out_of_range"})


@dataclass(frozen=True, slots=True)
class _Scene:
    """What one planning shares: R13's start for repeating lines without one, the definitions of the lines that the
    entry point lets go late, the instant of those if they overtake an on-issue message before them (R43), and the keys
    of those that wait with a step that waits for a person (R101)."""

    invoice: InvoiceFacts
    policy: Policy
    now: datetime
    start: date | None = None
    late: frozenset = frozenset()
    overtaken_by: datetime | None = None
    behind: frozenset = frozenset()


def due_date(invoice: InvoiceFacts) -> date:
    """The due date, or the invoice date of an invoice without one (R6).

    >>> due_date(InvoiceFacts(date(2026, 1, 10)))
    datetime.date(2026, 1, 10)
    """
    return invoice.due_date or invoice.invoice_date


_NATURAL_DAY = {
    ON_ISSUE: lambda step, invoice, start: invoice.invoice_date,
    AFTER_ISSUE: lambda step, invoice, start: days_after(invoice.invoice_date, step.days),
    BEFORE_DUE: lambda step, invoice, start: days_after(due_date(invoice), -step.days),
    AFTER_DUE: lambda step, invoice, start: days_after(due_date(invoice), step.days),
    ON_DATE: lambda step, invoice, start: step.date,
    REPEAT: lambda step, invoice, start: days_after(step.start_date or start, step.occurrence * step.days),
}


def _natural(step, scene):
    return _NATURAL_DAY[step.trigger](step, scene.invoice, scene.start), step.hour


def _at(place, scene):
    return instant(*place, scene.policy.timezone)


def attach(
    steps: Iterable[StepFacts], invoice: InvoiceFacts, policy: Policy, now: datetime,
    existing: Iterable[StepFacts] = (),
) -> tuple[PlannedStep, ...]:
    """Plan steps for the first time: invoice posted, cadence applied, step added (R1, R5-R13, R43, R46).

    Repeating lines are handed in already expanded. ``now`` is a UTC instant. ``existing`` are the lines the schedule
    already has when one is added: they count for R13's start, and the entry point (R43) does not apply again. The
    answer is ordered by instant, then as given (R15); a skipped step says when it would have gone.

    >>> friendly = StepFacts("friendly", BEFORE_DUE, days=3)
    >>> firm = StepFacts("firm", AFTER_DUE, days=5, hour=14)
    >>> invoice = InvoiceFacts(date(2026, 1, 10), due_date=date(2026, 1, 24))
    >>> for planned in attach([firm, friendly], invoice, Policy("Europe/Berlin"), datetime(2026, 1, 22, 12)):
    ...     print(planned.key, planned.scheduled_at, planned.state, planned.reason_code)
    friendly 2026-01-21 08:00:00 skipped in_past
    firm 2026-01-29 13:00:00 planned None
    """
    steps, existing = tuple(steps), tuple(existing)
    scene = _scene(steps, invoice, policy, now, entry=not existing, existing=existing)
    return tuple(sorted((_first_plan(step, scene) for step in steps), key=attrgetter("scheduled_at")))


def _scene(steps, invoice, policy, now, entry, existing=()):
    scene = _Scene(invoice, policy, now)
    if entry:
        scene = _entered(scene, steps)
    if any(step.trigger == REPEAT and not step.start_date for step in steps):
        return replace(scene, start=_repeat_start(steps, existing, scene))
    return scene


def _repeat_start(steps, existing, scene):
    """R13's start: of the last fixed step's date, the due date and today the latest."""
    today, due = local(scene.now, scene.policy.timezone).date(), due_date(scene.invoice)
    fixed = [
        _stand(step, scene, _first_floor(step, scene))[0]
        for step in steps if step.trigger != REPEAT and not _forbidden(step, _natural(step, scene), scene)
    ]
    fixed += [
        local(step.scheduled_at, scene.policy.timezone).date()
        for step in existing if step.trigger != REPEAT and step.scheduled_at
    ]
    return max(*fixed, due, today)


def _entered(scene, steps):
    """The scene with what the entry point lets go late (R43).

    Candidates are the fixed lines that may go at all (R9, R10, R46). ``fitting`` takes the latest that do not lie
    ahead, ``first`` the earliest if they do not. On issue needs no such help (R8), but a later fitting one makes it an
    earlier one, which is skipped.
    """
    if scene.policy.entry_point == "next":
        return scene
    fixed = [step for step in steps if step.trigger != REPEAT and not _forbidden(step, _natural(step, scene), scene)]
    moments = [_at(_natural(step, scene), scene) for step in fixed]
    fitting = scene.policy.entry_point == "fitting"
    chosen = max((at for at in moments if at <= scene.now), default=None) if fitting else min(moments, default=None)
    if chosen is None or chosen > scene.now:
        return scene
    late = frozenset(
        definition(step) for step, at in zip(fixed, moments) if at == chosen and step.trigger != ON_ISSUE)
    return replace(scene, late=late, overtaken_by=chosen if fitting and late else None)


def _reason(step, place, at, scene):
    """Why a step that would stand at this place is skipped, or None (R9, R46, R10, R11)."""
    return _forbidden(step, place, scene) or ("in_past" if at < scene.now else None)


def _forbidden(step, place, scene):
    """The reason that bars a step for good as things stand, whatever the time is, or None (R9, R46, R10)."""
    if step.trigger == ON_ISSUE and scene.invoice.already_sent:
        return "already_sent"
    if step.trigger == ON_ISSUE and not scene.policy.may_send_on_issue:
        return "before_start_date"
    if place[0] < scene.invoice.invoice_date:
        return "before_invoice_date"
    return "out_of_range" if place[0] > LAST_DAY else None


def _stand(step, scene, floor):
    if step.rescheduled:
        return floor
    natural = _natural(step, scene)
    return max(natural, floor) if floor else natural


def _first_floor(step, scene):
    """The floor a step gets when it is attached at ``scene.now`` (R8, R43), or the one it has."""
    if step.rescheduled:
        return step.floor
    if step.trigger == ON_ISSUE:
        return None if _overtaken(step, scene) else _soon(step, scene)
    if scene.late and definition(step) in scene.late:
        return next_hour(scene.now, step.hour, scene.policy.timezone), step.hour
    return step.floor


def _overtaken(step, scene):
    return scene.overtaken_by and _at(_natural(step, scene), scene) < scene.overtaken_by


def _soon(step, scene):
    """R8: the first sending hour, where that is later than the invoice date at the step's hour."""
    policy = scene.policy
    floor = first_sending_hour(scene.now, policy.timezone, policy.window_from, policy.window_to)
    return floor if floor > _natural(step, scene) else None


def _first_plan(step, scene):
    floor = _first_floor(step, scene)
    place = _stand(step, scene, floor)
    at = _at(place, scene)
    return _planned(step, scene, at, floor, _reason(step, place, at, scene))


def _planned(step, scene, at, floor, reason):
    start = (step.start_date or scene.start) if step.trigger == REPEAT else None
    state = "skipped" if reason else "held" if step.state == "held" else "planned"
    return PlannedStep(step.key, step.occurrence, at, state, reason, start, floor)


def replan(
    steps: Iterable[StepFacts], invoice: InvoiceFacts, policy: Policy, now: datetime, anew: bool = False,
) -> tuple[Change, ...]:
    """What a change of dates, zone or settings does to the steps an invoice has, one change per step (R31, R38, R39).

    Attempted steps stay. A step whose instant is unchanged stays, even if it is missed: that is R40's matter. A step
    moved into the past is skipped, on issue goes soon instead (R8), and one that waits for a person, or with one that
    does, waits on (R101). One skipped only for its date comes back when the
    change puts it ahead of ``now`` (UTC); one skipped by a person stays skipped. Draft steps, which were never planned,
    are planned as if attached now; with ``anew`` (chasing enabled or resumed after it ended: R34, R36) all unattempted
    ones are, cancelled ones too.

    >>> step = StepFacts("firm", AFTER_DUE, days=5, state="planned", scheduled_at=datetime(2026, 1, 29, 9))
    >>> later = InvoiceFacts(date(2026, 1, 10), due_date=date(2026, 1, 31))
    >>> [change] = replan([step], later, Policy("UTC"), datetime(2026, 1, 12))
    >>> change.action, change.planned.scheduled_at
    ('move', datetime.datetime(2026, 2, 5, 9, 0))
    """
    steps = tuple(steps)
    scene = replace(_scene(steps, invoice, policy, now, entry=False), behind=behind(steps))
    return tuple(_replanned(step, scene, anew) for step in steps)


def _is_attempted(step):
    return step.attempted or step.state in ATTEMPTED_STATES


def _replanned(step, scene, anew=False):
    if _is_attempted(step) or (step.state == "cancelled" and not anew):
        return Change("keep", step.key)
    if step.state == "skipped":
        return _returned(step, scene)
    if anew or step.state == "draft":
        return _change(step, _first_plan(step, scene))
    return _moved(step, scene)


def _moved(step, scene):
    """A step that still waits to go: its place with the facts of today."""
    place = _stand(step, scene, step.floor)
    at, reason = _at(place, scene), _forbidden(step, place, scene)
    if not reason and at == step.scheduled_at:
        return Change("keep", step.key)
    if not reason and at < scene.now:
        if step.state == "waiting":
            return Change("keep", step.key)
        if step.trigger == ON_ISSUE:
            return _change(step, _first_plan(step, scene))
        if step.key not in scene.behind:
            reason = "in_past"
    return _change(step, _planned(step, scene, at, step.floor, reason))


def _returned(step, scene):
    """A skipped step: back if what barred it has gone and it lies ahead (R38), or, on issue, may go soon (R8)."""
    if step.trigger == ON_ISSUE and step.reason_code in ("already_sent", "before_start_date"):
        return _returned_on_issue(step, scene)
    if not _is_passed(step):
        return Change("keep", step.key)
    place = _stand(step, scene, step.floor)
    at = _at(place, scene)
    if at == step.scheduled_at and step.reason_code != "before_invoice_date":
        return Change("keep", step.key)
    return _change(step, _planned(step, scene, at, step.floor, _reason(step, place, at, scene)))


def _returned_on_issue(step, scene):
    if _forbidden(step, _natural(step, scene), scene) == step.reason_code:
        return Change("keep", step.key)
    return _change(step, _first_plan(step, scene))


def _change(step, planned):
    """The change that gives a step its new place, or ``keep`` where that is the old one."""
    reason = step.reason_code if step.state == "skipped" else None
    if (step.state, reason, step.scheduled_at) == (planned.state, planned.reason_code, planned.scheduled_at):
        return Change("keep", step.key)
    if planned.state == "skipped":
        return Change("skip", step.key, planned)
    return Change("restore" if step.state in ("skipped", "cancelled") else "move", step.key, planned)


def compare(
    old: Iterable[StepFacts], wanted: Iterable[StepFacts], invoice: InvoiceFacts, policy: Policy, now: datetime,
    anew: bool = False,
) -> tuple[Change, ...]:
    """What turns the lines an invoice has into the wanted ones: an edit, or another cadence (R20, R22, R38, R39, R43).

    Lines are matched by :func:`definition`, attempted ones first; these stay, wanted or not. Another old line stays or
    moves as in :func:`replan` if it is wanted, and is dropped if not; the rest of the wanted ones is added as in
    :func:`attach`. Pass a policy with entry point ``next`` for an edit, and ``anew`` where chasing starts again (R36).
    A new occurrence of a repeating line that was lengthened keeps the start of its fellows (R13).

    >>> sent = StepFacts("a", AFTER_DUE, days=5, state="sent", scheduled_at=datetime(2026, 1, 29, 9))
    >>> wanted = [StepFacts("b", AFTER_DUE, days=5), StepFacts("c", AFTER_DUE, days=12)]
    >>> invoice = InvoiceFacts(date(2026, 1, 10), due_date=date(2026, 1, 24))
    >>> [(change.action, change.key) for change in compare([sent], wanted, invoice, Policy(), datetime(2026, 1, 30))]
    [('keep', 'a'), ('add', 'c')]
    """
    old, wanted = tuple(old), tuple(wanted)
    answers, added = _match(old, wanted)
    scene = _comparing_scene(old, wanted, answers, added, invoice, policy, now)
    return (
        *(_compared(step, answer, scene, anew) for step, answer in zip(old, answers)),
        *(Change("add", step.key, _first_plan(step, scene), step.key) for step in added),
    )


def _match(old, wanted):
    """For each old line the wanted one it answers to, or None; and the wanted lines that none answers to."""
    free = defaultdict(deque)
    for number, step in enumerate(wanted):
        free[definition(step)].append(number)
    answers = [None] * len(old)
    for number in sorted(range(len(old)), key=lambda number: not _is_attempted(old[number])):
        if same := free[definition(old[number])]:
            answers[number] = wanted[same.popleft()]
    return answers, [wanted[number] for same in free.values() for number in same]


def _comparing_scene(old, wanted, answers, added, invoice, policy, now):
    staying = [step for step, answer in zip(old, answers) if answer or _is_attempted(step)]
    scene = _entered(_Scene(invoice, policy, now), wanted)
    repeating = {definition(step)[:-1] for step in added if step.trigger == REPEAT}
    start = next((step.start_date for step in staying if definition(step)[:-1] in repeating), None)
    return replace(scene, start=start or _repeat_start(added, staying, scene), behind=behind(old))


def _compared(step, answer, scene, anew):
    if _is_attempted(step):
        change = Change("keep", step.key)
    elif not answer:
        change = Change("drop", step.key)
    elif step.state == "cancelled" or (_is_passed(step) and definition(step) in scene.late) or _gives_way(step, scene):
        change = _change(step, _first_plan(step, scene))
    else:
        change = _replanned(step, scene, anew)
    return replace(change, wanted_key=answer.key) if answer else change


def _gives_way(step, scene):
    """Whether an on-issue message that has not gone yet is overtaken by the step that the entry point lets go (R43)."""
    return step.trigger == ON_ISSUE and step.state in UNTRIED and bool(_overtaken(step, scene))


def _is_passed(step):
    return step.state == "skipped" and step.reason_code in DATE_REASONS
