"""Working days, Monday to Friday: what is announced or promised gets so many of them to come true."""

from __future__ import annotations

from datetime import date, datetime

from .moments import days_after, instant


def add_working_days(day: date, count: int) -> date:
    """Return the working day that is ``count`` working days after a date (R45), before it if ``count`` is negative.

    0 is the date itself, whatever day it is; the calendar's own end where it lies beyond that.

    >>> add_working_days(date(2026, 3, 2), 5), add_working_days(date(2026, 3, 7), 1)   # a Monday, a Saturday
    (datetime.date(2026, 3, 9), datetime.date(2026, 3, 9))
    >>> add_working_days(date(2026, 3, 9), -1)
    datetime.date(2026, 3, 6)
    >>> add_working_days(date(9999, 12, 31), 5)
    datetime.date(9999, 12, 31)
    """
    step = 1 if count > 0 else -1
    for _number in range(abs(count)):
        day = days_after(day, step)
        # Both ends of the calendar are working days.
        while day.weekday() > 4:
            day = days_after(day, step)
    return day


def end_of_wait(day: date, count: int, timezone: str) -> datetime:
    """Return the UTC instant at which whole ``count`` working days after a local date have passed (R45, R103).

    With 0 nothing is waited for: it is the beginning of that date.

    >>> end_of_wait(date(2026, 3, 2), 5, "Europe/Berlin")   # Monday to the end of the next Monday
    datetime.datetime(2026, 3, 9, 23, 0)
    """
    last = add_working_days(day, count)
    return instant(days_after(last, 1) if count else last, 0, timezone)
