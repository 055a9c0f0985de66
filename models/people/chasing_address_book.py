from collections import defaultdict
from dataclasses import dataclass, field, replace

from odoo import api, models

from ..engine import address_list, addresses, prediction, recipients

ADDRESS_FIELDS = ["email", "phone", "street", "street2", "zip", "city", "state_id", "country_id"]
CONTACT_FIELDS = [
    "name",
    "commercial_partner_id",
    "parent_id",
    "type",
    "lang",
    *ADDRESS_FIELDS,
    "chasing_role_ids",
    "chasing_confirmed_address",
]


class ChasingAddressBook(models.AbstractModel):
    """Customers and their contacts in, the engine's recipients out (R60-R66).

    It tells who gets a step through a channel, at which address and why. Sending, showing and predicting ask here, so
    that they cannot differ.
    """

    _name = "chasing.address.book"
    _description = "Chasing Address Book"

    @api.model
    def _resolve(self, steps, channels=None, by_person=False):
        """Return {(step, channel): engine Resolution}, in a number of queries that does not grow with the steps.

        :param steps: chasing.step of any number of invoices
        :param channels: {step: names of channels}, None: those of each step
        :param by_person: a person sends: an address whose messages came back before may be tried again
        """
        # Odoo's blacklists work on archived entries too: whoever asks from there must not get those.
        self, steps = self.with_context(active_test=True), steps.sudo()
        chosen = self._chosen(steps)
        books = self._books(steps.schedule_id, by_person, chosen)
        channels_by_code = self.env["chasing.channel"]._all()
        routes = {code: channel._route() for code, channel in channels_by_code.items()}
        places, resolutions = {}, defaultdict(dict)
        for step, facts in zip(steps, steps._facts(), strict=True):
            schedule, own = step.schedule_id, chosen.get(step)
            for channel in sorted(channels[step] if channels else facts.channels):
                group, key = (schedule.company_id, channel), (schedule.id, facts.role, own and step.id)
                if key not in resolutions[group]:
                    resolution = recipients.resolve(facts, books[schedule.id], routes[channel], own and own.facts)
                    resolutions[group][key] = (
                        own.within(resolution, schedule.company_id) if own else self._within(resolution, schedule)
                    )
                places[step, channel] = group, key
        fitting = {
            (company, code): channels_by_code[code]._fit(of_group, company)
            for (company, code), of_group in resolutions.items()
        }
        return {place: fitting[group][key] for place, (group, key) in places.items()}

    @api.model
    def _addressed(self, steps, at, channels=None, by_person=False):
        """Resolve steps, with nobody reached through a channel by which a step cannot leave (R85).

        Whoever sends, shows and predicts asks here.

        :param at: {step: the UTC instant at which it goes}
        """
        resolutions, kept = self._resolve(steps, channels, by_person), {}
        for (company, channel), keys in self._by_channel(resolutions).items():
            going = steps.browse(step.id for step, _channel in keys).with_company(company).sudo()
            model = self.env["chasing.channel"]._all()[channel].with_company(company).sudo()
            kept |= {(step, channel): code for step, code in model._obstacles(going, at).items()}
        return {
            key: prediction.obstruct(resolution, kept[key]) if key in kept else resolution
            for key, resolution in resolutions.items()
        }

    def _by_channel(self, resolutions):
        """Return {(company, channel): keys} of resolutions."""
        groups = defaultdict(list)
        for step, channel in resolutions:
            groups[step.company_id, channel].append((step, channel))
        return groups

    def _within(self, resolution, schedule):
        """Refuse whoever is neither in the customer's tree nor on the invoice's own list (R64).

        It does not matter how they came to be found.
        """
        customer = schedule.move_id.commercial_partner_id
        own = schedule.own_emails if schedule.use_own_contacts else None
        partners = self.env["res.partner"].browse(
            recipient.contact_key
            for recipient in resolution.recipients
            if recipient.contact_key and not recipient.internal
        )
        tree = {partner.id for partner in partners if partner.commercial_partner_id == customer}
        tree.add(schedule.move_id.partner_id.id)
        return recipients.confine(resolution, tree, own)

    def _chosen(self, steps):
        """Return {step: _Choice} of those for which a person chose who gets them (R74)."""
        choices = {}
        for step in steps:
            # Whoever is archived now was chosen all the same: the others do not get it instead.
            partners = step.with_context(active_test=False).to_ids
            if partners or step.to_emails:
                choices[step] = _Choice(partners.filtered("active"), step.to_emails or "")
        return choices

    def _books(self, schedules, by_person, chosen):
        """Return {schedule id: engine AddressBook}.

        :param chosen: {step: _Choice}
        """
        moves = schedules.move_id
        trees = self._trees(moves)
        pages = {customer: _Page(contacts) for customer, contacts in trees.items()}
        contacts = self.env["res.partner"].union(*trees.values(), moves.partner_id)
        holders = self.env["chasing.contact.role.holder"].sudo().search([])
        colleagues = holders.user_id.partner_id | moves.invoice_user_id.partner_id
        contacts |= contacts.union(*(choice.partners for choice in chosen.values()))
        used = self._addresses(contacts | colleagues, schedules.company_id)
        used |= emails_in(schedules.filtered("use_own_contacts").mapped("own_emails"))
        used |= emails_in(choice.emails for choice in chosen.values())
        blacklisted = self._blacklisted(used)
        bounced = {} if by_person else self._bounced(used)
        return {
            schedule.id: self._book(schedule, pages, holders, blacklisted=blacklisted, bounced=bounced)
            for schedule in schedules
        }

    def _trees(self, moves):
        """Return {customer: all contacts of its tree that are not archived}."""
        partners = (
            self.env["res.partner"]
            .sudo()
            .search_fetch(
                [("commercial_partner_id", "in", moves.commercial_partner_id.ids)], CONTACT_FIELDS, order="id"
            )
        )
        return partners.grouped("commercial_partner_id")

    @api.model
    def _default_contacts(self, moves):
        """Return {move id: the contacts a message about it goes to by default} (R60)."""
        trees = self.with_context(active_test=True)._trees(moves)
        moved = moves.sudo().chasing_schedule_ids.filtered(lambda schedule: schedule._has_moved()).move_id
        nobody = moves.partner_id.browse()
        return {
            move.id: self._readers(move, trees.get(move.commercial_partner_id, nobody), move in moved)[0]
            for move in moves
        }

    def _readers(self, move, tree, has_moved):
        """Return (default contacts of an invoice, who stands in for those without an address) (R60).

        Who belongs to another customer by now gets their own invoices, and nobody in their stead.

        :param tree: the contacts of the invoice's customer
        """
        partner = move.partner_id.filtered("active")
        if has_moved:
            return partner, partner.browse()
        if partner.type == "invoice":
            return partner, tree & move.commercial_partner_id
        return tree.filtered(lambda contact: contact.type == "invoice") or partner, tree & move.commercial_partner_id

    def _book(self, schedule, pages, holders, **unusable):
        move, has_moved = schedule.move_id, schedule._has_moved()
        page = pages.get(move.commercial_partner_id)
        if has_moved or not page:
            page = _Page(move.partner_id.filtered("active"), has_moved)
        contacts, fallback = self._readers(move, page.partners, has_moved)
        own = (schedule.own_emails or "") if schedule.use_own_contacts else None
        return recipients.AddressBook(
            default_contacts=tuple(page.contact(partner) for partner in contacts),
            fallback=page.contact(fallback) if fallback else None,
            own_emails=own,
            own_lang=move.partner_id.lang or None,
            role_contacts=self._with_copies(page.role_contacts, holders, move),
            country=schedule.company_id.country_id.code or None,
            **unusable,
        )

    def _with_copies(self, role_contacts, holders, move):
        """Return the customer's contacts by role, with those of our own people who hold it for this invoice."""
        by_role = defaultdict(tuple, role_contacts)
        for holder in holders:
            if user := holder._user_for(move):
                colleague = _contact(user.partner_id, _postal(postal_place(user.partner_id)), internal=True)
                by_role[holder.role_id.id] += (colleague,)
        return by_role

    @api.model
    def _addresses(self, partners, companies):
        """Return the addresses of these contacts on every channel, normalised.

        They are those to which messages in the name of these companies go.
        """
        countries = {company.country_id.code or None for company in companies}
        contacts = [
            _contact(partner, _postal(place)) for partner in partners for place in partner | postal_place(partner)
        ]
        return {
            address
            for channel in self.env["chasing.channel"]._all().values()
            for contact in contacts
            for country in countries
            for address, _problem in channel._addresses(contact, country)
        }

    @api.model
    def _bounced(self, used):
        """Return {address: reason code} of those from which messages came back.

        Hook: extended by dispatch.

        :param used: normalised addresses
        """
        return {}

    @api.model
    def _mark_as_working(self, entered):
        """Note that a person entered these addresses as ones that work.

        Hook: extended by dispatch.

        :param entered: normalised addresses
        """

    def _blacklisted(self, used):
        """Return those of these addresses that are on a blacklist, which Odoo's own posting does not consult."""
        channels = self.env["chasing.channel"]._all().values()
        return frozenset().union(*(channel._blacklisted(used) for channel in channels))


@dataclass
class _Page:
    """One customer's contacts, turned into the engine's once for all of its invoices."""

    partners: models.Model
    has_moved: bool = False
    contacts: dict = field(default_factory=dict)

    def __post_init__(self):
        by_role = defaultdict(list)
        for partner in self.partners:
            for role in partner.chasing_role_ids:
                by_role[role.id].append(replace(self.contact(partner), postal=self.postal(postal_place(partner))))
        self.role_contacts = {role: tuple(contacts) for role, contacts in by_role.items()}

    def contact(self, partner):
        if partner.id not in self.contacts:
            self.contacts[partner.id] = _contact(partner, self.postal(partner))
        return self.contacts[partner.id]

    def postal(self, partner):
        """Return a contact's postal address, and whether it can be relied on (R60).

        A private person's address becomes that of the company they join: a letter about what they owed before waits
        until somebody has confirmed it.
        """
        postal = _postal(partner)
        return replace(postal, confirmed=not self.has_moved or partner.chasing_confirmed_address == postal.line)


class _Choice:
    """Whom a person chose for one message (R74)."""

    def __init__(self, partners, emails):
        self.partners, self.emails = partners, emails
        contacts = (_contact(partner, _postal(postal_place(partner))) for partner in partners)
        self.facts = recipients.Chosen(tuple(contacts), emails)

    def within(self, resolution, company):
        """Refuse the contacts of another company; R64 does not bind whoever was warned."""
        foreign = self.partners.filtered(lambda partner: partner.company_id not in company.parent_ids)
        return recipients.refuse(resolution, foreign.filtered("company_id").ids, "not_allowed_recipient")


def _contact(partner, postal, internal=False):
    return recipients.Contact(
        partner.id,
        addresses.one_line(partner.name or partner.commercial_partner_id.name or ""),
        partner.email or None,
        partner.lang or None,
        internal,
        partner.phone or None,
        _country(partner),
        postal,
    )


def emails_in(texts):
    """Return the normalised e-mail addresses in these texts, also those that are not valid."""
    return {address for text in texts for _name, address in address_list.parse_address_list(text or "")}


def _country(partner):
    """Return the two letters of the country in which a contact's number is read, as far as the contact tells."""
    return partner.country_id.code or partner.commercial_partner_id.country_id.code or None


def postal_place(partner):
    """Return where a contact gets letters: one of whom nothing is known is reached at its company."""
    return partner if _postal(partner).is_entered else partner.commercial_partner_id


def postal_line(partner):
    """Return the postal address that stands on a contact, in one line."""
    return _postal(partner).line


def _postal(at):
    """Return the postal address that stands on a contact."""
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
