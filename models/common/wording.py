import re
from collections import defaultdict

from odoo.fields import Date
from odoo.tools.translate import code_translations

from ..engine.reasons import REASONS, WHERE
from . import formats

ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def translate(env, text):
    """Return a text that the engine marks for translation, in the reader's language."""
    return code_translations.get_python_translations("invoice_chasing", env.lang or "en_US").get(text, text)


def counted(env, count, one, many, **values):
    """Return a text about a number of things: '1 invoice', '1,240 invoices'.

    Both forms are texts of their own to translators: ``counted(env, count, env._("1 invoice"),
    env._("%(count)s invoices"))``. Neither is filled in before it comes here.

    :param one: what is said of one
    :param many: what is said of none and of several; ``%(count)s`` stands for the number in the reader's digits
    :param values: what further placeholders of both stand for
    """
    return (one if count == 1 else many) % {"count": formats.number(env, count), **values}


def invoices_text(env, count):
    """Return '1 invoice', '12 invoices'."""
    return counted(env, count, env._("1 invoice"), env._("%(count)s invoices"))


def steps_text(env, count):
    """Return '1 step', '12 steps'."""
    return counted(env, count, env._("1 step"), env._("%(count)s steps"))


def pace_text(env, minute, day):
    """Return '30 a minute, 10,000 a day', how many messages a mail server takes; what is 0 is no limit."""
    texts = (minute, env._("%(count)s a minute")), (day, env._("%(count)s in 24 hours"))
    return ", ".join(text % {"count": formats.number(env, count)} for count, text in texts if count)


def selection_labels(records, name):
    """Return {value: label} of a selection field in the reader's language.

    :param records: any recordset of the model
    :param name: the name of the field
    """
    return dict(records._fields[name]._description_selection(records.env))


def reason_text(env, code, values=None):
    """Return the plain sentence of a reason code in the reader's language, False without a code.

    :param code: a code of the engine's REASONS; one that this version does not know is shown as it is
    :param values: what the sentence's placeholders stand for, an unknown one is shown as an ellipsis; `detail`, what a
        server said, is shown behind the sentence; `channel` is the one on which an address is missing, `own` whether it
        stands on the invoice's own list, `entered` whether a person typed it for one message
    """
    if not code:
        return False
    text = translate(env, REASONS[code]) if code in REASONS else code
    values = _written(env, values or {})
    channel = env["chasing.channel"]
    values = {
        "missing": channel._all().get(values.get("channel"), channel)._missing_text(),
        "where": translate(env, WHERE[_place(values)]),
        **values,
    }
    text %= defaultdict(lambda: "…", values)
    return f"{text} ({values['detail']})" if values.get("detail") else text


def _place(values):
    """Return where an address stands that the values of a reason name."""
    if values.get("entered"):
        return "message"
    return "invoice" if values.get("own") else "contact"


def _written(env, values):
    """Return the values of a reason with amounts and days as the reader writes them.

    They are kept as numbers and dates, as many people of several languages read them; what was kept as a text stays.
    """
    written = dict(values)
    if "currency" in values:
        written["amount"] = formats.amount(env, values["amount"], env["res.currency"].browse(values["currency"]))
    if "minute" in values:
        written["limit"] = pace_text(env, values["minute"], values["day"])
    for name in ("announced", "last"):
        if ISO_DAY.fullmatch(values.get(name) or ""):
            written[name] = formats.day(env, Date.to_date(values[name]))
    return written
