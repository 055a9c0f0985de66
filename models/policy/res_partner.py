from odoo import api, fields, models

from ..common import marks, user_input
from ..common.access import check_collector, is_collector
from ..common.chasing_readable import check_named
from ..common.user_groups import OURS, READERS
from ..engine import pauses
from ..people.chasing_address_book import CONTACT_FIELDS
from ..plan.chasing_schedule import OPEN_STATUSES

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
        groups=OURS,
        help="Steps that are limited to one of these roles go to this contact.",
    )

    chasing_cadence_id = fields.Many2one(
        "chasing.cadence",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=OURS,
        domain="[('company_id', 'parent_of', allowed_company_ids[0])]",
        help="Invoices of this customer get it, whatever the rules say. Empty: rules and default decide.",
    )
    chasing_excluded = fields.Boolean(
        "Never Chase",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=OURS,
        help="No invoice of this customer is chased in this company.",
    )
    chasing_paused = fields.Boolean(company_dependent=True, copy=False, tracking=True, groups=OURS)
    chasing_paused_until = fields.Date(
        "Paused Until",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=OURS,
        help="Empty: until somebody resumes it.",
    )
    chasing_pause_reason = fields.Char("Why Paused", company_dependent=True, copy=False, tracking=True, groups=OURS)
    chasing_open_count = fields.Integer("Invoices Chased", compute="_compute_chasing_open_count", groups=READERS)
    chasing_cause = fields.Char("To Be Mended", compute="_compute_chasing_cause", groups=OURS)

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_chasing_cause(self):
        """What keeps messages from a contact, for whoever may know (R96)."""
        lines = self.env["chasing.mending"]
        if lines.has_access("read"):
            lines = lines.search([("partner_id", "in", self._origin.ids)])
        causes = lines.grouped("partner_id")
        for partner in self:
            partner.chasing_cause = " ".join(causes.get(partner._origin, lines.browse()).mapped("cause"))

    @api.depends_context("allowed_company_ids")
    def _compute_chasing_open_count(self):
        counts = dict(
            self.env["chasing.schedule"]
            .sudo()
            ._read_group(
                [
                    ("move_id.commercial_partner_id", "in", self.commercial_partner_id.ids),
                    ("status", "in", OPEN_STATUSES),
                    ("company_id", "in", self.env.companies.ids),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.chasing_open_count = sum(
                count for one, count in counts.items() if one.commercial_partner_id == partner.commercial_partner_id
            )

    @api.constrains("chasing_cadence_id")
    def _check_chasing_cadence_id(self):
        """R23, R50: one that could not be used would be passed over in silence."""
        for cadence in self.sudo().chasing_cadence_id:
            cadence._check_usable_in(self.env.company.sudo())

    # ------------------------------------------------------------------ the customer's say

    def _chasing_steered(self):
        """These customers with the rights to steer their chasing; the caller must be a collector (R37)."""
        self.check_access("read")
        check_collector(self.env)
        return self.commercial_partner_id.sudo()

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
        marks.put(self, chasing_said_here=True).write(said)

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

    def action_chasing_pause(self, until=None, reason=None):
        """Hold everything of these customers in the current company and its branches (R36, R37).

        :param until: the local date on which chasing goes on by itself, or None
        :param reason: why, in a person's words
        """
        self._chasing_steered().write({
            "chasing_paused": True,
            "chasing_paused_until": user_input.pause_end(self.env, until, self.env.company),
            "chasing_pause_reason": user_input.reason(self.env, reason),
        })
        return True

    def action_chasing_resume(self):
        """Go on with the next step of every invoice of these customers in the current company and its branches
        (R35b)."""
        (self._chasing_steered() | self.sudo()).write(NO_PAUSE)
        return True

    def action_chasing_exclude(self):
        """Never chase these customers in the current company and its branches, whatever an invoice says (R37)."""
        self._chasing_steered().chasing_excluded = True
        return True

    def action_chasing_include(self):
        """Chase these customers again in the current company and its branches."""
        (self._chasing_steered() | self.sudo()).chasing_excluded = False
        return True

    def action_chasing_ask_exclude(self):
        """Say what it holds before a customer is never chased."""
        self.ensure_one()
        self.check_access("read")
        return self.env["chasing.pause"]._open(
            {"default_partner_id": self.id, "default_is_for_good": True},
            self.env._("Never Chase %(name)s", name=self.commercial_partner_id.name),
        )

    def _chasing_end_pause(self, company, today):
        """The pauses of customers in a company that have come to their end by its local date end."""
        self.with_company(company).filtered(
            lambda one: one.chasing_paused and one.chasing_paused_until and one.chasing_paused_until <= today
        )._say(NO_PAUSE)

    def action_chasing_open(self):
        """Everything of this customer that is chased."""
        self.ensure_one()
        self.check_access("read")
        self.env["chasing.schedule"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("invoice_chasing.chasing_schedule_action")
        return {**action, "domain": [("move_id.commercial_partner_id", "=", self.commercial_partner_id.id)]}

    def action_chasing_reroute(self):
        """Give all open invoices of this customer another cadence, after saying what that sends (R37)."""
        self.ensure_one()
        schedules = self.env["chasing.schedule"].search([
            ("move_id.commercial_partner_id", "=", self.commercial_partner_id.id),
            ("status", "in", OPEN_STATUSES),
        ])
        return self.env["chasing.assign"]._ask(
            schedules.move_id, self.env._("Change Cadence of %(name)s", name=self.name)
        )

    # ------------------------------------------------------------------ what others depend on

    @api.model
    def default_get(self, fields):
        """R37: of a new customer only collectors say it; what a client's context says, or a default value of a user's
        own, is not said by them."""
        if not is_collector(self.env):
            fields = [name for name in fields if name not in STEERED]
        return super().default_get(fields)

    @api.model_create_multi
    def create(self, vals_list):
        """A contact that was missing clears what was predicted to fail for want of it (R96)."""
        for vals in vals_list:
            self.browse()._steered_by(vals)
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            if any(vals.get(name) for name in SAID):
                partner._tell_branches(vals)
        self.env["chasing.prediction"]._contacts_changed(partners.filtered("parent_id"))
        return partners

    def write(self, vals):
        """A contact that is mended, moved or archived changes who its customers' steps can reach (R96). The roles of
        other companies are neither given nor taken away."""
        check_named(self, [{name: vals[name] for name in vals if name == "chasing_role_ids"}])
        steered = self._steered_by(vals)
        bears = not {*CONTACT_FIELDS, "active"}.isdisjoint(vals)
        before = self.commercial_partner_id if bears else self.browse()
        becomes_anothers = not {"parent_id", "is_company"}.isdisjoint(vals)
        if becomes_anothers:
            self._chasing_money_moved()
        result = super().write(vals)
        if not marks.get(self.env, "chasing_said_here"):
            steered._tell_branches(vals)
        if becomes_anothers:
            self._chasing_money_moved()
        if bears:
            self.env["chasing.prediction"]._contacts_changed(self | before)
        return result

    def _chasing_money_moved(self):
        """R45: their receipts and invoices become another customer's."""
        self.env["chasing.money"]._moved(customers=self.commercial_partner_id.ids)

    def unlink(self):
        """A contact that is gone may have been the only one its customer's steps could reach (R96)."""
        customers = self.commercial_partner_id - self
        result = super().unlink()
        self.env["chasing.prediction"]._contacts_changed(customers)
        return result
