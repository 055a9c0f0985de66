"""What the runs to come will do: R8, R17, R35b, R36, R40, R42, R47, R63, R83, R101."""

import unittest
from dataclasses import replace
from datetime import date, datetime

from engine.facts import ContactHistory, Hold, InvoiceFacts, Policy, StepFacts
from engine.forecast import Outlook, foretell

INVOICE = InvoiceFacts(date(2026, 1, 10), due_date=date(2026, 1, 24))
NOW = datetime(2026, 1, 15, 12)
PHONE_TOO = frozenset({"email", "sms"})


def step(key, day, hour=9, **values):
    """A planned step of that day in January, on the clock of Greenwich."""
    given = {"trigger": "after_due", "hour": hour, "state": "planned", "channels": frozenset({"email"}), **values}
    return StepFacts(key, scheduled_at=datetime(2026, 1, day, hour), **given)


class TestForetelling(unittest.TestCase):
    def told(self, *steps, holds=(), **more):
        """[(key, channel, day of the month, outcome, reason code)] of what becomes of the steps, in time."""
        outlook = Outlook(**{"invoice": replace(INVOICE, holds=holds), "policy": Policy(), "now": NOW, **more})
        self.messages = sorted(foretell(steps, outlook), key=lambda message: (message.at, message.key, message.channel))
        return [
            (message.key, message.channel, message.at.day, message.outcome, message.reason_code)
            for message in self.messages
        ]

    def briefly(self, *steps, **more):
        """[(key, day of the month, outcome, reason code)] of steps with one channel."""
        return [(key, day, outcome, code) for key, _channel, day, outcome, code in self.told(*steps, **more)]

    # ------------------------------------------------------------------ what goes

    def test_what_was_sent_or_left_out_is_not_to_come(self):
        steps = [step("a", 20, state="sent"), step("b", 21, state="skipped"), step("c", 22)]
        self.assertEqual(self.briefly(*steps), [("c", 22, "goes", None)])

    def test_of_two_on_one_day_the_first_goes(self):
        """R17: a step with a second channel sends through that."""
        told = self.told(step("a", 20), step("b", 20, 14, channels=PHONE_TOO), step("c", 20, 16))
        self.assertEqual(
            told,
            [
                ("a", "email", 20, "goes", None),
                ("b", "email", 20, "left", "already_contacted_today"),
                ("b", "sms", 20, "goes", None),
                ("c", "email", 20, "left", "already_contacted_today"),
            ],
        )

    def test_other_roles_do_not_collide(self):
        """R17"""
        told = self.briefly(step("a", 20), step("b", 20, 14, role=7))
        self.assertEqual([outcome for _key, _day, outcome, _code in told], ["goes", "goes"])

    def test_what_left_today_uses_up_the_day_and_no_other(self):
        """R17"""
        history = ContactHistory(NOW.date(), {(None, "email"): "x"})
        told = self.briefly(step("a", 15, 14), step("b", 16), history=history)
        self.assertEqual(told, [("a", 15, "left", "already_contacted_today"), ("b", 16, "goes", None)])

    def test_the_contact_delay_moves_what_follows(self):
        """R42, R17: the third is moved to a day that the second uses up, and goes on from there."""
        told = self.briefly(*(step(f"{day}", day) for day in (16, 17, 18)), policy=Policy(min_contact_days=5))
        moved = "contact_delay"
        self.assertEqual(told, [("16", 16, "goes", None), ("17", 21, "goes", moved), ("18", 26, "goes", moved)])

    def test_a_reminder_before_due_is_not_moved_past_it(self):
        """R42"""
        steps = step("a", 20), step("b", 21, trigger="before_due")
        told = self.briefly(*steps, policy=Policy(min_contact_days=10))
        self.assertEqual(told[1], ("b", 21, "left", "contact_delay"))

    def test_who_reaches_nobody_uses_up_no_day(self):
        """R17, R83"""
        told = self.briefly(step("a", 20), step("b", 20, 14), unreached={"a": {"email": "no_recipient"}})
        self.assertEqual(told, [("a", 20, "left", "no_recipient"), ("b", 20, "goes", None)])

    # ------------------------------------------------------------------ what is overdue

    def test_a_copy_for_colleagues_alone_uses_up_no_day(self):
        """R17, R42, R62: through one channel; through another the customer is contacted."""
        steps = [step("a", 20, channels=PHONE_TOO), step("b", 20, 14, channels=PHONE_TOO), step("c", 22)]
        told = self.told(*steps, copied={"a": {"email"}})
        self.assertEqual(
            told,
            [
                ("a", "email", 20, "goes", None),
                ("a", "sms", 20, "goes", None),
                ("b", "email", 20, "goes", None),
                ("b", "sms", 20, "left", "already_contacted_today"),
                ("c", "email", 22, "goes", None),
            ],
        )
        told = self.briefly(step("a", 20), step("c", 21), policy=Policy(min_contact_days=5), copied={"a": {"email"}})
        self.assertEqual(told, [("a", 20, "goes", None), ("c", 21, "goes", None)])

    def test_of_what_is_overdue_the_newest_goes(self):
        """R40: nobody waits for the others; it keeps its place, and goes until a newer one is due or it is too late."""
        told = self.briefly(step("a", 12), step("b", 14), step("c", 20))
        self.assertEqual(told, [("b", 14, "goes", None), ("c", 20, "goes", None)])
        self.assertEqual(
            [message.until for message in self.messages], [datetime(2026, 1, 20, 8, 59, 59), datetime(2026, 1, 27, 9)]
        )
        self.told(step("a", 14, trigger="on_issue"))
        self.assertIsNone(self.messages[0].until)

    def test_what_is_too_late_is_not_to_come(self):
        """R40"""
        self.assertEqual(self.told(step("a", 2)), [])

    def test_what_waits_for_its_mail_server_goes_with_its_turn(self):
        """R113: unless a newer one is due by then."""
        waiting = step("a", 15, 9, waits_until=datetime(2026, 1, 16, 7), reason_code="mail_server_limit")
        self.assertEqual(self.briefly(waiting, step("b", 20))[0], ("a", 16, "goes", "mail_server_limit"))
        self.assertEqual(self.briefly(waiting, step("b", 15, 14)), [("b", 15, "goes", None)])

    # ------------------------------------------------------------------ whom it reaches

    def test_a_channel_that_reaches_nobody_fails_alone(self):
        """R83, R96"""
        problem = {"unreached": {"a": {"sms": "no_recipient"}}, "failing": frozenset({"a"})}
        told = self.told(step("a", 20, channels=PHONE_TOO), **problem)
        self.assertEqual(told, [("a", "email", 20, "goes", None), ("a", "sms", 20, "fails", "no_recipient")])

    def test_a_role_that_nobody_has_is_left_out(self):
        """R63: also of a step that asks."""
        nobody = {"a": {"email": "no_role_contact"}}
        for mode in ("auto", "ask"):
            with self.subTest(mode=mode):
                told = self.briefly(step("a", 20, role=7, mode=mode), unreached=nobody)
                self.assertEqual(told, [("a", 20, "left", "no_role_contact")])

    # ------------------------------------------------------------------ people

    def test_what_follows_a_step_that_asks_waits_with_it(self):
        """R101: what goes at the same instant does not."""
        told = self.briefly(step("a", 20, mode="ask"), step("b", 20, role=7), step("c", 27))
        self.assertEqual(
            told,
            [
                ("a", 20, "asks", "waiting_for_person"),
                ("b", 20, "goes", None),
                ("c", 27, "asks", "behind_waiting"),
            ],
        )

    def test_overdue_after_one_that_asks_now_waits_with_it(self):
        """R8, R40, R101: on issue asks, a newer one is due too."""
        told = self.briefly(step("a", 13, trigger="on_issue", mode="ask"), step("b", 14))
        self.assertEqual(told, [("a", 13, "asks", "waiting_for_person"), ("b", 14, "asks", "behind_waiting")])

    def test_one_that_waits_lasts(self):
        """R101"""
        told = self.briefly(step("a", 12, state="waiting", mode="ask"), step("b", 27))
        self.assertEqual(told, [("a", 12, "asks", "waiting_for_person"), ("b", 27, "asks", "behind_waiting")])

    # ------------------------------------------------------------------ holds

    def test_a_hold_without_an_end_holds_all(self):
        """R35: what is past is not to come, but for on issue, which goes on release (R8)."""
        steps = (
            step("a", 12, state="held", reason_code="blocked"),
            step("b", 13, state="held", reason_code="blocked", trigger="on_issue"),
            step("c", 20, state="planned"),
        )
        told = self.briefly(*steps, holds=(Hold("blocked"),))
        self.assertEqual(told, [("b", 13, "held", "blocked"), ("c", 20, "held", "blocked")])

    def test_a_hold_leaves_out_what_it_outlasts(self):
        """R8, R35b, R36: on issue goes when it ends, what waits for a person stays, and so does what comes later."""
        held = {"state": "held", "reason_code": "paused"}
        steps = (
            step("a", 16, **held),
            step("b", 17, trigger="on_issue", **held),
            step("c", 21, **held),
            step("d", 22, state="planned"),
            step("e", 23, state="waiting", mode="ask"),
        )
        told = self.briefly(*steps, holds=(Hold("paused", datetime(2026, 1, 19)),))
        self.assertEqual(
            told,
            [
                ("a", 16, "left", "paused"),
                ("b", 19, "goes", None),
                ("c", 21, "goes", None),
                ("d", 22, "goes", None),
                ("e", 23, "asks", "waiting_for_person"),
            ],
        )
        self.assertEqual(self.messages[1].at, datetime(2026, 1, 19, 7))

    def test_what_the_brake_holds_waits_for_its_click(self):
        """R47: whatever else ends before; it lasts."""
        braked = step("a", 14, state="held", reason_code="run_limit")
        for holds in ((), (Hold("paused"),), (Hold("paused", datetime(2026, 1, 19)),)):
            with self.subTest(holds=holds):
                self.assertEqual(self.briefly(braked, holds=holds), [("a", 14, "held", "run_limit")])

    def test_what_is_stopped_is_held(self):
        """R36"""
        self.assertEqual(self.briefly(step("a", 12), step("b", 20), stopped=True), [("b", 20, "held", "stopped")])

    def test_a_verdict_that_knows_no_end_holds(self):
        """R31: a draft."""
        told = self.briefly(step("a", 20), invoice=replace(INVOICE, posted=False))
        self.assertEqual(told, [("a", 20, "held", "draft")])


if __name__ == "__main__":
    unittest.main()
