import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common import clock, formats
from ..common.sql_fields import SqlDate, SqlInteger, SqlSelection
from ..common.wording import counted, reason_text, selection_labels
from ..engine.states import ATTENTION_STATUSES, LOST, OPEN_STATUSES, SENDING_STATUSES, UPCOMING

SENDING = Domain("status", "in", SENDING_STATUSES)
# What fails within so many days wants somebody now.
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
    "money_values",
    "is_dossier_wanted",
    "is_forecast_missing",
    "is_forecast_stale",
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
# A national zero that is not dialled from abroad: +41 (0)44 668 18 00.
UNDIALLED = re.compile(r"\(\s*0\s*\)")
# What may want somebody: of these the list's first page is read in its order, however many there are.
WANTING = (*ATTENTION_STATUSES, "stopped")


class ChasingSchedule(models.Model):
    """Show everything that is chased in one list."""

    _name = "chasing.schedule"
    _inherit = ["chasing.schedule", "chasing.list.mixin"]
    _instant_field = "next_at"
    _instant_counts = SENDING
    _inner_fields = INNER_FIELDS

    local_day = SqlDate("Day of Next Send")
    fails_soon = fields.Boolean("Will Fail Within 14 Days", store=False, search="_search_fails_soon", exportable=False)
    days_late = SqlInteger(
        "Days Late",
        compute="_compute_days_late",
        compute_sudo=True,
        search="_search_days_late",
        sql="_days_late_sql",
        aggregator=None,
    )
    days_late_text = fields.Char(compute="_compute_days_late_text")
    asked_amount = fields.Monetary(related="move_id.chasing_asked_amount")
    light = SqlSelection(
        LIGHTS, "Delivery", compute="_compute_light", compute_sudo=True, search="_search_light", sql="_light_sql"
    )
    status_reason = fields.Char("Reason", compute="_compute_status_reason", compute_sudo=True)
    last_contact_text = fields.Char("Last Contact", compute="_compute_last_contact_text", compute_sudo=True)
    phone = fields.Char(compute="_compute_phone", search="_search_phone")
    # The cards count and add up a third of all schedules, and read nothing else of them.
    _totals = models.Index(f"(company_id, status) INCLUDE (amount_residual_signed) WHERE status IN {OPEN_STATUSES}")
    _wanting = models.Index(f"(amount_residual_signed DESC, id) WHERE status IN {WANTING}")

    def _search_fails_soon(self, operator, value):
        """Find those with a step that will fail and comes soon or waits already, whatever comes before it (R96)."""
        if operator != "in":
            return NotImplemented
        self.env["chasing.step"].flush_model(["schedule_id", "prediction_code", "state", "scheduled_at"])
        # In the words of the index, which then is all that is read.
        failing = SQL(
            """(
                SELECT schedule_id FROM chasing_step
                WHERE prediction_code IS NOT NULL AND state IN %s AND scheduled_at <= %s
            )""",
            UPCOMING,
            clock.now(self.env) + SOON,
        )
        matches = Domain("status", "=", "will_fail") & Domain("id", "in", failing)
        return matches if True in value else ~matches

    def action_take_payment(self):
        """Open Odoo's own dialog for a payment of these invoices."""
        self.check_access("read")
        self.env["account.payment"].check_access("create")
        return self.move_id.action_register_payment()

    def get_payment_link(self):
        """Return the address at which the customer sees and pays this invoice, for a message of one's own."""
        self.ensure_one()
        self.check_access("read")
        move = self.sudo().move_id
        move._chasing_ensure_tokens()
        return move.get_base_url() + move.get_portal_url()

    @api.depends("move_id.chasing_days_late")
    @api.depends_context("chasing_now")
    def _compute_days_late(self):
        for schedule in self:
            schedule.days_late = schedule.move_id.chasing_days_late

    @api.depends("days_late")
    @api.depends_context("lang")
    def _compute_days_late_text(self):
        """Say '3 days late', nothing of what is not."""
        for schedule in self:
            days = schedule.days_late
            schedule.days_late_text = days > 0 and counted(
                self.env, days, self.env._("1 day late"), self.env._("%(count)s days late")
            )

    def _search_days_late(self, operator, value):
        return Domain("move_id", "any!", Domain("chasing_days_late", operator, value))

    def _days_late_sql(self, alias):
        """Return SQL of the local days since something that is open was due, 0 where nothing is late (R7, R71)."""
        company = self._field_to_sql(alias, "company_id")
        today = SQL(" ").join(
            SQL("WHEN %s IN %s THEN %s", company, companies._ids, clock.today(companies[0]))
            for companies in self._zones().values()
        )
        asked = self._field_to_sql(alias, "asked_date")
        return SQL("GREATEST(CASE %s END::date - %s, 0)", today, asked)

    @api.depends("delivery_ids.state", "delivery_ids.taken_back_at", "step_ids.state")
    def _compute_light(self):
        """Show what became of the latest message (R93)."""
        contacts = self._latest_contacts()
        for schedule in self:
            schedule.light = contacts.get(schedule._origin.id, (False,))[0]

    @api.depends("delivery_ids.state", "delivery_ids.taken_back_at", "step_ids.state")
    @api.depends_context("lang", "tz")
    def _compute_last_contact_text(self):
        """Say by what and when the latest message went."""
        contacts = self._latest_contacts()
        ids = [delivery_id for _light, _at, delivery_id in contacts.values() if delivery_id]
        deliveries = {delivery.id: delivery for delivery in self.env["chasing.delivery"].browse(ids)}
        for schedule in self:
            _light, at, delivery_id = contacts.get(schedule._origin.id, (False, False, False))
            schedule.last_contact_text = at and schedule._contact_text(at, deliveries.get(delivery_id))

    def _contact_text(self, at, delivery):
        """Return 'E-mail, Mon 2 Mar 09:00', the instant alone where nothing was there yet to deliver."""
        if not delivery:
            return formats.instant(self.env, at, self.company_id._chasing_timezone(), clock.now(self.env))
        values = {
            "channel": selection_labels(delivery, "channel")[delivery.channel],
            "state": selection_labels(delivery, "shown_state")[delivery.shown_state],
            "when": delivery.when_text,
        }
        if delivery.state == "queued":
            # Its light does not tell what it waits for.
            return self.env._("%(channel)s, %(when)s: %(state)s", **values)
        return self.env._("%(channel)s, %(when)s", **values)

    def _latest_contacts(self):
        """Return {schedule id: (light, UTC instant, delivery id or None)} of all with a message that went or failed."""
        self._flush_contacts()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT chasing.id, latest.light, latest.at, latest.delivery_id
                FROM chasing_schedule AS chasing, LATERAL (%s) AS latest WHERE chasing.id = ANY(%s)
                """,
                self._latest_contact_sql(SQL.identifier("chasing", "id")),
                self._origin.ids,
            )
        )
        return {schedule_id: row for schedule_id, *row in rows}

    def _flush_contacts(self):
        self.env["chasing.delivery"].flush_model(["schedule_id", "state", "is_internal", "taken_back_at", "queued_at"])
        self.env["chasing.step"].flush_model(["schedule_id", "state", "sent_at", "scheduled_at"])

    def _light_sql(self, alias):
        self._flush_contacts()
        return SQL("(SELECT latest.light FROM (%s) AS latest)", self._latest_contact_sql(SQL.identifier(alias, "id")))

    @api.model
    def _latest_contact_sql(self, schedule):
        """Return SQL of the latest delivery to a customer about a schedule, or step that failed before it had any.

        :param schedule: SQL of the schedule's id
        """
        return SQL(
            """
            SELECT contact.* FROM (
                (
                    SELECT delivery.queued_at AS at, delivery.id AS delivery_id,
                        CASE
                            WHEN delivery.state = 'delivered' THEN 'green'
                            WHEN delivery.state = ANY(%(lost)s) THEN 'red'
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
            ) AS contact ORDER BY contact.at DESC, contact.delivery_id LIMIT 1
            """,
            schedule=schedule,
            lost=list(LOST),
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

    @api.depends(
        "status",
        "hold_reason",
        "hold_values",
        "paused_until",
        "pause_reason",
        "is_reopened",
        "step_ids.state",
        "step_ids.is_dismissed",
        "step_ids.prediction_code",
    )
    @api.depends_context("lang")
    def _compute_status_reason(self):
        """Say why a schedule has its status, as far as that wants somebody (R95)."""
        for schedule in self:
            schedule.status_reason = schedule._status_reason() or False

    def _status_reason(self):
        if self.status == "failed":
            return self._last_failed().reason
        if self.status == "will_fail":
            failing = self.step_ids.filtered(lambda step: step.prediction_code and step.state in UPCOMING)[:1]
            return reason_text(self.env, failing.prediction_code, failing.prediction_values)
        if self.is_reopened and self.stopped_text:
            return self.stopped_text
        text = self._standing_text()
        return text[:1].upper() + text[1:]

    @api.depends("partner_id.phone")
    def _compute_phone(self):
        for schedule in self:
            schedule.phone = schedule.partner_id.phone

    def _search_phone(self, operator, value):
        """Find the phone number of anybody at the customer in any spelling, with or without country or zero (R94)."""
        if operator != "ilike":
            return Domain("partner_id.phone", operator, value)
        spelled = UNDIALLED.sub("", value)
        digits = re.sub(r"\D", "", spelled).lstrip("0")
        matches = Domain("phone", "ilike", value)
        if digits:
            matches |= Domain("phone_sanitized", "ilike", digits) | Domain("phone_mobile_search", "ilike", spelled)
        people = self.env["res.partner"].with_context(active_test=False).search(matches)
        return Domain("partner_id.commercial_partner_id", "in", people.commercial_partner_id.ids)
