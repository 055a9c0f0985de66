"""On whose clocks a message reaches a customer at the hour that a person chose (R102)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

import pytz

# What told the zone: the contact's own user, the country, or nothing, so that it is the company's.
USER, COUNTRY, COMPANY = "user", "country", "company"


def zone_of_customer(own: Iterable[str], country: str | None, company_zone: str, now: datetime) -> tuple[str, str]:
    """Return (name of the zone, what told it) of a customer (R102).

    ``own`` are the zones of the contact's own users, the first that there is counts; ``country`` is the code of the
    contact's country, which tells the zone where all its clocks show the same from ``now`` (UTC) on.

    >>> now = datetime(2026, 1, 15)
    >>> zone_of_customer(["Asia/Tokyo"], "US", "UTC", now), zone_of_customer([], "DE", "UTC", now)
    (('Asia/Tokyo', 'user'), ('Europe/Berlin', 'country'))
    >>> zone_of_customer(["Mars/Base"], "US", "UTC", now)
    ('UTC', 'company')
    """
    if known := next((zone for zone in own if zone in pytz.all_timezones_set), None):
        return known, USER
    if zone := _zone_of_country(country or "", now.year):
        return zone, COUNTRY
    return company_zone, COMPANY


@lru_cache(maxsize=1 << 10)
def _zone_of_country(country: str, year: int) -> str | None:
    """Return the first zone of a country whose zones all show the same in that year and the next, None of any other."""
    zones = pytz.country_timezones.get(country, ())
    days = [datetime(year, 1, 1) + timedelta(days) for days in range(0, 730, 5)]
    clocks = {tuple(pytz.timezone(zone).fromutc(day).utcoffset() for day in days) for zone in zones}
    return zones[0] if len(clocks) == 1 else None
