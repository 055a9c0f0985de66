"""Local hours and UTC instants, with each zone's rules of that date (R5).

A *place* is a (local date, local hour) pair; an *instant* is a naive UTC datetime. Zone names are those of the IANA
data base; an unknown one raises ``pytz.UnknownTimeZoneError``.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count

import pytz

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
# The local dates that have instants everywhere: those of the calendar but for its ends.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9998, 12, 31)


def days_after(day: date, days: int) -> date:
    """Return the local date so many days later (R1), earlier if negative, at most the calendar's own end.

    >>> days_after(date(2026, 1, 15), 7), days_after(date(9999, 12, 31), 5)
    (datetime.date(2026, 1, 22), datetime.date(9999, 12, 31))
    """
    last, first = date.max.toordinal(), date.min.toordinal()
    return date.fromordinal(min(max(day.toordinal() + days, first), last))


@lru_cache(maxsize=1 << 17)
def instant(day: date, hour: int, timezone: str) -> datetime:
    """Return the UTC instant of a local hour 0-23 (R5).

    An hour that the clocks skip becomes the next existing full hour, an hour that happens twice its first occurrence. A
    date beyond :data:`FIRST_DAY` or :data:`LAST_DAY` counts as that day.

    >>> instant(date(2026, 1, 15), 9, "Europe/Berlin")
    datetime.datetime(2026, 1, 15, 8, 0)
    >>> instant(date(2026, 3, 29), 2, "Europe/Berlin")   # skipped: 3 o'clock summer time
    datetime.datetime(2026, 3, 29, 1, 0)
    >>> instant(date(2026, 10, 25), 2, "Europe/Berlin")  # twice: still summer time
    datetime.datetime(2026, 10, 25, 0, 0)
    """
    zone = pytz.timezone(timezone)
    wall = datetime.combine(min(max(day, FIRST_DAY), LAST_DAY), time(hour))
    occurrences = _occurrences(wall, zone)
    while not occurrences:
        wall += HOUR
        occurrences = _occurrences(wall, zone)
    return min(occurrences)


def _occurrences(wall: datetime, zone) -> list[datetime]:
    """Return every UTC instant at which the clocks of the zone show ``wall``: none in a gap, two in a fold."""
    offsets = {zone.fromutc(wall + shift).utcoffset() for shift in (-DAY, DAY)}
    return [wall - offset for offset in offsets if zone.fromutc(wall - offset).replace(tzinfo=None) == wall]


@lru_cache(maxsize=1 << 14)
def local(moment: datetime, timezone: str) -> datetime:
    """Return what the clocks of the zone show at a UTC instant, as a naive datetime.

    >>> local(datetime(2026, 1, 15, 23, 30), "Asia/Kathmandu")
    datetime.datetime(2026, 1, 16, 5, 15)
    """
    return pytz.timezone(timezone).fromutc(moment).replace(tzinfo=None)


def same_day(moment: datetime, other: datetime, timezone: str) -> bool:
    """Return whether two UTC instants lie on one local date (R36).

    >>> moment, other = datetime(2026, 1, 15, 22), datetime(2026, 1, 15, 23)
    >>> same_day(moment, other, "UTC"), same_day(moment, other, "Europe/Berlin")
    (True, False)
    """
    return local(moment, timezone).date() == local(other, timezone).date()


@lru_cache(maxsize=1 << 12)
def first_sending_hour(now: datetime, timezone: str, window_from: int, window_to: int) -> tuple[date, int]:
    """Return the first full local hour not before ``now`` (UTC) inside the window of local hours, both included (R8).

    Raises ``ValueError`` for a window that holds no hour.

    >>> first_sending_hour(datetime(2026, 1, 15, 8, 1), "Europe/Berlin", 7, 20)
    (datetime.date(2026, 1, 15), 10)
    >>> first_sending_hour(datetime(2026, 1, 15, 19, 30), "Europe/Berlin", 7, 20)
    (datetime.date(2026, 1, 16), 7)
    """
    if not 0 <= window_from <= window_to <= 23:
        raise ValueError(f"The sending window {window_from}-{window_to} holds no hour of a day.")
    today = local(now, timezone).date()
    places = ((today + n * DAY, hour) for n in count() for hour in range(window_from, window_to + 1))
    return next(place for place in places if _exists(place, timezone) and instant(*place, timezone) >= now)


def _exists(place: tuple[date, int], timezone: str) -> bool:
    return local(instant(*place, timezone), timezone) == datetime.combine(place[0], time(place[1]))


@lru_cache(maxsize=1 << 12)
def next_hour(now: datetime, hour: int, timezone: str) -> date:
    """Return the first local date whose ``hour`` is not before ``now`` (UTC) (R43).

    >>> next_hour(datetime(2026, 1, 15, 8, 0), 9, "Europe/Berlin")
    datetime.date(2026, 1, 15)
    >>> next_hour(datetime(2026, 1, 15, 8, 1), 9, "Europe/Berlin")
    datetime.date(2026, 1, 16)
    """
    today = local(now, timezone).date()
    return next(day for day in (today + n * DAY for n in count()) if instant(day, hour, timezone) >= now)
