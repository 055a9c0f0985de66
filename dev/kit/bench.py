"""The benchmarks: each dev/benches/*.py runs in `odoo shell` on a fresh copy of a database with the addon.

    dev/bench [NAME …]    all of them, or dev/benches/NAME.py

A benchmark prints with `from figures import figure`.
"""

import os
import subprocess
import sys

from databases import copy_database, drop_database, install
from project import ADDON, LOGS, REPO, TEMPLATE, Failure, main, odoo, slot, step
from setup import set_up


def command(words):
    scripts = {path.stem: path for path in sorted((REPO / "dev" / "benches").glob("*.py"))}
    unknown = set(words) - set(scripts)
    if unknown or not scripts:
        raise Failure(f"There are only these benchmarks: {', '.join(scripts) or 'none yet'}.")
    set_up()
    failed = 0
    with slot("bench") as number:
        base, database = f"chasing_bench{number}_base", f"chasing_bench{number}"
        log = LOGS / f"bench{number}.log"
        try:
            with step("Installing the addon"):
                copy_database(TEMPLATE, base)
                install(base, ADDON, f"bench{number}")
            for name in words or scripts:
                copy_database(base, database)
                shell = odoo("shell", "-d", database, "--no-http", f"--logfile={log}")
                print(f"# {name}", flush=True)
                os.environ["BENCH_BASE"] = base
                paths = [str(REPO / "dev" / "kit"), str(REPO / "dev")]
                script = f"import sys; sys.path += {paths}\n{scripts[name].read_text()}"
                failed += bool(subprocess.run(shell, input=script, text=True).returncode)
        finally:
            drop_database(database)
            drop_database(base)
    print(f"{failed} of {len(words or scripts)} benchmarks failed" if failed else "all benchmarks ran", file=sys.stderr)
    return 1 if failed else 0


main(command)
