"""What the tests of the time line share: an invoice in Berlin, and its plans as people read them."""

from datetime import date, datetime

from engine.facts import InvoiceFacts, Policy, StepFacts
from engine.moments import local
from engine.timeline import attach, compare, replan

BERLIN = Policy("Europe/Berlin")
INVOICE = InvoiceFacts(date(2026, 1, 10), due_date=date(2026, 1, 24))
EARLY = "2026-01-10 05:00"  # 6 o'clock in Berlin on the invoice date
LATE = "2026-02-20 09:10"  # ten past ten in Berlin, 27 days after the due date


def utc(text):
    return datetime.fromisoformat(text)


def day(text):
    return date.fromisoformat(text)


def step(key, trigger="after_due", days=0, **values):
    return StepFacts(key, trigger, days=days, **values)


def told(planned, policy=BERLIN):
    """What is planned, as people read it: local time, or the reason for skipping."""
    return planned.reason_code or local(planned.scheduled_at, policy.timezone).strftime("%m-%d %H:%M")


def plan(steps, now=EARLY, invoice=INVOICE, policy=BERLIN, **more):
    return {planned.key: told(planned, policy) for planned in attach(steps, invoice, policy, utc(now), **more)}


def row(key, trigger="after_due", days=0, state="planned", at=None, **values):
    """A line that the schedule has, at a UTC instant."""
    return step(key, trigger, days, state=state, scheduled_at=utc(at) if at else None, **values)


def changes(rows, now, invoice=INVOICE, policy=BERLIN, **more):
    return {
        change.key: (change.action, change.planned and told(change.planned, policy))
        for change in replan(rows, invoice, policy, utc(now), **more)
    }


def compared(old, wanted, now, invoice=INVOICE, policy=BERLIN, **more):
    return [
        (change.action, change.key, change.planned and told(change.planned, policy), change.wanted_key)
        for change in compare(old, wanted, invoice, policy, utc(now), **more)
    ]
