from odoo import api, fields, models
from odoo.fields import Domain

from ..common import client_actions, formats
from ..common.user_groups import INTERNAL_USERS, READER_GROUPS
from ..engine.states import OPEN_STATUSES
from ..plan.chasing_schedule import PAUSE_REASONS
from ..policy.res_partner import HOLDING_FIELDS


class ResPartner(models.Model):
    _inherit = "res.partner"

    chasing_open_count = fields.Integer("Invoices Chased", compute="_compute_chasing_open_count", groups=READER_GROUPS)

    chasing_hold = fields.Selection(
        [("excluded", "Excluded"), ("paused", "Paused")], compute="_compute_chasing_hold_text", groups=INTERNAL_USERS
    )
    chasing_hold_text = fields.Char("Not Chased Now", compute="_compute_chasing_hold_text", groups=INTERNAL_USERS)
    chasing_recipient_text = fields.Char(
        "Receives",
        compute="_compute_chasing_recipient_text",
        groups=INTERNAL_USERS,
        help="Which messages about unpaid invoices this contact receives, and why.",
    )

    @api.depends(*(f"{customer}{name}" for customer in ("", "commercial_partner_id.") for name in HOLDING_FIELDS))
    @api.depends_context("company", "lang")
    def _compute_chasing_hold_text(self):
        """Say of a contact why nothing about their invoices is sent now; nothing where something is."""
        for partner in self:
            held = partner | partner.commercial_partner_id
            excluded = held.filtered("chasing_excluded")[:1]
            paused = held.filtered("chasing_paused")[:1]
            partner.chasing_hold = "excluded" if excluded else "paused" if paused else False
            if excluded:
                text = self.env._("%(name)s is excluded from chasing.", name=excluded.display_name)
            else:
                text = paused and paused._chasing_pause_text()
            partner.chasing_hold_text = text or False

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Propose the contacts of the customer a message is for before all others (R74)."""
        customer = self.env.context.get("chasing_customer")
        if type(customer) is not int:
            return super().name_search(name, domain, operator, limit)
        asked = Domain(domain or Domain.TRUE)
        own = Domain("commercial_partner_id", "=", customer)
        first = super().name_search(name, asked & own, operator, limit)
        room = limit and limit - len(first)
        others = super().name_search(name, asked & ~own, operator, room) if room or not limit else []
        return [*first, *others]

    def _chasing_pause_text(self):
        """Return until when and why the chasing of a customer is paused."""
        reason = self.chasing_pause_reason
        values = {
            "name": self.display_name,
            "date": formats.day(self.env, self.chasing_paused_until),
            "reason": dict(PAUSE_REASONS).get(reason, reason) or self.env._("no reason given"),
        }
        if self.chasing_paused_until:
            return self.env._("Chasing of %(name)s is paused until %(date)s (%(reason)s).", **values)
        return self.env._("Chasing of %(name)s is paused until resumed manually (%(reason)s).", **values)

    @api.depends("type", "parent_id", "commercial_partner_id.child_ids.type", "chasing_role_ids.name")
    @api.depends_context("lang")
    def _compute_chasing_recipient_text(self):
        """Say which messages a contact gets, and why (R60, R63)."""
        for partner in self:
            texts = [partner._chasing_default_text()]
            if roles := partner.chasing_role_ids.mapped("name"):
                texts.append(self.env._("Also steps for the role: %(roles)s.", roles=", ".join(roles)))
            partner.chasing_recipient_text = " ".join(texts)

    def _chasing_default_text(self):
        """Return which messages go to this contact without a role (R60)."""
        others = self.commercial_partner_id.child_ids.filtered(lambda contact: contact.type == "invoice") - self
        if self.type == "invoice" and self.parent_id:
            return self.env._("All reminders to the customer, as an invoice address.")
        if others and not self.parent_id:
            names = ", ".join(contact.name or contact.display_name for contact in others)
            return self.env._("No reminders. They are sent to the invoice addresses (%(names)s).", names=names)
        if not self.parent_id:
            return self.env._("All reminders, as the customer has no invoice address.")
        if others:
            return self.env._("No reminders. They are sent to the customer's invoice addresses.")
        return self.env._("Only reminders about invoices addressed to this contact.")

    def _chasing_open_addresses(self):
        """Open the dialog in which the addresses of this contact are put right."""
        self.ensure_one()
        view = "invoice_chasing.res_partner_view_form_addresses"
        return client_actions.open_form(self, self.display_name, view, target="new", context={"dialog_size": "medium"})

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
                count
                for customer, count in counts.items()
                if customer.commercial_partner_id == partner.commercial_partner_id
            )

    def action_chasing_include_again(self):
        """Chase an excluded customer again, and offer Undo."""
        return self.action_chasing_do("include_customer")

    def action_chasing_go_on(self):
        """End the pause of a customer, and offer Undo."""
        return self.action_chasing_do("resume_customer")

    def action_chasing_ask_exclude(self):
        """Say what it holds before a customer is never chased."""
        self.ensure_one()
        self.check_access("read")
        return self.env["chasing.customer.pause"]._open(
            {"default_partner_id": self.id, "default_is_for_good": True},
            self.env._("Exclude %(name)s from Chasing", name=self.commercial_partner_id.name),
        )

    def action_chasing_ask(self):
        """Ask what is to be done with the chasing of these customers, or of all that a list shows (R37)."""
        return self.env["chasing.bulk.customers"]._ask_about(self)

    def action_chasing_open(self):
        """Open everything of this customer that is chased."""
        self.ensure_one()
        self.check_access("read")
        self.env["chasing.schedule"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("invoice_chasing.chasing_schedule_action")
        return {
            **action,
            "domain": [("move_id.commercial_partner_id", "=", self.commercial_partner_id.id)],
            # What the button counts: the menu's filter leaves only what needs somebody.
            "context": {"search_default_open": 1},
        }

    def action_chasing_reroute(self):
        """Give all open invoices of this customer another cadence, after saying what that sends (R37)."""
        self.ensure_one()
        schedules = self.env["chasing.schedule"].search([
            ("move_id.commercial_partner_id", "=", self.commercial_partner_id.id),
            ("status", "in", OPEN_STATUSES),
        ])
        return self.env["chasing.assign"]._ask(
            schedules.move_id, self.env._("Change Cadence of %(name)s", name=self.name), is_change=True
        )
