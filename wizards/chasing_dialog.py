from odoo import api, models


class ChasingDialog(models.AbstractModel):
    """What the dialogs have in common: how they are opened."""

    _name = "chasing.dialog"
    _description = "Chasing Dialog"

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
