from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.common import clock
from ..models.common.client_actions import open_form

STAGES = [("cadence", "Cadence"), ("date", "Starting Date"), ("look", "What Would Be Sent")]


class ChasingStart(models.TransientModel):
    """Switch chasing on: pick a cadence, pick the starting invoice date, look at what would go.

    Nothing leaves until the last button (R46, R107).
    """

    _name = "chasing.start"
    _inherit = "chasing.dialog"
    _description = "Switch On Invoice Chasing"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    stage = fields.Selection(STAGES, required=True, default="cadence")
    cadence_id = fields.Many2one(
        "chasing.cadence",
        required=True,
        default=lambda self: self._proposed_cadence(),
        domain="[('company_id', 'parent_of', company_id)]",
    )
    steps_text = fields.Text("Its Steps", compute="_compute_steps_text")
    start_date = fields.Date(
        "Chase Invoices Dated From",
        required=True,
        default=lambda self: self.env.company.chasing_start_date or clock.today(self.env.company),
    )
    ask_first = fields.Boolean(
        "Ask Before Sending",
        compute="_compute_ask_first",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="Every step waits under Chasing ▸ To Do until someone sends it.",
    )
    duplicates_text = fields.Text(compute="_compute_look")
    invoice_count = fields.Integer(compute="_compute_look")
    look = fields.Char(compute="_compute_look")
    held_count = fields.Integer(compute="_compute_look")
    tz = fields.Char("Time Zone", compute="_compute_tz")

    @api.model
    def _proposed_cadence(self):
        usable = self.env["chasing.cadence"].search([("company_id", "parent_of", self.env.company.ids)])
        standard = usable.filtered(lambda cadence: len(cadence.step_ids) > 3)
        return usable.filtered("is_default")[:1] or standard[:1] or usable[:1]

    @api.depends("cadence_id")
    @api.depends_context("lang", "tz")
    def _compute_steps_text(self):
        for dialog in self:
            dialog.steps_text = "\n".join(
                self.env._("%(step)s at %(hour)02d:00", step=step.step_label, hour=step.hour)
                for step in dialog.cadence_id.step_ids
            )

    @api.depends("company_id")
    def _compute_tz(self):
        for dialog in self:
            dialog.tz = dialog.company_id._chasing_timezone()

    @api.depends("cadence_id", "start_date", "stage")
    @api.depends_context("lang", "tz")
    def _compute_look(self):
        """Say what switching on would send; asked for only once there is something to look at."""
        simulation = self.env["chasing.simulation"]
        for dialog in self:
            invoices, simulated = 0, []
            if dialog.stage == "look" and dialog.cadence_id and dialog.start_date:
                invoices, simulated = simulation._of_start(dialog.company_id, dialog.cadence_id, dialog.start_date)
            dialog.invoice_count = invoices
            dialog.duplicates_text = "\n".join(sender.text for sender in self.env["chasing.other.sender"]._found())
            dialog.look = simulation._summary(simulated, dialog.company_id._chasing_timezone())
            company = dialog.company_id
            dialog.held_count = 0 if company.chasing_enabled else company._chasing_switch_counts()[1]

    @api.depends("cadence_id")
    def _compute_ask_first(self):
        """Propose it for the first cadence of its own that a company puts to use (R101)."""
        for dialog in self:
            chased = [("company_id", "=", dialog.company_id.id)]
            used = self.env["chasing.schedule"].sudo().search_count(chased, limit=1)
            is_own = dialog.cadence_id.company_id == dialog.company_id
            dialog.ask_first = dialog.cadence_id.ask_first or (is_own and not used)

    def _go(self, stage):
        self.ensure_one()
        self.stage = stage
        return open_form(self, self.env._("Switch On Invoice Chasing"), target="new")

    def action_next(self):
        return self._go("date" if self.stage == "cadence" else "look")

    def action_back(self):
        return self._go("cadence" if self.stage == "date" else "date")

    def _check_own_change(self):
        """Refuse to change a parent's cadence.

        A branch may go by its parent's default cadence as it is; to change it is the parent's business.
        """
        cadence = self.cadence_id
        if cadence.company_id == self.company_id or cadence.has_access("write"):
            return
        if self.ask_first != cadence.ask_first or not cadence.is_default:
            raise UserError(
                self.env._(
                    "%(cadence)s belongs to %(owner)s, where it is not the default or has other approval settings. "
                    "Duplicate it for %(company)s and start with the copy.",
                    cadence=cadence.name,
                    owner=cadence.sudo().company_id.name,
                    company=self.company_id.name,
                )
            )

    def action_switch_on(self):
        """Make the cadence the default, give it to the open invoices dated from the starting date, and switch on."""
        self.ensure_one()
        if not self.env.user.has_group("invoice_chasing.group_manager"):
            raise AccessError(self.env._("Only chasing managers can switch chasing on."))
        if self.company_id not in self.env.user.company_ids:
            raise AccessError(self.env._("This company is not among yours."))
        self.company_id._chasing_check_usable(self.cadence_id)
        if self.stage != "look":
            raise UserError(self.env._("Check what would be sent first."))
        self._check_own_change()
        if self.ask_first != self.cadence_id.ask_first:
            self.cadence_id.step_ids.mode = "ask" if self.ask_first else "auto"
        self.company_id._chasing_switch_on(self.cadence_id, self.start_date)
        return {"type": "ir.actions.act_window_close"}
