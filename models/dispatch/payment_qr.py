"""The payment QR code of an invoice: what a banking app reads instead of somebody typing (R72).

What it says is Odoo's to say, by the best method that the installed apps have for the account and the currency: EPC,
Swiss and others. Its drawing is ours where it is a plain QR code: with a margin, whole points and the correction level
that banks ask for, and on servers that lack what Odoo draws with.
"""

import base64
import io
import logging
from functools import lru_cache

import qrcode

from ..engine.addresses import one_line

_logger = logging.getLogger(__name__)

# What the EPC's standard allows, and others allow no less of: Odoo cuts one character later.
MAX_NAME, MAX_REFERENCE = 70, 140
MAX_AMOUNT = 999_999_999.99
# Pixels of a point, and points around it that stay white, also on a dark ground.
POINT, MARGIN = 4, 4


def is_possible(move):
    """Return whether a code asks for what is due of an invoice now; nothing is drawn."""
    return bool(_words(move, move.sudo().chasing_asked_amount))


def data_uri(move, amount):
    """Return the drawing of a code that asks for an amount of an invoice's currency, None where no method has one."""
    drawing = _drawing(move, amount)
    return f"data:image/png;base64,{base64.b64encode(drawing).decode()}" if drawing else None


def png(move):
    """Return the drawing of a code that asks for what is due of an invoice now, as a file; None without one."""
    return _drawing(move, move.sudo().chasing_asked_amount)


def _drawing(move, amount):
    words = _words(move, amount)
    if not words:
        return None
    account = words.pop("account")
    try:
        parameters = account._get_qr_code_generation_params(**words)
        if parameters["barcode_type"] == "QR" and not parameters.get("mask"):
            return _plain_code(parameters["value"])
        return account.env["ir.actions.report"].barcode(**parameters)
    except Exception:
        # A method of another app may break on what this invoice says; its message goes without a code.
        _logger.exception("No payment QR code could be drawn for invoice %s", move.id)
        return None


@lru_cache(maxsize=128)
def _plain_code(text):
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=POINT, border=MARGIN)
    code.add_data(text)
    file = io.BytesIO()
    code.make_image().save(file)
    return file.getvalue()


def _words(move, amount):
    """Return what Odoo makes a code of, with the `account` it is for, None where no method has one."""
    move = move.sudo().with_company(move.company_id)
    currency, account = move.currency_id, move._chasing_bank_account()
    amount = currency.round(amount)
    if not account or not 0 < amount <= MAX_AMOUNT:
        return None
    account, reference = _with_short_name(account), one_line(move.payment_reference or "")
    free = (reference or move.name or "")[:MAX_REFERENCE]
    words = account._build_qr_code_vals(amount, free, reference, currency, move.partner_id)
    return words and {**words, "account": account}


def _with_short_name(account):
    """Return an account whose holder's name fits the code, in one line; only a name that does not is changed."""
    name = account.acc_holder_name or account.partner_id.name or ""
    short = one_line(name)[:MAX_NAME]
    return account if name == short else account.new({"acc_holder_name": short}, origin=account)
