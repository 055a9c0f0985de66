from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common import clock
from ..common.access import check_collector
from ..engine import moments

EXAMPLE_FIELDS = ("trigger", "days", "hour", "repeat_count")


class ChasingCadence(models.Model):
    """Show a cadence while it is edited: its steps on an invoice with real dates, and what to look out for (R24)."""

    _inherit = "chasing.cadence"

    sample_move_id = fields.Many2one(
        "account.move",
        "Preview on Invoice",
        store=False,
        domain="[('move_type', '=', 'out_invoice'), ('company_id', '=', company_id), ('state', '!=', 'cancel')]",
        help="The invoice whose dates are shown. Empty: one dated today and due in 30 days.",
    )
    sample_text = fields.Char(compute="_compute_sample_text")
    warning_text = fields.Text(compute="_compute_warning_text")
    blocked_text = fields.Text(compute="_compute_blocked_text")
    ask_first = fields.Boolean(
        "Ask Before Sending",
        compute="_compute_ask_first",
        readonly=False,
        help="Every step waits for a person.",
    )

    @api.depends("sample_move_id", *(f"step_ids.{name}" for name in EXAMPLE_FIELDS))
    @api.depends_context("lang")
    def _compute_sample_text(self):
        simulation = self.env["chasing.simulation"]
        for cadence in self:
            cadence.sample_text = simulation._summary(cadence._simulated_steps(), cadence._timezone())

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_blocked_text(self):
        """Say why a channel of the grid cannot be chosen."""
        for cadence in self:
            blocked = cadence.step_ids._blocked(cadence.company_id or self.env.company)
            cadence.blocked_text = "\n".join(blocked.values())

    def _timezone(self):
        return clock.zone(self.company_id)

    def _simulated_steps(self, lines=None):
        """Return the engine's answer for this cadence as it stands in the form, or for these lines of it."""
        if not self.company_id:
            return []
        return self.env["chasing.simulation"]._of_cadence(self, self._sample(), lines)

    def _sample(self):
        """Return the invoice whose dates are shown: what is shown of it, whoever chose it may read."""
        move = self.sample_move_id._origin
        move.check_access("read")
        if move and (move.move_type != "out_invoice" or self.company_id not in move.company_id.sudo().parent_ids):
            raise UserError(self.env._("Try the cadence on an invoice of its company to a customer."))
        return move

    @api.depends("sample_move_id", "step_ids.role_id", *(f"step_ids.{name}" for name in EXAMPLE_FIELDS))
    @api.depends_context("lang")
    def _compute_warning_text(self):
        """Name steps that fall on one day: all but the first would be skipped (R17, R24)."""
        for cadence in self:
            days = defaultdict(list)
            labels = {line.id: line.step_label for line in cadence.step_ids}
            roles = {line.id: line.role_id for line in cadence.step_ids}
            for step in cadence._simulated_steps():
                if step.state != "skipped":
                    day, line_id = moments.local(step.at, cadence._timezone()).date(), step.key[0]
                    days[day, roles[line_id]].append(labels[line_id])
            cadence.warning_text = "\n".join(
                self.env._(
                    "%(steps)s fall on the same day: only the first one is sent.", steps=self.env._(" and ").join(names)
                )
                for names in days.values()
                if len(names) > 1
            )

    @api.depends("step_ids.mode")
    def _compute_ask_first(self):
        for cadence in self:
            cadence.ask_first = bool(cadence.step_ids) and all(line.mode == "ask" for line in cadence.step_ids)

    @api.onchange("ask_first")
    def _onchange_ask_first(self):
        for line in self.step_ids:
            line.mode = "ask" if self.ask_first else "auto"

    def action_apply(self):
        """Ask what this cadence, as it is now, would change on the open invoices that have it; then change them."""
        self.ensure_one()
        self.check_access("read")
        check_collector(self.env)
        schedules = self.env["chasing.schedule"].search(self._open_schedules())
        return self.env["chasing.assign"]._ask(
            schedules.move_id, self.env._("Apply %(cadence)s to Its Invoices", cadence=self.name), renewed=self
        )
