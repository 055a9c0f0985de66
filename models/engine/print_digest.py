"""Whether a document that was printed would come out the same if it were printed again (R73)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import chain

from lxml import etree
from lxml import html as lxml_html

from .markup import fetched

# What such an address gives is named by its content, is drawn from the address, or comes with the program.
_LASTING = re.compile(r"/(?:web/assets/\w+/|report/barcode\b|\w+/static/)\S*")


def digests(bodies: Sequence[str], header: str, footer: str, base: str, options: str) -> list[str | None]:
    """Return for each document a digest of all from which it is printed, as Odoo prepares many to be printed (R73).

    Two digests are the same only if the documents are, whatever else is printed with them. One that shows a picture by
    the address of a record has none: what is there may change while nothing is seen of it.

    :param header: the page with the headers of all documents in their order; ``footer`` alike
    :param base: what the addresses of the server that prints begin with
    :param options: how they are printed

    >>> def page(*texts):
    ...     return f"<html><div id='minimal_layout_report_headers'>{''.join(texts)}</div></html>"
    >>> [one] = digests(["<p>Work</p>"], page("<p>1</p>"), page("<p>-</p>"), "http://a.example", "A4")
    >>> [first, second] = digests(["<p>Work</p>"] * 2, page("<p>1</p>", "<p>2</p>"), page("<p>-</p>", "<p>-</p>"),
    ...     "http://a.example", "A4")
    >>> one == first, first == second
    (True, False)
    >>> one in digests(["<p>Work</p>"], page("<p>1</p>"), page("<p>-</p>"), "http://a.example", "A5")
    False
    >>> digests(['<img src="http://a.example/web/image/5"/>'], page(), page(), "http://a.example", "A4")
    [None]
    """
    headers, footers = (_own_parts(page, len(bodies)) for page in (header, footer))
    documents = [(body, *head, *foot) for body, head, foot in zip(bodies, headers, footers, strict=True)]
    # Many share most of their parts.
    lasting = {part: _is_lasting(part, base) for part in set(chain.from_iterable(documents))}
    return [_digest(options, *parts) if all(map(lasting.get, parts)) else None for parts in documents]


def is_one_each(page: str, count: int) -> bool:
    """Return whether a page with the headers of so many documents has one for each, or none at all (R82).

    The program takes the nth for the nth document: a text of one that looks like a header would put all others' off.

    >>> def page(*texts):
    ...     return f"<html><div id='minimal_layout_report_headers'>{''.join(texts)}</div></html>"
    >>> is_one_each(page("<p>1</p>", "<p>2</p>"), 2), is_one_each(page(), 2)
    (True, True)
    >>> is_one_each(page("<p>1</p>", "<p>forged</p>", "<p>2</p>"), 2)
    False
    """
    return len(_own_nodes(lxml_html.document_fromstring(page))) in (0, count)


def _own_nodes(root):
    """Return the headers, or footers, of all documents in their order."""
    holders = root.xpath("//div[@id='minimal_layout_report_headers' or @id='minimal_layout_report_footers']")
    return list(holders[0]) if holders else []


def _own_parts(page, count):
    """Return (what is around them, its own) of a page with the headers of so many documents for each.

    Where nobody can tell whose they are, all of the page is each one's.
    """
    root = lxml_html.document_fromstring(page)
    nodes = _own_nodes(root)
    if len(nodes) != count:
        return [(page, "")] * count
    parts = [etree.tostring(node, encoding="unicode", method="html", with_tail=False) for node in nodes]
    for node in nodes:
        node.getparent().remove(node)
    frame = etree.tostring(root, encoding="unicode", method="html")
    return [(frame, part) for part in parts]


def _is_lasting(document, base):
    addresses = (address.removeprefix(base.rstrip("/")) for address in fetched(document))
    return all(address in ("", "/") or _LASTING.fullmatch(address) for address in addresses)


def _digest(*parts):
    found = hashlib.sha256()
    for part in parts:
        content = part.encode()
        found.update(b"%d:" % len(content) + content)
    return found.hexdigest()
