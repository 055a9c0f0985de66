from collections import defaultdict
from math import ceil, floor

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common import clock
from ..common.user_groups import READER_GROUPS
from ..engine import moments
from ..engine.facts import Hold
from ..engine.instalments import Instalment, asked
from ..policy.res_partner import HOLDING_FIELDS

# What tells whose money an entry is, and which of a customer's invoices it covers.
BEARING_ON_MONEY = frozenset({
    "state",
    "partner_id",
    "invoice_date_due",
    "ref",
    "payment_reference",
    "reversed_entry_id",
})
FACT_FIELDS = [
    "state",
    "move_type",
    "payment_state",
    "amount_residual",
    "amount_residual_signed",
    "currency_id",
    "company_id",
    "partner_id",
    "commercial_partner_id",
    "invoice_date",
    "invoice_date_due",
    "is_move_sent",
]
LINE_FIELDS = ("move_id", "display_type", "date_maturity", "amount_residual_currency", "reconciled")
# The date of an instalment; an invoice without a due date is due on its own date (R6).
DAY = """CASE
    WHEN %(move)s.invoice_date_due IS NULL THEN %(move)s.invoice_date
    ELSE COALESCE(instalment.date_maturity, %(move)s.invoice_date_due)
END"""
# Comparison with days late -> the least days late for which it holds, and for which it holds no more; None: no end.
BOUNDS = {
    ">=": lambda days: (ceil(days), None),
    ">": lambda days: (floor(days) + 1, None),
    "<": lambda days: (0, ceil(days)),
    "<=": lambda days: (0, floor(days) + 1),
    "=": lambda days: (ceil(days), floor(days) + 1),
}


class AccountMove(models.Model):
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
        help="The overdue amount or, if nothing is overdue, the next instalment.",
    )
    chasing_asked_date = fields.Date(
        "Due Since",
        compute="_compute_chasing_asked",
        compute_sudo=True,
        help="The date since which something is overdue or, if nothing is, when the next instalment is due.",
    )
    # What messages say: a template can use them like any field of the invoice.
    chasing_paid_amount = fields.Monetary("Paid", compute="_compute_chasing_settled", compute_sudo=True)
    chasing_credited_amount = fields.Monetary("Credited", compute="_compute_chasing_settled", compute_sudo=True)
    chasing_schedule_ids = fields.One2many("chasing.schedule", "move_id", groups=READER_GROUPS)

    def _chasing_closures(self):
        """Return {move id: why nothing is due} of these moves, False while something is (R32, R33)."""
        self.fetch(FACT_FIELDS)
        return {move.id: move._chasing_closure() for move in self}

    def _chasing_closure(self):
        if self.state == "draft":
            return "draft"
        if self.state == "cancel":
            return "cancelled"
        if self.payment_state == "reversed":
            return "reversed"
        if self.currency_id.is_zero(self.amount_residual):
            return "paid"
        return False

    def _chasing_no_followup_ids(self):
        """Return the ids of those whose receivable lines are excluded from follow-up, Odoo's own switch (R35)."""
        Line = self.env["account.move.line"]
        lines = Line._search(
            [
                ("move_id", "in", self.ids),
                ("account_type", "=", "asset_receivable"),
                ("no_followup", "=", True),
            ],
            bypass_access=True,
        )
        return {move_id for (move_id,) in self.env.execute_query(lines.select(SQL.identifier(lines.table, "move_id")))}

    def _chasing_holds(self):
        """Return {move id: list of Holds} of those that something holds (R35, R37, R46b, R47).

        That is a switch of Odoo's own, what is said of the customer, a company that does not chase, or not so little.
        A schedule's own pause and money in flight come on top.
        Hook: rooms above add theirs for as long as they last, and what `hold_reason` then depends on; at the end that a
        Hold names they are asked again.
        """
        self.fetch(FACT_FIELDS)
        excluded, minimums = self._chasing_no_followup_ids(), self.company_id._chasing_minimums()
        for company, moves in self.grouped("company_id").items():
            # What is said of them is read for all of them at once.
            (moves.commercial_partner_id | moves.partner_id).with_company(company).fetch(HOLDING_FIELDS)
        holds = {
            move.id: [
                *move._chasing_policy_holds(),
                *([Hold("blocked")] if move.payment_state == "blocked" else ()),
                *([Hold("no_followup")] if move.id in excluded else ()),
                *([Hold("below_minimum")] if move._chasing_is_below(minimums) else ()),
            ]
            for move in self
        }
        return {move_id: found for move_id, found in holds.items() if found}

    def _chasing_policy_holds(self):
        """Return the Holds by what is said of the company and of the customer (R37, R47)."""
        holds, customers = [], self._chasing_customers()
        if not self.company_id.chasing_enabled:
            holds.append(Hold("company_off"))
        if any(customer.chasing_excluded for customer in customers):
            holds.append(Hold("customer_excluded"))
        if paused := customers.filtered("chasing_paused"):
            ends = paused.mapped("chasing_paused_until")
            holds.append(Hold("customer_paused", clock.day_start(max(ends), self.company_id) if all(ends) else None))
        return holds

    def _chasing_customers(self):
        """Return the customers whose word counts for this invoice, with what is said of them in its company (R37).

        That is its customer, and the contact it is for, who was a customer by itself before it belonged to a company
        and is still what it was told to be.
        """
        return (self.commercial_partner_id | self.partner_id).with_company(self.company_id)

    def _chasing_is_below(self, minimums):
        """Return whether the open balance is below what the company chases (R46b).

        It is measured in the invoice's currency if the company has a minimum in that, else in the company's own.

        :param minimums: {(company id, currency id): amount}
        """
        company, currency, balance = self.company_id, self.currency_id, self.amount_residual
        if (company.id, currency.id) not in minimums:
            currency, balance = company.currency_id, self.amount_residual_signed
        return currency.compare_amounts(balance, minimums.get((company.id, currency.id), 0)) < 0

    def _chasing_is_chaseable(self):
        """Return whether it is a customer invoice that is a draft or posted (R30)."""
        self.ensure_one()
        return self.move_type == "out_invoice" and self.state in ("draft", "posted")

    def _chasing_mailed_at(self):
        """Return {move id: UTC instant} of the last e-mail about it that its customer got from Odoo itself (R9, R17).

        Only those are asked about that were sent before they had a schedule.
        """
        sent = self.filtered("is_move_sent")
        if not sent:
            return {}
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT a.id, max(m.date)
                    FROM account_move a
                    JOIN mail_message m ON m.model = 'account.move' AND m.res_id = a.id
                    JOIN mail_notification n ON n.mail_message_id = m.id
                    JOIN res_partner p ON p.id = n.res_partner_id
                    WHERE a.id = ANY(%s) AND p.commercial_partner_id = a.commercial_partner_id
                        AND n.notification_type = 'email'
                        AND n.notification_status NOT IN ('exception', 'bounce', 'canceled')
                    GROUP BY a.id
                    """,
                    sent.ids,
                    to_flush=sent._fields["commercial_partner_id"],
                )
            )
        )

    def _chasing_money_moved(self, even_drafts=False):
        concerned = self if even_drafts else self.filtered(lambda move: move.state == "posted")
        if concerned:
            self.env["chasing.money"]._moved(moves=concerned.ids)

    def write(self, vals):
        """Look at the money again when an entry or an invoice comes, goes, or becomes another customer's (R45).

        So it is when it is due before another.
        """
        if vals.get("state", "posted") != "posted":
            self._chasing_money_goes()
        result = super().write(vals)
        if not BEARING_ON_MONEY.isdisjoint(vals):
            self._chasing_money_moved("state" in vals)
        return result

    def unlink(self):
        """Delete entries, which take their money with them (R45).

        If one was posted when this transaction began, as that of a bank line or a receipt may be, nothing else tells.
        """
        self._chasing_money_goes()
        return super().unlink()

    def _chasing_money_goes(self):
        """Note that what these covered may be another customer's when the transaction ends, or gone."""
        self.env["chasing.money"]._moved(companies=self.company_id.ids)

    def _chasing_is_closed(self):
        """Return whether there is nothing to chase: nothing is due, or it was given up (R32, R41)."""
        is_given_up = self.sudo().chasing_schedule_ids.lifecycle == "written_off"
        return is_given_up or self._chasing_closure() not in (False, "draft")

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
        asked = self._chasing_asked()
        for move in self:
            now = asked[move.id]
            move.chasing_days_late = now.days_late
            move.chasing_asked_amount = move.currency_id.round(now.amount) if move.currency_id else now.amount
            move.chasing_asked_date = now.day or move.invoice_date_due or move.invoice_date

    def _chasing_asked(self):
        """Return {move id: the engine's Asked} as of today in each one's company (R7, R71)."""
        instalments = self._chasing_instalments()
        return {move.id: asked(instalments[move.id], clock.today(move.company_id)) for move in self}

    def _chasing_instalments(self):
        """Return {move id: the engine's Instalments}, keyed by the ids of their lines.

        What has no such lines yet has one instalment.
        """
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
        """Return [(invoice date, date that age is counted from, whether it was sent, how many)] of posted ones (R7).

        The database counts them: so many invoices may be asked about that reading them takes too long.
        """
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

    def _search_chasing_days_late(self, comparison, value):
        """Search by the local days since the oldest date on which something open was due, 0 before it.

        They count as of today in the current company.
        """
        if comparison == "in":
            return Domain.OR([self._chasing_late_between(*BOUNDS["="](days)) for days in value])
        if comparison in BOUNDS:
            return self._chasing_late_between(*BOUNDS[comparison](value))
        return NotImplemented

    def _chasing_late_between(self, least, end):
        """Return the domain of those that are so many days late or more, and less than `end` if there is one."""
        late = self._chasing_late_for(least)
        return late if end is None else late & ~self._chasing_late_for(end)

    def _chasing_late_for(self, days):
        """Return the domain of those that are so many days late or more; whatever is not late counts as 0."""
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
        written_off = self.env["chasing.part.payment"]._written_off(self._origin)
        for move in self:
            settled, key = move.amount_total - move.amount_residual, move._origin.id
            move.chasing_credited_amount = credited[key]
            # What nobody paid is told as neither.
            move.chasing_paid_amount = settled - credited[key] - written_off.get(key, 0.0)
