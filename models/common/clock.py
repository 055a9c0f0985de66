"""The one place where the addon's models read the clock."""

from odoo import fields
from odoo.tools import format_datetime

from ..engine import moments
from . import marks


def at(records, instant):
    """The same records, for whose code it is this UTC instant."""
    return marks.put(records, chasing_now=instant)


def now(env):
    """The present UTC instant to the second, or what the outermost caller said by `at`."""
    return marks.get(env, "chasing_now") or fields.Datetime.now()


def today(company):
    """The present local date in a company's chasing time zone."""
    return local_day(now(company.env), company)


def local_day(instant, company):
    """The local date of a UTC instant in a company's chasing time zone."""
    return moments.local(instant, company._chasing_timezone()).date()


def local_text(env, instant, timezone):
    """An instant as the reader's language writes it on the clocks of a zone, to the minute; an empty text for none."""
    if not instant:
        return ""
    return format_datetime(env, instant, tz=timezone, dt_format="EEE d MMM yyyy HH:mm")
