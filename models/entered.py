"""What people enter, or hand in from outside, read and checked in one place."""
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from . import clock

# so many days ahead something can be put off
FARTHEST = 3650


def day(env, value):
    """The date that was entered, None for none."""
    try:
        return fields.Date.to_date(value)
    except (LookupError, TypeError, ValueError) as error:
        raise UserError(env._("%(value)s is not a day. Enter one like 2026-12-31.", value=value)) from error


def ids(env, value):
    """The ids of the records that a dialog is about, each once."""
    found = value or []
    if not isinstance(found, list) or any(type(one) is not int for one in found):
        raise UserError(env._("It is not clear what is meant. Select them in the list."))
    return list(dict.fromkeys(found))


def check_near(env, date, company):
    """Refuse a local date so far ahead that nobody means it."""
    if date > clock.today(company) + timedelta(FARTHEST):
        raise UserError(env._("Choose a day within the next ten years."))


def pause_end(env, value, companies):
    """The date on which a pause ends by itself, None if a person is to end it (R36, R37).

    :param value: what was entered
    :param companies: on whose clocks it has to lie ahead
    """
    until = day(env, value)
    for company in companies if until else ():
        if until <= clock.today(company):
            raise UserError(env._("A pause ends on a day to come. Choose a later date."))
        check_near(env, until, company)
    return until


def reason(env, value):
    """Why something is done, in a person's words; None without."""
    if value and not isinstance(value, str):
        raise UserError(env._("Enter the reason as text."))
    return value or None
