"""Posting with 50 rules, and assigning by rules to 10,000 and 100,000 posted invoices."""

import resource
import time
from datetime import date, timedelta

from copies import company_ready, copies, customers, post, six_steps
from figures import figure
from odoo.fields import Command

company_ready(env)
today = date.today()
cadence = six_steps(env)
source = post(env, customers(env, 1), today - timedelta(5), today + timedelta(25))
partners = customers(env, 50)
env["chasing.rule"].create([
    {
        "name": f"Rule {number}",
        "sequence": number,
        "domain": repr([("amount_total_signed", "=", number), ("partner_id.country_id.code", "=", "FR")]),
        "cadence_id": cadence.id,
    }
    for number in range(49)
])
last = env["chasing.rule"].create({"name": "The rest", "sequence": 99, "domain": "[]", "cadence_id": cadence.id})
env.cr.commit()


def post_many(count):
    """(ms, SQL) an invoice of posting so many drafts in one go."""
    moves = env["account.move"].create([
        {
            "move_type": "out_invoice",
            "partner_id": partners[number % len(partners)].id,
            "invoice_date": today,
            "invoice_date_due": today + timedelta(30),
            "invoice_line_ids": [Command.create({"name": "Work", "price_unit": 100 + number, "tax_ids": False})],
        }
        for number in range(count)
    ])
    env.cr.commit()
    start, queries = time.perf_counter(), env.cr.sql_log_count
    moves.action_post()
    env.flush_all()
    took, queries = time.perf_counter() - start, env.cr.sql_log_count - queries
    assert set(moves.chasing_schedule_ids.rule_id) == set(last)
    env.cr.commit()
    return took * 1000 / count, queries


def match(count):
    """(ms an invoice, SQL) of asking 50 rules about so many invoices."""
    moves = copies(env, source, partners, count)
    env.cr.commit()
    start, queries = time.perf_counter(), env.cr.sql_log_count
    found = env["chasing.rule"]._first_match(moves)
    took, queries = time.perf_counter() - start, env.cr.sql_log_count - queries
    assert len(found) == count
    return moves, took * 1000 / count, queries


def assign(moves):
    """(ms an invoice, MB) of giving them the last rule's cadence, with the record of what they had."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    assignment = env["chasing.assignment"]._assign("The rest", moves, cadence, last)
    env["chasing.background.job"]._cron_bulk()
    took = time.perf_counter() - start
    assert (assignment.is_done, assignment.line_count) == (True, len(moves))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return took * 1000 / len(moves), grown


post_many(20)
few_ms, few_queries = post_many(100)
many_ms, many_queries = post_many(1_000)
figure("Posting 1,000 invoices with 50 rules", many_ms, "ms an invoice", "100 invoices", few_ms)
moves, _ms, few_matching = match(1_000)
moves, small_ms, small_matching = match(10_000)
figure("Asking 50 rules about 10,000 invoices", small_matching, "SQL", "1,000 invoices", few_matching)
figure("Asking 50 rules about 10,000 invoices", small_ms, "ms an invoice", "limit", 1)
small, _grown = assign(moves)
figure("Assigning by rules to 10,000 invoices of six steps", small, "ms an invoice", "limit", 1.5)
moves, _large_ms, large_matching = match(100_000)
figure("Asking 50 rules about 100,000 invoices", large_matching, "SQL", "1,000 invoices", few_matching)
large, grown = assign(moves)
figure("Assigning by rules to 100,000 invoices of six steps", large, "ms an invoice", "10,000", small)
figure("Memory the 100,000 added to the peak", grown, "MB", "limit", 200)
