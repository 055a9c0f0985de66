"""What letters and formal reminders have in common: the payment code, the paper (R72, R79)."""

from ..common import paper
from . import payment_qr

# What letters and formal reminders are set in.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


def payment_code(move, told):
    """Return the drawing of a code by which a bank's app pays what is asked, False where there is none.

    :param told: the Facts of the invoice
    """
    return bool(told.qr) and payment_qr.data_uri(move, told.asked)


def html(env, template, size, lang, values):
    """Return the HTML of a template, written in a language, as it is printed in true millimetres.

    :param size: `a4` or `us`
    """
    values = {
        "lang": lang,
        "font": FONT,
        **sides(env, lang),
        "zoom": paper.zoom(paper.printer(env, size), size),
        **values,
    }
    return str(env["ir.qweb"].with_context(lang=lang)._render(template, values, lang=lang))


def sides(env, lang):
    """Return the `direction` of a language, and the sides on which its lines `start` and `end`.

    The program that prints, and some who read e-mails, know no logical sides.
    """
    direction = env["res.lang"]._get_data(code=lang).direction or "ltr"
    start, end = ("left", "right") if direction == "ltr" else ("right", "left")
    return {"direction": direction, "start": start, "end": end}
