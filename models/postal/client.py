"""What a postal provider is, what it can be asked, and the two ways in which it can say no.

Nothing below this folder imports Odoo. One client is one account; it makes one attempt per call and never waits:
whoever holds the letter repeats it with the same key.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from .answers import UNKNOWN

# The state of a receipt by that of its letter; there is none for a letter that has failed or was cancelled.
RECEIPT_STATES = {"sending": "sending", UNKNOWN: "sending", "sent": "sent", "delivered": "sent", "returned": "sent"}


@dataclass(frozen=True)
class Address:
    """Say where a letter goes or comes from; what is not known is empty.

    ``country_code`` is ISO 3166-1 alpha-2, ``state_code`` what Odoo's state has as its code.
    """

    name: str = ""
    company: str = ""
    street: str = ""
    street2: str = ""
    zip: str = ""
    city: str = ""
    state_code: str = ""
    country_code: str = ""


@dataclass(frozen=True)
class Letter:
    """Hold one letter to one recipient (R89).

    ``key`` is stored before the first attempt and the same on every attempt; ``reference`` is what people know the
    letter by (the invoice's number).
    """

    key: str
    pdf: bytes = field(repr=False)
    recipient: Address
    sender: Address
    reference: str
    color: bool
    duplex: bool
    pages: int


@dataclass(frozen=True)
class Receipt:
    """Say that the provider has the letter.

    ``state`` is ``sending`` (accepted, not posted yet) or ``sent``. ``cost`` is in ``currency`` (ISO 4217), both None
    while the provider has not said.
    """

    provider_reference: str
    state: str
    cost: Decimal | None = None
    currency: str | None = None
    tracking: str | None = None
    expected_on: date | None = None


@dataclass(frozen=True)
class Status:
    """Say what became of a letter.

    ``state`` is ``sending``, ``sent``, ``delivered``, ``returned``, ``failed``, ``cancelled``, or ``unknown``, which
    changes nothing. ``detail`` is the provider's own word for it.
    """

    state: str
    detail: str | None = None
    tracking: str | None = None
    expected_on: date | None = None
    cost: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Event:
    """Hold one message of a provider about one letter.

    ``state`` is as in Status, None if it says nothing about the state. ``id`` is the same when the provider repeats
    the message; ``at`` is a UTC instant.
    """

    id: str
    provider_reference: str
    state: str | None
    detail: str | None
    at: datetime


class Refused(Exception):
    """Say that this letter cannot go as things are; that is final.

    :param code: a reason code of the engine
    :param detail: what was said by whoever refused, without secrets
    """

    def __init__(self, code: str, detail: str | None = None):
        super().__init__(code, detail)
        self.code, self.detail = code, detail


class Unauthorised(Refused):
    """Say that the provider does not know us, or no longer."""


class Unavailable(Exception):
    """Say that nothing can be said now: repeat later with the same key.

    :param detail: what happened, without secrets
    :param retry_after: seconds to wait as the provider asked, or None
    """

    def __init__(self, detail: str, retry_after: float | None = None):
        super().__init__(detail, retry_after)
        self.detail, self.retry_after = detail, retry_after


class PostalProvider:
    """Describe one way by which letters leave; a provider is one class with a code, in a file of its own.

    If it tells about letters by itself, ``verify_webhook`` and ``read_webhook`` stand beside it and are named in it.
    """

    #: Stored on accounts and letters, and part of the address for messages.
    code = ""
    #: As people read it, in English.
    label = ""
    #: Places it among the others, the lowest first.
    sequence = 20
    #: Names of the engine's page layouts that it prints; empty: any.
    layouts: tuple[str, ...] = ()
    #: Fields of the account without which it cannot be used.
    credentials: tuple[str, ...] = ()
    #: A person prints the letters and posts them: there is nobody to hand them to.
    is_posted_by_hand = False
    #: It knows a letter by our key, and tells later what became of it.
    tracks_letters = False
    #: It prints sender and recipient onto the first page, which must be free there.
    prints_addresses = False
    #: It has a system for tests, which prints nothing.
    has_test_mode = False

    @classmethod
    def connect(cls, account, setting: Callable[[str], str | None]) -> PostalClient | None:
        """Return the client of an account, None if there is none to talk with.

        :param account: has the fields of a ``chasing.postal.provider`` as attributes
        :param setting: gives what an administrator set for this provider by a name such as ``url``, None or empty
            without
        """
        return None

    @staticmethod
    def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        """Return whether the provider itself sent this body; of one that tells nothing, nothing is believed.

        :param secret: signs its messages; with an empty one nothing is believed
        :param headers: their names may be written in any case
        :param now: the UTC instant
        """
        return False

    @staticmethod
    def read_webhook(body: bytes) -> Event:
        """Return what a genuine body says; raise ValueError if it is malformed."""
        raise ValueError("It is of a provider that tells nothing")

    @classmethod
    def sends_webhooks(cls) -> bool:
        """Return whether the provider tells about letters by itself."""
        return cls.verify_webhook is not PostalProvider.verify_webhook


class PostalClient(PostalProvider, ABC):
    """Talk with one account at one provider; every method may raise Refused or Unavailable."""

    @abstractmethod
    def send(self, letter: Letter) -> Receipt:
        """Hand the letter over; return the letter it has already under a key that the provider still knows."""

    @abstractmethod
    def find(self, key: str) -> Receipt | None:
        """Return the letter that was handed over under this key, if the provider can tell.

        It is asked before every attempt but the first. None does not prove that there is none: send with the same key.
        Raise Refused if the letter is there and has failed or was cancelled.
        """

    @abstractmethod
    def cancel(self, provider_reference: str) -> bool:
        """Take the letter back; return False if it is too late and it goes."""

    @abstractmethod
    def status(self, provider_reference: str) -> Status:
        """Return what became of the letter."""

    @abstractmethod
    def check(self) -> None:
        """Raise unless the account can be used; sends nothing."""

    @abstractmethod
    def check_address(self, address: Address) -> None:
        """Raise Refused(``incomplete_address``, what is wrong) unless the provider can print this recipient.

        Nobody is asked.
        """

    def check_sender(self, sender: Address) -> None:
        """Raise Refused(``not_set_up``, what is wrong) unless the provider can print this sender."""
        try:
            self.check_address(sender)
        except Refused as refusal:
            raise Refused("not_set_up", f"The company's own address: {refusal.detail}") from None
