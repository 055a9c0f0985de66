"""Web addresses in texts: which of some known ones a text names, and texts with others in their place (R92c)."""

from __future__ import annotations

import re
from collections.abc import Mapping

# An address ends where a blank, a quotation mark or a tag begins, also where HTML writes that as an entity. It begins
# with letters, by which the search is fast.
_ADDRESS = re.compile(
    r"http(?<![A-Za-z0-9.+/=%&?#@-]http)s?://(?:[^\s\"'<>&]|&(?!(?:quot|apos|lt|gt|nbsp|#\d+|#x[\da-fA-F]+);))+"
)
# What follows an address in a sentence, and does not belong to it.
_AFTER = ".,;:!?)]}"


def named(text: str, known: Mapping[str, object]) -> set[str]:
    """Return those of the known addresses that stand in a text, plain or HTML, and are not part of a longer one (R92c).

    >>> pages = {"https://a.example/1?t=x": 1, "https://a.example/1?t=x&pay=1": 2}
    >>> named("Pay: https://a.example/1?t=x.", pages)
    {'https://a.example/1?t=x'}
    >>> named('<a href="https://a.example/1?t=x&amp;pay=1">Pay</a>', pages)
    {'https://a.example/1?t=x&pay=1'}
    >>> named("https://a.example/1?t=xy https://b.example/?to=https://a.example/1?t=x", pages)
    set()
    """
    return {address for found in _ADDRESS.findall(text) if (address := _plain(found)) in known}


def replaced(text: str, others: Mapping[str, str]) -> str:
    """Return a text, plain or HTML, with other addresses in place of those that stand in it (R92c).

    >>> replaced("See https://a.example/1?t=x, or call.", {"https://a.example/1?t=x": "https://a.example/c/9"})
    'See https://a.example/c/9, or call.'
    >>> replaced("See https://a.example/12.", {"https://a.example/1": "https://a.example/c/9"})
    'See https://a.example/12.'
    """

    def other(found: re.Match[str]) -> str:
        whole = found[0]
        end = whole[len(whole.rstrip(_AFTER)) :]
        address = _plain(whole)
        return others[address] + end if address in others else whole

    return _ADDRESS.sub(other, text)


def _plain(found: str) -> str:
    return found.rstrip(_AFTER).replace("&amp;", "&")
