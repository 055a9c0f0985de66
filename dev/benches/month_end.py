"""The last day of a month: 10,000 invoices posted with a default cadence, a hundred at a time and thousands at once,
and the same without the addon: linear, memory flat."""

import json
import os
import subprocess
from pathlib import Path

from databases import copy_database, drop_database
from figures import figure
from project import odoo

SIZES = 10_000, 1_000, 4_000
SCRIPT = next(path for path in map(Path, sys.path) if (path / "month_end_round.py").exists()) / "month_end_round.py"
BASES = {"without": "chasing_template", "default": os.environ["BENCH_BASE"]}


def measure(mode):
    """What posting takes in a process and database of its own, see the script."""
    database = f"{env.cr.dbname}_{mode}"
    copy_database(BASES[mode], database)
    try:
        done = subprocess.run(
            odoo("shell", "-d", database, "--no-http", "--log-level=error"),
            input=f"import sys; sys.path.append({str(SCRIPT.parent)!r})\n{SCRIPT.read_text()}",
            env={**os.environ, "POSTING_MODE": mode, "POSTING_SIZES": " ".join(map(str, SIZES))},
            text=True,
            capture_output=True,
        )
        [line] = [line for line in done.stdout.splitlines() if line.startswith("POSTING ")]
        return json.loads(line.removeprefix("POSTING "))
    finally:
        drop_database(database)


plain, ours = measure("without"), measure("default")
parts, (few, many) = ours["parts"], ours["whole"]
figure("Posting the last of 10,000, a hundred at a time", parts["last"], "ms an invoice", "the first", parts["first"])
figure("The same", parts["last"], "ms an invoice", "without the addon", plain["parts"]["last"])
figure("The same", parts["sql"], "SQL an invoice", "without the addon", plain["parts"]["sql"])
figure("Memory they added to the peak", parts["grown"], "MB", "limit", 100)
figure("Posting 4,000 at once", many["last"], "ms an invoice", "1,000 at once", few["last"])
figure("The same", many["last"], "ms an invoice", "without the addon", plain["whole"][1]["last"])
figure("Memory they added to the peak", many["grown"], "MB", "without the addon", plain["whole"][1]["grown"])
