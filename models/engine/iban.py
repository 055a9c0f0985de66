"""International bank account numbers (ISO 13616): how people read them (R72)."""

from __future__ import annotations

import re

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z\d]{11,30}")


def in_groups(number: str) -> str | None:
    """Return an IBAN in groups of four, as people read it; None for another account number (R72).

    >>> in_groups("be15 0015-5962-7230"), in_groups("BE15001559627231"), in_groups("123456")
    ('BE15 0015 5962 7230', None, None)
    """
    compact = re.sub(r"[^A-Za-z\d]+", "", number).upper()
    if not compact.isascii() or not _IBAN.fullmatch(compact):
        return None
    digits = "".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])
    return re.sub("(.{4})(?=.)", r"\1 ", compact) if int(digits) % 97 == 1 else None
