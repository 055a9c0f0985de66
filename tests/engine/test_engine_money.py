"""Which invoices money in flight covers (R45): tables of the cases, and what holds for any invoices and credits."""

import unittest
from collections import Counter
from datetime import date, datetime
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from test_engine_properties import settings

from engine.money import Announcement, Credit, OpenInvoice, allocate, announced_on, without_booked

settings.load_profile("engine")


EUR, USD, CHF = "EUR", "USD", "CHF"


DAY = date(2026, 3, 2)


JANUARY, MARCH, MAY = (date(2026, month, 1) for month in (1, 3, 5))


def invoice(key, balance, due=JANUARY, currency=EUR, worth=None):
    return OpenInvoice(key, due, currency, balance, balance if worth is None else worth)


def credit(key, amount, currency=EUR, worth=None, names=(), day=DAY, **values):
    return Credit(key, day, currency, amount, amount if worth is None else worth, frozenset(names), **values)


class TestWhatIsCovered(unittest.TestCase):
    # (what is right, invoices, credits, keys of those covered)
    CASES = (
        ("nothing without money", [invoice(1, 100)], [], set()),
        ("what is equal", [invoice(1, 100)], [credit("a", 100)], {1}),
        ("what is less than the money", [invoice(1, 100)], [credit("a", 150)], {1}),
        ("not what is more than the money", [invoice(1, 100)], [credit("a", 99)], set()),
        ("by several credits together", [invoice(1, 100)], [credit("a", 60), credit("b", 40)], {1}),
        ("money once: the oldest due", [invoice(1, 100, MAY), invoice(2, 100, JANUARY)], [credit("a", 120)], {2}),
        ("as many as the money covers", [invoice(1, 100), invoice(2, 100, MAY)], [credit("a", 200)], {1, 2}),
        (
            "not a larger one, but the next",
            [invoice(1, 500, JANUARY), invoice(2, 80, MARCH), invoice(3, 80, MAY)],
            [credit("a", 100)],
            {2},
        ),
        (
            "what is named, though another is older",
            [invoice(1, 100, JANUARY), invoice(2, 100, MAY)],
            [credit("a", 100, names=[2])],
            {2},
        ),
        (
            "what is left of a named credit, elsewhere",
            [invoice(1, 100, JANUARY), invoice(2, 100, MAY)],
            [credit("a", 200, names=[2])],
            {1, 2},
        ),
        (
            "nothing else by a credit that is too small for what it names",
            [invoice(1, 100, MAY), invoice(2, 60, JANUARY)],
            [credit("a", 60, names=[1])],
            set(),
        ),
        (
            "what is named, with other money beside it",
            [invoice(1, 100)],
            [credit("a", 60, names=[1]), credit("b", 40)],
            {1},
        ),
        (
            "both that one transfer names",
            [invoice(1, 100), invoice(2, 50, MAY), invoice(3, 50, MARCH)],
            [credit("a", 150, names=[1, 2])],
            {1, 2},
        ),
        (
            "like any other money what names an invoice that is not open",
            [invoice(1, 100)],
            [credit("a", 100, names=[9])],
            {1},
        ),
        (
            "the one it equals, though another is older",
            [invoice(1, 60, JANUARY), invoice(2, 100, MAY)],
            [credit("a", 100)],
            {2},
        ),
        (
            "the oldest where it equals two",
            [invoice(1, 60, JANUARY), invoice(2, 100, MARCH), invoice(3, 100, MAY)],
            [credit("a", 100)],
            {1},
        ),
        (
            "the other of two equal ones where one is named",
            [invoice(1, 100, JANUARY), invoice(2, 100, MAY)],
            [credit("a", 100, names=[1]), credit("b", 100)],
            {1, 2},
        ),
        (
            "one of two by the one credit that equals it; the second goes on",
            [invoice(1, 100, MAY), invoice(2, 70, JANUARY)],
            [credit("a", 100), credit("b", 100)],
            {1, 2},
        ),
        ("nothing that is not owed", [invoice(1, 0), invoice(2, -5)], [credit("a", 100), credit("b", 0)], set()),
    )

    def test_table(self):
        for right, invoices, credits, covered in self.CASES:
            with self.subTest(covers=right):
                self.assertEqual(set(allocate(invoices, credits)), covered)

    def test_what_was_used_is_told(self):
        cover = allocate([invoice(1, 100)], [credit("a", 60), credit("b", 80)])[1]
        self.assertEqual(cover.uses, (("a", Fraction(1)), ("b", Fraction(1, 2))))


class TestCurrencies(unittest.TestCase):
    CASES = (
        # 100 EUR were worth 110 USD when the invoice was posted, 104 when they came
        ("the shared currency decides", [invoice(1, 100, worth=110)], [credit("a", 100, worth=104)], {1}),
        ("also where the worth would do", [invoice(1, 100, worth=110)], [credit("a", 96, worth=120)], set()),
        ("the worth where they differ", [invoice(1, 100, worth=110)], [credit("a", 110, USD)], {1}),
        ("the worth, and not enough", [invoice(1, 100, worth=110)], [credit("a", 109, USD)], set()),
        ("between two foreign ones too", [invoice(1, 100, worth=110)], [credit("a", 95, CHF, worth=110)], {1}),
        (
            "a shared one and another together",
            [invoice(1, 100, worth=110)],
            [credit("a", 50, worth=40), credit("b", 55, USD)],
            {1},
        ),
        (
            "a shared one and another, and not enough",
            [invoice(1, 100, worth=110)],
            [credit("a", 50, worth=70), credit("b", 54, USD)],
            set(),
        ),
        (
            "a named one in another currency",
            [invoice(1, 100, worth=110), invoice(2, 100, MAY, worth=110)],
            [credit("a", 110, USD, names=[2])],
            {2},
        ),
        (
            "the one whose worth it equals",
            [invoice(1, 60, worth=66), invoice(2, 100, MAY, worth=110)],
            [credit("a", 110, USD)],
            {2},
        ),
        ("what is worth nothing by its own currency alone", [invoice(1, 1, worth=0)], [credit("a", 5, USD)], set()),
        (
            "what is worth less than nothing by its own currency alone",
            [invoice(1, 1, worth=-2)],
            [credit("a", 5, USD)],
            set(),
        ),
        ("what is worth nothing, by its own currency", [invoice(1, 1, worth=0)], [credit("a", 1, worth=0)], {1}),
        (
            "nothing elsewhere by what is worth nothing",
            [invoice(1, 100, worth=110)],
            [credit("a", 1, CHF, worth=0), credit("b", 110, USD)],
            {1},
        ),
        (
            "a second invoice by what is left of two currencies",
            [invoice(1, 100, worth=110), invoice(2, 100, MAY, worth=110)],
            [credit("a", 150, worth=165), credit("b", 55, USD), credit("c", 1, CHF, worth=0)],
            {1, 2},
        ),
    )

    def test_table(self):
        for right, invoices, credits, covered in self.CASES:
            with self.subTest(right=right):
                self.assertEqual(set(allocate(invoices, credits)), covered)


class TestBankLines(unittest.TestCase):
    UNTIL = datetime(2026, 3, 9, 23)

    def line(self, key, amount, **values):
        return credit(key, amount, bound=True, until=self.UNTIL, **values)

    def test_table(self):
        cases = (
            ("the balance it equals", [invoice(1, 100)], [self.line("a", 100)], {1}),
            ("nothing else", [invoice(1, 100)], [self.line("a", 101)], set()),
            ("the oldest of several it equals", [invoice(1, 100, MAY), invoice(2, 100)], [self.line("a", 100)], {2}),
            ("one each", [invoice(1, 100, MAY), invoice(2, 100)], [self.line("a", 100), self.line("b", 100)], {1, 2}),
            ("what it names", [invoice(1, 100)], [self.line("a", 130, names=[1])], {1}),
            ("nothing with what is left", [invoice(1, 100), invoice(2, 30)], [self.line("a", 130, names=[1])], {1}),
            ("the part of what it names", [invoice(1, 100)], [self.line("a", 60, names=[1]), credit("b", 40)], {1}),
            (
                "after the receipt that may be nobody else's",
                [invoice(1, 100), invoice(2, 500)],
                [self.line("a", 100), credit("b", 100, day=MAY)],
                {1},
            ),
        )
        for right, invoices, credits, covered in cases:
            with self.subTest(covers=right):
                self.assertEqual(set(allocate(invoices, credits)), covered)

    def test_what_it_covers_is_covered_for_so_long(self):
        self.assertEqual(allocate([invoice(1, 100)], [self.line("a", 100)])[1].until, self.UNTIL)
        self.assertIsNone(allocate([invoice(1, 100)], [credit("a", 100)])[1].until)

    def test_a_booked_payment_is_the_same_money_once(self):
        lines = [credit(key, 100, day=day) for key, day in (("b", MAY), ("a", MARCH), ("c", MAY))]
        for booked, kept in (
            ([], ["a", "b", "c"]),
            ([(EUR, 100)], ["b", "c"]),
            ([(EUR, 100)] * 2, ["c"]),
            ([(EUR, 100)] * 9, []),
            ([(USD, 100), (EUR, 99)], ["a", "b", "c"]),
        ):
            with self.subTest(booked=booked):
                self.assertEqual([line.key for line in without_booked(lines, booked)], kept)


class TestAnnouncements(unittest.TestCase):
    def test_table(self):
        first, again = Announcement(MARCH, EUR, 100), Announcement(DAY, EUR, 100)
        cases = (
            ("its day", [first], MARCH),
            ("the first of the same amount", [again, first], MARCH),
            ("the first, though that was taken back", [again, Announcement(MARCH, EUR, 100, stands=False)], MARCH),
            ("none that was taken back", [Announcement(MARCH, EUR, 100, stands=False)], None),
            ("the latest of several amounts", [first, Announcement(MAY, EUR, 40)], MAY),
            ("an amount in another currency by itself", [first, Announcement(MAY, USD, 100)], MAY),
        )
        for right, announcements, day in cases:
            with self.subTest(right=right):
                self.assertEqual(announced_on(announcements), day)


days = st.dates(date(2026, 1, 1), date(2026, 2, 1))


amounts = st.integers(1, 300)


@st.composite
def tables(draw, currencies=(EUR,)):
    currency = st.sampled_from(currencies)
    invoices = draw(st.lists(st.builds(OpenInvoice, st.none(), days, currency, amounts, amounts), max_size=7))
    credits = draw(
        st.lists(
            st.builds(
                Credit,
                st.none(),
                days,
                currency,
                amounts,
                amounts,
                st.frozensets(st.integers(0, 7), max_size=2),
                st.booleans(),
            ),
            max_size=7,
        )
    )
    return (
        [OpenInvoice(n, one.due, one.currency, one.balance, one.worth) for n, one in enumerate(invoices)],
        [
            Credit(n, one.day, one.currency, one.amount, one.worth, one.names, one.bound)
            for n, one in enumerate(credits)
        ],
    )


class TestAnyMoney(unittest.TestCase):
    @given(tables((EUR, USD, CHF)))
    def test_no_credit_is_used_twice(self, table):
        used = Counter()
        for cover in allocate(*table).values():
            for key, share in cover.uses:
                self.assertGreater(share, 0)
                used[key] += share
        self.assertTrue(all(share <= 1 for share in used.values()), used)

    @given(tables())
    def test_what_is_held_is_covered_by_what_was_used_and_no_more_than_there_is(self, table):
        invoices, credits = table
        size = {one.key: one.amount for one in credits}
        covers = allocate(invoices, credits)
        for one in invoices:
            if one.key in covers:
                self.assertEqual(sum(size[key] * share for key, share in covers[one.key].uses), one.balance)
        self.assertLessEqual(sum(one.balance for one in invoices if one.key in covers), sum(size.values()))

    @given(tables((EUR, USD, CHF)), st.randoms(use_true_random=False))
    def test_the_order_in_which_it_is_read_does_not_matter(self, table, random):
        invoices, credits = map(list, table)
        covers = allocate(invoices, credits)
        random.shuffle(invoices)
        random.shuffle(credits)
        self.assertEqual(allocate(invoices, credits), covers)

    @given(tables())
    def test_nothing_is_passed_over_that_free_money_still_covers(self, table):
        invoices, credits = table
        covers = allocate(invoices, credits)
        open_keys = {one.key for one in invoices}
        free = {one.key: one.amount for one in credits if not one.bound and not one.names & open_keys}
        for cover in covers.values():
            for key, share in cover.uses:
                if key in free:
                    free[key] -= share * next(one.amount for one in credits if one.key == key)
        self.assertFalse([one for one in invoices if one.key not in covers and one.balance <= sum(free.values())])
