from collections import Counter
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError

from ..common import clock, formats
from ..common.wording import counted, invoices_text, selection_labels
from ..engine.states import ATTENTION_STATUSES, SENDING_STATUSES

SCHEDULES, STEPS, FORECAST, DELIVERIES = (
    f"invoice_chasing.chasing_{name}_action" for name in ("schedule", "step", "forecast_line", "delivery")
)
# What a number counts -> the screen that lists it, and the filters of the screen that leave just that.
PAGES = {
    "approval": (STEPS, ("asking",)),
    **{status: (SCHEDULES, (status,)) for status in ATTENTION_STATUSES},
    "chased": (SCHEDULES, ("being_chased",)),
    "braked": (SCHEDULES, ("braked",)),
    "left_today": (DELIVERIES, ("left_today",)),
    "under_way": (DELIVERIES, ("under_way",)),
    "today": (FORECAST, ("goes", "today")),
    "tomorrow": (FORECAST, ("goes", "tomorrow")),
}


class ChasingDashboard(models.AbstractModel):
    """Tell what stands above every view of what is chased: what keeps messages from leaving, the cards, today's line.

    It has no records: who may read schedules is told of the own companies. Whatever it counts, it opens, by PAGES.
    """

    _name = "chasing.dashboard"
    _description = "Chasing Dashboard"

    # ------------------------------------------------------------------ what clients ask

    @api.model
    def get_banner(self):
        """Return what keeps messages from leaving in the user's companies, and whether the user may change that.

        :return: {"off": sentence or False, "brake": sentence or False, "braked": what opens the invoices behind it,
            "scope": sentence or False, "stale": sentence or False, "can_act": bool}
        """
        self._check_may_read()
        off = self._companies_off()
        invoices, messages = self.env["chasing.brake"]._count_held(self.env.companies)
        return {
            "off": bool(off)
            and self.env._(
                "Invoice chasing is off for %(companies)s: nothing is sent.", companies=", ".join(off.mapped("name"))
            ),
            "brake": bool(invoices)
            and counted(
                self.env,
                messages,
                self.env._("1 message of %(invoices)s is held: the run would exceed the maximum messages per run."),
                self.env._(
                    "%(count)s messages of %(invoices)s are held: the run would exceed the maximum messages per run."
                ),
                invoices=invoices_text(self.env, invoices),
            ),
            "braked": counted(self.env, invoices, self.env._("Show 1 Invoice"), self.env._("Show %(count)s Invoices")),
            "scope": self._scope_text(),
            "stale": " ".join(filter(None, (self._stale_text(), self._missing_text()))) or False,
            "can_act": self.env.user.has_group("invoice_chasing.group_manager"),
        }

    def _stale_text(self):
        """Say of how many invoices the messages to come may have changed, False of none."""
        stale = self.env["chasing.forecast.message"]._count_stale(self.env.companies)
        return bool(stale) and counted(
            self.env,
            stale,
            self.env._("The messages to come of 1 invoice are being recalculated. Refresh the page in a minute."),
            self.env._(
                "The messages to come of %(count)s invoices are being recalculated. Refresh the page in a few minutes."
            ),
        )

    def _missing_text(self):
        """Say of how many invoices the messages to come are not known, False of none."""
        missing = self.env["chasing.forecast.message"]._count_missing(self.env.companies)
        return bool(missing) and counted(
            self.env,
            missing,
            self.env._(
                "The messages to come of 1 invoice could not be calculated: they are missing in the forecast. They are "
                "calculated again every night, and when the invoice changes."
            ),
            self.env._(
                "The messages to come of %(count)s invoices could not be calculated: they are missing in the forecast. "
                "They are calculated again every night, and when the invoices change."
            ),
        )

    @api.model
    def action_banner_switch_on(self):
        """Open the first run for the first of the user's companies where chasing is off."""
        company = self._companies_off()[:1] or self.env.company
        return self.env["chasing.start"]._open(
            {"default_company_id": company.id}, self.env._("Switch On Invoice Chasing")
        )

    @api.model
    def action_banner_release(self):
        """Release what the brake holds in the user's companies (R47)."""
        return self.env.companies.action_chasing_release_brake()

    @api.model
    def get_cards(self, approval=False):
        """Count what needs somebody, with its money in the current company's currency (R95).

        With `chasing_mine` in the context it is what the user is responsible for, and so is the page behind.

        :param approval: whether the messages that wait for approval come first
        :return: [{"name", "label", "count", "amount"}], a card for each page, in order
        """
        self._check_may_read()
        totals = {"approval": self._awaiting_approval()} if approval else {}
        totals |= dict.fromkeys(ATTENTION_STATUSES, (0, 0.0)) | self._totals(ATTENTION_STATUSES)
        labels = {"approval": self.env._("Awaiting Approval")}
        labels |= selection_labels(self.env["chasing.schedule"], "status")
        return [
            {"name": name, "label": labels[name], "count": count, "amount": self._money(amount)}
            for name, (count, amount) in totals.items()
        ]

    @api.model
    def get_today(self):
        """Tell what left today and what is to leave, when the next message goes, and what is being chased.

        :return: [{"text", "page"}]: each part with what `action_open_page` opens for it, False for nothing
        """
        self._check_may_read()
        today, tomorrow = self._messages_to_come()
        return [
            *self._message_parts(today),
            *map(self._part, self.env["chasing.pace"].sudo()._texts_of_today(self.env.companies, clock.now(self.env))),
            *self._run_parts(),
            *self._chased_parts(tomorrow),
        ]

    @api.model
    def get_chased(self):
        """Return what is being chased in the user's companies, for whoever has nothing to do.

        :return: as `get_today`, nothing while none is
        """
        self._check_may_read()
        _today, tomorrow = self._messages_to_come()
        return self._chased_parts(tomorrow)

    @api.model
    def action_open_page(self, page):
        """Open the list of what a card or a number counts.

        :param page: a key of PAGES
        """
        self._check_may_read()
        if not isinstance(page, str) or page not in PAGES:
            raise UserError(self.env._("There is no page of that name."))
        screen, filters = PAGES[page]
        action = self.env["ir.actions.act_window"]._for_xml_id(screen)
        views = sorted(action["views"], key=lambda view: view[1] != "list")
        filters = (*filters, *(["is_mine"] if self._own() and screen in (SCHEDULES, STEPS) else ()))
        return {**action, "views": views, "context": {f"search_default_{name}": 1 for name in filters}}

    # ------------------------------------------------------------------ companies and money

    def _check_may_read(self):
        self.env["chasing.schedule"].check_access("read")

    def _companies_off(self):
        """Return those of the user's companies where chasing is off."""
        return self.env.companies.filtered(lambda company: not company.sudo().chasing_enabled)

    def _scope_text(self):
        """Return whose money it is, and in which currency, where several companies are looked at; else False."""
        companies = self.env.companies
        return len(companies) > 1 and self.env._(
            "Amounts of %(companies)s in %(currency)s.",
            companies=", ".join(companies.mapped("name")),
            currency=self.env.company.currency_id.name,
        )

    def _totals(self, statuses):
        """Return {status: (schedules, their money)} of the user's companies, of the statuses that there are."""
        totals = {}
        for status, company, count, amount in self.env["chasing.schedule"]._read_group(
            [("status", "in", statuses), ("company_id", "in", self.env.companies.ids), *self._own()],
            ["status", "company_id"],
            ["__count", "amount_residual_signed:sum"],
        ):
            before, money = totals.get(status, (0, 0.0))
            totals[status] = (before + count, money + self._converted(amount, company))
        return totals

    def _awaiting_approval(self):
        """Return (messages that wait for approval, the money of their invoices, each once)."""
        waiting = [
            ("awaits_approval", "=", True),
            ("company_id", "in", self.env.companies.ids),
            *self._own("schedule_id."),
        ]
        steps = self.env["chasing.step"]
        amounts = self.env["chasing.schedule"]._read_group(
            [("step_ids", "any", waiting)], ["company_id"], ["amount_residual_signed:sum"]
        )
        return steps.search_count(waiting), sum(self._converted(amount, company) for company, amount in amounts)

    def _own(self, path=""):
        """Return the terms that leave what the user is responsible for where that is asked for, else none (R98)."""
        return [(f"{path}is_mine", "=", True)] if self.env.context.get("chasing_mine") else []

    def _converted(self, amount, company):
        own = self.env.company
        return company.currency_id._convert(amount, own.currency_id, own)

    def _money(self, amount):
        return formats.amount(self.env, amount, self.env.company.currency_id)

    def _chased_parts(self, tomorrow):
        """Return '212 invoices being chased, 431,000 EUR' and '18 e-mails tomorrow', nothing while none is.

        :param tomorrow: {channel: messages that go tomorrow}
        """
        totals = self._totals(SENDING_STATUSES).values()
        invoices = sum(count for count, _amount in totals)
        if not invoices:
            return []
        amount = self._money(sum(amount for _count, amount in totals))
        single = self.env._("1 invoice being chased, %(amount)s")
        many = self.env._("%(count)s invoices being chased, %(amount)s")
        messages = self.env["chasing.channel"]._counts_text(tomorrow)
        return [
            self._part(counted(self.env, invoices, single, many, amount=amount), "chased"),
            self._part(self.env._("%(messages)s tomorrow", messages=messages), "tomorrow")
            if messages
            else self._part(self.env._("no messages tomorrow")),
        ]

    # ------------------------------------------------------------------ runs and messages

    @api.model
    def _part(self, text, page=False):
        return {"text": text, "page": page}

    def _message_parts(self, to_come):
        """Return what left today, what is under way, and what is to leave today.

        :param to_come: {channel: messages that go today}
        """
        left, under_way, to_send = map(
            self.env["chasing.channel"]._counts_text,
            (self._count_deliveries("left_today"), self._count_deliveries("is_under_way"), to_come),
        )
        parts = [
            left and self._part(self.env._("%(messages)s sent", messages=left), "left_today"),
            under_way and self._part(self.env._("%(messages)s under way", messages=under_way), "under_way"),
            to_send and self._part(self.env._("%(messages)s to be sent", messages=to_send), "today"),
        ]
        return [part for part in parts if part] or [self._part(self.env._("no messages"))]

    def _run_parts(self):
        """Return when the next message leaves, and how the last run went."""
        timezone, now = self.env.company._chasing_timezone(), clock.now(self.env)
        run = self.env.ref("invoice_chasing.ir_cron_dispatch").sudo()
        parts = []
        if next_at := self._next_message_at():
            # What is overdue leaves with the next run.
            at = next_at if next_at > now else max(run.nextcall, now)
            parts.append(self._part(self.env._("next %(at)s", at=formats.instant(self.env, at, timezone, now))))
        if run.lastcall:
            at = formats.instant(self.env, run.lastcall, timezone, now)
            fine, failed = self.env._("last run %(at)s", at=at), self.env._("last run %(at)s failed", at=at)
            parts.append(self._part(failed if run.failure_count else fine))
        return parts

    def _next_message_at(self):
        """Return the instant of the next message that goes by itself, as the forecast tells it; None for none."""
        messages = self.env["chasing.forecast.message"].sudo()
        return messages._next_at(self.env.companies, clock.now(self.env))

    def _count_deliveries(self, name):
        """Return {channel: deliveries of the user's companies for which a field says yes}."""
        domain = [(name, "=", True), ("company_id", "in", self.env.companies.ids)]
        return dict(self.env["chasing.delivery"]._read_group(domain, ["channel"], ["__count"]))

    def _messages_to_come(self):
        """Return ({channel: messages that go today}, the same of tomorrow), as the forecast lists them."""
        today, tomorrow = Counter(), Counter()
        for company, day, channel, count in (
            self.env["chasing.forecast.line"]
            ._until_tomorrow()
            ._read_group(
                [("outcome", "=", "goes"), ("company_id", "in", self.env.companies.ids)],
                ["company_id", "local_day:day", "channel"],
                ["__count"],
            )
        ):
            days = {clock.today(company): today, clock.today(company) + timedelta(1): tomorrow}
            days.get(day, Counter())[channel] += count
        return today, tomorrow
