"""Placeholders in a text that a person wrote for one step (R77).

They look as in a template and are never run as code: what they stand for is looked up in a list.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping

# No brace inside, so that a text full of opening ones is read in one pass.
_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
_BRACES = re.compile(r".{0,20}(?:\{\{|\}\}).{0,40}")
# The forms in which the shipped templates, and Odoo's editor, write a field.
_FORMS = re.compile(
    r"(?:(?:format|long|short)_date\(\s*(object[\w.]*)\s*(?:,\s*'[^']*'\s*)?\)|format_amount\(\s*(object[\w.]*)\s*,\s*object\.\w*currency_id\s*\)"
    r"|(object[\w.]*))(?:\s+(?:or|if\s+(?P<guard>object[\w.]*)\s+else)\s+(?:''|\"\"))?"
)


def path(expression: str) -> str | None:
    """Return the field that an expression names, as in ``object.partner_id.name``; None if it does anything else (R77).

    >>> path("long_date(object.invoice_date) or ''"), path("object.env['res.users']")
    ('object.invoice_date', None)
    >>> path("object.ref if object.ref else ''"), path("object.ref if object.name else ''")
    ('object.ref', None)
    """
    match = _FORMS.fullmatch(expression.strip())
    if not match:
        return None
    named = next(filter(None, match.groups()))
    return named if match["guard"] in (None, named) else None


def paths(text: str) -> frozenset[str]:
    """Return the fields whose values a text needs (R77).

    >>> sorted(paths("{{ object.name }}, {{ object.ref ||| none }}, {{ 1 + 1 }}"))
    ['object.name', 'object.ref']
    """
    return frozenset(filter(None, (path(_parts(found)[0]) for found in _PLACEHOLDER.findall(text))))


def unknown(text: str, known: Collection[str]) -> str | None:
    """Return the first place of a text that would leave as it stands, None if every placeholder is known (R77).

    >>> unknown("Invoice {{ object.name }} for {{ object.boss }}", ["object.name"])
    '{{ object.boss }}'
    >>> unknown("Invoice {{ object.name }", ["object.name"])
    'Invoice {{ object.name }'
    """
    for found in _PLACEHOLDER.finditer(text):
        if path(_parts(found[1])[0]) not in known:
            return html.unescape(found[0])
    left = _BRACES.search(_PLACEHOLDER.sub("", text))
    return left and html.unescape(left[0])


def fill(text: str, values: Mapping[str, str], is_html: bool = False) -> str:
    """Return a text with its placeholders filled (R77).

    One without a value says what stands behind ``|||``, or nothing.

    >>> fill("{{ object.name }}: {{ object.ref ||| no reference }}", {"object.name": "INV/1", "object.ref": ""})
    'INV/1: no reference'
    >>> fill("<p>{{ object.name }}</p>", {"object.name": "A & B"}, is_html=True)
    '<p>A &amp; B</p>'
    """

    def value_of(found):
        expression, default = _parts(found[1])
        value = values.get(path(expression)) or default
        return html.escape(value) if is_html else value

    return _PLACEHOLDER.sub(value_of, text)


def _parts(inside):
    expression, _bars, default = html.unescape(inside).partition("|||")
    return expression.strip(), default.strip()
