"""Pause, resume and change of cadence on 10,000 chased invoices: under 1 ms a schedule, memory flat."""

import resource
import time
from datetime import date, timedelta

from copies import company_ready, copies, customers, post, six_steps
from figures import figure

company_ready(env)
today = date.today()
cadence = six_steps(env)
gentle = six_steps(env, name="Gentle")
gentle.step_ids[1:3].hour = 14
move = post(env, customers(env, 1), today - timedelta(5), today + timedelta(25))
partners = customers(env, 50)


def chased(count):
    """Schedules of so many fresh invoices."""
    moves = copies(env, move, partners, count)
    moves._chasing_assign(cadence)
    env.cr.commit()
    env.invalidate_all()
    env.cr.execute("ANALYZE chasing_schedule; ANALYZE chasing_step")
    return env["chasing.schedule"].search([("move_id", "in", moves.ids)])


def measured(act):
    """(seconds, MB the process grew by) of an act on schedules."""
    env.invalidate_all()
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    act()
    env.cr.commit()
    took = time.perf_counter() - start
    return took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def states(schedules):
    """{state: number of steps} of schedules from tomorrow on: at another hour, today's may not be past yet."""
    env.cr.execute(
        "SELECT state, count(*) FROM chasing_step WHERE schedule_id = ANY(%s) AND scheduled_at >= %s GROUP BY state",
        [schedules.ids, today + timedelta(1)],
    )
    return dict(env.cr.fetchall())


def round_of(count, report=False):
    schedules = chased(count)
    planned = states(schedules)["planned"]
    for title, act, state in (
        ("Pausing", schedules.action_pause, "held"),
        ("Resuming", schedules.action_resume, "planned"),
        ("Changing the cadence of", lambda: schedules._apply_cadence(gentle), "planned"),
    ):
        took, grown = measured(act)
        assert states(schedules).get(state) == planned, states(schedules)
        if report:
            figure(f"{title} {count:,} invoices", took * 1000 / count, "ms each", "limit", 1)
            figure(f"Memory that {title.lower()} {count:,} added to the peak", grown, "MB", "limit", 100)


round_of(1_000, report=True)
round_of(10_000, report=True)
