"""A mail server of the tests that takes everything over a real connection and remembers the envelopes."""

import email
import email.policy
import socketserver
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .builders import ChasingCommon


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self._say("220 here")
        recipients = []
        for line in self.rfile:
            verb = line.split(b":")[0].split()[0].upper()
            if verb in (b"EHLO", b"HELO"):
                self._say("250-here\r\n250 SMTPUTF8")
            elif verb == b"RCPT":
                recipients.append(line.decode().split("<")[1].split(">")[0])
                if recipients[-1].startswith("busy@"):
                    self._say("421 too many messages")
                    return
                if recipients[-1].startswith("gone@"):
                    self._say(f"550 nobody here is {recipients.pop()}")
                    continue
                self._say("451 too many messages" if self.server.is_full() else "250 fine")
            elif verb == b"DATA":
                self._say("354 go on")
                self.server.take(recipients, self._message())
                recipients = []
                self._say("250 taken")
            else:
                self._say("221 bye" if verb == b"QUIT" else "250 fine")
                if verb == b"QUIT":
                    return

    def _say(self, words):
        self.wfile.write(words.encode() + b"\r\n")

    def _message(self):
        lines = iter(self.rfile.readline, b".\r\n")
        content = b"".join(line.removeprefix(b".") for line in lines)
        return email.message_from_bytes(content, policy=email.policy.default)


class _Server(socketserver.ThreadingTCPServer):
    """It takes so many messages in any minute, None for as many as there are.

    :param now: gives the present instant
    """

    daemon_threads = True

    def __init__(self, per_minute, now):
        super().__init__(("127.0.0.1", 0), _Session)
        self.per_minute, self.now, self.taken, self.times = per_minute, now, [], []

    def take(self, recipients, message):
        self.taken.append((recipients, message))
        self.times.append(self.now())

    def is_full(self):
        now = self.now()
        return self.per_minute and sum(at > now - timedelta(minutes=1) for at in self.times) >= self.per_minute


class ChasingSmtpCommon(ChasingCommon):
    """Messages leave over SMTP, to a server on this machine."""

    @contextmanager
    def mail_server(self, per_minute=None, now=datetime.now):
        """Odoo's way to send mail leads to a server on this machine; yields the list of what it takes."""
        with _Server(per_minute, now) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.env["ir.mail_server"].sudo().search([]).active = False
            self.env["ir.mail_server"].sudo().create({
                "name": "Here",
                "smtp_host": "127.0.0.1",
                "smtp_port": server.server_address[1],
                "from_filter": "firm.example",
            })
            try:
                yield server.taken
            finally:
                server.shutdown()

    def deliver_by_smtp(self):
        """[(envelope recipients, message)] of what Odoo's mail queue sends."""
        with self.mail_server() as taken, self.sending():
            self.work_off_queue()
        return taken

    def sending(self):
        """Let Odoo send e-mails, as it does not in tests."""
        return patch.object(IrMail_Server, "_disable_send", lambda *_self: False)

    def work_off_queue(self):
        self.env.cr.flush()
        self.env(user=SUPERUSER_ID, context={})["mail.mail"].process_email_queue()
        self.env.cr.flush()
