import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common import clock, formats

LIGHTS = [("green", "Arrived"), ("yellow", "Sent"), ("red", "Failed"), ("grey", "Under Way")]
# a national zero that is not dialled from abroad: +41 (0)44 668 18 00
UNDIALLED = re.compile(r"\(\s*0\s*\)")


class ChasingSchedule(models.Model):
    """Columns of the list that follow from other records or from the clock: not stored, and sorted and grouped all the
    same (R93, R94)."""

    _inherit = "chasing.schedule"

    days_late = fields.Integer(related="move_id.chasing_days_late")
    asked_amount = fields.Monetary(related="move_id.chasing_asked_amount")
    light = fields.Selection(LIGHTS, compute="_compute_light", compute_sudo=True, search="_search_light")
    last_contact_text = fields.Char("Last Contact", compute="_compute_last_contact_text", compute_sudo=True)
    phone = fields.Char(compute="_compute_phone", search="_search_phone")

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

    # ------------------------------------------------------------------ the latest message

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
            time = formats.short(self.env, at, self.company_id._chasing_timezone(), clock.now(self.env))
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

    # ------------------------------------------------------------------ phone

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
