"""The mail server of the crash tests: it keeps the order of everything, and which sessions were cut off.

A session that ends without QUIT belongs to a process that was killed: only its last message may come again.
"""

import asyncio
import email
import multiprocessing
import re
from contextlib import contextmanager
from dataclasses import dataclass, field

import workers
from aiosmtpd.smtp import SMTP

from catcher import Catcher

FULL, GONE = re.compile("full@"), re.compile("gone@")
# while a file of such a name is in its folder, the mail sink keeps a client waiting for its answer, or takes its time
HELD, SLOW = "held", "slow"
TIME = 0.1  # seconds


@dataclass
class Session:
    """One conversation of a mail queue with the mail sink: the Message-Ids it brought, and how it ended."""

    messages: list = field(default_factory=list)
    quit: bool = False
    ended: bool = False

    @property
    def cut(self):
        return self.ended and not self.quit


class Protocol(SMTP):
    def connection_made(self, transport):
        super().connection_made(transport)
        self.event_handler.note(event="begin", peer=self.session.peer[1])

    def connection_lost(self, error):
        self.event_handler.note(event="end", peer=self.session.peer[1])
        super().connection_lost(error)


class Recorder(Catcher):
    """A catcher that keeps no message, only what happened in which session."""

    def __init__(self, folder):
        super().__init__(folder)
        self.controller.factory = lambda: Protocol(self, **self.controller.SMTP_kwargs)

    async def handle_QUIT(self, _server, session, _envelope):
        self.note(event="quit", peer=session.peer[1])
        return "221 Bye"

    async def handle_DATA(self, server, session, envelope):
        if any(GONE.match(address) for address in envelope.rcpt_tos):
            server.transport.abort()
            return "421 4.3.2 Hanging up"
        message = email.message_from_bytes(envelope.content)
        words = {"peer": session.peer[1], "message": message["message-id"].strip()}
        if (self.folder / HELD).exists():
            self.note(event="held", **words)
            while (self.folder / HELD).exists():
                await asyncio.sleep(0.005)
        if (self.folder / SLOW).exists():
            await asyncio.sleep(TIME)
        if any(FULL.match(address) for address in envelope.rcpt_tos):
            return "552 5.2.2 Mailbox full"
        self.note(event="message", **words)
        return "250 OK"


def _serve(folder, pipe):
    with Recorder(folder) as recorder:
        pipe.send(recorder.port)
        pipe.recv()


class MailSink:
    """The recorder in a process of its own, and what it recorded."""

    def __init__(self, folder):
        self.folder = folder
        self.index = folder / "index.jsonl"
        self.mark = 0

    def __enter__(self):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(target=_serve, args=(self.folder, other))
        self.process.start()
        self.port = self.pipe.recv()
        return self

    def __exit__(self, *_exception):
        self.pipe.send("stop")
        self.process.join()

    def events(self):
        """What happened in its sessions since `start_anew`; whom it refused is no such event."""
        return [entry for entry in Catcher.entries(self)[self.mark :] if "event" in entry]

    def start_anew(self):
        """Forget what came until now."""
        self.mark = len(Catcher.entries(self))

    def sessions(self):
        """Every session since `start_anew`, once all of them have ended."""
        workers.wait_until(self.is_quiet)
        return self.read()

    def is_quiet(self):
        """Every session has ended."""
        return all(session.ended for session in self.read())

    def read(self):
        """Every session since `start_anew`, as far as it got."""
        sessions, current = [], {}
        for event in self.events():
            if event["event"] == "begin":
                current[event["peer"]] = Session()
                sessions.append(current[event["peer"]])
                continue
            session = current[event["peer"]]
            session.quit |= event["event"] == "quit"
            session.ended |= event["event"] == "end"
            if event["event"] == "message":
                session.messages.append(event["message"])
        return sessions

    def holding(self):
        """Keep whoever brings a message waiting for the answer."""
        return self.while_there_is(HELD)

    def slow(self):
        """Take the time of a real mail server before answering."""
        return self.while_there_is(SLOW)

    @contextmanager
    def while_there_is(self, name):
        (self.folder / name).touch()
        try:
            yield
        finally:
            (self.folder / name).unlink()

    def holds(self):
        """Whether a client is waiting now."""
        events = [event["event"] for event in self.events()]
        return events.count("held") > 0 and events[-1] == "held"
