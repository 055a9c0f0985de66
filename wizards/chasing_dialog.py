from odoo import api, models


class ChasingDialog(models.AbstractModel):
    """What the dialogs have in common: how they are opened."""

    _name = "chasing.dialog"
    _description = "Chasing Dialog"

    @api.model
    def _all_selected(self, records):
        """These; where the web client gives as many ids as it ever does, all that its list shows (R52)."""
        limit = int(self.env["ir.config_parameter"].sudo().get_param("web.active_ids_limit", default="20000"))
        domain = records.env.context.get("active_domain")
        return records.search(domain) if domain and len(records) >= limit else records

    @api.model
    def _open(self, context, name):
        """The action that opens a new dialog.

        :param context: its defaults
        :param name: its title
        """
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {**context, "dialog_size": "extra-large" if self._name == "chasing.edit" else "large"},
        }
