"""What every postal provider can be asked, and the two ways in which it can say no.

Nothing below this folder imports Odoo. One client is one account; it makes one attempt per call and never waits:
whoever holds the letter repeats it with the same key.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
import time
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from hashlib import sha256
from urllib.parse import quote, quote_plus

import requests

_logger = logging.getLogger(__name__)

UNKNOWN = "unknown"
# (connect, read), in seconds
TIMEOUT = (5, 30)
_DAY = 86400
_RESET_HEADERS = ("Retry-After", "X-RateLimit-Reset", "X-Rate-Limit-Reset", "RateLimit-Reset")
# Above this a number of seconds is a moment since 1970, below it a span from now
_EPOCH = 1_000_000_000
_STATUS_REASONS = {401: "not_set_up", 402: "no_credit", 403: "not_set_up", 413: "pdf_failed"}
_BUSY = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Address:
    """Where a letter goes or comes from; what is not known is empty. ``country_code`` is ISO 3166-1 alpha-2,
    ``state_code`` what Odoo's state has as its code."""

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
    """One letter to one recipient (R89). ``key`` is stored before the first attempt and the same on every attempt;
    ``reference`` is what people know the letter by (the invoice's number)."""

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
    """The provider has the letter; ``state`` is ``sending`` (accepted, not posted yet) or ``sent``. ``cost`` is in
    ``currency`` (ISO 4217), both None while the provider has not said."""

    provider_reference: str
    state: str
    cost: Decimal | None = None
    currency: str | None = None
    tracking: str | None = None
    expected_on: date | None = None


@dataclass(frozen=True)
class Status:
    """What became of a letter: ``sending``, ``sent``, ``delivered``, ``returned``, ``failed``, ``cancelled``, or
    ``unknown``, which changes nothing. ``detail`` is the provider's own word for it."""

    state: str
    detail: str | None = None
    tracking: str | None = None
    expected_on: date | None = None
    cost: Decimal | None = None
    currency: str | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the letter does not go: the provider could not send it, or it was called off."""
        return self.state == "failed" or self.state == "cancelled"


@dataclass(frozen=True)
class Event:
    """One message of a provider about one letter; ``state`` as in Status, None if it says nothing about the state.
    ``id`` is the same when the provider repeats the message; ``at`` is a UTC instant."""

    id: str
    provider_reference: str
    state: str | None
    detail: str | None
    at: datetime


class Refused(Exception):
    """Final: as things are, this letter cannot go.

    :param code: a reason code of the engine
    :param detail: what was said by whoever refused, without secrets
    """

    def __init__(self, code: str, detail: str | None = None):
        super().__init__(code, detail)
        self.code, self.detail = code, detail


class Unauthorised(Refused):
    """The provider does not know us, or no longer."""


class Unavailable(Exception):
    """Temporary: repeat later with the same key.

    :param detail: what happened, without secrets
    :param retry_after: seconds to wait as the provider asked, or None
    """

    def __init__(self, detail: str, retry_after: float | None = None):
        super().__init__(detail, retry_after)
        self.detail, self.retry_after = detail, retry_after


class PostalClient(ABC):
    """One account at one provider. Every method may raise Refused or Unavailable.

    :param base_url: where the provider's API is, with its version
    :param secrets: what may be seen in no text
    :param timeout: (connect, read) in seconds
    :param session: to be used instead of a new one
    """

    name = ""
    # The provider's error word -> our reason code
    refusals: Mapping[str, str] = {}

    def __init__(self, base_url: str, secrets: tuple[str, ...], timeout=TIMEOUT, session=None):
        self.base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._session = session or requests.Session()
        self._hidden = set()
        for secret in secrets:
            self._hide(secret)

    def __repr__(self):
        return f"<{type(self).__name__} {self.base_url}>"

    # --- the contract --------------------------------------------------------------------------

    @abstractmethod
    def send(self, letter: Letter) -> Receipt:
        """Hand the letter over; with a key that the provider still knows, the letter it has already."""

    @abstractmethod
    def find(self, key: str) -> Receipt | None:
        """The letter that was handed over under this key, if the provider can tell: to be asked before every attempt
        but the first. None does not prove that there is none: send with the same key. Raises Refused if the letter is
        there and has failed or was cancelled."""

    @abstractmethod
    def cancel(self, provider_reference: str) -> bool:
        """Take the letter back; False: too late, it goes."""

    @abstractmethod
    def status(self, provider_reference: str) -> Status:
        """What became of the letter."""

    @abstractmethod
    def check(self) -> None:
        """Raise unless the account can be used; sends nothing."""

    @abstractmethod
    def check_address(self, address: Address) -> None:
        """Raise Refused(``incomplete_address``, what is wrong) unless the provider can print this recipient; asks
        nobody."""

    def check_sender(self, sender: Address) -> None:
        """Raise Refused(``not_set_up``, what is wrong) unless the provider can print this sender."""
        try:
            self.check_address(sender)
        except Refused as refusal:
            raise Refused("not_set_up", f"The company's own address: {refusal.detail}") from None

    # --- what the clients have in common -------------------------------------------------------

    def _exchange(self, method, url, **options):
        """The answer, if it is a yes."""
        try:
            answer = self._session.request(method, url, timeout=self._timeout, allow_redirects=False, **options)
        except requests.Timeout:
            raise Unavailable(f"{self.name} did not answer in time.") from None
        except ValueError:
            # What requests says about an address or a header may hold the key
            text = f"The web address or the key of {self.name} cannot be right: enter it again."
            raise Refused("not_set_up", text) from None
        except requests.RequestException:
            raise Unavailable(f"{self.name} could not be reached.") from None
        if not 200 <= answer.status_code < 300:
            raise self._objection(answer)
        return answer

    def _objection(self, answer):
        status = answer.status_code
        if status < 400:
            return Unavailable(f"{self.name} is somewhere else (HTTP {status}): is a proxy in between?")
        # A conflict on a POST: an attempt with the same key is still being worked on
        if status in _BUSY or status >= 500 or (status == 409 and answer.request.method == "POST"):
            return Unavailable(self._said(answer)[1], retry_after(answer.headers, time.time()))
        return self._refusal(answer)

    def _refusal(self, answer):
        word, said = self._said(answer)
        code = self.refusals.get(word) or _STATUS_REASONS.get(answer.status_code, "provider_error")
        return (Unauthorised if answer.status_code == 401 else Refused)(code, said)

    def _said(self, answer):
        """The provider's word and its sentence, as far as the answer is its own."""
        try:
            word, said = self._error(answer.json())
        except (ValueError, LookupError, TypeError, AttributeError):
            word, said = "", ""
        return str(word), self._masked(f"{said or word or self.name} (HTTP {answer.status_code})")

    @abstractmethod
    def _error(self, body):
        """The word and the sentence of a provider's error; may fail on what is not its own."""

    def _read(self, answer, *keys, kind=str):
        """What lies under these keys of a yes; without it the yes is not the provider's own."""
        try:
            value = answer.json()
            for key in keys:
                value = value[key]
        except (ValueError, LookupError, TypeError):
            value = None
        if not isinstance(value, kind) or value == "":
            raise Unavailable(f"{self.name} gave an answer that is not its own: is a proxy in between?")
        return value

    def _hide(self, secret):
        """A secret, and the forms in which it travels."""
        if secret:
            self._hidden |= {secret, quote_plus(secret), b64encode(f"{secret}:".encode()).decode()}

    def _masked(self, text):
        for secret in self._hidden:
            text = text.replace(secret, "***")
        return text[:500]


def path(*parts: str) -> str:
    """The parts of an address, each of them safe."""
    return "/".join(quote(part, safe="") for part in parts)


def translate(words: Mapping[str, str | None], word, provider: str) -> str | None:
    """Our state for a provider's word; one that nobody told us of is logged and becomes ``unknown``."""
    if str(word) not in words:
        _logger.warning("%s uses a word that is not known here: %.80r", provider, word)
    return words.get(str(word), UNKNOWN)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait as the provider asks, at most a day; ``now`` in seconds since 1970.

    >>> retry_after({"Retry-After": "20"}, 0), retry_after({"X-Rate-Limit-Reset": "1790000030"}, 1790000000)
    (20.0, 30.0)
    """
    for name in _RESET_HEADERS:
        seconds = _span(headers.get(name) or "", now)
        if seconds > 0:
            return min(seconds, _DAY)
    return None


def _span(text, now):
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", text):
        seconds = float(text)
        return seconds - now if seconds > _EPOCH else seconds
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (TypeError, ValueError):
        return 0


def listed(value) -> list[dict]:
    """The objects of a JSON list, if it is one."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def day(text) -> date | None:
    """The day of an ISO date or instant, if it is one."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def instant(text: str) -> datetime:
    """A UTC instant from an ISO text with its zone; ValueError if it is none.

    >>> instant("2026-11-22T09:54:38.264+0200")
    datetime.datetime(2026, 11, 22, 7, 54, 38)
    """
    moment = datetime.strptime(re.sub(r"\.[0-9]+", "", text), "%Y-%m-%dT%H:%M:%S%z")
    try:
        return moment.astimezone(timezone.utc).replace(tzinfo=None)
    except OverflowError:
        raise ValueError(f"{text} is out of reach") from None


def money(value) -> Decimal | None:
    """An amount as the provider wrote it, if it is one."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


# of an id or a word
MAX_TEXT = 200

# --- messages from a provider ------------------------------------------------------------------


def header(headers: Mapping[str, str], name: str) -> str:
    """A header, whatever the case of its name."""
    return {key.lower(): value for key, value in headers.items()}.get(name.lower(), "")


def signed(secret: str, message: bytes, signature: str) -> bool:
    """Whether the signature is the message's HMAC-SHA256 in hex; nothing is signed by an empty secret."""
    expected = hmac.new(secret.encode(), message, sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace")) and bool(secret)


def parse(body: bytes) -> dict:
    """The JSON object of a body; ValueError if it is none."""
    try:
        content = json.loads(body)
    except RecursionError:
        raise ValueError("It is nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("It is no JSON object")
    return content


def text_at(content, *keys: str) -> str:
    """The text under these keys; ValueError if there is none, or one that no database keeps."""
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    if not content or not isinstance(content, str) or len(content) > MAX_TEXT or not content.isprintable():
        raise ValueError(f"It has no {'.'.join(keys)}")
    return content
