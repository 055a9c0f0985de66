"""The formal reminder: a PDF of its own that states what is open and by when it is to be paid (R79).

Nothing here writes or locks a record.
"""

import hashlib
from datetime import timedelta
from typing import NamedTuple

from odoo.tools.image import image_data_uri

from ..common import clock, formats, paper
from ..common.wording import counted
from ..engine import address_in_text
from ..engine.addresses import one_line
from . import message_facts, paper_parts

TEMPLATE = "invoice_chasing.formal_reminder"


class Item(NamedTuple):
    """Hold one open amount in words: what it is, its dates, how late it is, and what of it is settled and open."""

    name: str
    dated: str
    due: str
    lateness: str
    original: str
    settled: str
    open: str


def title(step, lang):
    """Return what a step's formal reminder is called in a language."""
    step = step.with_context(lang=lang)
    return dict(step._fields["formal_level"]._description_selection(step.env))[step.formal_level]


def reference(step):
    """Return what a customer may quote: the invoice's number, and which message about it this is.

    Messages are counted in the order in which they were handed over, so that no two have the same and it stays.
    """
    firsts = {}
    for delivery in step.schedule_id.delivery_ids:
        firsts[delivery.step_id] = min(delivery.id, firsts.get(delivery.step_id, delivery.id))
    own = firsts.pop(step._origin, None)
    return f"{step.move_id.name}-{1 + sum(not own or first < own for first in firsts.values())}"


def file_name(step, lang):
    """Return the name of the file: 'Second reminder INV-2026-0007.pdf'."""
    return one_line(f"{title(step, lang)} {step.move_id.name}.pdf").replace("/", "-")


def made_for(step, lang, now):
    """Return a digest of all that a step's reminder prints in a language; another digest, another reminder (R72)."""
    step = _written(step, lang, now)
    company, values = step.company_id, _values(step, lang, now)
    sender = (size(company), company.name, company.phone, company.email, company.vat)
    return hashlib.sha256(repr((lang, sender, sorted(values.items()))).encode()).hexdigest()


def pay_by(step, now):
    """Return the local date until which payment is asked for: so many days after the reminder is sent."""
    return clock.local_day(now, step.company_id) + timedelta(days=step.pay_by_days)


def html(step, lang, now, address=None):
    """Return the HTML of a step's formal reminder, written in a language, as of a UTC instant.

    :param address: the lines of the recipient's address; None: that of the invoice
    """
    step = _written(step, lang, now)
    company, values = step.company_id, _values(step, lang, now, address)
    written = paper_parts.html(step.env, TEMPLATE, size(company), lang, {"company": company, **values})
    # It is made before a delivery has links of its own, and paper goes from hand to hand: the page asks for a login.
    page = step.move_id.chasing_link
    return address_in_text.replaced(written, step.move_id.access_token, {page: page.partition("?")[0]})


def _written(step, lang, now):
    """Return a step as its reminder is written, whoever has it made: in a language, at a UTC instant."""
    return clock.at(step.sudo().with_company(step.company_id).with_context(lang=lang), now)


def _values(step, lang, now, address=None):
    """Return what the template prints besides the company's own fields, as words and pictures."""
    company, env = step.company_id, step.env
    told = message_facts.facts(step, lang, now)
    return {
        "facts": told,
        "qr": paper_parts.payment_code(step.move_id, told),
        "title": title(step, lang),
        "reference": reference(step),
        "date": formats.long_date(env, clock.local_day(now, company), lang),
        "items": list(_items(step.move_id)),
        "coming": _coming(step.move_id, told),
        "pay_by": _request(step, told, lang, now),
        "address_lines": _lines(step.move_id.partner_id, company) if address is None else address,
        "sender_line": " · ".join(_lines(company.partner_id, company)),
        "logo": image_data_uri(company.logo) if company.logo and not company.uses_default_logo else False,
    }


def printed(step, lang, now, address=None):
    """Return the PDF of a step's formal reminder, see `html`; raise `paper.PaperError` if it cannot be made."""
    pdf = paper.print_html(paper.printer(step.env, size(step.company_id)), html(step, lang, now, address))
    return paper.numbered(step.env, pdf, lang)


def size(company):
    """Return the name of the size of paper on which a company prints."""
    return "us" if company.sudo().paperformat_id.format in ("Letter", "Legal") else "a4"


def _request(step, told, lang, now):
    return step.env._(
        "Please pay %(amount)s by %(date)s.",
        amount=told.amount,
        date=formats.long_date(step.env, pay_by(step, now), lang),
    )


def _lines(partner, company):
    """Return the lines of a contact's name and address, with its country only where that is not the company's."""
    names = dict.fromkeys([partner.commercial_company_name or "", partner.name or ""])
    lines = [*names, *partner._display_address(without_company=True).splitlines()]
    lines = [one_line(line) for line in lines if one_line(line)]
    is_at_home = lines and partner.country_id == company.country_id and lines[-1] == partner.country_id.name
    return lines[:-1] if is_at_home else lines


def _items(move):
    """Yield the instalments that are asked for as Items, or the invoice itself where it has no more than one."""
    env, asked = move.env, move._chasing_asked()[move.id]
    originals = {line.id: abs(line.amount_currency) for line in move.line_ids}
    today = clock.today(move.company_id)
    for one in _listed(asked):
        original = originals.get(one.key, one.amount) if asked.count > 1 else move.amount_total
        late, settled = (today - one.day).days, original - one.amount
        yield Item(
            name=move.name,
            dated=formats.long_date(env, move.invoice_date),
            due=formats.long_date(env, one.day),
            lateness=counted(env, late, env._("1 day"), env._("%(count)s days")) if late > 0 else "",
            original=formats.amount(env, original, move.currency_id),
            settled="" if move.currency_id.is_zero(settled) else formats.amount(env, settled, move.currency_id),
            open=formats.amount(env, one.amount, move.currency_id),
        )


def _listed(asked):
    """Return the instalments whose sum is asked for."""
    return asked.late or asked.coming[:1]


def _coming(move, told):
    """Return the open instalments that are not asked for yet as Facts.

    :param told: the Facts of the invoice, whose instalments stand in the order of their dates
    """
    return told.instalments[len(_listed(move._chasing_asked()[move.id])) :]
