"""Addresses as they may stand in a header: one address, and beside it no name that could be read as another (R60)."""

from email.utils import getaddresses

from odoo.tools.mail import formataddr

from ..engine import addresses
from ..engine.address_list import is_email, parse_address_list


def format_address(name, address):
    """Return a header of a name and an address, its domain as a mail server takes it."""
    return formataddr((addresses.header_name(name or ""), addresses.on_the_wire(address) or address))


def format_addresses(text):
    """Return formatted addresses, made by Odoo or a template, in the form of `format_address`."""
    parsed = getaddresses([addresses.one_line(text or "")])
    return ", ".join(format_address(name, address) for name, address in parsed if "@" in address) or False


def format_sender(name, emails):
    """Return the header of the first valid address in a field that may hold several, False if there is none."""
    parsed = [address for _name, address in parse_address_list(emails or "") if is_email(address)]
    return format_address(name, parsed[0]) if parsed else False
