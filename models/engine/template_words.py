"""The words of a template as a person edits them for one message, and back into a template (R74, R77)."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping

from lxml import html as lxml_html

from . import placeholders

_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")


def with_placeholders(source: str, known: Collection[str]) -> str:
    """Return the text of a template in which each known field stands as a placeholder; its conditions stay (R74).

    >>> source = "<p>No. <b t-out=\\"object.name or ''\\">INV/<i>1</i></b><t t-out='object.x'/></p>"
    >>> with_placeholders(source, ["object.name"])
    '<p>No. <b>{{ object.name }}</b><t t-out="object.x"></t></p>'
    """
    root = lxml_html.fragment_fromstring(source, create_parent="div")
    for element in root.iter():
        path = isinstance(element.tag, str) and placeholders.path(element.get("t-out") or "")
        if path in known:
            del element.attrib["t-out"]
            for child in list(element):
                element.remove(child)
            element.text = f"{{{{ {path} }}}}"
    inside = lxml_html.tostring(root, encoding="unicode")
    return inside.removeprefix("<div>").removesuffix("</div>")


def as_subject(source: str, known: Collection[str]) -> str | None:
    """Return a template's subject with plain placeholders, None if something in it is more than a known field (R77).

    >>> as_subject("Invoice {{ long_date(object.invoice_date) or '' }}", ["object.invoice_date"])
    'Invoice {{ object.invoice_date }}'
    >>> as_subject("Invoice {{ object.secret }}", ["object.invoice_date"])
    """
    if placeholders.unknown(source, known):
        return None
    return _PLACEHOLDER.sub(lambda found: f"{{{{ {_path(found[1])} }}}}", source)


def as_template(text: str, expressions: Mapping[str, str], is_html: bool = False) -> str:
    """Return an own text as a template says it, by the expressions of its fields (R74).

    One that is no known field, and what stands behind ``|||`` where a field is empty, stay as they are.

    >>> as_template("Due {{ object.day }}", {"object.day": "format_date(object.day)"})
    'Due {{ format_date(object.day) }}'
    >>> as_template("By {{ object.boss }}", {})
    'By {{ object.boss }}'
    >>> as_template("<p>{{ object.ref ||| none }}</p>", {"object.ref": "object.ref"}, is_html=True)
    '<p><t t-out="object.ref">none</t></p>'
    """

    def written(found):
        path, default = _path(found[1]), html.unescape(found[1]).partition("|||")[2].strip()
        if path not in expressions:
            return found[0]
        if is_html:
            return f'<t t-out="{html.escape(expressions[path])}">{html.escape(default)}</t>'
        return f"{{{{ {expressions[path]}{f' ||| {default}' if default else ''} }}}}"

    return _PLACEHOLDER.sub(written, text)


def _path(inside):
    return placeholders.path(html.unescape(inside).partition("|||")[0])
