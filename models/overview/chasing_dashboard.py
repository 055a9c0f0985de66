from datetime import timedelta
from itertools import starmap

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

from ..common import clock, formats
from ..common.wording import selection_labels
from ..engine import moments
from ..engine.states import ATTENTION_STATUSES, LEFT, OPEN_STATUSES, SENDING_STATUSES


class ChasingDashboard(models.AbstractModel):
    """Tell what stands above every view of what is chased: what keeps messages from leaving, the cards, today's line.

    It has no records: who may read schedules is told of the own companies.
    """

    _name = "chasing.dashboard"
    _description = "Chasing Dashboard"

    # ------------------------------------------------------------------ what clients ask

    @api.model
    def get_banner(self):
        """Return what keeps messages from leaving in the user's companies, and whether the user may change that.

        :return: {"off": sentence or False, "brake": sentence or False, "can_act": bool}
        """
        self._check_may_read()
        off = self._companies_off()
        invoices, messages = self.env["chasing.brake"]._count_held(self.env.companies)
        return {
            "off": bool(off)
            and self.env._(
                "Invoice chasing is off for %(companies)s: nothing leaves.", companies=", ".join(off.mapped("name"))
            ),
            "brake": bool(invoices)
            and self.env._(
                "%(messages)s messages wait (invoices: %(invoices)s): one run would send more than the company allows "
                "by itself.",
                messages=messages,
                invoices=invoices,
            ),
            "can_act": self.env.user.has_group("invoice_chasing.group_manager"),
        }

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
    def get_cards(self):
        """Count what needs somebody, with its money in the current company's currency (R95).

        :return: [{"status", "label", "count", "amount"}], a card for each status, in order
        """
        self._check_may_read()
        totals = dict.fromkeys(ATTENTION_STATUSES, (0, 0.0)) | self._totals(ATTENTION_STATUSES)
        labels = selection_labels(self.env["chasing.schedule"], "status")
        return [
            {"status": status, "label": labels[status], "count": count, "amount": self._money(amount)}
            for status, (count, amount) in totals.items()
        ]

    @api.model
    def get_today(self):
        """Return 'Today: 34 e-mails, 5 SMS; next 10:00; last run 09:00' on the current company's clock."""
        self._check_may_read()
        today, tomorrow = self._messages_to_come()
        counts = {channel: today[channel] + left for channel, left in self._messages_left_today().items()}
        parts = [
            self.env._("Today: %(messages)s", messages=self._messages_text(counts)),
            *self._run_texts(),
            self._chased_text(sum(tomorrow.values())),
        ]
        return "; ".join(part for part in parts if part)

    @api.model
    def get_chased(self):
        """Return what is being chased in the user's companies, for whoever has nothing to do."""
        self._check_may_read()
        _today, tomorrow = self._messages_to_come()
        return self._chased_text(sum(tomorrow.values()))

    # ------------------------------------------------------------------ companies and money

    def _check_may_read(self):
        self.env["chasing.schedule"].check_access("read")

    def _companies_off(self):
        """Return those of the user's companies where chasing is off."""
        return self.env.companies.filtered(lambda company: not company.sudo().chasing_enabled)

    def _totals(self, statuses):
        """Return {status: (schedules, their money)} of the user's companies, of the statuses that there are."""
        company, totals = self.env.company, {}
        for status, schedule_company, count, amount in self.env["chasing.schedule"]._read_group(
            [("status", "in", statuses), ("company_id", "in", self.env.companies.ids)],
            ["status", "company_id"],
            ["__count", "amount_residual_signed:sum"],
        ):
            counted, money = totals.get(status, (0, 0.0))
            converted = schedule_company.currency_id._convert(amount, company.currency_id, company)
            totals[status] = (counted + count, money + converted)
        return totals

    def _money(self, amount):
        return format_amount(self.env, amount, self.env.company.currency_id)

    def _chased_text(self, messages):
        """Return '212 invoices, 431,000 EUR, are being chased; 18 messages tomorrow', empty while none is.

        :param messages: how many go tomorrow
        """
        totals = self._totals(OPEN_STATUSES).values()
        invoices = sum(count for count, _amount in totals)
        if not invoices:
            return ""
        amount = self._money(sum(amount for _count, amount in totals))
        single = self.env._("1 invoice, %(amount)s, is being chased", amount=amount)
        many = self.env._("%(count)s invoices, %(amount)s, are being chased", count=invoices, amount=amount)
        tomorrow = self.env._("%(count)s messages tomorrow", count=messages)
        return "; ".join([
            single if invoices == 1 else many,
            self.env._("1 message tomorrow") if messages == 1 else tomorrow,
        ])

    # ------------------------------------------------------------------ runs and messages

    def _run_texts(self):
        """Return the texts that say when the next message leaves, and how the last run went."""
        timezone, now = self.env.company._chasing_timezone(), clock.now(self.env)
        run = self.env.ref("invoice_chasing.ir_cron_dispatch").sudo()
        texts = []
        if next_at := self._next_message_at():
            # What is overdue leaves with the next run.
            at = next_at if next_at > now else max(run.nextcall, now)
            texts.append(self.env._("next %(at)s", at=formats.instant(self.env, at, timezone, now)))
        if run.lastcall:
            at = formats.instant(self.env, run.lastcall, timezone, now)
            fine, failed = self.env._("last run %(at)s", at=at), self.env._("last run %(at)s failed", at=at)
            texts.append(failed if run.failure_count else fine)
        return texts

    def _next_message_at(self):
        """Return the planned instant of the next message that goes by itself, None if there is none."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT s.next_at FROM chasing_schedule s
                WHERE s.next_at IS NOT NULL AND s.status IN %s AND s.company_id IN %s AND EXISTS (
                    SELECT FROM chasing_step t
                    WHERE t.schedule_id = s.id AND t.scheduled_at = s.next_at
                        AND t.state = 'planned' AND t.mode = 'auto'
                )
                ORDER BY s.next_at LIMIT 1
                """,
                SENDING_STATUSES,
                tuple(self.env.companies.ids),
            )
        )
        return rows[0][0] if rows else None

    def _days_by_zone(self):
        """Return [(the user's companies of one zone, UTC instants: their today begins, it ends, tomorrow ends)]."""
        days = []
        for timezone, companies in self.env.companies.grouped(lambda company: company._chasing_timezone()).items():
            today = clock.today(companies[0])
            days.append((companies, *(moments.instant(today + timedelta(days), 0, timezone) for days in range(3))))
        return days

    def _messages_left_today(self):
        """Return {channel: messages that left today, or are under way}."""
        left = Domain.OR(
            Domain("company_id", "in", companies.ids) & Domain("sent_at", ">=", start) & Domain("sent_at", "<", end)
            for companies, start, end, _last in self._days_by_zone()
        ) & Domain("state", "in", LEFT)
        under_way = (
            Domain("company_id", "in", self.env.companies.ids)
            & Domain("state", "=", "queued")
            & Domain("taken_back_at", "=", False)
        )
        counts = dict(self.env["chasing.delivery"]._read_group(left | under_way, ["channel"], ["__count"]))
        return {channel: counts.get(channel, 0) for channel in self.env["chasing.channel"]._all()}

    def _messages_to_come(self):
        """Return ({channel: messages to come today}, the same of tomorrow), the overdue with today's.

        Counted is what goes by itself to somebody, not what waits for a person.
        """
        zones = self._days_by_zone()
        days = [
            SQL("(%s, %s, %s)", company.id, end, last)
            for companies, _start, end, last in zones
            for company in companies
        ]
        boxes = self.env["chasing.channel"]._boxes()
        self.env.flush_all()
        # Compiling the query takes longer than running it.
        self.env.cr.execute("SET LOCAL jit = off")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT t.scheduled_at >= day.today_ends,
                    %(counts)s
                FROM chasing_schedule s
                JOIN (VALUES %(days)s) AS day (company_id, today_ends, tomorrow_ends) ON day.company_id = s.company_id
                -- OFFSET: by schedule, never by reading all steps
                CROSS JOIN LATERAL (SELECT * FROM chasing_step WHERE schedule_id = s.id OFFSET 0) AS t
                WHERE t.state = 'planned' AND t.mode = 'auto' AND t.scheduled_at < day.tomorrow_ends
                    AND s.status IN %(sending)s AND s.next_at < %(last)s
                GROUP BY 1
                """,
                counts=SQL(", ").join(starmap(self._count_of_channel, boxes.items())),
                days=SQL(", ").join(days),
                last=max(last for *_others, last in zones),
                sending=SENDING_STATUSES,
            )
        )
        counts = {is_tomorrow: dict(zip(boxes, row, strict=True)) for is_tomorrow, *row in rows}
        nothing = dict.fromkeys(boxes, 0)
        return counts.get(False, nothing), counts.get(True, nothing)

    def _count_of_channel(self, code, box):
        return SQL("count(*) FILTER (WHERE %s AND (t.unreached ->> %s) IS NULL)", SQL.identifier("t", box), code)

    def _messages_text(self, counts):
        """Return '34 e-mails, 5 SMS'.

        :param counts: {channel: number of messages}
        """
        return self.env["chasing.channel"]._counts_text(counts) or self.env._("no messages")
