"""Where in a template something went wrong, and what, in one line."""

import re

from odoo.addons.base.models.ir_qweb import QWebError
from odoo.exceptions import UserError

from ..common.errors import MAX_WORDS

_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")


def causes(error):
    """Yield an error and what caused it, what went wrong first of all last."""
    while error:
        yield error
        error = error.__cause__


def told(error, template, name, move):
    """Return what went wrong in a field of a template on an invoice, with the place, without where in the code."""
    *_others, first = causes(error)
    said = " ".join(str(first).split("\n")[0].split()) or type(first).__name__
    place = _place(error, template, name, move)
    return f"{place}: {said}"[:MAX_WORDS] if place else said[:MAX_WORDS]


def _place(error, template, name, move):
    """Return the tag or the placeholder that failed, None where that is not known."""
    for cause in causes(error):
        if isinstance(cause, QWebError) and cause.qweb.element:
            return cause.qweb.element
    for found in _PLACEHOLDER.findall(str(template[name] or "")):
        if _fails(template, found, move):
            return found
    return None


def _fails(template, text, move):
    try:
        with template.env.cr.savepoint():
            template._render_template(text, "account.move", move.ids, "inline_template")
    except UserError:
        return True
    return False
