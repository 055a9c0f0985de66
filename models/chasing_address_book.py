from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, models

from .engine import recipients

CONTACT_FIELDS = [
    "name",
    "commercial_partner_id",
    "parent_id",
    "type",
    "email",
    "phone",
    "lang",
    "street",
    "street2",
    "zip",
    "city",
    "state_id",
    "country_id",
    "message_bounce",
    "chasing_role_ids",
]


class ChasingAddressBook(models.AbstractModel):
    """Customers and their contacts in, the engine's recipients out: who gets a step through a channel, at which address
    and why (R60-R66). Sending, showing and predicting ask here, so that they cannot differ."""

    _name = "chasing.address.book"
    _description = "Chasing Address Book"

    @api.model
    def _resolve(self, steps, channels=None, by_person=False):
        """{(step, channel): engine Resolution}, in a number of queries that does not grow with the steps.

        :param steps: chasing.step of any number of invoices
        :param channels: {step: names of channels}, None: those of each step
        :param by_person: a person sends: an address whose messages came back before may be tried again
        """
        # Odoo's blacklists work on archived entries too: whoever asks from there must not get those
        self, steps = self.with_context(active_test=True), steps.sudo()
        books = self._books(steps.schedule_id, by_person)
        found, known, providers = {}, {}, {}
        for step, facts in zip(steps, steps._facts(), strict=True):
            schedule = step.schedule_id
            for channel in channels[step] if channels else facts.channels:
                key = (schedule.id, facts.role, channel)
                if key not in known:
                    known[key] = self._within(recipients.resolve(facts, books[schedule.id], channel), schedule)
                    if channel == "letter":
                        known[key] = self._fitting(known[key], schedule.company_id, providers)
                found[step, channel] = known[key]
        return found

    def _within(self, resolution, schedule):
        """R64: whoever is neither in the customer's tree nor on the invoice's own list is refused, however they came
        to be found."""
        customer = schedule.move_id.commercial_partner_id
        own = schedule.own_emails if schedule.use_own_contacts else None
        partners = self.env["res.partner"].browse(
            one.contact_key for one in resolution.recipients if one.contact_key and not one.internal
        )
        tree = {partner.id for partner in partners if partner.commercial_partner_id == customer}
        return recipients.confine(resolution, tree, own)

    def _fitting(self, resolution, company, providers):
        """R85: an address that the window of the envelope does not show whole cannot be used.

        :param providers: {company: its postal provider}, those that are known
        """
        if company not in providers:
            providers[company] = self.env["chasing.postal.provider"]._expected(company)
        letters, partners, provider = self.env["chasing.letter"], self.env["res.partner"], providers[company]
        keys = [one.contact_key for one in resolution.recipients if not one.problem]
        too_long = {key for key in keys if not letters._fits(partners.browse(key), company, provider)}
        return recipients.refuse(resolution, too_long, "address_too_long")

    # ------------------------------------------------------------------ books

    def _books(self, schedules, by_person=False):
        """{schedule id: engine AddressBook}."""
        moves = schedules.move_id
        trees = self._trees(moves)
        pages = {customer: _Page(contacts) for customer, contacts in trees.items()}
        contacts = self.env["res.partner"].union(*trees.values(), moves.partner_id)
        holders = self.env["chasing.contact.role.holder"].sudo().search([])
        addresses = self._blacklisted(
            contacts | holders.user_id.partner_id | moves.invoice_user_id.partner_id,
            schedules.filtered("use_own_contacts").mapped("own_emails"),
        )
        bounced = frozenset() if by_person else self._bounced(contacts)
        return {
            schedule.id: self._book(schedule, pages, holders, blacklisted=addresses, bounced=bounced)
            for schedule in schedules
        }

    def _trees(self, moves):
        """{customer: all contacts of its tree}."""
        partners = self.env["res.partner"].sudo().search_fetch(
            [("commercial_partner_id", "in", moves.commercial_partner_id.ids)], CONTACT_FIELDS, order="id"
        )
        return partners.grouped("commercial_partner_id")

    def _book(self, schedule, pages, holders, **known):
        move = schedule.move_id
        page = pages.get(move.commercial_partner_id) or _Page(move.partner_id)
        own = (schedule.own_emails or "") if schedule.use_own_contacts else None
        return recipients.AddressBook(
            default_contacts=page.invoice_contacts or (page.contact(move.partner_id),),
            own_emails=own,
            own_lang=move.partner_id.lang or None,
            role_contacts=self._with_copies(page.role_contacts, holders, move),
            **known,
        )

    def _with_copies(self, role_contacts, holders, move):
        """The customer's contacts by role, with those of our own people who hold it for this invoice."""
        found = defaultdict(tuple, role_contacts)
        for holder in holders:
            if user := holder._user_for(move):
                found[holder.role_id.id] += (_contact(user.partner_id, internal=True),)
        return found

    def _blacklisted(self, partners, own_lists):
        """The addresses and numbers on Odoo's blacklists, which its own posting does not consult.

        :param partners: whose addresses and numbers are looked up
        :param own_lists: texts of invoices' own lists
        """
        texts = [*partners.mapped("email"), *own_lists]
        emails = {address for text in texts for _name, address in recipients.parse_address_list(text or "")}
        numbers = {recipients.read_mobile(one.phone, _country(one))[0] for one in partners if one.phone}
        own = self.env["mail.blacklist"].sudo().search_fetch([("email", "in", list(emails))], ["email"])
        phones = self.env["phone.blacklist"].sudo().search_fetch([("number", "in", list(numbers))], ["number"])
        return frozenset(own.mapped("email")) | frozenset(phones.mapped("number"))

    def _bounced(self, partners):
        """The addresses to which Odoo knows messages to come back; a message from there clears it."""
        return frozenset(
            address
            for partner in partners
            if partner.message_bounce
            for _name, address in recipients.parse_address_list(partner.email or "")
        )


@dataclass
class _Page:
    """One customer's contacts, turned into the engine's once for all of its invoices."""

    partners: models.Model
    known: dict = field(default_factory=dict)

    def __post_init__(self):
        self.invoice_contacts = tuple(self.contact(one) for one in self.partners if one.type == "invoice")
        by_role = defaultdict(list)
        for partner in self.partners:
            for role in partner.chasing_role_ids:
                by_role[role.id].append(self.contact(partner))
        self.role_contacts = {role: tuple(contacts) for role, contacts in by_role.items()}

    def contact(self, partner):
        if partner.id not in self.known:
            self.known[partner.id] = _contact(partner)
        return self.known[partner.id]


def _contact(partner, internal=False):
    return recipients.Contact(
        partner.id,
        partner.name or partner.commercial_partner_id.name or "",
        partner.email or None,
        partner.lang or None,
        internal,
        partner.phone or None,
        _country(partner),
        _postal(partner),
    )


def _country(partner):
    """The two letters of the country in which a contact's number is read."""
    return partner.country_id.code or partner.commercial_partner_id.country_id.code or None


def postal_place(partner):
    """Where a contact gets letters: one of whom nothing is known is reached at its company."""
    return partner if partner.street or partner.city else partner.commercial_partner_id


def _postal(partner):
    """The postal address of a contact."""
    at = postal_place(partner)
    country = at.country_id
    return recipients.Postal(
        at.street or None,
        at.street2 or None,
        at.zip or None,
        at.city or None,
        at.state_id.name or None,
        country.name or None,
        needs_zip=country.zip_required if country else True,
        needs_state=bool(country.state_required),
    )
