"""Posts invoices a hundred at a time, and a thousand and more at once, inside `odoo shell`; prints a line of JSON."""

import json
import os
import resource
import time
from datetime import date, timedelta

from copies import customers, draft_copies
from odoo.fields import Command

MODE, SIZES = os.environ["POSTING_MODE"], [int(size) for size in os.environ["POSTING_SIZES"].split()]
PART = 100
if MODE != "without":
    from copies import company_ready, six_steps

    company_ready(env)
    six_steps(env, is_default=True)
partners = customers(env, 500)
source = env["account.move"].create({
    "move_type": "out_invoice",
    "partner_id": partners[0].id,
    "invoice_date": date.today(),
    "invoice_date_due": date.today() + timedelta(30),
    "invoice_line_ids": [Command.create({"name": "Work", "price_unit": 100, "tax_ids": False})],
})


def post(moves):
    """(ms an invoice, SQL an invoice) of posting these in one transaction."""
    queries, start = env.cr.sql_log_count, time.perf_counter()
    moves.action_post()
    env.cr.flush()
    env.cr.commit()
    env.invalidate_all()
    return (time.perf_counter() - start) * 1000 / len(moves), (env.cr.sql_log_count - queries) / len(moves)


def measured(size, part):
    """What it takes to post so many in transactions of so many: the middle of them, and MB that the process grew by."""
    moves = draft_copies(env, source, partners, size)
    env.cr.commit()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken = [post(moves[start : start + part]) for start in range(0, size, part)]
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    first, last = taken[: len(taken) // 4 or 1], taken[-(len(taken) // 4 or 1) :]
    return {
        "first": sum(ms for ms, _sql in first) / len(first),
        "last": sum(ms for ms, _sql in last) / len(last),
        "sql": sum(sql for _ms, sql in taken) / len(taken),
        "grown": grown,
    }


measured(PART, PART)
many, *at_once = SIZES
parts, whole = measured(many, PART), [measured(size, size) for size in at_once]
print("POSTING " + json.dumps({"parts": parts, "whole": whole}))
