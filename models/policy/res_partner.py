from odoo import api, fields, models

from ..common import trusted_context, user_input
from ..common.access import check_collector, is_collector
from ..common.chasing_readable import check_named
from ..common.user_groups import INTERNAL_USERS
from ..engine import holds

# Fields that hold everything of a customer in one company (R37).
HOLDING_FIELDS = ("chasing_excluded", "chasing_paused", "chasing_paused_until", "chasing_pause_reason")
# Fields that only collectors may change.
STEERING_FIELDS = ("chasing_cadence_id", "chasing_confirmed_address", *HOLDING_FIELDS)
NO_PAUSE = {"chasing_paused": False, "chasing_paused_until": False, "chasing_pause_reason": False}


class ResPartner(models.Model):
    _inherit = "res.partner"

    chasing_role_ids = fields.Many2many(
        "chasing.contact.role",
        "chasing_contact_role_partner_rel",
        "partner_id",
        "role_id",
        "Chasing Roles",
        groups=INTERNAL_USERS,
        help="Steps limited to one of these roles are sent to this contact.",
    )
    chasing_cadence_id = fields.Many2one(
        "chasing.cadence",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=INTERNAL_USERS,
        domain="[('company_id', 'parent_of', allowed_company_ids[0])]",
        help="Used for invoices of this customer regardless of rules. If empty, rules and the default decide.",
    )
    chasing_excluded = fields.Boolean(
        "Excluded from Chasing",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=INTERNAL_USERS,
        help="No invoice of this customer is chased in this company.",
    )
    chasing_paused = fields.Boolean(company_dependent=True, copy=False, tracking=True, groups=INTERNAL_USERS)
    chasing_paused_until = fields.Date(
        "Paused Until",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=INTERNAL_USERS,
        help="If empty, until resumed manually.",
    )
    chasing_pause_reason = fields.Char(
        "Why Paused", company_dependent=True, copy=False, tracking=True, groups=INTERNAL_USERS
    )

    @api.constrains("chasing_cadence_id")
    def _check_chasing_cadence_id(self):
        """Refuse a cadence that could not be used, as it would be passed over in silence (R23, R50)."""
        for cadence in self.sudo().chasing_cadence_id:
            cadence._check_usable_in(self.env.company.sudo())

    def _chasing_check_steering(self, vals):
        """Return those of these, or of new ones, of which the values say something new (R37).

        Only collectors may say it. What they have anyway changes nothing and is nobody's business.
        """
        changed = self.sudo().browse()
        values = {name: vals[name] for name in vals.keys() & STEERING_FIELDS}
        user_input.check_texts(self, values)
        for name, value in values.items():
            convert = self._fields[name].convert_to_cache
            for partner in self.sudo() or [self.sudo()]:
                if convert(value, partner) != convert(partner[name], partner):
                    check_collector(self.env)
                    changed |= partner
        return changed

    def _chasing_pass_to_branches(self, vals):
        """Say in a company's branches too what is said of these in the company (R37)."""
        values = {name: vals[name] for name in HOLDING_FIELDS if name in vals}
        if values and self:
            for branch in self.env.company._chasing_branches():
                self.sudo().with_company(branch).with_context(tracking_disable=True)._chasing_hold_here(values)

    def _chasing_hold_here(self, values):
        """Write what is said of these in the current company, and in no branch of it."""
        trusted_context.put(self, chasing_not_in_branches=True).write(values)

    def _chasing_hold_strictest(self):
        """Let all of these have, in the current company, the exclusion and the strictest pause of one of them."""
        paused = self.filtered("chasing_paused")
        strictest = holds.strictest((partner.chasing_paused_until or None, partner) for partner in paused)
        self._chasing_hold_here({
            "chasing_excluded": any(self.mapped("chasing_excluded")),
            "chasing_paused": bool(strictest),
            "chasing_paused_until": strictest and strictest.chasing_paused_until,
            "chasing_pause_reason": strictest and strictest.chasing_pause_reason,
        })

    def _chasing_end_pause(self, company, today):
        """End the pauses of customers in a company that have come to their end by its local date."""
        self.with_company(company).filtered(
            lambda partner: partner.chasing_paused
            and partner.chasing_paused_until
            and partner.chasing_paused_until <= today
        )._chasing_hold_here(NO_PAUSE)

    @api.model
    def default_get(self, fields):
        """Leave out of a new customer what only collectors say of one (R37).

        What a client's context says, or a default value of a user's own, is not said by them.
        """
        if not is_collector(self.env):
            fields = [name for name in fields if name not in STEERING_FIELDS]
        return super().default_get(fields)

    @api.model_create_multi
    def create(self, vals_list):
        """Tell the branches what is said of new customers (R37)."""
        for vals in vals_list:
            self.browse()._chasing_check_steering(vals)
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            if any(vals.get(name) for name in HOLDING_FIELDS):
                partner._chasing_pass_to_branches(vals)
        return partners

    def write(self, vals):
        """Tell the branches what is said of these (R37).

        The roles of other companies are neither given nor taken away.
        """
        check_named(self, [{name: vals[name] for name in vals if name == "chasing_role_ids"}])
        changed = self._chasing_check_steering(vals)
        result = super().write(vals)
        if not trusted_context.get(self.env, "chasing_not_in_branches"):
            changed._chasing_pass_to_branches(vals)
        return result
