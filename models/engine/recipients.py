"""Who gets a message, at which address, and why; or why not (R60-R66, R85)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from .address_list import MAX_ENTRY, MAX_RECIPIENTS, is_email, parse_address_list
from .addresses import one_line, visible
from .facts import StepFacts
from .texts import _
from .verdict import Fail, Skip

WHY = {
    "invoice_contact": _("Invoice contact of the customer"),
    "own_list": _("Address entered on the invoice"),
    "role": _("Customer contact with role %(role)s"),
    "internal_copy": _("Internal copy for role %(role)s"),
    "chosen": _("Chosen for this message"),
    "entered": _("Address entered for this message"),
}
# In the United States and some other countries the number does not tell which of the two it is.
MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@dataclass(frozen=True, slots=True)
class Postal:
    """A postal address as entered; ``country`` is its name.

    What a letter needs is known per country: a postcode nearly everywhere, a state in some. One that is not
    ``confirmed`` may be somebody else's by now (R60).
    """

    street: str | None = None
    street2: str | None = None
    zip: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    needs_zip: bool = True
    needs_state: bool = False
    confirmed: bool = True

    @property
    def is_complete(self) -> bool:
        """Return whether a letter can be sent there; blanks alone are nothing."""
        needed = [self.street, self.city, self.country]
        needed += [self.zip] * self.needs_zip + [self.state] * self.needs_state
        return self.confirmed and all(one_line(part or "") for part in needed)

    @property
    def is_entered(self) -> bool:
        """Return whether there is anything of an address but the country, which stands on many a contact by itself."""
        return any(one_line(part or "") for part in (self.street, self.street2, self.zip, self.city))

    @property
    def line(self) -> str:
        """Return the address in one line, blanks stripped; empty if nothing was entered."""
        place = one_line(f"{self.zip or ''} {self.city or ''}")
        parts = (self.street, self.street2, place, self.state, self.country)
        return ", ".join(filter(None, (one_line(part or "") for part in parts)))


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of the customer, or with ``internal`` one of our own (R62).

    ``key`` is whatever the caller recognises it by; ``email`` is as entered and may hold several addresses, ``phone``
    is as entered, read with the two letters of ``country`` where it does not begin with a plus.
    """

    key: Hashable
    name: str
    email: str | None = None
    lang: str | None = None
    internal: bool = False
    phone: str | None = None
    country: str | None = None
    postal: Postal = field(default_factory=Postal)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of one channel.

    ``why`` is a code of :data:`WHY`; ``problem`` a reason code, None if it can be used. ``address`` is normalised
    (lower case, E.164, the postal address in one line), or as entered if it is not valid. ``contact_key`` is None for
    an own address.
    """

    contact_key: Hashable
    name: str
    address: str
    lang: str | None
    why: str
    problem: str | None = None
    internal: bool = False


@dataclass(frozen=True, slots=True)
class AddressBook:
    """Hold what an invoice knows about its readers.

    These are the default contacts and who stands in for them on a channel for which none of them has an address (R60),
    its own e-mail list if it uses one (R61, None: it does not; ``own_lang`` is what its readers are taken to read), the
    customer's contacts by role (R63), normalised addresses that must not be used, those from which messages came back
    with the reason code of each, and the country of the numbers that name none (R60b).
    """

    default_contacts: tuple[Contact, ...] = ()
    fallback: Contact | None = None
    own_emails: str | None = None
    own_lang: str | None = None
    role_contacts: Mapping = field(default_factory=dict)
    blacklisted: frozenset = frozenset()
    bounced: Mapping = field(default_factory=dict)
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom a person chose for one message (R74): contacts, and addresses as entered, which get e-mails alone."""

    contacts: tuple[Contact, ...] = ()
    emails: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The recipients of a step through one ``channel``, or the ``problem`` (reason code) that leaves it without any."""

    recipients: tuple[Recipient, ...]
    problem: str | None = None
    channel: str | None = None


def email_addresses(contact: Contact, country: str | None = None) -> list[tuple[str, str | None]]:
    """Return (address, problem) of each e-mail address of a contact (R60).

    >>> email_addresses(Contact(7, "Ann", "Ann@Example.com, bob@"))
    [('ann@example.com', None), ('bob@', 'invalid_email')]
    """
    return [(address, _email_problem(address)) for _name, address in parse_address_list(contact.email or "")]


def mobile_numbers(contact: Contact, country: str | None = None) -> list[tuple[str, str | None]]:
    """Return (E.164 or what was entered, problem) of a contact's phone number, if there is one.

    ``country`` is that of numbers that name none where the contact does not tell (R60b).

    >>> mobile_numbers(Contact(7, "Ann", phone="0470 12 34 56"), "BE"), mobile_numbers(Contact(7, "Ann"))
    ([('+32470123456', None)], [])
    """
    phone = visible(contact.phone or "").strip()[:MAX_ENTRY]
    return [read_mobile(phone, contact.country or country)] if phone else []


def postal_lines(contact: Contact, country: str | None = None) -> list[tuple[str, str | None]]:
    """Return (the address in one line, problem) of a contact, if anything of an address was entered (R85).

    >>> postal_lines(Contact(7, "Ann", postal=Postal("Street 1"))), postal_lines(Contact(7, "Ann"))
    ([('Street 1', 'incomplete_address')], [])
    """
    postal = contact.postal
    is_usable = postal.is_complete and len(postal.line) <= MAX_ENTRY
    return [(postal.line[:MAX_ENTRY], None if is_usable else "incomplete_address")] if postal.is_entered else []


def _email_problem(address):
    return None if is_email(address) else "invalid_email"


@dataclass(frozen=True, slots=True)
class Route:
    """How a ``channel`` finds its addresses.

    ``addresses`` gives the (address, problem) pairs of a contact, read with the country of what names none; with
    ``uses_own_list`` an invoice's own list of e-mail addresses comes before its contacts (R61); ``unreachable`` is the
    problem with which each contact stands where none has an address, None where they are left out (R85).
    """

    channel: str
    addresses: Callable[[Contact, str | None], list[tuple[str, str | None]]]
    uses_own_list: bool = False
    unreachable: str | None = None


def resolve(step: StepFacts, book: AddressBook, route: Route, chosen: Chosen | None = None) -> Resolution:
    """Return who gets a step through a channel (R60-R63, R74).

    That is whom a person chose for it, else contacts with its role, else the own list where the channel uses it, else
    the default contacts, else who stands in for them. A contact without an address for the channel is left out.

    Addresses are normalised, blanks stripped, duplicates dropped (the first stays); a bad one is kept with its problem.

    >>> book = AddressBook(default_contacts=(
    ...     Contact(7, "Ann", "Ann@Example.com", phone="0470 12 34 56", country="BE"), Contact(8, "Bob", "bob@")))
    >>> mail = Route("email", email_addresses, uses_own_list=True)
    >>> for recipient in resolve(StepFacts("a", "after_due"), book, mail).recipients:
    ...     print(recipient.address, recipient.why, recipient.problem)
    ann@example.com invoice_contact None
    bob@ invoice_contact invalid_email
    >>> phone = Route("sms", mobile_numbers)
    >>> [recipient.address for recipient in resolve(StepFacts("a", "after_due"), book, phone).recipients]
    ['+32470123456']
    >>> resolve(StepFacts("a", "after_due", role="boss"), book, mail).problem
    'no_role_contact'
    >>> chosen = Chosen((Contact(9, "Eve", "eve@example.com"),), "Dan <dan@example.com>")
    >>> [recipient.why for recipient in resolve(StepFacts("a", "after_due"), book, mail, chosen).recipients]
    ['chosen', 'entered']
    """
    if chosen is not None:
        found = _reached(chosen.contacts, "chosen", book, route)
        if route.uses_own_list:
            found += _own(chosen.emails, book.own_lang, "entered")
        return _resolution(found, book, route.channel)
    if step.role is not None:
        contacts, why = book.role_contacts.get(step.role, ()), "role"
    elif route.uses_own_list and book.own_emails is not None:
        return _resolution(_own(book.own_emails, book.own_lang, "own_list"), book, route.channel)
    else:
        contacts, why = _default_contacts(book, route), "invoice_contact"
    if step.role is not None and not contacts:
        return Resolution((), "no_role_contact", route.channel)
    return _resolution(_reached(contacts, why, book, route), book, route.channel)


def _default_contacts(book, route):
    """Return the contacts of a step without a role (R60)."""
    stands_in = book.fallback and not any(route.addresses(contact, book.country) for contact in book.default_contacts)
    if stands_in and route.addresses(book.fallback, book.country):
        return (book.fallback,)
    return book.default_contacts


def _reached(contacts, why, book, route):
    found = {contact: route.addresses(contact, book.country) for contact in contacts}
    if route.unreachable and not any(found.values()):
        found = {contact: [(contact.name, route.unreachable)] for contact in contacts}
    return [
        Recipient(
            contact.key,
            contact.name,
            address,
            contact.lang,
            "internal_copy" if contact.internal else why,
            problem,
            contact.internal,
        )
        for contact, addresses in found.items()
        for address, problem in addresses
    ]


def _own(text, lang, why):
    return [
        Recipient(None, name, address, lang, why, _email_problem(address)) for name, address in parse_address_list(text)
    ]


@lru_cache(maxsize=10000)
def read_mobile(text: str, country: str | None = None) -> tuple[str, str | None]:
    """Return (number in E.164, None), or (text stripped, reason code) for a number that takes no SMS (R88).

    >>> read_mobile("+32 470 12 34 56"), read_mobile("02 229 03 490", "BE"), read_mobile("12345", "BE")
    (('+32470123456', None), ('02 229 03 490', 'invalid_phone'), ('12345', 'invalid_phone'))
    >>> read_mobile("02 229 03 49", "BE")
    ('+3222290349', 'not_mobile')
    """
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return text.strip(), "invalid_phone"
    if not phonenumbers.is_valid_number(number):
        return text.strip(), "invalid_phone"
    address = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return address, None if phonenumbers.number_type(number) in MOBILE else "not_mobile"


def _resolution(found, book, channel):
    unique = {}
    for recipient in found:
        unique.setdefault(recipient.address, recipient)
    if len(unique) > MAX_RECIPIENTS:
        return Resolution((), "too_many_recipients", channel)
    recipients = tuple(replace(recipient, problem=_problem(recipient, book)) for recipient in unique.values())
    return Resolution(recipients, None if recipients else "no_recipient", channel)


def _problem(recipient, book):
    if recipient.problem:
        return recipient.problem
    if recipient.address in book.blacklisted:
        return "blacklisted"
    return book.bounced.get(recipient.address)


def judge(resolution: Resolution, role_missing: str = "skip") -> Skip | Fail | None:
    """Return what a step without a usable recipient comes to, None if it has one or has reached all (R63, R85).

    ``role_missing`` is ``skip`` or ``fail``: what the step wants if nobody has its role.

    >>> judge(Resolution((), "no_role_contact")), judge(Resolution((), "no_recipient"))
    (Skip(reason_code='no_role_contact', because_of=None), Fail(reason_code='no_recipient'))
    >>> judge(Resolution(()))
    """
    if resolution.problem == "no_role_contact" and role_missing == "skip":
        return Skip("no_role_contact")
    if resolution.problem:
        return Fail(resolution.problem)
    problems = [recipient.problem for recipient in resolution.recipients]
    return Fail(problems[0]) if problems and all(problems) else None


def confine(resolution: Resolution, tree_keys: Iterable[Hashable], own_emails: str | None = None) -> Resolution:
    """Return the same recipients, with the problem ``not_allowed_recipient`` where no automatic message may go (R64).

    So it is with who is neither a contact in the customer's tree, nor on the invoice's own list, nor gets an internal
    copy.

    >>> stranger = Resolution((Recipient(9, "Eve", "eve@example.com", None, "invoice_contact"),))
    >>> confine(stranger, {7, 8}).recipients[0].problem
    'not_allowed_recipient'
    >>> confine(stranger, {7, 9}) == stranger
    True
    """
    tree_keys = frozenset(tree_keys)
    own = frozenset(address for _name, address in parse_address_list(own_emails or ""))
    return replace(
        resolution,
        recipients=tuple(
            recipient if _is_within(recipient, tree_keys, own) else replace(recipient, problem="not_allowed_recipient")
            for recipient in resolution.recipients
        ),
    )


def _is_within(recipient, tree_keys, own):
    if recipient.contact_key is None:
        return recipient.internal or recipient.address in own
    return recipient.internal or recipient.contact_key in tree_keys


def refuse(resolution: Resolution, keys: Iterable[Hashable], problem: str) -> Resolution:
    """Return the same recipients, those contacts that have no problem yet with this one (R85).

    >>> ann = Resolution((Recipient(7, "Ann", "Long Street 1", None, "invoice_contact"),))
    >>> refuse(ann, {7}, "address_too_long").recipients[0].problem, refuse(ann, {8}, "address_too_long") == ann
    ('address_too_long', True)
    """
    keys = frozenset(keys)
    return replace(
        resolution,
        recipients=tuple(
            replace(recipient, problem=recipient.problem or problem) if recipient.contact_key in keys else recipient
            for recipient in resolution.recipients
        ),
    )
