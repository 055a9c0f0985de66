"""What people paste into names and addresses, made plain: nothing hidden, one line, one spelling of a domain (R60)."""

from __future__ import annotations

import re
import unicodedata
from email.utils import parseaddr

import idna

# They shape letters of some scripts; every other invisible character only hides something.
JOINERS = "\u200c\u200d"
_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
# What a mail program could read as an address, or as a word that hides one (RFC 2047).
_LIKE_ADDRESS = re.compile(r"[@<>]|=\?")
_BRACKETED = re.compile(r"\A([^<>]*)<([^<>]*)>")


def visible(text: str, kept: str = "") -> str:
    """Return a text without what nobody sees (R60).

    That is byte order marks, zero-width and control characters; every kind of line break is a newline. ``kept`` are
    invisible characters that stay.

    >>> visible("\\ufeffann@example.com\\u200b"), visible("a\\u2028b\\x00")
    ('ann@example.com', 'a\\nb')
    """
    return text if text.isprintable() else "".join(_visible(character, kept) for character in text)


def _visible(character, kept):
    if character in _BREAKS:
        return "\n"
    hidden = character not in kept and unicodedata.category(character) in ("Cc", "Cf", "Cs")
    return "" if hidden and character != "\t" else character


def one_line(text: str) -> str:
    """Return a text in one line, as it may stand in a header (R60).

    >>> one_line("Acme Ltd\\r\\nE-mail: old@acme.example")
    'Acme Ltd E-mail: old@acme.example'
    """
    return " ".join(visible(text, JOINERS).split())


def header_name(text: str) -> str:
    """Return the name that may stand beside an address in a header (R60).

    It is empty for one that could be read as an address.

    >>> header_name("Lee,\\nAnn"), header_name("Acme old@acme.example"), header_name("=?utf-8?q?Ann?=")
    ('Lee, Ann', '', '')
    """
    name = one_line(text)
    return "" if _LIKE_ADDRESS.search(name) else name


def split_entry(entry: str) -> tuple[str, str]:
    """Return (name, address) of ``Name <address>``, of a bare address, or of ``address (Name)`` (R60).

    An address is what stands in brackets, never the name before them.

    >>> split_entry("old@acme.example <new@acme.example>"), split_entry('"Lee, Ann" <ann@example.com>')
    (('old@acme.example', 'new@acme.example'), ('Lee, Ann', 'ann@example.com'))
    """
    if bracketed := _BRACKETED.fullmatch(entry):
        name, address = bracketed.groups()
        return one_line(name).strip("\"'").replace('\\"', '"').strip(), address.strip()
    name, address = parseaddr(entry)
    return (one_line(name), address) if "<" not in entry or entry.endswith(f"<{address}>") else ("", "")


def normalise(address: str) -> str:
    """Return an e-mail address as it is shown and compared: lower case, its domain in letters (R61).

    >>> normalise("Info@XN--MLLER-KVA.example"), normalise("Info@Müller.example")
    ('info@müller.example', 'info@müller.example')
    """
    local, at, domain = address.lower().rpartition("@")
    encoded = _encoded(domain)
    return local + at + (idna.decode(encoded) if encoded else domain)


def on_the_wire(address: str) -> str | None:
    """Return an address as a mail server takes it, its domain in ASCII, None if that cannot be (R85).

    >>> on_the_wire("info@müller.example"), on_the_wire("info@exam\\u2603ple.example")
    ('info@xn--mller-kva.example', None)
    """
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    encoded = _encoded(domain)
    return local + at + encoded if encoded else None


def _encoded(domain):
    """Return an international domain in ASCII, None for one that is none, or that is against its rules (RFC 5891)."""
    if domain.isascii() and "xn--" not in domain:
        return None
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii")
        idna.decode(encoded)
    except idna.IDNAError:
        return None
    return encoded
