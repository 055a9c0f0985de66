"""A payment that leaves a balance gives its customer time: what would follow too soon is postponed, once (R42b)."""

from __future__ import annotations

from datetime import date

from .facts import AUTOMATIC, BEFORE_DUE, ON_ISSUE, InvoiceFacts, Policy, StepFacts
from .moments import days_after

# What such a payment does not postpone, by its trigger.
EXCEPTED = (ON_ISSUE, BEFORE_DUE)


def first_day_after(step: StepFacts, day: date, invoice: InvoiceFacts, policy: Policy) -> date | None:
    """Return the local date to which a payment postpones a step that is to go on a day, None if none does (R42b).

    Of several payments the first counts by which it would be postponed: those that follow do not lengthen it, nor is a
    step postponed again that once was. A person who is asked, or who asked for the message, is not bound.

    >>> paid = InvoiceFacts(date(2026, 1, 1), partial_days=(date(2026, 1, 18), date(2026, 1, 19)))
    >>> first_day_after(StepFacts("a", "after_due"), date(2026, 1, 20), paid, Policy(partial_days=3))
    datetime.date(2026, 1, 21)
    >>> first_day_after(StepFacts("a", "after_due"), date(2026, 1, 22), paid, Policy(partial_days=3))
    """
    if step.trigger in EXCEPTED or step.by_hand or step.mode != AUTOMATIC or step.paid_floor:
        return None
    ends = (days_after(paid, policy.partial_days) for paid in invoice.partial_days if paid <= day)
    return min((end for end in ends if end > day), default=None)


def floor_in_force(step: StepFacts, own_day: date, today: date, invoice: InvoiceFacts, policy: Policy) -> date | None:
    """Return the local date to which payments keep a step back, None if those that did are undone (R42b).

    It is never later than the first payment made it, whatever is paid and undone since: another that stands in its
    place keeps that date. Where a person has moved the step, that stays.

    :param own_day: where it stands but for what was paid, a local date as ``today``

    >>> step, day = StepFacts("a", "after_due", paid_floor=date(2026, 1, 21)), date(2026, 1, 20)
    >>> paid = InvoiceFacts(date(2026, 1, 1), partial_days=(date(2026, 1, 19),))
    >>> floor_in_force(step, day, day, paid, Policy(partial_days=3))
    datetime.date(2026, 1, 21)
    >>> floor_in_force(step, day, day, InvoiceFacts(date(2026, 1, 1)), Policy(partial_days=3))
    """
    if not step.paid_floor or (step.rescheduled and step.floor and step.floor[0] == step.paid_floor):
        return None
    last = min(step.paid_floor, max(own_day, today))
    stands = any(paid <= last and days_after(paid, policy.partial_days) > own_day for paid in invoice.partial_days)
    return step.paid_floor if stands else None
