"""When an SMS may arrive: between 8:00 and 20:59 on the clocks of whoever gets it (R88)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import phonenumbers
import pytz
from babel.core import get_global
from phonenumbers import region_code_for_number

from .moments import instant, local

# Whole local hours, both included.
SMS_FROM, SMS_TO = 8, 20


def zones_of(number: str, own: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the time zones in which whoever has a number in E.164 may be; none for a number of no country (R88).

    They are those of ``own`` that lie in the number's country, else every zone of that country.

    ``own`` are the zones of the contact's own users. The number itself tells no more than the country: mobile numbers
    keep their area code wherever their owner moves. A zone may bear an older name, as many a browser calls it.

    >>> zones_of("+34612345678"), zones_of("+34612345678", ["Atlantic/Canary", "Asia/Tokyo"]), zones_of("+8001234567")
    (('Europe/Madrid', 'Africa/Ceuta', 'Atlantic/Canary'), ('Atlantic/Canary',), ())
    """
    try:
        region = region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ()
    zones = tuple(pytz.country_timezones.get(region or "", ()))
    return tuple(zone for zone in dict.fromkeys(own) if zone in zones or _is_in(zone, region)) or zones


def _is_in(zone, region):
    """Return whether a zone, whatever it is called, lies in a country."""
    country = get_global("zone_territories").get(get_global("zone_aliases").get(zone, zone))
    return zone in pytz.all_timezones_set and country == region


def window_start(now: datetime, zones: Iterable[str], fallback: str) -> datetime | None:
    """Return the next UTC instant at which an SMS may leave, None if it may at ``now`` (R88).

    It may between 8:00 and 20:59 in every one of the zones.

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
    """Return the first instant from ``now`` on at which all zones are open: now, or when one opens; None for none."""
    openings = {
        instant(local(now, zone).date() + timedelta(days=days), SMS_FROM, zone) for zone in zones for days in range(3)
    }
    candidates = sorted(start for start in {now, *openings} if start >= now) if zones else ()
    return next((start for start in candidates if _is_open(start, zones)), None)


def _is_open(moment, zones):
    return all(SMS_FROM <= local(moment, zone).hour <= SMS_TO for zone in zones)
