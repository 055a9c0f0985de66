"""What works beside a benchmark in a process of its own: a mail queue, an accountant who posts and pays."""

import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from project import odoo

KIT = Path(__file__).parent
# What Odoo waits on average before it begins anew what PostgreSQL refused, in milliseconds.
BACKOFF = 1_000


class Beside:
    """A script of this folder inside `odoo shell`, until `with` ends and the file STOP is there."""

    script = None

    def __init__(self, env, **environment):
        self.folder = tempfile.TemporaryDirectory()
        self.stop = Path(self.folder.name) / "stop"
        self.environment = {**os.environ, "STOP": str(self.stop), **environment}
        self.line = odoo("shell", "-d", env.cr.dbname, "--no-http", "--log-level=critical")

    def __enter__(self):
        self.process = subprocess.Popen(
            self.line, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.process.stdin.write((KIT / self.script).read_text())
        self.process.stdin.close()
        return self

    def __exit__(self, *_error):
        self.stop.touch()
        self.printed = self.process.stdout.read()
        self.process.wait()
        self.folder.cleanup()


class MailQueue(Beside):
    """Odoo's mail queue, at work all the time."""

    script = "mail_queue_at_work.py"


class Accountant(Beside):
    """Posts invoices and takes payments for the open invoices of a recordset of consecutive ids."""

    script = "accountant_at_work.py"

    def __init__(self, env, moves, pause=1.0):
        ids = moves._ids
        super().__init__(env, PAUSE=str(pause), FIRST=str(min(ids)), LAST=str(max(ids) + 1))
        self.count = Path(self.folder.name) / "count"
        self.environment["COUNT"] = str(self.count)

    def __exit__(self, *error):
        super().__exit__(*error)
        [line] = [line for line in self.printed.splitlines() if line.startswith("ACCOUNTANT ")]
        self.acts = json.loads(line.removeprefix("ACCOUNTANT "))

    def work(self, acts):
        """Wait until the accountant has done so much."""
        while self.process.poll() is None and not (self.count.exists() and int(self.count.read_text() or 0) >= acts):
            time.sleep(0.2)

    def median_ms(self):
        return statistics.median(act["ms"] for act in self.acts)

    def waited(self, share=0.99):
        """Milliseconds that this share of all acts waited for locks at most, with what Odoo waits after a refusal."""
        waits = sorted(act["waited"] + act["refused"] * BACKOFF for act in self.acts)
        return waits[min(int(len(waits) * share), len(waits) - 1)]

    def longest(self, count=3):
        """The longest waits, each with the two statements."""
        return sorted(self.acts, key=lambda act: -act["waited"] - act["refused"] * BACKOFF)[:count]
