"""When an SMS may arrive: R88."""

import random
import unittest
from datetime import datetime, timedelta

import pytz

from engine.quiet_hours import window_start, zones_of

BERLIN, UTC = "Europe/Berlin", "UTC"
QUARTER = timedelta(minutes=15)
# zones, fallback, now in UTC, when it may leave in UTC (None: now)
STARTS = [
    ([BERLIN], UTC, "2026-01-15 06:59:59", "2026-01-15 07:00"),
    ([BERLIN], UTC, "2026-01-15 07:00", None),
    ([BERLIN], UTC, "2026-01-15 19:59:59", None),
    ([BERLIN], UTC, "2026-01-15 20:00", "2026-01-16 07:00"),
    ([BERLIN], UTC, "2026-01-15 23:30", "2026-01-16 07:00"),
    # the night in which the clocks are put forward, and the one in which they are put back
    ([BERLIN], UTC, "2026-03-28 20:00", "2026-03-29 06:00"),
    ([BERLIN], UTC, "2026-10-24 19:00", "2026-10-25 07:00"),
    (["Asia/Kathmandu"], UTC, "2026-01-15 02:14", "2026-01-15 02:15"),
    (["Pacific/Apia"], UTC, "2011-12-30 07:00", "2011-12-30 18:00"),
    # both of two zones
    (["America/New_York", "America/Los_Angeles"], UTC, "2026-01-15 14:00", "2026-01-15 16:00"),
    (["America/New_York", "America/Los_Angeles"], UTC, "2026-01-16 02:00", "2026-01-16 16:00"),
    (["America/New_York", "America/Los_Angeles"], UTC, "2026-01-15 17:00", None),
    # nothing is known of the number
    ([], BERLIN, "2026-01-15 05:00", "2026-01-15 07:00"),
    ([], BERLIN, "2026-01-15 12:00", None),
    # no hour is day everywhere
    (["Asia/Tokyo", "Europe/London", "America/Los_Angeles"], BERLIN, "2026-01-15 05:00", "2026-01-15 07:00"),
    (["Asia/Tokyo", "Europe/London", "America/Los_Angeles"], BERLIN, "2026-01-15 12:00", None),
]


def is_day(moment, zone):
    return 8 <= pytz.timezone(zone).fromutc(moment).hour <= 20


class TestWindowStart(unittest.TestCase):
    def test_starts(self):
        """R88"""
        for zones, fallback, now, expected in STARTS:
            with self.subTest(zones=zones, now=now):
                found = window_start(datetime.fromisoformat(now), zones, fallback)
                self.assertEqual(found, expected and datetime.fromisoformat(expected))

    def test_it_is_the_first_instant_at_which_it_is_day_in_all_zones(self):
        """R88: and now is good enough only if it is day everywhere."""
        choice = random.Random(88)
        for _round in range(300):
            zones = choice.sample(pytz.common_timezones, choice.choice([1, 2]))
            now = datetime(2026, 1, 1) + QUARTER * choice.randrange(4 * 24 * 365)
            start = window_start(now, zones, UTC) or now
            with self.subTest(zones=zones, now=now):
                self.assertTrue(all(is_day(start, zone) for zone in zones))
                waited = (now + QUARTER * n for n in range((start - now) // QUARTER))
                self.assertFalse([moment for moment in waited if all(is_day(moment, zone) for zone in zones)])


class TestZonesOf(unittest.TestCase):
    def test_zones_of_a_number(self):
        """R88: number, zones of the contact's own users, zones that count."""
        spain = {"Europe/Madrid", "Africa/Ceuta", "Atlantic/Canary"}
        table = [
            ("+34612345678", [], spain),
            ("+34612345678", ["Atlantic/Canary"], {"Atlantic/Canary"}),
            ("+34612345678", ["Atlantic/Canary", "Europe/Madrid"], {"Atlantic/Canary", "Europe/Madrid"}),
            # whoever works elsewhere may be at home when the SMS comes
            ("+34612345678", ["America/New_York"], spain),
            ("+34612345678", ["America/New_York", "Europe/Madrid"], {"Europe/Madrid"}),
            ("+491711234567", [], {BERLIN, "Europe/Busingen"}),
            # older names of zones, and what is none
            ("+12125550123", ["US/Eastern"], {"US/Eastern"}),
            ("+919876543210", ["Asia/Calcutta", "Asia/Kolkata"], {"Asia/Calcutta", "Asia/Kolkata"}),
            ("+34612345678", ["US/Eastern", "Nowhere", "", False], spain),
        ]
        for number, own, expected in table:
            with self.subTest(number=number, own=own):
                self.assertEqual(set(zones_of(number, own)), expected)

    def test_an_area_code_is_no_evidence(self):
        """R88: a number of San Francisco may be in Honolulu or New York; one of Jamaica is in another country."""
        zones = zones_of("+14155552671")
        for zone in ("America/Los_Angeles", "America/New_York", "Pacific/Honolulu"):
            self.assertIn(zone, zones)
        self.assertNotIn("America/Toronto", zones)
        self.assertEqual(zones_of("+18764567890"), ("America/Jamaica",))

    def test_a_number_of_no_country_has_none(self):
        """R88: satellite, international toll-free, and what is no number."""
        for number in ("+881612345678", "+80012345678", "12345", "+999123456"):
            self.assertEqual(zones_of(number), (), number)


if __name__ == "__main__":
    unittest.main()
