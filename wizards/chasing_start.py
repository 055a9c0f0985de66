from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.common import clock, formats, user_input
from ..models.common.client_actions import open_form
from ..models.common.mail_header import format_sender
from ..models.common.wording import counted

STAGES = [("cadence", "Cadence"), ("invoices", "Open Invoices"), ("look", "Check"), ("done", "Done")]
# What becomes of the open invoices dated before the starting date -> their entry point (R43).
OLDER = [
    ("remind", "Chase them: send the reminder that fits now, then continue"),
    ("continue", "Chase them: send only reminders whose date is still ahead"),
    ("leave", "Do not chase them"),
]
ENTRY_POINTS = {"remind": "fitting", "continue": "next"}
# So many invoices are named, the largest first.
NAMED = 80


class ChasingStart(models.TransientModel):
    """Switch chasing on: pick a cadence, say which open invoices it is for, look at what would be sent.

    Nothing leaves until the last button (R46, R107).
    """

    _name = "chasing.start"
    _inherit = "chasing.dialog"
    _description = "Switch On Invoice Chasing"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self._own_company())
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
        default=lambda self: self._own_company().chasing_start_date or clock.today(self._own_company()),
        help="Every customer invoice dated from this day on gets the cadence, those that are open now included.",
    )
    date_warning = fields.Char(compute="_compute_open_invoices")
    ask_first = fields.Boolean(
        "Ask Before Sending",
        compute="_compute_ask_first",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="Every message awaits approval under Chasing ▸ To Do.",
    )
    new_text = fields.Char(compute="_compute_open_invoices")
    new_ids = fields.Many2many("account.move", compute="_compute_open_invoices", string="Open Invoices")
    older = fields.Selection(OLDER, "Older Invoices")
    older_count = fields.Integer(compute="_compute_open_invoices")
    older_text = fields.Char(compute="_compute_open_invoices")
    older_ids = fields.Many2many("account.move", compute="_compute_open_invoices", string="Older Open Invoices")
    duplicates_text = fields.Text(compute="_compute_look")
    invoice_count = fields.Integer(compute="_compute_look")
    look = fields.Char(compute="_compute_look")
    older_look = fields.Char(compute="_compute_look")
    look_text = fields.Text(compute="_compute_look")
    tz = fields.Char("Time Zone", compute="_compute_tz")
    sender_text = fields.Char("Sender", compute="_compute_sender")
    sender_warning = fields.Text(compute="_compute_sender")
    sender_email = fields.Char("Company E-mail", help="Customers see it as the sender, and answer to it.")
    may_set_sender = fields.Boolean(compute="_compute_sender")
    done_text = fields.Text(compute="_compute_done_text")

    # ------------------------------------------------------------------ what is proposed

    @api.model
    def _own_company(self):
        """Return the company that the dialog was opened for, as far as it is one of the user's."""
        chosen = self.env.context.get("default_company_id")
        return self.env.user.company_ids.filtered(lambda company: company.id == chosen) or self.env.company

    @api.model
    def _proposed_cadence(self):
        usable = self.env["chasing.cadence"].search([("company_id", "parent_of", self._own_company().ids)])
        standard = usable.filtered(lambda cadence: len(cadence.step_ids) > 3)
        return usable.filtered("is_default")[:1] or standard[:1] or usable[:1]

    @api.depends("cadence_id")
    def _compute_ask_first(self):
        """Propose it for the first cadence of its own that a company puts to use (R101)."""
        for dialog in self:
            chased = [("company_id", "=", dialog.company_id.id)]
            used = self.env["chasing.schedule"].sudo().search_count(chased, limit=1)
            is_own = dialog.cadence_id.company_id == dialog.company_id
            dialog.ask_first = dialog.cadence_id.ask_first or (is_own and not used)

    # ------------------------------------------------------------------ what is shown

    @api.depends("cadence_id")
    @api.depends_context("lang")
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

    @api.depends("company_id", "start_date")
    @api.depends_context("lang")
    def _compute_open_invoices(self):
        """Name the open invoices that nobody chases yet, and their money, on both sides of the starting date."""
        moves = self.env["account.move"]
        for dialog in self:
            company, start = dialog.company_id, dialog.start_date or clock.today(dialog.company_id)
            new, older = company._chasing_startable(start), company._chasing_older(start)
            day = formats.day(self.env, start)
            dialog.date_warning = start > clock.today(company) and self.env._(
                "This date is in the future. No invoice dated before %(day)s is chased automatically.", day=day
            )
            _count, dialog.new_text = dialog._counted(new, self.env._("dated from %(day)s on", day=day))
            dialog.older_count, dialog.older_text = dialog._counted(older, self.env._("dated before %(day)s", day=day))
            dialog.new_ids, dialog.older_ids = (
                moves.sudo().search(domain, order="amount_residual_signed desc", limit=NAMED).sudo(False)
                for domain in (new, older)
            )

    def _counted(self, domain, dated):
        """Return (how many invoices, '3 open invoices dated from … on: 1,000.00 EUR, overdue: 2.')."""
        moves, currency = self.env["account.move"].sudo(), self.company_id.currency_id
        [(count, amount)] = moves._read_group(domain, [], ["__count", "amount_residual_signed:sum"])
        late = moves.search_count([*domain, ("invoice_date_due", "<", clock.today(self.company_id))])
        if not count:
            return 0, self.env._("No open invoices %(dated)s.", dated=dated)
        amount = formats.amount(self.env, amount, currency)
        return count, counted(
            self.env,
            count,
            self.env._("1 open invoice %(dated)s: %(amount)s, overdue: %(late)s."),
            self.env._("%(count)s open invoices %(dated)s: %(amount)s, overdue: %(late)s."),
            dated=dated,
            amount=amount,
            late=formats.number(self.env, late),
        )

    @api.depends("cadence_id", "start_date", "stage", "older", "ask_first")
    @api.depends_context("lang")
    def _compute_look(self):
        """Say what switching on would send; asked for only once there is something to look at."""
        for dialog in self:
            company = dialog.company_id
            looks = dialog.stage == "look" and dialog.cadence_id and dialog.start_date
            dialog.invoice_count, dialog.look = dialog._look(looks and company._chasing_startable(dialog.start_date))
            entry_point = ENTRY_POINTS.get(dialog.older)
            older = looks and entry_point and company._chasing_older(dialog.start_date)
            older_count, dialog.older_look = dialog._look(older, entry_point) if older else (0, False)
            dialog.look_text = bool(looks) and "\n".join(filter(None, dialog._look_texts(older_count)))
            dialog.duplicates_text = "\n".join(sender.text for sender in self.env["chasing.other.sender"]._found())

    def _look(self, domain, entry_point=None):
        """Return (how many invoices of a domain get a cadence, what is sent about them)."""
        simulation, company = self.env["chasing.simulation"], self.company_id
        moves = self.env["account.move"].sudo().search(domain) if domain else self.env["account.move"]
        count, simulated = simulation._of_start(company, self.cadence_id, moves, entry_point) if moves else (0, [])
        return count, simulation._summary(simulated, company._chasing_timezone())

    def _look_texts(self, older_count):
        """Yield what switching on does, sentence by sentence.

        :param older_count: how many of the older open invoices get a cadence
        """
        company, day = self.company_id, formats.day(self.env, self.start_date)
        yield self.env._(
            "Customer invoices dated from %(day)s on get %(cadence)s when they are confirmed.",
            day=day,
            cadence=self.cadence_id.name,
        )
        one, many = (
            self.env._("1 open invoice gets it now. %(look)s."),
            self.env._("%(count)s open invoices get it now. %(look)s."),
        )
        yield self.invoice_count and counted(self.env, self.invoice_count, one, many, look=self.look)
        one = self.env._("1 older open invoice gets it too. %(look)s.")
        many = self.env._("%(count)s older open invoices get it too. %(look)s.")
        yield self.older_look and counted(self.env, older_count, one, many, look=self.older_look)
        one, many = (
            self.env._("1 older open invoice is not chased."),
            self.env._("%(count)s older open invoices are not chased."),
        )
        left = self.older_count - older_count
        yield left and counted(self.env, left, one, many)
        held = 0 if company.chasing_enabled else company._chasing_switch_counts()[1]
        one, many = self.env._("1 held invoice resumes."), self.env._("%(count)s held invoices resume.")
        yield held and counted(self.env, held, one, many)
        yield self.ask_first and self.env._("Each message awaits approval under Chasing ▸ To Do.")
        yield self.sender_text and self.env._(
            "Messages are sent as %(sender)s, in the time zone of %(city)s.",
            sender=self._sender_name(),
            city=formats.city(self.tz),
        )

    def _sender_name(self):
        if self.cadence_id.sender_id:
            return self.cadence_id.sudo().sender_id.name
        return self.env._("the invoice's salesperson or %(company)s", company=self.sender_text)

    @api.depends("company_id", "cadence_id", "stage", "sender_email")
    @api.depends_context("lang")
    def _compute_sender(self):
        """Say under which address messages leave, and what the mail server makes of it."""
        for dialog in self:
            company = dialog.company_id
            dialog.sender_text = company._chasing_sender()
            dialog.may_set_sender = company.has_access("write")
            warnings = company._chasing_sender_warnings(dialog._senders()) if dialog.stage == "look" else ()
            dialog.sender_warning = "\n".join(warnings)

    def _senders(self):
        """Return the users in whose name messages leave: the cadence's, else the salespeople of the open invoices."""
        company = self.company_id
        if self.cadence_id.sender_id:
            return self.cadence_id.sudo().sender_id
        domain = company._chasing_startable(self.start_date) if self.start_date else []
        people = self.env["account.move"].sudo()._read_group(domain, ["invoice_user_id"]) if domain else ()
        users = self.env["res.users"].sudo().union(*(user for (user,) in people))
        return users.filtered(company._chasing_is_colleague)

    @api.depends("stage")
    @api.depends_context("lang")
    def _compute_done_text(self):
        """Say what happens next, and when."""
        for dialog in self:
            dialog.done_text = dialog.stage == "done" and "\n".join(dialog._next_texts())

    def _next_texts(self):
        company, steps = self.company_id, self.env["chasing.step"]
        coming = [("company_id", "=", company.id), ("state", "=", "planned")]
        first = steps.search(coming, order="scheduled_at, id", limit=1)
        cadence = self.env._(
            "New customer invoices get %(cadence)s when they are confirmed.", cadence=self.cadence_id.name
        )
        if not first:
            return [self.env._("No message is planned yet."), cadence]
        now = clock.now(self.env)
        run = self.env.ref("invoice_chasing.ir_cron_dispatch").sudo()
        at = first.scheduled_at if first.scheduled_at > now else max(run.nextcall, now)
        timezone = company._chasing_timezone()
        values = {
            # On the company's clock, of which the sentence names the city whoever reads it.
            "when": formats.instant(self.with_context(tz=timezone).env, at, timezone, now),
            "city": formats.city(timezone),
            "invoice": first.schedule_id.display_name,
        }
        if first.mode == "auto":
            text = self.env._("The first message is sent %(when)s (%(city)s): %(invoice)s.", **values)
        else:
            text = self.env._(
                "The first message awaits approval from %(when)s (%(city)s) on, under Chasing ▸ To Do: %(invoice)s.",
                **values,
            )
        return [text, cadence, self.env._("What fails or needs a decision is listed under Chasing ▸ To Do.")]

    # ------------------------------------------------------------------ going through it

    def _go(self, stage):
        self.ensure_one()
        self.stage = stage
        return open_form(self, self.env._("Switch On Invoice Chasing"), target="new", context={"dialog_size": "large"})

    def action_next(self):
        """Go on to the next page, if what was entered on this one makes sense."""
        self._check_input()
        stages = [stage for stage, _label in STAGES[:-1]]
        place = stages.index(self.stage) + 1 if self.stage in stages else len(stages)
        return self._go(stages[min(place, len(stages) - 1)])

    def action_back(self):
        """Go back to the page before; what was entered stays."""
        stages = [stage for stage, _label in STAGES[:-1]]
        return self._go(stages[max(stages.index(self.stage) - 1, 0)] if self.stage in stages else self.stage)

    def _check_input(self):
        """Refuse what would send nothing, or what nobody means."""
        self.ensure_one()
        if not self.cadence_id.step_ids:
            raise UserError(
                self.env._(
                    "%(cadence)s has no steps. Add one, or choose another cadence.", cadence=self.cadence_id.name
                )
            )
        user_input.check_within_ten_years(self.env, self.start_date, self.company_id)
        if self.stage != "cadence" and self.older_count and not self.older:
            raise UserError(self.env._("Choose what happens to the older open invoices."))

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

    def _set_sender(self):
        """Give the company the address that was entered, and refuse to go on without any."""
        company = self.company_id
        if not company._chasing_sender() and self.sender_email:
            if not format_sender(company.name, self.sender_email):
                raise UserError(self.env._("“%(address)s” is not an e-mail address.", address=self.sender_email))
            company.check_access("write")
            # Its contact follows, which whoever changes companies need not be able to change.
            company.sudo().email = self.sender_email
        if not company._chasing_sender():
            raise UserError(
                self.env._("%(company)s has no e-mail address to send from. Enter one first.", company=company.name)
            )

    def action_switch_on(self):
        """Make the cadence the default, give it to the open invoices that were chosen, and switch on."""
        self.ensure_one()
        if not self.env.user.has_group("invoice_chasing.group_manager"):
            raise AccessError(self.env._("Only chasing managers can switch chasing on."))
        if self.company_id not in self.env.user.company_ids:
            raise AccessError(self.env._("This company is not among yours."))
        self.company_id._chasing_check_usable(self.cadence_id)
        if self.stage != "look":
            raise UserError(self.env._("Check what would be sent first."))
        self._check_input()
        self._check_own_change()
        self._set_sender()
        if self.ask_first != self.cadence_id.ask_first:
            self.cadence_id.step_ids.mode = "ask" if self.ask_first else "auto"
        older = self.older_count and ENTRY_POINTS.get(self.older)
        self.company_id._chasing_switch_on(self.cadence_id, self.start_date, older or None)
        return self._go("done")
