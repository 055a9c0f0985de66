from odoo import models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _compute_is_reconciled(self):
        """Look at the money again that came, changed, or was matched with something (R45)."""
        result = super()._compute_is_reconciled()
        self._chasing_money_moved()
        return result

    def write(self, vals):
        says_whose = not {"partner_id", "payment_ref", "ref"}.isdisjoint(vals)
        if says_whose:
            self._chasing_money_gone()
        result = super().write(vals)
        if says_whose:
            self._chasing_money_moved()
        return result

    def unlink(self):
        self._chasing_money_gone()
        return super().unlink()

    def _chasing_money_moved(self):
        lines = self._origin
        self.env["chasing.money"]._moved(lines=lines.ids, companies=lines.company_id.ids)

    def _chasing_money_gone(self):
        """Note whom it concerns, which cannot be asked any more when the transaction ends."""
        self.env["chasing.money"]._moved(companies=self.company_id.ids)
