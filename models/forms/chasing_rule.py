from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.access import check_collector
from ..common.wording import counted


class ChasingRule(models.Model):
    _inherit = "chasing.rule"

    match_text = fields.Char(compute="_compute_match_text")

    @api.depends("match_count")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_match_text(self):
        one, many = self.env._("1 open invoice"), self.env._("%(count)s open invoices")
        for rule in self:
            rule.match_text = counted(self.env, rule.match_count, one, many)

    def action_apply(self):
        """Show what this rule, where it stands among the others, would change on open invoices; then change it."""
        self.ensure_one()
        self.check_access("read")
        check_collector(self.env)
        if self.problem:
            raise UserError(self.problem)
        moves = self._matching()._filtered_access("read")
        return self.env["chasing.assign"]._ask(moves, self.env._("Apply %(rule)s Now", rule=self.name), self)
