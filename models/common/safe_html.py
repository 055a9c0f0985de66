from markupsafe import Markup

from odoo import fields

from ..engine import markup


class SafeHtml(fields.Html):
    """Hold HTML of which only what `engine.markup.clean` lets through is ever stored, whoever writes it.

    Odoo's own cleaning keeps remote pictures, and for e-mails also `base`, `link` and `style`.
    """

    def _convert(self, value, record, validate):
        if not validate or not value:
            return super()._convert(value, record, validate)
        return Markup(markup.clean(str(value)))
