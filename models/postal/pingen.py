"""Pingen (pingen.com): letters from Switzerland, Germany and Austria to the world, in A4.

There is no field for the recipient: Pingen reads the address from the envelope's window on the first page, so the
layout of the PDF is part of the contract.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime

from .answers import (
    UNKNOWN,
    header,
    instant,
    listed,
    money,
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
    Unauthorised,
    Unavailable,
)
from .http_client import TIMEOUT, HttpPostalClient

PRODUCTION = "https://api.pingen.com"
PRODUCTION_IDENTITY = "https://identity.pingen.com"
STAGING = "https://api-staging.pingen.com"
STAGING_IDENTITY = "https://identity-staging.pingen.com"
# How a letter fares. What waits at Pingen for money goes by itself when there is some: it has not failed.
STATES = {
    "validating": "sending",
    "valid": "sending",
    "fixing": "sending",
    "submitted": "sending",
    "accepted": "sending",
    "awaiting_credits": "sending",
    "processing": "sending",
    "transferring": "sending",
    "inspection": "sending",
    "printing": "sending",
    "cancelling": "sending",
    "sent": "sent",
    "delivered": "delivered",
    "undeliverable": "returned",
    "cancelled": "cancelled",
    "action_required": "failed",
    "invalid": "failed",
    "unprintable": "failed",
    "rejected": "failed",
    "expired": "failed",
}
# What an event says of the letter, more exact than the kind of message it comes in.
CODES = {
    "transferred_to_distributor": "sent",
    "receival_confirmed_by_distributor": "sent",
    "rerouted": "sent",
    "track_and_trace": None,
    "delivered": "delivered",
    "undeliverable": "returned",
    "cancellation_requested": None,
    "cancellation_completed": "cancelled",
    "cancellation_rejected": None,
    "content_failed_inspection": "failed",
    "content_inspection_error": "failed",
    "file_not_a4_portrait": "failed",
    "file_not_found": "failed",
    "file_not_readable": "failed",
    "file_size_over_limit": "failed",
    "file_too_many_pages": "failed",
    "invalid_pdf_binary_content": "failed",
    "meta_data_failed_requirements": "failed",
    "rejected_from_printcenter": "failed",
    "retracted_from_printcenter": "failed",
    "shipping_country_blocked": "failed",
    "shipping_organization_country_blocked": "failed",
    "unable_to_find_delivery_product": "failed",
    "waiting_for_funds": None,
    "waiting_for_funds_expired": "failed",
    "waiting_for_legitimacy": None,
    "waiting_for_legitimacy_expired": "failed",
}
KINDS = {
    "webhook_issues": "failed",
    "webhook_undeliverable": "returned",
    "webhook_sent": "sent",
    "webhook_delivered": "delivered",
}
REFUSALS = dict.fromkeys(("invalid_client", "unauthorized_client", "invalid_scope", "access_denied"), "not_set_up")
JSON_API = "application/vnd.api+json"
# A token is renewed this many seconds before it ends.
MARGIN = 60


# --- what Pingen tells by itself ---------------------------------------------------------------


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Return whether Pingen sent this body, by HMAC over the body alone.

    It carries no time, so ``now`` decides nothing and a repeated message is known by its id.
    """
    return signed(secret, body, header(headers, "Signature"))


def read_webhook(body: bytes) -> Event:
    """Return what a genuine body says; raise ValueError if it is malformed."""
    content = parse(body)
    data = content.get("data")
    kind, code = text_at(data, "type"), _code(content)
    state = translate(CODES, code, Pingen.label) if code else UNKNOWN
    if state == UNKNOWN:
        state = translate(KINDS, kind, Pingen.label)
    return Event(
        text_at(data, "id"),
        _reference(data),
        None if state == UNKNOWN else state,
        str(_attributes(data).get("reason") or code or kind),
        instant(text_at(data, "attributes", "created_at")),
    )


def _code(content):
    """Return the code of the event that comes with the message."""
    events = [item for item in listed(content.get("included")) if str(item.get("type")).endswith("_events")]
    return next((_attributes(event).get("code") for event in events), None)


def _reference(data):
    """Return the letter's id, under its name of 2026 or the older one."""
    try:
        return text_at(data, "relationships", "deliverable", "data", "id")
    except ValueError:
        return text_at(data, "relationships", "letter", "data", "id")


# --- the account -------------------------------------------------------------------------------


class Pingen(HttpPostalClient):
    """Talk with an organisation's account at Pingen.

    :param organisation: its id, as in the address of Pingen's own pages
    :param test_mode: use the staging environment, which prints nothing and has credentials of its own
    :param address_position: side of the envelope's window, ``left`` or ``right``
    :param delivery_product: ``cheap``, ``fast``, ``bulk`` or one of Pingen's own
    """

    code = "pingen"
    label = "Pingen"
    layouts = ("din_a", "din_b")
    credentials = ("client_id", "api_key", "organisation")
    tracks_letters = True
    has_test_mode = True
    refusals = REFUSALS
    verify_webhook = staticmethod(verify_webhook)
    read_webhook = staticmethod(read_webhook)

    def __init__(
        self, client_id: str, client_secret: str, organisation: str, *, test_mode=False, address_position="left",
        delivery_product="cheap", base_url=None, identity_url=None, timeout=TIMEOUT, session=None,
    ):  # fmt: skip
        super().__init__(base_url or (STAGING if test_mode else PRODUCTION), (client_secret.strip(),), timeout, session)
        self._identity_url = (identity_url or (STAGING_IDENTITY if test_mode else PRODUCTION_IDENTITY)).rstrip("/")
        self._credentials = {"client_id": client_id.strip(), "client_secret": client_secret.strip()}
        self._letters = path("organisations", organisation.strip(), "deliveries", "letters")
        self.address_position, self.delivery_product = address_position, delivery_product
        self._token, self._token_until = None, 0.0

    @classmethod
    def connect(cls, account, setting) -> Pingen:
        return cls(
            account.client_id or "",
            account.api_key or "",
            account.organisation or "",
            test_mode=account.test_mode,
            base_url=setting("url"),
            identity_url=setting("identity_url"),
        )

    def send(self, letter: Letter) -> Receipt:
        self.check_address(letter.recipient)
        self.check_sender(letter.sender)
        url, signature = self._upload(letter.pdf)
        attributes = self._attributes(letter) | {"file_url": url, "file_url_signature": signature}
        body = {"data": {"type": "letters", "attributes": attributes}}
        answer = self._call("POST", self._letters, {"Idempotency-Key": letter.key}, json=body)
        return _receipt(self._letter(answer))

    def find(self, key: str) -> Receipt | None:
        """Look among the newest twenty letters for one whose file is named by the key."""
        answer = self._call("GET", self._letters, params={"sort": "-created_at", "page[limit]": 20})
        for letter in listed(self._read(answer, "data", kind=list)):
            if letter.get("id") and str(_attributes(letter).get("file_original_name")).endswith(f"{key}.pdf"):
                return _receipt(letter)
        return None

    def cancel(self, provider_reference: str) -> bool:
        """Return whether Pingen takes it back, which it does in the background; ask for the status to be sure."""
        try:
            self._call("PATCH", f"{self._letters}/{path(provider_reference, 'cancel')}")
        except Refused:
            return _attributes(self._fetch(provider_reference)).get("status") in ("cancelling", "cancelled")
        return True

    def status(self, provider_reference: str) -> Status:
        return _status(self._fetch(provider_reference))

    def check(self) -> None:
        self._read(self._call("GET", self._letters, params={"page[limit]": 1}), "data", kind=list)

    def check_address(self, address: Address) -> None:
        parts = {
            "name": address.name or address.company,
            "street": address.street,
            "postal code": address.zip,
            "city": address.city,
            "country": address.country_code,
        }
        missing = [part for part, value in parts.items() if not value]
        if missing:
            raise Refused("incomplete_address", f"Missing: {', '.join(missing)}.")

    # --- a letter ------------------------------------------------------------------------------

    def _fetch(self, provider_reference):
        return self._letter(self._call("GET", f"{self._letters}/{path(provider_reference)}"))

    def _letter(self, answer):
        self._read(answer, "data", "id")
        return self._read(answer, "data", kind=dict)

    def _attributes(self, letter):
        """Return what is ordered; the key in the file's name lets the letter be found again."""
        return {
            "file_original_name": f"{letter.reference.replace('/', '-')} {letter.key}.pdf".strip(),
            "address_position": self.address_position,
            "auto_send": True,
            "delivery_product": self.delivery_product,
            "print_mode": "duplex" if letter.duplex else "simplex",
            "print_spectrum": "color" if letter.color else "grayscale",
        }

    def _upload(self, pdf):
        """Upload a PDF; return its place and Pingen's signature for it."""
        answer = self._call("GET", "file-upload")
        url, signature = (self._read(answer, "data", "attributes", name) for name in ("url", "url_signature"))
        try:
            # To a store that is not Pingen's: it gets neither the token nor what a .netrc may hold.
            self._exchange("PUT", url, data=pdf, headers={"Content-Type": "application/pdf"}, auth=_no_credentials)
        except Refused as refusal:
            raise Unavailable(f"Pingen's file store did not take the PDF: {refusal.detail}") from None
        return url, signature

    # --- the account ---------------------------------------------------------------------------

    def _call(self, method, place, headers=None, **options):
        options |= {"headers": {"Content-Type": JSON_API, "Accept": JSON_API, **(headers or {})}}
        url, bearer = f"{self.base_url}/{place}", self._bearer()
        try:
            return self._exchange(method, url, auth=bearer, **options)
        except Unauthorised:
            # The token was withdrawn before its end: one new token, and nothing was done with the old one.
            self._token_until = 0.0
            return self._exchange(method, url, auth=self._bearer(), **options)

    def _bearer(self):
        if time.monotonic() >= self._token_until:
            self._renew()
        return _Bearer(self._token)

    def _renew(self):
        form = {"grant_type": "client_credentials", "scope": "letter", **self._credentials}
        url = f"{self._identity_url}/auth/access-tokens"
        answer = self._exchange("POST", url, data=form, auth=_no_credentials)
        self._token = self._read(answer, "access_token")
        self._token_until = time.monotonic() + self._read(answer, "expires_in", kind=int) - MARGIN
        self._hide(self._token)

    def _refusal(self, answer):
        refusal = super()._refusal(answer)
        if answer.status_code == 404 and answer.url.split("?")[0].endswith("/letters"):
            return Refused("not_set_up", f"The organisation is not known: {refusal.detail}")
        return refusal

    def _error(self, body):
        # The two forms are those of OAuth, for the token, and of JSON:API.
        if isinstance(body.get("error"), str):
            return body["error"], body.get("error_description")
        errors = body["errors"]
        first = errors[0] if isinstance(errors, list) else errors
        return first["code"], first.get("detail") or first.get("details") or first.get("title")


class _Bearer:
    """Put the token on a request, where no .netrc can replace it."""

    def __init__(self, token):
        self._token = token

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _no_credentials(request):
    return request


# --- what Pingen says of a letter --------------------------------------------------------------


def _attributes(letter):
    attributes = letter.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def _receipt(letter):
    status = _status(letter)
    if status.state not in RECEIPT_STATES:
        raise Refused("provider_error", f"Pingen says of the letter: {status.detail}.")
    return Receipt(letter["id"], RECEIPT_STATES[status.state], status.cost, status.currency, status.tracking)


def _status(letter):
    attributes = _attributes(letter)
    word = attributes.get("status") or "validating"
    cost = money(attributes.get("price_value"))
    currency = attributes.get("price_currency") if cost is not None else None
    state = translate(STATES, word, Pingen.label)
    return Status(state, str(word), attributes.get("tracking_number") or None, None, cost, currency)
