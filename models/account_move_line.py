from odoo import models

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
        """R45: the customers' credit changed with these receivable lines; look again at their open invoices."""
        schedules = self.env["chasing.schedule"].sudo().search([
            ("partner_id.commercial_partner_id", "in", self.partner_id.commercial_partner_id.ids),
            ("company_id", "in", self.company_id.ids),
            ("closure", "=", False),
            ("lifecycle", "in", ("running", "paused")),
        ])
        schedules._check_money(clock.now(self.env))
