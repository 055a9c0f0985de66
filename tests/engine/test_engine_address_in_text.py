"""The page of an invoice in texts, and what stands in its place: R92c."""

import unittest
from html import escape
from time import process_time

from hypothesis import example, given
from hypothesis import strategies as st

from engine.address_in_text import named, replaced

TOKEN = "0b5a8a4e-4f8e-4d0c-9c5e-0f6a1b2c3d4e"
PAGE = f"https://a.example/my/invoices/7?access_token={TOKEN}"
PAYMENT = f"{PAGE}&payment=True#portal_pay"
PICTURE = f"https://a.example/chasing/qr/7.png?access_token={TOKEN}"
OTHERS = {PAGE: "https://a.example/c/1", PAYMENT: "https://a.example/c/2", PICTURE: "https://a.example/c/1.png"}
PIECES = st.one_of(
    st.sampled_from([
        *OTHERS,
        *map(escape, OTHERS),
        TOKEN,
        TOKEN[:-1],
        TOKEN[1:],
        PAGE.removeprefix("https://a.example"),
        PAGE.removeprefix("https://"),
        PAGE.replace("a.example", "www.shop.example"),
        PAGE.replace("/7?", "/70?"),
        f"http%3A%2F%2Fa.example%2Fmy%2Finvoices%2F7%3Faccess_token%3D{TOKEN}",
        "https://b.example/?to=",
        "&report_type=pdf",
    ]),
    st.text("aZ9 &#;/?.,…“)*\"'<>\n。-", max_size=4),
    st.text(max_size=3),
)


class TestAddressInText(unittest.TestCase):
    def test_what_follows_stays_behind_the_short_link(self):
        """R92c: whatever it is."""
        for tail in (
            *(
                ".",
                ",",
                ")*",
                "…",
                "“",
                "/",
                "#x",
                "&utm=1",
                "&amp;utm=1",
                "&quot;",
                "abc",
                "0",
                "-",
                "。谢谢",
                "",
                "\n",
            ),
            *("&payment=Truely", "&payment=True", "&report_type=pdf&download=true"),
        ):
            with self.subTest(tail):
                self.assertEqual(replaced(f"See {PAGE}{tail} now", TOKEN, OTHERS), f"See {OTHERS[PAGE]}{tail} now")

    def test_what_stands_before_stays(self):
        """R92c"""
        for head in ("See", "(", "“", "1", "https://b.example/?to=", 'a href="', "https://", "请看"):
            with self.subTest(head):
                self.assertEqual(replaced(f"{head}{PAYMENT}", TOKEN, OTHERS), f"{head}{OTHERS[PAYMENT]}")

    def test_each_address_has_its_own(self):
        """R92c: in HTML too, and side by side."""
        for write in (str, escape):
            text = "|".join(map(write, OTHERS))
            self.assertEqual(replaced(text, TOKEN, OTHERS), "|".join(OTHERS.values()))
            self.assertEqual(named(text, TOKEN, list(OTHERS)), set(OTHERS))
        self.assertEqual(replaced(PAGE * 3, TOKEN, OTHERS), OTHERS[PAGE] * 3)

    def test_other_ways_to_the_page_are_its_link(self):
        """R92c: another address of the server, one without it, one in another's query, the bare token."""
        short = OTHERS[PAGE]
        for text in (
            PAGE.replace("https://a.example", "http://www.shop.example"),
            PAGE.replace("/7?", "/7/report?"),
            PAGE.removeprefix("https://a.example"),
            PAGE.removeprefix("https://"),
            f"https://b.example/?to=https%3A%2F%2Fa.example%2Fmy%3Faccess_token%3D{TOKEN}",
            TOKEN,
        ):
            with self.subTest(text):
                self.assertEqual(replaced(f"<a href='{text}'>", TOKEN, OTHERS), f"<a href='{short}'>")
                self.assertEqual(named(text, TOKEN, list(OTHERS)), {PAGE})
        self.assertEqual(replaced(f"https://b.example {TOKEN}", TOKEN, OTHERS), f"https://b.example {short}")

    def test_nothing_else_changes(self):
        """R92c: nor the page of another invoice, nor this one's without its token."""
        for text in ("", "https://a.example/my/invoices/7", PAGE.replace("0b5a", "1b5a"), "<p>Hello</p>"):
            self.assertEqual(replaced(text, TOKEN, OTHERS), text)
            self.assertEqual(named(text, TOKEN, list(OTHERS)), set())

    @given(st.lists(PIECES, max_size=8))
    @example([TOKEN[:-1], TOKEN])
    @example(["https://b.example/?to=", PAGE, "&amp;payment=True#portal_pay"])
    def test_no_text_that_leaves_has_the_token(self, pieces):
        """R92c: and it names each address that is put into it."""
        text = "".join(pieces)
        leaving = replaced(text, TOKEN, OTHERS)
        self.assertNotIn(TOKEN, leaving)
        known = named(text, TOKEN, list(OTHERS))
        self.assertEqual(bool(known), TOKEN in text)
        self.assertEqual(replaced(text, TOKEN, {PAGE: OTHERS[PAGE]} | {one: OTHERS[one] for one in known}), leaving)

    def test_a_long_text_takes_no_long_time(self):
        """R92c"""
        for text in (PAGE * 3000, "https://" * 30000 + TOKEN, "https://a.example " * 20000, TOKEN[:-1] * 5000):
            start = process_time()
            replaced(text, TOKEN, OTHERS)
            self.assertLess(process_time() - start, 1)
