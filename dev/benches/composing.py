"""Composing 400 e-mails, of which nothing is queued; and Odoo putting the same words under its own layout."""

import statistics
import time
from datetime import date, datetime, timedelta

from copies import company_ready, copies, customers, post
from figures import figure, size
from odoo.addons.invoice_chasing.models.common import clock
from odoo.fields import Command

COUNT, ROUNDS = size("messages", 400), 5
company_ready(env)
today = datetime.combine(date.today(), datetime.min.time()) + timedelta(hours=12)
account = env["res.partner.bank"].create({
    "acc_number": "BE15001559627230",
    "partner_id": env.company.partner_id.id,
    "allow_out_payment": True,
})
source = post(env, customers(env, 1), date.today() - timedelta(30), date.today() - timedelta(5))
partners = customers(env, COUNT)
moves = env["account.move"].browse(copies(env, source, partners, COUNT).ids)
moves.partner_bank_id = account
cadence = env["chasing.cadence"].create({
    "name": "Late",
    "step_ids": [Command.create({"trigger": "after_due", "days": 6})],
})
clock.at(moves, today)._chasing_assign(cadence)
steps = env["chasing.step"].browse(moves.chasing_schedule_ids.step_ids.ids)
channel = env["chasing.channel.email"]
template = channel._template(steps[0], today)
message = env["mail.message"].create({"model": "account.move", "res_id": moves[0].id, "body": "x"})


def ours():
    texts = env["chasing.message"]._compose(channel, steps, "en_US", today)
    assert len(texts) == COUNT
    return [text.leaving for text in texts.values()]


def own_words():
    """Odoo filling in the template, and putting each text under its layout."""
    template._render_field("subject", moves.ids)
    template._render_field("body_html", moves.ids)
    group = {"active": True, "button_access": {"url": "/", "title": "View"}, "has_button_access": True}
    laid_out = []
    for move in moves:
        values = move._notify_by_email_prepare_rendering_context(message, model_description="Invoice")
        laid_out.append(move._notify_by_email_render_layout(message, group, render_values=values))
    return laid_out


def measure(work):
    """(ms of Python, SQL) a message."""
    env.flush_all()
    env.invalidate_all()
    queries, start = env.cr.sql_log_count, time.process_time()
    assert all(work())
    return (time.process_time() - start) * 1000 / COUNT, (env.cr.sql_log_count - queries) / COUNT


results = {ours: [], own_words: []}
for _turn in range(ROUNDS + 1):
    for work, rounds in results.items():
        rounds.append(measure(work))
# the first round compiles
middle = {work: [statistics.median(column) for column in zip(*rounds[1:])] for work, rounds in results.items()}
figure("Composing a message", middle[ours][0], "ms of Python", "Odoo's template and layout", middle[own_words][0])
figure("Composing a message", middle[ours][1], "SQL", "limit", 0.2)
figure("Length of a message", max(map(len, ours())) / 1000, "kB", "limit", 60)
