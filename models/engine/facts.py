"""What the engine is told and what it answers: plain frozen values, no Odoo.

Units throughout: ``date`` is a local date of the company, ``hour`` a whole local hour 0-23, a ``datetime`` a naive UTC
instant, ``days`` whole days. Words (triggers, channels, states, reason codes) are those of the models.
"""

from __future__ import annotations  # a field named ``date`` hides the type of that name

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

AUTOMATIC = "auto"
ON_ISSUE = "on_issue"
AFTER_ISSUE = "after_issue"
BEFORE_DUE = "before_due"
AFTER_DUE = "after_due"
ON_DATE = "on_date"
REPEAT = "repeat"
# The reason code of a step that waits for a click, for its run was too large (R47).
BRAKED = "run_limit"
# The reason code of a step that waits until its mail server takes more (R113).
PACED = "mail_server_limit"
# The reason code of a step that waits after a payment that left a balance (R42b).
PAID_IN_PART = "partial_payment"
# Holds that keep a run from sending what goes by itself, and not what a person asks for; they are told last (R46b).
LEFT_OPEN = frozenset({"below_minimum"})
# The hold of a company that does not chase: it keeps nobody from sending now what they ask for (R102).
COMPANY_OFF = "company_off"
# Counted from a due date: what a run of an instalment repeats (R7b).
BY_AGE = (BEFORE_DUE, AFTER_DUE, REPEAT)
# On a day of their own, so that their number of days says nothing.
DAYLESS = (ON_ISSUE, ON_DATE)
# The columns of a stored step that `StepFacts.from_row` reads, but for the boxes of its channels.
STEP_COLUMNS: tuple[str, ...] = (
    "id",
    "trigger",
    "days",
    "date",
    "hour",
    "repeat_count",
    "occurrence",
    "role_id",
    "mode",
    "state",
    "reason_code",
    "scheduled_at",
    "start_date",
    "floor_date",
    "floor_hour",
    "paid_floor_date",
    "sent_at",
    "is_rescheduled",
    "released_at",
    "taken_back_at",
    "waits_until",
    "zone",
    "is_by_hand",
    "is_copy",
    "is_thanks",
)
# The channel of a line of which nobody says more; channels are words of whoever asks.
ONE_WAY = "one_way"
TRIGGERS = (ON_ISSUE, AFTER_ISSUE, BEFORE_DUE, AFTER_DUE, ON_DATE, REPEAT)


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One line of a cadence or of a schedule.

    ``key`` is whatever the caller recognises the line by. ``days`` is the offset, or the interval of a repeating line
    (R2); ``occurrence`` is n of ``repeat_count`` (R13). ``start_date`` is R13's start, kept from the first planning.
    ``floor`` is a (local date, hour) the line never goes before, set when it was attached late (R8, R43) and kept so
    that planning it again later gives the same instant. ``paid_floor`` is the local date to which the first payment
    that left a balance postponed it, kept whatever becomes of that payment (R42b). ``attempted`` is true of a line for
    which something was handed over, whatever its state says (R39): a failed line that a person rescheduled is planned,
    and yet attempted. With ``rescheduled`` a person chose the floor (R84): it is where the line stands, be it before
    its natural place.
    ``released_at`` is the UTC instant at which a person let go what the brake had held (R47), or since which it waits
    its turn (R113): it is late from there on. ``waits_until`` is the UTC instant from which there is room for it.
    ``taken_back_at`` is the UTC instant at which a hold took its messages out of the queue (R36), None once they were
    handed over anew. ``zone`` is the IANA name of the zone whose clocks its hour is one of, None for the company's.
    ``by_hand`` is true of a message that a person asked for, which is no part of a cadence, and ``is_copy`` of one that
    goes although nothing is due any more (R102). ``is_thanks`` is true of a copy that goes by itself since the
    invoice was paid (R78).
    """

    key: Hashable
    trigger: str
    days: int = 0
    date: date | None = None
    hour: int = 9
    repeat_count: int = 1
    occurrence: int = 1
    channels: frozenset = frozenset({ONE_WAY})
    role: Hashable | None = None
    mode: str = AUTOMATIC
    state: str = "draft"
    reason_code: str | None = None
    scheduled_at: datetime | None = None
    start_date: date | None = None
    floor: tuple[date, int] | None = None
    paid_floor: date | None = None
    attempted: bool = False
    rescheduled: bool = False
    released_at: datetime | None = None
    taken_back_at: datetime | None = None
    waits_until: datetime | None = None
    zone: str | None = None
    by_hand: bool = False
    is_copy: bool = False
    is_thanks: bool = False

    @classmethod
    def from_row(cls, row: Mapping, boxes: Mapping) -> StepFacts:
        """Return the facts of a stored step.

        :param row: the values of STEP_COLUMNS and of the boxes by name, None or False for what is empty
        :param boxes: {name of a box: the channel it stands for}

        >>> row = {**dict.fromkeys(STEP_COLUMNS), "id": 7, "trigger": "after_due", "days": 5, "occurrence": 1}
        >>> row |= {"mode": "auto", "state": "planned", "floor_date": date(2026, 1, 20), "channel_sms": True}
        >>> facts = StepFacts.from_row(row, {"channel_sms": "sms"})
        >>> facts.key, facts.days, facts.channels, facts.floor
        (7, 5, frozenset({'sms'}), (datetime.date(2026, 1, 20), 0))
        """
        return cls(
            key=row["id"],
            trigger=row["trigger"],
            days=row["days"] or 0,
            date=row["date"] or None,
            hour=row["hour"] or 0,
            repeat_count=row["repeat_count"] or 0,
            occurrence=row["occurrence"],
            channels=frozenset(channel for box, channel in boxes.items() if row[box]),
            role=row["role_id"] or None,
            mode=row["mode"],
            state=row["state"],
            reason_code=row["reason_code"] or None,
            scheduled_at=row["scheduled_at"] or None,
            start_date=row["start_date"] or None,
            floor=(row["floor_date"], row["floor_hour"] or 0) if row["floor_date"] else None,
            paid_floor=row["paid_floor_date"] or None,
            attempted=bool(row["sent_at"]),
            rescheduled=bool(row["is_rescheduled"]),
            released_at=row["released_at"] or None,
            taken_back_at=row["taken_back_at"] or None,
            waits_until=row["waits_until"] or None,
            zone=row["zone"] or None,
            by_hand=bool(row["is_by_hand"]),
            is_copy=bool(row["is_copy"]),
            is_thanks=bool(row["is_thanks"]),
        )


@dataclass(frozen=True, slots=True)
class Hold:
    """Say why nothing may leave for now (R35, R36, R37, R45): a reason code.

    ``until`` is the UTC instant at which it ends by itself or is looked at again, if known; ``values`` are what the
    reason's sentence says.
    """

    code: str
    until: datetime | None = None
    values: Mapping | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """An invoice as the engine sees it.

    ``due_date`` is what the steps are counted from, ``asked_day`` since when it asks for something (R7), None where
    nothing is open.
    ``closed`` is None while something is due, else ``paid``, ``reversed``, ``cancelled`` or ``nothing_due`` (R32, R33).
    ``already_sent`` is R9's *sent*. ``partial_days`` are the local dates of payments that left a balance, but for those
    that paid an instalment in full by its date (R42b). ``paid_by_money`` is true if it is paid, and all of it
    by money (R78). ``holds`` come in the order in which they are told to people.
    """

    invoice_date: date
    due_date: date | None = None
    asked_day: date | None = None
    posted: bool = True
    closed: str | None = None
    already_sent: bool = False
    partial_days: tuple[date, ...] = ()
    paid_by_money: bool = False
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """Hold what company and cadence decide.

    That is the zone's name, sending window and catch-up in local hours and days (R8, R40), contact delay (R42),
    days for which it waits after a payment that left a balance (R42b), entry point (R43), and whether an invoice may
    still get its on-issue message (R46).
    """

    timezone: str = "UTC"
    window_from: int = 7
    window_to: int = 20
    catchup_days: int = 7
    min_contact_days: int = 0
    partial_days: int = 0
    entry_point: str = "next"
    may_send_on_issue: bool = True

    def zone_of(self, step: StepFacts) -> str:
        """Return the name of the zone whose clocks the hour of a step is one of (R5, R102).

        >>> Policy("Europe/Berlin").zone_of(StepFacts("a", "on_date", zone="Asia/Tokyo"))
        'Asia/Tokyo'
        """
        return step.zone or self.timezone


@dataclass(frozen=True, slots=True)
class ContactHistory:
    """Tell what already left about one invoice.

    That is the local date of the last contact (R42), and for today the step that used up each (role, channel) (R17).
    Internal copies and failed deliveries are not in it.
    """

    last_contact_day: date | None = None
    used_today: Mapping = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """The place of a line on the time line.

    ``state`` is ``planned`` (``held`` for a line that was held before it was planned again) or ``skipped``, the latter
    with its reason code. ``scheduled_at`` is given either way, so that a skipped line still shows when it would have
    gone.
    """

    key: Hashable
    occurrence: int
    scheduled_at: datetime
    state: str
    reason_code: str | None = None
    start_date: date | None = None
    floor: tuple[date, int] | None = None
    paid_floor: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Say what becomes of a line: ``keep``, ``move``, ``skip``, ``restore`` (it goes after all), ``drop``, ``add``.

    ``planned`` is its new place, None for ``keep`` and ``drop``. ``key`` is the existing line's, for ``add`` the wanted
    one's; ``wanted_key`` names the wanted line that an existing one answers to (:func:`timeline.compare`).
    """

    action: str
    key: Hashable
    planned: PlannedStep | None = None
    wanted_key: Hashable | None = None
