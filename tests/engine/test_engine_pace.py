"""How many e-mails a mail server takes, and when there is room again: R8, R113."""

import random
import unittest
from datetime import datetime, timedelta

from engine.facts import Policy
from engine.pace import DAY, MINUTE, Load, Pace, goes_at, is_open, needed, room

BERLIN = Policy("Europe/Berlin")
# 10:00 in Berlin
NOW = datetime(2026, 1, 15, 9)


class TestRoom(unittest.TestCase):
    def test_the_tighter_limit_decides(self):
        """R113"""
        table = [
            (Pace(minute=3), Load(0, 100), 3),
            (Pace(minute=3), Load(2, 2), 1),
            (Pace(day=10), Load(9, 9), 1),
            (Pace(minute=3, day=10), Load(0, 8), 2),
            (Pace(minute=3, day=10), Load(3, 8), 0),
            # a limit that was lowered since
            (Pace(minute=3), Load(5, 5), 0),
        ]
        for pace, load, expected in table:
            with self.subTest(pace=pace, load=load):
                self.assertEqual(room(pace, load), expected)

    def test_what_is_given_counts_for_both(self):
        self.assertEqual(Load(1, 2, NOW).plus(3), Load(4, 5, NOW))

    def test_who_sends_more_than_there_ever_is_room_for_needs_all_of_it(self):
        """R113: it would wait for ever else."""
        self.assertEqual((needed(Pace(minute=3), 2), needed(Pace(minute=3), 50)), (2, 3))
        self.assertEqual(needed(Pace(minute=30, day=4), 50), 4)


class TestGoesAt(unittest.TestCase):
    def test_minute_after_minute(self):
        """R113"""
        waits = [goes_at(number, Pace(minute=3), Load(3, 3), NOW, BERLIN) - NOW for number in range(7)]
        self.assertEqual(waits, [MINUTE, MINUTE, MINUTE, 2 * MINUTE, 2 * MINUTE, 2 * MINUTE, 3 * MINUTE])

    def test_only_a_limit_of_the_day(self):
        """R113: all of the day at once, the rest when the first of it is a day old, and the day after."""
        eases = NOW + timedelta(hours=20)
        pace, load = Pace(day=5), Load(2, 2, eases)
        instants = [goes_at(number, pace, load, NOW, Policy("UTC", 0, 23)) for number in (0, 2, 3, 7, 8)]
        self.assertEqual(instants, [NOW, NOW, eases, eases, eases + DAY])

    def test_nothing_was_given_yet_and_more_comes_than_a_day_takes(self):
        self.assertEqual(goes_at(5, Pace(day=5), Load(), NOW, BERLIN), NOW + DAY)

    def test_what_eased_already_is_not_in_the_past(self):
        pace, load = Pace(day=1), Load(1, 1, NOW - timedelta(hours=1))
        self.assertEqual(goes_at(0, pace, load, NOW, BERLIN), NOW)

    def test_the_window_ends_and_begins(self):
        """R8: 7 to 20 o'clock, both included."""
        evening = datetime(2026, 1, 15, 19, 58)
        self.assertEqual(goes_at(5, Pace(minute=3), Load(), evening, BERLIN), datetime(2026, 1, 15, 19, 59))
        self.assertEqual(goes_at(6, Pace(minute=3), Load(), evening, BERLIN), datetime(2026, 1, 16, 6))
        self.assertEqual(goes_at(9, Pace(minute=3), Load(), evening, BERLIN), datetime(2026, 1, 16, 6, 1))

    def test_before_the_window_and_after_it(self):
        """R8"""
        for hour, day in ((3, 15), (22, 16)):
            at = goes_at(0, Pace(minute=3), Load(), datetime(2026, 1, 15, hour), BERLIN)
            self.assertEqual(at, datetime(2026, 1, day, 6))

    def test_the_nights_in_which_the_clocks_change(self):
        """R5, R8"""
        for evening, morning in (("2026-03-28T20", "2026-03-29T05"), ("2026-10-24T20", "2026-10-25T06")):
            now, at = datetime.fromisoformat(evening), datetime.fromisoformat(morning)
            self.assertEqual(goes_at(0, Pace(minute=1), Load(), now, BERLIN), at)

    def test_no_window_of_a_minute_gets_more_than_the_limit(self):
        """R113, R8: wherever it begins, whatever was given before."""
        chance = random.Random(113)
        for _round in range(200):
            pace = Pace(minute=chance.randint(1, 9), day=chance.choice([0, chance.randint(1, 40)]))
            used = chance.randint(0, 9)
            now = NOW + timedelta(minutes=chance.randint(0, 2000))
            load = Load(used, used, now + chance.random() * DAY if used else None)
            instants = [goes_at(number, pace, load, now, BERLIN) for number in range(60)]
            self.assertEqual(instants, sorted(instants))
            self.assertTrue(all(at >= now and is_open(at, BERLIN) for at in instants))
            for first, later in zip(instants, instants[pace.minute :]):
                self.assertGreaterEqual(later - first, MINUTE)
