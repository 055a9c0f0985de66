"""Tells what of axe's findings is ours: Odoo's own screens break rules too, and a record of that may not grow."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

RECORD = Path(__file__).with_name("odoo.json")
# what widgets of Odoo break that our screens use and the recorded ones do not: kept by hand
WIDGETS = Path(__file__).with_name("odoo_widgets.json")
# classes that say how a thing is at the moment or where it stands, not what it is
PASSING = re.compile(r"(focus|active|show|selected|hover|disabled|invalid|empty|opacity|d-|[mp][trblxyse]?-)")
# what tells two things of the same classes apart
MARKS = {"button": ("type", "role", "name")}
OTHER_MARKS = ("type", "role")


class Tags(HTMLParser):
    """The first two tags of a piece of HTML: the thing, and what it begins with, such as an icon."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        classes = sorted(name for name in (values.get("class") or "").split() if not PASSING.match(name))
        marks = "".join(f"[{values[name]}]" for name in MARKS.get(tag, OTHER_MARKS) if values.get(name))
        self.found.append(".".join([tag + marks, *classes]))


def signature(target, html):
    """Return what kind of thing axe found: its tag, type, role, name and classes, and those of what it begins with.

    A thing without any is known by where it stands.

    >>> signature("#checkbox-comp-1", '<input type="checkbox" class="form-check-input" id="checkbox-comp-1">')
    'input[checkbox].form-check-input'
    >>> signature("td:nth-child(3) > span", "<span>Sent</span>")
    'td:nth-child() > span'
    """
    tags = Tags()
    tags.feed(html)
    # only what a button or a link begins with, such as an icon, tells it from others
    first = " > ".join(tags.found[: 2 if tags.found[0].startswith(("a", "button")) else 1])
    return first if first not in ("a", "div", "em", "img", "label", "p", "span", "td") else re.sub(r"\d+", "", target)


def recorded():
    """Return {rule: signatures} of what Odoo's own screens and widgets break."""
    found = {}
    for path in (RECORD, WIDGETS):
        for rule, signatures in json.loads(path.read_text()).items():
            found.setdefault(rule, set()).update(signatures)
    return found


def record(violations):
    """Write what Odoo's own screens break as the record."""
    found = {}
    for rule, target, html, _summary in violations:
        found.setdefault(rule, set()).add(signature(target, html))
    RECORD.write_text(json.dumps({rule: sorted(found[rule]) for rule in sorted(found)}, indent=2) + "\n")


def ours(violations):
    """Return the violations that Odoo's own screens do not have, one of each kind: sentences."""
    known, said = recorded(), {}
    for rule, target, html, summary in violations:
        kind = signature(target, html)
        if kind not in known.get(rule, ()):
            lines = (f"{rule}: {target}", kind, html[:200], " ".join(summary.split())[:200])
            said.setdefault((rule, kind), "\n        ".join(lines))
    return list(said.values())
