"""The addresses of a page that its token opens: where texts name them, and texts with others in their place (R92c)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

# From where an address begins to the token in it, plain or HTML.
_HEAD = re.compile(r"https?://[^\s\"'<>]*")


class Place(NamedTuple):
    """Hold where a text bears the token, from and to which character, and of which address."""

    start: int
    end: int
    address: str


def named(text: str, token: str, known: Sequence[str]) -> set[str]:
    """Return those of the known addresses that a text names (R92c).

    Every place that bears the token counts, for whoever reads it may open the page: what is no known address counts as
    the first of them.

    :param text: plain or HTML
    :param token: what opens the page; each of the known addresses bears it once
    >>> pages = ["https://a.example/1?t=x-1", "https://a.example/1?t=x-1&pay=1"]
    >>> named('<a href="https://a.example/1?t=x-1&amp;pay=1">Pay</a>', "x-1", pages)
    {'https://a.example/1?t=x-1&pay=1'}
    >>> named("https://www.example/1?t=x-1", "x-1", pages)
    {'https://a.example/1?t=x-1'}
    >>> named("https://a.example/1", "x-1", pages)
    set()
    """
    return {place.address for place in _places(text, token, known)}


def replaced(text: str, token: str, others: Mapping[str, str]) -> str:
    """Return a text with other addresses in place of those that bear the token, which it has no more (R92c).

    What stands before or behind an address stays.

    :param text: plain or HTML
    :param token: what opens the page; none of the others bears it
    :param others: {known address: the other}; the first stands for all that is not known
    >>> pages = {"https://a.example/1?t=x-1": "https://a.example/c/9", "https://a.example/1?t=x-1&pay=1": "/c/8"}
    >>> replaced("See (https://a.example/1?t=x-1&utm=1), or call.", "x-1", pages)
    'See (https://a.example/c/9&utm=1), or call.'
    >>> replaced("https://b.example/?to=https://a.example/1?t=x-1&pay=1", "x-1", pages)
    'https://b.example/?to=/c/8'
    >>> replaced('<a href="/1?t=x-1">', "x-1", pages), replaced("x-1", "x-1", pages)
    ('<a href="https://a.example/c/9">', 'https://a.example/c/9')
    """
    parts, done = [], 0
    for start, end, address in _places(text, token, list(others)):
        parts += [text[done:start], others[address]]
        done = end
    return "".join([*parts, text[done:]])


def _places(text: str, token: str, known: Sequence[str]) -> Iterator[Place]:
    longest_first, done = sorted(known, key=len, reverse=True), 0
    while (at := text.find(token, done)) >= 0:
        found = (_known(text, done, at, token, address) for address in longest_first)
        place = next(filter(None, found), None) or _other(text, done, at, token, known[0])
        yield place
        done = place.end


def _known(text: str, done: int, at: int, token: str, address: str) -> Place | None:
    """Return the place of a known address whose token begins at a character, None if it is not this one."""
    head, _token, tail = address.partition(token)
    start, end = at - len(head), at + len(token)
    if start < done or not text.startswith(head, start):
        return None
    for written in (tail, tail.replace("&", "&amp;")):
        if text.startswith(written, end):
            return Place(start, end + len(written), address)
    return None


def _other(text: str, done: int, at: int, token: str, page: str) -> Place:
    """Return the place of an address that is not known: it begins with its scheme, else where the page's own does."""
    scheme = max(text.rfind("http://", done, at), text.rfind("https://", done, at))
    if scheme < 0 or not _HEAD.fullmatch(text, scheme, at):
        head = page.partition(token)[0]
        shared = 0
        while shared < min(len(head), at - done) and head[-1 - shared] == text[at - 1 - shared]:
            shared += 1
        scheme = at - shared
    return Place(scheme, at + len(token), page)
