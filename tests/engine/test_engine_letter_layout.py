"""A letter's states and its address in the window: R84, R87, R89."""

import unittest
from datetime import timedelta

from engine.letter_layout import (
    HEADROOM,
    LAYOUTS,
    LINE_HEIGHT,
    POINT,
    Box,
    fit,
    pause,
    reported,
)
from engine.states import DELIVERY_MOVES, DELIVERY_STATE_OF_LETTER, LETTER_MOVES

WINDOW = LAYOUTS["din_b"].address


class TestMoves(unittest.TestCase):
    def test_tables_know_every_state(self):
        self.assertEqual(set().union(*LETTER_MOVES.values()) - set(LETTER_MOVES), set())
        self.assertEqual(set(DELIVERY_STATE_OF_LETTER) | {"queued", "sending"}, set(LETTER_MOVES))
        self.assertEqual(set(DELIVERY_STATE_OF_LETTER.values()) - set(DELIVERY_MOVES), set())

    def test_failed_returned_and_cancelled_are_final(self):
        """R84: a retry is a new letter."""
        self.assertEqual([LETTER_MOVES[state] for state in ("failed", "returned", "cancelled")], [frozenset()] * 3)

    def test_reports(self):
        """R87: state, what the provider says, what it becomes."""
        table = [
            ("sending", "sent", "sent"),
            ("sending", "sending", None),
            ("sending", "unknown", None),
            ("sending", "queued", None),
            ("sending", None, None),
            ("sending", "cancelled", "cancelled"),
            ("sent", "sent", None),
            ("sent", "returned", "returned"),
            ("sent", "cancelled", "failed"),
            ("delivered", "sent", None),
            ("delivered", "returned", "returned"),
            ("returned", "delivered", None),
            ("cancelled", "sent", None),
        ]
        self.assertEqual([reported(old, word) for old, word, _new in table], [new for _old, _word, new in table])


class TestPause(unittest.TestCase):
    def test_pauses_grow_to_a_limit(self):
        minutes = [pause(attempt) // timedelta(minutes=1) for attempt in (1, 2, 3, 4, 5, 6, 50)]
        self.assertEqual(minutes, [1, 5, 15, 60, 120, 240, 240])

    def test_the_providers_wish_is_a_lower_limit(self):
        self.assertEqual(pause(2, 10), timedelta(minutes=5))
        self.assertEqual(pause(2, 900), timedelta(minutes=15))


class TestLayouts(unittest.TestCase):
    def test_the_address_lies_in_the_window_and_the_text_below_it(self):
        for name, layout in LAYOUTS.items():
            with self.subTest(name):
                self.assertGreaterEqual(layout.address.left, layout.window.left)
                self.assertGreaterEqual(layout.address.top, layout.window.top)
                self.assertLessEqual(layout.address.right, layout.window.right)
                self.assertLessEqual(layout.address.bottom, layout.window.bottom + 1e-6)
                self.assertGreater(layout.text_top, layout.window.bottom)
                self.assertLessEqual(layout.head_bottom, layout.window.top)

    def test_the_sender_stands_above_the_address(self):
        for name in ("din_a", "din_b"):
            sender = LAYOUTS[name].sender
            self.assertAlmostEqual(sender.bottom, LAYOUTS[name].address.top)
            self.assertGreaterEqual(sender.top, LAYOUTS[name].head_bottom)


class TestFit(unittest.TestCase):
    def test_six_lines_fit_every_window(self):
        lines = ["Customer Ltd", "Ann Lee", "1 High Street", "Floor 2", "London SW1A 1AA", "UNITED KINGDOM"]
        for name, layout in LAYOUTS.items():
            size, fitted = fit(lines, layout.address)
            self.assertEqual(list(fitted), lines, name)
            self.assertLessEqual((len(fitted) * LINE_HEIGHT + HEADROOM) * size * POINT, layout.address.height)

    def test_a_long_name_goes_on_in_the_next_line_between_words(self):
        name = "Gesellschaft für angewandte Wirtschaftsinformatik und Unternehmensberatung mit beschränkter Haftung"
        _size, fitted = fit([name, "Hauptstraße 1"], WINDOW)
        self.assertEqual(" ".join(fitted[:-1]), name)
        self.assertGreater(len(fitted), 2)

    def test_a_word_longer_than_the_window_is_cut(self):
        word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
        _size, fitted = fit([f"An {word}"], WINDOW)
        self.assertEqual("".join(fitted).replace(" ", ""), f"An{word}")
        self.assertGreater(len(fitted), 1)

    def test_many_lines_are_set_smaller_until_none_fits(self):
        sizes = [fit(["Line"] * count, WINDOW) for count in (6, 7, 8, 9, 10)]
        self.assertEqual([found and found[0] for found in sizes], [10, 9, 8, 7, None])

    def test_blank_lines_are_left_out(self):
        self.assertEqual(fit(["Ann", "  ", "London"], WINDOW)[1], ("Ann", "London"))

    def test_wide_and_foreign_letters_are_given_room(self):
        """Room for 20 letters as wide as they are high."""
        box = Box(0, 0, 20 * 10 * POINT + 0.01, 100)
        for letter in "W漢":
            self.assertEqual([len(line) for line in fit([letter * 21], box)[1]], [20, 1])
        self.assertEqual(len(fit(["-" * 40], box)[1]), 1)
