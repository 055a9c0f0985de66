"""A day of 20,000 reminders in eight hours while an accountant posts and payments come in: linear, memory flat, nobody
waits, and whoever had paid gets nothing."""

import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from beside import Accountant, MailQueue
from catcher import free_port
from copies import chased_copies, company_ready, copied_pdfs, copies, customers, post, tidy
from figures import figure, size
from odoo.addons.invoice_chasing.models.common import clock
from odoo.fields import Command, Datetime
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

HOURS = 8
PART = size("steps", 20_000) // HOURS
STEPS = PART * HOURS
company_ready(env)
today = datetime.combine(date.today(), datetime.min.time())
source = post(env, customers(env, 1), date.today() - timedelta(2), date.today() + timedelta(28))
source._chasing_ensure_tokens()
cadence = env["chasing.cadence"].create({
    "name": "One reminder, and what follows",
    "is_default": True,
    "step_ids": [Command.create({"trigger": "after_issue", "days": days}) for days in (3, 30)],
})
clock.at(source, today - timedelta(1))._chasing_assign(cadence)
moves = copies(env, source, customers(env, 2_000), STEPS, days=1)
env.cr.execute("UPDATE account_move SET access_token = gen_random_uuid() WHERE id = ANY(%s)", [moves.ids])
copied_pdfs(env, source, moves)
schedules = chased_copies(env, source, moves)
env.cr.commit()
env.invalidate_all()
tidy(env, "account_move", "account_move_line", "ir_attachment", "chasing_schedule", "chasing_step")


def fall_due(part):
    """Let their reminders fall due together; returns whether nobody was faster in changing one of them."""
    try:
        env.cr.execute(
            """
            WITH due AS (
                UPDATE chasing_schedule SET next_at = %s WHERE id = ANY(%s) AND closure IS NULL RETURNING id, next_at
            )
            UPDATE chasing_step SET scheduled_at = next_at FROM due WHERE schedule_id = due.id AND days = 3
            """,
            [Datetime.now(), part.ids],
            log_exceptions=False,
        )
        env.cr.commit()
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        return False
    return True


def send(part):
    """(ms a reminder, MB the process grew by) of an hour whose reminders fall due together."""
    while not fall_due(part):
        env.cr.rollback()
    env.invalidate_all()
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    env["chasing.dispatcher"]._cron_dispatch()
    env.cr.commit()
    took, grown = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert not env["chasing.schedule"].search_count([("id", "in", part.ids), ("next_at", "<=", Datetime.now())])
    return took * 1000 / len(part), grown / 1024


def count(what):
    """How many deliveries of invoices that are paid are like that."""
    env.cr.execute(
        f"""
        SELECT count(*) FROM chasing_delivery d JOIN chasing_schedule s ON s.id = d.schedule_id
        LEFT JOIN mail_mail m ON m.mail_message_id = d.mail_message_id WHERE s.closure = 'paid' AND ({what})
        """
    )
    return env.cr.fetchone()[0]


port = free_port()
hours = [schedules[start : start + PART] for start in range(0, STEPS, PART)]
with tempfile.TemporaryDirectory() as folder:
    catcher = Path(sys.modules["catcher"].__file__)
    sink = subprocess.Popen([sys.executable, catcher, folder, "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        env["ir.mail_server"].search([]).active = False
        env["ir.mail_server"].create({"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": port})
        env.cr.commit()
        with Accountant(env, moves, 0.3) as alone:
            alone.work(size("acts", 100))
        with MailQueue(env), Accountant(env, moves, 0.3) as accountant:
            accountant.work(2)
            sent = [send(part) for part in hours]
    finally:
        sink.terminate()
        sink.wait()

env.cr.execute("SELECT count(*), count(DISTINCT (step_id, channel, partner_id)) FROM chasing_delivery")
deliveries, distinct = env.cr.fetchone()
assert deliveries == distinct, (deliveries, distinct)
# whoever had paid got nothing any more; what was being handed over when they paid counts as gone
assert not count("d.queued_at > s.stopped_at + interval '1 second'")
assert not count("d.state = 'queued' OR m.state = 'outgoing'")
assert not count("d.sent_at > s.stopped_at + interval '10 seconds'")
(first, _grown), (last, _) = sent[0], sent[-1]
figure("A reminder of the day's last hour", last, "ms", "the first hour", first)
figure(f"The day's {STEPS:,} reminders", sum(ms for ms, _grown in sent) * PART / 1000, "s", "limit", 8 * 3_600 / 10)
figure("Memory added after the first hour", sum(grown for _ms, grown in sent[1:]), "MB", "limit", 50)
title = f"What an accountant waits for locks meanwhile, 99 of {len(accountant.acts)} acts in 100"
figure(title, accountant.waited(), "ms", "limit", 100)
figure("An accountant's act meanwhile", accountant.median_ms(), "ms", "alone", alone.median_ms())
