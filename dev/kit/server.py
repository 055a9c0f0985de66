"""Odoo serving a database, for whoever looks at it."""

import subprocess
import time
import urllib.request
from contextlib import contextmanager

from databases import sql
from project import Failure, free_port, odoo


@contextmanager
def server(database, port, log, *options):
    """Odoo on this port, and the links in its messages pointing there."""
    sql(f"UPDATE ir_config_parameter SET value = 'http://localhost:{port}' WHERE key = 'web.base.url'", database)
    ports = [f"--http-port={port}", f"--gevent-port={free_port()}", f"--db-filter=^{database}$"]
    line = odoo("-d", database, *ports, f"--logfile={log}", *options)
    with subprocess.Popen(line, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/web/health", process, log)
            yield process
        finally:
            process.terminate()


def wait_for(url, process, log):
    for _try in range(240):
        if process.poll() is not None:
            break
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise Failure(f"Odoo did not start; see {log}.")
