from odoo import api, fields, models
from odoo.tools.i18n import format_list

from ..common import clock
from ..common.ir_actions_report import takes_many
from ..common.wording import invoices_text, steps_text


def has_online_payment(env):
    """Return whether Odoo's online payment of invoices, which the addon can do without, is installed."""
    return "payment.provider" in env and "pay_invoices_online" in env["res.config.settings"]._fields


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
    chasing_link_login = fields.Boolean(related="company_id.chasing_link_login", readonly=False)
    chasing_partial_days = fields.Integer(related="company_id.chasing_partial_days", readonly=False)
    chasing_thank_you = fields.Boolean(related="company_id.chasing_thank_you", readonly=False)
    chasing_write_off_account_id = fields.Many2one(related="company_id.chasing_write_off_account_id", readonly=False)
    chasing_tone_id = fields.Many2one(related="company_id.chasing_tone_id", readonly=False)

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
    chasing_payment_text = fields.Char(compute="_compute_chasing_payment_text")
    chasing_has_payment = fields.Boolean(compute="_compute_chasing_payment_text")

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

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_chasing_payment_text(self):
        """Say whether and how customers can pay online, as Odoo's own settings have it (R74)."""
        for settings in self:
            settings.chasing_has_payment = has_online_payment(self.env)
            settings.chasing_payment_text = settings._chasing_payment_words()

    def _chasing_payment_words(self):
        if not self.chasing_has_payment:
            return self.env._("Customers cannot pay online: the online payment of invoices is not installed in Odoo.")
        if not self.env["ir.config_parameter"].sudo().get_param("account_payment.enable_portal_payment"):
            return self.env._("Online payment is off. Switch it on above, under Customer Payments.")
        providers = self._chasing_payment_providers()
        methods = providers.payment_method_ids.filtered("active").sorted("name").mapped("name")
        if not methods:
            return self.env._(
                "Online payment is on, but no payment provider is enabled and published. Messages lead to the invoice."
            )
        text = self.env._("Customers can pay online by %(methods)s.", methods=format_list(self.env, methods))
        if tested := providers.filtered(lambda provider: provider.state == "test"):
            names = format_list(self.env, tested.mapped("name"))
            text += " " + self.env._("In test mode, without real payments: %(providers)s.", providers=names)
        return text

    def _chasing_payment_providers(self):
        """Return the company's payment providers that customers see on an invoice's page."""
        providers = self.env["payment.provider"].sudo()
        of_company = providers._check_company_domain(self.company_id)
        return providers.search([*of_company, ("state", "in", ["enabled", "test"]), ("is_published", "=", True)])

    def action_chasing_payment_providers(self):
        """Open Odoo's payment providers, who take the money."""
        self.check_access("read")
        return self.env["ir.actions.act_window"]._for_xml_id("payment.action_payment_provider")

    def action_chasing_payment_methods(self):
        """Open Odoo's payment methods, among which customers choose."""
        self.check_access("read")
        return self.env["ir.actions.act_window"]._for_xml_id("payment.action_payment_method")

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
