"""Working days and the end of a wait (R45)."""

import unittest
from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st
from test_engine_properties import dates, zones

from engine.moments import instant
from engine.working_days import add_working_days, end_of_wait


class TestWorkingDays(unittest.TestCase):
    def test_table(self):
        for day, count, found in (
            (date(2026, 3, 2), 0, date(2026, 3, 2)),
            (date(2026, 3, 7), 0, date(2026, 3, 7)),
            (date(2026, 3, 2), 1, date(2026, 3, 3)),
            (date(2026, 3, 6), 1, date(2026, 3, 9)),
            (date(2026, 3, 7), 5, date(2026, 3, 13)),
            (date(2026, 3, 8), -1, date(2026, 3, 6)),
            (date(2026, 3, 9), -5, date(2026, 3, 2)),
        ):
            with self.subTest(day=day, count=count):
                self.assertEqual(add_working_days(day, count), found)

    def test_a_wait_of_no_days_is_over(self):
        self.assertEqual(end_of_wait(date(2026, 3, 7), 0, "UTC"), datetime(2026, 3, 7))

    def test_a_wait_lasts_to_the_end_of_its_last_day(self):
        self.assertEqual(end_of_wait(date(2026, 3, 6), 1, "America/New_York"), datetime(2026, 3, 10, 4))

    @given(dates, st.integers(1, 30), zones)
    def test_so_many_working_days_lie_in_a_wait(self, day, count, timezone):
        last = add_working_days(day, count)
        days = [date.fromordinal(number) for number in range(day.toordinal() + 1, last.toordinal() + 1)]
        self.assertEqual(sum(one.weekday() < 5 for one in days), count)
        tomorrow = date.fromordinal(last.toordinal() + 1)
        self.assertEqual(end_of_wait(day, count, timezone), instant(tomorrow, 0, timezone))
