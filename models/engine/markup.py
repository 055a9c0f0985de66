"""HTML that people wrote: what of it is kept (R77), and how a document to be printed is cut off from the network."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from lxml import etree
from lxml import html as lxml_html

_VOID = frozenset("br col hr img".split())
_KEPT = _VOID | frozenset(
    "a abbr b big blockquote caption center cite code colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 i ins li ol p"
    " pre s section small span strike strong sub sup table tbody td tfoot th thead tr u ul".split()
)
# What stands between their tags is no text for people.
_DROPPED = frozenset(
    "applet area audio base button canvas embed frame frameset head iframe input link map math meta noembed noframes"
    " noscript object option script select style svg template textarea title video xml".split()
)
_PLAIN = frozenset(
    "align alt bgcolor border cellpadding cellspacing color colspan dir face height lang nowrap role rowspan size span"
    " start title type valign width".split()
)
_STYLES = re.compile(
    "background-color|border(-(bottom|collapse|color|left|radius|right|spacing|style|top|width))*|color|direction"
    "|display|float|font(-(family|size|style|variant|weight))?|height|letter-spacing|line-height|list-style-type"
    "|(margin|padding)(-(bottom|left|right|top))?|(max|min)-(height|width)|opacity|overflow-wrap|page-break-inside"
    "|table-layout|text-(align|decoration|indent|transform)|vertical-align|white-space|width|word-(break|spacing|wrap)"
)
_STYLE_VALUE = re.compile(r"""[\w\s#%.,!"'+-]+""")
_COLOR_FUNCTION = re.compile(r"\b(?:rgb|hsl)a?\([\d\s.,%/]*\)", re.IGNORECASE)
_LINK = re.compile(r"(?:https?|mailto|tel|sms):|[^:]*(?:[/?#]|$)", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:gif|jpeg|png|webp);base64,[A-Za-z0-9+/=\s]+")
# A picture that was uploaded into a text, by the id of its attachment.
_UPLOADED = re.compile(r"/web/image/(\d+)(?:-\w+)?(?:/[\w.%-]+)?(?:\?access_token=([\w-]+))?")
_UPLOADED_SOURCE = re.compile(rf'src="{_UPLOADED.pattern}"')
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return what of a person's HTML is kept (R77); the same again if it is cleaned twice.

    Formatting, links, and pictures that it carries itself or that were uploaded to this server stay. Scripts, forms,
    frames, style sheets and whatever makes a reader's browser fetch something go.

    A QWeb directive cannot be kept and is not lost in silence either: ``t-out`` becomes a placeholder, any other one
    stands there as a placeholder that nobody knows.

    >>> clean('<base href="//evil.example"><p onclick="x()" style="color: red; top: 0">Pay<script>x()</script>')
    '<p style="color: red">Pay</p>'
    >>> clean('<a href="javascript:x()">A</a> <img src="https://evil.example/1.png"/>')
    '<a>A</a> '
    >>> clean('<t t-out="object.name">INV/1</t><b t-if="object.ref">!</b>')
    '{{ object.name ||| INV/1 }}{{ t-if="object.ref" }}<b>!</b>'
    """
    if not text.strip():
        return ""
    document = lxml_html.document_fromstring(f"<div>{_CONTROLS.sub('', text)}</div>")
    body = document.find("body")
    body[0].drop_tag()
    writer = _Writer()
    for event, element in etree.iterwalk(body, events=("start", "end", "comment", "pi")):
        if element is body:
            continue
        if event == "start":
            writer.open(element)
        elif event == "end":
            writer.close(element)
        if event != "start":
            writer.write(element.tail)
    return (_escaped(body.text) + "".join(writer.parts)).replace("\xa0", "&nbsp;")


class _Writer:
    """Writes down what may be kept of a tree that is walked through once."""

    def __init__(self):
        self.parts, self._closed = [], 0

    def write(self, text):
        if text and not self._closed:
            self.parts.append(_escaped(text))

    def open(self, element):
        if self._hides(element):
            if not self._closed and "t-out" in element.attrib and element.tag not in _DROPPED:
                self.parts.append(self._with_placeholder(element))
            self._closed += 1
            return
        if not self._closed:
            self.parts.append(_directives(element) + _tag(element))
        self.write(element.text)

    def close(self, element):
        if self._hides(element):
            self._closed -= 1
        elif not self._closed and element.tag in _KEPT - _VOID:
            self.parts.append(f"</{element.tag}>")

    def _hides(self, element):
        return element.tag in _DROPPED or "t-out" in element.attrib

    def _with_placeholder(self, element):
        default = re.sub(r"[{}|]+", " ", "".join(element.itertext())).strip()
        inner = f" ||| {default}" if default else ""
        ending = f"</{element.tag}>" if element.tag in _KEPT - _VOID else ""
        return f"{_tag(element)}{{{{ {_escaped(element.get('t-out') + inner)} }}}}{ending}"


def _directives(element):
    return "".join(
        f'{{{{ {_escaped(name)}="{_escaped(value)}" }}}}'
        for name, value in element.attrib.items()
        if name.startswith("t-")
    )


def _tag(element):
    if element.tag not in _KEPT:
        return ""
    attributes = "".join(
        f' {name}="{html.escape(value)}"' for name, value in map(_attribute, element.attrib.items()) if value
    )
    picture_is_gone = element.tag == "img" and " src=" not in attributes
    return "" if picture_is_gone else f"<{element.tag}{attributes}{'/' if element.tag in _VOID else ''}>"


def _attribute(item):
    """Return (name, what of its value is kept) of one attribute; None where it goes."""
    name, value = item
    if name in _PLAIN:
        return name, value
    if name == "style":
        return name, _style(value)
    if name == "href":
        return name, value if _LINK.match(re.sub(r"[\x00-\x20]+", "", value)) else None
    if name == "src":
        return name, value if _PICTURE.fullmatch(value) or _UPLOADED.fullmatch(value) else None
    return name, value if (name, value) == ("target", "_blank") else None


def _style(text):
    kept = []
    for declaration in text.split(";"):
        name, _colon, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if _STYLES.fullmatch(name) and _STYLE_VALUE.fullmatch(_COLOR_FUNCTION.sub("x", value)):
            kept.append(f"{name}: {value}")
    return "; ".join(kept)


def _escaped(text):
    return html.escape(text or "", quote=False)


# ------------------------------------------------------------------ documents to print


def carry_pictures(text: str, data_of: Callable[[int, str | None], str | None]) -> str:
    """Clean HTML that carries its uploaded pictures itself, so that paper need not fetch them (R72, R89).

    ``data_of`` takes the id of an attachment and the token that stands in its address, and gives what is written as
    ``src`` instead, None for a picture that may not be shown.

    >>> carry_pictures('<img src="/web/image/7-a/seal.png?access_token=x"/>', lambda key, token: f"data:{key},{token}")
    '<img src="data:7,x"/>'
    """
    return _UPLOADED_SOURCE.sub(lambda found: f'src="{data_of(int(found[1]), found[2]) or ""}"', text)


_FETCHED = frozenset("action background cite data formaction href longdesc manifest ping poster src srcset".split())
_LOADING = frozenset("applet embed frame iframe object".split())
# One that nobody ends goes to the end, so that one pass finds them all.
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_CSS_FETCH = re.compile(r"(?:url\(|@import)[\s'\"]*([^\s'\")]+)", re.IGNORECASE)
# A comment can hide from one parser what another one reads.
_PARSER = lxml_html.HTMLParser(remove_comments=True, default_doctype=False)


def cut_off(document: str, is_own: Callable[[str], bool] = lambda address: False) -> str:
    """Return a whole HTML document without what a printing browser would fetch from elsewhere (R72, R89).

    Links stay: only readers follow them. ``is_own`` says which addresses may be fetched all the same; what a document
    carries itself (``data:``, ``#``) is never fetched.

    >>> cut_off('<p><img src="http://127.0.0.1/x"><img src="data:image/png;base64,aa"></p>')
    '<html><body><p><img><img src="data:image/png;base64,aa"></p></body></html>'
    >>> cut_off('<p style="background: url(/a.png)">A</p>', lambda address: address.startswith("/"))
    '<html><body><p style="background: url(/a.png)">A</p></body></html>'
    """
    try:
        root = lxml_html.document_fromstring(document, parser=_PARSER)
    except etree.ParserError:
        # Nothing but blanks and comments.
        return ""
    for element in list(root.iter(etree.Element)):
        _cut(element, is_own)
    return etree.tostring(root.getroottree(), encoding="unicode", method="html")


def fetched(document: str) -> set[str]:
    """Return the addresses that a printing browser would fetch for a document, of whosever server (R72, R89).

    >>> sorted(fetched('<p style="background: url(/a.png)"><img src="/b.png"><img src="data:image/png;base64,aa"></p>'))
    ['/a.png', '/b.png']
    """
    addresses: set[str] = set()
    cut_off(document, lambda address: not addresses.add(address))
    return addresses


def _cut(element, is_own):
    """Take from an element what it would fetch, and with it the element where it is good for nothing else."""
    if element.tag in _LOADING or _is_refresh(element):
        element.drop_tree()
        return
    for name, value in element.attrib.items():
        if _fetches(element, name, value, is_own):
            del element.attrib[name]
    if element.tag == "style" and _fetches_by_css(element.text or "", is_own):
        element.text = ""


def _is_refresh(element):
    return element.tag == "meta" and element.get("http-equiv", "").strip().lower() == "refresh"


def _fetches(element, name, value, is_own):
    name = name.rpartition(":")[2]
    if name == "style":
        return _fetches_by_css(value, is_own)
    if name not in _FETCHED or (name == "href" and element.tag in ("a", "area")):
        return False
    addresses = [part.split()[0] for part in value.split(",") if part.strip()] if name == "srcset" else [value.strip()]
    return not all(_is_harmless(address, is_own) for address in addresses)


def _fetches_by_css(text, is_own):
    # A backslash can write any word in CSS.
    plain = _CSS_COMMENT.sub("", text)
    if "\\" in plain and "(" in plain:
        return True
    return not all(_is_harmless(address, is_own) for address in _CSS_FETCH.findall(plain))


def _is_harmless(address, is_own):
    return not address or address.startswith(("data:", "#")) or is_own(address)
