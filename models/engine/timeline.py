"""Steps and an invoice's dates make a time line; an old time line and new dates make a list of changes.

A *place* is a (local date, local hour) pair. The natural place of a step follows from its trigger (R1, R5, R6, R13);
its floor, if it has one, is a place it never goes before (R8, R43). The later of both is where it stands, always, but
for what a payment that left a balance postpones (R42b): planning an unchanged step again at any later time gives the
same instant.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from .definition import definition
from .entry import entered
from .facts import BRAKED, ON_ISSUE, PAID_IN_PART, REPEAT, Change, InvoiceFacts, PlannedStep, Policy, StepFacts
from .moments import local
from .part_payments import first_day_after, floor_in_force
from .places import Scene, due_date, first_sending_place, forbidden, instant_of, natural_place, standing_place
from .states import ATTEMPTED, LEFT_OUT, SCHEDULED
from .transitions import behind

DATE_REASONS = frozenset({"in_past", "too_late", "before_invoice_date", "contact_delay", "out_of_range"})


def attach(
    steps: Iterable[StepFacts],
    invoice: InvoiceFacts,
    policy: Policy,
    now: datetime,
    existing: Iterable[StepFacts] = (),
) -> tuple[PlannedStep, ...]:
    """Plan steps for the first time: invoice posted, cadence applied, step added (R1, R5-R13, R43, R46).

    Repeating lines are handed in already expanded. ``now`` is a UTC instant. ``existing`` are the lines the schedule
    already has when one is added: they count for R13's start, and the entry point (R43) does not apply again. The
    answer is ordered by instant, then as given (R15); a skipped step says when it would have gone.

    >>> from datetime import date
    >>> friendly = StepFacts("friendly", "before_due", days=3)
    >>> firm = StepFacts("firm", "after_due", days=5, hour=14)
    >>> invoice = InvoiceFacts(date(2026, 1, 10), due_date=date(2026, 1, 24))
    >>> for planned in attach([firm, friendly], invoice, Policy("Europe/Berlin"), datetime(2026, 1, 22, 12)):
    ...     print(planned.key, planned.scheduled_at, planned.state, planned.reason_code)
    friendly 2026-01-21 08:00:00 skipped in_past
    firm 2026-01-29 13:00:00 planned None
    """
    steps, existing = tuple(steps), tuple(existing)
    scene = _scene(steps, invoice, policy, now, () if existing else steps, existing)
    return tuple(sorted((_first_plan(step, scene) for step in steps), key=attrgetter("scheduled_at")))


def _scene(steps, invoice, policy, now, waiting, existing=()):
    """Return the scene of lines, of which those that wait are subject to the entry point."""
    scene = entered(Scene(invoice, policy, now), steps, waiting)
    if any(step.trigger == REPEAT and not step.start_date for step in steps):
        return replace(scene, start=_repeat_start(steps, existing, scene))
    return scene


def _repeat_start(steps, existing, scene):
    """Return R13's start: of the last fixed step's date, the due date and today the latest."""
    today, due = local(scene.now, scene.policy.timezone).date(), due_date(scene.invoice)
    fixed = [
        standing_place(step, scene, _first_floor(step, scene))[0]
        for step in steps
        if _is_fixed(step) and not forbidden(step, natural_place(step, scene), scene)
    ]
    fixed += [
        local(step.scheduled_at, scene.policy.zone_of(step)).date()
        for step in existing
        if _is_fixed(step) and step.scheduled_at
    ]
    return max(*fixed, due, today)


def _is_fixed(step):
    """Return whether the start of repeating lines may follow from a line: a message by hand is no part of a cadence."""
    return step.trigger != REPEAT and not step.by_hand


def _reason(step, place, scene):
    """Return why a step that would stand at this place is skipped, or None (R9, R46, R10, R11).

    What a person asked for goes late rather than never, within the catch-up window (R40, R102).
    """
    is_past = instant_of(place, scene, step) < scene.now and not step.by_hand
    return forbidden(step, place, scene) or ("in_past" if is_past else None)


def _first_floor(step, scene):
    """Return the floor a step gets when it is attached at ``scene.now`` (R8, R43), or the one it has."""
    if step.rescheduled:
        return step.floor
    if step.trigger == ON_ISSUE:
        return None if _overtaken(step, scene) else first_sending_place(step, scene)
    return scene.places.get(definition(step), step.floor)


def _overtaken(step, scene):
    return scene.overtaken_by and instant_of(natural_place(step, scene), scene, step) < scene.overtaken_by


def _first_plan(step, scene):
    floor = _first_floor(step, scene)
    place = _own_place(step, scene, floor)
    reason = _reason(step, place, scene)
    return _planned(step, scene, place, floor, reason or ("contact_delay" if _is_crowded_out(step, scene) else None))


def _own_place(step, scene, floor):
    """Return where a step stands, by a payment that postponed it too (R42b)."""
    place, paid_floor = standing_place(step, scene, floor), _paid_floor(step, scene, floor)
    return max(place, (paid_floor, step.hour)) if paid_floor else place


def _paid_floor(step, scene, floor):
    """Return the local date to which payments keep a step back, None if none does (R42b)."""
    if not step.paid_floor:
        return None
    today = local(scene.now, scene.policy.zone_of(step)).date()
    return floor_in_force(step, standing_place(step, scene, floor)[0], today, scene.invoice, scene.policy)


def _is_crowded_out(step, scene):
    return definition(step) in scene.crowded_out


def _planned(step, scene, place, floor, reason):
    paid = first_day_after(step, place[0], scene.invoice, scene.policy) if not reason else None
    if paid:
        place = paid, step.hour
    start = (step.start_date or scene.start) if step.trigger == REPEAT else None
    # What the brake held is planned for another run, which it judges anew (R47).
    stays_held = step.state == "held" and step.reason_code != BRAKED
    state = "skipped" if reason else "held" if stays_held else "planned"
    waits = state == "planned" and (paid or _paid_floor(step, scene, floor)) == place[0]
    return PlannedStep(
        step.key,
        step.occurrence,
        instant_of(place, scene, step),
        state,
        reason or (PAID_IN_PART if waits else None),
        start,
        floor,
        paid or step.paid_floor,
    )


def replan(
    steps: Iterable[StepFacts],
    invoice: InvoiceFacts,
    policy: Policy,
    now: datetime,
    anew: bool = False,
) -> tuple[Change, ...]:
    """Return what a change of dates, zone or settings does to the steps an invoice has (R31, R38, R39).

    There is one change for each step.

    Attempted steps stay. A step whose instant is unchanged stays, even if it is missed: that is R40's matter. A step
    moved into the past is skipped, on issue goes soon instead (R8), and one that waits for a person, or with one that
    does, waits on (R101). One skipped only for its date comes back when the change puts it ahead of ``now`` (UTC); one
    skipped by a person stays skipped. Draft steps, which were never planned, are planned as if attached now, by the
    entry point too (R43); with ``anew`` (chasing enabled or resumed after it ended: R34, R36) all unattempted ones are,
    cancelled ones too.

    >>> from datetime import date
    >>> step = StepFacts("firm", "after_due", days=5, state="planned", scheduled_at=datetime(2026, 1, 29, 9))
    >>> later = InvoiceFacts(date(2026, 1, 10), due_date=date(2026, 1, 31))
    >>> [change] = replan([step], later, Policy("UTC"), datetime(2026, 1, 12))
    >>> change.action, change.planned.scheduled_at
    ('move', datetime.datetime(2026, 2, 5, 9, 0))
    """
    steps = tuple(steps)
    drafts = [step for step in steps if step.state == "draft"]
    scene = replace(_scene(steps, invoice, policy, now, drafts), behind=behind(steps))
    return tuple(_replanned(step, scene, anew) for step in steps)


def _is_attempted(step):
    return step.attempted or step.state in ATTEMPTED


def _replanned(step, scene, anew=False):
    if _is_attempted(step) or (step.state == "cancelled" and (step.by_hand or not anew)):
        return Change("keep", step.key)
    if step.state == "skipped":
        return _returned(step, scene)
    if anew or step.state == "draft":
        return _change(step, _first_plan(step, scene))
    return _moved(step, scene)


def _moved(step, scene):
    """Return the change of a step that still waits to go: its place with the facts of today."""
    place = _own_place(step, scene, step.floor)
    reason = forbidden(step, place, scene)
    planned = _planned(step, scene, place, step.floor, reason)
    if not reason and planned.scheduled_at == step.scheduled_at:
        return Change("keep", step.key)
    if not reason and planned.scheduled_at < scene.now:
        if step.state == "waiting":
            return Change("keep", step.key)
        if step.trigger == ON_ISSUE:
            return _change(step, _first_plan(step, scene))
        if not (step.by_hand or step.key in scene.behind or _is_kept_back(step, scene)):
            planned = _planned(step, scene, place, step.floor, "in_past")
    return _change(step, planned)


def _is_kept_back(step, scene):
    """Return whether payments alone put a step where it stands: what they kept back is not missed (R42b)."""
    if not step.paid_floor:
        return False
    own = standing_place(step, scene, step.floor)
    places = own, max(own, (step.paid_floor, step.hour))
    return step.scheduled_at in {instant_of(place, scene, step) for place in places}


def _returned(step, scene):
    """Return the change of a skipped step: back if what barred it has gone and it lies ahead (R38).

    On issue it may go soon instead (R8).
    """
    if step.trigger == ON_ISSUE and step.reason_code in ("already_sent", "before_start_date"):
        return _returned_on_issue(step, scene)
    if not _is_passed(step):
        return Change("keep", step.key)
    place = _own_place(step, scene, step.floor)
    if instant_of(place, scene, step) == step.scheduled_at and step.reason_code != "before_invoice_date":
        return Change("keep", step.key)
    return _change(step, _planned(step, scene, place, step.floor, _reason(step, place, scene)))


def _returned_on_issue(step, scene):
    if forbidden(step, natural_place(step, scene), scene) == step.reason_code:
        return Change("keep", step.key)
    return _change(step, _first_plan(step, scene))


def _change(step, planned):
    """Return the change that gives a step its new place, or ``keep`` where that is the old one."""
    reason = step.reason_code if step.state == "skipped" else None
    if (step.state, reason, step.scheduled_at) == (planned.state, planned.reason_code, planned.scheduled_at):
        return Change("keep", step.key)
    if planned.state == "skipped":
        return Change("skip", step.key, planned)
    return Change("restore" if step.state in LEFT_OUT else "move", step.key, planned)


def compare(
    old: Iterable[StepFacts],
    wanted: Iterable[StepFacts],
    invoice: InvoiceFacts,
    policy: Policy,
    now: datetime,
    anew: bool = False,
) -> tuple[Change, ...]:
    """Return what turns the lines an invoice has into the wanted ones (R20, R22, R38, R39, R43).

    It is an edit, or another cadence.

    Lines are matched by :func:`definition`, attempted ones first; these stay, wanted or not. Another old line stays or
    moves as in :func:`replan` if it is wanted, and is dropped if not; a message that a person asked for is none of the
    lines, and stays or moves (R102). The rest of the wanted ones is added as in
    :func:`attach`. Pass a policy with entry point ``next`` for an edit, and ``anew`` where chasing starts again (R36).
    A new occurrence of a repeating line that was lengthened keeps the start of its fellows (R13).

    >>> from datetime import date
    >>> sent = StepFacts("a", "after_due", days=5, state="sent", scheduled_at=datetime(2026, 1, 29, 9))
    >>> wanted = [StepFacts("b", "after_due", days=5), StepFacts("c", "after_due", days=12)]
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
    """Return for each old line the wanted one it answers to, or None; and the wanted lines that none answers to."""
    free = defaultdict(deque)
    for number, step in enumerate(wanted):
        free[definition(step)].append(number)
    answers = [None] * len(old)
    lines = [number for number, step in enumerate(old) if not step.by_hand]
    for number in sorted(lines, key=lambda number: not _is_attempted(old[number])):
        if same := free[definition(old[number])]:
            answers[number] = wanted[same.popleft()]
    return answers, [wanted[number] for same in free.values() for number in same]


def _comparing_scene(old, wanted, answers, added, invoice, policy, now):
    staying = [step for step, answer in zip(old, answers) if answer or _is_attempted(step)]
    attempted = {definition(step) for step in old if _is_attempted(step) and not step.by_hand}
    waiting = [step for step in wanted if definition(step) not in attempted]
    scene = entered(Scene(invoice, policy, now), wanted, waiting)
    repeating = {definition(step)[:-1] for step in added if step.trigger == REPEAT}
    start = next((step.start_date for step in staying if definition(step)[:-1] in repeating), None)
    return replace(scene, start=start or _repeat_start(added, staying, scene), behind=behind(old))


def _compared(step, answer, scene, anew):
    if _is_attempted(step):
        change = Change("keep", step.key)
    elif step.by_hand:
        change = _replanned(step, scene, anew)
    elif not answer:
        change = Change("drop", step.key)
    elif step.state == "cancelled" or _is_entered(step, scene) or _gives_way(step, scene):
        change = _change(step, _first_plan(step, scene))
    else:
        change = _replanned(step, scene, anew)
    return replace(change, wanted_key=answer.key) if answer else change


def _is_entered(step, scene):
    """Return whether the entry point moves a line: back from the past, or one that lies ahead to make room (R43)."""
    is_moved = definition(step) in scene.places or _is_crowded_out(step, scene)
    return is_moved and (_is_passed(step) or (step.state in SCHEDULED and step.scheduled_at >= scene.now))


def _gives_way(step, scene):
    """Return whether the entry point's step overtakes an on-issue message that has not gone yet (R43)."""
    return step.trigger == ON_ISSUE and step.state in SCHEDULED and bool(_overtaken(step, scene))


def _is_passed(step):
    return step.state == "skipped" and step.reason_code in DATE_REASONS
