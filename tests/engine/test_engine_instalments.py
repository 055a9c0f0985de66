"""What an invoice asks for: R7, R71."""

import unittest
from datetime import date

from engine.instalments import Instalment, asked, due_day, next_day, number_of, running

# 40 on 12 March, 30 on 11 April, 30 on 11 May
DAYS = (date(2026, 3, 12), date(2026, 4, 11), date(2026, 5, 11))


def parts(*amounts):
    """The instalments with what is open of each; 0 is paid."""
    return [
        Instalment(number, day, amount, is_open=amount > 0)
        for number, (day, amount) in enumerate(zip(DAYS, amounts), start=1)
    ]


def told(today, *amounts):
    """(amount, day, days late, number of that instalment)."""
    one = asked(parts(*amounts), today)
    return one.amount, one.day and one.day.isoformat(), one.days_late, one.number


class AskedTest(unittest.TestCase):
    def test_what_is_late_is_asked_since_the_oldest_late_date(self):
        """R7, R71: on its date an instalment is not late yet."""
        for today, expected in [
            (date(2026, 3, 2), (40.0, "2026-03-12", 0, 1)),
            (date(2026, 3, 12), (40.0, "2026-03-12", 0, 1)),
            (date(2026, 3, 13), (40.0, "2026-03-12", 1, 1)),
            (date(2026, 4, 11), (40.0, "2026-03-12", 30, 1)),
            (date(2026, 4, 12), (70.0, "2026-03-12", 31, 1)),
            (date(2026, 5, 12), (100.0, "2026-03-12", 61, 1)),
        ]:
            with self.subTest(today=today):
                self.assertEqual(told(today, 40.0, 30.0, 30.0), expected)

    def test_what_is_paid_is_not_asked_for(self):
        """R7: where nothing is late, the next open instalment and its date."""
        self.assertEqual(told(date(2026, 3, 20), 0, 30.0, 30.0), (30.0, "2026-04-11", 0, 2))
        self.assertEqual(told(date(2026, 4, 20), 0, 12.5, 30.0), (12.5, "2026-04-11", 9, 2))
        self.assertEqual(told(date(2026, 5, 20), 5.0, 0, 30.0), (35.0, "2026-03-12", 69, 1))

    def test_nothing_open_asks_for_nothing(self):
        """R33"""
        self.assertEqual(told(date(2026, 5, 20), 0, 0, 0), (0.0, None, 0, 3))

    def test_instalments_of_one_day_are_asked_together(self):
        """R7: whichever comes first."""
        twins = [Instalment("b", DAYS[1], 20.0), Instalment("a", DAYS[0], 10.0), Instalment("c", DAYS[0], 15.0)]
        one = asked(twins, date(2026, 3, 1))
        self.assertEqual((one.amount, one.number, one.count), (25.0, 1, 3))
        self.assertEqual([part.key for part in one.coming], ["a", "c", "b"])

    def test_late_and_coming_are_listed_apart(self):
        """R7, R72"""
        one = asked(parts(40.0, 30.0, 30.0), date(2026, 4, 20))
        self.assertEqual(([part.key for part in one.late], [part.key for part in one.coming]), ([1, 2], [3]))

    def test_cents_add_up(self):
        """R72"""
        one = asked([Instalment(n, DAYS[0], 0.1) for n in range(10)], date(2026, 4, 1))
        self.assertEqual(one.amount, 1.0)


class DueDayTest(unittest.TestCase):
    def test_age_counts_from_the_last_instalment_or_the_next_open_one(self):
        """R7"""
        self.assertEqual(due_day(parts(0, 30.0, 30.0), "invoice"), DAYS[2])
        self.assertEqual(due_day(parts(40.0, 30.0, 0), "invoice"), DAYS[2])
        self.assertEqual(due_day(parts(0, 30.0, 30.0), "instalment"), DAYS[1])
        self.assertEqual(due_day(parts(0, 0, 0), "instalment"), DAYS[2])

    def test_age_counts_from_the_instalment_whose_run_is_active(self):
        """R7b: the first had its run; where every open one had, the oldest open one counts."""
        self.assertEqual(due_day(parts(40.0, 30.0, 30.0), "instalment", used_up=[1]), DAYS[1])
        self.assertEqual(due_day(parts(40.0, 0, 0), "instalment", used_up=[1]), DAYS[0])


class RunTest(unittest.TestCase):
    def test_the_run_is_that_of_the_oldest_open_instalment_that_had_none(self):
        """R7b"""
        for amounts, used_up, expected in [
            ((40.0, 30.0, 30.0), [], 1),
            ((0, 30.0, 30.0), [], 2),
            ((40.0, 30.0, 30.0), [1], 2),
            ((40.0, 0, 30.0), [1], 3),
        ]:
            with self.subTest(amounts=amounts, used_up=used_up):
                self.assertEqual(running(parts(*amounts), used_up).key, expected)
        self.assertIsNone(running(parts(40.0, 0, 0), [1]))
        self.assertIsNone(running(parts(0, 0, 0)))

    def test_the_next_run_begins_when_its_instalment_falls_due(self):
        """R7b: none follows the last one, nor one of an invoice that is paid."""
        self.assertEqual(next_day(parts(40.0, 30.0, 30.0)), DAYS[1])
        self.assertEqual(next_day(parts(40.0, 0, 30.0)), DAYS[2])
        self.assertEqual(next_day(parts(40.0, 30.0, 30.0), [1]), DAYS[2])
        self.assertIsNone(next_day(parts(0, 0, 30.0)))
        self.assertIsNone(next_day(parts(0, 0, 0)))

    def test_instalments_are_numbered_by_date(self):
        """R7b: instalment 2 of 3."""
        self.assertEqual([number_of(parts(40.0, 30.0, 30.0), key) for key in (1, 2, 3, 4)], [1, 2, 3, 0])


if __name__ == "__main__":
    unittest.main()
