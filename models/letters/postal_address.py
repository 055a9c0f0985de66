"""Where a letter goes and comes from: the address of a contact as providers take it, and as it stands on paper."""

from ..engine.addresses import one_line
from ..engine.letter_layout import LAYOUTS, fit
from ..people.chasing_address_book import postal_place
from ..postal.client import Address


def address_of(partner, without_company=False):
    """Return the address of a contact as the postal clients take it.

    :param partner: a res.partner
    :param without_company: leave out the company to which the contact belongs by now: it is none of its business (R60)
    """
    place = postal_place(partner)
    company = "" if without_company else partner.commercial_company_name or ""
    person = partner.name or ""
    return Address(
        name="" if person == company else one_line(person),
        company=one_line(company),
        street=one_line(place.street or ""),
        street2=one_line(place.street2 or ""),
        zip=one_line(place.zip or ""),
        city=one_line(place.city or ""),
        state_code=place.state_id.code or "",
        country_code=place.country_id.code or "",
    )


def address_lines(partner, company, without_company=False):
    """Return the lines of a contact's address in the manner of its country.

    The country itself stands there, in capitals, only where the letter goes abroad from the company.

    :param partner: a res.partner
    :param company: the res.company that sends the letter
    :param without_company: see `address_of`
    """
    place = postal_place(partner).with_context(lang=company.partner_id.lang)
    address = address_of(partner, without_company)
    lines = place._display_address(without_company=True).splitlines()
    country = place.country_id.name
    if country and lines and lines[-1].strip() == country:
        lines[-1] = "" if place.country_id == company.country_id else country.upper()
    return [one_line(line) for line in (address.company, address.name, *lines) if one_line(line)]


def fits_window(partner, company, provider):
    """Return whether a contact's address fits the window of the envelope that a provider uses.

    :param partner: a res.partner
    :param company: the res.company that sends the letter
    :param provider: its chasing.postal.provider
    """
    lines = address_lines(partner, company)
    return provider._prints_addresses() or bool(fit(lines, LAYOUTS[provider.layout].address))
