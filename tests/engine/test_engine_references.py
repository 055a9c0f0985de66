"""Which invoices a text names (R45)."""

import time
import unittest

from engine.references import names_of, words

NAMES = names_of([
    ("INV/2026/00012", 12),
    ("INV/2026/0001", 1),
    ("+++090/9337/55493+++", 12),
    ("CUST/0077", 1),
    ("CUST/0077", 12),
    ("7", 7),
    ("Ümlaut_2026/7", 8),
    ("", 9),
])


class TestNames(unittest.TestCase):
    def test_table(self):
        for text, keys in (
            ("INV/2026/00012", {12}),
            ("inv 2026 00012", {12}),
            ("Payment of INV202600012, thanks", {12}),
            ("INV/2026/0001 and INV-2026-00012", {1, 12}),
            ("090 9337 55493", {12}),
            ("INV/2026/000123", set()),
            ("XINV/2026/00012", set()),
            ("our CUST/0077", set()),
            ("7 or 2026", set()),
            ("ümlaut 2026-7", {8}),
            ("", set()),
        ):
            with self.subTest(text=text):
                self.assertEqual(NAMES.named_in(text), keys)

    def test_without_names_nothing_is_named(self):
        self.assertEqual(names_of([]).named_in("INV/2026/00012"), frozenset())

    def test_a_long_text_takes_no_longer_than_its_beginning(self):
        started = time.process_time()
        self.assertLess(len(words("1 " * 500_000)), 20_000)
        self.assertLess(time.process_time() - started, 1)
