from ..engine import texts
from ..postal.client import PostalProvider


class PrintQueue(PostalProvider):
    """Leave letters to a person, who prints and posts them: so it is until a company chooses otherwise."""

    code = "print"
    label = texts._("Print and post yourself")
    sequence = 0
    is_posted_by_hand = True
