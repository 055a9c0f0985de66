from odoo import api, models
from odoo.tools import SQL

# What settled these invoices, entry by entry, and which share of each was paid. Of an entry of a bank, cash or card
# journal that is what reached the bank, or is on its way there; the rest was written off, be it the bank's fee or a
# difference. Of another it is what is matched with something in turn: a customer's credit with a supplier's, say.
PAID = """
    WITH part AS (
        SELECT instalment.move_id, instalment.id AS line, credit.move_id AS entry, credit.date AS day,
            partial.debit_amount_currency AS amount, instalment.reconciled IS TRUE AS is_settled,
            COALESCE(instalment.date_maturity, move.invoice_date_due, move.invoice_date) AS due
        FROM account_move_line AS instalment
        JOIN account_move AS move ON move.id = instalment.move_id
        JOIN account_partial_reconcile AS partial ON partial.debit_move_id = instalment.id
        JOIN account_move_line AS credit ON credit.id = partial.credit_move_id
        WHERE instalment.move_id = ANY(%s) AND instalment.display_type = 'payment_term'
            AND partial.debit_amount_currency > 0
    ), entry AS (
        SELECT line.move_id AS id, journal.type IN ('bank', 'cash', 'credit') AS is_money,
            move.move_type = 'out_refund' AS is_credit, COALESCE(LEAST(1, GREATEST(0,
                sum(line.balance) FILTER (WHERE CASE
                    WHEN journal.type NOT IN ('bank', 'cash', 'credit') THEN account.reconcile AND line.balance > 0
                    ELSE line.account_id IN (journal.default_account_id, payment.outstanding_account_id) OR EXISTS (
                        SELECT FROM account_payment_method_line AS method
                        WHERE method.journal_id = journal.id AND method.payment_account_id = line.account_id
                    ) END OR account.account_type IN ('asset_cash', 'liability_credit_card'))
                / NULLIF(-sum(line.balance) FILTER (
                    WHERE account.account_type = 'asset_receivable' AND line.balance < 0), 0)
            )), 0) AS share
        FROM account_move_line AS line
        JOIN account_move AS move ON move.id = line.move_id
        JOIN account_journal AS journal ON journal.id = line.journal_id
        JOIN account_account AS account ON account.id = line.account_id
        LEFT JOIN account_payment AS payment ON payment.id = line.payment_id
        WHERE line.move_id IN (SELECT entry FROM part) GROUP BY 1, 2, 3
    ), paid AS (
        SELECT part.*, part.amount * entry.share AS paid, entry.is_money, entry.is_credit
        FROM part JOIN entry ON entry.id = part.entry
    )
"""
DAYS = """
    SELECT move_id, array_agg(DISTINCT day ORDER BY day) FROM (
        SELECT *, is_settled AND max(day) OVER (PARTITION BY line) <= due AS is_in_time
        FROM paid WHERE is_money AND paid > 0
    ) AS money WHERE NOT is_in_time GROUP BY move_id
"""
MONEY = "SELECT move_id, sum(paid), max(day) FROM paid WHERE is_money AND paid > 0 GROUP BY move_id"
WRITTEN_OFF = "SELECT move_id, sum(amount - paid) FROM paid WHERE NOT is_credit GROUP BY move_id"
PARTIAL_FIELDS = ("debit_move_id", "credit_move_id", "debit_amount_currency")
LINE_FIELDS = (
    "move_id",
    "display_type",
    "date_maturity",
    "reconciled",
    "date",
    "journal_id",
    "account_id",
    "payment_id",
    "balance",
)


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
        return dict(self._read(DAYS, moves))

    @api.model
    def _paid_by_money(self, moves):
        """Return {move id: local date of the last payment} of those that are paid, and all of it by money (R78)."""
        paid = moves.filtered(lambda move: move._chasing_closure() == "paid")
        money = {move_id: (amount, day) for move_id, amount, day in self._read(MONEY, paid)}
        return {
            move.id: money[move.id][1]
            for move in paid
            if move.id in money and move.currency_id.compare_amounts(money[move.id][0], move.amount_total) >= 0
        }

    @api.model
    def _written_off(self, moves):
        """Return {move id: what settled it, in its currency, and is neither payment nor credit} (R41, R72)."""
        return {move_id: float(amount) for move_id, amount in self._read(WRITTEN_OFF, moves)}

    def _read(self, query, moves):
        if not moves.ids:
            return ()
        self.env["account.partial.reconcile"].flush_model(PARTIAL_FIELDS)
        self.env["account.move.line"].flush_model(LINE_FIELDS)
        self.env["account.payment"].flush_model(["outstanding_account_id"])
        moves.flush_recordset(["move_type", "invoice_date", "invoice_date_due"])
        return self.env.execute_query(SQL("%s %s", SQL(PAID, moves.ids), SQL(query)))
