"""A database with demo data, a simulated week of chasing into a mail catcher, and Odoo to look at it.

dev/demo              build what is missing, show the week's report, serve until Ctrl-C
dev/demo --no-serve   stop after the report
dev/demo --fresh      start over
"""

import argparse
import shutil
import subprocess
import time
import urllib.request
from contextlib import contextmanager

from project import ADDON, CACHE, LOGS, PYTHON, REPO, TEMPLATE, Failure, free_port, lock, main, say, step
from setup import copy_database, database_exists, drop_database, install, odoo, rename_database, set_up, sql

DATABASE = "chasing_demo"
FOLDER = CACHE / "demo"
MAILS = FOLDER / "mails"
REPORT = FOLDER / "report.txt"


@contextmanager
def catcher():
    """Odoo's options for outgoing mail, to a catcher that runs meanwhile."""
    line = [PYTHON, REPO / "dev/catcher.py", MAILS]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            port = process.stdout.readline().strip()
            if not port:
                raise Failure("The mail catcher did not start.")
            yield ["--smtp=127.0.0.1", f"--smtp-port={port}", "--email-from=demo@example.com"]
        finally:
            process.terminate()


def build(mail):
    """Make the demo database and let its week pass; it gets its name when both are done."""
    part = f"{DATABASE}_part"
    log = LOGS / "demo.log"
    shutil.rmtree(MAILS, ignore_errors=True)
    with step("Building the demo database"):
        copy_database(TEMPLATE, part)
        # Odoo loads a module's demo data only where its dependencies claim to have theirs
        sql("UPDATE ir_module_module SET demo = true WHERE state = 'installed'", part)
        install(part, ADDON, "demo", "--with-demo", *mail)
        if sql(f"SELECT demo FROM ir_module_module WHERE name = '{ADDON}'", part) != [["t"]]:
            raise Failure(f"The addon's demo data could not be loaded; see {log}.")
    with step("Letting a week of chasing pass"):
        shell = odoo("shell", "-d", part, "--no-http", f"--logfile={log}", *mail)
        script = (REPO / "dev/simulate_week.py").read_text()
        done = subprocess.run(shell, input=script, text=True, capture_output=True)
        if done.returncode:
            raise Failure(f"The week could not be simulated; see {log}\n{done.stderr}")
        REPORT.write_text(done.stdout)
    rename_database(part, DATABASE)


def serve(mail):
    port = free_port(8069)
    log = LOGS / "demo-server.log"
    options = [f"--http-port={port}", f"--gevent-port={free_port()}", f"--db-filter=^{DATABASE}$", f"--logfile={log}"]
    with subprocess.Popen(odoo("-d", DATABASE, *options, *mail)) as server:
        try:
            url = f"http://localhost:{port}"
            wait_for(f"http://127.0.0.1:{port}/web/health", server, log)
            print(f"Odoo: {url}/odoo   login admin, password admin\nMails: {MAILS}\nCtrl-C stops it.", flush=True)
            server.wait()
        except KeyboardInterrupt:
            pass
        finally:
            server.terminate()


def wait_for(url, server, log):
    for _try in range(120):
        if server.poll() is not None:
            break
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise Failure(f"Odoo did not start; see {log}.")


def command(words):
    parser = argparse.ArgumentParser(
        prog="dev/demo", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--no-serve", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args(words)
    set_up()
    with catcher() as mail:
        with lock("demo"):
            if options.fresh:
                drop_database(DATABASE)
            if not (database_exists(DATABASE) and REPORT.exists()):
                drop_database(DATABASE)
                build(mail)
            else:
                say("Reusing the demo database; --fresh starts over.")
        print(REPORT.read_text(), flush=True)
        if not options.no_serve:
            serve(mail)


main(command)
