"""Posting and paying 100 invoices without the addon, with it, and with a default cadence: three databases in turn."""

import json
import os
import subprocess
from pathlib import Path
from statistics import median

from databases import copy_database, drop_database
from figures import figure
from project import odoo

COUNT, TURNS = 100, 2
SCRIPT = next(path for path in map(Path, sys.path) if (path / "posting_round.py").exists()) / "posting_round.py"
BASES = {"without": "chasing_template", "with": os.environ["BENCH_BASE"], "default": os.environ["BENCH_BASE"]}


def measure(mode):
    """{post_ms, post_sql, pay_ms, pay_sql} for one hundred invoices in a process and database of their own."""
    database = f"{env.cr.dbname}_{mode}"
    copy_database(BASES[mode], database)
    try:
        done = subprocess.run(
            odoo("shell", "-d", database, "--no-http", "--log-level=error"),
            input=f"import sys; sys.path.append({str(SCRIPT.parent)!r})\n{SCRIPT.read_text()}",
            env={**os.environ, "POSTING_MODE": mode},
            text=True,
            capture_output=True,
        )
        [line] = [line for line in done.stdout.splitlines() if line.startswith("POSTING ")]
        return json.loads(line.removeprefix("POSTING "))
    finally:
        drop_database(database)


turns = [{mode: measure(mode) for mode in BASES} for _turn in range(TURNS)]
middle = {mode: {key: median(turn[mode][key] for turn in turns) for key in turns[0][mode]} for mode in BASES}
for act in ("post", "pay"):
    plain, idle, default = (middle[mode][f"{act}_ms"] for mode in BASES)
    queries = [middle[mode][f"{act}_sql"] for mode in BASES]
    word = {"post": "Posting", "pay": "Paying"}[act]
    figure(f"{word} 100 invoices with the addon, no cadence", idle, "ms", "without the addon", plain)
    figure(f"{word} 100 invoices with the addon, no cadence", queries[1], "SQL", "without the addon", queries[0])
    figure(f"{word} 100 invoices with a default cadence", default, "ms", "without the addon", plain)
    figure(f"{word} 100 invoices with a default cadence", queries[2], "SQL", "without the addon", queries[0])
    if act == "post":
        figure("What a default cadence adds to posting", (default - idle) / COUNT / 6, "ms a step", "limit", 0.25)
