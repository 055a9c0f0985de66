from markupsafe import Markup

from ..engine import markdown, markup


def from_editor(body):
    """Return what a person typed or pasted into an editor as HTML, cleaned, with Markdown read (R74, R77).

    :param body: HTML as an editor makes it, or a text without any tag
    """
    return Markup(markup.clean(markdown.in_html(markup.clean(str(body or "")))))
