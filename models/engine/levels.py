"""How urgent a message is: the level at which a tone says it (R70).

`new` is the first message about an invoice, `late` lasts for a week after the due date, `later` for two more.
"""

from __future__ import annotations

LEVELS = ("new", "before_due", "due_soon", "due_today", "late", "later", "latest", "final", "thank_you")

# So many days before the due date it is soon, and so many after it a level ends.
SOON_DAYS, LATE_DAYS, LATER_DAYS = 3, 7, 21
# What else says it where a tone says nothing at a level: what is milder, of the same side of the due date.
_MILDER = {
    "due_soon": ("before_due",),
    "due_today": ("due_soon", "before_due"),
    "later": ("late",),
    "latest": ("later", "late"),
    "final": ("latest", "later", "late"),
}


def of_days(days_left: int, is_final: bool = False) -> str:
    """Return the level of a message that is not the first one (R70).

    :param days_left: days until what is asked for is due, negative for days since
    :param is_final: whether it is a final notice, which only something late can have

    >>> [of_days(days) for days in (4, 3, 1, 0)]
    ['before_due', 'due_soon', 'due_soon', 'due_today']
    >>> [of_days(-days) for days in (1, 7, 8, 21, 22)]
    ['late', 'late', 'later', 'later', 'latest']
    >>> of_days(-1, is_final=True), of_days(1, is_final=True)
    ('final', 'due_soon')
    """
    if days_left > SOON_DAYS:
        return "before_due"
    if days_left >= 0:
        return "due_soon" if days_left else "due_today"
    if is_final:
        return "final"
    if -days_left <= LATE_DAYS:
        return "late"
    return "later" if -days_left <= LATER_DAYS else "latest"


def nearest(level: str) -> tuple[str, ...]:
    """Return the levels whose text may stand for one, the best first (R70).

    None of them says of something late that it is not.

    >>> nearest("final")
    ('final', 'latest', 'later', 'late')
    >>> nearest("new")
    ('new',)
    """
    return (level, *_MILDER.get(level, ()))
