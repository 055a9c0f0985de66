"""Lists of e-mail addresses as people paste them: R61."""

import unittest

from engine.address_list import is_email, parse_address_list, write_address


class TestAddresses(unittest.TestCase):
    def test_form_of_an_address(self):
        """R61, R85"""
        good = [
            "a@example.com",
            "a.b+c@sub.example.co.uk",
            "o'neil@example.com",
            "müller@example.com",
            "a@münchen.de",
            "a@xn--mnchen-3ya.de",
            "1@2.example",
            "a_b-c@ex-ample.com",
            "a@" + "b" * 60 + ".com",
            "a" * 242 + "@example.com",
        ]
        bad = [
            "",
            "a",
            "a@",
            "@example.com",
            "a@example",
            "a@localhost",
            "a..b@example.com",
            ".a@example.com",
            "a.@example.com",
            "a b@example.com",
            "a@exam ple.com",
            "a@-example.com",
            "a@example-.com",
            "a@example..com",
            "a@b@example.com",
            "a@example.c",
            "a@example.com.",
            "a,b@example.com",
            "a@127.0.0.1",
            "<a@example.com>",
            "a@example.com\n",
            "a" * 243 + "@example.com",
            "a@mü_ller.example",
            "a" * 240 + "@müller.example",
        ]
        self.assertEqual([address for address in good if not is_email(address)], [])
        self.assertEqual([address for address in bad if is_email(address)], [])

    def test_list_as_people_paste_it(self):
        """R61"""
        table = [
            ("", []),
            (" , ;\n\r\n;", []),
            ("a@example.com", [("", "a@example.com")]),
            ("A@Example.COM,a@example.com", [("", "a@example.com")]),
            (
                "a@example.com;b@example.com\r\nc@example.com",
                [("", "a@example.com"), ("", "b@example.com"), ("", "c@example.com")],
            ),
            ("Ann Lee <a@example.com>", [("Ann Lee", "a@example.com")]),
            (
                '"Lee, Ann; Dr." <a@example.com>, b@example.com',
                [("Lee, Ann; Dr.", "a@example.com"), ("", "b@example.com")],
            ),
            ("<a@example.com>", [("", "a@example.com")]),
            ("nobody, b@example.com", [("", "nobody"), ("", "b@example.com")]),
            ("a@example.com b@example.com", [("", "a@example.com b@example.com")]),
            ('Ann "the <boss, b@example.com', [("", 'Ann "the <boss'), ("", "b@example.com")]),
            ("\ufeffa@example.com\u200b", [("", "a@example.com")]),
            ("a@example.com\u2028b@example.com", [("", "a@example.com"), ("", "b@example.com")]),
            ("a@xn--mller-kva.example, A@MÜLLER.example", [("", "a@müller.example")]),
        ]
        for text, expected in table:
            with self.subTest(text=text):
                self.assertEqual(list(parse_address_list(text)), expected)

    def test_a_name_never_becomes_an_address(self):
        """R60"""
        for text in (
            "old@example.com <new@example.com>",
            '"old@example.com" <new@example.com>',
            "new@example.com (old@example.com)",
            '"Ann <old@example.com>" <new@example.com>',
            "Ann\u2029 <new@example.com>",
        ):
            with self.subTest(text=text):
                self.assertEqual([address for _name, address in parse_address_list(text)][-1], "new@example.com")
        for text in ("old@example.com <new@example.com> more", "old@example.com <nobody>", "old@a.example <a> <b>"):
            with self.subTest(text=text):
                self.assertEqual(list(parse_address_list(text)), [("", text)])

    def test_list_is_written_as_it_is_read(self):
        """R61"""
        for name in ("Lee, Ann", 'Ann "Nick" Lee', "Ann <old@example.com>", "Ann\r\nold@example.com", "=?utf-8?q?A?="):
            [(_name, address)] = parse_address_list(write_address(name, "new@example.com"))
            self.assertEqual(address, "new@example.com")

    def test_long_nonsense_is_read_at_once(self):
        """R61: no input makes the patterns search for ever."""
        for text in ('"' * 5000, "<" * 5000, "a." * 5000 + "@", "a@" + "a-" * 5000, "a@" + "a." * 5000):
            self.assertLessEqual(len(parse_address_list(text)), 2)


if __name__ == "__main__":
    unittest.main()
