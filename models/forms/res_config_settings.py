from odoo import api, fields, models

from ..common import clock
from ..common.ir_actions_report import takes_many
from ..common.wording import invoices_text, steps_text


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    chasing_enabled = fields.Boolean(related="company_id.chasing_enabled", readonly=False)
    chasing_start_date = fields.Date(related="company_id.chasing_start_date", readonly=False)
    chasing_tz = fields.Selection(related="company_id.chasing_tz", readonly=False)
    chasing_window_from = fields.Integer(related="company_id.chasing_window_from", readonly=False)
    chasing_window_to = fields.Integer(related="company_id.chasing_window_to", readonly=False)
    chasing_catchup_days = fields.Integer(related="company_id.chasing_catchup_days", readonly=False)
    chasing_run_limit = fields.Integer(related="company_id.chasing_run_limit", readonly=False)
    chasing_announced_days = fields.Integer(related="company_id.chasing_announced_days", readonly=False)
    chasing_write_off_account_id = fields.Many2one(related="company_id.chasing_write_off_account_id", readonly=False)
    chasing_new_template_id = fields.Many2one(related="company_id.chasing_new_template_id", readonly=False)
    chasing_reminder_template_id = fields.Many2one(related="company_id.chasing_reminder_template_id", readonly=False)
    chasing_past_due_template_id = fields.Many2one(related="company_id.chasing_past_due_template_id", readonly=False)
    chasing_new_sms_template_id = fields.Many2one(related="company_id.chasing_new_sms_template_id", readonly=False)
    chasing_reminder_sms_template_id = fields.Many2one(
        related="company_id.chasing_reminder_sms_template_id", readonly=False
    )
    chasing_past_due_sms_template_id = fields.Many2one(
        related="company_id.chasing_past_due_sms_template_id", readonly=False
    )

    chasing_default_cadence_id = fields.Many2one(
        "chasing.cadence",
        "Default Cadence",
        compute="_compute_chasing_default_cadence_id",
        inverse="_inverse_chasing_default_cadence_id",
        domain="[('company_id', '=', company_id)]",
    )
    chasing_duplicates_text = fields.Text(compute="_compute_chasing_duplicates_text")
    chasing_has_switch = fields.Boolean(compute="_compute_chasing_duplicates_text")
    chasing_switch_text = fields.Char(compute="_compute_chasing_switch_text")
    chasing_documents_text = fields.Char(compute="_compute_chasing_documents_text")

    def action_chasing_minimums(self):
        """Open the company's minimums, one a currency (R46b)."""
        action = self.env["ir.actions.act_window"]._for_xml_id("invoice_chasing.chasing_minimum_action")
        company_id = self.company_id.id
        return {**action, "domain": [("company_id", "=", company_id)], "context": {"default_company_id": company_id}}

    @api.depends("company_id")
    def _compute_chasing_default_cadence_id(self):
        for settings in self:
            settings.chasing_default_cadence_id = self.env["chasing.cadence"].search([
                ("company_id", "=", settings.company_id.id),
                ("is_default", "=", True),
            ])

    def _inverse_chasing_default_cadence_id(self):
        for settings in self:
            old = self.env["chasing.cadence"].search([
                ("company_id", "=", settings.company_id.id),
                ("is_default", "=", True),
            ])
            chosen = settings.chasing_default_cadence_id
            if chosen != old:
                (chosen or old).is_default = bool(chosen)

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_chasing_duplicates_text(self):
        """Name who else mails customers about invoices, a line each (R44)."""
        senders = self.env["chasing.other.sender"]._found()
        for settings in self:
            settings.chasing_duplicates_text = "\n".join(sender.text for sender in senders)
            settings.chasing_has_switch = any(sender.parameter for sender in senders)

    def action_chasing_stop_duplicates(self):
        """Switch off what has a switch of its own in this database (R44)."""
        self.check_access("write")
        for sender in self.env["chasing.other.sender"]._found():
            if sender.parameter:
                self.env["ir.config_parameter"].sudo().set_param(sender.parameter, "False")
        return {"type": "ir.actions.client", "tag": "reload"}

    @api.depends_context("lang")
    def _compute_chasing_documents_text(self):
        """Say how fast this server makes the PDFs of new invoices, and what would make it faster (R73)."""
        if takes_many():
            text = self.env._("PDFs of new invoices are created in batches.")
        else:
            text = self.env._(
                "PDFs of new invoices are created one by one, which takes about a second each. To create them in"
                " batches, install wkhtmltopdf with patched Qt on the server and restart Odoo."
            )
        self.chasing_documents_text = text

    @api.depends("chasing_enabled", "company_id")
    @api.depends_context("lang")
    def _compute_chasing_switch_text(self):
        """Say what saving the switch does, with its counts (R47); nothing while it stands as saved."""
        for settings in self:
            company = settings.company_id
            steps, invoices = company._chasing_switch_counts()
            steps, invoices = steps_text(self.env, steps), invoices_text(self.env, invoices)
            if settings.chasing_enabled == company.chasing_enabled:
                settings.chasing_switch_text = False
            elif settings.chasing_enabled:
                settings.chasing_switch_text = self.env._(
                    "Saving releases %(steps)s of %(invoices)s.",
                    steps=steps,
                    invoices=invoices,
                )
            else:
                settings.chasing_switch_text = self.env._(
                    "Saving holds %(steps)s of %(invoices)s.", steps=steps, invoices=invoices
                )

    @api.onchange("chasing_enabled")
    def _onchange_chasing_enabled(self):
        """Begin with invoices of today, unless somebody chooses an earlier day."""
        if self.chasing_enabled and not self.chasing_start_date:
            self.chasing_start_date = clock.today(self.company_id)
