from odoo import api, models

from . import clock


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def write(self, vals):
        result = super().write(vals)
        if "no_followup" in vals:
            schedules = self.env["chasing.schedule"].sudo().search([("move_id", "in", self.move_id.ids)])
            self.env.add_to_compute(schedules._fields["hold_reason"], schedules)
        return result

    def _chasing_check_money(self):
        """R45: the customers' credit changed with these receivable lines. Their open invoices are looked at when the
        transaction ends: a payment is posted before it is applied, and what it covers meanwhile is not held."""
        precommit = self.env.cr.precommit
        if "chasing_money" not in precommit.data:
            precommit.add(self.env(su=True)["account.move.line"]._chasing_money_settled)
        customers, companies = precommit.data.setdefault("chasing_money", (set(), set()))
        customers.update(self.partner_id.commercial_partner_id.ids)
        companies.update(self.company_id.ids)

    @api.model
    def _chasing_money_settled(self):
        customers, companies = self.env.cr.precommit.data.pop("chasing_money")
        self.env["chasing.schedule"].search([
            ("partner_id.commercial_partner_id", "in", list(customers)),
            ("company_id", "in", list(companies)),
            ("closure", "=", False),
            ("lifecycle", "in", ("running", "paused")),
        ])._check_money(clock.now(self.env))
        self.env.flush_all()
