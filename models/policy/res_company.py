import pytz

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools.misc import split_every

from ..assignment.account_move import CHUNK
from ..common import nobodys_defaults
from ..common.mail_header import headed, sender
from ..common.user_groups import OURS, READERS

SHIPPED = {
    "Gentle": [("on_issue", 0), ("after_due", 7), ("after_due", 21)],
    "Standard": [("on_issue", 0), ("before_due", 3), ("after_due", 5), ("after_due", 15), ("after_due", 30)],
    "Firm": [
        ("on_issue", 0),
        ("before_due", 3),
        ("after_due", 1),
        ("after_due", 7),
        ("after_due", 14),
        ("after_due", 21),
    ],
}


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "chasing.wording"]

    chasing_enabled = fields.Boolean(
        "Chase Invoices",
        groups=OURS,
        help="While this is off nothing leaves: every step of every invoice is held.",
    )
    chasing_start_date = fields.Date(
        "Chase Invoices Dated From",
        groups=OURS,
        help="Older invoices get nothing by themselves.",
    )
    chasing_tz = fields.Selection(
        "_tz_get",
        "Chasing Time Zone",
        groups=OURS,
        help="The zone in which steps have their hour. Empty: the zone of the company's working hours.",
    )
    chasing_window_from = fields.Integer("Sending Window From", default=7, groups=OURS)
    chasing_window_to = fields.Integer("Sending Window To", default=20, groups=OURS)
    chasing_catchup_days = fields.Integer(
        "Catch-up Window",
        groups=OURS,
        default=7,
        help="A step missed for longer than this many days is skipped.",
    )
    chasing_run_limit = fields.Integer(
        "Brake",
        groups=OURS,
        default=500,
        help="A run that would send more messages than this waits for one click.",
    )

    chasing_announced_days = fields.Integer(
        "Announced Payments",
        groups=OURS,
        default=5,
        help="So many working days chasing waits for a bank transfer that a customer announced, and for a bank line to "
        "be matched. 0: it does not wait.",
    )
    chasing_minimum_ids = fields.One2many("chasing.minimum", "company_id", "Minimum to Chase", groups=READERS)

    chasing_new_template_id = fields.Many2one(
        "mail.template",
        "New Invoice",
        groups=OURS,
        domain="[('model', '=', 'account.move')]",
        default=lambda self: self._chasing_template("new"),
    )
    chasing_reminder_template_id = fields.Many2one(
        "mail.template",
        "Invoice Reminder",
        groups=OURS,
        domain="[('model', '=', 'account.move')]",
        default=lambda self: self._chasing_template("reminder"),
    )
    chasing_past_due_template_id = fields.Many2one(
        "mail.template",
        "Past Due Invoice",
        groups=OURS,
        domain="[('model', '=', 'account.move')]",
        default=lambda self: self._chasing_template("past_due"),
    )

    chasing_write_off_account_id = fields.Many2one(
        "account.account",
        "Write-off Account",
        groups=OURS,
        domain="[('account_type', '=like', 'expense%')]",
        help="The account to which bad debts are booked.",
    )

    _chasing_window = models.Constraint(
        "CHECK (chasing_window_from BETWEEN 0 AND 23 AND chasing_window_to BETWEEN chasing_window_from AND 23)",
        "The sending window runs from one whole hour to a later one of the same day, both between 0 and 23.",
    )
    _chasing_catchup_days = models.Constraint(
        "CHECK (chasing_catchup_days >= 0)",
        "The catch-up window is 0 days or more.",
    )
    _chasing_run_limit = models.Constraint(
        "CHECK (chasing_run_limit > 0)",
        "The brake is at least one message a run.",
    )

    _chasing_announced_days = models.Constraint(
        "CHECK (chasing_announced_days BETWEEN 0 AND 60)",
        "Announced payments are waited for between 0 and 60 working days.",
    )

    def _wording_companies(self):
        return self

    @api.model
    def _tz_get(self):
        return [(name, name) for name in sorted(pytz.common_timezones)]

    @api.model
    def _chasing_template(self, kind):
        return self.env.ref(f"invoice_chasing.mail_template_{kind}", raise_if_not_found=False)

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._chasing_ship_cadences()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if {"chasing_tz", "resource_calendar_id"} & set(vals):
            self.env.ref("invoice_chasing.ir_cron_replan")._trigger()
        return result

    @api.model
    def _chasing_set_up(self):
        """On installation: give the companies that exist what new ones get by default."""
        companies = self.search([])
        for kind in ("new", "reminder", "past_due"):
            companies.write({f"chasing_{kind}_template_id": self._chasing_template(kind).id})
        companies._chasing_ship_cadences()

    def _chasing_ship_cadences(self):
        """Gentle, Standard and Firm for every company that is nobody's branch; none is default (R107)."""
        nobodys_defaults.create(
            self.env["chasing.cadence"],
            [
                {
                    "name": name,
                    "sequence": sequence,
                    "company_id": company.id,
                    "step_ids": [
                        Command.create({"trigger": trigger, "days": days, "sequence": place})
                        for place, (trigger, days) in enumerate(steps)
                    ],
                }
                for company in self
                if not company.parent_id
                for sequence, (name, steps) in enumerate(SHIPPED.items())
            ],
        )

    def _chasing_timezone(self):
        """Name of the zone that gives this company's steps their hour: its own choice, its working hours', UTC."""
        self.ensure_one()
        # a branch goes by the cadences of its parent, which its people need not be able to read
        company = self.sudo()
        return company.chasing_tz or company.resource_calendar_id.tz or "UTC"

    def _chasing_sender(self):
        """The header of the address from which the company writes, False if it has none."""
        self.ensure_one()
        return sender(self.name, self.email) or headed(self.sudo().email_formatted)

    def _chasing_default_cadence(self):
        """The default cadence of this company or of its nearest ancestor that has one; none while chasing is off."""
        self.ensure_one()
        if not self.chasing_enabled:
            return self.env["chasing.cadence"]
        defaults = (
            self.env["chasing.cadence"]
            .sudo()
            .search([("is_default", "=", True), ("company_id", "parent_of", self.ids)])
        )
        return defaults.sorted(lambda cadence: len(cadence.company_id.parent_path or ""), reverse=True)[:1]

    def _chasing_check_usable(self, cadence):
        """Refuse a cadence that does not belong to this company or to one above it."""
        if cadence:
            cadence.check_access("read")
        if cadence and cadence.sudo().company_id not in self.sudo().parent_ids:
            raise UserError(
                self.env._("The cadence belongs to another company. Choose one of %(company)s.", company=self.name)
            )

    def _chasing_branches(self):
        """The branches of this company, at any depth."""
        return self.sudo().search([("id", "child_of", self.ids), ("id", "not in", self.ids)])

    def _chasing_minimums(self):
        """{(company id, currency id): the open balance from which on an invoice is chased} (R46b)."""
        minimums = self.sudo().chasing_minimum_ids
        return {(minimum.company_id.id, minimum.currency_id.id): minimum.amount for minimum in minimums}

    def _chasing_is_before_start(self, invoice_date):
        """Whether an invoice of that date is older than what this company chases (R46)."""
        self.ensure_one()
        return bool(invoice_date and self.chasing_start_date and invoice_date < self.chasing_start_date)

    # ------------------------------------------------------------------ switching on and off

    def _chasing_startable(self, start_date):
        """Domain of the open invoices dated from a day on that nobody chases yet."""
        self.ensure_one()
        return [
            ("company_id", "=", self.id),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial")),
            ("amount_residual", ">", 0),
            ("invoice_date", ">=", start_date),
            ("chasing_schedule_ids", "=", False),
        ]

    def _chasing_switch_on(self, cadence, start_date):
        """Switch chasing on (R46, R47): the cadence becomes the default, and the open invoices dated from the starting
        date get what precedence gives them (R50)."""
        self.ensure_one()
        company = self.sudo()
        company.write({"chasing_enabled": True, "chasing_start_date": start_date})
        if not cadence.is_default:
            cadence.is_default = True
        moves = self.env["account.move"].sudo().search(self._chasing_startable(start_date))
        for ids in split_every(CHUNK, moves.ids):
            moves.browse(ids)._chasing_attach_chosen()

    def _chasing_switch_counts(self):
        """(steps, invoices) that switching chasing on lets go, or off holds (R47)."""
        self.ensure_one()
        [(steps, invoices)] = (
            self.env["chasing.step"]
            .sudo()
            ._read_group(
                [("company_id", "=", self.id), ("state", "in", ("planned", "held", "under_way"))],
                [],
                ["__count", "schedule_id:count_distinct"],
            )
        )
        return steps, invoices

    def _chasing_managers(self):
        """The people who decide about this company's chasing."""
        self.ensure_one()
        return (
            self.env.ref("invoice_chasing.group_manager")
            .sudo()
            .all_user_ids.filtered(lambda user: self in user.company_ids and user.id != SUPERUSER_ID)
        )

    def _chasing_is_collector(self, user):
        """Whether a user may chase this company's invoices."""
        self.ensure_one()
        allowed = user.active and user.id != SUPERUSER_ID and self in user.company_ids
        return allowed and user.has_group("invoice_chasing.group_user")

    def _chasing_is_colleague(self, user):
        """Whether a user is one of the people of this company or of one above it, in whose name its messages may
        leave."""
        self.ensure_one()
        user = user.sudo()
        internal = user.active and not user.share and user.id != SUPERUSER_ID
        return internal and bool(user.company_ids & self.sudo().parent_ids)

    # ------------------------------------------------------------------ brake

    def _chasing_tell_brake(self, invoices, messages):
        """Tell the company's chasing managers that a run waits for their click (R47)."""
        self.ensure_one()
        managers = self._chasing_managers()
        text = self.env._(
            "%(company)s: %(messages)s messages wait (invoices: %(invoices)s). A run sends at most %(limit)s messages "
            "by itself. Look at them under Invoicing ▸ Chasing and let them go.",
            company=self.name,
            messages=messages,
            invoices=invoices,
            limit=self.chasing_run_limit,
        )
        managers._bus_send(
            "simple_notification",
            {"type": "warning", "title": self.env._("Invoice chasing waits for you"), "message": text, "sticky": True},
        )
        self.partner_id._message_log(body=text)

    def action_chasing_release_brake(self):
        """Let go what the brake holds (R47)."""
        # who may let it go need not be allowed to change companies
        self.check_access("read")
        if not self.env.user.has_group("invoice_chasing.group_manager"):
            raise AccessError(self.env._("Only chasing managers can let a held run go."))
        self.env["chasing.brake"]._release(self)
        self.env.ref("invoice_chasing.ir_cron_dispatch")._trigger()
        return True
