from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.common.client_actions import notification, open_form
from ..models.engine.states import ATTEMPTED, OPEN_STATUSES
from .chasing_edit_line import LIVE_DEPENDS


class ChasingEdit(models.TransientModel):
    """Edit the chasing of one invoice (R22).

    It is the same grid as a cadence, with the dates it gives before anything is saved. Steps that were attempted are
    shown and stay (R39). Nothing is written on the invoice.
    """

    _name = "chasing.edit"
    _inherit = ["chasing.grid", "chasing.dialog"]
    _description = "Edit Chasing"

    schedule_id = fields.Many2one("chasing.schedule", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="schedule_id.company_id", related_sudo=False)
    cadence_id = fields.Many2one(
        "chasing.cadence",
        "Replace with Cadence",
        domain="[('company_id', 'parent_of', company_id)]",
        help="Replaces the steps below with those of this cadence. If empty, the current steps are kept.",
    )
    locked_ids = fields.Many2many("chasing.step", compute="_compute_locked_ids")
    line_ids = fields.One2many(
        "chasing.edit.line",
        "edit_id",
        "Steps",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    summary = fields.Char(compute="_compute_summary")
    is_manager = fields.Boolean(compute="_compute_is_manager")

    @api.depends("schedule_id")
    def _compute_locked_ids(self):
        for dialog in self:
            dialog.locked_ids = dialog.schedule_id._current_steps().filtered(lambda step: step.state in ATTEMPTED)

    @api.depends_context("uid")
    def _compute_is_manager(self):
        self.is_manager = self.env.user.has_group("invoice_chasing.group_manager")

    @api.depends("schedule_id")
    def _compute_line_ids(self):
        """List the steps that are still to go, each repeating one as the one line it was defined by.

        What was taken back for good does not come again by saving others.
        """
        for dialog in self:
            open_steps = dialog.schedule_id._current_steps().filtered(
                lambda step: step.state not in ATTEMPTED and not step._is_withdrawn()
            )
            repeats = open_steps.filtered(lambda step: step.trigger == "repeat")
            lines = open_steps - repeats + repeats.sorted("occurrence")[:1]
            dialog.line_ids = [Command.clear(), *(Command.create(line._copied()) for line in lines)]

    @api.onchange("cadence_id")
    def _onchange_cadence_id(self):
        """Start from the lines of another cadence."""
        if self.cadence_id:
            self.line_ids = [Command.clear(), *(Command.create(line._copied()) for line in self.cadence_id.step_ids)]

    @api.depends(*(f"line_ids.{name}" for name in LIVE_DEPENDS))
    @api.depends_context("lang", "tz")
    def _compute_summary(self):
        for dialog in self:
            simulated = dialog._simulated_steps()
            # Keys are None for what stays as it is: what was sent is neither to come nor skipped.
            coming = [step for step in simulated if step.key]
            timezone = dialog.schedule_id.company_id._chasing_timezone()
            dialog.summary = self.env["chasing.simulation"]._summary(coming, timezone)

    def _simulated_steps(self, lines=None):
        """Return the engine's answer for the lines of this dialog, or for those given."""
        if not self.schedule_id:
            return []
        schedule = self.schedule_id._origin
        return self.env["chasing.simulation"]._of_edit(schedule, lines or self.line_ids, self.cadence_id._origin.sudo())

    def _check(self):
        """Refuse what cannot be saved (R1-R4, R14, R16), naming the line."""
        self.line_ids._check_grid(self.locked_ids.filtered(lambda step: step.trigger != "repeat"))

    def _move(self):
        """Return the invoice for which the grid of steps tells dates."""
        return self.schedule_id.move_id

    def action_save(self):
        """Give the invoice these steps."""
        self.ensure_one()
        if self.schedule_id._chased_status() not in OPEN_STATUSES:
            raise UserError(self.env._("The chasing of this invoice has ended. Choose a cadence to start it again."))
        self.company_id._chasing_check_usable(self.cadence_id)
        self._check()
        self.schedule_id._edit(self.cadence_id or self.schedule_id.cadence_id, self.line_ids)
        return notification(self.env._("The steps are saved. %(text)s.", text=self.summary))

    def action_save_as_cadence(self):
        """Make a cadence of these steps (R22), and open it. The invoice is left as it is."""
        self.ensure_one()
        if not self.is_manager:
            raise AccessError(self.env._("Only chasing managers can create a cadence."))
        self._check()
        lines = self.line_ids.filtered(lambda line: line.trigger != "on_date")
        if not lines:
            raise UserError(
                self.env._("Steps on a date belong to one invoice. Add a step that every invoice can have.")
            )
        name = self.env._("From %(invoice)s", invoice=self.schedule_id.move_id.display_name)
        cadence = self.env["chasing.cadence"].create({
            "name": name,
            "company_id": self.company_id.id,
            "step_ids": [Command.create({**line._copied(), "sequence": place}) for place, line in enumerate(lines)],
        })
        return open_form(cadence, name)
