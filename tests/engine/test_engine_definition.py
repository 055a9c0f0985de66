"""What a step may be: R1-R4, R12-R14, R16."""

import unittest
from datetime import date

from engine.definition import PROBLEMS, definition, expand, validate
from engine.facts import ONE_WAY, StepFacts

GOOD = StepFacts("a", "after_due", days=5)


def step(key="a", trigger="after_due", days=5, **values):
    return StepFacts(key, trigger, days=days, **values)


def codes(*steps, **more):
    return [problem.code for problem in validate(steps, hours={"sms": (8, 20)}, **more)]


class TestOneStep(unittest.TestCase):
    def test_each_rule_has_its_code(self):
        """R1-R4, R12, R16"""
        table = [
            (step(trigger="sometimes"), "unknown_trigger"),
            (step(days=-1), "days_not_whole"),
            (step(days=1.5), "days_not_whole"),
            (step(days=True), "days_not_whole"),
            (step(days=None), "days_not_whole"),
            (step(days=36501), "days_not_whole"),
            (step(trigger="before_due", days=-3), "days_not_whole"),
            (step(trigger="after_issue", days="3"), "days_not_whole"),
            (step(trigger="repeat", days=0), "days_not_whole"),
            (step(hour=24), "hour_out_of_range"),
            (step(hour=-1), "hour_out_of_range"),
            (step(hour=9.5), "hour_out_of_range"),
            (step(trigger="repeat", repeat_count=0), "repeats_out_of_range"),
            (step(trigger="repeat", repeat_count=11), "repeats_out_of_range"),
            (step(channels=frozenset()), "no_channel"),
            (step(channels=frozenset({"sms"}), hour=7), "channel_hour"),
            (step(channels=frozenset({"email", "sms"}), hour=21), "channel_hour"),
            (step(trigger="on_date"), "no_date"),
        ]
        for line, code in table:
            with self.subTest(line=line):
                self.assertEqual(codes(line), [code])

    def test_limits_are_included(self):
        """R2-R4, R16"""
        good = [
            step(days=0),
            step(hour=0),
            step(hour=23),
            step(trigger="repeat", days=1, repeat_count=10),
            step(trigger="on_issue", days=-1),
            step(trigger="on_date", days=-1, date=date(2026, 1, 10)),
            step(channels=frozenset({"email", "sms", "letter"})),
            step(channels=frozenset({"sms"}), hour=8),
            step(channels=frozenset({"sms"}), hour=20),
        ]
        for line in good:
            with self.subTest(line=line):
                self.assertEqual(codes(line), [])

    def test_date_belongs_to_an_invoice(self):
        """R12"""
        line = step(trigger="on_date", date=date(2026, 1, 10))
        self.assertEqual(codes(line, in_cadence=True), ["date_in_cadence"])

    def test_channels_out_of_their_hours_are_named_in_order(self):
        """R88"""
        late = step(channels=frozenset({"sms", "dove", "email"}), hour=22)
        problems = validate([late], hours={"sms": (8, 20), "dove": (6, 18)})
        self.assertEqual([problem.params["channel"] for problem in problems], ["dove", "sms"])

    def test_problem_names_step_and_values(self):
        [problem] = validate([GOOD, step("b", "repeat", 0)])
        self.assertEqual((problem.key, problem.params), ("b", {"lowest": 1, "highest": 36500}))

    def test_new_step_is_at_nine_one_way(self):
        """R3"""
        new = StepFacts("a", "on_issue")
        self.assertEqual((new.hour, new.channels, new.days, new.repeat_count), (9, {ONE_WAY}, 0, 1))


class TestStepsTogether(unittest.TestCase):
    def test_duplicates(self):
        """R14: what two lines differ in, and whether they are the same."""
        table = [
            (step("b"), True),
            (step("b", channels=frozenset({"sms"})), True),
            (step("b", mode="ask"), True),
            (step("b", days=6), False),
            (step("b", trigger="before_due"), False),
            (step("b", hour=10), False),
            (step("b", role="boss"), False),
        ]
        for line, same in table:
            with self.subTest(line=line):
                self.assertEqual(codes(GOOD, line), ["duplicate"] if same else [])

    def test_days_without_meaning_make_no_difference(self):
        """R14"""
        self.assertEqual(codes(step("a", "on_issue", 1), step("b", "on_issue", 2)), ["duplicate"])
        dated = [step(n, "on_date", n, date=date(2026, 1, 10)) for n in (1, 2)]
        self.assertEqual(codes(*dated), ["duplicate"])
        self.assertEqual(codes(dated[0], step("b", "on_date", date=date(2026, 1, 11))), [])

    def test_one_step_repeats(self):
        """R14"""
        self.assertEqual(codes(step("a", "repeat"), step("b", "repeat", 9)), ["second_repeat"])

    def test_occurrences_are_one_step(self):
        """R13, R14, R16"""
        lines = expand(step("r", "repeat", repeat_count=10))
        fixed = [step(n, days=n) for n in range(99)]
        self.assertEqual(codes(*fixed, *lines), [])

    def test_at_most_a_hundred_steps(self):
        """R16"""
        self.assertEqual(codes(*(step(n, days=n) for n in range(100))), [])
        [problem] = validate(step(n, days=n) for n in range(101))
        self.assertEqual((problem.code, problem.params), ("too_many_steps", {"limit": 100, "count": 101}))

    def test_each_code_has_a_sentence_that_takes_its_values(self):
        """R16"""
        values = {"lowest": 0, "highest": 1, "limit": 2, "count": 3, "channel": "fax", "first": 8, "last": 20}
        for code, sentence in PROBLEMS.items():
            with self.subTest(code=code):
                self.assertRegex(sentence % values, r"^[A-Z][^%]+\.$")


class TestExpand(unittest.TestCase):
    def test_repeating_step_becomes_its_occurrences(self):
        """R13"""
        lines = expand(step("r", "repeat", 7, repeat_count=2, hour=14))
        self.assertEqual([(line.key, line.occurrence, line.repeat_count) for line in lines], [("r", 1, 2), ("r", 2, 2)])
        self.assertEqual({line.hour for line in lines}, {14})

    def test_other_steps_stay(self):
        self.assertEqual(expand(GOOD), (GOOD,))

    def test_occurrences_differ(self):
        first, second = expand(step("r", "repeat", repeat_count=2))
        self.assertNotEqual(definition(first), definition(second))


if __name__ == "__main__":
    unittest.main()
