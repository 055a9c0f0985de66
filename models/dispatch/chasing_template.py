from odoo import models


class ChasingTemplate(models.AbstractModel):
    _inherit = "chasing.template"

    def _chasing_render(self, name, moves, lang, now):
        """Render a field of the template as messages do."""
        return self.env["chasing.message"]._render(self, name, moves, lang, now)
