"""Who gets a message, at which address, and why; or why not (R60-R66, R85)."""
from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parseaddr

from .facts import StepFacts
from .texts import _
from .verdict import Fail, Skip

WHY = {
    "invoice_contact": _("Contact of the customer for invoices"),
    "own_list": _("Address entered on the invoice"),
    "role": _("Contact of the customer with role %(role)s"),
    "internal_copy": _("Internal copy for role %(role)s"),
}
# a run of quoted names, bracketed addresses and anything but separators; a stray quote or bracket stands for itself
_ENTRIES = re.compile(r'(?:"[^"\n]*"|<[^>\n]*>|[^,;\n\r])+')
_ATOM = r"[^\s@\"<>(),:;\[\]\\.]+"
_EMAIL = re.compile(rf"{_ATOM}(\.{_ATOM})*@([^\W_]([\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]")
MAX_EMAIL = 254


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of the customer, or with ``internal`` one of our own (R62). ``key`` is whatever the caller recognises it
    by; ``email`` is as entered and may hold several addresses."""
    key: Hashable
    name: str
    email: str | None = None
    lang: str | None = None
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of one channel: ``why`` is a code of :data:`WHY`; ``problem`` a reason code, None if it can be used.
    ``address`` is normalised, or as entered if it is not valid. ``contact_key`` is None for an own address."""
    contact_key: Hashable
    name: str
    address: str
    lang: str | None
    why: str
    problem: str | None = None
    internal: bool = False


@dataclass(frozen=True, slots=True)
class AddressBook:
    """What an invoice knows about its readers: the default contacts (R60), its own e-mail list if it uses one (R61,
    None: it does not), the customer's contacts by role (R63), and normalised addresses that must not be used."""

    default_contacts: tuple[Contact, ...] = ()
    own_emails: str | None = None
    role_contacts: Mapping = field(default_factory=dict)
    blacklisted: frozenset = frozenset()
    bounced: frozenset = frozenset()


@dataclass(frozen=True, slots=True)
class Resolution:
    """The recipients of a step through one channel, or the ``problem`` (reason code) that leaves it without any."""
    recipients: tuple[Recipient, ...]
    problem: str | None = None


def resolve_email(step: StepFacts, book: AddressBook) -> Resolution:
    """Who gets a step by e-mail (R60-R63): contacts with its role, else the own list, else the default contacts.

    Addresses are normalised, blanks stripped, duplicates dropped (the first stays); a bad one is kept with its problem.

    >>> book = AddressBook(default_contacts=(Contact(7, "Ann", "Ann@Example.com"), Contact(8, "Bob", "bob@")))
    >>> for recipient in resolve_email(StepFacts("a", "after_due"), book).recipients:
    ...     print(recipient.address, recipient.why, recipient.problem)
    ann@example.com invoice_contact None
    bob@ invoice_contact invalid_email
    >>> resolve_email(StepFacts("a", "after_due", role="boss"), book).problem
    'no_role_contact'
    """
    if step.role is None and book.own_emails is not None:
        return _resolution(_own(book.own_emails), book)
    if step.role is None:
        return _resolution(_addresses(book.default_contacts, "invoice_contact"), book)
    contacts = book.role_contacts.get(step.role, ())
    if not contacts:
        return Resolution((), "no_role_contact")
    return _resolution(_addresses(contacts, "role"), book)


def _own(text):
    return [Recipient(None, name, address, None, "own_list") for name, address in parse_address_list(text)]


def _addresses(contacts, why):
    return [
        Recipient(
            contact.key, contact.name, address, contact.lang, "internal_copy" if contact.internal else why,
            internal=contact.internal)
        for contact in contacts for _name, address in parse_address_list(contact.email or "")
    ]


def _resolution(found, book):
    unique = {}
    for recipient in found:
        unique.setdefault(recipient.address, recipient)
    recipients = tuple(replace(recipient, problem=_problem(recipient, book)) for recipient in unique.values())
    return Resolution(recipients, None if recipients else "no_recipient")


def _problem(recipient, book):
    if not is_email(recipient.address):
        return "invalid_email"
    if recipient.address in book.blacklisted:
        return "blacklisted"
    return "bounced" if recipient.address in book.bounced else None


def judge(resolution: Resolution, role_missing: str = "skip") -> Skip | Fail | None:
    """What a step without a usable recipient comes to, None if it has one (R63, R85). ``role_missing`` is ``skip`` or
    ``fail``: what the step wants if nobody has its role.

    >>> judge(Resolution((), "no_role_contact")), judge(Resolution((), "no_recipient"))
    (Skip(reason_code='no_role_contact', because_of=None), Fail(reason_code='no_recipient'))
    """
    if resolution.problem == "no_role_contact" and role_missing == "skip":
        return Skip("no_role_contact")
    if resolution.problem:
        return Fail(resolution.problem)
    problems = [recipient.problem for recipient in resolution.recipients]
    return Fail(problems[0]) if all(problems) else None


def is_within(recipient: Recipient, tree_keys: Iterable[Hashable], own_emails: str | None = None) -> bool:
    """Whether an automatic message may go to this recipient (R64): a contact in the customer's tree, an address of the
    invoice's own list, or an internal copy.

    >>> stranger = Recipient(9, "Eve", "eve@example.com", None, "invoice_contact")
    >>> is_within(stranger, {7, 8}), is_within(stranger, {9})
    (False, True)
    """
    if recipient.internal:
        return True
    if recipient.contact_key is not None:
        return recipient.contact_key in tree_keys
    return recipient.address in {address for _name, address in parse_address_list(own_emails or "")}


def is_email(address: str) -> bool:
    """Whether a bare address can receive mail as far as its form tells.

    >>> is_email("ann.lee+bills@mail.example.co.uk"), is_email("ann@localhost"), is_email("ann..lee@example.com")
    (True, False, False)
    """
    return len(address) <= MAX_EMAIL and bool(_EMAIL.fullmatch(address))


def parse_address_list(text: str) -> tuple[tuple[str, str], ...]:
    """(name, address) for each entry of a list as people paste it: commas, semicolons or line breaks between entries,
    each bare or as ``Name <address>`` (R61). Blanks are stripped, duplicates dropped. A valid address is lower-cased;
    an entry without one is given as it stands, so that it can be shown.

    >>> parse_address_list('"Lee, Ann" <Ann@Example.com>; bob@example.com\\n ann@example.com, nobody')
    (('Lee, Ann', 'ann@example.com'), ('', 'bob@example.com'), ('', 'nobody'))
    """
    found = {}
    for entry in _ENTRIES.findall(text):
        name, address = _parse_entry(entry.strip())
        if address:
            found.setdefault(address, name)
    return tuple((name, address) for address, name in found.items())


def _parse_entry(entry):
    name, address = parseaddr(entry)
    return (name, address.lower()) if is_email(address) else ("", entry)
