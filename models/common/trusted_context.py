"""What the addon's own code tells the code that it calls, by the context.

Clients put into the context what they like, but no client can send a `TrustedValue`: what is not one is not ours.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrustedValue:
    """Hold a value of the context that came from the addon's own code."""

    value: object


def put(records, **values):
    """Return the same records, their code told these values by names that begin with ``chasing_``."""
    return records.with_context(**{name: TrustedValue(value) for name, value in values.items()})


def get(env, name, otherwise=None):
    """Return the value that the addon's own code gave this name, else `otherwise`."""
    mark = env.context.get(name)
    return mark.value if isinstance(mark, TrustedValue) else otherwise
