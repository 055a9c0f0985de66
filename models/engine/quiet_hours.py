"""When an SMS may arrive: between 8:00 and 20:59 on the clocks of whoever gets it (R88)."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import phonenumbers
import pytz
from phonenumbers.timezone import time_zones_for_number

from .definition import SMS_FROM, SMS_TO
from .moments import instant, local

# a number with more zones than a day has hours is of no place: toll-free
MANY = 24


def zones_of(number: str) -> tuple[str, ...]:
    """The time zones a number in E.164 may be in; none if nothing is known or it is of no place (R88).

    >>> zones_of("+14155552671"), zones_of("+34612345678"), zones_of("+18005550199")
    (('America/Los_Angeles',), ('Atlantic/Canary', 'Europe/Madrid'), ())
    """
    try:
        zones = time_zones_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ()
    known = tuple(zone for zone in zones if zone in pytz.all_timezones_set)
    return known if len(known) <= MANY else ()


def window_start(now: datetime, zones: Iterable[str], fallback: str) -> datetime | None:
    """None if an SMS may leave at ``now`` (UTC), else the next UTC instant at which it may (R88): when it is between
    8:00 and 20:59 in every one of the zones.

    ``fallback`` is the zone that counts if there are none, or none of their hours are common to all.

    >>> window_start(datetime(2026, 1, 15, 12), ["Europe/Berlin"], "UTC") is None
    True
    >>> window_start(datetime(2026, 1, 15, 5), ["Europe/Berlin"], "UTC")
    datetime.datetime(2026, 1, 15, 7, 0)
    >>> window_start(datetime(2026, 1, 15, 7), ["Atlantic/Canary", "Europe/Madrid"], "UTC")
    datetime.datetime(2026, 1, 15, 8, 0)
    >>> window_start(datetime(2026, 1, 15, 21), [], "Europe/Berlin")
    datetime.datetime(2026, 1, 16, 7, 0)
    """
    start = _common_start(now, tuple(zones)) or _common_start(now, (fallback,))
    return start if start > now else None


def _common_start(now, zones):
    """The first instant from ``now`` on at which all zones are open, None if there is none: now, or when one opens."""
    openings = {
        instant(local(now, zone).date() + timedelta(days=days), SMS_FROM, zone) for zone in zones for days in range(3)
    }
    candidates = sorted(start for start in {now, *openings} if start >= now) if zones else ()
    return next((start for start in candidates if _is_open(start, zones)), None)


def _is_open(moment, zones):
    return all(SMS_FROM <= local(moment, zone).hour <= SMS_TO for zone in zones)
