"""When the steps of an invoice go once its dates, its cadence or its edit change: R38, R39, R43."""

import unittest
from dataclasses import replace
from datetime import date

from timeline_cases import BERLIN, INVOICE, LATE, changes, compared, plan, row, step, utc

from engine.facts import Policy
from engine.timeline import compare, replan


class TestReplan(unittest.TestCase):
    LATER = replace(INVOICE, due_date=date(2026, 1, 31))
    SOONER = replace(INVOICE, due_date=date(2026, 1, 17))
    NOW = "2026-01-20 09:10"

    def test_step_not_attempted_follows_the_due_date(self):
        """R38: state, new due date, expected change. 5 days after the old due date is the 29th."""
        table = [
            ("planned", None, self.LATER, ("move", "02-05 09:00")),
            ("held", None, self.LATER, ("move", "02-05 09:00")),
            ("waiting", None, self.LATER, ("move", "02-05 09:00")),
            ("planned", None, INVOICE, ("keep", None)),
            ("planned", None, replace(INVOICE, due_date=date(2026, 1, 14)), ("skip", "in_past")),
            ("planned", None, replace(INVOICE, invoice_date=date(2026, 1, 30)), ("skip", "before_invoice_date")),
            ("skipped", "skipped_by_person", self.LATER, ("keep", None)),
            ("skipped", "already_contacted_today", self.LATER, ("keep", None)),
            ("skipped", "paused", self.LATER, ("keep", None)),
            ("cancelled", "paid", self.LATER, ("keep", None)),
        ]
        for state, reason, invoice, expected in table:
            with self.subTest(state=state, reason=reason, due=invoice.due_date):
                line = row(1, days=5, state=state, reason_code=reason, at="2026-01-29 08:00")
                self.assertEqual(changes([line], self.NOW, invoice), {1: expected})

    def test_what_waits_for_a_person_waits_on_and_so_does_what_follows(self):
        """R101, R38: another zone moves their instants into the past of one who has not acted yet."""
        lines = [
            row(1, days=1, state="waiting", at="2026-01-15 08:00"),
            row(2, days=3, state="planned", at="2026-01-17 08:00"),
            row(3, days=4, state="held", at="2026-01-18 08:00"),
        ]
        early = replace(INVOICE, due_date=date(2026, 1, 14))
        self.assertEqual(changes(lines[:2], self.NOW, early), {1: ("keep", None), 2: ("keep", None)})
        west = replace(BERLIN, timezone="America/New_York")
        moved = {change.key: change for change in replan(lines, early, west, utc(self.NOW))}
        self.assertEqual(moved[1].action, "keep")
        self.assertEqual([moved[key].planned.state for key in (2, 3)], ["planned", "held"])

    def test_held_step_stays_held(self):
        """R38, R35b"""
        line = row(1, days=5, state="held", at="2026-01-29 08:00")
        [change] = replan([line], self.LATER, BERLIN, utc(self.NOW))
        self.assertEqual(change.planned.state, "held")

    def test_attempted_step_never_changes(self):
        """R39: nor one that failed and waits for another try."""
        for state in ("under_way", "sent", "partly", "failed", "planned"):
            attempted = state == "planned"
            with self.subTest(state=state):
                line = row(1, days=5, state=state, attempted=attempted, at="2026-01-29 08:00")
                self.assertEqual(changes([line], self.NOW, self.LATER, anew=True), {1: ("keep", None)})

    def test_missed_step_stays_for_the_catch_up(self):
        """R38, R40"""
        self.assertEqual(changes([row(1, days=5, at="2026-01-29 08:00")], LATE), {1: ("keep", None)})

    def test_step_skipped_for_its_date_returns(self):
        """R38: reason, invoice, expected; the step was to go on the 14th, 10 days before the due date."""
        table = [
            ("in_past", self.LATER, ("restore", "01-21 09:00")),
            ("too_late", self.LATER, ("restore", "01-21 09:00")),
            ("contact_delay", self.LATER, ("restore", "01-21 09:00")),
            ("in_past", INVOICE, ("keep", None)),
            ("in_past", replace(INVOICE, due_date=date(2026, 1, 29)), ("skip", "in_past")),
            ("before_invoice_date", replace(INVOICE, invoice_date=date(2026, 1, 15)), ("keep", None)),
            ("before_invoice_date", INVOICE, ("skip", "in_past")),
        ]
        for reason, invoice, expected in table:
            with self.subTest(reason=reason, due=invoice.due_date):
                line = row(1, "before_due", 10, "skipped", "2026-01-14 08:00", reason_code=reason)
                self.assertEqual(changes([line], self.NOW, invoice), {1: expected})

    def test_step_returns_once_the_invoice_date_allows_it(self):
        """R38, R10: the due date is the same, the invoice date is earlier than it was."""
        line = row(1, "before_due", 2, "skipped", "2026-01-22 08:00", reason_code="before_invoice_date")
        self.assertEqual(changes([line], self.NOW), {1: ("restore", "01-22 09:00")})

    def test_step_moved_to_this_very_moment_goes(self):
        """R38"""
        line = row(1, days=5, at="2026-01-29 08:00")
        moved = changes([line], "2026-01-20 08:00", replace(INVOICE, due_date=date(2026, 1, 15)))
        self.assertEqual(moved, {1: ("move", "01-20 09:00")})

    def test_entry_point_is_for_cadences_that_are_applied(self):
        """R43: what was skipped stays so when it is planned again."""
        for entry_point in ("fitting", "first"):
            line = row(1, days=1, state="skipped", at="2026-01-25 08:00", reason_code="in_past")
            policy = replace(BERLIN, entry_point=entry_point)
            self.assertEqual(changes([line], "2026-02-20 08:00", policy=policy), {1: ("keep", None)})

    def test_a_draft_keeps_the_entry_point_of_its_cadence(self):
        """R50b, R43, R31: posted, its steps are planned as the dialog said."""
        lines = (row(1, days=1, state="draft"), row(2, days=9, state="draft"), row(3, "repeat", 7, state="draft"))
        for entry_point, expected in (
            ("next", (("skip", "in_past"), ("skip", "in_past"), ("move", "02-27 09:00"))),
            ("fitting", (("skip", "in_past"), ("move", "02-21 09:00"), ("move", "02-28 09:00"))),
            ("first", (("move", "02-21 09:00"), ("move", "03-01 09:00"), ("move", "03-08 09:00"))),
        ):
            with self.subTest(entry_point=entry_point):
                policy = replace(BERLIN, entry_point=entry_point)
                self.assertEqual(changes(lines, LATE, policy=policy), dict(zip((1, 2, 3), expected)))
                self.assertEqual(
                    list(plan(lines, LATE, policy=policy).values()), [place for _action, place in expected]
                )

    def test_floor_holds_until_the_date_passes_it(self):
        """R42: a postponed step stays where it is, and follows its trigger once that is later."""
        line = row(1, days=0, at="2026-01-26 08:00", floor=(date(2026, 1, 26), 9))
        self.assertEqual(changes([line], self.NOW), {1: ("keep", None)})
        self.assertEqual(changes([line], self.NOW, self.LATER), {1: ("move", "01-31 09:00")})
        self.assertEqual(changes([line], self.NOW, replace(INVOICE, due_date=date(2026, 1, 22))), {1: ("keep", None)})

    def test_zone_moves_the_instant_and_not_the_hour(self):
        """R38"""
        lines = [
            row(1, days=5, at="2026-01-29 08:00"),
            row(2, "repeat", 7, at="2026-02-06 08:00", start_date=date(2026, 1, 30)),
        ]
        moved = replan(lines, INVOICE, Policy("Asia/Kathmandu"), utc(self.NOW))
        self.assertEqual(
            [change.planned.scheduled_at for change in moved], [utc("2026-01-29 03:15"), utc("2026-02-06 03:15")]
        )
        self.assertEqual(moved[1].planned.start_date, date(2026, 1, 30))

    def test_repeating_step_keeps_its_start(self):
        """R13, R38"""
        line = row(1, "repeat", 7, at="2026-01-31 08:00", start_date=date(2026, 1, 24))
        self.assertEqual(changes([line], self.NOW, self.LATER), {1: ("keep", None)})

    def test_draft_is_planned_when_posted(self):
        """R31, R32b, R11"""
        lines = [
            row("ahead", days=5, state="draft"),
            row("past", "before_due", 10, "draft", "2026-01-14 08:00"),
            row("again", "repeat", 7, "draft"),
        ]
        self.assertEqual(
            changes(lines, self.NOW),
            {"ahead": ("move", "01-29 09:00"), "past": ("skip", "in_past"), "again": ("move", "02-05 09:00")},
        )

    def test_enabling_plans_anew(self):
        """R36, R34, R11"""
        lines = [
            row("missed", "before_due", 10, "planned", "2026-01-14 08:00"),
            row("missed held", "before_due", 9, "held", "2026-01-15 08:00"),
            row("ahead", days=5, at="2026-01-29 08:00"),
            row("ended", days=6, state="cancelled", at="2026-01-30 08:00", reason_code="paid"),
            row("ended past", "before_due", 8, "cancelled", "2026-01-16 08:00", reason_code="paid"),
            row("no", days=9, state="skipped", at="2026-02-02 08:00", reason_code="skipped_by_person"),
        ]
        self.assertEqual(
            changes(lines, self.NOW, anew=True),
            {
                "missed": ("skip", "in_past"),
                "missed held": ("skip", "in_past"),
                "ahead": ("keep", None),
                "ended": ("restore", "01-30 09:00"),
                "ended past": ("skip", "in_past"),
                "no": ("keep", None),
            },
        )


class TestReplanOnIssue(unittest.TestCase):
    NOW = "2026-01-20 09:10"
    SENT = replace(INVOICE, already_sent=True)
    LATER = replace(INVOICE, invoice_date=date(2026, 1, 22))
    LINE = row(1, "on_issue", at="2026-01-10 10:00", floor=(date(2026, 1, 10), 11))
    SKIPPED = replace(LINE, state="skipped", reason_code="already_sent")

    def test_goes_soon_instead_of_being_past(self):
        """R8, R38"""
        ahead = row(1, "on_issue", at="2026-01-22 08:00")
        self.assertEqual(changes([ahead], self.NOW), {1: ("move", "01-20 11:00")})

    def test_waits_for_a_later_invoice_date(self):
        """R8, R38"""
        self.assertEqual(changes([self.LINE], "2026-01-10 09:50", self.LATER), {1: ("move", "01-22 09:00")})

    def test_missed_one_stays(self):
        """R8, R40"""
        self.assertEqual(changes([self.LINE], self.NOW), {1: ("keep", None)})

    def test_is_skipped_once_the_invoice_was_sent(self):
        """R9"""
        self.assertEqual(changes([self.LINE], self.NOW, self.SENT), {1: ("skip", "already_sent")})

    def test_returns_when_the_mark_is_undone(self):
        """R9: *Mark as sent* can be undone."""
        self.assertEqual(changes([self.SKIPPED], self.NOW), {1: ("restore", "01-20 11:00")})
        self.assertEqual(changes([self.SKIPPED], self.NOW, self.SENT), {1: ("keep", None)})

    def test_stays_skipped_for_another_reason(self):
        """R46, R9"""
        policy = replace(BERLIN, may_send_on_issue=False)
        self.assertEqual(changes([self.SKIPPED], self.NOW, policy=policy), {1: ("skip", "before_start_date")})

    def test_overtaken_one_returns_only_with_a_new_date(self):
        """R43, R38"""
        line = row(1, "on_issue", state="skipped", at="2026-01-10 08:00", reason_code="in_past")
        self.assertEqual(changes([line], self.NOW), {1: ("keep", None)})
        self.assertEqual(changes([line], self.NOW, self.LATER), {1: ("restore", "01-22 09:00")})


class TestCompare(unittest.TestCase):
    NOW = "2026-01-26 09:10"
    SENT = row("sent", days=1, state="sent", at="2026-01-25 08:00")
    AHEAD = row("ahead", days=5, at="2026-01-29 08:00")

    def test_attempted_stays_wanted_or_not(self):
        """R39"""
        failed = row("failed", days=0, state="failed", at="2026-01-24 08:00")
        self.assertEqual(
            compared([self.SENT, failed], [step("w", days=1)], self.NOW),
            [("keep", "sent", None, "w"), ("keep", "failed", None, None)],
        )

    def test_wanted_stays_and_the_rest_changes(self):
        """R20, R22"""
        wanted = [step("w1", days=9), step("w2", days=5), step("w3", days=0)]
        self.assertEqual(
            compared([self.AHEAD, row("gone", days=8, at="2026-02-01 08:00")], wanted, self.NOW),
            [
                ("keep", "ahead", None, "w2"),
                ("drop", "gone", None, None),
                ("add", "w1", "02-02 09:00", "w1"),
                ("add", "w3", "in_past", "w3"),
            ],
        )

    def test_attempted_answers_before_its_like(self):
        """R39"""
        like = row("like", days=1, state="skipped", at="2026-01-25 08:00", reason_code="skipped_by_person")
        self.assertEqual(
            compared([like, self.SENT], [step("w", days=1)], self.NOW),
            [("drop", "like", None, None), ("keep", "sent", None, "w")],
        )

    def test_wanted_moves_with_the_dates(self):
        """R38"""
        later = replace(INVOICE, due_date=date(2026, 1, 31))
        self.assertEqual(
            compared([self.AHEAD], [step("w", days=5)], self.NOW, later), [("move", "ahead", "02-05 09:00", "w")]
        )

    def test_cancelled_starts_again(self):
        """R36: by applying a cadence."""
        ended = row("ended", days=5, state="cancelled", at="2026-01-29 08:00", reason_code="chasing_cancelled")
        self.assertEqual(compared([ended], [step("w", days=5)], self.NOW), [("restore", "ended", "01-29 09:00", "w")])

    def test_a_fitting_step_overtakes_an_on_issue_message_that_waits_to_go(self):
        """R43: both would go on one day, and the fitting one would be left out."""
        fitting = replace(BERLIN, entry_point="fitting")
        issue = row("issue", "on_issue", at="2026-01-27 07:00", floor=(date(2026, 1, 27), 8))
        wanted = [step("w1", "on_issue"), step("w2", "before_due", 3)]
        self.assertEqual(
            compared([issue], wanted, self.NOW, policy=fitting),
            [("skip", "issue", "in_past", "w1"), ("add", "w2", "01-27 09:00", "w2")],
        )
        self.assertEqual(compared([issue], wanted, self.NOW)[0][0], "keep")
        sent = replace(issue, state="sent")
        self.assertEqual(compared([sent], wanted, self.NOW, policy=fitting)[0][0], "keep")

    def test_entry_point_counts_for_another_cadence(self):
        """R43"""
        fitting = replace(BERLIN, entry_point="fitting")
        past = row("past", "before_due", 3, "skipped", "2026-01-21 08:00", reason_code="in_past")
        wanted = [step("w1", "before_due", 3), step("w2", "before_due", 5), step("w3", days=5)]
        self.assertEqual(
            compared([past, self.AHEAD], wanted, self.NOW, policy=fitting),
            [("restore", "past", "01-27 09:00", "w1"), ("keep", "ahead", None, "w3"), ("add", "w2", "in_past", "w2")],
        )

    def test_what_lies_ahead_makes_room_for_the_steps_of_another_cadence(self):
        """R43: the late one goes on 27 January; one that a person moved stays where it was put."""
        first = replace(BERLIN, entry_point="first")
        wanted = [step("w1", "after_issue", 1), step("w2", days=5)]
        self.assertEqual(
            compared([self.AHEAD], wanted, self.NOW, policy=first),
            [("move", "ahead", "01-30 09:00", "w2"), ("add", "w1", "01-27 09:00", "w1")],
        )
        moved = replace(self.AHEAD, rescheduled=True, floor=(date(2026, 1, 29), 9))
        self.assertEqual(compared([moved], wanted, self.NOW, policy=first)[0][0], "keep")

    def test_what_was_sent_is_no_first_step(self):
        """R43, R39"""
        first = replace(BERLIN, entry_point="first")
        wanted = [step("w1", days=1), step("w2", days=2)]
        self.assertEqual(
            compared([self.SENT], wanted, "2026-01-27 07:00", policy=first),
            [("keep", "sent", None, "w1"), ("add", "w2", "01-27 09:00", "w2")],
        )

    def test_entry_point_does_not_touch_what_is_planned(self):
        """R43, R40: a missed step is for the catch-up."""
        fitting = replace(BERLIN, entry_point="fitting")
        missed = row("missed", days=1, at="2026-01-25 08:00")
        self.assertEqual(
            compared([missed], [step("w", days=1)], self.NOW, policy=fitting), [("keep", "missed", None, "w")]
        )

    def test_step_skipped_as_too_late_stays(self):
        """R40, R43"""
        late = row("late", days=1, state="skipped", at="2026-01-25 08:00", reason_code="too_late")
        self.assertEqual(compared([late], [step("w", days=1)], self.NOW), [("keep", "late", None, "w")])

    def test_where_chasing_starts_again_a_missed_step_is_past(self):
        """R11, R36"""
        late = row("late", days=1, at="2026-01-25 08:00")
        self.assertEqual(
            compared([late, self.AHEAD], [step("w", days=1), step("v", days=5)], self.NOW, anew=True),
            [
                ("skip", "late", "in_past", "w"),
                ("keep", "ahead", None, "v"),
            ],
        )

    def test_entry_step_that_was_sent_is_not_sent_again(self):
        """R43, R39"""
        fitting = replace(BERLIN, entry_point="fitting")
        wanted = [step("w1", days=1), step("w2", "before_due", 5), step("w3", "on_issue")]
        self.assertEqual(
            compared([self.SENT], wanted, self.NOW, policy=fitting),
            [("keep", "sent", None, "w1"), ("add", "w2", "in_past", "w2"), ("add", "w3", "in_past", "w3")],
        )

    def test_lengthened_repetition_goes_on_from_its_start(self):
        """R13"""
        old = row("r1", "repeat", 7, "sent", "2026-01-22 08:00", start_date=date(2026, 1, 15))
        wanted = [step("w", "repeat", 7, occurrence=n, repeat_count=3) for n in (1, 2, 3)]
        self.assertEqual(
            compared([old], wanted, self.NOW),
            [("keep", "r1", None, "w"), ("add", "w", "01-29 09:00", "w"), ("add", "w", "02-05 09:00", "w")],
        )

    def test_other_repetition_starts_by_itself(self):
        """R13: after the last step that the schedule then has."""
        old = row("r1", "repeat", 7, "sent", "2026-01-22 08:00", start_date=date(2026, 1, 15))
        wanted = [step("w", "repeat", 10), step("w5", days=5)]
        self.assertEqual(
            compared([old, self.AHEAD], wanted, self.NOW),
            [("keep", "r1", None, None), ("keep", "ahead", None, "w5"), ("add", "w", "02-08 09:00", "w")],
        )

    def test_step_that_a_person_moved_stays_where_it_was_put(self):
        """R84: earlier than its natural place, through a later planning, a new plan and an edit."""
        moved = row("m", days=5, at="2026-01-26 08:00", floor=(date(2026, 1, 26), 9), rescheduled=True)
        for anew in (False, True):
            [change] = replan([moved], INVOICE, BERLIN, utc("2026-01-20 09:00"), anew=anew)
            self.assertEqual(change.planned and change.planned.scheduled_at, None)
        [change] = compare([moved], [step("w", days=5)], INVOICE, BERLIN, utc("2026-01-20 09:00"))
        self.assertEqual(change.action, "keep")


if __name__ == "__main__":
    unittest.main()
