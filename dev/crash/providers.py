"""Pingen and Odoo's SMS service on this machine, in a process of their own.

They note what they were given, and keep whoever asks waiting until the asking process has been killed.
"""

import threading
from contextlib import suppress
from multiprocessing.managers import BaseManager

import workers
from postal_double import LETTERS, PingenDouble

# what a process may be killed in the middle of: how such a request begins
REQUESTS = {
    "token": ("POST", "/auth/access-tokens"),
    "upload": ("PUT", "/store/"),
    "search": ("GET", LETTERS),
    "order": ("POST", LETTERS),
    "status": ("GET", f"{LETTERS}/"),
    "texts": ("POST", "/api/sms/3/send"),
}
# what becomes of that request: it is never read, it is read after the next search, it was read before the kill
LOST, LATE, TAKEN = "lost", "late", "taken"


class Double(PingenDouble):
    """Both providers behind one address; one request of a kind can be held."""

    def __init__(self):
        super().__init__()
        self.texts, self.lock = [], threading.Lock()
        self.wanted = None  # (kind, fate, how many of them pass before)
        self.held, self.released, self.searched = (threading.Event() for _number in range(3))

    def open(self):
        """Begin to serve; returns the address."""
        self.__enter__()
        return self.url

    def serve(self, handler):
        # whoever was killed hears no answer
        with suppress(ConnectionError):
            super().serve(handler)

    def answer(self, asked):
        kind = next((name for name, (method, path) in REQUESTS.items() if self.is_of(asked, method, path)), None)
        fate = self.fate_of(kind)
        if fate in (LOST, LATE):
            self.keep_waiting()
        if fate == LOST:
            raise ConnectionAbortedError
        if fate == LATE:
            self.searched.wait()
        with self.lock:
            answer = self.texts_taken(asked) if kind == "texts" else super().answer(asked)
        if fate == TAKEN:
            self.keep_waiting()
        if kind == "search":
            self.searched.set()
        return answer

    def is_of(self, asked, method, path):
        return asked.method == method and asked.path.startswith(path) and (path[-1] == "/" or asked.path == path)

    def fate_of(self, kind):
        with self.lock:
            if not self.wanted or self.wanted[0] != kind:
                return None
            kind, fate, passing = self.wanted
            self.wanted = (kind, fate, passing - 1) if passing else None
            return None if passing else fate

    def keep_waiting(self):
        self.held.set()
        self.released.wait()

    def texts_taken(self, asked):
        numbers = [one for message in asked.json()["params"]["messages"] for one in message["numbers"]]
        self.texts += [one["uuid"] for one in numbers]
        return 200, {"jsonrpc": "2.0", "result": [{"uuid": one["uuid"], "state": "success"} for one in numbers]}, {}

    # --- what the tests say and ask ------------------------------------------------------------

    def hold(self, kind, fate, passing):
        """Keep the next request of a kind waiting, once so many have passed."""
        for event in (self.held, self.released, self.searched):
            event.clear()
        self.wanted = kind, fate, passing

    def holds(self):
        return self.held.is_set()

    def release(self):
        """Go on with what was held."""
        self.wanted = None
        self.released.set()

    def settle(self):
        """Read what is still to be read late."""
        self.searched.set()

    def forget_keys(self):
        """A key that comes again is taken for a new one."""
        with self.lock:
            self.keys.clear()

    def say(self, statuses):
        """Let letters, by their names here, have these statuses."""
        for letter, status in statuses.items():
            self.letters[letter]["status"] = status

    def known(self):
        """{name here: key} of all letters."""
        with self.lock:
            return {name: letter["file_original_name"][-40:-4] for name, letter in self.letters.items()}

    def given_texts(self):
        return self.texts


class _Manager(BaseManager):
    pass


_Manager.register("double", Double)


class Providers:
    """The double in its process."""

    def __enter__(self):
        self.manager = _Manager(ctx=workers.FORK)
        self.manager.start()
        self.double = self.manager.double()
        self.url = self.double.open()
        return self

    def __exit__(self, *_exception):
        self.manager.shutdown()

    def kill_within(self, kind, fate, passing, job, *arguments):
        """Let a process do a job and kill -9 it while its request of that kind is waiting for the answer.

        :param passing: how many requests of that kind are answered before
        :return: whether it came to that
        """
        self.double.hold(kind, fate, passing)
        process = workers.start(job, *arguments)
        workers.wait_until(lambda: self.double.holds() or not process.is_alive())
        held = self.double.holds()
        workers.kill(process)
        self.double.release()
        return held
