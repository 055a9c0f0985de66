"""Lists of e-mail addresses as people paste them (R61), and whether an address is one."""

from __future__ import annotations

import re

from .addresses import normalise, on_the_wire, one_line, split_entry, visible

# A run of quoted names, bracketed addresses and anything but separators; a stray quote or bracket stands for itself,
# and no stretch is searched twice for the end of one.
_ENTRIES = re.compile(r'(?:"[^"\n]*"|<[^<>\n]*>|[^,;\n\r])+')
_ATOM = r"[^\s@\"<>(),:;\[\]\\.]+"
_EMAIL = re.compile(rf"{_ATOM}(\.{_ATOM})*@([^\W_]([\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]")
_QUOTED = r'["\\<>]+'
MAX_EMAIL = 254
# Of one step through one channel.
MAX_RECIPIENTS = 50
# Characters of a list that is read, and of an entry that is kept.
MAX_LIST, MAX_ENTRY = 20_000, 400


def is_email(address: str) -> bool:
    """Return whether a bare address can receive mail as far as its form tells.

    >>> is_email("ann.lee+bills@mail.example.co.uk"), is_email("ann@localhost"), is_email("ann..lee@example.com")
    (True, False, False)
    """
    if len(address) > MAX_EMAIL or not _EMAIL.fullmatch(address):
        return False
    sent_to = on_the_wire(address)
    return sent_to is not None and len(sent_to) <= MAX_EMAIL


def parse_address_list(text: str) -> tuple[tuple[str, str], ...]:
    """Return (name, address) for each entry of a list as people paste it (R61).

    Commas, semicolons or line breaks stand between entries, each bare or as ``Name <address>``. Blanks and what nobody
    sees are stripped, duplicates dropped. A valid address is normalised; an entry without one is given as it stands, so
    that it can be shown. Reading ends one entry after :data:`MAX_RECIPIENTS`; a text longer than :data:`MAX_LIST` is
    one entry that is no address.

    >>> parse_address_list('"Lee, Ann" <Ann@Example.com>; bob@example.com\\n ann@example.com, nobody')
    (('Lee, Ann', 'ann@example.com'), ('', 'bob@example.com'), ('', 'nobody'))
    """
    found = {}
    if len(text) > MAX_LIST:
        return (("", text[:MAX_ENTRY]),)
    for entry in _ENTRIES.finditer(visible(text)):
        name, address = _parse_entry(entry[0].strip())
        if address:
            found.setdefault(address, name)
        if len(found) > MAX_RECIPIENTS:
            break
    return tuple((name, address) for address, name in found.items())


def write_address(name: str, address: str) -> str:
    """Return one entry of such a list, so that :func:`parse_address_list` reads it back (R61).

    >>> write_address("Lee, Ann", "ann@example.com"), write_address("", "bob@example.com")
    ('"Lee, Ann" <ann@example.com>', 'bob@example.com')
    """
    name = one_line(re.sub(_QUOTED, " ", name))
    return f'"{name}" <{address}>' if name else address


def _parse_entry(entry):
    # What is longer is no entry, and would take long to read.
    name, address = split_entry(entry) if len(entry) <= MAX_ENTRY else ("", "")
    return (name, normalise(address)) if is_email(address.lower()) else ("", entry[:MAX_ENTRY])
