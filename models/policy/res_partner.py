from odoo import api, fields, models

from ..common import trusted_context, user_input
from ..common.access import check_collector, is_collector
from ..common.chasing_readable import check_named
from ..common.user_groups import INTERNAL_USERS
from ..engine import pauses

# what holds everything of a customer in one company (R37)
SAID = ("chasing_excluded", "chasing_paused", "chasing_paused_until", "chasing_pause_reason")
STEERED = ("chasing_cadence_id", "chasing_confirmed_address", *SAID)
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
        help="Steps that are limited to one of these roles go to this contact.",
    )
    chasing_cadence_id = fields.Many2one(
        "chasing.cadence",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=INTERNAL_USERS,
        domain="[('company_id', 'parent_of', allowed_company_ids[0])]",
        help="Invoices of this customer get it, whatever the rules say. Empty: rules and default decide.",
    )
    chasing_excluded = fields.Boolean(
        "Never Chase",
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
        help="Empty: until somebody resumes it.",
    )
    chasing_pause_reason = fields.Char(
        "Why Paused", company_dependent=True, copy=False, tracking=True, groups=INTERNAL_USERS
    )

    @api.constrains("chasing_cadence_id")
    def _check_chasing_cadence_id(self):
        """R23, R50: one that could not be used would be passed over in silence."""
        for cadence in self.sudo().chasing_cadence_id:
            cadence._check_usable_in(self.env.company.sudo())

    def _steered_by(self, vals):
        """Those of these, or of new ones, of which the values say something new; only collectors say it (R37). What
        they have anyway changes nothing and is nobody's business."""
        steered = self.sudo().browse()
        said = {name: vals[name] for name in vals.keys() & STEERED}
        user_input.check_texts(self, said)
        for name in said:
            told = self._fields[name].convert_to_cache
            for partner in self.sudo() or [self.sudo()]:
                if told(vals[name], partner) != told(partner[name], partner):
                    check_collector(self.env)
                    steered |= partner
        return steered

    def _tell_branches(self, vals):
        """What is said of these in a company is said in its branches too (R37)."""
        said = {name: vals[name] for name in SAID if name in vals}
        if said and self:
            for branch in self.env.company._chasing_branches():
                self.sudo().with_company(branch).with_context(tracking_disable=True)._say(said)

    def _say(self, said):
        """Write what is said of these in the current company, and in no branch of it."""
        trusted_context.put(self, chasing_said_here=True).write(said)

    def _say_the_strictest(self):
        """Let all of these have, in the current company, the exclusion and the strictest pause of one of them."""
        paused = self.filtered("chasing_paused")
        strictest = pauses.strictest((one.chasing_paused_until or None, one) for one in paused)
        self._say({
            "chasing_excluded": any(self.mapped("chasing_excluded")),
            "chasing_paused": bool(strictest),
            "chasing_paused_until": strictest and strictest.chasing_paused_until,
            "chasing_pause_reason": strictest and strictest.chasing_pause_reason,
        })

    def _chasing_end_pause(self, company, today):
        """The pauses of customers in a company that have come to their end by its local date end."""
        self.with_company(company).filtered(
            lambda one: one.chasing_paused and one.chasing_paused_until and one.chasing_paused_until <= today
        )._say(NO_PAUSE)

    @api.model
    def default_get(self, fields):
        """R37: of a new customer only collectors say it; what a client's context says, or a default value of a user's
        own, is not said by them."""
        if not is_collector(self.env):
            fields = [name for name in fields if name not in STEERED]
        return super().default_get(fields)

    @api.model_create_multi
    def create(self, vals_list):
        """Tell the branches what is said of new customers (R37)."""
        for vals in vals_list:
            self.browse()._steered_by(vals)
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            if any(vals.get(name) for name in SAID):
                partner._tell_branches(vals)
        return partners

    def write(self, vals):
        """Tell the branches what is said of these (R37). The roles of other companies are neither given nor taken
        away."""
        check_named(self, [{name: vals[name] for name in vals if name == "chasing_role_ids"}])
        steered = self._steered_by(vals)
        result = super().write(vals)
        if not trusted_context.get(self.env, "chasing_said_here"):
            steered._tell_branches(vals)
        return result
