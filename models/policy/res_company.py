from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..common import no_user_defaults, settings_log
from ..common.user_groups import INTERNAL_USERS, READER_GROUPS

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
# Those whose last step is the final notice.
WITH_FINAL_NOTICE = ("Standard", "Firm")
PRECOMMIT_KEY = "chasing.settings"


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "chasing.template.chooser"]

    chasing_enabled = fields.Boolean(
        "Chase Invoices",
        groups=INTERNAL_USERS,
        help="While this is off, nothing is sent: every step of every invoice is held.",
    )
    chasing_start_date = fields.Date(
        "Chase Invoices Dated From",
        groups=INTERNAL_USERS,
        help="Older invoices are not chased automatically.",
    )
    chasing_window_from = fields.Integer("Sending Window From", default=7, groups=INTERNAL_USERS)
    chasing_window_to = fields.Integer("Sending Window To", default=20, groups=INTERNAL_USERS)
    chasing_catchup_days = fields.Integer(
        "Catch-up Window",
        groups=INTERNAL_USERS,
        default=7,
        help="A step missed for longer than this many days is skipped.",
    )
    chasing_announced_days = fields.Integer(
        "Announced Payments",
        groups=INTERNAL_USERS,
        default=5,
        help="Working days for which chasing waits for a bank transfer that the customer announced, or for a bank line "
        "to be matched. 0 switches it off.",
    )
    chasing_tone_id = fields.Many2one(
        "chasing.tone",
        "Tone",
        groups=READER_GROUPS,
        ondelete="restrict",
        default=lambda self: self.env.ref("invoice_chasing.chasing_tone_standard", raise_if_not_found=False),
        help="What steps without a template of their own say, unless their cadence has a tone.",
    )
    chasing_partial_days = fields.Integer(
        "After a Part Payment",
        groups=INTERNAL_USERS,
        default=3,
        help="Days for which no reminder is sent after a payment that leaves a balance. 0 switches it off.",
    )
    chasing_thank_you = fields.Boolean(
        "Thank for Payments",
        groups=INTERNAL_USERS,
        help="Customers who pay an invoice in full after a reminder get one e-mail that thanks them, at the first full "
        "hour of the sending window at least one hour later.",
    )
    chasing_minimum_ids = fields.One2many("chasing.minimum", "company_id", "Minimum to Chase", groups=READER_GROUPS)
    _chasing_window = models.Constraint(
        "CHECK (chasing_window_from BETWEEN 0 AND 23 AND chasing_window_to BETWEEN chasing_window_from AND 23)",
        "The sending window runs from one whole hour to a later one of the same day, both between 0 and 23.",
    )
    _chasing_catchup_days = models.Constraint(
        "CHECK (chasing_catchup_days >= 0)",
        "The catch-up window must be 0 days or more.",
    )
    _chasing_announced_days = models.Constraint(
        "CHECK (chasing_announced_days BETWEEN 0 AND 60)",
        "The wait for announced payments must be between 0 and 60 working days.",
    )
    _chasing_partial_days = models.Constraint(
        "CHECK (chasing_partial_days BETWEEN 0 AND 60)",
        "The wait after a part payment must be between 0 and 60 days.",
    )

    def _template_companies(self):
        return self

    @api.constrains("chasing_tone_id")
    def _check_chasing_tone(self):
        """Refuse the tone of another company."""
        for company in self.sudo():
            owner = company.chasing_tone_id.company_id
            if owner and owner not in company.parent_ids:
                raise ValidationError(
                    self.env._(
                        "The tone belongs to another company. Choose one of %(company)s.",
                        company=company.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._chasing_ship_cadences()
        return companies

    @api.model
    def _chasing_set_up(self):
        """Give the companies that exist on installation what new ones get by default."""
        self.search([])._chasing_ship_cadences()

    @api.model
    def _chasing_give_tone(self):
        """Give companies without a tone the standard one: on installation, and where there were no tones before."""
        without = self.search([("chasing_tone_id", "=", False)])
        without.chasing_tone_id = self.env.ref("invoice_chasing.chasing_tone_standard", raise_if_not_found=False)

    def _chasing_ship_cadences(self):
        """Give Gentle, Standard and Firm to every company that is nobody's branch; none is default (R107)."""
        no_user_defaults.create(
            self.env["chasing.cadence"],
            [
                {
                    "name": name,
                    "sequence": sequence,
                    "company_id": company.id,
                    "tone_id": self.env["ir.model.data"]._xmlid_to_res_id(
                        f"invoice_chasing.chasing_tone_{name.lower()}"
                    ),
                    "step_ids": [
                        Command.create({
                            "trigger": trigger,
                            "days": days,
                            "sequence": place,
                            "is_final": name in WITH_FINAL_NOTICE and place == len(steps) - 1,
                        })
                        for place, (trigger, days) in enumerate(steps)
                    ],
                }
                for company in self
                if not company.parent_id
                for sequence, (name, steps) in enumerate(SHIPPED.items())
            ],
        )

    def _chasing_check_usable(self, cadence):
        """Refuse a cadence that does not belong to this company or to one above it."""
        if cadence:
            cadence.check_access("read")
        if cadence and cadence.sudo().company_id not in self.sudo().parent_ids:
            raise UserError(
                self.env._("The cadence belongs to another company. Choose one of %(company)s.", company=self.name)
            )

    def _chasing_lang(self, lang):
        """Return the code of the language in which a reader is written to (R65).

        It is the reader's where messages are written in it, else the company's, else English: words, dates and amounts
        are of one language.

        :param lang: the code of the reader's language, empty where it is not known
        """
        wanted = filter(None, (lang, self.sudo().partner_id.lang))
        return next(filter(None, map(self.env["chasing.tone"]._spoken, wanted)), "en_US")

    def _chasing_branches(self):
        """Return the branches of this company, at any depth."""
        return self.sudo().search([("id", "child_of", self.ids), ("id", "not in", self.ids)])

    def _chasing_minimums(self):
        """Return {(company id, currency id): the open balance from which on an invoice is chased} (R46b)."""
        minimums = self.sudo().chasing_minimum_ids
        return {(minimum.company_id.id, minimum.currency_id.id): minimum.amount for minimum in minimums}

    def _chasing_is_before_start(self, invoice_date):
        """Return whether an invoice of that date is older than what this company chases (R46)."""
        self.ensure_one()
        return bool(invoice_date and self.chasing_start_date and invoice_date < self.chasing_start_date)

    def write(self, vals):
        """Remember what is changed of chasing's settings."""
        names = [name for name in vals if name.startswith("chasing_") and self._fields[name].store]
        if names and self.env.registry.ready:
            self._chasing_remember_settings(names)
        return super().write(vals)

    def _chasing_remember_settings(self, names):
        """Remember what these settings are before anything of this transaction changes them.

        A form saves them one by one, and they are noted together at its end.
        """
        remembered = self.env.cr.precommit.data.setdefault(PRECOMMIT_KEY, {})
        if not remembered:
            self.env.cr.precommit.add(self.browse()._chasing_log_settings)
        for company in self:
            values = remembered.setdefault(company.id, {})
            values.update(settings_log.snapshot(company.sudo(), [name for name in names if name not in values]))

    def _chasing_log_settings(self):
        remembered = self.env.cr.precommit.data.pop(PRECOMMIT_KEY, {})
        for company in self.browse(remembered).exists().sudo():
            title = self.env._("Chasing settings of %(company)s changed.", company=company.name)
            settings_log.log_changes(company, remembered[company.id], company.partner_id, title)
        self.env.flush_all()
