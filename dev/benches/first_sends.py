"""200 first sends with new PDFs, printed, queued and delivered: ours, and Odoo's own Send one by one and on all."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from catcher import free_port
from copies import company_ready, copies, customers, post
from figures import figure
from odoo.addons.base.models import ir_actions_report
from odoo.addons.invoice_chasing.models.common import clock
from odoo.fields import Command
from server import server

# One by one an invoice takes seconds: so few of them are measured.
COUNT, FEW, ROUNDS = 200, 8, 3
HOUR = datetime.combine(date.today(), datetime.min.time()) + timedelta(hours=11)
company_ready(env)
source = post(env, customers(env, 1), HOUR.date(), HOUR.date() + timedelta(14))
partners = customers(env, COUNT)
cadence = env["chasing.cadence"].create({"name": "At once", "step_ids": [Command.create({"trigger": "on_issue"})]})
sender = env["account.move.send"].with_context(mail_notify_force_send=False)
takes_many = ir_actions_report._wkhtml().is_patched_qt


def fresh(count):
    """So many posted invoices that were never sent, each a customer's."""
    moves = copies(env, source, partners, count, days=1)
    env.cr.commit()
    return moves


def scheduled(count):
    """The same by the company's default cadence, half an hour before they go."""
    moves = fresh(count)
    clock.at(moves, HOUR - timedelta(minutes=30))._chasing_assign(cadence)
    env.flush_all()
    env.cr.execute("UPDATE chasing_schedule SET assigned_by = 'default' WHERE move_id = ANY(%s)", [moves.ids])
    env.cr.commit()
    return moves


def ours(_moves):
    clock.at(env["chasing.dispatcher"], HOUR)._cron_dispatch()


def ahead(_moves):
    clock.at(env["chasing.document.ahead"], HOUR - timedelta(minutes=20))._cron_make()


def one_by_one(moves):
    for move in moves:
        sender._generate_and_send_invoices(move.with_env(sender.env), sending_methods=["email"])
        env.cr.commit()


def all_at_once(moves):
    sender._generate_and_send_invoices(moves.with_env(sender.env), sending_methods=["email"])


def measure(work, moves, is_sent=True):
    """(ms, SQL) an invoice of some work, with the delivery of what it queued."""
    env.cr.commit()
    env.invalidate_all()
    queries, start = env.cr.sql_log_count, time.perf_counter()
    work(moves)
    env.flush_all()
    env.cr.commit()
    if is_sent:
        env["mail.mail"].process_email_queue()
    passed, queries = time.perf_counter() - start, env.cr.sql_log_count - queries
    assert not env["mail.mail"].search_count([("state", "in", ("outgoing", "exception"))])
    assert bool(moves._chasing_without_documents()) != is_sent, work.__name__
    return passed * 1000 / len(moves), queries / len(moves)


def measure_all():
    """What everybody takes, one after the other."""
    results["ours"].append(measure(ours, scheduled(COUNT)))
    if takes_many:
        results["all at once"].append(measure(all_at_once, fresh(COUNT)))
    results["one by one"].append(measure(one_by_one, fresh(FEW)))
    moves = scheduled(COUNT)
    results["made ahead"].append(measure(ahead, moves, is_sent=False))
    results["sent after"].append(measure(ours, moves))


port = free_port()
with tempfile.TemporaryDirectory() as folder:
    catcher = Path(sys.modules["catcher"].__file__)
    line = [sys.executable, catcher, folder, "--port", str(port)]
    # the server gives the printing program the style sheets of the invoices
    with (
        subprocess.Popen(line, stdout=subprocess.DEVNULL) as sink,
        server(env.cr.dbname, free_port(), os.devnull, "--max-cron-threads=0"),
    ):
        try:
            env.registry.clear_all_caches()
            env["ir.mail_server"].search([]).active = False
            env["ir.mail_server"].create({"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": port})
            results = {name: [] for name in ("ours", "all at once", "one by one", "made ahead", "sent after")}
            # what is compiled and cached is so for everybody
            measure(ours, scheduled(2))
            measure(one_by_one, fresh(2))
            for _turn in range(ROUNDS):
                measure_all()
            taken = len(list(Path(folder).glob("*.eml")))
        finally:
            sink.terminate()

sent = 4 + ROUNDS * (2 * COUNT + FEW + (COUNT if takes_many else 0))
assert taken == sent, (taken, sent)
middle = {name: [statistics.median(column) for column in zip(*rounds)] for name, rounds in results.items() if rounds}
[our_ms, our_sql], [single_ms, single_sql] = middle["ours"], middle["one by one"]
title = "A first send with a new PDF"
figure(title, our_ms, "ms", "an eighth of account.move.send one by one", single_ms / 8)
if takes_many:
    figure(title, our_ms, "ms", "nine tenths of account.move.send on all", middle["all at once"][0] * 0.9)
    figure(title, our_sql, "SQL", "account.move.send on all", middle["all at once"][1])
else:
    print("wkhtmltopdf has no patched Qt here: Odoo's own Send cannot print many at once.", flush=True)
figure(title, our_sql, "SQL", "account.move.send one by one", single_sql)
figure("A document made ahead", middle["made ahead"][0], "ms", "a whole first send", our_ms)
figure("A first send with its PDF made ahead", middle["sent after"][0], "ms", "with a new PDF", our_ms)
figure("A first send with its PDF made ahead", middle["sent after"][1], "SQL", "with a new PDF", our_sql)
