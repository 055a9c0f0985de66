"""200 reminders with existing PDFs: ours, `message_post` in a loop, and Odoo's own Send, queued and delivered."""

import random
import statistics
import time
from datetime import date, datetime, timedelta

from copies import company_ready, copies, customers, give_pdfs, post
from figures import figure
from odoo.addons.invoice_chasing.models.common import clock
from odoo.fields import Command
from sink import sink

COUNT, ROUNDS, PDF = 200, 3, 40_000
company_ready(env)
today = datetime.combine(date.today(), datetime.min.time()) + timedelta(hours=12)
issued = date.today() - timedelta(2)
source = post(env, customers(env, 1), issued, issued)
partners = customers(env, COUNT)
moves = copies(env, source, partners, COUNT, days=1)
give_pdfs(moves, b"%PDF-1.4\n" + random.Random(0).randbytes(PDF))
cadence = env["chasing.cadence"].create({
    "name": "Daily",
    "step_ids": [Command.create({"trigger": "after_issue", "days": days}) for days in range(2, 2 + ROUNDS + 1)],
})
clock.at(moves, today - timedelta(2))._chasing_assign(cadence)
template = env.ref("invoice_chasing.mail_template_standard_late")
env["ir.config_parameter"].set_param("account.pdf_generation_batch", "0")
queue = env["mail.mail"]


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


def measure(work):
    """(ms, ms of this process' own work, SQL) an invoice that some work takes."""
    queries, own, start = env.cr.sql_log_count, time.process_time(), time.perf_counter()
    work()
    env.flush_all()
    taken, own = time.perf_counter() - start, time.process_time() - own
    return taken * 1000 / COUNT, own * 1000 / COUNT, (env.cr.sql_log_count - queries) / COUNT


def one_round(send, turn):
    """What one round takes to queue and to deliver, two times what `measure` gives."""
    env.flush_all()
    env.cr.commit()
    env.invalidate_all()
    queued = measure(lambda: send(turn))
    env.cr.commit()
    waiting = queue.search([("state", "=", "outgoing")])
    assert len(waiting) == COUNT, (send.__name__, len(waiting))
    floor = measure(lambda: bare(written_ahead(waiting[:1]))) if send is ours else (0, 0, 0)
    env.cr.commit()
    delivered = measure(queue.process_email_queue)
    assert not queue.search_count([("state", "in", ("outgoing", "exception"))])
    return *queued, *delivered, *floor


def written_ahead(mail):
    [outgoing] = mail._prepare_outgoing_list()
    return {
        **{name: outgoing[name] for name in ("email_from", "email_to", "subject", "body", "body_alternative")},
        **{name: outgoing[name] for name in ("reply_to", "attachments", "message_id", "references", "headers")},
        "subtype": "html",
        "subtype_alternative": "plain",
    }


def bare(outgoing):
    """What no way of sending gets round: the same e-mail encoded and handed to the mail server, as often."""
    server = env["ir.mail_server"]
    session = server._connect__(smtp_from=outgoing["email_from"])
    for _number in range(COUNT):
        server.send_email(server._build_email__(**outgoing), smtp_session=session)
    session.quit()


with sink() as port:
    env["ir.mail_server"].search([]).active = False
    env["ir.mail_server"].create({"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": port})
    results = {ours: [], message_post: [], own_send: []}
    for turn in range(ROUNDS + 1):
        for send, rounds in results.items():
            rounds.append(one_round(send, turn))

# the first round warms up
middle = {send: [statistics.median(column) for column in zip(*rounds[1:])] for send, rounds in results.items()}
queueing, _own, queries, *_rest = middle[ours]
figure("Queueing a reminder", queueing, "ms", "a quarter of message_post", middle[message_post][0] / 4)
figure("Queueing a reminder", queries, "SQL", "limit", 4)
figure("Delivering a reminder", middle[ours][5], "SQL", "limit", 12)
for peer, name in ((message_post, "message_post in a loop"), (own_send, "account.move.send")):
    figure("Queueing a reminder", queueing, "ms", name, middle[peer][0])
    figure("Queueing a reminder", queries, "SQL", name, middle[peer][2])
    figure("Delivering a reminder", middle[ours][5], "SQL", name, middle[peer][5])
    for place, words in ((0, "ms"), (1, "ms of Python")):
        both = (sum(middle[send][place : place + 4 : 3]) for send in (ours, peer))
        figure("Queued and delivered", next(both), words, name, next(both))
figure("Delivered", middle[ours][3], "ms", "encoding and handing over alone", middle[ours][6])
figure("Delivered", middle[ours][4], "ms of Python", "encoding and handing over alone", middle[ours][7])
