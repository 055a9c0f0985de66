"""What clients that talk with a provider over HTTP have in common."""

from __future__ import annotations

import time
from abc import abstractmethod
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote_plus

import requests

from .answers import retry_after
from .client import PostalClient, Refused, Unauthorised, Unavailable

# Seconds to connect and to read.
TIMEOUT = (5, 30)
_STATUS_REASONS = {401: "not_set_up", 402: "no_credit", 403: "not_set_up", 413: "pdf_failed"}
_BUSY = frozenset({408, 425, 429})


class HttpPostalClient(PostalClient):
    """Ask one account's provider over HTTP, and understand its two ways of saying no.

    :param base_url: where the provider's API is, with its version
    :param secrets: what may be seen in no text
    :param timeout: (connect, read) in seconds
    :param session: to be used instead of a new one
    """

    # The provider's error word -> our reason code.
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

    def _exchange(self, method, url, **options):
        """Return the answer, if it is a yes."""
        try:
            answer = self._session.request(method, url, timeout=self._timeout, allow_redirects=False, **options)
        except requests.Timeout:
            raise Unavailable(f"{self.label} did not answer in time.") from None
        except ValueError:
            # What requests says about an address or a header may hold the key.
            text = f"The web address or the key of {self.label} cannot be right: enter it again."
            raise Refused("not_set_up", text) from None
        except requests.RequestException:
            raise Unavailable(f"{self.label} could not be reached.") from None
        if not 200 <= answer.status_code < 300:
            raise self._objection(answer)
        return answer

    def _objection(self, answer):
        status = answer.status_code
        if status < 400:
            return Unavailable(f"{self.label} is somewhere else (HTTP {status}): is a proxy in between?")
        # A conflict on a POST says that an attempt with the same key is still being worked on.
        if status in _BUSY or status >= 500 or (status == 409 and answer.request.method == "POST"):
            return Unavailable(self._said(answer)[1], retry_after(answer.headers, time.time()))
        return self._refusal(answer)

    def _refusal(self, answer):
        word, said = self._said(answer)
        code = self.refusals.get(word) or _STATUS_REASONS.get(answer.status_code, "provider_error")
        return (Unauthorised if answer.status_code == 401 else Refused)(code, said)

    def _said(self, answer):
        """Return the provider's word and its sentence, as far as the answer is its own."""
        try:
            word, said = self._error(answer.json())
        except (ValueError, LookupError, TypeError, AttributeError):
            word, said = "", ""
        return str(word), self._masked(f"{said or word or self.label} (HTTP {answer.status_code})")

    @abstractmethod
    def _error(self, body):
        """Return the word and the sentence of a provider's error; may fail on what is not its own."""

    def _read(self, answer, *keys, kind=str):
        """Return what lies under these keys of a yes; without it the yes is not the provider's own."""
        try:
            value = answer.json()
            for key in keys:
                value = value[key]
        except (ValueError, LookupError, TypeError):
            value = None
        if not isinstance(value, kind) or value == "":
            raise Unavailable(f"{self.label} gave an answer that is not its own: is a proxy in between?")
        return value

    def _hide(self, secret):
        """Hide a secret, and the forms in which it travels."""
        if secret:
            self._hidden |= {secret, quote_plus(secret), b64encode(f"{secret}:".encode()).decode()}

    def _masked(self, text):
        for secret in self._hidden:
            text = text.replace(secret, "***")
        return text[:500]
