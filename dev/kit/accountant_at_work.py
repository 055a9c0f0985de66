"""Plays an accountant inside `odoo shell` until the file STOP is there: posts an invoice, takes a payment, and so on.

Prints one line of JSON: of each act what it was, how long it took, how long it waited for locks that others held, how
often PostgreSQL refused it because others were faster, and who kept it waiting longest.
"""

import json
import os
import random
import threading
import time
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import psycopg2

from odoo.fields import Command
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

PAUSE, STOP, COUNT, FIRST, LAST = (os.environ[name] for name in ("PAUSE", "STOP", "COUNT", "FIRST", "LAST"))
WAITING = """
    SELECT extract(epoch FROM clock_timestamp() - l.waitstart) * 1000, l.waitstart, mine.query, other.query
    FROM pg_locks l
    JOIN pg_stat_activity mine ON mine.pid = l.pid
    LEFT JOIN pg_stat_activity other ON other.pid = (pg_blocking_pids(l.pid))[1]
    WHERE l.pid = %s AND NOT l.granted AND l.waitstart IS NOT NULL
"""
env = env(user=env.ref("base.user_admin"))
random.seed(7)


class Watch(threading.Thread):
    """Look every few milliseconds how long another connection has been waiting for a lock."""

    def __init__(self, cursor):
        super().__init__(daemon=True)
        cursor.execute("SELECT pg_backend_pid()")
        [self.pid] = cursor.fetchone()
        self.waits, self.texts, self.is_over = {}, {}, False
        self.start()

    def run(self):
        connection = psycopg2.connect(dbname=env.cr.dbname)
        connection.autocommit = True
        cursor = connection.cursor()
        while not self.is_over:
            cursor.execute(WAITING, [self.pid])
            for ms, began, mine, other in cursor.fetchall():
                self.waits[began], self.texts[began] = (
                    float(ms),
                    (" ".join(mine.split()), " ".join((other or "").split())),
                )
            time.sleep(0.005)

    def taken(self):
        """What was waited since it was asked last: milliseconds in all, and the two statements of the longest."""
        waits, texts = self.waits, self.texts
        self.waits, self.texts = {}, {}
        longest = max(waits, key=waits.get, default=None)
        return sum(waits.values()), texts.get(longest)


def draft():
    invoice = env["account.move"].create({
        "move_type": "out_invoice",
        "partner_id": env["account.move"].browse(random.choice(open_ids)).partner_id.id,
        "invoice_date": date.today(),
        "invoice_date_due": date.today() + timedelta(30),
        "invoice_line_ids": [Command.create({"name": "Work", "price_unit": random.randint(50, 900), "tax_ids": False})],
    })
    env.cr.commit()
    return invoice


def take_payment(invoice):
    wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
    wizard.create({})._create_payments()


def act(kind, work):
    """Do something in a transaction of its own, as Odoo does for a person, but begin anew at once."""
    watch.taken()
    begun, refused = time.perf_counter(), 0
    while True:
        try:
            work()
            env.cr.flush()
            env.cr.commit()
            break
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            refused += 1
            env.cr.rollback()
            env.transaction.reset()
            env.registry.reset_changes()
    took = (time.perf_counter() - begun) * 1000
    time.sleep(0.01)
    waited, who = watch.taken()
    env.invalidate_all()
    acts.append({"kind": kind, "ms": took, "waited": waited, "refused": refused, "who": who if waited > 20 else None})
    Path(COUNT).write_text(str(len(acts)))


watch, acts = Watch(env.cr), []
open_ids = list(range(int(FIRST), int(LAST)))
# the first of each warms up
while not os.path.exists(STOP):
    with suppress(IndexError):
        new, paid = draft(), env["account.move"].browse(open_ids.pop(random.randrange(len(open_ids))))
        act("post", new.action_post)
        if paid.payment_state == "not_paid":
            act("pay", lambda paid=paid: take_payment(paid))
    time.sleep(random.uniform(0.5, 1.5) * float(PAUSE))
watch.is_over = True
print("ACCOUNTANT " + json.dumps(acts[2:]))
