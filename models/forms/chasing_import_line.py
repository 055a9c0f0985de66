from odoo import models

from ..common.client_actions import open_form


class ChasingImportLine(models.Model):
    _inherit = "chasing.import.line"

    def action_correct(self):
        """Open the cells of a row, to be corrected."""
        self.ensure_one()
        self.check_access("write")
        title = self.env._("Correct Row %(row)s", row=self.row)
        view = "invoice_chasing.chasing_import_line_view_form"
        return open_form(self, title, view, target="new", context={"dialog_size": "medium"})
