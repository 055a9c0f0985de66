"""An idle tick of the dispatcher, and of the action that makes documents ahead, with 1,000 and 1,000,000 schedules.

It takes the same within a factor 1.5, under 2 ms.
"""

import statistics
import time
from datetime import date, datetime, timedelta

from copies import company_ready, many_schedules, six_steps
from figures import figure
from odoo.addons.invoice_chasing.models.common import clock
from odoo.tools import SQL

company_ready(env)
tomorrow = datetime.combine(date.today() + timedelta(1), datetime.min.time())
cadence = six_steps(env)


NOW = datetime.combine(date.today(), datetime.min.time())


def dispatch():
    assert env["chasing.dispatcher"]._dispatch(NOW)["claimed"] == 0


def make_ahead():
    clock.at(env["chasing.document.ahead"], NOW)._cron_make()


def idle(tick):
    """Milliseconds of a tick that finds nothing to do, the middle of 200."""
    times = []
    for _tick in range(200):
        start = time.perf_counter()
        tick()
        times.append((time.perf_counter() - start) * 1000)
        env.cr.commit()
    return statistics.median(times)


def scheduled(first, last):
    """Schedules whose next send is days ahead, numbered from `first` to `last`."""
    many_schedules(
        env,
        cadence,
        last - first,
        {
            "move_id": SQL("1000000000 + %s + n", first),
            "status": SQL("'active'"),
            "next_at": SQL("%s::timestamp + n * interval '1 minute'", tomorrow),
        },
    )


scheduled(0, 1_000)
few = {tick: idle(tick) for tick in (dispatch, make_ahead)}
scheduled(1_000, 1_000_000)
for tick, title in ((dispatch, "An idle tick"), (make_ahead, "An idle tick of documents made ahead")):
    many = idle(tick)
    figure(f"{title} with 1,000 schedules", few[tick], "ms", "limit", 2)
    figure(f"{title} with 1,000,000 schedules", many, "ms", "limit", 2)
    figure(f"{title} with 1,000,000 schedules", many, "ms", "with 1,000", few[tick])
assert not env["chasing.document.ahead"].search_count([])
