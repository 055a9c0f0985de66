"""What every command in dev/ shares: places, words to the person, processes."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("CHASING_CACHE") or REPO / ".cache").resolve()
ADDON = "invoice_chasing"
VENV = CACHE / "venv"
PYTHON = VENV / "bin" / "python"
LOGS = CACHE / "logs"
ADDONS = CACHE / "addons"
TEMPLATE = "chasing_template"


class Failure(Exception):
    """Something the person has to know, in one sentence."""


def say(text):
    print(f"– {text}", file=sys.stderr, flush=True)


@contextmanager
def step(text):
    say(f"{text} …")
    start = time.monotonic()
    yield
    say(f"{text}: {time.monotonic() - start:.0f} s")


def main(function):
    """Run a command; what went wrong becomes one sentence and exit status 1."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(function(sys.argv[1:]))
    except Failure as failure:
        print(f"{Path(sys.argv[0]).stem}: {failure}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    except OSError as error:
        print(f"{Path(sys.argv[0]).stem}: {error}", file=sys.stderr)
    sys.exit(1)


def run(*command, why, env=None, cwd=None):
    """Run a command silently; on failure raise Failure with `why` and its last words."""
    done = subprocess.run(
        [str(word) for word in command], env=env, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        words = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        raise Failure(f"{why} ({'; '.join(words[-2:]) or f'exit status {done.returncode}'}).")
    return done.stdout


def odoo(*arguments):
    """Odoo's command line; the environment that setup.py makes comes before it."""
    return [str(PYTHON), "-m", "odoo", *arguments]


@contextmanager
def lock(name):
    """Hold the named lock of this cache; wait for whoever has it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another command that is setting things up …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def slot(name):
    """The first number that no other command holds under this name."""
    for number in range(1, 100):
        with open(CACHE / f"{name}{number}.lock", "w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield number
            return
    raise Failure("Too many commands run at the same time.")


def free_port(preferred=0):
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise Failure("No free port was found on 127.0.0.1.")
