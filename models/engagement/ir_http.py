from werkzeug.routing import BaseConverter

from odoo import models


class Rest(BaseConverter):
    """Take the whole rest of a path, whatever is in it: `path` takes no line breaks, and not nothing."""

    regex = "(?s:.*?)"
    part_isolating = False
    # After all others, as that of `path`.
    weight = 200


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_converters(cls):
        return {**super()._get_converters(), "chasing_rest": Rest}
