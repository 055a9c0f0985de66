"""The pictures of the README, taken of a running Odoo with headless Chromium.

dev/screenshots             of the demo database, into static/description/
dev/screenshots DATABASE    of another one
"""

import subprocess
import time
import urllib.request

from databases import database_exists
from project import LOGS, PYTHON, REPO, Failure, free_port, main, odoo
from setup import set_up

DEMO = "chasing_demo"
FOLDER = REPO / "static/description"


def wait_for(url, server, log):
    for _try in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise Failure(f"Odoo did not start; see {log}.")


def command(words):
    database = words[0] if words else DEMO
    set_up(template=False)
    if not database_exists(database):
        raise Failure(f"There is no database {database}: run dev/demo --no-serve first.")
    port, log = free_port(), LOGS / "screenshots.log"
    # no cron: a picture sends nothing
    options = [f"--http-port={port}", f"--gevent-port={free_port()}", "--max-cron-threads=0", f"--logfile={log}"]
    with subprocess.Popen(odoo("-d", database, f"--db-filter=^{database}$", *options)) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(f"{url}/web/health", server, log)
            done = subprocess.run([PYTHON, REPO / "dev/shoot.py", url, database, FOLDER])
            if done.returncode:
                raise Failure(f"The pictures could not be taken; see {log}.")
        finally:
            server.terminate()
    return 0


main(command)
