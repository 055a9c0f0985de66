from odoo import models


class ChasingCadence(models.Model):
    _inherit = "chasing.cadence"

    def _users(self):
        """What gives this cadence to new invoices, in a person's words (R23)."""
        self.ensure_one()
        archived_too = self.with_context(active_test=False).sudo()
        rules = archived_too.env["chasing.rule"].search([("cadence_id", "=", self.id)])
        customers = rules.env["res.partner"].union(
            *(
                archived_too.env["res.partner"]
                .with_company(company)
                .search([("chasing_cadence_id", "=", self.id)], limit=3)
                for company in archived_too.env["res.company"].search([("id", "child_of", self.company_id.ids)])
            )
        )
        default = [self.env._("it is the default of %(company)s", company=self.company_id.name)]
        return [
            *(default if self.is_default else []),
            *(self.env._("the rule %(rule)s gives it", rule=rule.name) for rule in rules),
            *(self.env._("%(customer)s has it", customer=customer.display_name) for customer in customers),
        ]
