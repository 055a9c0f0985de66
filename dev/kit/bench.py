"""The benchmarks: each dev/benches/*.py runs in `odoo shell` on a fresh copy of a database with the addon.

    dev/bench [NAME …] [SIZE=COUNT …]    all of them, or dev/benches/NAME.py; some can be told how much they work on,
                                         with the names that they give `size`: dev/bench day steps=2000

A benchmark prints with `from figures import figure`.
"""

import os
import re
import subprocess
import sys

from databases import copy_database, drop_database, install
from project import ADDON, LOGS, REPO, TEMPLATE, Failure, main, odoo, slot, step
from setup import set_up


def take_sizes(words, scripts):
    """Tell the benchmarks the sizes among these words; return the other words."""
    sizes = dict(word.split("=", 1) for word in words if "=" in word)
    known = {name for path in scripts.values() for name in re.findall(r'size\("(\w+)"', path.read_text())}
    if wrong := {name for name, count in sizes.items() if name not in known or not count.isdecimal()}:
        raise Failure(f"Not a size: {', '.join(sorted(wrong))}. There are: {', '.join(sorted(known))}.")
    os.environ.update({f"BENCH_{name.upper()}": count for name, count in sizes.items()})
    return [word for word in words if "=" not in word]


def command(words):
    scripts = {path.stem: path for path in sorted((REPO / "dev" / "benches").glob("*.py"))}
    words = take_sizes(words, scripts)
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
