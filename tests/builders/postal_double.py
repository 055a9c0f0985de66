"""Postal providers on 127.0.0.1: one that answers as a test tells it, and Pingen as far as its own clients tell."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

NEVER = object()

ORGANISATION = "b85c7b52-debb-4b15-b5db-d86b0a4e9bbf"
CLIENT, SECRET = "client-7", "s3cret/with+signs"
LETTERS = f"/organisations/{ORGANISATION}/deliveries/letters"
JSON_API = "application/vnd.api+json"
ORDERED = {
    "file_original_name", "file_url", "file_url_signature", "address_position", "auto_send", "delivery_product",
    "print_mode", "print_spectrum",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict
    headers: dict  # names in lower case
    body: bytes

    def json(self):
        return json.loads(self.body)


class Double:
    """A server that keeps what it was asked; use it as a context manager.

    ``answer(asked)`` gives (status, body, headers); a body that is not bytes goes as JSON. NEVER keeps the caller
    waiting until the server closes.
    """

    def __init__(self, answer=None):
        self.asked = []
        self.closing = threading.Event()
        self._answer = answer or self.answer
        double = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self):
                double.serve(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *args):
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked):
        raise NotImplementedError

    def serve(self, handler):
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, parts.path, parse_qs(parts.query), headers, body)
        self.asked.append(asked)
        answer = self._answer(asked)
        if answer is NEVER:
            self.closing.wait()
            handler.close_connection = True
        else:
            respond(handler, *answer)


def respond(handler, status, body=b"", headers=()):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(content)), **dict(headers)}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


# --- Pingen ------------------------------------------------------------------------------------


def error(status, code, detail, **headers):
    return status, {"errors": [{"code": code, "title": code, "detail": detail, "source": {}}]}, headers


class PingenDouble(Double):
    """Token, upload, letters, cancellation. ``forced`` maps (method, path) to answers that are given once each, in
    their order, before the usual one."""

    def __init__(self):
        super().__init__()
        self.forced = {}
        self.lifetime = 43200
        self.tokens = []
        self.files = {}
        self.letters = {}  # id -> attributes
        self.keys = {}  # idempotency key -> id
        self.replayed = []

    def force(self, method, path, *answers):
        self.forced.setdefault((method, path), []).extend(answers)

    def asked_for(self, method, path):
        return [asked for asked in self.asked if (asked.method, asked.path) == (method, path)]

    def answer(self, asked):
        waiting = self.forced.get((asked.method, asked.path))
        if waiting:
            return waiting.pop(0)
        if asked.path == "/auth/access-tokens":
            return self.token(asked)
        if asked.path.startswith("/store/"):
            return self.store(asked)
        if asked.headers.get("authorization") != f"Bearer {self.tokens[-1] if self.tokens else None}":
            return error(401, "access_denied", "The token is not valid")
        if asked.headers.get("accept") != JSON_API or asked.headers.get("content-type") != JSON_API:
            return error(415, "media_type", "It must be JSON:API")
        return self.resource(asked)

    def token(self, asked):
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET, "scope": "letter"}
        if form != wanted:
            return 400, {"error": "invalid_client", "error_description": f"Not {form.get('client_secret')}"}, {}
        self.tokens.append(f"token-{len(self.tokens) + 1}")
        return 200, {"token_type": "Bearer", "expires_in": self.lifetime, "access_token": self.tokens[-1]}, {}

    def store(self, asked):
        if "authorization" in asked.headers or asked.headers.get("content-type") != "application/pdf":
            return 403, b"<Error>SignatureDoesNotMatch</Error>", {}
        self.files[self.url + asked.path] = asked.body
        return 200, b"", {}

    def resource(self, asked):
        if asked.path == "/file-upload":
            url = f"{self.url}/store/{len(self.asked)}"
            return 200, {"data": {"attributes": {"url": url, "url_signature": f"sig {url}"}}}, {}
        if asked.path == LETTERS:
            return self.accept(asked) if asked.method == "POST" else self.listing()
        letter, _slash, action = asked.path.removeprefix(f"{LETTERS}/").partition("/")
        if letter not in self.letters:
            return error(404, "not_found", "There is no such letter")
        if action == "cancel":
            return self.cancel(letter)
        return 200, {"data": self.data(letter)}, {}

    def accept(self, asked):
        key, attributes = asked.headers["idempotency-key"], asked.json()["data"]["attributes"]
        if key in self.keys:
            self.replayed.append(key)
            return 201, {"data": self.data(self.keys[key])}, {"Idempotent-Replayed": "true"}
        if set(attributes) != ORDERED or attributes["file_url_signature"] != f"sig {attributes['file_url']}":
            return error(422, "validation_failed", "Something is missing or not signed")
        if not self.files.get(attributes["file_url"]):
            return error(422, "file_not_found", "The file was not uploaded")
        letter = self.keys[key] = f"letter-{len(self.letters) + 1}"
        self.letters[letter] = {**attributes, "status": "validating", "price_value": None, "price_currency": None}
        return 201, {"data": self.data(letter)}, {}

    def listing(self):
        return 200, {"data": [self.data(letter) for letter in reversed(self.letters)]}, {}

    def data(self, letter):
        return {"id": letter, "type": "letters", "attributes": self.letters[letter]}

    def cancel(self, letter):
        if self.letters[letter]["status"] not in ("validating", "valid"):
            return error(409, "state", "The letter can no longer be cancelled")
        self.letters[letter]["status"] = "cancelling"
        return 202, b"", {}
