import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

from ..common import clock, formats
from ..engine import moments
from ..engine.states import ATTENTION_STATUSES, LEFT, OPEN_STATUSES, SENDING_STATUSES, UPCOMING
from ..policy.chasing_step_mixin import CHANNEL_MODELS

SENDING = Domain("status", "in", SENDING_STATUSES)
# what fails within so many days wants somebody now
SOON = timedelta(14)
INNER_FIELDS = frozenset({
    "age_basis",
    "closure",
    "company_currency_id",
    "entry_point",
    "hold_reason",
    "has_online_payment",
    "held_at",
    "hold_values",
    "is_dossier_wanted",
    "is_prediction_stale",
    "is_today",
    "lifecycle",
    "marked_in_odoo",
    "may_send_on_issue",
    "min_contact_days",
    "money_hold",
    "money_until",
    "own_responsible_id",
    "own_sender_id",
    "pause_reason",
    "paid_lines",
    "planned_tz",
    "recheck_at",
    "run",
    "run_line",
    "send_on_issue",
    "used_up_lines",
})
LIGHTS = [("green", "Arrived"), ("yellow", "Sent"), ("red", "Failed"), ("grey", "Under Way")]
# a national zero that is not dialled from abroad: +41 (0)44 668 18 00
UNDIALLED = re.compile(r"\(\s*0\s*\)")


class ChasingSchedule(models.Model):
    """The list of everything that is chased: what stands above it, and what it says when it is empty."""

    _name = "chasing.schedule"
    _inherit = ["chasing.schedule", "chasing.list.mixin"]
    _instant_field = "next_at"
    _instant_counts = SENDING
    _inner_fields = INNER_FIELDS

    local_day = fields.Date("Day of Next Send")
    fails_soon = fields.Boolean("Will Fail Within 14 Days", store=False, search="_search_fails_soon", exportable=False)
    days_late = fields.Integer(related="move_id.chasing_days_late")
    asked_amount = fields.Monetary(related="move_id.chasing_asked_amount")
    light = fields.Selection(LIGHTS, compute="_compute_light", compute_sudo=True, search="_search_light")
    last_contact_text = fields.Char("Last Contact", compute="_compute_last_contact_text", compute_sudo=True)
    phone = fields.Char(compute="_compute_phone", search="_search_phone")

    def _search_fails_soon(self, operator, value):
        """A step that will fail comes soon or waits already, whatever else comes before it (R96)."""
        if operator != "in":
            return NotImplemented
        failing = (
            self.env["chasing.step"]
            .sudo()
            ._search([
                ("prediction_code", "!=", False),
                ("state", "in", UPCOMING),
                ("scheduled_at", "<=", clock.now(self.env) + SOON),
            ])
        )
        found = Domain("status", "=", "will_fail") & Domain("id", "in", failing.subselect("schedule_id"))
        return found if True in value else ~found

    @api.model
    def get_banner(self):
        """What keeps messages from leaving in the user's companies: the switch, the brake; and who may change that."""
        self.check_access("read")
        off = self.env.companies.filtered(lambda company: not company.sudo().chasing_enabled)
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
    def get_cards(self):
        """Counts and money of what needs somebody, in the user's companies and the current company's currency (R95)."""
        self.check_access("read")
        company = self.env.company
        totals = {status: [0, 0.0] for status in ATTENTION_STATUSES}
        for status, of_company, count, amount in self._read_group(
            [("status", "in", ATTENTION_STATUSES), ("company_id", "in", self.env.companies.ids)],
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
        """'Today: 34 e-mails, 5 SMS; next 10:00; last run 09:00', of the user's companies, on the clock of the current
        one."""
        self.check_access("read")
        today, tomorrow = self._coming()
        timezone, now = self.env.company._chasing_timezone(), clock.now(self.env)
        counts = {name: today[name] + left for name, left in self._left_today().items()}
        parts = [self.env._("Today: %(messages)s", messages=self._counted(counts))]
        run = self.env.ref("invoice_chasing.ir_cron_dispatch").sudo()
        if next_at := self._next_message_at():
            # what is overdue leaves with the next run
            at = next_at if next_at > now else max(run.nextcall, now)
            parts.append(self.env._("next %(at)s", at=formats.instant(self.env, at, timezone, now)))
        if run.lastcall:
            at = formats.instant(self.env, run.lastcall, timezone, now)
            fine, failed = self.env._("last run %(at)s", at=at), self.env._("last run %(at)s failed", at=at)
            parts.append(failed if run.failure_count else fine)
        chased = self._chased_text(sum(tomorrow.values()))
        return "; ".join([*parts, chased] if chased else parts)

    @api.model
    def get_chased(self):
        """What is being chased in the user's companies, for whoever has nothing to do."""
        self.check_access("read")
        _today, tomorrow = self._coming()
        return self._chased_text(sum(tomorrow.values()))

    def _days(self):
        """[(the user's companies of one zone, UTC instants at which their today begins, ends, and tomorrow ends)]."""
        found = []
        for timezone, companies in self.env.companies.grouped(lambda company: company._chasing_timezone()).items():
            today = clock.today(companies[0])
            found.append((companies, *(moments.instant(today + timedelta(days), 0, timezone) for days in range(3))))
        return found

    def _left_today(self):
        """{channel: messages that left today, or are under way}."""
        left = Domain.OR(
            Domain("company_id", "in", companies.ids) & Domain("sent_at", ">=", start) & Domain("sent_at", "<", end)
            for companies, start, end, _last in self._days()
        ) & Domain("state", "in", LEFT)
        under_way = (
            Domain("company_id", "in", self.env.companies.ids)
            & Domain("state", "=", "queued")
            & Domain("taken_back_at", "=", False)
        )
        left = dict(self.env["chasing.delivery"]._read_group(left | under_way, ["channel"], ["__count"]))
        return {name: left.get(name, 0) for name in CHANNEL_MODELS}

    def _coming(self):
        """({channel: messages to come today}, the same of tomorrow): what goes by itself to somebody, the overdue with
        today's; what waits for a person is not counted."""
        zones = self._days()
        days = [
            SQL("(%s, %s, %s)", company.id, end, last)
            for companies, _start, end, last in zones
            for company in companies
        ]
        self.env.flush_all()
        # to compile it takes longer than to run it
        self.env.cr.execute("SET LOCAL jit = off")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT t.scheduled_at >= day.today_ends,
                    count(*) FILTER (WHERE t.channel_email AND (t.unreached ->> 'email') IS NULL),
                    count(*) FILTER (WHERE t.channel_sms AND (t.unreached ->> 'sms') IS NULL),
                    count(*) FILTER (WHERE t.channel_letter AND (t.unreached ->> 'letter') IS NULL)
                FROM chasing_schedule s
                JOIN (VALUES %(days)s) AS day (company_id, today_ends, tomorrow_ends) ON day.company_id = s.company_id
                -- OFFSET: by schedule, never by reading all steps
                CROSS JOIN LATERAL (SELECT * FROM chasing_step WHERE schedule_id = s.id OFFSET 0) AS t
                WHERE t.state = 'planned' AND t.mode = 'auto' AND t.scheduled_at < day.tomorrow_ends
                    AND s.status IN %(sending)s AND s.next_at < %(last)s
                GROUP BY 1
                """,
                days=SQL(", ").join(days),
                last=max(last for *_others, last in zones),
                sending=SENDING_STATUSES,
            )
        )
        found = {is_tomorrow: dict(zip(CHANNEL_MODELS, counts, strict=True)) for is_tomorrow, *counts in rows}
        nothing = dict.fromkeys(CHANNEL_MODELS, 0)
        return found.get(False, nothing), found.get(True, nothing)

    def _next_message_at(self):
        """The planned instant of the next message that goes by itself, None if there is none."""
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

    def _counted(self, counts):
        """'34 e-mails, 5 SMS'.

        :param counts: {channel: number of messages}
        """
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
        self.env["account.payment"].check_access("create")
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

    def _chased_text(self, messages):
        """'212 invoices, 431,000 EUR, are being chased; 18 messages tomorrow', empty while none is.

        :param messages: how many go tomorrow
        """
        company, invoices, outstanding = self.env.company, 0, 0.0
        for of_company, count, amount in self._read_group(
            [("status", "in", OPEN_STATUSES), ("company_id", "in", self.env.companies.ids)],
            ["company_id"],
            ["__count", "amount_residual_signed:sum"],
        ):
            invoices += count
            outstanding += of_company.currency_id._convert(amount, company.currency_id, company)
        if not invoices:
            return ""
        amount = format_amount(self.env, outstanding, company.currency_id)
        one = self.env._("1 invoice, %(amount)s, is being chased", amount=amount)
        many = self.env._("%(count)s invoices, %(amount)s, are being chased", count=invoices, amount=amount)
        tomorrow = self.env._("%(count)s messages tomorrow", count=messages)
        return "; ".join([
            one if invoices == 1 else many,
            self.env._("1 message tomorrow") if messages == 1 else tomorrow,
        ])

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr in ("light", "days_late"):
            self._check_field_access(self._fields[field_expr], "read")
        if field_expr == "light":
            self._flush_latest()
            return SQL("(SELECT latest.light FROM (%s) AS latest)", self._latest_sql(SQL.identifier(alias, "id")))
        if field_expr == "days_late" and query is not None:
            return self._days_late_sql(alias, query)
        return super()._field_to_sql(alias, field_expr, query)

    def _days_late_sql(self, alias, query):
        """Local days since something that is open was due, 0 where nothing is late (R7, R71)."""
        company = self._field_to_sql(alias, "company_id", query)
        today = SQL(" ").join(
            SQL("WHEN %s IN %s THEN %s", company, companies._ids, clock.today(companies[0]))
            for companies in self._zones().values()
        )
        asked = self._field_to_sql(alias, "asked_date", query)
        return SQL("GREATEST(CASE %s END::date - %s, 0)", today, asked)

    @api.depends("delivery_ids.state", "delivery_ids.taken_back_at", "step_ids.state")
    def _compute_light(self):
        """The latest message decides (R93)."""
        latest = self._latest()
        for schedule in self:
            schedule.light = latest.get(schedule._origin.id, (False,))[0]

    @api.depends("delivery_ids.state", "delivery_ids.taken_back_at", "step_ids.state")
    @api.depends_context("lang")
    def _compute_last_contact_text(self):
        """When the latest message went, by what, and a word for its light."""
        latest = self._latest()
        ids = [delivery_id for _light, _at, delivery_id in latest.values() if delivery_id]
        deliveries = {one.id: one for one in self.env["chasing.delivery"].browse(ids)}
        for schedule in self:
            _light, at, delivery_id = latest.get(schedule._origin.id, (False, False, False))
            schedule.last_contact_text = at and schedule._contact_text(at, deliveries.get(delivery_id))

    def _contact_text(self, at, delivery):
        """'Mon 2 Mar 09:00, E-mail: Sent'; without a delivery it failed before there was anything to deliver."""
        if not delivery:
            time = formats.instant(self.env, at, self.company_id._chasing_timezone(), clock.now(self.env))
            return self.env._("%(when)s: failed", when=time)
        states = dict(delivery._fields["state"]._description_selection(self.env))
        channels = dict(delivery._fields["channel"]._description_selection(self.env))
        return self.env._(
            "%(when)s, %(channel)s: %(state)s",
            when=delivery.when_text,
            channel=channels[delivery.channel],
            state=states[delivery.state],
        )

    def _latest(self):
        """{schedule id: (light, UTC instant, delivery id or None)} of those about which something went, or failed."""
        self._flush_latest()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT chasing.id, latest.light, latest.at, latest.delivery_id
                FROM chasing_schedule AS chasing, LATERAL (%s) AS latest WHERE chasing.id = ANY(%s)
                """,
                self._latest_sql(SQL.identifier("chasing", "id")),
                self._origin.ids,
            )
        )
        return {schedule_id: row for schedule_id, *row in rows}

    def _flush_latest(self):
        self.env["chasing.delivery"].flush_model(["schedule_id", "state", "is_internal", "taken_back_at", "queued_at"])
        self.env["chasing.step"].flush_model(["schedule_id", "state", "sent_at", "scheduled_at"])

    @api.model
    def _latest_sql(self, schedule):
        """The latest delivery to a customer about a schedule, or the latest step that failed before it had any.

        :param schedule: SQL of the schedule's id
        """
        return SQL(
            """
            SELECT told.* FROM (
                (
                    SELECT delivery.queued_at AS at, delivery.id AS delivery_id,
                        CASE
                            WHEN delivery.state = 'delivered' THEN 'green'
                            WHEN delivery.state IN ('failed', 'bounced') THEN 'red'
                            WHEN delivery.state = 'queued' THEN 'grey'
                            ELSE 'yellow'
                        END AS light
                    FROM chasing_delivery AS delivery
                    WHERE delivery.schedule_id = %(schedule)s AND delivery.state <> 'cancelled'
                        AND delivery.is_internal IS NOT TRUE AND delivery.taken_back_at IS NULL
                    ORDER BY delivery.id DESC LIMIT 1
                ) UNION ALL (
                    SELECT COALESCE(step.sent_at, step.scheduled_at), NULL, 'red'
                    FROM chasing_step AS step
                    WHERE step.schedule_id = %(schedule)s AND step.state = 'failed'
                        AND NOT EXISTS (SELECT FROM chasing_delivery AS tried WHERE tried.step_id = step.id)
                    ORDER BY 1 DESC LIMIT 1
                )
            ) AS told ORDER BY told.at DESC, told.delivery_id LIMIT 1
            """,
            schedule=schedule,
        )

    def _search_light(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "COALESCE(%s, '') IN %s",
                model._field_to_sql(alias, "light", query),
                tuple(light or "" for light in value),
            )
        )

    @api.depends("partner_id.phone")
    def _compute_phone(self):
        for schedule in self:
            schedule.phone = schedule.partner_id.phone

    def _search_phone(self, operator, value):
        """By phone number in any spelling, with or without country, zero, blanks, of anybody at the customer (R94)."""
        if operator != "ilike":
            return Domain("partner_id.phone", operator, value)
        spelled = UNDIALLED.sub("", value)
        digits = re.sub(r"\D", "", spelled).lstrip("0")
        found = Domain("phone", "ilike", value)
        if digits:
            found |= Domain("phone_sanitized", "ilike", digits) | Domain("phone_mobile_search", "ilike", spelled)
        people = self.env["res.partner"].with_context(active_test=False).search(found)
        return Domain("partner_id.commercial_partner_id", "in", people.commercial_partner_id.ids)
