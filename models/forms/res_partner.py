from odoo import api, fields, models

from ..common import client_actions
from ..common.user_groups import READER_GROUPS
from ..engine.states import OPEN_STATUSES


class ResPartner(models.Model):
    _inherit = "res.partner"

    chasing_open_count = fields.Integer("Invoices Chased", compute="_compute_chasing_open_count", groups=READER_GROUPS)

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

    def action_chasing_ask_exclude(self):
        """Say what it holds before a customer is never chased."""
        self.ensure_one()
        self.check_access("read")
        return self.env["chasing.customer.pause"]._open(
            {"default_partner_id": self.id, "default_is_for_good": True},
            self.env._("Exclude %(name)s from Chasing", name=self.commercial_partner_id.name),
        )

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
            schedules.move_id, self.env._("Change Cadence of %(name)s", name=self.name)
        )
