"""Where the lines of one invoice stand: what one planning knows, and the place each line has by itself.

A *place* is a (local date, local hour) pair, see :mod:`engine.timeline`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from .facts import AFTER_DUE, AFTER_ISSUE, BEFORE_DUE, ON_DATE, ON_ISSUE, REPEAT, InvoiceFacts, Policy, StepFacts
from .moments import LAST_DAY, days_after, first_sending_hour, instant


@dataclass(frozen=True, slots=True)
class Scene:
    """Hold what one planning shares.

    That is R13's start for repeating lines without one, by definition the places of the lines that the entry point
    moves, the definitions of those for which it leaves no room, the instant of the late ones if they overtake an
    on-issue message before them (R43), and the keys of those that wait with a step that waits for a person (R101).
    """

    invoice: InvoiceFacts
    policy: Policy
    now: datetime
    start: date | None = None
    places: Mapping = field(default_factory=dict)
    crowded_out: frozenset = frozenset()
    overtaken_by: datetime | None = None
    behind: frozenset = frozenset()


def due_date(invoice: InvoiceFacts) -> date:
    """Return the due date, or the invoice date of an invoice without one (R6).

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


def natural_place(step: StepFacts, scene: Scene) -> tuple[date, int]:
    """Return the place that a line's trigger gives it (R1, R13).

    >>> natural_place(StepFacts("a", AFTER_DUE, days=5), Scene(InvoiceFacts(date(2026, 1, 10)), Policy(), None))
    (datetime.date(2026, 1, 15), 9)
    """
    return _NATURAL_DAY[step.trigger](step, scene.invoice, scene.start), step.hour


def instant_of(place: tuple[date, int], scene: Scene, step: StepFacts) -> datetime:
    """Return the UTC instant of a place of a step, on the clocks of its zone (R5).

    >>> scene = Scene(InvoiceFacts(date(2026, 1, 10)), Policy("Europe/Berlin"), None)
    >>> instant_of((date(2026, 1, 15), 9), scene, StepFacts("a", AFTER_DUE))
    datetime.datetime(2026, 1, 15, 8, 0)
    >>> instant_of((date(2026, 1, 15), 9), scene, StepFacts("a", ON_DATE, zone="Asia/Tokyo"))
    datetime.datetime(2026, 1, 15, 0, 0)
    """
    return instant(*place, scene.policy.zone_of(step))


def forbidden(step: StepFacts, place: tuple[date, int], scene: Scene) -> str | None:
    """Return the reason that bars a step for good as things stand, whatever the time is, or None (R9, R46, R10).

    >>> scene = Scene(InvoiceFacts(date(2026, 1, 10), already_sent=True), Policy(), None)
    >>> forbidden(StepFacts("a", ON_ISSUE), (date(2026, 1, 10), 9), scene)
    'already_sent'
    """
    if step.trigger == ON_ISSUE and scene.invoice.already_sent:
        return "already_sent"
    if step.trigger == ON_ISSUE and not scene.policy.may_send_on_issue:
        return "before_start_date"
    if place[0] < scene.invoice.invoice_date:
        return "before_invoice_date"
    return "out_of_range" if place[0] > LAST_DAY else None


def standing_place(step: StepFacts, scene: Scene, floor: tuple[date, int] | None) -> tuple[date, int]:
    """Return the later of a line's natural place and its floor; where a person put it, that place (R84).

    >>> scene = Scene(InvoiceFacts(date(2026, 1, 10)), Policy(), None)
    >>> standing_place(StepFacts("a", AFTER_DUE, days=5), scene, (date(2026, 1, 20), 9))
    (datetime.date(2026, 1, 20), 9)
    """
    if step.rescheduled:
        return floor
    place = natural_place(step, scene)
    return max(place, floor) if floor else place


def first_sending_place(step: StepFacts, scene: Scene) -> tuple[date, int] | None:
    """Return the floor of an on-issue line (R8).

    It is the first sending hour, where that is later than the invoice date at its own.

    >>> scene = Scene(InvoiceFacts(date(2026, 1, 10)), Policy(), datetime(2026, 1, 20, 8, 10))
    >>> first_sending_place(StepFacts("a", ON_ISSUE), scene)
    (datetime.date(2026, 1, 20), 9)
    """
    policy = scene.policy
    floor = first_sending_hour(scene.now, policy.timezone, policy.window_from, policy.window_to)
    return floor if floor > natural_place(step, scene) else None
