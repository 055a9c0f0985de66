"""When an SMS may arrive: R88."""
import random
import unittest
from datetime import datetime, timedelta

import pytz
from phonenumbers.tzdata import TIMEZONE_DATA

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
    def test_zones_of_a_place(self):
        self.assertEqual(zones_of("+14155552671"), ("America/Los_Angeles",))
        self.assertEqual(zones_of("+491711234567"), (BERLIN,))
        self.assertIn("Australia/Perth", zones_of("+61412345678"))

    def test_a_number_of_no_place_has_none(self):
        """Toll-free, satellite, and what is no number."""
        for number in ("+18005550199", "+881612345678", "12345"):
            self.assertEqual(zones_of(number), ())

    def test_every_zone_a_number_may_have_is_known(self):
        known = {zone for zones in TIMEZONE_DATA.values() for zone in zones}
        self.assertEqual(known - pytz.all_timezones_set, set())


if __name__ == "__main__":
    unittest.main()
