"""Posts and pays 100 invoices a few times inside `odoo shell`, and prints what it took as one line of JSON."""

import json
import os
import statistics
import time
from datetime import date, timedelta

from odoo.fields import Command

COUNT, ROUNDS = 100, 3
MODE = os.environ["POSTING_MODE"]
partners = env["res.partner"].create([{"name": f"Customer {n}", "email": f"c{n}@buyer.example"} for n in range(20)])
if MODE != "without":
    from copies import company_ready, six_steps

    company_ready(env)
    six_steps(env, is_default=MODE == "default")


def drafts():
    moves = env["account.move"].create([
        {
            "move_type": "out_invoice",
            "partner_id": partners[n % len(partners)].id,
            "invoice_date": date.today(),
            "invoice_date_due": date.today() + timedelta(30),
            "invoice_line_ids": [Command.create({"name": "Work", "price_unit": 100 + n, "tax_ids": False})],
        }
        for n in range(COUNT)
    ])
    env.cr.commit()
    env.invalidate_all()
    return moves


def timed(work):
    """(ms, SQL) of some work and its flush, committed."""
    start, queries = time.perf_counter(), env.cr.sql_log_count
    work()
    env.cr.flush()
    took, queries = time.perf_counter() - start, env.cr.sql_log_count - queries
    env.cr.commit()
    env.invalidate_all()
    return took * 1000, queries


def pay(moves):
    wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=moves.ids)
    wizard.create({"group_payment": False})._create_payments()


rounds = []
for _round in range(ROUNDS):
    moves = drafts()
    posted = timed(moves.action_post)
    if MODE == "default":
        assert env["chasing.schedule"].search_count([("move_id", "in", moves.ids), ("status", "=", "active")]) == COUNT
    paid = timed(lambda moves=moves: pay(moves))
    assert all(move.payment_state == "paid" for move in moves)
    rounds.append((*posted, *paid))
middle = [statistics.median(column) for column in zip(*rounds[1:], strict=True)]
print("POSTING " + json.dumps(dict(zip(("post_ms", "post_sql", "pay_ms", "pay_sql"), middle, strict=True))))
