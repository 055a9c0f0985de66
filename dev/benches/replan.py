"""A new time zone of a company with 50,000 and with 200,000 schedules, planned anew in the background while an
accountant posts and pays: linear, memory flat, nobody waits."""

import resource
import time
from datetime import date, timedelta

from beside import Accountant
from copies import chased_copies, company_ready, copies, customers, post, six_steps, tidy
from figures import figure, size

SMALL, LARGE = size("few", 50_000), size("many", 200_000)
company = company_ready(env)
cadence = six_steps(env, is_default=True)
company.chasing_enabled = False
source = post(env, customers(env, 1), date.today() + timedelta(1), date.today() + timedelta(31))
company.chasing_enabled = True
source._chasing_assign(cadence)
partners = customers(env, 5_000)


def chased(count):
    """So many more invoices with schedules."""
    # The accountant has posted since this transaction began.
    env.cr.commit()
    moves = copies(env, source, partners, count, days=1)
    chased_copies(env, source, moves)
    env.cr.commit()
    tidy(env, "account_move", "account_move_line", "chasing_schedule", "chasing_step")
    return moves


def replan(zone):
    """(ms a schedule, MB the process grew by) to plan all schedules again for a zone."""
    company.chasing_tz = zone
    env.cr.commit()
    count = env["chasing.schedule"].search_count([("planned_tz", "!=", zone), ("status", "=", "active")])
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    env["chasing.planner"]._cron_replan()
    took = time.perf_counter() - start
    env.cr.commit()
    assert not env["chasing.schedule"].search_count([("planned_tz", "!=", zone), ("status", "=", "active")])
    return took * 1000 / count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def beside(zone, moves):
    """The same while an accountant is at work, and the accountant."""
    with Accountant(env, moves, 0.3) as accountant:
        accountant.work(2)
        return *replan(zone), accountant


few = chased(SMALL)
with Accountant(env, few, 0.3) as alone:
    alone.work(size("acts", 100))
small, _grown, _accountant = beside("Europe/Berlin", few)
large, grown, accountant = beside("America/New_York", chased(LARGE - SMALL))
figure(f"Planning {LARGE:,} schedules anew", large, "ms a schedule", f"of {SMALL:,}", small)
figure(f"Memory that the {LARGE:,} added to the peak", grown, "MB", "limit", 100)
title = f"What an accountant waits for locks meanwhile, 99 of {len(accountant.acts)} acts in 100"
figure(title, accountant.waited(), "ms", "limit", 100)
figure("An accountant's act meanwhile", accountant.median_ms(), "ms", "alone", alone.median_ms())
