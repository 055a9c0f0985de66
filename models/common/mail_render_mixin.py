from odoo import api, models

from . import formats


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    @api.model
    def _render_eval_context(self):
        """Give templates dates as the language writes them, which no pattern does for all: '30. November 2026' (R65).

        `long_date` is for sentences, `short_date` for where room is scarce.
        """
        return {
            **super()._render_eval_context(),
            "long_date": lambda day: formats.long_date(self.env, day),
            "short_date": lambda day: formats.date(self.env, day),
        }
