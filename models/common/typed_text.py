from markupsafe import Markup

from ..engine import markdown, markup
from .user_input import LIMITS


def from_editor(body):
    """Return what a person typed or pasted into an editor as HTML, cleaned, with Markdown read (R74, R77).

    What is longer than any field takes is not read: its field refuses it.

    :param body: HTML as an editor makes it, or a text without any tag
    """
    text = str(body or "")
    if len(text) > LIMITS["html"]:
        return text
    return Markup(markup.clean(markdown.in_html(markup.clean(text))))
