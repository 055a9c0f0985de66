from odoo import api, models

from ..engine import recipients
from .postal_address import fits_window


class ChasingAddressBook(models.AbstractModel):
    _inherit = "chasing.address.book"

    @api.model
    def _check_addresses(self, resolutions):
        """Refuse an address that the window of the envelope does not show whole (R85)."""
        resolutions, providers = super()._check_addresses(resolutions), {}
        for (schedule, role, channel), resolution in resolutions.items():
            if channel == "letter":
                company = schedule.company_id
                if company not in providers:
                    providers[company] = self.env["chasing.postal.provider"]._expected(company)
                resolutions[schedule, role, channel] = self._check_window(resolution, company, providers[company])
        return resolutions

    def _check_window(self, resolution, company, provider):
        partners = self.env["res.partner"]
        keys = [recipient.contact_key for recipient in resolution.recipients if not recipient.problem]
        too_long = {key for key in keys if not fits_window(partners.browse(key), company, provider)}
        return recipients.refuse(resolution, too_long, "address_too_long")
