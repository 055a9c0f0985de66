"""What people paste into names and addresses: R60."""

import unittest

from engine.addresses import header_name, normalise, on_the_wire, one_line, split_entry, visible

INVISIBLE = "\ufeff\u200b\u200e\u202e\u2060\x00\x07\ud800"


class TestVisible(unittest.TestCase):
    def test_nothing_hides(self):
        """R60"""
        self.assertEqual(visible(f"a{INVISIBLE}b"), "ab")
        self.assertEqual(visible("Müller & Sons"), "Müller & Sons")

    def test_every_line_break_is_one(self):
        """R60"""
        for end in ("\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"):
            self.assertEqual((visible(f"a{end}b"), one_line(f"a{end}b")), ("a\nb", "a b"))

    def test_blanks_are_one(self):
        self.assertEqual(one_line(" a\t b\xa0 c "), "a b c")

    def test_letters_keep_their_shape(self):
        """A joiner is part of how Persian or Hindi is spelled; in an address it is only hidden."""
        self.assertEqual((one_line("می\u200cخواهم"), visible("a\u200cb")), ("می\u200cخواهم", "ab"))


class TestHeaderName(unittest.TestCase):
    def test_names(self):
        """R60: a name that looks like an address stays out of headers."""
        table = [
            ("Ann Lee", "Ann Lee"),
            ("Lee, Ann", "Lee, Ann"),
            ('Ann "Nick"', 'Ann "Nick"'),
            ("Müller", "Müller"),
            ("Acme\r\nBcc: Ann", "Acme Bcc: Ann"),
            ("Acme\nE-mail: old@acme.example", ""),
            ("a <b", ""),
            ("b> a", ""),
            ("=?utf-8?b?PG9sZEBhY21lLmV4YW1wbGU+?=", ""),
            ("", ""),
        ]
        for text, expected in table:
            with self.subTest(text=text):
                self.assertEqual(header_name(text), expected)


class TestSplitEntry(unittest.TestCase):
    def test_entries(self):
        """R60, R61"""
        table = [
            ("a@example.com", ("", "a@example.com")),
            ("Ann <a@example.com>", ("Ann", "a@example.com")),
            ("'Ann' < a@example.com >", ("Ann", "a@example.com")),
            ('"a\\"b" <a@example.com>', ('a"b', "a@example.com")),
            ("a@example.com (Ann)", ("Ann", "a@example.com")),
            ('"Ann <Boss>" <a@example.com>', ("Ann <Boss>", "a@example.com")),
            ("old@example.com <a> <b>", ("", "")),
        ]
        for entry, expected in table:
            with self.subTest(entry=entry):
                self.assertEqual(split_entry(entry), expected)


class TestInternationalDomains(unittest.TestCase):
    def test_shown_and_sent(self):
        """R85: entered, shown, sent to."""
        table = [
            ("Info@Müller.example", "info@müller.example", "info@xn--mller-kva.example"),
            ("info@xn--mller-kva.example", "info@müller.example", "info@xn--mller-kva.example"),
            ("info@mu\u0308ller.example", "info@müller.example", "info@xn--mller-kva.example"),
            ("a@straße.example", "a@straße.example", "a@xn--strae-oqa.example"),
            ("müller@example.com", "müller@example.com", "müller@example.com"),
            ("a@xn--zzzzzz.example", "a@xn--zzzzzz.example", "a@xn--zzzzzz.example"),
            ("a@\u2603.example", "a@\u2603.example", None),
        ]
        for entered, shown, sent in table:
            with self.subTest(entered=entered):
                self.assertEqual((normalise(entered), on_the_wire(normalise(entered))), (shown, sent))


if __name__ == "__main__":
    unittest.main()
