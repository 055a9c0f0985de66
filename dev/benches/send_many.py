"""A message about many invoices: the page that is shown first, and scheduling and sending it in the background."""

import os
import time
from datetime import date, timedelta

from copies import company_ready, copies, customers, give_pdfs, post, six_steps
from figures import figure
from odoo.tests import Form

company_ready(env)
today = date.today()
cadence = six_steps(env)
source = post(env, customers(env, 1), today - timedelta(5), today + timedelta(25))
partners = customers(env, 50)
COUNTS = [int(count) for count in os.environ.get("MESSAGES", "300 1500").split()]


def measured(act):
    """(seconds of the clock, seconds of the processor, SQL statements, result) of an act with nothing in the cache."""
    env.invalidate_all()
    start, used, before = time.perf_counter(), time.process_time(), env.cr.sql_log_count
    result = act()
    env.cr.commit()
    return time.perf_counter() - start, time.process_time() - used, env.cr.sql_log_count - before, result


def work():
    env["chasing.background.job"]._cron_bulk()


def made(count):
    moves = copies(env, source, partners, count)
    give_pdfs(moves)
    moves[::2]._chasing_assign(cadence)
    env.cr.commit()
    return moves


few = {}
for count in COUNTS:
    moves = made(count)
    took, used, queries, action = measured(moves.action_chasing_send)
    dialog = env["chasing.send.many"].browse(action["res_id"])
    shown, used_shown, queries, form = measured(lambda dialog=dialog: Form(dialog))
    assert form.possible_count == count, form.preview
    few.setdefault("page", queries)
    figure(f"Page for {count:,} invoices", took + shown, "s", "limit", 10)
    figure(f"Processor for the page for {count:,} invoices", used + used_shown, "s", "limit", 5)
    figure(f"Page for {count:,} invoices", queries, "SQL", "the fewest", few["page"])
    for act, when in (("Scheduling", "later"), ("Sending", "now")):
        dialog = env["chasing.send.many"].browse(moves.action_chasing_send()["res_id"])
        dialog.write({"when": when, "subject": "About your invoice"})
        begun, doing = measured(dialog.action_send), measured(work)
        took, used, queries = (one + two for one, two in zip(begun[:3], doing[:3], strict=True))
        run = env["chasing.bulk.run"].search([], limit=1)
        assert (run.done, run.refused_count) == (count, 0), (run.done, run.refused_ids[:1].reason)
        figure(f"{act} {count:,} messages", took * 1000 / count, "ms each", "limit", 40)
        figure(f"Processor for {act.lower()} {count:,} messages", used * 1000 / count, "ms each", "limit", 20)
        few.setdefault(act, queries / count)
        figure(f"{act} {count:,} messages", queries / count, "SQL each", "the fewest", few[act])
