"""An idle tick of the dispatcher with 1,000 and with 1,000,000 schedules: the same within a factor 1.5, under 2 ms."""

import statistics
import time
from datetime import date, datetime, timedelta

from copies import company_ready, copies, customers, post, six_steps
from figures import figure

company_ready(env)
tomorrow = datetime.combine(date.today() + timedelta(1), datetime.min.time())
source = post(env, customers(env, 1), date.today(), date.today() + timedelta(30))
partners = customers(env, 50)
cadence = six_steps(env)


def scheduled(count):
    """Copy invoices and give each a schedule whose next send is days ahead, until there are `count` schedules."""
    env.cr.execute("SELECT count(*) FROM chasing_schedule")
    missing = count - env.cr.fetchone()[0]
    moves = copies(env, source, partners, missing)
    env.cr.execute(
        """
        INSERT INTO chasing_schedule
            (move_id, company_id, partner_id, cadence_id, assigned_by, lifecycle, entry_point, age_basis, status,
             next_at)
        SELECT id, company_id, partner_id, %s, 'default', 'running', 'next', 'invoice', 'active',
            %s::timestamp + n * interval '1 minute'
        FROM unnest(%s) WITH ORDINALITY AS given (id, n) JOIN account_move USING (id)
        """,
        [cadence.id, tomorrow, moves.ids],
    )
    env.cr.commit()
    env.cr.execute("ANALYZE chasing_schedule")
    env.invalidate_all()


def idle():
    """Milliseconds of a tick that finds nothing due, the middle of 100."""
    now, times = datetime.combine(date.today(), datetime.min.time()), []
    for _tick in range(100):
        start = time.perf_counter()
        counts = env["chasing.dispatcher"]._dispatch(now)
        times.append((time.perf_counter() - start) * 1000)
        assert counts["claimed"] == 0
        env.cr.commit()
    return statistics.median(times)


scheduled(1_000)
few = idle()
scheduled(1_000_000)
many = idle()
figure("An idle tick with 1,000 schedules", few, "ms", "limit", 2)
figure("An idle tick with 1,000,000 schedules", many, "ms", "limit", 2)
figure("An idle tick with 1,000,000 schedules", many, "ms", "with 1,000", few)
