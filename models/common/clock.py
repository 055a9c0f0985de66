"""The one place where the addon's models read the clock."""

from odoo import fields

from ..engine import moments
from . import trusted_context


def at(records, instant):
    """Return the same records, for whose code it is this UTC instant."""
    return trusted_context.put(records, chasing_now=instant)


def now(env):
    """Return the present UTC instant to the second, or what the outermost caller said by `at`."""
    return trusted_context.get(env, "chasing_now") or fields.Datetime.now()


def zone(company):
    """Return the name of a company's chasing time zone, UTC where there is no company."""
    return company._chasing_timezone() if company else "UTC"


def today(company):
    """Return the present local date in a company's chasing time zone."""
    return local_day(now(company.env), company)


def day_start(day, company):
    """Return the UTC instant at which a local day begins in a company's chasing time zone."""
    return moments.instant(day, 0, company._chasing_timezone())


def local_day(instant, company):
    """Return the local date of a UTC instant in a company's chasing time zone."""
    return moments.local(instant, company._chasing_timezone()).date()
