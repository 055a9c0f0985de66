from collections import defaultdict

from odoo import api, fields, models


class AccountMove(models.Model):
    """What became of the amount of an invoice: a credit note is told as credit, not as payment (R72)."""

    _inherit = "account.move"

    # what messages say: a template can use them like any field of the invoice
    chasing_paid_amount = fields.Monetary("Paid", compute="_compute_chasing_settled", compute_sudo=True)
    chasing_credited_amount = fields.Monetary("Credited", compute="_compute_chasing_settled", compute_sudo=True)

    @api.depends(
        "amount_total",
        "amount_residual",
        "line_ids.matched_credit_ids.debit_amount_currency",
        "line_ids.matched_credit_ids.credit_move_id",
    )
    def _compute_chasing_settled(self):
        credited = defaultdict(float)
        for line, amount in self.env["account.partial.reconcile"]._read_group(
            [
                ("debit_move_id.move_id", "in", self._origin.ids),
                ("debit_move_id.account_type", "=", "asset_receivable"),
                ("credit_move_id.move_id.move_type", "=", "out_refund"),
            ],
            ["debit_move_id"],
            ["debit_amount_currency:sum"],
        ):
            credited[line.move_id.id] += amount
        for move in self:
            move.chasing_credited_amount = credited[move._origin.id]
            move.chasing_paid_amount = move.amount_total - move.amount_residual - credited[move._origin.id]
