from collections import defaultdict
from math import ceil, floor

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common import clock
from ..engine import moments
from ..engine.instalments import Instalment, asked

LINE_FIELDS = ("move_id", "display_type", "date_maturity", "amount_residual_currency", "reconciled")
# the date of an instalment; an invoice without a due date is due on its own date (R6)
DAY = """CASE
    WHEN %(move)s.invoice_date_due IS NULL THEN %(move)s.invoice_date
    ELSE COALESCE(instalment.date_maturity, %(move)s.invoice_date_due)
END"""
# comparison with days late -> the least days late for which it holds, and for which it holds no more; None: no end
BOUNDS = {
    ">=": lambda days: (ceil(days), None),
    ">": lambda days: (floor(days) + 1, None),
    "<": lambda days: (0, ceil(days)),
    "<=": lambda days: (0, floor(days) + 1),
    "=": lambda days: (ceil(days), floor(days) + 1),
}


class AccountMove(models.Model):
    """What an invoice asks for now, instalment by instalment (R7). What messages say of it a template can use like any
    field of the invoice."""

    _inherit = "account.move"

    chasing_days_late = fields.Integer(
        "Days Late",
        compute="_compute_chasing_asked",
        compute_sudo=True,
        search="_search_chasing_days_late",
        aggregator=None,
    )
    chasing_asked_amount = fields.Monetary(
        "Amount Due Now",
        compute="_compute_chasing_asked",
        compute_sudo=True,
        help="What is late now. Where nothing is late: the next instalment.",
    )
    chasing_asked_date = fields.Date(
        "Due Since",
        compute="_compute_chasing_asked",
        compute_sudo=True,
        help="Since when something is late. Where nothing is late: when the next instalment falls due.",
    )

    @api.depends(
        "amount_residual",
        "invoice_date",
        "invoice_date_due",
        "line_ids.date_maturity",
        "line_ids.amount_residual_currency",
        "line_ids.reconciled",
    )
    @api.depends_context("chasing_now")
    def _compute_chasing_asked(self):
        told = self._chasing_asked()
        for move in self:
            now = told[move.id]
            move.chasing_days_late = now.days_late
            move.chasing_asked_amount = move.currency_id.round(now.amount) if move.currency_id else now.amount
            move.chasing_asked_date = now.day or move.invoice_date_due or move.invoice_date

    def _chasing_asked(self):
        """{move id: the engine's Asked} as of today in each one's company (R7, R71)."""
        instalments = self._chasing_instalments()
        return {move.id: asked(instalments[move.id], clock.today(move.company_id)) for move in self}

    def _chasing_instalments(self):
        """{move id: the engine's Instalments}, keyed by the ids of their lines; what has no such lines yet has one."""
        found = defaultdict(list)
        self._chasing_flush_dates()
        for move_id, *values in self.env.execute_query(
            SQL(
                """
                SELECT instalment.move_id, instalment.id, %s, instalment.amount_residual_currency,
                    instalment.reconciled IS NOT TRUE
                FROM account_move_line AS instalment JOIN account_move AS move ON move.id = instalment.move_id
                WHERE instalment.move_id = ANY(%s) AND instalment.display_type = 'payment_term'
                ORDER BY instalment.id
                """,
                SQL(DAY, move=SQL.identifier("move")),
                self.ids,
            )
        ):
            found[move_id].append(values)
        return {move.id: move._chasing_own_instalments(found[move._origin.id]) for move in self}

    def _chasing_own_instalments(self, rows):
        own = self.invoice_date_due or self.invoice_date or clock.today(self.company_id)
        if not rows:
            return (Instalment(None, own, self.amount_residual, is_open=bool(self.amount_residual)),)
        return tuple(Instalment(key, day or own, amount or 0.0, is_open) for key, day, amount, is_open in rows)

    def _chasing_count_dates(self, age_basis):
        """[(invoice date, date that age is counted from, whether it was sent, how many)] of posted invoices, counted
        by the database: so many invoices may be asked about that reading them takes too long (R7)."""
        self._chasing_flush_dates()
        return self.env.execute_query(
            SQL(
                """
                SELECT move.invoice_date, COALESCE(CASE WHEN %s THEN due.next END, due.last, move.invoice_date_due),
                    move.is_move_sent IS TRUE, count(*)
                FROM account_move AS move CROSS JOIN LATERAL (
                    SELECT max(%s) AS last, min(%s) FILTER (WHERE instalment.reconciled IS NOT TRUE) AS next
                    FROM account_move_line AS instalment
                    WHERE instalment.move_id = move.id AND instalment.display_type = 'payment_term'
                ) AS due
                WHERE move.id = ANY(%s) GROUP BY 1, 2, 3
                """,
                age_basis == "instalment",
                *[SQL(DAY, move=SQL.identifier("move"))] * 2,
                self.ids,
            )
        )

    def _chasing_flush_dates(self):
        self.env["account.move.line"].flush_model(LINE_FIELDS)
        self.flush_model(["invoice_date", "invoice_date_due", "is_move_sent"])

    # ------------------------------------------------------------------ searched by days late

    def _search_chasing_days_late(self, comparison, value):
        """Local days since the oldest date on which something open was due, 0 before it, as of today in the current
        company."""
        if comparison == "in":
            return Domain.OR([self._chasing_late_between(*BOUNDS["="](days)) for days in value])
        if comparison in BOUNDS:
            return self._chasing_late_between(*BOUNDS[comparison](value))
        return NotImplemented

    def _chasing_late_between(self, least, end):
        """Those that are so many days late or more, and less than `end` if there is one."""
        found = self._chasing_late_for(least)
        return found if end is None else found & ~self._chasing_late_for(end)

    def _chasing_late_for(self, days):
        """Those that are so many days late or more; whatever is not late counts as 0."""
        if days <= 0:
            return Domain.TRUE
        self._chasing_flush_dates()
        day = moments.days_after(clock.today(self.env.company), -days)
        return Domain.custom(
            to_sql=lambda _moves, alias, _query: SQL(
                """EXISTS (
                    SELECT FROM account_move_line AS instalment
                    WHERE instalment.move_id = %s AND instalment.display_type = 'payment_term'
                    AND instalment.reconciled IS NOT TRUE AND %s <= %s
                )""",
                SQL.identifier(alias, "id"),
                SQL(DAY, move=SQL.identifier(alias)),
                day,
            )
        )
