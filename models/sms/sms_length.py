"""How long an SMS is, in words."""

from ..engine import sms_segments


def length_text(env, text):
    """Return how many SMS a text takes, and how many characters of theirs (R88)."""
    segments = sms_segments.count(text)
    values = {
        "parts": segments.parts,
        "units": segments.units,
        "room": segments.room,
        "character": segments.foreign,
    }
    if segments.foreign:
        return env._(
            "%(parts)s SMS, %(units)s of %(room)s characters. %(character)s is not in the SMS alphabet, which "
            "more than halves the limit.",
            **values,
        )
    return env._("%(parts)s SMS, %(units)s of %(room)s characters", **values)
