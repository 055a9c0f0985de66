from odoo import api, models


class ChasingAddressBook(models.AbstractModel):
    """Ask earlier messages what became of an address."""

    _inherit = "chasing.address.book"

    @api.model
    def _bounced(self, known):
        """Add those from which a message of ours came back."""
        return {**super()._bounced(known), **self.env["chasing.delivery"].sudo()._came_back(known)}

    @api.model
    def _entered(self, entered):
        """Forget what came back from them before."""
        super()._entered(entered)
        self.env["chasing.delivery"]._address_works(entered)
