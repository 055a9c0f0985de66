from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.user_groups import READERS


class Choice(NamedTuple):
    """What gives an invoice its cadence: an empty cadence is *no chasing*; the rule is empty unless one decided."""

    cadence: object
    assigned_by: str
    rule: object


class AccountMove(models.Model):
    """Which cadence an invoice gets when nobody chose one on it (R50), and what rules can ask about it (R51)."""

    _inherit = "account.move"

    chasing_is_first = fields.Boolean(
        "First Invoice of the Customer",
        compute="_compute_chasing_is_first",
        search="_search_chasing_is_first",
        groups=READERS,
        help="Nothing was invoiced to the customer before it.",
    )

    # ------------------------------------------------------------------ choosing

    def _chasing_choices(self):
        """{Choice: the invoices that get it}: the customer's own cadence, the first matching rule, else the default
        (R50)."""
        groups = defaultdict(self.browse)
        rules, cadences = self.env["chasing.rule"], self.env["chasing.cadence"]
        for company, moves in self.grouped("company_id").items():
            default = company._chasing_default_cadence()
            own = {move: move._chasing_customer_cadence() for move in moves}
            matched = rules._first_match(moves.filtered(lambda move, own=own: not own[move]))
            for move in moves:
                if own[move]:
                    choice = Choice(own[move], "customer", rules)
                elif move in matched:
                    choice = Choice(matched[move].cadence_id, "rule", matched[move])
                else:
                    choice = Choice(default or cadences, "default", rules)
                groups[choice] |= move
        return groups

    def _chasing_customer_cadence(self):
        """The customer's own cadence, as far as it serves the invoice's company; empty without one."""
        cadence = self.commercial_partner_id.with_company(self.company_id).sudo().chasing_cadence_id
        return cadence if cadence.active and cadence.company_id in self.company_id.parent_ids else cadence.browse()

    # ------------------------------------------------------------------ what rules can ask

    @api.depends("commercial_partner_id", "invoice_date")
    def _compute_chasing_is_first(self):
        first = set(self.search([("id", "in", self.ids), ("chasing_is_first", "=", True)])._ids)
        for move in self:
            move.chasing_is_first = move.id in first

    def _search_chasing_is_first(self, operator, value):
        self._check_field_access(self._fields["chasing_is_first"], "read")
        if operator != "in":
            return NotImplemented
        self.flush_model(["move_type", "state", "partner_id", "company_id", "invoice_date"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        invoices = Domain([("move_type", "=", "out_invoice"), ("state", "=", "posted")])
        found = invoices & Domain.custom(to_sql=self._nothing_before)
        return found if True in value else ~found

    @staticmethod
    def _nothing_before(_moves, alias, _query):
        """Whether the customer of an invoice has no earlier one. By the indexes of customers and their invoices: each
        invoice that is posted may ask."""
        return SQL(
            """NOT EXISTS (
                SELECT FROM res_partner buyer
                JOIN res_partner same ON same.commercial_partner_id = buyer.commercial_partner_id
                JOIN account_move earlier ON earlier.partner_id = same.id
                WHERE buyer.id = %(move)s.partner_id AND earlier.company_id = %(move)s.company_id
                AND earlier.move_type = 'out_invoice' AND earlier.state = 'posted'
                AND (earlier.invoice_date, earlier.id) < (%(move)s.invoice_date, %(move)s.id)
            )""",
            move=SQL.identifier(alias),
        )
