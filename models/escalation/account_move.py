from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class AccountMove(models.Model):
    """An invoice that is given up: what writing it off books."""

    _inherit = "account.move"

    def _chasing_book_loss(self, day, account, reason):
        """Book what is open on these invoices of one company as a loss, and settle them with it.

        :return: {move id: its entry}
        """
        entries = self.create([move._chasing_loss_values(day, account, reason) for move in self])
        entries._post(soft=False)
        plan = [
            lines
            for move, entry in zip(self, entries, strict=True)
            for lines in (move | entry)._chasing_open_lines().grouped("account_id").values()
        ]
        self.env["account.move.line"]._reconcile_plan(plan)
        return dict(zip(self.ids, entries, strict=True))

    def _chasing_open_lines(self):
        return self.line_ids.filtered(lambda line: line.account_type == "asset_receivable" and not line.reconciled)

    def _chasing_loss_values(self, day, account, reason):
        lines = self._chasing_open_lines()
        name = self.env._("Write-off of %(invoice)s", invoice=self.name)
        common = {"name": name, "partner_id": self.commercial_partner_id.id, "currency_id": self.currency_id.id}
        loss = {
            "account_id": account.id,
            "amount_currency": sum(lines.mapped("amount_residual_currency")),
            "balance": sum(lines.mapped("amount_residual")),
            "tax_ids": [],
        }
        settled = [
            {
                "account_id": line.account_id.id,
                "amount_currency": -line.amount_residual_currency,
                "balance": -line.amount_residual,
            }
            for line in lines
        ]
        return {
            "move_type": "entry",
            "date": day,
            "ref": f"{name}: {reason}" if reason else name,
            "line_ids": [Command.create({**common, **values}) for values in (loss, *settled)],
        }

    def _chasing_credit(self, day, reason):
        """Credit these invoices in full.

        :return: {move id: its credit note}
        """
        for move in self:
            if move.currency_id.compare_amounts(move.amount_residual, move.amount_total):
                raise UserError(
                    self.env._(
                        "%(invoice)s is partially paid and a credit note would credit all of it. Use a bad-debt entry.",
                        invoice=move.name,
                    )
                )
        name = self.env._("Write-off")
        values = [
            {"date": day, "invoice_date": day, "invoice_date_due": day, "ref": f"{name}: {reason}" if reason else name}
            for _move in self
        ]
        return dict(zip(self.ids, self._reverse_moves(values, cancel=True), strict=True))
