"""Where a cadence given to an old invoice begins (R43)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from .definition import definition
from .facts import BEFORE_DUE, ON_ISSUE, REPEAT, StepFacts
from .moments import next_hour
from .places import Scene, due_date, first_sending_place, forbidden, instant_of, natural_place, standing_place

# So many days lie at least between past lines that follow one another.
FOLLOWS_AFTER = 3


def entered(scene: Scene, steps: Iterable[StepFacts], waiting: Iterable[StepFacts]) -> Scene:
    """Return the scene with what the entry point moves (R43); ``waiting`` are those of the lines that it may move.

    >>> from datetime import date, datetime
    >>> from engine.facts import InvoiceFacts, Policy
    >>> lines = [StepFacts("a", "after_due", days=5), StepFacts("b", "after_due", days=9)]
    >>> policy, invoice = Policy(entry_point="first"), InvoiceFacts(date(2026, 1, 10))
    >>> for place in entered(Scene(invoice, policy, datetime(2026, 3, 1, 12)), lines, lines).places.values():
    ...     print(*place)
    2026-03-02 9
    2026-03-06 9
    """
    fixed = [step for step in steps if step.trigger != REPEAT and not step.by_hand]
    waiting = {definition(step) for step in waiting}
    return _ENTRIES[scene.policy.entry_point](scene, fixed, waiting)


def _goes_on(scene, fixed, waiting):
    return scene


def _takes_fitting(scene, fixed, waiting):
    """Let the latest line go late that may go at all (R9, R10, R46) and does not lie ahead.

    On issue needs no such help (R8), but a later fitting one makes it an earlier one, which is skipped.
    """
    fixed = [step for step in fixed if not forbidden(step, natural_place(step, scene), scene)]
    moments = [instant_of(natural_place(step, scene), scene, step) for step in fixed]
    chosen = max((at for at in moments if at <= scene.now), default=None)
    late = [step for step, at in zip(fixed, moments) if at == chosen and step.trigger != ON_ISSUE]
    places = {definition(step): _next_place(step, scene) for step in late if definition(step) in waiting}
    return replace(scene, places=places, overtaken_by=chosen if late else None)


def _next_place(step, scene):
    return next_hour(scene.now, step.hour, scene.policy.timezone), step.hour


def _takes_first(scene, fixed, waiting):
    """Let past lines go in order, each after its distance from the one before it; those ahead make room."""

    def place_of(step):
        return natural_place(step, scene)

    line = _Line(scene, waiting)
    for place, group in groupby(sorted(fixed, key=place_of), place_of):
        line.append(place, tuple(group))
    return replace(scene, places=line.places, crowded_out=frozenset(line.crowded_out))


class _Line:
    """R43's order of a *first step*, built place by place.

    ``day`` is where the last of those so far goes, None before the first; ``natural_day`` where the one before would
    have stood; ``is_late`` whether that last one was moved.
    """

    def __init__(self, scene, waiting):
        self.scene, self.waiting = scene, waiting
        self.gap = timedelta(max(scene.policy.min_contact_days, FOLLOWS_AFTER))
        self.places, self.crowded_out = {}, set()
        self.day, self.natural_day, self.is_late = None, None, False

    def append(self, place, steps):
        """Let the lines that stand at one place go together."""
        going = [step for step in steps if not forbidden(step, place, self.scene)]
        days = [day for step in going if (day := self._put(step, place))]
        self.natural_day = place[0]
        if days:
            self.day = max(days)
            self.is_late = any(definition(step) in self.places for step in going)

    def _put(self, step, place):
        is_ahead = instant_of(place, self.scene, step) >= self.scene.now
        return (self._put_ahead if is_ahead else self._put_late)(step, place[0])

    def _put_late(self, step, natural_day):
        """Return the day on which a past line goes: none before due; on issue goes by itself (R8)."""
        if step.trigger == ON_ISSUE:
            return standing_place(step, self.scene, first_sending_place(step, self.scene))[0]
        if step.trigger == BEFORE_DUE or definition(step) not in self.waiting:
            return None
        day, hour = _next_place(step, self.scene)
        if self.day:
            day = max(day, self.day + max(natural_day - self.natural_day, self.gap))
        self.places[definition(step)] = day, hour
        return day

    def _put_ahead(self, step, natural_day):
        """Return the day of a line that lies ahead: it moves only if one that goes late would come too close."""
        earliest = self.day + self.gap if self.is_late else natural_day
        if natural_day >= earliest or definition(step) not in self.waiting:
            return natural_day
        if step.trigger == BEFORE_DUE and earliest > due_date(self.scene.invoice):
            self.crowded_out.add(definition(step))
            return None
        self.places[definition(step)] = earliest, step.hour
        return earliest


_ENTRIES = {"next": _goes_on, "fitting": _takes_fitting, "first": _takes_first}
