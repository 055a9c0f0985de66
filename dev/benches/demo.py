"""`./dev/demo` with an empty cache, up to its first e-mail.

Odoo and Python packages are downloaded; the packages of the system are there already.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from figures import figure
from project import CACHE, REPO

LIMIT = 180
# The demo has a server and an environment of its own.
LEFT_OUT = ("ODOO_RC", "PGHOST", "PGPORT", "PGUSER", "PYTHONPATH", "PYTHONPYCACHEPREFIX")


def seconds_to_first_mail(folder):
    """Seconds until the catcher has it; then the demo is stopped."""
    path = [place for place in os.get_exec_path() if not place.startswith(str(CACHE))]
    surroundings = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    surroundings |= {"CHASING_CACHE": str(folder), "PATH": os.pathsep.join(path)}
    start = time.monotonic()
    demo = [REPO / "dev/demo", "--no-serve"]
    with subprocess.Popen(demo, env=surroundings, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            while not list(folder.glob("demo/mails/*.eml")):
                if process.poll() is not None:
                    raise SystemExit("The demo ended before an e-mail left.")
                time.sleep(0.1)
            return time.monotonic() - start
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)


def stop_database(folder):
    running = folder / "postgres/pg/postmaster.pid"
    if running.exists():
        os.kill(int(running.read_text().split()[0]), signal.SIGINT)
        while running.exists():
            time.sleep(0.1)


place = Path(tempfile.mkdtemp(prefix="chasing_demo"))
# The database's own user has to enter.
place.chmod(0o755)
try:
    figure("The demo's first e-mail", seconds_to_first_mail(place), "s", "limit", LIMIT)
finally:
    stop_database(place)
    shutil.rmtree(place)
