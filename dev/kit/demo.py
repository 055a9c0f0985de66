"""A database with demo data, a simulated week of chasing into a mail catcher, and Odoo to look at it.

dev/demo              build what is missing, show the week's report, serve until Ctrl-C
dev/demo --no-serve   stop after the report
dev/demo --fresh      start over
"""

import argparse
import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager, suppress
from threading import Thread

from databases import (
    addon_digest,
    comment_database,
    copy_database,
    database_comment,
    drop_database,
    install,
    rename_database,
    sql,
)
from project import ADDON, CACHE, LOGS, PYTHON, REPO, TEMPLATE, Failure, free_port, lock, main, odoo, say, step
from server import server
from setup import set_up

DATABASE = "chasing_demo"
FOLDER = CACHE / "demo"
MAILS = FOLDER / "mails"
REPORT = FOLDER / "report.txt"


@contextmanager
def catcher(database):
    """Odoo's options for outgoing mail, to a catcher that runs meanwhile and takes the database's SMS too."""
    line = [PYTHON, REPO / "dev/catcher.py", MAILS]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            ports = process.stdout.readline().split()
            if not ports:
                raise Failure("The mail catcher did not start.")
            port, sms_port = ports
            sql(
                "INSERT INTO ir_config_parameter (key, value)"
                f" VALUES ('sms.endpoint', 'http://127.0.0.1:{sms_port}')"
                " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
                database,
            )
            yield ["--smtp=127.0.0.1", f"--smtp-port={port}", "--email-from=demo@example.com"]
        finally:
            process.terminate()


def build(port):
    """Make the demo database and let its week pass; it gets its name when both are done."""
    part = f"{DATABASE}_part"
    log = LOGS / "demo.log"
    with step("Building the demo database"):
        copy_database(TEMPLATE, part)
        # Odoo loads a module's demo data only where its dependencies claim to have theirs
        sql("UPDATE ir_module_module SET demo = true WHERE state = 'installed'", part)
        install(part, ADDON, "demo", "--with-demo")
        if sql(f"SELECT demo FROM ir_module_module WHERE name = '{ADDON}'", part) != [["t"]]:
            raise Failure(f"The addon's demo data could not be loaded; see {log}.")
    shutil.rmtree(MAILS, ignore_errors=True)
    # The server gives wkhtmltopdf the style sheets of the invoices; its own scheduled actions rest meanwhile
    with (
        step("Letting a week of chasing pass"),
        catcher(part) as mail,
        server(part, port, LOGS / "demo-server.log", "--max-cron-threads=0"),
    ):
        shell = odoo("shell", "-d", part, "--no-http", f"--logfile={log}", *mail)
        script = (REPO / "dev/simulate_week.py").read_text()
        week = {**os.environ, "CHASING_MAILS": str(MAILS)}
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        with subprocess.Popen(shell, text=True, env=week, **pipes) as process:
            Thread(target=show_first_mail, args=[process]).start()
            try:
                told, faults = process.communicate(script)
            finally:
                process.kill()
        if process.returncode:
            raise Failure(f"The week could not be simulated; see {log}\n{faults}")
        REPORT.write_text(told)
    rename_database(part, DATABASE)
    comment_database(DATABASE, addon_digest())


def show_first_mail(process):
    """Name the first e-mail as soon as the catcher has it, if it comes while the process lives."""
    index = MAILS / "index.jsonl"
    while process.poll() is None:
        for line in index.read_text().splitlines() if index.exists() else ():
            mail = json.loads(line)
            if "file" in mail:
                say(
                    f"The first e-mail has left: “{mail['subject']}” to {', '.join(mail['to'])}, {MAILS / mail['file']}"
                )
                return
        time.sleep(0.2)


def serve(port):
    with catcher(DATABASE) as mail, server(DATABASE, port, LOGS / "demo-server.log", *mail) as process:
        print(f"Odoo: http://localhost:{port}/odoo   login admin, password admin", flush=True)
        print(f"E-mails, SMS and letters: {MAILS}\nCtrl-C stops it.", flush=True)
        with suppress(KeyboardInterrupt):
            process.wait()


def command(words):
    parser = argparse.ArgumentParser(
        prog="dev/demo", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--no-serve", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args(words)
    set_up()
    port = free_port(8069)
    with lock("demo"):
        made_from = database_comment(DATABASE)
        if options.fresh or made_from != addon_digest() or not REPORT.exists():
            if made_from and not options.fresh:
                say("The addon has changed: the demo starts over.")
            drop_database(DATABASE)
            build(port)
        else:
            say("Reusing the demo database; --fresh starts over.")
    print(REPORT.read_text(), flush=True)
    if not options.no_serve:
        serve(port)


main(command)
