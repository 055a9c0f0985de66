"""An e-mail as a card and as plain text: both tell the same facts, in the same order (R65, R72, R76)."""

import base64
import io
from typing import NamedTuple

from markupsafe import Markup
from PIL import Image, UnidentifiedImageError

from odoo.tools import get_lang
from odoo.tools.mail import is_html_empty

from ..dispatch.chasing_message import Framed
from ..engine import contrast, plain_text

# In pixels, as large as a logo is shown at most.
LOGO_WIDTH, LOGO_HEIGHT = 180, 48
CARD, BUTTON = "#FFFFFF", "#875A7B"
DOCTYPE = Markup("<!DOCTYPE html>")
# Outlook knows no greatest width: for it alone a table of a fixed one stands around the card.
OUTLOOK = (
    Markup(
        '<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td>'
        "<![endif]-->"
    ),
    Markup("<!--[if mso]></td></tr></table><![endif]-->"),
)


class Section(NamedTuple):
    """Hold facts that are told under a title, which may be empty, and what is told below them."""

    title: str
    facts: tuple
    note: str = ""


def frames(said, lang):
    """Return {step: its Framed}: bare for the conversation, and under the letterhead of the company as it leaves.

    :param said: {step: its Said} of steps of one company
    :param lang: the language code everything is written in
    """
    steps = list(said)
    if not steps:
        return {}
    env = steps[0].with_context(lang=lang).env
    letterhead = _letterhead(steps[0].sudo().company_id.with_env(env(su=True)), lang)
    return {step: _framed(env, step, one, letterhead) for step, one in said.items()}


def _framed(env, step, said, letterhead):
    words, address = env["chasing.message"]._button(step, said.facts)
    values = {
        **letterhead,
        "subject": said.subject,
        "text": "" if is_html_empty(said.text) else said.text,
        "told": said.facts,
        "button": words,
        "address": address,
        "sections": _sections(env, said.facts),
    }
    render = env["ir.qweb"]._render
    content = render("invoice_chasing.message_content", values, lang=letterhead["lang_code"])
    card = render("invoice_chasing.message_card", values, lang=letterhead["lang_code"])
    return Framed(content, card, _plain(env, values))


def _sections(env, told):
    """Return what is told below the button, without what has nothing to tell."""
    sections = [
        Section("", told.invoice),
        Section(env._("Instalments"), told.instalments),
        Section(env._("What was invoiced"), told.lines, told.more_lines),
        Section(env._("Also claimed"), told.claims),
        Section(env._("Payment details"), told.payment),
    ]
    return [section for section in sections if section.facts]


# ------------------------------------------------------------------ letterhead


def _letterhead(company, lang):
    """Return what the messages of a company have in common in a language."""
    direction = get_lang(company.env, lang).direction
    fill = company.email_secondary_color
    fill = fill if contrast.is_colour(fill) else BUTTON
    ink = contrast.readable(company.email_primary_color, fill)
    return {
        "doctype": DOCTYPE,
        "outlook": OUTLOOK,
        "lang_code": lang,
        "language": lang.partition("@")[0].replace("_", "-"),
        "direction": direction,
        "end": "left" if direction == "rtl" else "right",
        "company": company,
        "logo_size": _logo_size(company),
        "company_line": _company_line(company),
        "website": company.website or "",
        "fill": fill,
        "ink": ink,
        "edge": contrast.edge(fill, ink, CARD),
        "scan": company.env._("Payment code: scan it with your bank's app"),
    }


def _logo_size(company):
    """Return (width, height) at which the logo is shown, None without one that every reader can show."""
    if company.uses_default_logo or not company.logo_web:
        return None
    try:
        with Image.open(io.BytesIO(base64.b64decode(company.logo_web))) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, OSError, ValueError):
        # A drawing (SVG), which most readers do not show.
        return None
    scale = min(LOGO_WIDTH / width, LOGO_HEIGHT / height, 1)
    return max(round(width * scale), 1), max(round(height * scale), 1)


def _company_line(company):
    """Return the company with its postal address, in one line."""
    lines = company.partner_id._display_address(without_company=True).splitlines()
    return " · ".join(filter(None, [company.name, *(" ".join(line.split()) for line in lines)]))


# ------------------------------------------------------------------ plain text


def _plain(env, values):
    """Return a message as plain text: what the card tells, paragraph by paragraph."""
    told = values["told"]
    blocks = [
        "\n".join(filter(None, [_said(env, told.headline, told.amount), _joined(told.due, told.lateness)])),
        plain_text.from_html(str(values["text"])),
        told.discount,
        told.benefit,
        values["button"] and _said(env, values["button"], values["address"]),
        *(_plain_section(env, section) for section in values["sections"]),
        told.consequence,
        "\n".join([told.closing, *told.signature]),
        told.answer,
        "\n".join(filter(None, [values["company_line"], values["website"]])),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _plain_section(env, section):
    facts = [_said(env, *fact) for fact in section.facts]
    return "\n".join(filter(None, [section.title, *facts, section.note]))


def _said(env, label, value):
    return env._("%(label)s: %(value)s", label=label, value=value)


def _joined(*texts):
    return " · ".join(filter(None, texts))
