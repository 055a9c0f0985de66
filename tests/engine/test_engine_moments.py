"""Local hours and UTC instants: R5, R8, R43."""

import unittest
from datetime import date, datetime, timedelta

import pytz

from engine.moments import FIRST_DAY, LAST_DAY, days_after, first_sending_hour, instant, local, next_hour

# zone, local date, hour, UTC instant
EXISTING = [
    ("UTC", "2026-01-15", 9, "2026-01-15 09:00"),
    ("Europe/Berlin", "2026-01-15", 9, "2026-01-15 08:00"),
    ("Europe/Berlin", "2026-07-15", 9, "2026-07-15 07:00"),
    ("America/New_York", "2026-01-15", 23, "2026-01-16 04:00"),
    ("Asia/Kolkata", "2026-01-15", 9, "2026-01-15 03:30"),
    ("Asia/Kathmandu", "2026-01-15", 0, "2026-01-14 18:15"),
    ("Australia/Lord_Howe", "2026-01-15", 9, "2026-01-14 22:00"),
    ("Australia/Lord_Howe", "2026-07-15", 9, "2026-07-14 22:30"),
    ("Pacific/Chatham", "2026-01-15", 9, "2026-01-14 19:15"),
    ("Pacific/Chatham", "2026-07-15", 9, "2026-07-14 20:15"),
    ("Pacific/Apia", "2011-12-29", 9, "2011-12-29 19:00"),
    ("Pacific/Apia", "2011-12-31", 9, "2011-12-30 19:00"),
    ("Pacific/Kiritimati", "2026-01-15", 9, "2026-01-14 19:00"),
    ("Pacific/Pago_Pago", "2026-01-15", 23, "2026-01-16 10:00"),
]
SKIPPED = [
    ("Europe/Berlin", "2026-03-29", 2, "2026-03-29 01:00"),
    ("Europe/Dublin", "2026-03-29", 1, "2026-03-29 01:00"),
    ("America/New_York", "2026-03-08", 2, "2026-03-08 07:00"),
    ("Africa/Cairo", "2026-04-24", 0, "2026-04-23 22:00"),
    # half past two is the first moment after the gap of 30 minutes: the next full hour is 3
    ("Australia/Lord_Howe", "2026-10-04", 2, "2026-10-03 16:00"),
    # from a quarter to three to a quarter to four: 3 is missing, 4 is next
    ("Pacific/Chatham", "2026-09-27", 3, "2026-09-26 14:15"),
    # a day that never was
    ("Pacific/Apia", "2011-12-30", 0, "2011-12-30 10:00"),
    ("Pacific/Apia", "2011-12-30", 23, "2011-12-30 10:00"),
]
TWICE = [
    ("Europe/Berlin", "2026-10-25", 2, "2026-10-25 00:00"),
    ("Europe/Dublin", "2026-10-25", 1, "2026-10-25 00:00"),
    ("America/New_York", "2026-11-01", 1, "2026-11-01 05:00"),
    ("America/Havana", "2026-11-01", 0, "2026-11-01 04:00"),
    ("Pacific/Chatham", "2026-04-05", 3, "2026-04-04 13:15"),
]
BESIDE = [
    ("Europe/Berlin", "2026-03-29", 1, "2026-03-29 00:00"),
    ("Europe/Berlin", "2026-03-29", 3, "2026-03-29 01:00"),
    ("Europe/Berlin", "2026-10-25", 3, "2026-10-25 02:00"),
    ("Australia/Lord_Howe", "2026-10-04", 1, "2026-10-03 14:30"),
    ("Australia/Lord_Howe", "2026-04-05", 1, "2026-04-04 14:00"),
    ("Australia/Lord_Howe", "2026-04-05", 2, "2026-04-04 15:30"),
    ("Pacific/Chatham", "2026-09-27", 2, "2026-09-26 13:15"),
]
BERLIN, DAY_WINDOW = "Europe/Berlin", (7, 20)
# zone, window, now in UTC, local date, hour
FIRST_SENDING_HOURS = [
    (BERLIN, DAY_WINDOW, "2026-01-15 08:00", "2026-01-15", 9),
    (BERLIN, DAY_WINDOW, "2026-01-15 08:01", "2026-01-15", 10),
    (BERLIN, DAY_WINDOW, "2026-01-15 03:30", "2026-01-15", 7),
    (BERLIN, DAY_WINDOW, "2026-01-15 19:00", "2026-01-15", 20),
    (BERLIN, DAY_WINDOW, "2026-01-15 19:01", "2026-01-16", 7),
    (BERLIN, DAY_WINDOW, "2026-01-15 23:30", "2026-01-16", 7),
    (BERLIN, (9, 9), "2026-01-15 08:01", "2026-01-16", 9),
    (BERLIN, (0, 23), "2026-03-29 00:30", "2026-03-29", 3),
    # the second two o'clock of that night has no name of its own
    (BERLIN, (0, 23), "2026-10-25 00:30", "2026-10-25", 3),
    ("Asia/Kathmandu", DAY_WINDOW, "2026-01-15 03:15", "2026-01-15", 9),
    ("Asia/Kathmandu", DAY_WINDOW, "2026-01-15 03:16", "2026-01-15", 10),
    ("Australia/Lord_Howe", (0, 23), "2026-10-03 15:00", "2026-10-04", 3),
    ("Pacific/Apia", DAY_WINDOW, "2011-12-30 09:30", "2011-12-31", 7),
]
NEXT_HOURS = [
    (BERLIN, 9, "2026-01-15 08:00", "2026-01-15"),
    (BERLIN, 9, "2026-01-15 08:00:01", "2026-01-16"),
    (BERLIN, 23, "2026-01-15 22:30", "2026-01-16"),
    (BERLIN, 0, "2026-01-15 22:30", "2026-01-16"),
    ("Asia/Kolkata", 9, "2026-01-15 03:31", "2026-01-16"),
    (BERLIN, 2, "2026-10-25 00:30", "2026-10-26"),
]


def utc(text):
    return datetime.fromisoformat(text)


class TestInstant(unittest.TestCase):
    def check(self, table):
        for zone, day, hour, expected in table:
            with self.subTest(zone=zone, day=day, hour=hour):
                self.assertEqual(instant(date.fromisoformat(day), hour, zone), utc(expected))

    def test_uses_the_rules_of_that_date(self):
        """R5"""
        self.check(EXISTING)

    def test_skipped_hour_becomes_the_next_full_hour(self):
        """R5"""
        self.check(SKIPPED)

    def test_repeated_hour_is_its_first_occurrence(self):
        """R5"""
        self.check(TWICE)

    def test_hours_beside_a_change_are_untouched(self):
        """R5"""
        self.check(BESIDE)

    def test_every_hour_of_the_days_of_change_agrees_with_the_clocks(self):
        """R5, against a search through every quarter of an hour."""
        for zone, day, _hour, _expected in SKIPPED + TWICE + BESIDE:
            for hour in range(24):
                with self.subTest(zone=zone, day=day, hour=hour):
                    self.assertEqual(instant(date.fromisoformat(day), hour, zone), searched(utc(day), hour, zone))

    def test_unknown_zone_is_refused(self):
        with self.assertRaises(pytz.UnknownTimeZoneError):
            instant(date(2026, 1, 15), 9, "Europe/Atlantis")


def searched(day, hour, zone):
    """The first quarter of an hour at which the clocks show that hour, or the next full one that they do show."""
    quarters = [day + timedelta(minutes=15 * n) for n in range(-15 * 4, 40 * 4)]
    shown = {}
    for quarter in quarters:
        shown.setdefault(local(quarter, zone), quarter)
    wall = day + timedelta(hours=hour)
    while wall not in shown:
        wall += timedelta(hours=1)
    return shown[wall]


class TestLocal(unittest.TestCase):
    def test_shows_what_the_clocks_show(self):
        self.assertEqual(local(utc("2026-07-15 22:30"), BERLIN), utc("2026-07-16 00:30"))
        self.assertEqual(local(utc("2026-01-15 10:00"), "Pacific/Chatham"), utc("2026-01-15 23:45"))


class TestFirstSendingHour(unittest.TestCase):
    def test_is_the_first_full_hour_in_the_window(self):
        """R8"""
        for zone, window, now, day, hour in FIRST_SENDING_HOURS:
            with self.subTest(zone=zone, window=window, now=now):
                self.assertEqual(first_sending_hour(utc(now), zone, *window), (date.fromisoformat(day), hour))

    def test_empty_window_is_refused(self):
        """R8"""
        for window in [(20, 7), (-1, 5), (20, 24)]:
            with self.subTest(window=window), self.assertRaises(ValueError):
                first_sending_hour(utc("2026-01-15"), BERLIN, *window)


class TestNextHour(unittest.TestCase):
    def test_is_the_first_date_whose_hour_is_not_before_now(self):
        """R43"""
        for zone, hour, now, day in NEXT_HOURS:
            with self.subTest(zone=zone, hour=hour, now=now):
                self.assertEqual(next_hour(utc(now), hour, zone), date.fromisoformat(day))


class TestEndsOfTheCalendar(unittest.TestCase):
    def test_every_date_has_an_instant_everywhere(self):
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"):
            for day in (date.min, date(1899, 12, 31), date(9999, 1, 1), date.max):
                for hour in (0, 23):
                    with self.subTest(zone=zone, day=day, hour=hour):
                        moment = instant(day, hour, zone)
                        self.assertEqual(local(moment, zone).date(), FIRST_DAY if day < FIRST_DAY else LAST_DAY)

    def test_days_beyond_the_calendar_are_its_ends(self):
        for day, days, expected in [
            (date(2026, 1, 15), 20, date(2026, 2, 4)),
            (date(2026, 1, 15), -20, date(2025, 12, 26)),
            (date.max, 1, date.max),
            (date(9990, 1, 1), 36500, date.max),
            (date(50, 1, 1), -36500, date.min),
        ]:
            self.assertEqual(days_after(day, days), expected)


if __name__ == "__main__":
    unittest.main()
