from odoo import api, models
from odoo.tools import SQL

# What came in for these invoices through a bank or cash journal, not by a credit note, an offset or a write-off.
MONEY = """
    SELECT instalment.move_id, instalment.id AS line, credit.date AS day, part.debit_amount_currency AS amount,
        instalment.reconciled IS TRUE AND max(credit.date) OVER (PARTITION BY instalment.id)
            <= COALESCE(instalment.date_maturity, move.invoice_date_due, move.invoice_date) AS is_in_time
    FROM account_move_line AS instalment
    JOIN account_move AS move ON move.id = instalment.move_id
    JOIN account_partial_reconcile AS part ON part.debit_move_id = instalment.id
    JOIN account_move_line AS credit ON credit.id = part.credit_move_id
    JOIN account_journal AS journal ON journal.id = credit.journal_id
    WHERE instalment.move_id = ANY(%s) AND instalment.display_type = 'payment_term'
        AND journal.type IN ('bank', 'cash', 'credit') AND part.debit_amount_currency > 0
"""
PARTIAL_FIELDS = ("debit_move_id", "credit_move_id", "debit_amount_currency")
LINE_FIELDS = ("move_id", "display_type", "date_maturity", "reconciled", "date", "journal_id")


class ChasingPartPayment(models.AbstractModel):
    """Money that came in for invoices, and when (R42b, R78).

    Its day is that of the payment: when somebody matched it may be weeks later, and says nothing of the customer.
    """

    _name = "chasing.part.payment"
    _description = "Payments of Chased Invoices"

    @api.model
    def _days(self, moves):
        """Return {move id: sorted local dates of payments that left a balance} of those that have some (R42b).

        Paying an instalment in full by its date does not count. Of what nothing was paid nothing is read.
        """
        moves = moves.filtered(
            lambda move: move.state == "posted"
            and not move.currency_id.is_zero(move.amount_residual)
            and move.currency_id.compare_amounts(move.amount_residual, move.amount_total)
        )
        query = (
            "SELECT move_id, array_agg(DISTINCT day ORDER BY day) FROM (%s) AS m WHERE NOT is_in_time GROUP BY move_id"
        )
        return dict(self._read(query, moves))

    @api.model
    def _paid_by_money(self, moves):
        """Return those of these that are paid, and all of it by money (R78)."""
        query = "SELECT move_id, sum(amount) FROM (%s) AS m GROUP BY move_id"
        paid = dict(self._read(query, moves.filtered(lambda move: move._chasing_closure() == "paid")))
        return moves.filtered(
            lambda move: move.id in paid and move.currency_id.compare_amounts(paid[move.id], move.amount_total) >= 0
        )

    def _read(self, query, moves):
        if not moves:
            return ()
        self.env["account.partial.reconcile"].flush_model(PARTIAL_FIELDS)
        self.env["account.move.line"].flush_model(LINE_FIELDS)
        moves.flush_recordset(["invoice_date", "invoice_date_due"])
        return self.env.execute_query(SQL(query, SQL(MONEY, moves.ids)))
