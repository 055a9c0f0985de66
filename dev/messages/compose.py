"""Writes every message that the addon brings into the folder MESSAGES, for whoever looks at them: see `__main__`.

Where ONLY is set, those whose name begins like that: letters take long.

Runs inside `odoo shell` on a demo database, of which nothing is changed: a tone's words at each of its levels, through
each channel, in each language, about one invoice, as they would leave so many days after it is due.
"""

import json
import os
from datetime import datetime, time, timedelta
from pathlib import Path

LANGUAGES = ("en_US", "de_DE", "fr_FR", "es_ES", "nl_NL")
# Days between the due date and the message; the first message goes on the invoice's own day.
DAYS = {
    "new": None,
    "before_due": -7,
    "due_soon": -2,
    "due_today": 0,
    "late": 3,
    "later": 14,
    "latest": 30,
    "final": 45,
    "thank_you": None,
}
CONSEQUENCE = "If the amount has not arrived by then, we stop our deliveries."
CHANNELS = ("email", "sms", "letter")
ONLY = os.environ.get("ONLY", "")


def sample(env, payment_state):
    """The invoice of the demo in that state that tells most."""
    posted = [("move_type", "=", "out_invoice"), ("state", "=", "posted"), ("payment_state", "=", payment_state)]
    moves = env["account.move"].search(posted)
    moves._chasing_ensure_tokens()
    return max(moves, key=lambda move: (bool(move.partner_bank_id), len(move.invoice_line_ids), move.id))


def speak(env, languages):
    """Install the languages for as long as this lasts."""
    for code in languages:
        env["res.lang"]._activate_lang(code)
        env["ir.module.module"]._load_module_terms(["base", "account", "invoice_chasing"], [code])


def instant(move, level):
    days = DAYS[level]
    day = move.invoice_date if days is None else move.invoice_date_due + timedelta(days)
    return datetime.combine(day, time(9))


def message(env, move, line, code, language):
    """{name, subject, …} of what a tone says at a level through a channel; None where it says nothing."""
    channel = env["chasing.channel"]._all()[code].sudo()
    template = line[f"{code}_template_id"]
    name = "_".join([language[:2], line.tone_id.name.lower(), f"{line.sequence}", line.level, code])
    if not template or not name.startswith(ONLY):
        return None
    values = {
        "trigger": "after_due",
        "days": 1,
        "hour": 9,
        f"channel_{code}": True,
        f"{code}_template_id": template.id,
        "show_lines": line.level == "later",
        "is_thanks": line.level == "thank_you",
        "consequence": line.level in ("latest", "final") and CONSEQUENCE,
    }
    step = env["chasing.preview"]._step(values, move)
    at = instant(move, line.level)
    preview = channel._preview(step, language, at)
    told = {"name": name, "language": language, "tone": line.tone_id.name, "level": line.level, "channel": code}
    if code == "email":
        html = str(env["mail.render.mixin"]._replace_local_links(preview.body))
        return {**told, "subject": preview.subject, "html": html, "plain": preview.plain}
    if code == "sms":
        return {**told, "text": str(preview.body)}
    return {**told, "subject": preview.subject, "pdf": channel._send_test(step, preview, language, at).content}


def write(folder, told):
    """Lay what a message says into files beside its description."""
    for kind, ending in (("html", "html"), ("plain", "txt"), ("pdf", "pdf")):
        if kind in told:
            content = told.pop(kind)
            path = folder / f"{told['name']}.{ending}"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return told


def command(env):
    folder = Path(os.environ["MESSAGES"])
    speak(env, LANGUAGES)
    unpaid, paid, said = sample(env, "not_paid"), sample(env, "paid"), []
    tones = env["chasing.tone"].with_context(lang="en_US").search([("company_id", "=", False)])
    for line in tones.line_ids:
        move = paid if line.level == "thank_you" else unpaid
        for language in LANGUAGES:
            for code in CHANNELS:
                if told := message(env, move, line, code, language):
                    said.append(write(folder, told))
    (folder / "messages.json").write_text(json.dumps(said, indent=1, ensure_ascii=False))
    print(f"{len(said)} messages")
    env.cr.rollback()


command(env)
