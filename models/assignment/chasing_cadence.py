from odoo import models


class ChasingCadence(models.Model):
    _inherit = "chasing.cadence"

    def _uses(self):
        """Add the rules that give it."""
        archived_too = self.with_context(active_test=False).sudo()
        rules = archived_too.env["chasing.rule"].search([("cadence_id", "=", self.id)])
        return [*super()._uses(), *(self.env._("rule %(rule)s", rule=rule.name) for rule in rules)]
