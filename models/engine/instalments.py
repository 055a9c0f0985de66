"""What an invoice asks for now: all that is late, else the next instalment (R7, R71); and whose run is active (R7b)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from math import fsum
from operator import attrgetter


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of an invoice that is due on a local date.

    ``amount`` is what is open of it, in the invoice's currency; one that is paid is not ``is_open``. An invoice without
    a payment term has one. ``key`` is whatever the caller recognises it by.
    """

    key: Hashable
    day: date
    amount: float
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """The asked amount (R7).

    ``amount`` is late since ``day``, ``days_late`` local days ago, or falls due on ``day`` with 0 days late; 0 and None
    where nothing is open. ``number`` of ``count`` is the instalment of that day. ``late`` and ``coming`` are the open
    instalments in order of their dates.
    """

    amount: float
    day: date | None
    days_late: int
    number: int
    count: int
    late: tuple[Instalment, ...]
    coming: tuple[Instalment, ...]


def asked(instalments: Iterable[Instalment], today: date) -> Asked:
    """Return what is asked for on a local date (R7).

    It is what is late, since the oldest late date; where nothing is late, the next open instalment. Late means due
    before today (R71).

    >>> thirds = [Instalment(n, date(2026, month, 10), 40.0, is_open=n > 1) for n, month in ((1, 1), (2, 2), (3, 3))]
    >>> told = asked(thirds, date(2026, 2, 13))
    >>> told.amount, told.day, told.days_late, told.number, told.count
    (40.0, datetime.date(2026, 2, 10), 3, 2, 3)
    >>> told = asked(thirds, date(2026, 1, 20))
    >>> told.amount, told.day, told.days_late
    (40.0, datetime.date(2026, 2, 10), 0)
    """
    every = in_order(instalments)
    open_ones = [part for part in every if part.is_open]
    late = tuple(part for part in open_ones if part.day < today)
    coming = tuple(part for part in open_ones if part.day >= today)
    if not open_ones:
        return Asked(0.0, None, 0, len(every), len(every), (), ())
    first = open_ones[0]
    wanted = late or tuple(part for part in coming if part.day == first.day)
    return Asked(
        amount=fsum(part.amount for part in wanted),
        day=first.day,
        days_late=(today - first.day).days if late else 0,
        number=every.index(first) + 1,
        count=len(every),
        late=late,
        coming=coming,
    )


def in_order(instalments: Iterable[Instalment]) -> list[Instalment]:
    """Return instalments by their dates (R7); those of one day stay as given.

    >>> second, first = Instalment("b", date(2026, 2, 1), 1.0), Instalment("a", date(2026, 1, 1), 1.0)
    >>> [part.key for part in in_order([second, first])]
    ['a', 'b']
    """
    return sorted(instalments, key=attrgetter("day"))


def running(instalments: Iterable[Instalment], used_up: Iterable[Hashable] = ()) -> Instalment | None:
    """Return the instalment whose run is active (R7b), None if every open one had its run.

    It is the oldest open one whose steps are not used up yet. ``used_up`` are the keys of those whose steps are.

    >>> thirds = [Instalment(n, date(2026, n, 10), 40.0, is_open=n > 1) for n in (1, 2, 3)]
    >>> running(thirds).key, running(thirds, used_up=[2]).key, running(thirds, used_up=[2, 3])
    (2, 3, None)
    """
    used_up = frozenset(used_up)
    return next((part for part in in_order(instalments) if part.is_open and part.key not in used_up), None)


def next_day(instalments: Iterable[Instalment], used_up: Iterable[Hashable] = ()) -> date | None:
    """Return when the next run begins, if the steps of the active one are used up by then (R7b).

    That is when its instalment falls due.

    >>> thirds = [Instalment(n, date(2026, n, 10), 40.0) for n in (1, 2, 3)]
    >>> next_day(thirds), next_day(thirds, used_up=[1, 2])
    (datetime.date(2026, 2, 10), None)
    """
    instalments, used_up = tuple(instalments), tuple(used_up)
    active = running(instalments, used_up)
    following = active and running(instalments, (*used_up, active.key))
    return following.day if following else None


def number_of(instalments: Iterable[Instalment], key: Hashable) -> int:
    """Return which instalment it is in the order of their dates, from 1; 0 for a key that none has (R7b).

    >>> number_of([Instalment("b", date(2026, 2, 1), 1.0), Instalment("a", date(2026, 1, 1), 1.0)], "b")
    2
    """
    return next((place for place, part in enumerate(in_order(instalments), 1) if part.key == key), 0)


def due_day(instalments: Iterable[Instalment], age_basis: str, used_up: Iterable[Hashable] = ()) -> date:
    """Return the date that age is counted from (R7).

    By ``invoice`` it is that of the last instalment, paid or not; by ``instalment`` that of the one whose run is
    active, of the oldest open one where none is, of the last where none is open.

    >>> halves = [Instalment(1, date(2026, 1, 10), 50.0, is_open=False), Instalment(2, date(2026, 2, 10), 50.0)]
    >>> quarter = Instalment(3, date(2026, 3, 10), 25.0)
    >>> due_day([*halves, quarter], "invoice"), due_day([*halves, quarter], "instalment")
    (datetime.date(2026, 3, 10), datetime.date(2026, 2, 10))
    """
    every = in_order(instalments)
    if age_basis == "invoice":
        return every[-1].day
    return (running(every, used_up) or running(every) or every[-1]).day
