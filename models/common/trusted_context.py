"""What the addon's own code tells the code that it calls, by the context. Clients put into it what they like, but no
client can send a mark: what is not one is not ours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrustedValue:
    """A value of the context that came from the addon's own code."""

    value: object


def put(records, **values):
    """The same records, their code told these values by names that begin with ``chasing_``."""
    return records.with_context(**{name: TrustedValue(value) for name, value in values.items()})


def get(env, name, otherwise=None):
    """The value that the addon's own code gave this name, else `otherwise`."""
    mark = env.context.get(name)
    return mark.value if isinstance(mark, TrustedValue) else otherwise
