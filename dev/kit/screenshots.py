"""The pictures of the README, or of every screen and dialog, taken of a running Odoo with headless Chromium.

dev/screenshots                 of the demo database, into static/description/
dev/screenshots DATABASE        of another one
dev/screenshots --all           every screen and dialog, on a desk and on a phone, into .cache/screens/; and what is
                                wrong on them: axe's findings, texts that are cut off
dev/screenshots --all --only X  those whose name begins like this
dev/screenshots --all --short   each once: screens on a phone, dialogs on a desk
dev/screenshots --messages      every message that the addon brings, by tone, level, channel and language, into
                                .cache/messages/, and many of them on one sheet; and what is wrong with the e-mails
"""

import argparse
import os
import shutil
import subprocess

from databases import database_exists
from project import CACHE, LOGS, PYTHON, REPO, Failure, free_port, main, odoo, step
from server import server
from setup import NODE, install_packages, set_up, set_up_node

DEMO = "chasing_demo"
AXE = NODE / "node_modules/axe-core/axe.min.js"


def pictures(database):
    """Take the pictures of the README; the status it ends with."""
    return shoot(database, REPO / "dev/shoot.py", REPO / "static/description")


def screens(database, *options):
    """Walk through every screen and dialog; the status it ends with."""
    set_up_node()
    folder = CACHE / "screens"
    folder.mkdir(exist_ok=True)
    return shoot(database, REPO / "dev/screens", AXE, "--pictures", folder, *options)


def messages(database, only):
    """Write every message, take its pictures and judge it; the status it ends with."""
    set_up_node()
    if not shutil.which("pdftoppm"):
        install_packages(["poppler-utils"], "pictures of letters")
    folder, port, log = CACHE / "messages", free_port(), LOGS / "messages.log"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shell = odoo("shell", "-d", database, "--no-http", f"--logfile={log}")
    # The server gives letters their style and e-mails their pictures.
    with server(database, port, LOGS / "screenshots.log", "--max-cron-threads=0"):
        with step("Writing the messages"):
            script = (REPO / "dev/messages/compose.py").read_text()
            env = {**os.environ, "MESSAGES": str(folder), "ONLY": only}
            if subprocess.run(shell, input=script, text=True, env=env).returncode:
                raise Failure(f"The messages could not be written; see {log}.")
        line = [PYTHON, REPO / "dev/messages", folder, NODE / "node_modules", f"--only={only}"]
        return subprocess.run(line).returncode


def shoot(database, script, *words):
    """Run a script of the browser against the database's server, which sends nothing meanwhile."""
    port, log = free_port(), LOGS / "screenshots.log"
    with server(database, port, log, "--max-cron-threads=0"):
        return subprocess.run([PYTHON, script, f"http://127.0.0.1:{port}", database, *words]).returncode


def command(words):
    parser = argparse.ArgumentParser(
        prog="dev/screenshots", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("database", nargs="?", default=DEMO)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--messages", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args(words)
    set_up(template=False, tests=True)
    if not database_exists(options.database):
        raise Failure(f"There is no database {options.database}: run dev/demo --no-serve first.")
    if options.messages:
        return messages(options.database, options.only)
    if options.all:
        return screens(options.database, f"--only={options.only}", *(["--short"] if options.short else []))
    return pictures(options.database)


main(command)
