"""The last seven days of chasing in the demo database, run inside `dev/odoo shell`.

The clock stands wherever something is due; there the scheduled action's work is done, real e-mails and SMS leave,
letters come to lie in the print queue, and half-way through the week one customer pays. At the end the letters are
printed. Then the report tells what went out, what did not and why, what a payment stopped. It is checked against what
the catchers wrote down in the folder CHASING_MAILS.
"""

import json
import os
import time
from base64 import b64encode
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytz
from freezegun import freeze_time

DAYS = 7
QUARTER = timedelta(minutes=15)
LINE = "  {:8}  {:5}  {:14}  {:26}  {:7}  {}"
CHANNELS = {"email": "e-mail", "sms": "SMS", "letter": "letter"}
MAILS = Path(os.environ["CHASING_MAILS"])

company = env.ref("base.main_company")
zone = pytz.timezone(company._chasing_timezone())


def midnight(days):
    day = datetime.now(zone).date() + timedelta(days=days)
    return utc(zone.localize(datetime.combine(day, datetime.min.time())))


def utc(instant):
    return instant.astimezone(pytz.utc).replace(tzinfo=None)


def local(instant):
    return pytz.utc.localize(instant).astimezone(zone)


# ------------------------------------------------------------------ the week


def next_instant(now):
    """The quarter of an hour, later than now, at which the scheduled action finds something to do."""
    first = env["chasing.schedule"].search([("next_at", "!=", False)], order="next_at", limit=1).next_at
    if not first:
        return datetime.max
    late = (first - datetime.min) % QUARTER
    return max(first + (QUARTER - late if late else late), now + QUARTER)


def run(now):
    """What the scheduled actions do at this instant: dispatch until nothing is claimed, and talk to the mail server."""
    while env["chasing.dispatcher"]._dispatch(now)["claimed"]:
        env.cr.commit()
    env["mail.mail"].process_email_queue()
    env["sms.sms"]._process_queue()
    env.cr.commit()


def print_letters():
    """The letters that wait, as one document in the catcher's folder; (letters, pages)."""
    letters = env["chasing.letter"].search([("state", "=", "queued")], order="id")._with_pdf()
    if letters:
        pdf, pages = letters._print()
        (MAILS / "letters.pdf").write_bytes(pdf)
        env.cr.commit()
        return len(letters), pages
    return 0, 0


def pay(customer):
    """The customer pays all that is open, as an accountant enters it; the invoices."""
    moves = env["account.move"].search([("partner_id", "=", customer.id), ("payment_state", "=", "not_paid")])
    wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=moves.ids)
    wizard.create({"group_payment": True}).action_create_payments()
    env.cr.commit()
    return moves


def pass_week(start, end):
    """Let the week pass; (invoices that were paid, when)."""
    payday = start + timedelta(days=DAYS // 2, hours=12)
    paid, now = env["account.move"], start - QUARTER
    with freeze_time(start) as clock:
        while now < end:
            now = next_instant(now)
            if not paid:
                now = min(now, payday)
            if now >= end:
                break
            clock.move_to(now)
            if now == payday:
                paid = pay(env.ref("invoice_chasing.demo_lumen"))
            run(now)
    return paid, payday


# ------------------------------------------------------------------ what is done to many


def steer():
    """What an accountant does to many at once: a rule is applied, invoices are paused, a spreadsheet is checked."""
    rule = env["chasing.rule"].create({
        "name": "Large invoices",
        "sequence": 5,
        "domain": "[('amount_total_signed', '>', 2500)]",
        "cadence_id": cadence("Firm").id,
    })
    env["chasing.assign"].browse(rule.action_apply()["res_id"]).action_assign()
    chased = env["chasing.schedule"].search([("status", "=", "active")], order="id")
    env["chasing.bulk"].browse(env["chasing.bulk"]._ask("pause", chased[:3])["res_id"]).action_do()
    file = b64encode(spreadsheet(chased[3:6]))
    env["chasing.import"].create({"file": file, "file_name": "assignments.csv"}).action_check()
    env.cr.commit()


def cadence(name):
    return env["chasing.cadence"].search([("company_id", "=", company.id), ("name", "=", name)], limit=1)


def spreadsheet(schedules):
    """A file of assignments: some right, one for an invoice that does not exist, one with a cadence that does not."""
    rows = [("Invoice Number", "Cadence"), *((move.name, "Gentle") for move in schedules.move_id)]
    rows += [("INV/1999/00001", "Gentle"), (schedules[0].move_id.name, "Friendly")]
    return "\n".join(";".join(row) for row in rows).encode()


# ------------------------------------------------------------------ the report


def facts(move):
    return move.name or "draft", (move.partner_id.commercial_partner_id.name or "")[:26]


def lines_of_deliveries(start, end):
    """(instant, line, channel, whether it left) of each message that was tried; a letter leaves when it is posted."""
    for delivery in env["chasing.delivery"].search([("queued_at", ">=", start), ("queued_at", "<", end)], order="id"):
        at, left = delivery.sent_at or delivery.queued_at, delivery.state in ("sent", "delivered")
        waits = delivery.state == "queued"
        subject = delivery.mail_message_id.subject or delivery.mail_message_id.preview
        said = " ".join(f"{delivery.address}: {subject if left or waits else delivery.failure_reason}".split())
        word = "sent" if left else "to print" if waits else "not sent"
        line = LINE.format(word, f"{local(at):%H:%M}", *facts(delivery.move_id), CHANNELS[delivery.channel], said)
        yield at, line, delivery.channel, left or waits


def lines_of_silence(start, end):
    """(instant, line) of each step that came due and was not tried, and of what stopped it."""
    steps = env["chasing.step"].search([
        ("scheduled_at", ">=", start),
        ("scheduled_at", "<", end),
        ("delivery_ids", "=", False),
        ("state", "in", ("held", "waiting", "skipped", "failed", "cancelled")),
    ])
    known = steps.filtered(lambda step: step.reason_code == "already_sent")
    if known:
        yield start, f"  {len(known)} invoices had been sent manually before and do not get the original invoice "
        "message."
    for step in steps - known:
        at = step.scheduled_at
        word = "waits" if step.state in ("held", "waiting") else "not sent"
        said = f"{step.step_label}: {step.reason}"
        channels = "+".join(CHANNELS[channel] for channel in CHANNELS if step[f"channel_{channel}"])
        yield at, LINE.format(word, f"{local(at):%H:%M}", *facts(step.move_id), channels[:7], said)


def lines_of_payment(moves, at):
    for move in moves:
        steps = move.chasing_schedule_id.step_ids.filtered(lambda step: step.state == "cancelled")
        said = f"{move.currency_id.format(move.amount_total)} paid; {len(steps)} steps cancelled: " + ", ".join(
            f"{local(step.scheduled_at):%a %d %b}" for step in steps
        )
        yield at, LINE.format("stopped", f"{local(at):%H:%M}", *facts(move), "", said)


def noted(name):
    """What a catcher wrote down."""
    path = MAILS / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def totals(sent, printed, seconds):
    tried = Counter(sent)
    entries, texts = noted("index.jsonl"), noted("sms.jsonl")
    caught, refused = sum("file" in entry for entry in entries), sum("refused" in entry for entry in entries)
    for channel, plural in (("email", "e-mails"), ("sms", "SMS")):
        yield f"{tried[channel, True]} {plural} left and {tried[channel, False]} did not."
    yield f"{printed[0]} letters wait in the print queue, {printed[1]} pages with the list on top: {MAILS}/letters.pdf"
    yield f"The mail catcher took {caught} messages and refused {refused}, the SMS service took {len(texts)}: {MAILS}"
    yield f"The week took {seconds:.0f} seconds."
    if (caught, len(texts)) != (tried["email", True], tried["sms", True]):
        raise SystemExit("The ledger and the catchers do not say the same of what left.")
    counts = env["chasing.schedule"]._read_group([("company_id", "=", company.id)], ["status"], ["__count"])
    words = dict(env["chasing.schedule"]._fields["status"]._description_selection(env))
    yield "Invoices now: " + ", ".join(f"{count} {words[status].lower()}" for status, count in counts)


def report(start, end, paid, payday, printed, seconds):
    days = defaultdict(list)
    sent = list(lines_of_deliveries(start, end))
    for at, line, *_left in [*lines_of_silence(start, end), *lines_of_payment(paid, payday), *sent]:
        days[local(at).date()].append((at, line))
    print(f"{company.name}: a week of chasing, hours of {zone.zone}")
    for day in sorted(days):
        print(f"\n{day:%A %d %B %Y}")
        for _at, line in sorted(days[day], key=lambda pair: pair[0]):
            print(line)
    print("", *totals([(channel, left) for _at, _line, channel, left in sent], printed, seconds), sep="\n")


began = time.monotonic()
start, end = midnight(-DAYS), midnight(0)
paid, payday = pass_week(start, end)
steer()
env["chasing.prediction"]._cron_predict()
report(start, end, paid, payday, print_letters(), time.monotonic() - began)
