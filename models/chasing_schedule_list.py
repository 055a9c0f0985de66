from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount

from . import clock, when
from .chasing_schedule import OPEN_STATUSES
from .chasing_step_mixin import CHANNEL_MODELS
from .engine import moments

# the statuses that want somebody, in the order of their cards (R95)
CARDS = ("failed", "will_fail", "expired", "paused")
# at its next instant a paused one is looked at again, and sends nothing
SENDING = Domain("status", "in", ("active", "failed", "will_fail"))


class ChasingSchedule(models.Model):
    """The list of everything that is chased: what stands above it, and what it says when it is empty."""

    _name = "chasing.schedule"
    _inherit = ["chasing.schedule", "chasing.company.clock"]
    _instant_field = "next_at"
    _instant_counts = SENDING

    local_day = fields.Date("Day of Next Send")

    @api.model
    def get_banner(self):
        """What keeps messages from leaving in the user's companies: the switch, the brake; and who may change that."""
        self.check_access("read")
        off = self.env.companies.filtered(lambda company: not company.sudo().chasing_enabled)
        invoices, messages = self.env["chasing.brake"]._count_held(self.env.companies)
        return {
            "off": bool(off) and self.env._(
                "Invoice chasing is off for %(companies)s: nothing leaves.", companies=", ".join(off.mapped("name"))
            ),
            "brake": bool(invoices) and self.env._(
                "%(messages)s messages wait, of %(invoices)s invoices: one run would send more than the company allows "
                "by itself.",
                messages=messages,
                invoices=invoices,
            ),
            "can_act": self.env.user.has_group("invoice_chasing.group_manager"),
        }

    @api.model
    def get_cards(self):
        """Counts and money of what needs somebody, in the user's companies and the current company's currency (R95)."""
        self.check_access("read")
        company = self.env.company
        totals = {status: [0, 0.0] for status in CARDS}
        for status, of_company, count, amount in self._read_group(
            [("status", "in", CARDS), ("company_id", "in", self.env.companies.ids)],
            ["status", "company_id"],
            ["__count", "amount_residual_signed:sum"],
        ):
            totals[status][0] += count
            totals[status][1] += of_company.currency_id._convert(amount, company.currency_id, company)
        labels = dict(self._fields["status"]._description_selection(self.env))
        return [
            {
                "status": status,
                "label": labels[status],
                "count": count,
                "amount": format_amount(self.env, amount, company.currency_id),
            }
            for status, (count, amount) in totals.items()
        ]

    @api.model
    def get_today(self):
        """'Today: 34 e-mails, 5 SMS; next 10:00; last run 09:00', of the current company."""
        self.check_access("read")
        company = self.env.company
        timezone, today = company._chasing_timezone(), clock.today(company)
        start, end = moments.instant(today, 0, timezone), moments.instant(today + timedelta(1), 0, timezone)
        parts = [self.env._("Today: %(messages)s", messages=self._today_text(company, start, end))]
        sending = SENDING & Domain("company_id", "=", company.id) & Domain("next_at", "!=", False)
        upcoming = self.search(sending, order="next_at", limit=1)
        if upcoming:
            at = when.short(self.env, upcoming.next_at, timezone, clock.now(self.env))
            parts.append(self.env._("next %(at)s", at=at))
        run = self.env.ref("invoice_chasing.ir_cron_dispatch").sudo()
        if run.lastcall:
            at = when.short(self.env, run.lastcall, timezone, clock.now(self.env))
            fine, failed = self.env._("last run %(at)s", at=at), self.env._("last run %(at)s failed", at=at)
            parts.append(failed if run.failure_count else fine)
        chased = self._chased_text(company)
        return "; ".join([*parts, chased] if chased else parts)

    @api.model
    def get_chased(self):
        """What is being chased in the current company, for whoever has nothing to do."""
        self.check_access("read")
        return self._chased_text(self.env.company)

    def _today_text(self, company, start, end):
        """How many messages of each channel left or are still to leave on a local day."""
        left = dict(
            self.env["chasing.delivery"]._read_group(
                [
                    ("company_id", "=", company.id),
                    ("queued_at", ">=", start),
                    ("queued_at", "<", end),
                    ("state", "not in", ("failed", "bounced", "cancelled")),
                ],
                ["channel"],
                ["__count"],
            )
        )
        coming = [
            ("company_id", "=", company.id),
            ("state", "=", "planned"),
            ("scheduled_at", ">=", start),
            ("scheduled_at", "<", end),
        ]
        steps = self.env["chasing.step"]
        counts = {
            name: left.get(name, 0) + steps.search_count([*coming, (f"channel_{name}", "=", True)])
            for name in CHANNEL_MODELS
        }
        one = {"email": self.env._("1 e-mail"), "sms": self.env._("1 SMS"), "letter": self.env._("1 letter")}
        many = {
            "email": self.env._("%(count)s e-mails", count=counts["email"]),
            "sms": self.env._("%(count)s SMS", count=counts["sms"]),
            "letter": self.env._("%(count)s letters", count=counts["letter"]),
        }
        told = [one[name] if count == 1 else many[name] for name, count in counts.items() if count]
        return ", ".join(told) or self.env._("no messages")

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

    def action_take_payment(self):
        """Odoo's own dialog for a payment of these invoices."""
        self.check_access("read")
        return self.move_id.action_register_payment()

    def get_payment_link(self):
        """The address at which the customer sees and pays this invoice, for a message of one's own."""
        self.ensure_one()
        self.check_access("read")
        move = self.sudo().move_id
        move._chasing_ensure_tokens()
        return move.get_base_url() + move.get_portal_url()

    def action_open_invoice(self):
        """The invoice of this schedule, where its chasing is steered."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(self.env.ref("account.view_move_form").id, "form")],
        }

    def _chased_text(self, company):
        """'212 invoices, 431,000 EUR, are being chased; 18 messages tomorrow', empty while none is."""
        [(invoices, outstanding)] = self._read_group(
            [("status", "in", OPEN_STATUSES), ("company_id", "=", company.id)],
            [],
            ["__count", "amount_residual_signed:sum"],
        )
        if not invoices:
            return ""
        amount, messages = format_amount(self.env, outstanding, company.currency_id), self._count_tomorrow(company)
        one = self.env._("1 invoice, %(amount)s, is being chased", amount=amount)
        many = self.env._("%(count)s invoices, %(amount)s, are being chased", count=invoices, amount=amount)
        tomorrow = self.env._("%(count)s messages tomorrow", count=messages)
        return "; ".join([
            one if invoices == 1 else many,
            self.env._("1 message tomorrow") if messages == 1 else tomorrow,
        ])

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
