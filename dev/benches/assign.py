"""Choosing a cadence for 10,000 and 20,000 invoices: the dialog, the work in the background, and putting it back."""

import resource
import time
from datetime import date, timedelta

from copies import company_ready, copies, customers, post, six_steps
from figures import figure
from odoo.tests import Form

company_ready(env)
today = date.today()
cadence = six_steps(env)
gentle = six_steps(env, name="Gentle")
source = post(env, customers(env, 1), today - timedelta(5), today + timedelta(25))
partners = customers(env, 50)


def measured(act):
    """(seconds, what it returns) of an act with nothing in the cache."""
    env.invalidate_all()
    start = time.perf_counter()
    result = act()
    env.cr.commit()
    return time.perf_counter() - start, result


def work():
    env["chasing.background.job"]._cron_bulk()


def give(moves, wanted, count, whose):
    """Open the dialog for invoices, choose, apply, and let it be done."""
    asking, action = measured(moves.action_chasing_assign)
    dialog = env["chasing.assign"].browse(action["res_id"])
    opening, form = measured(lambda: Form(dialog))
    figure(f"Opening the dialog for {count:,} {whose} invoices", asking + opening, "s", "limit", 5)
    assert form.invoice_count == count, form.invoice_count
    dialog.cadence_id = wanted
    applying, _action = measured(dialog.action_assign)
    figure(f"Applying it to {count:,} {whose} invoices", applying, "s", "limit", 5)
    working, _none = measured(work)
    each = working * 1000 / count
    figure(f"Giving {count:,} {whose} invoices six steps in the background", each, "ms each", "limit", 2)


def round_of(count):
    moves = copies(env, source, partners, count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    give(moves, cadence, count, "fresh")
    give(moves, gentle, count, "chased")
    assignment = env["chasing.assignment"].search([], limit=1)
    asking, _action = measured(assignment.action_undo)
    figure(f"Asking to put {count:,} back", asking, "s", "limit", 5)
    working, _none = measured(work)
    assert (assignment.is_done, assignment.refused_count) == (True, 0)
    figure(f"Putting {count:,} back in the background", working * 1000 / count, "ms each", "limit", 2)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    figure(f"Memory that {count:,} added to the peak", grown, "MB", "limit", 400)


round_of(10_000)
round_of(20_000)
