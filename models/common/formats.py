"""Instants in a reader's words, always on the clocks of the company that chases."""

from odoo.tools import format_datetime, formatLang

from ..engine import moments


def instant(env, instant, timezone, now):
    """Return 'Tue 24 Nov 09:00', with the year if it is another one; an empty text for no instant.

    :param now: the UTC instant at which this is read
    """
    if not instant:
        return ""
    same_year = moments.local(instant, timezone).year == moments.local(now, timezone).year
    return format_datetime(env, instant, tz=timezone, dt_format="EEE d MMM HH:mm" if same_year else "EEE d MMM y HH:mm")


def dated_instant(env, instant, timezone):
    """Return an instant to the minute and with its year on the clocks of a zone; an empty text for none."""
    return format_datetime(env, instant, tz=timezone, dt_format="EEE d MMM yyyy HH:mm") if instant else ""


def day(env, date):
    """Return 'Tue 24 Nov 2026' of a local date."""
    return format_datetime(env, f"{date} 12:00:00", tz="UTC", dt_format="EEE d MMM y") if date else ""


def number(env, count):
    """Return '1,240' of a whole number."""
    return formatLang(env, count, digits=0)


def distance(env, instant, timezone, now):
    """Return how far a UTC instant lies from now, in local days: 'today', 'in 3 days', '2 days ago'."""
    days = (moments.local(instant, timezone).date() - moments.local(now, timezone).date()).days
    near = {0: env._("today"), 1: env._("tomorrow"), -1: env._("yesterday")}
    if days in near:
        return near[days]
    if days > 0:
        return env._("in %(days)s days", days=days)
    return env._("%(days)s days ago", days=-days)


def exact_instant(env, instant, timezone):
    """Return the instant to the minute with its zone and in UTC, for whoever wants to be sure (R90)."""
    if not instant:
        return ""
    return env._(
        "%(local)s, %(zone)s (%(utc)s UTC)",
        local=format_datetime(env, instant, tz=timezone, dt_format="EEEE d MMMM y, HH:mm"),
        zone=timezone,
        utc=format_datetime(env, instant, tz="UTC", dt_format="y-MM-dd HH:mm"),
    )
