from odoo import api, fields, models

from ..common.user_groups import INTERNAL_USERS


class ResPartner(models.Model):
    _inherit = "res.partner"

    chasing_cause = fields.Char("Problem", compute="_compute_chasing_cause", groups=INTERNAL_USERS)

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_chasing_cause(self):
        """Say what keeps messages from a contact, to whoever may know (R96)."""
        lines = self.env["chasing.failure.cause"]
        if lines.has_access("read"):
            lines = lines.search([("partner_id", "in", self._origin.ids)])
        causes = lines.grouped("partner_id")
        for partner in self:
            partner.chasing_cause = " ".join(causes.get(partner._origin, lines.browse()).mapped("cause"))
