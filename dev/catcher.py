"""A mail server and an SMS service on this machine that keep every message and send none on.

    python dev/catcher.py FOLDER [--port PORT]

Each message becomes FOLDER/0001.eml, and one line of FOLDER/index.jsonl says when, from whom, to whom
and with what subject. Addresses whose local part starts with "bounce" or "refused" get a 550, which the
index records too. What Odoo sends to its SMS service, reached by the parameter sms.endpoint, becomes a
line of FOLDER/sms.jsonl. The ports of both are printed on one line. Tests and benchmarks use
`with Catcher(folder) as catcher: … catcher.port`.
"""

import argparse
import email.policy
import json
import re
import signal
import socket
import threading
from contextlib import contextmanager
from datetime import datetime, timezone
from email.parser import BytesHeaderParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller

HEADERS = BytesHeaderParser(policy=email.policy.default)
REFUSED = re.compile(r"(bounce|refused)", re.I)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Catcher:
    def __init__(self, folder, port=0, refused=REFUSED):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.refused = refused
        self.count = len(list(self.folder.glob("*.eml")))
        self.port = port or free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_exception):
        self.controller.stop()

    def entries(self):
        index = self.folder / "index.jsonl"
        return [json.loads(line) for line in index.read_text().splitlines()] if index.exists() else []

    def note(self, **entry):
        with open(self.folder / "index.jsonl", "a") as index:
            index.write(json.dumps({"at": datetime.now(timezone.utc).isoformat(timespec="seconds"), **entry}) + "\n")

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if self.refused.match(address):
            self.note(refused=address, sender=envelope.mail_from)
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        self.count += 1
        name = f"{self.count:04}.eml"
        (self.folder / name).write_bytes(envelope.content)
        message = HEADERS.parsebytes(envelope.content)
        self.note(file=name, sender=envelope.mail_from, to=envelope.rcpt_tos, subject=str(message["subject"] or ""))
        return "250 OK"


class SmsService(BaseHTTPRequestHandler):
    """Answers as Odoo's SMS service does when it takes every message."""

    def do_POST(self):
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        taken = [
            {"number": number["number"], "text": message["content"], "uuid": number["uuid"]}
            for message in call["params"]["messages"]
            for number in message["numbers"]
        ]
        with open(self.server.folder / "sms.jsonl", "a") as log:
            log.writelines(json.dumps(sms) + "\n" for sms in taken)
        answer = [{"uuid": sms["uuid"], "state": "success", "credit": 1} for sms in taken]
        body = json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words):
        pass


@contextmanager
def sms_service(folder):
    """An SMS service that keeps what it is given in `folder`; yields its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), SmsService)
    server.folder = Path(folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    with Catcher(options.folder, options.port) as started, sms_service(options.folder) as sms_port:
        print(started.port, sms_port, flush=True)
        stopped.wait()
