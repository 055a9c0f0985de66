"""What letters and formal reminders have in common: the payment code, the paper (R72, R79)."""

from ..common import paper
from . import payment_qr


def payment_code(move, told):
    """Return the drawing of a code by which a bank's app pays what is asked, False where there is none.

    :param told: the Facts of the invoice
    """
    return bool(told.qr) and payment_qr.data_uri(move, told.asked)


def html(env, template, size, lang, values):
    """Return the HTML of a template, written in a language, as it is printed in true millimetres.

    :param size: `a4` or `us`
    """
    direction = env["res.lang"]._get_data(code=lang).direction or "ltr"
    # The program knows no logical sides.
    start, end = ("left", "right") if direction == "ltr" else ("right", "left")
    values = {
        "lang": lang,
        "direction": direction,
        "start": start,
        "end": end,
        "zoom": paper.zoom(paper.printer(env, size), size),
        **values,
    }
    return str(env["ir.qweb"].with_context(lang=lang)._render(template, values, lang=lang))
