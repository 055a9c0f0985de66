from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..common import trusted_context
from .chasing_step_mixin import AGE_BASES, ENTRY_POINTS, TERMS

CADENCE_LIMIT = 100
PRECOMMIT_KEY = "chasing.cadence.steps"


class ChasingCadence(models.Model):
    """A reusable list of steps.

    Applying it copies the steps onto an invoice; changing it afterwards changes no invoice that has it (R20).
    """

    _name = "chasing.cadence"
    _inherit = ["chasing.owned", "mail.thread"]
    _description = "Chasing Cadence"
    _order = "sequence, name, id"
    _check_company_auto = True
    # It stands in every message that asks for payment.
    _text_limits = {"benefit": 300}

    _check_company_domain = models.check_company_domain_parent_of
    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10, tracking=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    is_default = fields.Boolean(
        "Default",
        tracking=True,
        copy=False,
        help="Every customer invoice confirmed from now on gets this cadence.",
    )
    entry_point = fields.Selection(
        ENTRY_POINTS,
        "When Steps Are in the Past",
        required=True,
        default="next",
        tracking=True,
        help="What happens to steps already in the past when this cadence is applied to an invoice.",
    )
    age_basis = fields.Selection(
        AGE_BASES,
        "Count Days From",
        required=True,
        default="invoice",
        tracking=True,
    )
    min_contact_days = fields.Integer(
        "Minimum Days Between Messages",
        tracking=True,
        help="At least this many days between two messages about one invoice, 0 to 30. 0 switches it off.",
    )
    responsible_id = fields.Many2one(
        "res.users",
        tracking=True,
        check_company=True,
        domain="[('share', '=', False)]",
        help="Who is notified of failures and questions. If empty, the team below, else the invoice's salesperson.",
    )
    responsible_group_id = fields.Many2one(
        "res.groups",
        tracking=True,
        help="Without a responsible person, everyone in the team is notified and the first to act on an invoice "
        "becomes responsible.",
    )
    sender_id = fields.Many2one(
        "res.users",
        tracking=True,
        check_company=True,
        domain="[('share', '=', False)]",
        help="Who messages are sent as. If empty, the invoice's salesperson, else the company.",
    )
    sender_is_responsible = fields.Boolean(
        "Send as Responsible",
        tracking=True,
        help="Messages are sent as whoever is responsible for the invoice.",
    )
    tone_id = fields.Many2one(
        "chasing.tone",
        ondelete="restrict",
        tracking=True,
        check_company=True,
        help="What steps without a template of their own say. If empty, the company's tone.",
    )
    benefit = fields.Char(
        "Reason to Pay",
        translate=True,
        tracking=True,
        help="Printed in every message that asks for payment, for example what paying on time is good for. If empty, "
        "nothing is printed.",
    )
    step_ids = fields.One2many(
        "chasing.cadence.step",
        "cadence_id",
        "Steps",
        copy=True,
        default=lambda self: [Command.create({"trigger": "on_issue", "days": 0, "hour": 9})],
    )
    _one_default = models.UniqueIndex(
        "(company_id) WHERE is_default",
        "Only one cadence of a company can be the default.",
    )
    _min_contact_days = models.Constraint(
        "CHECK (min_contact_days BETWEEN 0 AND 30)",
        "The minimum days between messages must be between 0 and 30.",
    )

    @api.constrains("step_ids")
    def _check_steps(self):
        """Refuse steps with which the engine finds a problem (R2-R4, R12, R14, R16)."""
        for cadence in self:
            problems = cadence.step_ids._problems(cadence.step_ids._definitions(), in_cadence=True)
            if problems:
                raise ValidationError(cadence.step_ids._problem_sentence(problems[0]))

    @api.constrains("benefit")
    def _check_benefit(self):
        """Refuse placeholders that nobody knows, in whatever language (R77)."""
        for lang, _name in self.env["res.lang"].get_installed():
            for cadence in self.with_context(lang=lang):
                if problem := self.env["chasing.placeholder"]._unknown_text(cadence, "benefit"):
                    raise ValidationError(self.env._("%(cadence)s, %(problem)s", cadence=cadence.name, problem=problem))

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        result = super()._update_field_translations(field_name, translations, digest, source_lang)
        if field_name == "benefit":
            self._check_benefit()
        return result

    @api.constrains("responsible_id", "sender_id")
    def _check_people(self):
        """Refuse anybody but our own people to look after invoices or to send messages (R98)."""
        for cadence in self.sudo():
            for user in cadence.responsible_id | cadence.sender_id:
                if not cadence.company_id._chasing_is_colleague(user):
                    raise ValidationError(
                        self.env._(
                            "%(user)s is not a user of %(company)s. Choose one of its users.",
                            user=user.name,
                            company=cadence.company_id.name,
                        )
                    )

    @api.constrains("company_id", "active")
    def _check_number(self):
        """Refuse more cadences than a company may have (R16)."""
        domain = [("company_id", "in", self.company_id.ids)]
        for company, count in self._read_group(domain, ["company_id"], ["__count"]):
            if count > CADENCE_LIMIT:
                raise ValidationError(
                    self.env._(
                        "A company has at most %(limit)s cadences. Archive one of %(company)s first.",
                        limit=CADENCE_LIMIT,
                        company=company.name,
                    )
                )

    @api.constrains("is_default", "active")
    def _check_default_is_active(self):
        """Refuse an archived default, which would leave new invoices unchased in silence (R21, R23)."""
        self.filtered("is_default")._check_active()

    def _check_active(self):
        """Refuse to give archived cadences to anything new; the invoices that have them keep them (R23)."""
        for cadence in self:
            if not cadence.active:
                raise ValidationError(
                    self.env._(
                        "%(cadence)s is archived. Restore it first, or choose another cadence.", cadence=cadence.name
                    )
                )

    @api.onchange("is_default")
    def _onchange_is_default(self):
        old = self._other_defaults()
        if self.is_default and old:
            return {
                "warning": {
                    "title": self.env._("Another cadence is the default"),
                    "message": self.env._("%(name)s will no longer be the default.", name=old[0].name),
                }
            }
        return None

    def _other_defaults(self):
        archived_too = self.with_context(active_test=False)
        defaults = archived_too.search([("is_default", "=", True), ("company_id", "in", self.company_id.ids)])
        return defaults.with_env(self.env) - self._origin

    @api.model_create_multi
    def create(self, vals_list):
        touched = set()
        cadences = (
            super(ChasingCadence, trusted_context.put(self, chasing_touched_cadences=touched))
            .create([{**vals, "is_default": False} for vals in vals_list])
            .with_env(self.env)
        )
        self.browse(touched - set(cadences._ids))._check_steps()
        for cadence, vals in zip(cadences, vals_list, strict=True):
            if vals.get("is_default"):
                cadence.is_default = True
        return cadences

    def write(self, vals):
        """Keep one default, and check the steps.

        Hook: extended by forecast.
        """
        if vals.get("is_default"):
            # R21: the new default replaces the old one, first of all in the database, which knows only one.
            self._other_defaults().write({"is_default": False})
            self.flush_model(["is_default"])
        if vals.get("active") is False:
            self._check_unused()
        touched = set()
        result = super(ChasingCadence, trusted_context.put(self, chasing_touched_cadences=touched)).write(vals)
        self.browse(touched - set(self._ids))._check_steps()
        return result

    def _remember_steps(self):
        """Remember what the steps are before anything of this transaction changes them (R23).

        At its end it is noted who changed them, old → new.
        """
        remembered = self.env.cr.precommit.data.setdefault(PRECOMMIT_KEY, {})
        if not remembered:
            self.env.cr.precommit.add(self.browse()._log_steps)
        for cadence in self:
            if cadence.id not in remembered:
                remembered[cadence.id] = cadence._steps_text()

    def _steps_text(self):
        return "; ".join(step._described() for step in self.step_ids)

    def _log_steps(self):
        remembered = self.env.cr.precommit.data.pop(PRECOMMIT_KEY, {})
        for cadence in self.browse(remembered).exists():
            before, after = remembered[cadence.id], cadence._steps_text()
            # A new cadence tells of itself that it was made.
            if before and before != after:
                cadence._message_log(body=self.env._("Steps: %(old)s → %(new)s", old=before, new=after))
        self.env.flush_all()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    def _check_unused(self):
        """Refuse to delete or archive a cadence that new invoices get (R23)."""
        for cadence in self:
            uses = cadence._uses()
            if uses:
                raise UserError(
                    self.env._(
                        "%(cadence)s is in use: %(users)s. Choose another cadence there first.",
                        cadence=cadence.name,
                        users=", ".join(uses),
                    )
                )

    def _uses(self):
        """Return what gives this cadence to new invoices, each in a person's words (R23).

        Hook: extended by assignment.
        """
        self.ensure_one()
        archived_too = self.with_context(active_test=False).sudo()
        companies = archived_too.env["res.company"].search([("id", "child_of", self.company_id.ids)])
        partners = archived_too.env["res.partner"]
        customers = partners.union(
            *(
                partners.with_company(company).search([("chasing_cadence_id", "=", self.id)], limit=3)
                for company in companies
            )
        )
        default = [self.env._("default of %(company)s", company=self.company_id.name)]
        return [
            *(default if self.is_default else []),
            *(self.env._("customer %(customer)s", customer=customer.display_name) for customer in customers),
        ]

    def _terms(self):
        """Return what a schedule takes over besides the steps, so that a later change leaves it alone (R20).

        An empty cadence gives the defaults.
        """
        return {name: self[name] or default for name, default in TERMS.items()}

    def _terms_from(self, entry_point):
        """Return those terms, with another entry point than the cadence's own if one was chosen (R43).

        :param entry_point: the chosen one, None: the cadence's own
        """
        terms = self._terms()
        return {**terms, "entry_point": entry_point or terms["entry_point"]}

    def _check_usable_in(self, companies):
        """Refuse a cadence that is archived, or that is not of these companies or of one above them."""
        self.ensure_one()
        self._check_active()
        for company in companies:
            if self.company_id not in company.parent_ids:
                raise UserError(
                    self.env._(
                        "%(cadence)s belongs to %(owner)s. Choose a cadence of %(company)s.",
                        cadence=self.name,
                        owner=self.company_id.name,
                        company=company.name,
                    )
                )

    def copy_data(self, default=None):
        """Give a branch that duplicates its parent's cadence one of its own, for people of its own."""
        copied = []
        for cadence, vals in zip(self, super().copy_data(default), strict=True):
            own = {"name": self.env._("%(name)s (copy)", name=cadence.name)}
            if cadence.company_id not in self.env.companies:
                own |= {"company_id": self.env.company.id, "responsible_id": False, "sender_id": False}
            copied.append({**vals, **own})
        return copied
