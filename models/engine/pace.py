"""How many e-mails a mail server takes in a minute and in a day, and when there is room for the next (R113)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .facts import Policy
from .moments import DAY, HOUR, days_after, instant, local

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """Hold how many e-mails a mail server takes in any minute and in any 24 hours, 0 for as many as there are."""

    minute: int = 0
    day: int = 0

    @property
    def limits(self) -> tuple[int, ...]:
        return tuple(limit for limit in (self.minute, self.day) if limit)


@dataclass(frozen=True, slots=True)
class Load:
    """Tell what a mail server was given: in the last minute, and in the last 24 hours.

    ``eases_at`` is the UTC instant at which the first of these is a day old, None where there is none.
    """

    minute: int = 0
    day: int = 0
    eases_at: datetime | None = None

    def plus(self, count: int) -> Load:
        """Return what it is when so many more are given."""
        return Load(self.minute + count, self.day + count, self.eases_at)


def room(pace: Pace, load: Load) -> int:
    """Return how many more e-mails a mail server that has a limit takes now (R113).

    >>> room(Pace(minute=30, day=100), Load(minute=10, day=95)), room(Pace(minute=3), Load(minute=4, day=4))
    (5, 0)
    """
    left = [limit - used for limit, used in ((pace.minute, load.minute), (pace.day, load.day)) if limit]
    return max(min(left), 0)


def needed(pace: Pace, count: int) -> int:
    """Return the room that one step with so many e-mails needs to begin (R113).

    One with more than the server ever takes at once begins when there is all the room there can be.

    >>> needed(Pace(minute=30), 2), needed(Pace(minute=3, day=100), 5)
    (2, 3)
    """
    return min(count, *pace.limits)


def goes_at(number: int, pace: Pace, load: Load, now: datetime, policy: Policy) -> datetime:
    """Return the UTC instant from which there is room for one of the e-mails that wait for a mail server.

    ``number`` is how many go before it. What waits goes within the sending window of ``policy`` (R8), and after a full
    day as it went on the day before.

    >>> goes_at(4, Pace(minute=3), Load(), datetime(2026, 1, 15, 9), Policy())
    datetime.datetime(2026, 1, 15, 9, 1)
    >>> goes_at(0, Pace(minute=3), Load(minute=3, day=3), datetime(2026, 1, 15, 20, 59), Policy())
    datetime.datetime(2026, 1, 16, 7, 0)
    >>> goes_at(0, Pace(day=5), Load(0, 5, datetime(2026, 1, 16, 8)), datetime(2026, 1, 15, 9), Policy())
    datetime.datetime(2026, 1, 16, 8, 0)
    """
    start = _in_window(now, 0, policy)
    # Until the window opens the minute has passed.
    used = load.minute if start < now + MINUTE else 0
    at = _in_window(start, _minutes(used + number, pace), policy)
    days, place = divmod(load.day + number, pace.day) if pace.day else (0, 0)
    if not days:
        return at
    eases_at = (load.eases_at or now + DAY) + (days - 1) * DAY
    return max(at, _in_window(eases_at, _minutes(place, pace), policy))


def _minutes(number, pace):
    """Return in which minute of those in which a server takes messages it takes the one with this number."""
    return number // pace.minute if pace.minute else 0


def is_open(now: datetime, policy: Policy) -> bool:
    """Return whether a UTC instant lies in the sending window (R8).

    >>> is_open(datetime(2026, 1, 15, 20, 59), Policy()), is_open(datetime(2026, 1, 15, 6), Policy())
    (True, False)
    """
    return policy.window_from <= local(now, policy.timezone).hour <= policy.window_to


def _in_window(start, minutes, policy):
    """Return the instant so many minutes of the sending window after another one."""
    at, left = start, minutes * MINUTE
    while True:
        day = local(at, policy.timezone).date()
        at = max(at, instant(day, policy.window_from, policy.timezone))
        closes = instant(day, policy.window_to, policy.timezone) + HOUR
        if at + left < closes:
            return at + left
        left -= max(closes - at, timedelta())
        at = instant(days_after(day, 1), policy.window_from, policy.timezone)
