"""Reminders a second by two dispatchers, and by two of Odoo's mail queues, against one of them; aim: 1.7 times.

What else runs on the machine spoils that; what the processes have to do for a reminder it spoils less.
"""

import random
import resource
import statistics
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from figures import figure

# its workers are processes like these
sys.path.append(str(next(Path(path) / "crash" for path in sys.path if (Path(path) / "crash").is_dir())))

import workers  # noqa: E402

from copies import company_ready, copies, customers, give_pdfs, post  # noqa: E402
from odoo.addons.invoice_chasing.models.common import clock  # noqa: E402
from odoo.fields import Command  # noqa: E402
from sink import sink  # noqa: E402

COUNT, ROUNDS, PDF = 400, 3, 40_000
database = env.cr.dbname


def dispatch(ready, go, now):
    """The scheduled action, until nothing is due."""
    with workers.environment(database, now) as own:
        wait(own, ready, go)
        while own["chasing.dispatcher"]._count_due(now):
            own["chasing.dispatcher"]._cron_dispatch()
            own.cr.rollback()


def deliver(ready, go, _now):
    """Odoo's mail queue, once: it takes up to 1,000."""
    with workers.environment(database) as own:
        wait(own, ready, go)
        own["mail.mail"].process_email_queue()


def wait(own, ready, go):
    own["res.company"].search_count([])
    own.cr.rollback()
    ready.release()
    go.wait()


def own_seconds():
    """Seconds of work, of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def rate(job, processes, now):
    """(reminders a second, ms of own work a reminder) of so many processes that do the same."""
    ready, go = workers.FORK.Semaphore(0), workers.FORK.Event()
    crew = [workers.start(job, ready, go, now) for _number in range(processes)]
    for _process in crew:
        ready.acquire()
    start, own = time.perf_counter(), own_seconds()
    go.set()
    for process in crew:
        process.join()
    taken, own = time.perf_counter() - start, own_seconds() - own
    assert not any(process.exitcode for process in crew), "a process broke"
    return COUNT / taken, own * 1000 / COUNT


company_ready(env)
today = datetime.combine(date.today(), datetime.min.time()) + timedelta(hours=12)
issued = date.today() - timedelta(2)
turns = 2 * (ROUNDS + 1)
source = post(env, customers(env, 1), issued, issued)
moves = copies(env, source, customers(env, COUNT), COUNT, days=1)
give_pdfs(moves, b"%PDF-1.4\n" + random.Random(0).randbytes(PDF))
cadence = env["chasing.cadence"].create({
    "name": "Daily",
    "step_ids": [Command.create({"trigger": "after_issue", "days": days}) for days in range(2, 2 + turns)],
})
clock.at(moves, today - timedelta(2))._chasing_assign(cadence)
# they have no business here
env["ir.cron"].search([]).active = False
rates = {}
with sink() as port:
    env["ir.mail_server"].search([]).active = False
    env["ir.mail_server"].create({"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": port})
    env.cr.commit()
    for turn in range(turns):
        processes = 1 + turn % 2
        for job in (dispatch, deliver):
            rates.setdefault((job, processes), []).append(rate(job, processes, today + timedelta(turn)))
        env.cr.rollback()
        left = env["chasing.delivery"].search_count([("state", "=", "sent")])
        assert left == COUNT * (turn + 1), left

# the first round warms up
middle = {key: [statistics.median(column) for column in zip(*values[1:])] for key, values in rates.items()}
for job, name in ((dispatch, "dispatchers"), (deliver, "mail queues")):
    for place, unit in enumerate(("reminders a second", "ms of Python a reminder")):
        figure(f"Two {name}", middle[job, 2][place], unit, "one", middle[job, 1][place])
both = [1 / sum(1 / middle[job, processes][0] for job in (dispatch, deliver)) for processes in (2, 1)]
figure("Two dispatchers, then two mail queues", both[0], "reminders a second", "one of each", both[1])
