from odoo import models


class ChasingCadence(models.Model):
    _inherit = "chasing.cadence"

    def _standing_text(self, chosen_none, is_customised):
        """Return how a person calls what an invoice with this cadence, perhaps none, has: 'Standard, customised'.

        :param chosen_none: whether somebody chose that nobody chases it
        :param is_customised: whether its steps are not those of the cadence any more
        """
        if chosen_none:
            return self.env._("No chasing")
        name = self.name or self.env._("No cadence")
        return self.env._("%(cadence)s, customised", cadence=name) if is_customised else name

    def _uses(self):
        """Add the rules that give it."""
        archived_too = self.with_context(active_test=False).sudo()
        rules = archived_too.env["chasing.rule"].search([("cadence_id", "=", self.id)])
        return [*super()._uses(), *(self.env._("rule %(rule)s", rule=rule.name) for rule in rules)]
