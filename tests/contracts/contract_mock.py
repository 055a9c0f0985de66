"""The way from a provider's address to the server on this machine that plays it (see dev/kit/mocks.py)."""

import os
from urllib.parse import urlsplit, urlunsplit

import requests

TWILIO = "https://api.twilio.com"


def mock_address(variable):
    """Where the server is, such as ``http://127.0.0.1:4010``; ``variable`` is PRISM_LOB or PRISM_TWILIO."""
    return os.environ[variable]


def redirect_twilio(request):
    """Turn a prepared request to Twilio to the server that plays it; leave others alone."""
    if request.url.startswith(f"{TWILIO}/"):
        mock = urlsplit(mock_address("PRISM_TWILIO"))
        request.url = urlunsplit(urlsplit(request.url)._replace(scheme=mock.scheme, netloc=mock.netloc))


class MockedSession(requests.Session):
    """Goes to the server instead of Twilio; ``prefer`` asks it for one declared answer (``code=429``), for every
    request or for those of one method."""

    def __init__(self, prefer=None, method=None):
        super().__init__()
        self.prefer, self.method = prefer, method
        self.violations = []

    def send(self, request, **options):
        redirect_twilio(request)
        if self.prefer and self.method in (None, request.method):
            request.headers["Prefer"] = self.prefer
        answer = super().send(request, **options)
        self.violations.append(answer.headers.get("sl-violations"))
        return answer
