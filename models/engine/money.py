"""Money in flight: which open invoices a customer's money covers that nobody has applied yet (R45).

Amounts are whole numbers of a currency's smallest unit. ``worth`` is the same money in the company's currency; it
decides only where invoice and credit have different currencies. Keys of invoices are sortable, and so are those of
credits and currencies. Everything here is about one customer in one company.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import chain, islice


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """A posted invoice with something due, chased or not."""

    key: Hashable
    due: date
    currency: Hashable
    balance: int
    worth: int


@dataclass(frozen=True, slots=True)
class Credit:
    """A customer's money that nobody has applied: a receipt, a credit note, a bank line.

    ``names`` are the keys of the invoices it names. A ``bound`` one counts for what it names, or for one invoice whose
    balance it equals, and what is left of it for nothing else. It counts until the UTC instant ``until``, if there is
    an end.
    """

    key: Hashable
    day: date
    currency: Hashable
    amount: int
    worth: int
    names: frozenset = frozenset()
    bound: bool = False
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """Tell what covers the balance of an invoice.

    ``uses`` are (key, used share of it) of each credit; at the UTC instant ``until`` the first of these counts no
    longer, if one does.
    """

    uses: tuple[tuple[Hashable, Fraction], ...]
    until: datetime | None = None


def allocate(invoices: Iterable[OpenInvoice], credits: Iterable[Credit]) -> dict[Hashable, Cover]:
    """Return what covers each invoice that is covered whole (R45); each credit is used up once.

    A credit that names invoices, or equals exactly one invoice's balance, is theirs; the rest goes oldest due first,
    passing over what it does not cover whole.

    >>> january, may = (OpenInvoice(n, date(2026, n, 1), "EUR", 100_00, 110_00) for n in (1, 5))
    >>> named = Credit("a", date(2026, 6, 1), "EUR", 100_00, 117_00, names=frozenset({5}))
    >>> allocate([january, may], [named])
    {5: Cover(uses=(('a', Fraction(1, 1)),), until=None)}
    >>> in_dollars = Credit("b", date(2026, 6, 1), "USD", 165_00, 165_00)
    >>> allocate([january, may], [in_dollars])
    {1: Cover(uses=(('b', Fraction(2, 3)),), until=None)}
    """
    table = _Table(invoices, credits)
    table.pay_named()
    table.pay_equal()
    table.pay_oldest()
    return table.covers()


class _Table:
    """Invoices and credits side by side: how much of each is left, as a share of the whole."""

    def __init__(self, invoices, credits):
        self.invoices = sorted(
            (invoice for invoice in invoices if invoice.balance > 0), key=lambda invoice: (invoice.due, invoice.key)
        )
        self.credits = sorted(
            (credit for credit in credits if credit.amount > 0), key=lambda credit: (credit.day, credit.key)
        )
        self.owed = {invoice.key: Fraction(1) for invoice in self.invoices}
        self.left = {credit.key: Fraction(1) for credit in self.credits}
        self.uses = defaultdict(list)
        self.unnamed = self.credits
        # Of each currency, what may go to any invoice.
        self.amounts, self.worths = Counter(), Counter()

    def pay(self, credit, invoice):
        """Use for an invoice as much of a credit as both have left."""
        size, balance = _measured(credit, invoice)
        if min(size, balance) <= 0:
            return
        used = min(self.left[credit.key] * size, self.owed[invoice.key] * balance)
        if not used:
            return
        share = Fraction(used, size)
        self.left[credit.key] -= share
        self.owed[invoice.key] -= Fraction(used, balance)
        self.uses[invoice.key].append((credit, share))

    def pay_named(self):
        places = {invoice.key: place for place, invoice in enumerate(self.invoices)}
        self.unnamed = []
        for credit in self.credits:
            named = sorted(places[key] for key in credit.names if key in places)
            for place in named:
                self.pay(credit, self.invoices[place])
            if not named:
                self.unnamed.append(credit)

    def pay_equal(self):
        by_balance, by_worth = defaultdict(deque), defaultdict(lambda: defaultdict(deque))
        for invoice in self.invoices:
            by_balance[invoice.currency, invoice.balance].append(invoice)
            by_worth[invoice.worth][invoice.currency].append(invoice)
        # What may go elsewhere as well comes first: a bound one is content with what is left.
        for credit in sorted(self.unnamed, key=lambda unnamed: unnamed.bound):
            foreign = (queue for currency, queue in by_worth[credit.worth].items() if currency != credit.currency)
            queues = chain([by_balance[credit.currency, credit.amount]], foreign)
            equal = [invoice for queue in queues for invoice in self._first_whole(queue)]
            if len(equal) == 1 or (equal and credit.bound):
                self.pay(credit, min(equal, key=lambda invoice: (invoice.due, invoice.key)))

    def _first_whole(self, queue):
        """Return the first two invoices of a queue to which nothing was paid, which tells whether one is alone."""
        while queue and self.owed[queue[0].key] != 1:
            queue.popleft()
        return islice((invoice for invoice in queue if self.owed[invoice.key] == 1), 2)

    def pay_oldest(self):
        purses = defaultdict(deque)
        for credit in self.credits:
            if self.left[credit.key] and not credit.bound:
                purses[credit.currency].append(credit)
                self._count(credit, self.left[credit.key])
        for invoice in self.invoices:
            if self.owed[invoice.key] and self._suffices(invoice):
                self._pay_whole(invoice, purses)

    def _pay_whole(self, invoice, purses):
        others = (purses[currency] for currency in sorted(purses) if currency != invoice.currency)
        for credit in chain(purses[invoice.currency], *others):
            if not self.owed[invoice.key]:
                break
            before = self.left[credit.key]
            self.pay(credit, invoice)
            self._count(credit, self.left[credit.key] - before)
        for purse in purses.values():
            while purse and not self.left[purse[0].key]:
                purse.popleft()

    def _count(self, credit, share):
        self.amounts[credit.currency] += share * credit.amount
        self.worths[credit.currency] += share * credit.worth

    def _suffices(self, invoice):
        """Return whether the purses cover what an invoice still owes: first that of its currency, then the others."""
        rest = self.owed[invoice.key] - Fraction(self.amounts[invoice.currency], invoice.balance)
        if rest <= 0:
            return True
        others = sum(worth for currency, worth in self.worths.items() if currency != invoice.currency)
        return invoice.worth > 0 and rest * invoice.worth <= others

    def covers(self):
        return {
            invoice.key: Cover(
                tuple((credit.key, share) for credit, share in self.uses[invoice.key]),
                min((credit.until for credit, _share in self.uses[invoice.key] if credit.until), default=None),
            )
            for invoice in self.invoices
            if not self.owed[invoice.key]
        }


def _measured(credit, invoice):
    """Return (all of the credit, all of the balance) in the currency that decides."""
    if credit.currency == invoice.currency:
        return credit.amount, invoice.balance
    return credit.worth, invoice.worth


def without_booked(lines: Iterable[Credit], booked: Iterable[tuple[Hashable, int]]) -> tuple[Credit, ...]:
    """Return the bank lines that no booked payment explains (R45).

    A posted payment of the same currency and amount that is not matched with the bank is the same money, each payment
    that of one line.

    :param booked: (currency, amount) of these payments

    >>> lines = [Credit(n, date(2026, 3, n), "EUR", 100_00, 100_00) for n in (1, 2)]
    >>> [line.key for line in without_booked(lines, [("EUR", 100_00)])]
    [2]
    """
    rest, found = Counter(booked), []
    for line in sorted(lines, key=lambda bank_line: (bank_line.day, bank_line.key)):
        if rest[line.currency, line.amount]:
            rest[line.currency, line.amount] -= 1
        else:
            found.append(line)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A transfer that the customer announced on a local date; ``stands`` is false of one that was taken back."""

    day: date
    currency: Hashable
    amount: int
    stands: bool = True


def announced_on(announcements: Iterable[Announcement]) -> date | None:
    """Return the local date from which the transfers announced for one invoice are waited for, None if none is (R45).

    To announce the same amount again, or after taking it back, extends nothing.

    >>> first, again = (Announcement(date(2026, 3, day), "EUR", 100_00) for day in (2, 6))
    >>> announced_on([again, first]), announced_on([])
    (datetime.date(2026, 3, 2), None)
    """
    firsts, standing = {}, set()
    for announced in announcements:
        key = (announced.currency, announced.amount)
        firsts[key] = min(announced.day, firsts.get(key, announced.day))
        if announced.stands:
            standing.add(key)
    return max((firsts[key] for key in standing), default=None)
