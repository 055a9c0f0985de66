"""When the steps of an invoice go: R1, R5-R15, R39, R43, R46."""

import unittest
from dataclasses import replace
from datetime import date

from timeline_cases import BERLIN, EARLY, INVOICE, LATE, changes, day, plan, row, step, utc

from engine.facts import InvoiceFacts, Policy
from engine.timeline import attach

FAR = date(9999, 12, 31)
LONG_AGO = date(1, 1, 1)


class TestTriggers(unittest.TestCase):
    def test_each_trigger_has_its_day(self):
        """R1, R5"""
        table = [
            (step(1, "on_issue"), "01-10 09:00"),
            (step(1, "after_issue", 0), "01-10 09:00"),
            (step(1, "after_issue", 3, hour=17), "01-13 17:00"),
            (step(1, "before_due", 3), "01-21 09:00"),
            (step(1, "before_due", 0), "01-24 09:00"),
            (step(1, "after_due", 0), "01-24 09:00"),
            (step(1, "after_due", 5, hour=23), "01-29 23:00"),
            (step(1, "on_date", date=date(2026, 2, 2)), "02-02 09:00"),
            (step(1, "repeat", 7, occurrence=2), "02-07 09:00"),
        ]
        for line, expected in table:
            with self.subTest(trigger=line.trigger, days=line.days):
                self.assertEqual(plan([line]), {1: expected})

    def test_invoice_date_stands_in_for_a_missing_due_date(self):
        """R6"""
        self.assertEqual(plan([step(1, days=5)], invoice=InvoiceFacts(date(2026, 1, 10))), {1: "01-15 09:00"})

    def test_hour_that_the_clocks_skip_is_the_next_one(self):
        """R5"""
        invoice = InvoiceFacts(date(2026, 3, 1), date(2026, 3, 27))
        [planned] = attach([step(1, days=2, hour=2)], invoice, BERLIN, utc("2026-03-01 08:00"))
        self.assertEqual(planned.scheduled_at, utc("2026-03-29 01:00"))

    def test_order_is_by_instant_then_as_given(self):
        """R15"""
        lines = [step("d", days=9), step("b", days=2), step("a", "before_due", 1), step("c", days=2, role="boss")]
        self.assertEqual(list(plan(lines)), ["a", "b", "c", "d"])


class TestOnIssue(unittest.TestCase):
    def test_goes_at_its_hour_or_in_the_first_sending_hour(self):
        """R8: UTC now, hour, expected in Berlin."""
        table = [
            ("2026-01-10 05:00", 9, "01-10 09:00"),
            ("2026-01-10 08:00", 9, "01-10 09:00"),
            ("2026-01-10 09:10", 9, "01-10 11:00"),
            ("2026-01-10 05:30", 6, "01-10 07:00"),
            ("2026-01-10 04:30", 6, "01-10 07:00"),
            ("2026-01-10 19:30", 9, "01-11 07:00"),
            (LATE, 9, "02-20 11:00"),
            ("2026-01-05 09:00", 9, "01-10 09:00"),
            ("2026-01-05 09:00", 22, "01-10 22:00"),
        ]
        for now, hour, expected in table:
            with self.subTest(now=now, hour=hour):
                self.assertEqual(plan([step(1, "on_issue", hour=hour)], now), {1: expected})

    def test_is_skipped_where_it_has_been_sent(self):
        """R9"""
        [planned] = attach([step(1, "on_issue")], replace(INVOICE, already_sent=True), BERLIN, utc(EARLY))
        self.assertEqual((planned.state, planned.reason_code), ("skipped", "already_sent"))
        self.assertEqual(planned.scheduled_at, utc("2026-01-10 08:00"))

    def test_is_skipped_on_an_invoice_older_than_chasing(self):
        """R46"""
        policy = replace(BERLIN, may_send_on_issue=False)
        self.assertEqual(
            plan([step(1, "on_issue"), step(2, days=1)], policy=policy), {1: "before_start_date", 2: "01-25 09:00"}
        )


class TestPast(unittest.TestCase):
    def test_step_before_the_invoice_date_is_skipped(self):
        """R10, whether that date is past or not."""
        for now in ("2026-01-01 09:00", LATE):
            with self.subTest(now=now):
                self.assertEqual(plan([step(1, "before_due", 20)], now), {1: "before_invoice_date"})

    def test_invoice_of_the_future_is_chased_from_its_date(self):
        """R10"""
        lines = [step(1, "on_issue"), step(2, "after_issue", 2), step(3, "on_date", date=date(2026, 1, 8))]
        self.assertEqual(
            plan(lines, "2026-01-05 09:00"), {1: "01-10 09:00", 2: "01-12 09:00", 3: "before_invoice_date"}
        )

    def test_step_before_now_is_skipped(self):
        """R11: exactly now is not before now."""
        for now, expected in [("2026-01-29 08:00", "01-29 09:00"), ("2026-01-29 08:00:01", "in_past")]:
            with self.subTest(now=now):
                self.assertEqual(plan([step(1, days=5)], now), {1: expected})

    def test_skipped_step_says_when_it_would_have_gone(self):
        [planned] = attach([step(1, days=5)], INVOICE, BERLIN, utc(LATE))
        self.assertEqual(planned.scheduled_at, utc("2026-01-29 08:00"))


class TestRepeating(unittest.TestCase):
    def start(self, lines, now, existing=(), invoice=INVOICE):
        planned = attach([*lines, step("r", "repeat", 7)], invoice, BERLIN, utc(now), existing=existing)
        return next(line.start_date for line in planned if line.key == "r")

    def test_starts_at_what_lies_ahead(self):
        """R13: fixed lines, UTC now, expected start."""
        table = [
            ([step(1, days=10)], EARLY, "2026-02-03"),
            ([step(1, days=10), step(2, days=3)], EARLY, "2026-02-03"),
            ([step(1, days=0)], EARLY, "2026-01-24"),
            ([step(1, "before_due", 3)], EARLY, "2026-01-24"),
            ([], EARLY, "2026-01-24"),
            ([step(1, days=10)], "2026-02-02 09:00", "2026-02-03"),
            ([step(1, days=10)], "2026-02-03 05:00", "2026-02-03"),
            ([step(1, days=10)], LATE, "2026-02-20"),
            ([step(1, days=10)], "2026-02-20 23:30", "2026-02-21"),
            ([step(1, "on_issue")], "2026-02-20 21:00", "2026-02-21"),
            ([], "2026-01-24 09:00", "2026-01-24"),
        ]
        for lines, now, expected in table:
            with self.subTest(lines=[(line.trigger, line.days) for line in lines], now=now):
                self.assertEqual(self.start(lines, now), day(expected))

    def test_step_that_cannot_go_is_no_last_step(self):
        """R13: on issue would go tomorrow, but was sent."""
        sent = replace(INVOICE, already_sent=True)
        self.assertEqual(self.start([step(1, "on_issue")], "2026-02-20 21:00", invoice=sent), day("2026-02-20"))

    def test_lines_of_the_schedule_count_when_it_is_added_later(self):
        """R13"""
        existing = [row(1, days=10, at="2026-02-03 08:00"), row(2, days=20, state="draft")]
        self.assertEqual(self.start([], "2026-01-30 09:00", existing), day("2026-02-03"))

    def test_every_occurrence_is_its_own_line(self):
        """R13"""
        lines = [step(1, days=10), *(step(("r", n), "repeat", 7, occurrence=n, hour=14) for n in (1, 2, 3))]
        self.assertEqual(
            plan(lines), {1: "02-03 09:00", ("r", 1): "02-10 14:00", ("r", 2): "02-17 14:00", ("r", 3): "02-24 14:00"}
        )

    def test_start_once_given_is_kept(self):
        """R13"""
        line = step(1, "repeat", 7, start_date=date(2026, 1, 30))
        self.assertEqual(plan([line]), {1: "02-06 09:00"})
        self.assertEqual(plan([line], LATE), {1: "in_past"})


class TestEntryPoint(unittest.TestCase):
    LINES = (
        step("issue", "on_issue"),
        step("before", "before_due", 3),
        step("first", days=7),
        step("second", days=14),
        step("third", days=30),
    )
    FUTURE = {"third": "02-23 09:00"}

    def entered(self, entry_point, now=LATE, lines=LINES, **invoice):
        return plan(lines, now, replace(INVOICE, **invoice), replace(BERLIN, entry_point=entry_point))

    def test_next_step_leaves_the_past(self):
        """R43, R11: only on issue goes soon (R8)."""
        past = dict.fromkeys(("before", "first", "second"), "in_past")
        self.assertEqual(self.entered("next"), {"issue": "02-20 11:00", **past, **self.FUTURE})

    def test_fitting_step_takes_the_latest_past_one(self):
        """R43"""
        past = dict.fromkeys(("issue", "before", "first"), "in_past")
        self.assertEqual(self.entered("fitting"), {**past, "second": "02-21 09:00", **self.FUTURE})

    def test_fitting_on_issue_goes_as_ever(self):
        """R43, R8"""
        planned = self.entered("fitting", "2026-01-12 09:10")
        self.assertEqual((planned["issue"], planned["before"]), ("01-12 11:00", "01-21 09:00"))

    def test_fitting_leaves_alone_what_lies_ahead(self):
        """R43"""
        self.assertEqual(self.entered("fitting", EARLY), self.entered("next", EARLY))

    def test_step_of_this_very_moment_fits(self):
        """R43: earlier ones are skipped, though they could go in the same hour."""
        planned = self.entered("fitting", "2026-02-07 08:00")
        self.assertEqual((planned["first"], planned["second"]), ("in_past", "02-07 09:00"))

    def test_on_issue_is_overtaken_only_by_a_later_step_of_another_kind(self):
        """R43, R8"""
        lines = (step("issue", "on_issue"), step("boss", "on_issue", hour=10, role="boss"))
        both = {"issue": "01-12 11:00", "boss": "01-12 11:00"}
        self.assertEqual(self.entered("fitting", "2026-01-12 09:10", lines), both)
        same = (lines[0], step("same", "after_issue", 0))
        self.assertEqual(
            self.entered("fitting", "2026-01-12 09:10", same), {"issue": "01-12 11:00", "same": "01-13 09:00"}
        )

    def test_first_step_is_on_issue_where_that_may_go(self):
        """R43, R8: the others follow at the distance they have, 10 days after "before" and 7 after "first"; the third,
        which lies ahead, moves so far that it comes last."""
        self.assertEqual(
            self.entered("first"),
            {
                "issue": "02-20 11:00",
                "before": "in_past",
                "first": "03-02 09:00",
                "second": "03-09 09:00",
                "third": "03-12 09:00",
            },
        )

    def test_first_step_else_goes_at_its_next_hour(self):
        """R43, R9: what is before due is no first step."""
        self.assertEqual(
            self.entered("first", already_sent=True),
            {
                "issue": "already_sent",
                "before": "in_past",
                "first": "02-21 09:00",
                "second": "02-28 09:00",
                "third": "03-03 09:00",
            },
        )

    def test_past_steps_keep_three_days_or_the_contact_delay(self):
        """R43: a day apart in the cadence; those for two roles at one hour go together."""
        lines = (step("a", days=5), step("boss", days=5, role="boss"), step("b", days=6), step("c", days=7, hour=17))
        for delay, expected in ((0, ("02-24", "02-27")), (5, ("02-26", "03-03"))):
            with self.subTest(delay=delay):
                policy = replace(BERLIN, entry_point="first", min_contact_days=delay)
                self.assertEqual(
                    plan(lines, LATE, policy=policy),
                    {
                        "a": "02-21 09:00",
                        "boss": "02-21 09:00",
                        "b": f"{expected[0]} 09:00",
                        "c": f"{expected[1]} 17:00",
                    },
                )

    def test_steps_ahead_move_only_as_far_as_the_order_needs(self):
        """R43: the first goes on 21 February."""
        for days, expected in ((28, "02-24 09:00"), (31, "02-24 09:00"), (32, "02-25 09:00")):
            with self.subTest(days=days):
                lines = (step("past", days=5), step("ahead", days=days))
                self.assertEqual(self.entered("first", lines=lines), {"past": "02-21 09:00", "ahead": expected})

    def test_steps_ahead_of_an_unmoved_one_stay(self):
        """R43: two days apart, as the cadence says."""
        lines = (step("past", days=5), step("ahead", days=32), step("next", days=34))
        self.assertEqual(self.entered("first", lines=lines)["next"], "02-27 09:00")

    def test_a_step_before_due_for_which_no_room_is_left_is_skipped(self):
        """R43, R42: the late one goes on 20 January; due on the 24th, the next may go on the 23rd."""
        lines = (step("past", "after_issue", 5), step("room", "before_due", 2))
        self.assertEqual(
            self.entered("first", "2026-01-20 05:00", lines), {"past": "01-20 09:00", "room": "01-23 09:00"}
        )
        self.assertEqual(
            self.entered("first", "2026-01-20 08:10", lines, due_date=date(2026, 1, 23)),
            {"past": "01-21 09:00", "room": "contact_delay"},
        )

    def test_step_before_the_invoice_date_is_no_entry(self):
        """R43, R10"""
        lines = (step("early", "before_due", 20), step("then", days=1, hour=14))
        self.assertEqual(self.entered("first", lines=lines), {"early": "before_invoice_date", "then": "02-20 14:00"})

    def test_first_step_ahead_keeps_its_date(self):
        """R43"""
        self.assertEqual(self.entered("first", EARLY), self.entered("next", EARLY))
        self.assertEqual(self.entered("first", lines=()), {})

    def test_adding_a_step_is_no_entry(self):
        """R43, R11"""
        policy = replace(BERLIN, entry_point="first")
        self.assertEqual(plan([step(1)], LATE, policy=policy, existing=[row(2, days=90)]), {1: "in_past"})


class TestDatesOutOfRange(unittest.TestCase):
    def test_a_step_too_far_away_is_skipped_and_the_others_go(self):
        """R1, R5: nothing overflows, in any zone."""
        lines = [
            step("issue", "on_issue"),
            step("after issue", "after_issue", 5),
            step("before due", "before_due", 36500),
            step("due", "after_due", 0),
            step("after due", "after_due", 36500),
            step("date", "on_date", date=FAR),
            step("repeat", "repeat", 36500, repeat_count=10, occurrence=10),
        ]
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"):
            with self.subTest(zone=zone):
                invoice = replace(INVOICE, due_date=FAR)
                planned = plan(lines, "2026-01-09 05:00", invoice, Policy(zone))
                self.assertEqual(
                    planned,
                    {
                        "issue": "01-10 09:00",
                        "after issue": "01-15 09:00",
                        "before due": "01-24 09:00",
                        "due": "out_of_range",
                        "after due": "out_of_range",
                        "date": "out_of_range",
                        "repeat": "out_of_range",
                    },
                )

    def test_a_step_out_of_range_returns_when_the_date_is_corrected(self):
        """R38"""
        far = row("a", days=5, state="skipped", at="9998-12-31 08:00", reason_code="out_of_range")
        self.assertEqual(changes([far], EARLY), {"a": ("restore", "01-29 09:00")})
        near = row("a", days=5, at="2026-01-29 08:00")
        self.assertEqual(changes([near], EARLY, replace(INVOICE, due_date=FAR)), {"a": ("skip", "out_of_range")})

    def test_an_invoice_of_long_ago_is_late_with_everything(self):
        """R8, R10, R11"""
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            old = InvoiceFacts(LONG_AGO, due_date=LONG_AGO)
            lines = [step("issue", "on_issue"), step("before", "before_due", 3), step("after", days=5)]
            told_of = plan(lines, "2026-01-09 19:00", old, Policy(zone))
            self.assertEqual((told_of["before"], told_of["after"]), ("in_past", "in_past"))
            self.assertTrue(told_of["issue"].startswith("01-"))


if __name__ == "__main__":
    unittest.main()
