"""200 reminders with existing PDFs: ours, `message_post` in a loop, and Odoo's own Send, queued and delivered."""

import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from catcher import free_port
from copies import company_ready, copies, customers, give_pdfs, post
from figures import figure
from odoo.addons.invoice_chasing.models.common import clock
from odoo.fields import Command

COUNT, ROUNDS = 200, 3
company_ready(env)
today = datetime.combine(date.today(), datetime.min.time()) + timedelta(hours=12)
issued = date.today() - timedelta(2)
source = post(env, customers(env, 1), issued, issued)
partners = customers(env, COUNT)
moves = copies(env, source, partners, COUNT, days=1)
give_pdfs(moves)
cadence = env["chasing.cadence"].create({
    "name": "Daily",
    "step_ids": [Command.create({"trigger": "after_issue", "days": days}) for days in range(2, 2 + ROUNDS + 1)],
})
clock.at(moves, today - timedelta(2))._chasing_assign(cadence)
template = env.company.chasing_past_due_template_id
env["ir.config_parameter"].set_param("account.pdf_generation_batch", "0")


def ours(turn):
    counts = env["chasing.dispatcher"]._dispatch(today + timedelta(turn), limit=COUNT)
    assert counts["under_way"] == COUNT, dict(counts)


def message_post(turn):
    for move in moves:
        [body] = template._render_field("body_html", move.ids).values()
        [subject] = template._render_field("subject", move.ids).values()
        move.with_context(disable_attachment_import=True).message_post(
            body=body,
            subject=subject,
            partner_ids=move.partner_id.ids,
            attachment_ids=move.invoice_pdf_report_id.ids,
            subtype_xmlid="mail.mt_comment",
            force_send=False,
        )


def own_send(turn):
    queued = moves.with_context(mail_notify_force_send=False)
    env["account.move.send"]._generate_and_send_invoices(queued, sending_methods=["email"])


def measure(send, turn):
    """(ms, SQL) a reminder to queue one round, and ms to deliver it."""
    env.flush_all()
    env.cr.commit()
    env.invalidate_all()
    queries, start = env.cr.sql_log_count, time.perf_counter()
    send(turn)
    env.flush_all()
    queued, queries = time.perf_counter() - start, env.cr.sql_log_count - queries
    env.cr.commit()
    waiting = env["mail.mail"].search([("state", "=", "outgoing")])
    assert len(waiting) == COUNT, (send.__name__, len(waiting))
    start = time.perf_counter()
    env["mail.mail"].process_email_queue()
    delivered = time.perf_counter() - start
    assert not env["mail.mail"].search_count([("state", "in", ("outgoing", "exception"))])
    return queued * 1000 / COUNT, queries / COUNT, delivered * 1000 / COUNT


port = free_port()
with tempfile.TemporaryDirectory() as folder:
    catcher = Path(sys.modules["catcher"].__file__)
    sink = subprocess.Popen([sys.executable, catcher, folder, "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        env["ir.mail_server"].search([]).active = False
        env["ir.mail_server"].create({"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": port})
        results = {}
        for turn in range(ROUNDS + 1):
            for send in (ours, message_post, own_send):
                results.setdefault(send, []).append(measure(send, turn))
    finally:
        sink.terminate()
        sink.wait()

# the first round warms up
middle = {send: [statistics.median(column) for column in zip(*rounds[1:])] for send, rounds in results.items()}
(queued, queries, sent), post_figures, send_figures = middle[ours], middle[message_post], middle[own_send]
figure("Queueing a reminder", queued, "ms", "a quarter of message_post", post_figures[0] / 4)
figure("Queueing a reminder", queued, "ms", "message_post in a loop", post_figures[0])
figure("Queueing a reminder", queued, "ms", "account.move.send", send_figures[0])
figure("Queueing a reminder", queries, "SQL", "limit", 4)
figure("Queueing a reminder", queries, "SQL", "message_post in a loop", post_figures[1])
figure("Queued and delivered", queued + sent, "ms", "message_post in a loop", post_figures[0] + post_figures[2])
figure("Queued and delivered", queued + sent, "ms", "account.move.send", send_figures[0] + send_figures[2])
