"""Where in a template something went wrong, and what, in one line."""

import ast
import re

from lxml import html as lxml_html

from odoo import models
from odoo.addons.base.models.ir_qweb import QWebError
from odoo.exceptions import UserError

from ..common.errors import MAX_WORDS

_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")
# What of a tag QWeb reads as code.
_CODE = ("t-out", "t-esc", "t-if", "t-elif", "t-foreach", "t-value", "t-att-")


def causes(error):
    """Yield an error and what caused it, what went wrong first of all last."""
    while error:
        yield error
        error = error.__cause__


def told(env, error, template, name, move):
    """Return what went wrong in a field of a template on an invoice, with the place, without where in the code.

    What has no words of ours is told in Odoo's.

    :param env: the environment of whoever reads it
    """
    first = _first(error)
    place, words = _place(error, template, name, move), _words(env, first)
    if not words:
        said = " ".join(str(first).split("\n")[0].split()) or type(first).__name__
        return f"{place}: {said}"[:MAX_WORDS] if place else said[:MAX_WORDS]
    return f"{words}: {place}"[:MAX_WORDS] if place else words[:MAX_WORDS]


def _first(error):
    """Return what went wrong first of all; Odoo hides it behind an error that quotes it and the code."""
    *_others, first = causes(error)
    hidden = first.__context__
    return hidden if hidden and type(first) is ValueError and "while evaluating" in str(first) else first


def _words(env, error):
    """Return what went wrong in a person's words, None of what is rare."""
    if isinstance(error, AttributeError) and isinstance(error.obj, models.BaseModel):
        if error.obj._name == "account.move":
            return env._("There is no field “%(field)s” on an invoice", field=error.name)
        model = env["ir.model"]._get(error.obj._name).name
        return env._("There is no field “%(field)s” on “%(model)s”", field=error.name, model=model)
    if isinstance(error, AttributeError | NameError) and error.name:
        return env._("There is nothing called “%(name)s”", name=error.name)
    if isinstance(error, KeyError) and error.args:
        return env._("There is nothing called “%(name)s”", name=error.args[0])
    if isinstance(error, SyntaxError):
        return env._("This cannot be read")
    if isinstance(error, ZeroDivisionError):
        return env._("This divides by zero")
    return None


def _place(error, template, name, move):
    """Return the tag or the placeholder that failed, None where that is not known."""
    for cause in causes(error):
        if isinstance(cause, QWebError) and cause.qweb.element:
            return cause.qweb.element
    if template._fields[name].type == "html":
        return _unreadable(str(template[name] or ""))
    for found in _PLACEHOLDER.findall(str(template[name] or "")):
        if _fails(template, found, move):
            return found
    return None


def _unreadable(source):
    """Return the first tag of a text whose code cannot be read, None without one."""
    try:
        root = lxml_html.fragment_fromstring(source, create_parent="div")
    except (ValueError, SyntaxError):
        return None
    for element in root.iter():
        for name, code in element.attrib.items():
            if name.startswith(_CODE) and not _is_code(code):
                return f'<{element.tag} {name}="{code}">'
    return None


def _is_code(text):
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _fails(template, text, move):
    try:
        with template.env.cr.savepoint():
            template._render_template(text, "account.move", move.ids, "inline_template")
    except UserError:
        return True
    return False
