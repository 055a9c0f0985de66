from odoo import api, fields, models

from ..policy.chasing_step_mixin import CHANNEL_MODELS


class ChasingStepMixin(models.AbstractModel):
    _inherit = "chasing.step.mixin"

    blocked_channels = fields.Char(compute="_compute_blocked_channels")

    def _compute_blocked_channels(self):
        """The names of the channels that the company cannot use yet."""
        for company, steps in self.grouped("company_id").items():
            steps.blocked_channels = " ".join(self._blocked(company or self.env.company))

    @api.model
    def _blocked(self, company):
        """{channel: a sentence that says why} of those that a company cannot use yet."""
        reasons = {name: self.env[model]._unavailable(company) for name, model in CHANNEL_MODELS.items()}
        return {name: reason for name, reason in reasons.items() if reason}
