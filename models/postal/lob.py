"""Lob (lob.com): letters within and from the United States. It prints the addresses itself; pages are 8.5 x 11 inches.

A key of the form ``test_...`` prints nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from .answers import (
    UNKNOWN,
    day,
    header,
    instant,
    listed,
    parse,
    path,
    signed,
    text_at,
    translate,
)
from .client import (
    RECEIPT_STATES,
    Address,
    Event,
    Letter,
    Receipt,
    Refused,
    Status,
)
from .http_client import TIMEOUT, HttpPostalClient

PRODUCTION = "https://api.lob.com/v1"
# Under this name a letter carries our key at Lob, whose Idempotency-Key is forgotten after 24 hours.
KEY_FIELD = "chasing_key"
# How the PDF fares.
RENDERING = {"processed": "sending", "rendered": "sending", "failed": "failed"}
# How the post fares.
TRACKING = {
    "Mailed": "sent",
    "In Transit": "sent",
    "In Local Area": "sent",
    "Processed for Delivery": "sent",
    "Re-Routed": "sent",
    "International Exit": "sent",
    "Pickup Available": "sent",
    "Issue": "sent",
    "Delivered": "delivered",
    "Returned to Sender": "returned",
}
_POSTED = {
    "mailed": "sent",
    "in_transit": "sent",
    "in_local_area": "sent",
    "processed_for_delivery": "sent",
    "re-routed": "sent",
    "delivered": "delivered",
    "returned_to_sender": "returned",
}
EVENTS = {
    "letter.created": "sending",
    "letter.rendered_pdf": None,
    "letter.rendered_thumbnails": None,
    "letter.viewed": None,
    "letter.international_exit": "sent",
    "letter.rejected": "failed",
    "letter.failed": "failed",
    "letter.deleted": "cancelled",
    **{f"letter.{word}": state for word, state in _POSTED.items()},
    "letter.certified.pickup_available": "sent",
    "letter.certified.issue": "sent",
    **{f"letter.certified.{word}": state for word, state in _POSTED.items()},
    # What the recipient sends back tells nothing about our letter.
    **{f"letter.return_envelope.{word}": None for word in (*_POSTED, "created")},
}
REFUSALS = {
    "address_length_exceeds_limit": "incomplete_address",
    "failed_deliverability_strictness": "incomplete_address",
    "foreign_return_address": "not_set_up",
    "mail_use_type_can_not_be_null": "not_set_up",
    "file_pages_below_min": "pdf_failed",
    "file_pages_exceed_max": "pdf_failed",
    "file_size_exceeds_limit": "pdf_failed",
    "inconsistent_page_dimensions": "pdf_failed",
    "invalid_file": "pdf_failed",
    "invalid_file_dimensions": "pdf_failed",
    "invalid_image_dpi": "pdf_failed",
    "pdf_encrypted": "pdf_failed",
    "unembedded_fonts": "pdf_failed",
}
REPLAY_WINDOW = timedelta(minutes=5)


# --- what Lob tells by itself ------------------------------------------------------------------


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Return whether Lob sent this body less than five minutes from ``now`` (UTC).

    It signs the time in milliseconds, a dot and the body by HMAC.
    """
    stamp = header(headers, "Lob-Signature-Timestamp")
    if not re.fullmatch("[0-9]{1,14}", stamp):
        return False
    sent_at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=int(stamp))
    aware = now if now.tzinfo else now.replace(tzinfo=timezone.utc)
    genuine = signed(secret, stamp.encode() + b"." + body, header(headers, "Lob-Signature"))
    return genuine and abs(aware - sent_at) <= REPLAY_WINDOW


def read_webhook(body: bytes) -> Event:
    """Return what a genuine body says; raise ValueError if it is malformed."""
    content = parse(body)
    word = text_at(content, "event_type", "id")
    state = translate(EVENTS, word, Lob.label)
    return Event(
        text_at(content, "id"),
        text_at(content, "reference_id"),
        None if state == UNKNOWN else state,
        _failure(content.get("body")) or word,
        instant(text_at(content, "date_created")),
    )


# --- the account -------------------------------------------------------------------------------


class Lob(HttpPostalClient):
    """Talk with an account at Lob.

    :param key: secret API key
    :param address_placement: ``insert_blank_page`` puts a page with the addresses in front, which costs a page;
        ``top_first_page`` prints them on the first page, over whatever the PDF has there
    """

    code = "lob"
    label = "Lob"
    layouts = ("us_10",)
    credentials = ("api_key",)
    tracks_letters = True
    prints_addresses = True
    refusals = REFUSALS
    verify_webhook = staticmethod(verify_webhook)
    read_webhook = staticmethod(read_webhook)

    @classmethod
    def connect(cls, account, setting) -> Lob:
        # Our letters leave the place free: see `prints_addresses`.
        return cls(account.api_key or "", address_placement="top_first_page", base_url=setting("url") or PRODUCTION)

    def __init__(
        self, key: str, *, address_placement="insert_blank_page", base_url=PRODUCTION, timeout=TIMEOUT, session=None
    ):
        super().__init__(base_url, (key.strip(),), timeout, session)
        self._key = key.strip()
        self.address_placement = address_placement

    def send(self, letter: Letter) -> Receipt:
        self.check_address(letter.recipient)
        self.check_sender(letter.sender)
        file = {"file": ("letter.pdf", letter.pdf, "application/pdf")}
        headers = {"Idempotency-Key": letter.key}
        answer = self._call("POST", "letters", data=self._form(letter), files=file, headers=headers)
        return _receipt(self._letter(answer))

    def find(self, key: str) -> Receipt | None:
        answer = self._call("GET", "letters", params={f"metadata[{KEY_FIELD}]": key, "limit": 10})
        for letter in listed(self._read(answer, "data", kind=list)):
            # The filter is not trusted: a foreign letter taken for ours would be a letter never sent.
            if letter.get("id") and (letter.get("metadata") or {}).get(KEY_FIELD) == key:
                return _receipt(letter)
        return None

    def cancel(self, provider_reference: str) -> bool:
        try:
            answer = self._call("DELETE", path("letters", provider_reference))
        except Refused:
            return self.status(provider_reference).state == "cancelled"
        return self._read(answer, "deleted", kind=bool)

    def status(self, provider_reference: str) -> Status:
        return _status(self._letter(self._call("GET", path("letters", provider_reference))))

    def check(self) -> None:
        self._read(self._call("GET", "letters", params={"limit": 1}), "data", kind=list)

    def check_address(self, address: Address) -> None:
        problems = _us_problems(address) if _is_us(address) else _foreign_problems(address)
        if problems:
            raise Refused("incomplete_address", " ".join(problems))

    def check_sender(self, sender: Address) -> None:
        if not _is_us(sender):
            raise Refused("not_set_up", "Lob prints only senders in the United States: use another provider.")
        super().check_sender(sender)

    def _call(self, method, place, **options):
        return self._exchange(method, f"{self.base_url}/{place}", auth=(self._key, ""), **options)

    def _letter(self, answer):
        self._read(answer, "id")
        return answer.json()

    def _error(self, body):
        return body["error"]["code"], body["error"]["message"]

    def _form(self, letter):
        form = {
            "color": str(letter.color).lower(),
            "double_sided": str(letter.duplex).lower(),
            "address_placement": self.address_placement,
            "use_type": "operational",
            "mail_type": "usps_first_class",
            "description": letter.reference[:255],
            f"metadata[{KEY_FIELD}]": letter.key,
        }
        for part, address in (("to", letter.recipient), ("from", letter.sender)):
            form |= {f"{part}[{name}]": value for name, value in _fields(address).items() if value}
        return form


# --- addresses ---------------------------------------------------------------------------------


def _is_us(address):
    return (address.country_code or "").upper() == "US"


def _fields(address):
    """Return the address as Lob names it; it prints at most 40 characters of a name."""
    return {
        "name": (address.name or "")[:40],
        "company": (address.company or "")[:40],
        "address_line1": address.street,
        "address_line2": address.street2,
        "address_city": address.city,
        "address_state": (address.state_code or "").upper(),
        "address_zip": address.zip,
        "address_country": (address.country_code or "").upper(),
    }


def _us_problems(address):
    """Return sentences about what keeps the address from being printed as one in the United States."""
    lines = [address.street or "", address.street2 or ""]
    rules = (
        (address.name or address.company, "The name is missing."),
        (address.street, "The street is missing."),
        (max(map(len, lines)) <= 64, "A line of the street has more than 64 characters."),
        (sum(map(len, lines)) <= 50, "The two lines of the street have more than 50 characters together."),
        (address.city, "The city is missing."),
        (re.fullmatch("[A-Za-z]{2}", address.state_code or ""), "The state must be one of two letters, such as CA."),
        (re.fullmatch(r"[0-9]{5}(-[0-9]{4})?", address.zip or ""), "The ZIP code must look like 94107 or 94107-1741."),
    )
    return [problem for kept, problem in rules if not kept]


def _foreign_problems(address):
    """Return sentences about what keeps the address from being printed as one abroad."""
    place = address.zip or (address.city and address.state_code)
    rules = (
        (address.name or address.company, "The name is missing."),
        (address.street, "The street is missing."),
        (place, "The postal code, or the city and its state, is missing."),
        (re.fullmatch("[A-Za-z]{2}", address.country_code or ""), "The country is missing."),
    )
    return [problem for kept, problem in rules if not kept]


# --- what Lob says of a letter -----------------------------------------------------------------


def _receipt(letter):
    status = _status(letter)
    if status.state == "failed":
        raise Refused("pdf_failed", status.detail)
    if status.state == "cancelled":
        raise Refused("provider_error", "The letter was cancelled at Lob.")
    return Receipt(letter["id"], RECEIPT_STATES[status.state], tracking=status.tracking, expected_on=status.expected_on)


def _status(letter):
    state, detail = _state(letter)
    number = letter.get("tracking_number")
    return Status(state, detail, str(number) if number else None, day(letter.get("expected_delivery_date")))


def _state(letter):
    """Return (our state, Lob's word) by what is known last."""
    if letter.get("deleted"):
        return "cancelled", None
    if letter.get("status") == "failed":
        return "failed", _failure(letter)
    scans = sorted(listed(letter.get("tracking_events")), key=lambda scan: str(scan.get("time") or ""), reverse=True)
    for word in (scan.get("name") for scan in scans):
        state = translate(TRACKING, word, Lob.label)
        if state != UNKNOWN:
            return state, str(word)
    return translate(RENDERING, letter.get("status") or "processed", Lob.label), None


def _failure(letter):
    """Return why a letter's PDF could not be rendered."""
    reason = letter.get("failure_reason") if isinstance(letter, dict) else None
    words = reason.values() if isinstance(reason, dict) else [reason]
    return " ".join(word for word in words if isinstance(word, str)) or None
