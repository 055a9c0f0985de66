from odoo import models

from ..common import settings_log

REMEMBERED = "chasing.settings"


class ResCompany(models.Model):
    """Who changed the settings of chasing, old → new (R23): a company has no conversation, so its own contact tells."""

    _inherit = "res.company"

    def write(self, vals):
        """Remember what is changed of chasing's settings."""
        names = [name for name in vals if name.startswith("chasing_") and self._fields[name].store]
        if names and self.env.registry.ready:
            self._chasing_remember_settings(names)
        return super().write(vals)

    def _chasing_remember_settings(self, names):
        """What these settings are before anything of this transaction changes them: a form saves them one by one, and
        they are noted together at its end."""
        remembered = self.env.cr.precommit.data.setdefault(REMEMBERED, {})
        if not remembered:
            self.env.cr.precommit.add(self.browse()._chasing_log_settings)
        for company in self:
            known = remembered.setdefault(company.id, {})
            known.update(settings_log.told(company.sudo(), [name for name in names if name not in known]))

    def _chasing_log_settings(self):
        remembered = self.env.cr.precommit.data.pop(REMEMBERED, {})
        for company in self.browse(remembered).exists().sudo():
            title = self.env._("Chasing settings of %(company)s changed.", company=company.name)
            settings_log.note(company, remembered[company.id], company.partner_id, title)
        self.env.flush_all()
