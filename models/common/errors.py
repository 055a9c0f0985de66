"""What can go wrong, and what of it is told to whom: people get a sentence, administrators the rest in the log."""

import re

from odoo.exceptions import UserError

# So much is kept, and so much looked at, of what somebody said.
MAX_WORDS, MAX_READ = 500, 20_000
# These give away that a text was written for whoever runs the server: a trace-back, an object's address, a path.
_FOR_ADMINISTRATORS = re.compile(r"Traceback \(most recent| object at 0x|(?<![\w:/.-])/(?:[\w.-]+/)+[\w.-]+")


class ChannelRefused(Exception):
    """Final: this delivery cannot leave as things are (R85).

    :param code: a reason code of the engine
    :param detail: what was said by whoever refused, or None
    """

    def __init__(self, code, detail=None):
        super().__init__(code, detail)
        self.code, self.detail = code, detail


def user_text(text):
    """Return what a text says to people, in one line; None if it was written for whoever runs the server."""
    text = (text or "").strip()
    if _FOR_ADMINISTRATORS.search(text[:MAX_READ]):
        return None
    seen = "".join(sign if sign.isprintable() else " " for sign in text.partition("\n\n")[0][: 2 * MAX_WORDS])
    return " ".join(seen.split())[:MAX_WORDS] or None


def user_message(error):
    """Return what an error tells people, None if it was not raised for them to read."""
    return user_text(str(error)) if isinstance(error, UserError) else None


def explain(env, error):
    """Return a sentence about an error that stopped something.

    Who calls logs what `user_message` has no words for.
    """
    return user_message(error) or env._("Something went wrong. Administrators find the details in the server log.")
