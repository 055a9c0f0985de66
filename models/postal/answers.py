"""What providers answer and tell, read with care: whatever is not as it should be is refused or left out."""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from hashlib import sha256
from urllib.parse import quote

_logger = logging.getLogger(__name__)

UNKNOWN = "unknown"
# Characters of an id or a word.
MAX_TEXT = 200
_DAY = 86400
_RESET_HEADERS = ("Retry-After", "X-RateLimit-Reset", "X-Rate-Limit-Reset", "RateLimit-Reset")
# Above this a number of seconds is a moment since 1970, below it a span from now.
_EPOCH = 1_000_000_000


def path(*parts: str) -> str:
    """Return the parts of an address as one path, each of them safe."""
    return "/".join(quote(part, safe="") for part in parts)


def translate(words: Mapping[str, str | None], word, provider: str) -> str | None:
    """Return our state for a provider's word; log one that nobody told us of, it becomes ``unknown``."""
    if str(word) not in words:
        _logger.warning("%s uses a word that is not known here: %.80r", provider, word)
    return words.get(str(word), UNKNOWN)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds to wait as the provider asks, at most a day; ``now`` in seconds since 1970.

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
    """Return the objects of a JSON list, none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def day(text) -> date | None:
    """Return the day of an ISO date or instant, None if it is none."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def instant(text: str) -> datetime:
    """Return the UTC instant of an ISO text with its zone; raise ValueError if it is none.

    >>> instant("2026-11-22T09:54:38.264+0200")
    datetime.datetime(2026, 11, 22, 7, 54, 38)
    """
    moment = datetime.strptime(re.sub(r"\.[0-9]+", "", text), "%Y-%m-%dT%H:%M:%S%z")
    try:
        return moment.astimezone(timezone.utc).replace(tzinfo=None)
    except OverflowError:
        raise ValueError(f"{text} is out of reach") from None


def money(value) -> Decimal | None:
    """Return an amount as the provider wrote it, None if it is none."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


# --- messages from a provider ------------------------------------------------------------------


def header(headers: Mapping[str, str], name: str) -> str:
    """Return a header, whatever the case of its name; an empty text if it is missing."""
    return {key.lower(): value for key, value in headers.items()}.get(name.lower(), "")


def signed(secret: str, message: bytes, signature: str) -> bool:
    """Return whether the signature is the message's HMAC-SHA256 in hex; an empty secret signs nothing."""
    expected = hmac.new(secret.encode(), message, sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace")) and bool(secret)


def parse(body: bytes) -> dict:
    """Return the JSON object of a body; raise ValueError if it is none."""
    try:
        content = json.loads(body)
    except RecursionError:
        raise ValueError("It is nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("It is no JSON object")
    return content


def text_at(content, *keys: str) -> str:
    """Return the text under these keys; raise ValueError if there is none, or one that no database keeps."""
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    if not content or not isinstance(content, str) or len(content) > MAX_TEXT or not content.isprintable():
        raise ValueError(f"It has no {'.'.join(keys)}")
    return content
