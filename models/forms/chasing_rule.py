from odoo import models
from odoo.exceptions import UserError

from ..common.access import check_collector


class ChasingRule(models.Model):
    _inherit = "chasing.rule"

    def action_apply(self):
        """Show what this rule, where it stands among the others, would change on open invoices; then change it."""
        self.ensure_one()
        self.check_access("read")
        check_collector(self.env)
        if self.problem:
            raise UserError(self.problem)
        moves = self._matching()._filtered_access("read")
        return self.env["chasing.assign"]._ask(moves, self.env._("Apply %(rule)s Now", rule=self.name), self)
