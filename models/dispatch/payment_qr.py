"""The payment QR code of an invoice: what a banking app reads instead of somebody typing (R72).

Odoo draws it, by the best method that its installed apps have for the account and the currency: EPC, Swiss and others.
"""

import base64

from werkzeug.exceptions import HTTPException

from ..engine.addresses import one_line

# What the EPC's standard allows, and others allow no less of: Odoo cuts one character later.
MAX_NAME, MAX_REFERENCE = 70, 140
MAX_AMOUNT = 999_999_999.99
_PREFIX = "data:image/png;base64,"


def is_possible(move):
    """Return whether a code asks for what is due of an invoice now; nothing is drawn."""
    return bool(_values(move, move.sudo().chasing_asked_amount))


def data_uri(move, amount):
    """Return the drawing of a code that asks for an amount of an invoice's currency, None where no method draws one."""
    values = _values(move, amount)
    if not values:
        return None
    account, words = values
    try:
        return account.build_qr_code_base64(**words) or None
    except HTTPException:
        # What Odoo says where the code itself cannot be drawn.
        return None


def png(move):
    """Return the drawing of a code that asks for what is due of an invoice now, as a file; None without one."""
    uri = data_uri(move, move.sudo().chasing_asked_amount)
    return base64.b64decode(uri.removeprefix(_PREFIX)) if uri and uri.startswith(_PREFIX) else None


def _values(move, amount):
    """Return (account, what Odoo wants to know) of a code, None where no method has one.

    The method is chosen here, for a method that breaks is not the end of the others.
    """
    move = move.sudo().with_company(move.company_id)
    currency, account = move.currency_id, move._chasing_bank_account()
    amount = currency.round(amount)
    if not account or currency.is_zero(amount) or not 0 < amount <= MAX_AMOUNT:
        return None
    words = {
        "amount": amount,
        "free_communication": one_line(move.payment_reference or move.name or "")[:MAX_REFERENCE],
        "structured_communication": one_line(move.payment_reference or ""),
        "currency": currency,
        "debtor_partner": move.partner_id,
    }
    account = _with_short_name(account)
    found = account._build_qr_code_vals(**words, silent_errors=True)
    return (account, {**words, "qr_method": found["qr_method"]}) if found else None


def _with_short_name(account):
    """Return an account whose holder's name fits the code, in one line; only a name that does not is changed."""
    name = account.acc_holder_name or account.partner_id.name or ""
    short = one_line(name)[:MAX_NAME]
    return account if name == short else account.new({"acc_holder_name": short}, origin=account)
