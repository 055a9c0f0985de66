from odoo import models
from odoo.tools.misc import split_every

from ..engine.states import SCHEDULED
from .account_move import BATCH_SIZE


class ResCompany(models.Model):
    _inherit = "res.company"

    def _chasing_default_cadence(self):
        """Return the default cadence of this company or its nearest ancestor with one; none while chasing is off."""
        self.ensure_one()
        if not self.chasing_enabled:
            return self.env["chasing.cadence"]
        defaults = (
            self.env["chasing.cadence"]
            .sudo()
            .search([("is_default", "=", True), ("company_id", "parent_of", self.ids)])
        )
        return defaults.sorted(lambda cadence: len(cadence.company_id.parent_path or ""), reverse=True)[:1]

    def _chasing_startable(self, start_date):
        """Return the domain of the open invoices dated from a day on that nobody chases yet."""
        return [*self._chasing_unchased(), ("invoice_date", ">=", start_date)]

    def _chasing_older(self, start_date):
        """Return the domain of the open invoices dated before a day that nobody chases yet (R46)."""
        return [*self._chasing_unchased(), ("invoice_date", "<", start_date)]

    def _chasing_unchased(self):
        self.ensure_one()
        return [
            ("company_id", "=", self.id),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial")),
            ("amount_residual", ">", 0),
            # What a person sends by hand chases nobody (R102).
            "|",
            ("chasing_schedule_ids", "=", False),
            ("chasing_schedule_ids.lifecycle", "=", "by_hand"),
        ]

    def _chasing_switch_on(self, cadence, start_date, older=None):
        """Switch chasing on (R46, R47).

        The cadence becomes the default, and the open invoices dated from the starting date get what precedence
        gives them (R50).

        :param older: the entry point (R43) with which the open invoices dated before it get that too, though never
            their on-issue message; None: they get nothing
        """
        self.ensure_one()
        company = self.sudo()
        company.write({"chasing_enabled": True, "chasing_start_date": start_date})
        if not cadence.is_default:
            cadence.is_default = True
        self._chasing_attach_found(self._chasing_startable(start_date))
        if older:
            self._chasing_attach_found(self._chasing_older(start_date), older)

    def _chasing_attach_found(self, domain, entry_point=None):
        moves = self.env["account.move"].sudo().search(domain)
        for ids in split_every(BATCH_SIZE, moves.ids):
            part = moves.browse(ids)
            carrying = self.env["chasing.schedule"].sudo().search([("move_id", "in", ids)]).move_id
            (part - carrying)._chasing_attach_chosen(entry_point=entry_point)
            carrying._chasing_reassign(entry_point)

    def _chasing_switch_counts(self):
        """Return (steps, invoices) that switching chasing on releases, or off holds (R47)."""
        self.ensure_one()
        [(steps, invoices)] = (
            self.env["chasing.step"]
            .sudo()
            ._read_group(
                [("company_id", "=", self.id), ("state", "in", (*SCHEDULED, "under_way"))],
                [],
                ["__count", "schedule_id:count_distinct"],
            )
        )
        return steps, invoices
