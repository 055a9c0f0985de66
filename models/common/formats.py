"""Dates, instants, numbers and amounts in a reader's words: they are written here and nowhere else.

The month stands in letters and in the order of the language, so that nobody takes 3/4 for another day. An instant has
its weekday and is told on the clocks of the company that chases; whoever lives by other clocks is told by which.
"""

import pytz
from babel import dates

from odoo.tools import format_amount, formatLang, get_lang
from odoo.tools.misc import babel_locale_parse

from ..engine import moments

# English is written the same in every country: 24 Nov 2026. Other languages have an order of their own.
ENGLISH = {
    "MMMEd": "EEE d MMM",
    "yMMMEd": "EEE d MMM y",
    "yMMMd": "d MMM y",
    "long": "d MMM y",
    "full": "EEEE d MMMM y",
}


def number(env, count):
    """Return '1,240' of a whole number."""
    if count in range(100):
        # No language parts these, and texts are full of them.
        return str(int(count))
    return formatLang(env, count, digits=0)


def quantity(env, value):
    """Return '2', '1,240.5' of a quantity, with the decimals that it has, three at most."""
    digits = next((digits for digits in range(3) if round(value, digits) == round(value, 3)), 3)
    return formatLang(env, value, digits=digits)


def amount(env, value, currency, lang=None):
    """Return '$ 1,240.50' of an amount of money, with the decimals and the sign of its currency.

    :param lang: code of the reader's language; None: that of the environment
    """
    return format_amount(env, 0.0 if currency.is_zero(value) else value, currency, lang_code=lang)


def date(env, day, lang=None):
    """Return '24 Nov 2026' of a local date, an empty text for none.

    :param lang: code of the reader's language; None: that of the environment
    """
    return _written(env, day, "yMMMd", lang) if day else ""


def long_date(env, day, lang=None):
    """Return a local date as a letter has it: '24 Nov 2026', '24. November 2026'; an empty text for none.

    :param lang: code of the reader's language; None: that of the environment
    """
    return _written(env, day, "long", lang) if day else ""


def day(env, date):
    """Return 'Tue 24 Nov 2026' of a local date on which something happens; an empty text for none."""
    return _written(env, date, "yMMMEd") if date else ""


def instant(env, instant, timezone, now):
    """Return 'Tue 24 Nov 09:00', with the year if it is another one; an empty text for no instant.

    :param now: the UTC instant at which this is read
    """
    if not instant:
        return ""
    same_year = moments.local(instant, timezone).year == moments.local(now, timezone).year
    return _told(env, instant, timezone, "MMMEd" if same_year else "yMMMEd")


def dated_instant(env, instant, timezone):
    """Return an instant to the minute and with its year on the clocks of a zone; an empty text for none."""
    return _told(env, instant, timezone, "yMMMEd") if instant else ""


def distance(env, instant, timezone, now):
    """Return how far a UTC instant lies from now, in local days: 'today', 'in 3 days', '2 days ago'."""
    days = (moments.local(instant, timezone).date() - moments.local(now, timezone).date()).days
    near = {0: env._("today"), 1: env._("tomorrow"), -1: env._("yesterday")}
    if days in near:
        return near[days]
    if days > 0:
        return env._("in %(days)s days", days=number(env, days))
    return env._("%(days)s days ago", days=number(env, -days))


def exact_instant(env, instant, timezone):
    """Return the instant to the minute with its zone and in UTC, for whoever wants to be sure (R90)."""
    if not instant:
        return ""
    local = moments.local(instant, timezone)
    return env._(
        "%(local)s, %(zone)s (%(utc)s UTC)",
        local=f"{_written(env, local, 'full')}, {local:%H:%M}",
        zone=timezone,
        utc=f"{_written(env, instant, 'yMMMd')} {instant:%H:%M}",
    )


def _told(env, instant, timezone, skeleton):
    local = moments.local(instant, timezone)
    text = f"{_written(env, local, skeleton)} {local:%H:%M}"
    reader = env.context.get("tz") or env.user.tz
    if reader not in pytz.all_timezones_set or moments.local(instant, reader) == local:
        return text
    return env._("%(instant)s (%(city)s)", instant=text, city=city(timezone))


def city(timezone):
    """Return 'New York' for a time zone, as people read it."""
    return timezone.split("/")[-1].replace("_", " ")


def _written(env, day, skeleton, lang=None):
    locale = babel_locale_parse(get_lang(env, lang).code)
    if locale.language == "en":
        return dates.format_date(day, ENGLISH[skeleton], locale=locale)
    if skeleton in ("long", "full"):
        return dates.format_date(day, skeleton, locale=locale)
    return dates.format_skeleton(skeleton, day, locale=locale)
