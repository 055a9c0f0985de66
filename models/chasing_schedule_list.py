from datetime import timedelta

from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_amount

from . import clock
from .chasing_schedule import OPEN_STATUSES
from .engine import moments


class ChasingSchedule(models.Model):
    """The list of everything that is chased: what stands above it, and what it says when it is empty."""

    _inherit = "chasing.schedule"

    @api.model
    def get_banner(self):
        """What keeps messages from leaving in the user's companies: the switch, the brake; and who may change that."""
        self.check_access("read")
        off = self.env.companies.filtered(lambda company: not company.sudo().chasing_enabled)
        braked = self.env["chasing.step"].search_count(
            [("state", "=", "held"), ("reason_code", "=", "run_limit"), ("company_id", "in", self.env.companies.ids)]
        )
        return {
            "off": bool(off) and self.env._(
                "Invoice chasing is off for %(companies)s: nothing leaves.", companies=", ".join(off.mapped("name"))
            ),
            "brake": bool(braked) and self.env._(
                "%(count)s messages wait, because one run would send more than the company allows by itself.",
                count=braked,
            ),
            "can_act": self.env.user.has_group("invoice_chasing.group_manager"),
        }

    @api.model
    def action_banner_switch_on(self):
        """The first run, for the first of the user's companies where chasing is off."""
        off = self.env.companies.filtered(lambda company: not company.sudo().chasing_enabled)
        company = off[:1] or self.env.company
        return self.env["chasing.start"]._open(
            {"default_company_id": company.id}, self.env._("Switch On Invoice Chasing")
        )

    @api.model
    def action_banner_release(self):
        """Let go what the brake holds in the user's companies (R47)."""
        return self.env.companies.action_chasing_release_brake()

    def action_open_invoice(self):
        """The invoice of this schedule, where its chasing is steered."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(self.env.ref("account.view_move_form").id, "form")],
        }

    @api.model
    def get_empty_list_help(self, help_message):
        """'Nothing needs you. 212 invoices, 431,000 EUR, are being chased; 18 messages tomorrow.'"""
        company = self.env.company
        [(invoices, outstanding)] = self.env["account.move"]._read_group(
            [("chasing_status", "in", OPEN_STATUSES), ("company_id", "=", company.id)],
            [],
            ["__count", "amount_residual_signed:sum"],
        )
        if not invoices:
            return super().get_empty_list_help(help_message)
        return Markup("<p class='o_view_nocontent_smiling_face'>%s</p><p>%s</p>") % (
            self.env._("Nothing here needs you."),
            self.env._(
                "%(invoices)s invoices, %(amount)s, are being chased; %(messages)s messages tomorrow.",
                invoices=invoices,
                amount=format_amount(self.env, outstanding, company.currency_id),
                messages=self._count_tomorrow(company),
            ),
        )

    @api.model
    def _count_tomorrow(self, company):
        timezone = company._chasing_timezone()
        tomorrow = clock.today(company) + timedelta(1)
        return self.env["chasing.step"].search_count([
            ("company_id", "=", company.id),
            ("state", "=", "planned"),
            ("scheduled_at", ">=", moments.instant(tomorrow, 0, timezone)),
            ("scheduled_at", "<", moments.instant(tomorrow + timedelta(1), 0, timezone)),
        ])
