"""Which invoices a text names that somebody typed into a bank transfer, or an accountant beside a receipt (R45)."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+")
# A number of one or two digits stands in many a text, and names nothing.
_SHORTEST = 4
# A structured reference is typed in groups.
_LONGEST_RUN = 12
_LONGEST_TEXT = 2000


def plain(name: str) -> str:
    """Return a name as it is compared (R45): its letters and digits alone.

    >>> plain("Inv/2026/00012"), plain("+++090/9337/55493+++")
    ('INV202600012', '090933755493')
    """
    return "".join(_WORD.findall(name.upper()))


def words(text: str) -> frozenset:
    """Return every name that a text may spell (R45): its words, and runs of words taken together.

    Short ones and those without a digit name no invoice. A name inside of a longer word is another name.

    >>> sorted(words("pays INV 2026/00012"))
    ['00012', '2026', '202600012', 'INV2026', 'INV202600012', 'PAYSINV2026', 'PAYSINV202600012']
    """
    words = _WORD.findall(text[:_LONGEST_TEXT].upper())
    runs = (
        "".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(start + _LONGEST_RUN, len(words)) + 1)
    )
    return frozenset(run for run in runs if _can_be_name(run))


def _can_be_name(word):
    return len(word) >= _SHORTEST and any(letter.isdigit() for letter in word)


@dataclass(frozen=True, slots=True)
class Names:
    """The plain names of invoices, each with the key of the one invoice that bears it."""

    keys: dict

    def named_in(self, text: str) -> frozenset:
        """Return the keys of the invoices that a text names."""
        return frozenset(self.keys[word] for word in words(text) if word in self.keys) if self.keys else frozenset()


def names_of(named: Iterable[tuple[str, Hashable]]) -> Names:
    """Return the names of invoices, from (name, key of the invoice) pairs (R45).

    One that several bear, as a reference that is the customer's and not the invoice's, names none of them.

    >>> names = names_of([("INV/1234", 1), ("INV1234", 1), ("CUST/77", 1), ("CUST/77", 2)])
    >>> names.named_in("INV 1234 of CUST/77"), names.named_in("INV/12345")
    (frozenset({1}), frozenset())
    """
    bearers = {}
    for name, key in named:
        bearers.setdefault(plain(name), set()).add(key)
    return Names({name: min(keys) for name, keys in bearers.items() if len(keys) == 1 and _can_be_name(name)})
