"""Where what keeps a message from reaching its recipients is put right (R85, R96)."""

from __future__ import annotations

from .states import CAME_BACK

# By another address of the contact.
IN_PLACE = (
    "no_recipient",
    "invalid_email",
    "invalid_phone",
    "not_mobile",
    "incomplete_address",
    "address_too_long",
    "blacklisted",
    *CAME_BACK,
)
# On a contact of the customer, or on the invoice's own list.
CONTACT_CURES = (*IN_PLACE, "no_role_contact", "too_many_recipients", "not_allowed_recipient")
# What all messages of a company lack.
OF_THE_COMPANY = ("no_template", "no_sender", "not_set_up", "template_failed")
IN_SETTINGS = (*OF_THE_COMPANY, "quiet_hours")


def cure_of(code: str | None) -> str | None:
    """Return where a reason code is put right, None for one that nobody can put right there (R84).

    Of these it is known without trying whether it has been put right.

    >>> cure_of("no_recipient"), cure_of("no_template"), cure_of("smtp_error"), cure_of(None)
    ('contact', 'settings', None, None)
    """
    if code in IN_SETTINGS:
        return "settings"
    return "contact" if code in CONTACT_CURES else None
