"""Applying a six-step cadence to 10,000 and to 100,000 invoices: linear, memory flat, at most 0.25 ms a step."""

import resource
import time
from datetime import date, timedelta

from copies import company_ready, copies, customers, post, six_steps
from figures import figure

company_ready(env)
today = date.today()
cadence = six_steps(env)
move = post(env, customers(env, 1), today - timedelta(5), today + timedelta(25))
partners = customers(env, 50)


def apply(count):
    """(ms a step, MB the process grew by) for `count` fresh invoices."""
    moves = copies(env, move, partners, count)
    env.cr.commit()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    summary = moves._chasing_assign(cadence)
    env.flush_all()
    took = time.perf_counter() - start
    assert summary["assigned"] == count, summary
    env.cr.commit()
    env.cr.execute(
        "SELECT count(*) FROM chasing_step t JOIN chasing_schedule s ON s.id = t.schedule_id WHERE s.move_id = ANY(%s)",
        [moves.ids],
    )
    [steps] = env.cr.fetchone()
    assert steps == 6 * count, steps
    return took * 1000 / steps, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


apply(2_000)
small, _grown = apply(10_000)
large, grown = apply(100_000)
figure("Applying a six-step cadence to 10,000 invoices", small, "ms a step", "limit", 0.25)
figure("Applying a six-step cadence to 100,000 invoices", large, "ms a step", "limit", 0.25)
figure("Linear: 100,000 against 10,000", large, "ms a step", "10,000", small)
figure("Memory the 100,000 added to the peak", grown, "MB", "limit", 200)
