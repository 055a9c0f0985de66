"""Exclude, include, pause and give a cadence to many customers in the background, and undo it: 1 ms a customer."""

import os
import resource
import time
from datetime import date, timedelta

from copies import company_ready, copies, customers, post, six_steps
from figures import figure
from odoo.tests import Form

company_ready(env)
today = date.today()
cadence = six_steps(env)
source = post(env, customers(env, 1), today - timedelta(5), today + timedelta(25))
COUNTS = [int(count) for count in os.environ.get("CUSTOMERS", "2000 8000").split()]
INVOICED = 4  # one of so many has an open invoice that is chased


def measured(act):
    """(seconds of the clock, seconds of the processor, what it returns) of an act with nothing in the cache."""
    env.invalidate_all()
    start, used = time.perf_counter(), time.process_time()
    result = act()
    env.cr.commit()
    return time.perf_counter() - start, time.process_time() - used, result


def work():
    env["chasing.background.job"]._cron_bulk()


def do(partners, act, whose, **values):
    """Ask in the dialog, do it, let it be done in the background, and undo it."""
    count = len(partners)
    asking, _used, action = measured(partners.action_chasing_ask)
    dialog = env["chasing.bulk.customers"].browse(action["res_id"])

    def fill():
        form = Form(dialog)
        form.act = act
        for name, value in values.items():
            form[name] = value
        return form.save()

    filling, _used, dialog = measured(fill)
    figure(f"Dialog that will {act} {count:,} {whose}", asking + filling, "s", "limit", 15)
    measured(dialog.action_do)
    run = env["chasing.bulk.run"].search([], limit=1)
    took, used, _none = measured(work)
    assert (run.done, run.refused_count) == (count, 0), (run.done, run.refused_count)
    figure(f"{act} of {count:,} {whose}", took * 1000 / count, "ms each", "limit", 1)
    figure(f"Processor for {act} of {count:,} {whose}", used * 1000 / count, "ms each", "limit", 1)
    measured(run.action_undo)
    took, used, _none = measured(work)
    assert (run.is_done, run.refused_count) == (True, 0)
    figure(f"Undoing {act} of {count:,} {whose}", took * 1000 / count, "ms each", "limit", 1)
    figure(f"Processor for undoing {act} of {count:,} {whose}", used * 1000 / count, "ms each", "limit", 1)


for count in COUNTS:
    partners = customers(env, count)
    moves = copies(env, source, partners[::INVOICED], count // INVOICED)
    moves._chasing_assign(cadence)
    env.cr.commit()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    do(partners, "exclude_customer", "customers")
    do(partners, "pause_customer", "customers", ends="open")
    do(partners, "cadence_customer", "customers", cadence_id=cadence)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    figure(f"Memory that {count:,} customers added to the peak", grown, "MB", "limit", 400)
