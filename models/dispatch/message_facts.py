"""What a message tells of its invoice, in the words of its reader: e-mail, letter and formal reminder print it."""

from dataclasses import dataclass
from typing import NamedTuple

from odoo.tools import email_normalize

from ..common import clock, formats
from ..common.errors import ChannelRefused
from ..common.wording import counted
from ..engine import iban
from .payment_qr import is_possible as has_payment_code

# So many lines of an invoice are listed, and so much of what each says.
MAX_LINES = 10
MAX_LINE_LENGTH = 120
# A word of so many letters fits a phone's narrower column.
LONGEST_WORD = 18


class Fact(NamedTuple):
    """Hold one thing that is told, under its name."""

    label: str
    value: str

    @property
    def is_one_word(self):
        """Tell whether its name is a word that no narrow column should break."""
        return " " not in self.label and len(self.label) <= LONGEST_WORD


@dataclass(frozen=True)
class Facts:
    """Hold what is told of an invoice at an instant (R72, R76).

    `amount` is what is asked now, else what came in or the total, under `headline`; `asked` is what is asked as a
    number. `due` says by when, or that nothing is, `lateness` how far that is. `payment` says how to pay, empty where
    nothing is asked. `lines` are what was invoiced, where the step shows it, and `more_lines` how many are left out.
    `page` is the invoice's page, `payment_page` where it can be paid online now, `qr` the image of a code by which a
    bank's app pays it. `signature` says in whose name it is written, `answer` whom to answer. Every text may be
    empty.
    """

    headline: str
    amount: str
    asked: float
    due: str
    lateness: str
    is_late: bool
    invoice: tuple[Fact, ...]
    instalments: tuple[Fact, ...]
    claims: tuple[Fact, ...]
    discount: str
    benefit: str
    consequence: str
    payment: tuple[Fact, ...]
    lines: tuple[Fact, ...]
    more_lines: str
    page: str
    payment_page: str
    qr: str
    closing: str
    signature: tuple[str, ...]
    answer: str


def facts(step, lang, now):
    """Return the Facts of a step's invoice, written in a language, at a UTC instant."""
    return facts_of(step, lang, now)[step]


def facts_of(steps, lang, now):
    """Return {step: its Facts} of steps of one company; the database is asked once for all of them.

    :param lang: the code of the language everything is written in
    :param now: the UTC instant for which it is told
    """
    written = clock.at(steps.sudo().with_context(lang=lang), now)
    moves = written.move_id
    moves._chasing_ensure_tokens()
    asked, payable, writers = moves._chasing_asked(), moves._chasing_payable(), {}
    return {
        step: _facts(own, asked[own.move_id.id], own.move_id in payable, _writer(own.schedule_id, writers))
        for step, own in zip(steps, written, strict=True)
    }


def _writer(schedule, known):
    """Return (signature, whom to answer) of a schedule's messages.

    :param known: what was found for others before
    """
    key = schedule.company_id, *schedule._sender()
    if key not in known:
        known[key] = _signature(*key[:2]), _answer(*key)
    return known[key]


def _facts(step, asked, is_payable, writer):
    move, env = step.move_id, step.env
    is_asking = not move.currency_id.is_zero(asked.amount)
    lines = _lines(move) if step.show_lines else []
    addresses = move._chasing_addresses()
    about, amount = _headline(step, asked.amount if is_asking else 0.0)
    return Facts(
        headline=_headlines(env)[about],
        amount=_amount(move, amount),
        asked=asked.amount if is_asking else 0.0,
        due=_due(move, asked) if is_asking else _nothing_due(move),
        lateness=_lateness(move, asked) if is_asking else "",
        is_late=bool(is_asking and asked.days_late),
        invoice=tuple(_invoice(move, about)),
        instalments=tuple(_instalments(move, asked)) if asked.count > 1 else (),
        claims=tuple(env["chasing.message"]._claims(step)),
        discount=discount(move) if is_asking else "",
        benefit=_filled(step, is_asking and step.schedule_id.cadence_id.benefit),
        consequence=_filled(step, is_asking and step.consequence),
        payment=tuple(_payment(move)) if is_asking else (),
        lines=tuple(lines[:MAX_LINES]),
        more_lines=_more_lines(env, len(lines) - MAX_LINES),
        page=addresses["page"],
        payment_page=addresses["payment"] if is_payable else "",
        qr=addresses["qr"] if is_asking and has_payment_code(move) else "",
        closing=env._("Kind regards,"),
        signature=writer[0],
        answer=writer[1],
    )


def _filled(step, text):
    """Return a person's text with its placeholders filled (R77), empty where it is or has one that nobody knows."""
    env = step.env
    said = env["chasing.placeholder"]._fill(text or "", step.move_id, env.context["lang"], clock.now(env))
    return "" if isinstance(said, ChannelRefused) else said


def _headline(step, asked):
    """Return (what a message is about, its amount): what is asked, what came in where nothing is, else the total."""
    move = step.move_id
    if asked:
        return "asked", asked
    if step.is_thanks:
        return "thanks", move.chasing_paid_amount
    if _is_settled(move) and not move.currency_id.is_zero(move.chasing_paid_amount):
        return "paid", move.chasing_paid_amount
    return "total", move.amount_total


def _headlines(env):
    return {
        "asked": env._("Amount due"),
        "thanks": env._("Amount paid"),
        "paid": env._("Paid"),
        "total": env._("Invoice total"),
    }


def _is_settled(move):
    return move.currency_id.is_zero(move.amount_residual)


def _amount(move, amount):
    return formats.amount(move.env, amount, move.currency_id)


def _due(move, asked):
    return move.env._("Due %(date)s", date=formats.long_date(move.env, asked.day))


def _nothing_due(move):
    """Return that nothing is due, empty of an invoice of which something is open (R102)."""
    return move.env._("Nothing is due.") if _is_settled(move) else ""


def _lateness(move, asked):
    """Return how far the day lies on which the asked amount is due: '5 days overdue', 'due today', 'in 3 days'."""
    env = move.env
    if asked.days_late:
        return counted(env, asked.days_late, env._("1 day overdue"), env._("%(count)s days overdue"))
    left = (asked.day - clock.today(move.company_id)).days
    if not left:
        return env._("due today")
    return counted(env, left, env._("due tomorrow"), env._("in %(count)s days"))


def _invoice(move, about):
    """Yield what the invoice is, and what came in for it.

    :param about: what the headline tells, which is not told twice
    """
    env, is_zero = move.env, move.currency_id.is_zero
    yield Fact(env._("Invoice"), move.name or move.display_name)
    if move.ref:
        yield Fact(env._("Your reference"), move.ref)
    yield Fact(env._("Invoice date"), formats.long_date(env, move.invoice_date))
    paid, credited = move.chasing_paid_amount, move.chasing_credited_amount
    if is_zero(paid) and is_zero(credited) and is_zero(move.amount_total - move.chasing_asked_amount):
        return
    if about != "total":
        yield Fact(env._("Invoice total"), _amount(move, move.amount_total))
    if about not in ("thanks", "paid") and not is_zero(paid):
        yield Fact(env._("Already paid"), _amount(move, paid))
    if not is_zero(credited):
        yield Fact(env._("Credited"), _amount(move, credited))
    if not is_zero(move.amount_residual) and not is_zero(move.amount_total - move.amount_residual):
        yield Fact(env._("Still open"), _amount(move, move.amount_residual))


def _instalments(move, asked):
    for instalment in asked.late:
        yield Fact(_dated(move, move.env._("Overdue since %(date)s"), instalment), _amount(move, instalment.amount))
    for instalment in asked.coming:
        yield Fact(_dated(move, move.env._("Due on %(date)s"), instalment), _amount(move, instalment.amount))


def _dated(move, label, instalment):
    return label % {"date": formats.long_date(move.env, instalment.day)}


def discount(move):
    """Return what paying early saves, and until when, empty where nothing does any more (R76).

    :param move: an invoice, in the language of its reader and at the instant for which it is told
    """
    if not move.chasing_discount_date:
        return ""
    return move.env._(
        "Pay %(amount)s by %(date)s and save %(saving)s.",
        amount=_amount(move, move.chasing_discount_amount),
        date=formats.long_date(move.env, move.chasing_discount_date),
        saving=_amount(move, move.amount_residual - move.chasing_discount_amount),
    )


def received(move):
    """Return what came in and what is left, empty where nothing came in or nothing is asked (R42b).

    :param move: an invoice, in the language of its reader and at the instant for which it is told
    """
    is_zero = move.currency_id.is_zero
    if is_zero(move.chasing_paid_amount) or is_zero(move.amount_residual) or is_zero(move.chasing_asked_amount):
        return ""
    return move.env._(
        "Received: %(paid)s, still open: %(open)s.",
        paid=_amount(move, move.chasing_paid_amount),
        open=_amount(move, move.amount_residual),
    )


def _payment(move):
    """Yield how to pay by bank: to whom as the bank knows them, to which account, with which reference."""
    env, account = move.env, move._chasing_bank_account()
    if account:
        yield Fact(env._("Account holder"), account.acc_holder_name or account.partner_id.name)
        yield Fact(*_account_number(account))
    if account.bank_bic:
        yield Fact(env._("BIC"), account.bank_bic)
    if account.bank_name:
        yield Fact(env._("Bank"), account.bank_name)
    if move.payment_reference:
        yield Fact(env._("Payment reference"), move.payment_reference)


def _account_number(account):
    """Return (what the number is called, the number); an IBAN in groups of four, as people read it."""
    grouped = iban.in_groups(account.acc_number or "")
    return (account.env._("IBAN"), grouped) if grouped else (account.env._("Account number"), account.acc_number)


def _lines(move):
    """Return what was invoiced: each product's line in one line, with its amount, taxes included."""
    products = move.invoice_line_ids.filtered(lambda line: line.display_type == "product")
    return [Fact(_described(line), _amount(move, line.price_total)) for line in products]


def _described(line):
    words = " ".join((line.name or line.product_id.display_name or "").split())
    if len(words) > MAX_LINE_LENGTH:
        words = f"{words[: MAX_LINE_LENGTH - 1].rstrip()}…"
    if line.quantity == 1:
        return words
    return f"{formats.quantity(line.env, line.quantity)} × {words}"


def _more_lines(env, count):
    return counted(env, count, env._("and 1 more"), env._("and %(count)s more")) if count > 0 else ""


def _signature(company, author):
    """Return in whose name a message is written: a person's before the company's, if one writes."""
    return (company.name,) if author == company.partner_id else (author.name, company.name)


def _answer(company, author, address):
    """Return whom to answer, in a sentence: whoever signs, by the addresses that they have."""
    env, mail = company.env, email_normalize(address or "")
    phone = author.phone or company.phone
    if mail and phone:
        return env._("Questions? Reply to this e-mail, write to %(mail)s or call %(phone)s.", mail=mail, phone=phone)
    if mail:
        return env._("Questions? Reply to this e-mail or write to %(mail)s.", mail=mail)
    return ""
