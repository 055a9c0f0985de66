"""What people enter, or hand in from outside, read and checked in one place."""

import re
from datetime import timedelta

import pytz

from odoo import fields
from odoo.exceptions import UserError

from . import clock

# Something can be put off by so many days.
FARTHEST = 3650
# A field of this type -> it takes so many characters.
LIMITS = {"char": 500, "text": 20_000, "html": 200_000}
# No column of whole numbers keeps a larger one.
LARGEST = 2**31 - 1
# No database keeps these characters.
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


def parse_day(env, value):
    """Return the date that was entered, None for none."""
    try:
        return fields.Date.to_date(value)
    except (LookupError, TypeError, ValueError) as error:
        raise UserError(
            env._("“%(value)s” is not a date. Enter one like 2026-12-31.", value=str(value)[:40])
        ) from error


def parse_ids(env, value):
    """Return the ids of the records that a dialog is about, each once."""
    ids = value or []
    if not isinstance(ids, list) or any(type(record_id) is not int for record_id in ids):
        raise UserError(env._("This is not a valid selection. Select the records in the list."))
    return list(dict.fromkeys(ids))


def check_within_ten_years(env, date, company):
    """Refuse a local date so far ahead that nobody means it."""
    if not is_within_ten_years(date, company):
        raise UserError(env._("Choose a date within the next ten years."))


def is_within_ten_years(date, company):
    """Return whether a local date is not so far ahead that nobody means it."""
    return date <= clock.today(company) + timedelta(FARTHEST)


def is_near(env, date):
    """Return whether a date was entered that somebody may mean, past or future: clocks can be asked about it."""
    return bool(date) and abs(date - clock.now(env).date()) <= timedelta(FARTHEST)


def parse_pause_end(env, value, companies):
    """Return the date on which a pause ends by itself, None if a person is to end it (R36, R37).

    :param value: what was entered
    :param companies: on whose clocks it has to lie ahead
    """
    until = parse_day(env, value)
    for company in companies if until else ():
        if until <= clock.today(company):
            raise UserError(env._("A pause must end in the future. Choose a later date."))
        check_within_ten_years(env, until, company)
    return until


def parse_reason(env, value):
    """Return why something is done, in a person's words; None without."""
    if value and not isinstance(value, str):
        raise UserError(env._("Enter the reason as text."))
    check_text(env, env._("The reason"), value or "", LIMITS["char"])
    return value or None


def check_text(env, name, text, limit):
    """Refuse a text that nobody means, or that the database would refuse in its own words.

    :param name: what it is, in the user's language
    """
    if len(text) > limit:
        raise UserError(
            env._("%(name)s is longer than %(limit)s characters. Shorten it.", name=name, limit=f"{limit:,}")
        )
    if _UNKEEPABLE.search(text):
        raise UserError(env._("%(name)s contains a character that cannot be stored. Type it again.", name=name))


def check_texts(records, vals, limits=None):
    """Refuse texts among the values of a record that are too long, or no texts.

    :param limits: {field: characters it takes}, where others than those of its type
    """
    for name, value in vals.items():
        field = records._fields.get(name)
        if field is None or not value or field.type not in LIMITS:
            continue
        limit = (limits or {}).get(name, LIMITS[field.type])
        check_text(records.env, field._description_string(records.env), str(value), limit)


def check_values(records, vals):
    """Refuse in a sentence what no column keeps: no day, no number or too large a one, none of the values to choose."""
    env = records.env
    for name, value in vals.items():
        field = records._fields.get(name)
        if field is None or not field.store:
            continue
        label = field._description_string(env)
        if field.type == "date":
            parse_day(env, value)
        elif field.type == "integer" and not _is_whole_number(value):
            raise UserError(env._("Enter a whole number: %(field)s.", field=label))
        elif field.type == "selection" and not _is_choice(field, value, env):
            raise UserError(env._("Choose one of the values: %(field)s.", field=label))


def _is_choice(field, value, env):
    if callable(field.selection) or isinstance(field.selection, str):
        # A `KnownSelection` asks itself.
        return True
    # What a client makes up may be anything, which not every collection can be asked for.
    is_empty = value is None or value is False or value == ""
    return not field.required if is_empty else value in field.get_values(env)


def _is_whole_number(value):
    try:
        return abs(int(value or 0)) <= LARGEST
    except (OverflowError, TypeError, ValueError):
        return False


def parse_zone(env, name):
    """Return the name of a time zone, False for none; one that nobody knows is refused."""
    if name and (not isinstance(name, str) or name not in pytz.all_timezones_set):
        raise UserError(env._("There is no time zone “%(zone)s”. Choose one from the list.", zone=str(name)[:40]))
    return name or False
