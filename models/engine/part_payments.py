"""A payment that leaves a balance gives its customer time: what would follow too soon is postponed, once (R42b)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from .facts import AUTOMATIC, BEFORE_DUE, ON_ISSUE, InvoiceFacts, Policy, StepFacts
from .moments import days_after

# What such a payment does not postpone, by its trigger.
EXCEPTED = (ON_ISSUE, BEFORE_DUE)


def first_day_after(step: StepFacts, day: date, invoice: InvoiceFacts, policy: Policy) -> date | None:
    """Return the local date to which a payment postpones a step that is to go on a day, None if none does (R42b).

    Of several payments the first counts by which it would be postponed: those that follow do not lengthen it. A person
    who is asked, or who asked for the message, is not bound.

    >>> paid = InvoiceFacts(date(2026, 1, 1), partial_days=(date(2026, 1, 18), date(2026, 1, 19)))
    >>> first_day_after(StepFacts("a", "after_due"), date(2026, 1, 20), paid, Policy(partial_days=3))
    datetime.date(2026, 1, 21)
    >>> first_day_after(StepFacts("a", "after_due"), date(2026, 1, 22), paid, Policy(partial_days=3))
    """
    if step.trigger in EXCEPTED or step.by_hand or step.mode != AUTOMATIC or step.paid_floor:
        return None
    ends = (days_after(paid, policy.partial_days) for paid in invoice.partial_days if paid <= day)
    return min((end for end in ends if end > day), default=None)


def without_undone(step: StepFacts, invoice: InvoiceFacts, policy: Policy) -> StepFacts:
    """Return a step as it was before the payment that postponed it, if that has been undone; else as it is (R42b).

    Where a person has moved it since, that stays.

    >>> step = StepFacts("a", "after_due", paid_floor=date(2026, 1, 21))
    >>> paid = InvoiceFacts(date(2026, 1, 1), partial_days=(date(2026, 1, 18),))
    >>> without_undone(step, paid, Policy(partial_days=3)).paid_floor
    datetime.date(2026, 1, 21)
    >>> without_undone(step, InvoiceFacts(date(2026, 1, 1)), Policy(partial_days=3)).paid_floor
    """
    is_moved = step.rescheduled and step.floor and step.floor[0] == step.paid_floor
    stands = step.paid_floor in {days_after(paid, policy.partial_days) for paid in invoice.partial_days}
    return step if stands or is_moved else replace(step, paid_floor=None)
