"""What a message tells of its invoice, in the words of its reader: e-mail, letter and formal reminder print it."""

from dataclasses import dataclass
from typing import NamedTuple

from ..common import clock, formats
from ..common.wording import counted


class Fact(NamedTuple):
    """Hold one thing that is told, under its name."""

    label: str
    value: str


@dataclass(frozen=True)
class Facts:
    """Hold what is told of an invoice at an instant (R72, R76).

    `amount` is what is asked now, empty where nothing is, under `headline`; `due` says by when, `lateness` how far that
    is. `payment` says how to pay by bank, empty where nothing is asked or there is no account. Every text may be empty.
    """

    headline: str
    amount: str
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


def facts(step, lang, now):
    """Return the Facts of a step's invoice, written in a language, at a UTC instant."""
    step = clock.at(step.sudo().with_context(lang=lang), now)
    move, env = step.move_id, step.env
    asked = move._chasing_asked()[move.id]
    is_asking = not move.currency_id.is_zero(asked.amount)
    return Facts(
        headline=env._("Amount due") if is_asking else env._("Invoice total"),
        amount=_amount(move, asked.amount if is_asking else move.amount_total),
        due=_due(move, asked) if is_asking else "",
        lateness=_lateness(move, asked) if is_asking else "",
        is_late=bool(is_asking and asked.days_late),
        invoice=tuple(_invoice(move)),
        instalments=tuple(_instalments(move, asked)) if asked.count > 1 else (),
        claims=tuple(env["chasing.message"]._claims(step)),
        discount=_discount(move),
        benefit=(is_asking and step.schedule_id.cadence_id.benefit) or "",
        consequence=(is_asking and step.consequence) or "",
        payment=tuple(_payment(move)) if is_asking else (),
    )


def _amount(move, amount):
    return formats.amount(move.env, amount, move.currency_id)


def _due(move, asked):
    return move.env._("Due %(date)s", date=formats.long_date(move.env, asked.day))


def _lateness(move, asked):
    """Return how far the day lies on which the asked amount is due: '5 days overdue', 'due today', 'in 3 days'."""
    env = move.env
    if asked.days_late:
        return counted(env, asked.days_late, env._("1 day overdue"), env._("%(count)s days overdue"))
    left = (asked.day - clock.today(move.company_id)).days
    if not left:
        return env._("due today")
    return counted(env, left, env._("due tomorrow"), env._("in %(count)s days"))


def _invoice(move):
    """Yield what the invoice is, and what came in for it."""
    env, is_zero = move.env, move.currency_id.is_zero
    yield Fact(env._("Invoice"), move.name)
    if move.ref:
        yield Fact(env._("Your reference"), move.ref)
    yield Fact(env._("Invoice date"), formats.long_date(env, move.invoice_date))
    paid, credited = move.chasing_paid_amount, move.chasing_credited_amount
    if is_zero(paid) and is_zero(credited) and is_zero(move.amount_total - move.chasing_asked_amount):
        return
    yield Fact(env._("Invoice total"), _amount(move, move.amount_total))
    if not is_zero(paid):
        yield Fact(env._("Already paid"), _amount(move, paid))
    if not is_zero(credited):
        yield Fact(env._("Credited"), _amount(move, credited))
    if not is_zero(move.amount_residual):
        yield Fact(env._("Still open"), _amount(move, move.amount_residual))


def _instalments(move, asked):
    for instalment in asked.late:
        yield Fact(_dated(move, move.env._("Overdue since %(date)s"), instalment), _amount(move, instalment.amount))
    for instalment in asked.coming:
        yield Fact(_dated(move, move.env._("Due on %(date)s"), instalment), _amount(move, instalment.amount))


def _dated(move, label, instalment):
    return label % {"date": formats.long_date(move.env, instalment.day)}


def _discount(move):
    """Return what paying early saves, and until when, empty where nothing does any more (R76)."""
    today, env = clock.today(move.company_id), move.env
    if not move._is_eligible_for_early_payment_discount(move.currency_id, today):
        return ""
    line = move.line_ids.filtered(lambda line: line.display_type == "payment_term")[:1]
    return env._(
        "Pay %(amount)s by %(date)s and save %(saving)s.",
        amount=_amount(move, line.discount_amount_currency),
        date=formats.long_date(env, line.discount_date),
        saving=_amount(move, move.amount_residual - line.discount_amount_currency),
    )


def _payment(move):
    """Yield how to pay by bank: to whom as the bank knows them, to which account, with which reference."""
    env, account = move.env, move._chasing_bank_account()
    if not account:
        return
    yield Fact(env._("Account holder"), account.acc_holder_name or account.partner_id.name)
    yield Fact(env._("IBAN") if account.acc_type == "iban" else env._("Account number"), account.acc_number)
    if account.bank_bic:
        yield Fact(env._("BIC"), account.bank_bic)
    if account.bank_name:
        yield Fact(env._("Bank"), account.bank_name)
    if move.payment_reference:
        yield Fact(env._("Payment reference"), move.payment_reference)
