from collections.abc import Callable
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.common import formats
from ..models.common.client_actions import open_list


class Change(NamedTuple):
    """What becomes of one invoice: what it has, what it gets (empty: that stays), and what else is to be said."""

    before: str
    after: str = ""
    note: str = ""


class ChangeList(NamedTuple):
    """Invoices of which the same is to be said: that they change, or that they stay as they are.

    `describe` takes those that are shown, with the rights to read all of them, and returns {move id: Change}.
    """

    title: str
    moves: models.Model
    describe: Callable


class ChasingChanges(models.AbstractModel):
    """Show in a dialog what an act would change, invoice by invoice, before it is done.

    That is whose invoice it is, what it has and what it gets, and how much money, in total per currency. The first
    ones by amount are named, the others counted and opened by a click.

    A dialog that inherits this beside `chasing.dialog` answers `_change_lists` with one ChangeList for each list, names
    in `@api.depends` of an own `_compute_changes` what they follow from, and shows the field:

        <field name="changes" widget="chasing_changes" nolabel="1"/>

        @api.depends("selected", "act")
        @api.depends_context("lang", "tz")
        def _compute_changes(self):
            super()._compute_changes()

        def _change_lists(self):
            going, kept = self._split()
            return [
                ChangeList(self.env._("Will change"), going.move_id, self._described),
                ChangeList(self.env._("Unchanged"), kept.move_id, self._explained),
            ]
    """

    _name = "chasing.changes"
    _description = "List of What Changes"
    # So many invoices of a list are named in the dialog; the others are counted, and opened by a click.
    _shown_count = 80

    changes = fields.Json(compute="_compute_changes")

    def _compute_changes(self):
        for dialog in self:
            dialog.changes = self._listed(dialog._change_lists())

    def _change_lists(self):
        """Return the ChangeLists of this dialog.

        Hook: here none, extended by each dialog.
        """
        return []

    @api.model
    def _listed(self, change_lists):
        """Return ChangeLists as JSON for the dialog, those without any invoice left out."""
        return [
            self._listed_one(number, change_list)
            for number, change_list in enumerate(change_lists)
            if change_list.moves
        ]

    def _listed_one(self, number, change_list):
        title, moves, describe = change_list
        shown = moves.search(
            [("id", "in", moves.ids)], order="amount_residual_signed desc, id", limit=self._shown_count
        ).sudo()
        changes = describe(shown)
        rest = len(moves) - len(shown)
        return {
            "number": number,
            "title": self.env._(
                "%(title)s: %(invoices)s, %(amount)s outstanding",
                title=title,
                invoices=self._invoices_text(len(moves)),
                amount=self._outstanding_by_currency(moves),
            ),
            "rows": [self._listed_row(move, changes[move.id]) for move in shown],
            "rest": self.env._("Open all, %(count)s more than shown here", count=f"{rest:,}") if rest else "",
        }

    def _listed_row(self, move, change):
        return {
            "id": move.id,
            "customer": move.commercial_partner_id.name or "",
            "invoice": move.name or self.env._("Draft invoice"),
            "amount": formats.amount(self.env, move.amount_residual, move.currency_id),
            **change._asdict(),
        }

    @api.model
    def _outstanding_by_currency(self, moves):
        """Return '4,300.00 €, 120.00 $': what is open of invoices in their own currencies."""
        amounts = moves._read_group([("id", "in", moves.ids)], ["currency_id"], ["amount_residual:sum"])
        return ", ".join(formats.amount(self.env, amount, currency) for currency, amount in amounts)

    def action_open_changes(self, number=0):
        """Open all invoices of a list.

        :param number: its place among those of the dialog; the first one's if there is no such place
        """
        self.ensure_one()
        change_lists = self._change_lists()
        if not change_lists:
            raise UserError(self.env._("There is no page of that name."))
        is_place = type(number) is int and number in range(len(change_lists))
        title, moves, _describe = change_lists[number if is_place else 0]
        moves.check_access("read")
        context = {"default_move_type": "out_invoice"}
        return open_list(self.env["account.move"], title, [("id", "in", moves.ids)], context=context)
