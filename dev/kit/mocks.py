"""Servers on this machine that play a provider by its own contract: they refuse what breaks it."""

import os
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager

from project import LOGS, REPO, Failure, free_port
from setup import NODE

# Environment variable that holds the server's address -> its contract
CONTRACTS = {"PRISM_LOB": "lob-letters", "PRISM_TWILIO": "twilio-messages"}
PRISM = NODE / "node_modules/@stoplight/prism-cli/dist/index.js"
PATIENCE = 60  # seconds


@contextmanager
def mock_servers():
    """The servers' addresses by variable, for as long as they run."""
    with ExitStack() as stack:
        ports = {variable: stack.enter_context(mock_server(name)) for variable, name in CONTRACTS.items()}
        for port, process, log in ports.values():
            wait_for(port, process, log)
        yield {variable: f"http://127.0.0.1:{port}" for variable, (port, _process, _log) in ports.items()}


@contextmanager
def mock_server(name):
    port, log = free_port(), LOGS / f"mock-{name}.log"
    contract = REPO / f"tests/specs/{name}.openapi.json"
    with open(log, "w") as out:
        process = subprocess.Popen(
            ["node", PRISM, "mock", "-h", "127.0.0.1", "-p", str(port), contract], stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield port, process, log
    finally:
        process.terminate()
        process.wait()


def wait_for(port, process, log):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise Failure(f"The server that plays a provider did not start: see {os.path.relpath(log)}.")
