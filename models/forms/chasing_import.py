from odoo import models

from ..common.client_actions import open_list

# Which rows a button counts and opens.
ROWS = {
    "pending": [("verdict", "=", "ok"), ("is_done", "=", False)],
    "imported": [("verdict", "=", "ok"), ("is_done", "=", True), ("is_undone", "=", False)],
    "undone": [("verdict", "=", "ok"), ("is_undone", "=", True)],
    "unchanged": [("verdict", "=", "unchanged")],
    "error": [("verdict", "=", "error")],
}


class ChasingImport(models.Model):
    _inherit = "chasing.import"

    def action_open_rows(self):
        """Open all rows, or those that the button names."""
        self.ensure_one()
        title = self.file_name or self.env._("Rows")
        domain = [("import_id", "=", self.id), *ROWS.get(str(self.env.context.get("rows")), [])]
        return open_list(self.env["chasing.import.line"], title, domain, views=("list", "kanban"))
