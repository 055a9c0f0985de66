from odoo import models

from . import settings_log


class ResCompany(models.Model):
    """Who changed the settings of chasing, old → new (R23): a company has no conversation, so its own contact tells."""

    _inherit = "res.company"

    def write(self, vals):
        """Note what is changed of chasing's settings."""
        names = [name for name in vals if name.startswith("chasing_") and self._fields[name].store]
        if not names or not self.env.registry.ready:
            return super().write(vals)
        before = {company: settings_log.told(company.sudo(), names) for company in self}
        result = super().write(vals)
        for company, old in before.items():
            title = self.env._("Chasing settings of %(company)s changed.", company=company.name)
            settings_log.note(company.sudo(), old, company.sudo().partner_id, title)
        return result
