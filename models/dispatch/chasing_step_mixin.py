from odoo import api, fields, models


class ChasingStepMixin(models.AbstractModel):
    _inherit = "chasing.step.mixin"

    blocked_channels = fields.Char(compute="_compute_blocked_channels")

    def _compute_blocked_channels(self):
        """Name the channels that the company cannot use yet."""
        for company, steps in self.grouped("company_id").items():
            steps.blocked_channels = " ".join(self._blocked(company or self.env.company))

    @api.model
    def _blocked(self, company):
        """Return {channel: a sentence that says why} of those that a company cannot use yet."""
        reasons = {code: channel._unavailable(company) for code, channel in self.env["chasing.channel"]._all().items()}
        return {name: reason for name, reason in reasons.items() if reason}
