from odoo import api, models


class ChasingAddressBook(models.AbstractModel):
    """Ask earlier messages what became of an address."""

    _inherit = "chasing.address.book"

    @api.model
    def _bounced(self, used):
        """Add those from which a message of ours came back."""
        return {**super()._bounced(used), **self.env["chasing.delivery"].sudo()._came_back(used)}

    @api.model
    def _mark_as_working(self, entered):
        """Forget what came back from them before."""
        super()._mark_as_working(entered)
        self.env["chasing.delivery"]._address_works(entered)
