"""What a benchmark measures in a process and database of its own."""

import json
import os
import subprocess
from pathlib import Path

from databases import copy_database, drop_database
from project import odoo

KIT = Path(__file__).parent
BASES = {"without": "chasing_template", "with": os.environ.get("BENCH_BASE"), "default": os.environ.get("BENCH_BASE")}


def measure_posting(env, script, mode, **environment):
    """What a script of this folder prints as JSON behind the word POSTING, when it runs inside `odoo shell`.

    :param mode: `without` the addon, `with` it, or with a `default` cadence too
    :param environment: what else the script is told by environment variables
    """
    database = f"{env.cr.dbname}_{mode}"
    copy_database(BASES[mode], database)
    try:
        done = subprocess.run(
            odoo("shell", "-d", database, "--no-http", "--log-level=error"),
            input=f"import sys; sys.path.append({str(KIT)!r})\n{(KIT / script).read_text()}",
            env={**os.environ, "POSTING_MODE": mode, **environment},
            text=True,
            capture_output=True,
        )
        [line] = [line for line in done.stdout.splitlines() if line.startswith("POSTING ")]
        return json.loads(line.removeprefix("POSTING "))
    finally:
        drop_database(database)
