"""What happens when a hold ends: R8, R35b, R36."""

import unittest
from datetime import date, datetime

from engine.facts import Policy, StepFacts
from engine.holds import delay, release, resume, strictest
from engine.transitions import behind

UTC = Policy()
PAUSED_AT = datetime(2026, 1, 18, 12)
NOW = datetime(2026, 1, 25, 10, 30)


def line(key, at, trigger="after_due", state="held", **values):
    return StepFacts(key, trigger, state=state, scheduled_at=datetime.fromisoformat(at), **values)


def told(changes):
    return {
        change.key: change.planned
        and (change.action, change.planned.reason_code or change.planned.scheduled_at.strftime("%m-%d %H:%M"))
        for change in changes
    }


OLD, NEWER = line("old", "2026-01-20 09:00"), line("newer", "2026-01-22 09:00")
AHEAD = line("ahead", "2026-01-30 09:00")
ISSUE = line("issue", "2026-01-19 09:00", "on_issue")
LINES = (OLD, NEWER, AHEAD)
GOES_ON = ("restore", "01-30 09:00")


class TestRelease(unittest.TestCase):
    def test_missed_steps_are_skipped_with_the_reason_of_the_hold(self):
        """R35b"""
        self.assertEqual(
            told(release(LINES, "promise", UTC, NOW)),
            {"old": ("skip", "promise"), "newer": ("skip", "promise"), "ahead": GOES_ON},
        )

    def test_step_due_when_the_hold_ends_is_not_missed(self):
        """R35b: the run that notices comes later."""
        ended = datetime(2026, 1, 22, 9)
        self.assertEqual(
            told(release(LINES, "promise", UTC, NOW, ended)),
            {"old": ("skip", "promise"), "newer": ("restore", "01-22 09:00"), "ahead": GOES_ON},
        )

    def test_on_issue_goes_at_once_or_in_the_first_sending_hour(self):
        """R8: now, when it goes."""
        table = [
            ("2026-01-25 10:30", "01-25 10:00"),
            ("2026-01-25 20:59", "01-25 20:00"),
            ("2026-01-25 21:00", "01-26 07:00"),
            ("2026-01-25 03:00", "01-25 07:00"),
            ("2026-01-25 07:30", "01-25 07:00"),
        ]
        for now, expected in table:
            with self.subTest(now=now):
                changes = release([ISSUE], "blocked", UTC, datetime.fromisoformat(now))
                self.assertEqual(told(changes), {"issue": ("restore", expected)})

    def test_what_was_taken_back_today_goes_at_once(self):
        """R36: whatever day it was planned for; by the clock of the company."""
        table = [
            ("2026-01-20 09:00", datetime(2026, 1, 25, 9), UTC, ("restore", "01-25 10:00")),
            ("2026-01-30 09:00", datetime(2026, 1, 25, 9), UTC, ("restore", "01-25 10:00")),
            ("2026-01-20 09:00", datetime(2026, 1, 24, 23, 30), Policy("Europe/Berlin"), ("restore", "01-25 10:00")),
            ("2026-01-20 09:00", datetime(2026, 1, 24, 23, 30), UTC, ("skip", "promise")),
            ("2026-01-30 09:00", datetime(2026, 1, 24, 23, 30), UTC, GOES_ON),
        ]
        for at, taken_back_at, policy, expected in table:
            with self.subTest(at=at, taken_back_at=taken_back_at, policy=policy):
                changes = release([line("a", at, taken_back_at=taken_back_at)], "promise", policy, NOW)
                self.assertEqual(told(changes), {"a": expected})

    def test_what_was_taken_back_on_the_day_of_the_end_goes_though_the_run_comes_later(self):
        """R36: judged by the end of the hold, not by who notices it."""
        step = line("a", "2026-01-20 09:00", taken_back_at=datetime(2026, 1, 24, 9))
        changes = release([step], "promise", UTC, NOW, datetime(2026, 1, 24, 10))
        self.assertEqual(told(changes), {"a": ("restore", "01-25 10:00")})

    def test_what_was_due_before_a_hold_of_one_day_was_not_missed(self):
        """R35b, R40: no run had come to it; what fell due meanwhile was, and what a hold of days outlasted."""
        due, meanwhile = line("due", "2026-01-25 09:00"), line("meanwhile", "2026-01-25 10:00")
        table = [
            (datetime(2026, 1, 25, 9, 1), UTC, ("restore", "01-25 09:00")),
            (datetime(2026, 1, 25, 9), UTC, ("skip", "promise")),
            (datetime(2026, 1, 24, 9, 1), UTC, ("skip", "promise")),
            (None, UTC, ("skip", "promise")),
        ]
        for began_at, policy, expected in table:
            with self.subTest(began_at=began_at):
                changes = release([due, meanwhile], "promise", policy, NOW, began_at=began_at)
                self.assertEqual(told(changes), {"due": expected, "meanwhile": ("skip", "promise")})

    def test_what_the_brake_holds_waits_for_its_click(self):
        """R47: no hold that ends lets it go, and none skips it."""
        steps = [
            line("a", "2026-01-20 09:00", reason_code="run_limit"),
            line("issue", "2026-01-20 09:00", "on_issue", reason_code="run_limit"),
            line("moved", "2026-01-30 09:00", reason_code="run_limit"),
        ]
        nothing = dict.fromkeys(["a", "issue", "moved"])
        self.assertEqual(told(release(steps, "promise", UTC, NOW)), nothing)
        for missed in ("next", "last", "shift"):
            self.assertEqual(told(resume(steps, missed, PAUSED_AT, UTC, NOW)), nothing)

    def test_on_issue_keeps_its_new_place(self):
        """R8, R38: the floor says so when it is planned again."""
        [change] = release([ISSUE], "blocked", UTC, NOW)
        self.assertEqual(change.planned.floor, (date(2026, 1, 25), 10))

    def test_other_states_stay(self):
        """R39"""
        lines = [line(state, "2026-01-20 09:00", state=state) for state in ("sent", "skipped", "waiting", "cancelled")]
        self.assertEqual(set(told(release(lines, "promise", UTC, NOW)).values()), {None})

    def test_planned_step_ahead_stays_as_it_is(self):
        """R35b"""
        [change] = release([line("a", "2026-01-30 09:00", state="planned")], "promise", UTC, NOW)
        self.assertEqual(change.action, "keep")


class TestBehind(unittest.TestCase):
    ASKING = line("asking", "2026-01-19 09:00", state="waiting")

    def test_only_later_steps_that_are_to_go_wait_with_one_that_asks(self):
        """R101"""
        others = [
            line(name, day, state=state)
            for name, day, state in (
                ("earlier", "2026-01-18 09:00", "planned"),
                ("beside", "2026-01-19 09:00", "planned"),
                ("later", "2026-01-20 09:00", "planned"),
                ("held", "2026-01-21 09:00", "held"),
                ("skipped", "2026-01-22 09:00", "skipped"),
            )
        ]
        self.assertEqual(behind([*others, self.ASKING]), {"later", "held"})
        self.assertEqual(behind(others), frozenset())

    def test_a_hold_that_ends_skips_none_of_them(self):
        """R35b, R36, R101: they were not missed, they had not begun."""
        goes_on = {"asking": None, "old": ("restore", "01-20 09:00"), "newer": ("restore", "01-22 09:00")}
        lines = [self.ASKING, *(one for one in LINES if one.key in goes_on)]
        self.assertEqual(told(release(lines, "promise", UTC, NOW)), goes_on)
        for missed in ("next", "last"):
            self.assertEqual(told(resume(lines, missed, PAUSED_AT, UTC, NOW)), goes_on)


class TestDelay(unittest.TestCase):
    def test_only_what_is_planned_later_moves(self):
        """R101"""
        since = datetime(2026, 1, 20, 9)
        steps = [
            StepFacts("before", "after_due", state="planned", scheduled_at=datetime(2026, 1, 19, 9)),
            StepFacts("itself", "after_due", state="sent", scheduled_at=since),
            StepFacts("skipped", "after_due", state="skipped", scheduled_at=datetime(2026, 1, 25, 9)),
            StepFacts("after", "after_due", state="planned", scheduled_at=datetime(2026, 1, 27, 9)),
        ]
        changes = delay(steps, since, Policy(), datetime(2026, 1, 22, 12))
        self.assertEqual(
            [(one.key, one.planned.scheduled_at) for one in changes], [("after", datetime(2026, 1, 29, 9))]
        )

    def test_nothing_moves_for_hours_of_the_same_day(self):
        """R101"""
        step = StepFacts("after", "after_due", state="planned", scheduled_at=datetime(2026, 1, 27, 9))
        self.assertEqual(delay([step], datetime(2026, 1, 20, 9), Policy(), datetime(2026, 1, 20, 22)), ())


class TestResume(unittest.TestCase):
    def resumed(self, missed, lines=LINES, now=NOW, paused_at=PAUSED_AT):
        return told(resume(lines, missed, paused_at, UTC, now))

    def test_next_skips_what_was_missed(self):
        """R36"""
        self.assertEqual(
            self.resumed("next"), {"old": ("skip", "paused"), "newer": ("skip", "paused"), "ahead": GOES_ON}
        )

    def test_last_sends_the_newest_missed_one_at_once(self):
        """R36: in a sending hour."""
        expected = {"old": ("skip", "paused"), "ahead": GOES_ON}
        self.assertEqual(self.resumed("last"), {**expected, "newer": ("restore", "01-25 10:00")})
        night = datetime(2026, 1, 25, 22)
        self.assertEqual(self.resumed("last", now=night), {**expected, "newer": ("restore", "01-26 07:00")})

    def test_step_of_this_very_moment_is_not_missed(self):
        """R36"""
        now = datetime(2026, 1, 25, 10)
        self.assertEqual(
            self.resumed("last", [NEWER, line("due", "2026-01-25 10:00")], now),
            {"newer": ("restore", "01-25 10:00"), "due": ("restore", "01-25 10:00")},
        )

    def test_last_without_a_missed_one_goes_on(self):
        """R36"""
        self.assertEqual(self.resumed("last", [AHEAD]), {"ahead": GOES_ON})

    def test_last_passes_over_on_issue_which_goes_anyway(self):
        """R36, R8"""
        issue = line("issue", "2026-01-23 09:00", "on_issue")
        self.assertEqual(
            self.resumed("last", [NEWER, issue]),
            {"newer": ("restore", "01-25 10:00"), "issue": ("restore", "01-25 10:00")},
        )

    def test_shift_moves_all_by_the_pause(self):
        """R36: a week."""
        self.assertEqual(
            self.resumed("shift"),
            {
                "old": ("restore", "01-27 09:00"),
                "newer": ("restore", "01-29 09:00"),
                "ahead": ("restore", "02-06 09:00"),
            },
        )

    def test_shift_leaves_no_missed_step_in_the_past(self):
        """R36: 9 o'clock of the first day would be 9 o'clock today."""
        first = line("first", "2026-01-18 13:00", hour=9)
        self.assertEqual(
            self.resumed("shift", [first, AHEAD]),
            {"first": ("restore", "01-26 09:00"), "ahead": ("restore", "02-07 09:00")},
        )

    def test_shift_to_this_very_moment_is_enough(self):
        """R36: steps at and after the moment of pausing; the resumed moment."""
        paused_at = datetime(2026, 1, 18, 9)
        for at, now, expected in [
            ("2026-01-18 10:00", datetime(2026, 1, 25, 9), "01-25 10:00"),
            ("2026-01-18 09:00", datetime(2026, 1, 25, 9), "01-25 09:00"),
            ("2026-01-18 09:00", datetime(2026, 1, 25, 9, 1), "01-26 09:00"),
        ]:
            with self.subTest(at=at, now=now):
                self.assertEqual(
                    self.resumed("shift", [line("a", at, hour=int(at[11:13]))], now, paused_at),
                    {"a": ("restore", expected)},
                )

    def test_short_pause_that_missed_nothing_shifts_nothing(self):
        """R36"""
        self.assertEqual(self.resumed("shift", [AHEAD], paused_at=datetime(2026, 1, 25, 10)), {"ahead": GOES_ON})

    def test_step_older_than_the_pause_does_not_stretch_it(self):
        """R36, R40: it is late by itself."""
        older = line("older", "2026-01-10 09:00")
        self.assertEqual(self.resumed("shift", [older]), {"older": ("restore", "01-17 09:00")})

    def test_what_was_taken_back_is_one_missed_during_a_pause_of_days(self):
        """R36: skipped, or sent as the newest, or, moved by the pause, sent now."""
        step = line("a", "2026-01-16 09:00", taken_back_at=PAUSED_AT)
        self.assertEqual(self.resumed("next", [step]), {"a": ("skip", "paused")})
        self.assertEqual(self.resumed("last", [step]), {"a": ("restore", "01-25 10:00")})
        self.assertEqual(self.resumed("shift", [step]), {"a": ("restore", "01-25 10:00")})

    def test_what_was_taken_back_today_goes_whatever_was_chosen(self):
        """R36"""
        step = line("a", "2026-01-16 09:00", taken_back_at=datetime(2026, 1, 25, 10))
        for missed in ("next", "last", "shift"):
            self.assertEqual(self.resumed(missed, [step]), {"a": ("restore", "01-25 10:00")}, missed)

    def test_what_was_due_before_a_pause_of_minutes_was_not_missed(self):
        """R36, R40"""
        due = line("due", "2026-01-25 09:00")
        for missed, expected in (("next", "01-25 09:00"), ("shift", "01-25 09:00"), ("last", "01-25 10:00")):
            resumed = self.resumed(missed, [due], paused_at=datetime(2026, 1, 25, 9, 5))
            self.assertEqual(resumed, {"due": ("restore", expected)}, missed)

    def test_shift_keeps_the_local_hour(self):
        """R36, R5: over the change to summer time."""
        step = line("a", "2026-03-27 08:00")
        changes = resume([step], "shift", datetime(2026, 3, 26, 9), Policy("Europe/Berlin"), datetime(2026, 4, 2, 9))
        self.assertEqual(told(changes), {"a": ("restore", "04-03 07:00")})

    def test_shift_lets_on_issue_go(self):
        """R36, R8; attempted steps stay (R39)."""
        sent = line("sent", "2026-01-19 09:00", state="sent")
        self.assertEqual(self.resumed("shift", [ISSUE, sent]), {"issue": ("restore", "01-25 10:00"), "sent": None})

    def test_another_word_is_refused(self):
        with self.assertRaises(KeyError):
            self.resumed("sometime")


class StrictestTest(unittest.TestCase):
    def test_no_end_before_a_later_end(self):
        """R37"""
        early, late, endless = (date(2026, 1, 20), "early"), (date(2026, 1, 25), "late"), (None, "endless")
        self.assertEqual(strictest([early, late]), "late")
        self.assertEqual(strictest([late, endless, early]), "endless")
        self.assertIsNone(strictest([]))


if __name__ == "__main__":
    unittest.main()
