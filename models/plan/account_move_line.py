from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # The money of customers that nobody has applied: each run and each payment asks for it (R45).
    _chasing_credits = models.Index(
        "(partner_id) WHERE reconciled IS NOT TRUE AND parent_state = 'posted' AND amount_residual_currency < 0"
    )

    def write(self, vals):
        is_whose = not {"partner_id", "account_id"}.isdisjoint(vals)
        if is_whose:
            self._chasing_money_moved()
        result = super().write(vals)
        if is_whose:
            self._chasing_money_moved()
        if "no_followup" in vals:
            schedules = self.env["chasing.schedule"].sudo().search([("move_id", "in", self.move_id.ids)])
            self.env.add_to_compute(schedules._fields["hold_reason"], schedules)
            # What follows from it does not follow by itself.
            schedules.modified(["hold_reason"])
        return result

    def _chasing_money_moved(self):
        """Look at the money again of a posted receipt that changes its customer or its account (R45)."""
        posted = self.filtered(lambda line: line.parent_state == "posted")
        if posted:
            self.env["chasing.money"]._moved(customers=posted.partner_id.commercial_partner_id.ids)
