"""States and what follows from facts: R32, R35, R39, R62, R83, R84, R87, R94, R99."""

import unittest
from datetime import datetime

from engine import states as vocabulary
from engine.facts import Hold
from engine.states import DELIVERY_MOVES, STEP_MOVES
from engine.transitions import (
    ALLOWED,
    IllegalMove,
    StatusFacts,
    check_move,
    next_at,
    release_at,
    status,
    step_outcome,
)

STATUSES = {
    "draft",
    "active",
    "paused",
    "expired",
    "failed",
    "will_fail",
    "paid",
    "stopped",
    "cancelled",
    "written_off",
    "collections",
}
MONDAY, TUESDAY, WEDNESDAY = (datetime(2026, 1, number, 8) for number in (19, 20, 21))


class TestMoves(unittest.TestCase):
    def test_tables_know_every_state(self):
        """R39: a state that may be reached may be left by the rules of the same table."""
        for table in (STEP_MOVES, DELIVERY_MOVES):
            self.assertEqual(set().union(*table.values()) - set(table), set())

    def test_tables_and_labels_know_the_same_states(self):
        self.assertEqual(set(vocabulary.STEP_STATES), set(STEP_MOVES))
        self.assertEqual(set(vocabulary.DELIVERY_STATES), set(DELIVERY_MOVES))
        self.assertEqual(set(vocabulary.LETTER_STATES), set(vocabulary.LETTER_MOVES))
        self.assertEqual(set(vocabulary.STATUSES), STATUSES)

    def test_groups_are_of_one_kind(self):
        """A group of states holds states of what it is told of, and none twice."""
        kinds = {
            "STEP_STATES": "SCHEDULED UNTRIED UPCOMING UNSENT UNFINISHED HALTED HANDED_OVER REACHED REACHING RETRYABLE"
            " ATTEMPTED WANTS_PERSON LEFT_OUT NOT_TO_SEND NOT_BY_HAND",
            "DELIVERY_STATES": "LEFT LIVE LOST",
            "LETTER_STATES": "UNPOSTED FOLLOWED PRINTABLE",
            "LIFECYCLES": "ONGOING GIVEN_UP ENDED",
            "STATUSES": "OPEN_STATUSES SENDING_STATUSES ATTENTION_STATUSES RESTARTABLE_STATUSES",
        }
        for kind, groups in kinds.items():
            for group in map(vocabulary.__dict__.get, groups.split()):
                self.assertEqual((len(set(group)), set(group) - set(vocabulary.__dict__[kind])), (len(group), set()))

    def test_step_moves(self):
        """R39, R84, R87, R32, R62: old, new, whether it is allowed."""
        table = [
            ("planned", "sent", True),
            ("planned", "held", True),
            ("held", "planned", True),
            ("held", "sent", False),
            ("waiting", "sent", True),
            ("sent", "failed", True),
            ("sent", "planned", False),
            ("planned", "under_way", True),
            ("waiting", "under_way", True),
            ("failed", "under_way", True),
            ("held", "under_way", False),
            ("sent", "under_way", False),
            ("under_way", "sent", True),
            ("under_way", "partly", True),
            ("under_way", "failed", True),
            ("under_way", "planned", False),
            ("under_way", "cancelled", True),
            ("under_way", "skipped", True),
            ("under_way", "draft", True),
            ("under_way", "held", True),
            ("sent", "cancelled", False),
            ("sent", "held", False),
            ("partly", "sent", True),
            ("partly", "cancelled", False),
            ("failed", "sent", True),
            ("failed", "draft", False),
            ("skipped", "planned", True),
            ("skipped", "sent", True),
            ("skipped", "cancelled", False),
            ("cancelled", "sent", True),
            ("cancelled", "planned", True),
            ("draft", "sent", False),
            ("draft", "planned", True),
        ]
        self.check(STEP_MOVES, table)

    def test_delivery_moves(self):
        """R87: failed, bounced and cancelled are final."""
        table = [("queued", "sent", True), ("sent", "bounced", True), ("delivered", "bounced", True)]
        table += [(final, "sent", False) for final in ("failed", "bounced", "cancelled")]
        self.check(DELIVERY_MOVES, table)

    def check(self, moves, table):
        for old, new, allowed in table:
            with self.subTest(old=old, new=new):
                if allowed:
                    self.assertIs(check_move(moves, old, new), True)
                else:
                    with self.assertRaises(IllegalMove) as caught:
                        check_move(moves, old, new)
                    self.assertEqual((caught.exception.old, caught.exception.new), (old, new))

    def test_repeat_is_no_change(self):
        """R84, R87"""
        for table in (STEP_MOVES, DELIVERY_MOVES):
            for state in table:
                self.assertIs(check_move(table, state, state), False)

    def test_report_that_came_late_is_no_change(self):
        """R87: *sent* may be heard after *delivered*."""
        self.assertIs(check_move(DELIVERY_MOVES, "delivered", "sent"), False)
        self.assertIs(check_move(DELIVERY_MOVES, "sent", "queued"), False)


class TestOutcome(unittest.TestCase):
    def test_outcome_of_a_step(self):
        """R83, R62: deliveries, internal copies, state."""
        table = [
            ("sent", "", "sent"),
            ("sent delivered", "", "sent"),
            ("sent cancelled", "", "partly"),
            ("sent failed", "", "partly"),
            ("delivered bounced", "", "partly"),
            ("failed bounced", "", "failed"),
            ("failed cancelled", "", "failed"),
            ("cancelled cancelled", "", "cancelled"),
            ("queued", "", "under_way"),
            ("sent queued", "", "sent"),
            ("failed queued", "", "partly"),
            ("sent failed queued", "", "partly"),
            ("cancelled queued", "", "under_way"),
            ("", "", None),
            ("sent", "sent", "sent"),
            ("sent", "failed", "partly"),
            ("sent", "queued", "sent"),
            ("sent", "cancelled", "partly"),
            ("queued", "sent", "under_way"),
            ("queued", "failed", "partly"),
            ("failed", "queued", "failed"),
            ("", "queued", "under_way"),
            ("failed", "sent", "failed"),
            ("", "sent", "skipped"),
            ("", "failed", "failed"),
            ("", "cancelled", "cancelled"),
            ("cancelled", "sent", "skipped"),
        ]
        for states, internal, expected in table:
            with self.subTest(states=states, internal=internal):
                self.assertEqual(step_outcome(states.split(), internal.split()), expected)


class TestStatus(unittest.TestCase):
    def test_badge(self):
        """R94, R41"""
        table = [
            ({"posted": False, "upcoming": 3}, "draft"),
            ({"posted": False, "lifecycle": "disabled"}, "draft"),
            ({"upcoming": 3}, "active"),
            ({}, "expired"),
            ({"upcoming": 3, "held": True}, "paused"),
            ({"upcoming": 3, "lifecycle": "paused"}, "paused"),
            ({"lifecycle": "disabled"}, "stopped"),
            ({"lifecycle": "cancelled"}, "cancelled"),
            ({"lifecycle": "collections"}, "collections"),
            ({"lifecycle": "written_off"}, "written_off"),
            ({"closed": "paid"}, "paid"),
            ({"closed": "reversed"}, "paid"),
            ({"closed": "nothing_due"}, "paid"),
            ({"closed": "cancelled", "posted": False}, "stopped"),
            ({"closed": "reversed", "lifecycle": "written_off", "booked": True}, "written_off"),
            ({"closed": "paid", "lifecycle": "written_off", "booked": True}, "written_off"),
            ({"closed": "paid", "lifecycle": "written_off"}, "paid"),
            ({"closed": "paid", "lifecycle": "collections"}, "paid"),
            ({"closed": "paid", "lifecycle": "disabled"}, "paid"),
            ({"upcoming": 3, "failures": 1}, "failed"),
            ({"failures": 1}, "failed"),
            ({"upcoming": 3, "will_fail": True}, "will_fail"),
        ]
        for values, expected in table:
            with self.subTest(values=values):
                self.assertEqual(status(StatusFacts(**values)), expected)

    def test_precedence(self):
        """R94: taking away the strongest each time shows the next."""
        values = {"closed": "paid", "held": True, "failures": 1, "will_fail": True}
        seen = []
        for name in [*values, None]:
            seen.append(status(StatusFacts(**values)))
            values.pop(name, None)
        self.assertEqual(seen, ["paid", "paused", "failed", "will_fail", "expired"])

    def test_actions(self):
        """R99"""
        running = {"active", "paused", "expired", "will_fail", "failed"}
        expected = {
            "write_off": running,
            "collections": running,
            "change_cadence": running,
            "cancel": running,
            "disable": running,
            "pause": {"active", "will_fail", "failed"},
            "resume": {"paused"},
            "enable": {"stopped"},
        }
        self.assertEqual(set(ALLOWED), STATUSES)
        self.assertEqual(set().union(*ALLOWED.values()), set(expected))
        for action, statuses in expected.items():
            with self.subTest(action=action):
                self.assertEqual({name for name, actions in ALLOWED.items() if action in actions}, statuses)


class TestNextAt(unittest.TestCase):
    def test_first_planned_step(self):
        """R80"""
        self.assertEqual(next_at([WEDNESDAY, None, TUESDAY]), TUESDAY)
        self.assertIsNone(next_at([None]))

    def test_hold_counts_until_its_end(self):
        """R35b, R36"""
        self.assertEqual(next_at([MONDAY], [Hold("paused", TUESDAY)]), TUESDAY)
        self.assertIsNone(next_at([MONDAY], [Hold("paused", TUESDAY), Hold("blocked")]))

    def test_what_follows_a_step_that_waits_waits_with_it(self):
        """R101, R35b: but a hold ends all the same."""
        self.assertIsNone(next_at([MONDAY], waiting=True))
        self.assertEqual(next_at([MONDAY], [Hold("paused", TUESDAY)], waiting=True), TUESDAY)

    def test_stopped_wants_nothing(self):
        """R36"""
        self.assertIsNone(next_at([MONDAY], stopped=True))

    def test_last_hold_decides(self):
        """R35"""
        self.assertEqual(release_at([Hold("a", TUESDAY), Hold("b", MONDAY)]), TUESDAY)
        self.assertIsNone(release_at([]))


if __name__ == "__main__":
    unittest.main()
