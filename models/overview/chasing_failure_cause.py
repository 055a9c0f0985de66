from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..common import client_actions, user_input
from ..common.access import check_collector
from ..common.wording import counted, invoices_text, reason_text
from ..engine.cures import CONTACT_CURES, IN_PLACE, IN_SETTINGS, cure_of
from ..engine.states import ENDS_COPIES, ONGOING, OPEN_STATUSES, RETRYABLE, UPCOMING
from ..forms.cure import open_cure

KINDS = [
    ("fix", "To Fix"),
    ("retry", "To Retry"),
]
FAILED = Domain("state", "in", RETRYABLE) & Domain("is_dismissed", "=", False)
CHASED = Domain("schedule_id.status", "in", OPEN_STATUSES) & Domain("schedule_id.lifecycle", "in", ONGOING)
# What a person asked for goes whatever became of chasing, a copy of what is settled too (R102).
COPIES = Domain("is_copy", "=", True) & Domain("schedule_id.closure", "not in", ENDS_COPIES)
ASKED_FOR = Domain("is_by_hand", "=", True) & (Domain("schedule_id.closure", "=", False) | COPIES)


class ChasingFailureCause(models.Model):
    """List what failed and what will fail by cause: one line for each thing to put right (R96).

    What failed and has nothing in its way any more stands beside it, to be sent again (R84).
    """

    _name = "chasing.failure.cause"
    _inherit = ["chasing.list.mixin"]
    _description = "Delivery Problem"
    _auto = False
    # What can be sent again at once comes first.
    _order = "kind desc, first_at, id"
    _instant_field = "first_at"

    kind = fields.Selection(KINDS, "To Do", readonly=True)
    reason_code = fields.Char(readonly=True)
    cause = fields.Char(compute="_compute_cause")
    cure_in = fields.Char(compute="_compute_cause")
    counts_text = fields.Char("Messages and Invoices", compute="_compute_counts_text")
    partner_id = fields.Many2one("res.partner", "Contact", readonly=True)
    about = fields.Char(readonly=True, help="The address to fix, or the channel on which there is none.")
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    step_count = fields.Integer("Messages Affected", readonly=True)
    failed_count = fields.Integer("Failed", readonly=True)
    coming_count = fields.Integer("Scheduled", readonly=True)
    invoice_count = fields.Integer("Invoices", readonly=True)
    amount = fields.Monetary("Outstanding", readonly=True)
    first_at = fields.Datetime("First Message", readonly=True)
    values = fields.Json(readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT min(id) AS id, kind, reason_code, partner_id, about, company_id,
                (array_agg(values ORDER BY id))[1] AS values,
                sum(failed)::int AS failed_count, sum(coming)::int AS coming_count,
                sum(failed + coming)::int AS step_count, count(*)::int AS invoice_count,
                sum(residual) AS amount, min(first_at) AS first_at
            FROM (
                SELECT min(t.id) AS id,
                    CASE WHEN t.prediction_code IS NULL AND NOT %(unjudged)s THEN 'retry' ELSE 'fix' END AS kind,
                    COALESCE(t.prediction_code, t.reason_code) AS reason_code, contact.id AS partner_id,
                    COALESCE(t.prediction_values->>'address', t.prediction_values->>'channel') AS about, s.company_id,
                    (array_agg(COALESCE(t.prediction_values, t.reason_values)))[1] AS values,
                    count(*) FILTER (WHERE t.state IN %(failed)s) AS failed,
                    count(*) FILTER (WHERE t.state IN %(coming)s) AS coming,
                    min(t.scheduled_at) AS first_at, m.amount_residual_signed AS residual
                FROM chasing_step t
                JOIN chasing_schedule s ON s.id = t.schedule_id AND %(goes_on)s
                JOIN account_move m ON m.id = s.move_id
                LEFT JOIN res_partner contact ON contact.id = CASE
                    WHEN t.prediction_code IS NOT NULL THEN (t.prediction_values->>'partner')::int
                    WHEN t.reason_code IN %(on_contact)s THEN s.partner_id
                END
                WHERE (
                    (t.prediction_code IS NOT NULL AND t.state IN %(coming)s)
                    OR (t.state IN %(failed)s AND t.is_dismissed IS NOT TRUE)
                ) AND %(mine)s
                GROUP BY kind, COALESCE(t.prediction_code, t.reason_code), contact.id, about, s.id, m.id
            ) AS one_invoice
            GROUP BY kind, reason_code, partner_id, about, company_id
            """,
            goes_on=self._goes_on_sql(),
            failed=RETRYABLE,
            coming=tuple(UPCOMING),
            on_contact=CONTACT_CURES,
            # Whether it was put right is not known before it is predicted.
            unjudged=SQL("(s.is_prediction_stale IS TRUE AND t.reason_code IN %s)", (*CONTACT_CURES, *IN_SETTINGS)),
            mine=self._mine_sql() if self.env.context.get("chasing_mine") else SQL("TRUE"),
        )

    def _goes_on_sql(self):
        """Return SQL of whether a step may still go, as CHASED and ASKED_FOR say it."""
        return SQL(
            """(
                (s.status IN %s AND s.lifecycle IN %s)
                OR (t.is_by_hand AND (s.closure IS NULL OR (t.is_copy AND s.closure NOT IN %s)))
            )""",
            tuple(OPEN_STATUSES),
            ONGOING,
            ENDS_COPIES,
        )

    def _mine_sql(self):
        """Return SQL of what is the user's, as `is_mine` of a schedule says it."""
        schedules = self.env["chasing.schedule"].sudo()._search([("is_mine", "=", True)])
        return SQL("s.id IN %s", schedules.subselect())

    @api.depends("kind", "reason_code", "values")
    @api.depends_context("lang")
    def _compute_cause(self):
        for line in self:
            line.cure_in = "retry" if line.kind == "retry" else cure_of(line.reason_code) or "contact"
            line.cause = line._cause_text()

    def _cause_text(self):
        """Return what is the matter; of what has nothing in its way any more that it can be sent again."""
        if self.kind == "fix":
            return reason_text(self.env, self.reason_code, self.values)
        if cure_of(self.reason_code):
            return self._fixed_text(self.failed_count)
        # What a server said of one message is not said of all.
        values = self.values if self.failed_count == 1 else {**(self.values or {}), "detail": None}
        return reason_text(self.env, self.reason_code, values)

    @api.depends("failed_count", "coming_count", "invoice_count")
    @api.depends_context("lang")
    def _compute_counts_text(self):
        """Tell how many messages it is about, and of how many invoices."""
        for line in self:
            line.counts_text = ", ".join([line._messages_text(), invoices_text(self.env, line.invoice_count)])

    def _messages_text(self):
        """Return '2 failed, 1 scheduled'."""
        failed = self.env._("1 failed"), self.env._("%(count)s failed")
        coming = self.env._("1 scheduled"), self.env._("%(count)s scheduled")
        counts = ((self.failed_count, failed), (self.coming_count, coming))
        return ", ".join(counted(self.env, count, *forms) for count, forms in counts if count)

    # ------------------------------------------------------------------ acts

    def action_ask_customers(self):
        """Ask what is to be done with the customers of these problems, or of all that a list shows (R37)."""
        causes = self.env["chasing.dialog"]._all_selected(self)
        causes.check_access("read")
        return self.env["chasing.bulk.customers"]._ask_about(causes.partner_id)

    def action_fix(self):
        """Open where the cause is put right: the contact's addresses in a dialog, or the settings."""
        self.ensure_one()
        schedules = self._steps().schedule_id
        return open_cure(schedules, self.reason_code, self.values) or self.action_open_invoices()

    def action_retry(self):
        """Send again what failed for this cause, after saying what can be sent by now (R84)."""
        return self._failed_steps().action_ask_retry()

    def action_dismiss(self):
        """Take what failed for this cause off the list of what needs somebody (R84)."""
        return self._failed_steps().action_act("dismiss")

    def _failed_steps(self):
        """Return what failed for this cause, for a collector; refuse if by now that is nothing."""
        self.ensure_one()
        self.check_access("read")
        check_collector(self.env)
        failed = self._steps().filtered(lambda step: step.state in RETRYABLE)
        if not failed:
            raise UserError(self.env._("No message failed for this reason any more. Reload the page."))
        return failed

    def action_fix_contact(self, values):
        """Write on the contact what a person typed beside the cause, with that person's own rights (R96).

        What does not put it right is refused with the reason, and nothing is written.

        :param values: {field: what it is to hold}, of the fields that `_inputs` names
        """
        self.ensure_one()
        self.check_access("read")
        check_collector(self.env)
        if not isinstance(values, dict) or not values or not values.keys() <= set(self._contact_fields()):
            raise UserError(self.env._("This cannot be fixed here any more. Reload the page."))
        steps, channel = self._steps(), (self.values or {}).get("channel")
        self.partner_id.write({name: self._entered(name, value) for name, value in values.items()})
        self.env["chasing.prediction"]._refresh(steps.schedule_id)
        for step in steps[:1].sudo():
            code, said = step._problem()
            if cure_of(code) == "contact" and (said or {}).get("channel") == channel:
                raise UserError(reason_text(self.env, code, said))
        return self._fixed_notice(steps)

    def _entered(self, name, value):
        """Return what a client sent as the value of a field of a contact: a text, or a country."""
        if name == "country_id":
            return (
                self.env["res.country"].browse(user_input.parse_ids(self.env, [value])).exists().id if value else False
            )
        if not isinstance(value, str):
            raise UserError(self.env._("Enter a text."))
        return value.strip()

    def _fixed_notice(self, steps):
        """Say what goes now that a cause is put right, and offer to send again what had failed for it (R84)."""
        failed = steps.filtered(lambda step: step.state in RETRYABLE)
        return client_actions.notification(self._fixed_text(len(failed)) if failed else self.env._("Fixed."))

    @api.model
    def _fixed_text(self, count):
        one = self.env._("Fixed. 1 failed message can be sent again.")
        return counted(self.env, count, one, self.env._("Fixed. %(count)s failed messages can be sent again."))

    def _contact_fields(self):
        """Return the names of the contact's fields in which the user can put it right at once, none if nowhere."""
        values, contact = self.values or {}, self.partner_id
        if self.kind != "fix" or self.reason_code not in IN_PLACE or not contact or not contact.has_access("write"):
            return ()
        channel = self.env["chasing.channel"]._all().get(values.get("channel"))
        is_for_a_dialog = self.reason_code == "incomplete_address" and contact.sudo().chasing_is_unconfirmed
        return () if channel is None or is_for_a_dialog else channel._contact_fields

    def _inputs(self):
        """Return [{"name", "label", "type", "value"}] of the fields in which it is put right where it is told."""
        described = self.env["res.partner"].fields_get(self._contact_fields(), ["string", "type"])
        return [
            {
                "name": name,
                "label": described[name]["string"],
                "type": described[name]["type"],
                "value": self.partner_id[name].id if name == "country_id" else self.partner_id[name] or "",
            }
            for name in self._contact_fields()
        ]

    def _steps(self):
        """Return the steps this cause stands in the way of, or that failed for it and can be sent again."""
        domain = Domain("company_id", "=", self.company_id.id) & (CHASED | ASKED_FOR)
        if self.env.context.get("chasing_mine"):
            domain &= Domain("schedule_id.is_mine", "=", True)
        predicted = Domain("prediction_code", "=", self.reason_code) & (Domain("state", "in", UPCOMING) | FAILED)
        failed = Domain("prediction_code", "=", False) & Domain("reason_code", "=", self.reason_code) & FAILED
        return self.env["chasing.step"].search(domain & (predicted | failed)).filtered(self._is_cause_of)

    def _is_cause_of(self, step):
        if not step.prediction_code:
            schedule = step.schedule_id
            is_unjudged = bool(schedule.is_prediction_stale and cure_of(step.reason_code))
            is_of_contact = not self.partner_id or schedule.partner_id == self.partner_id
            return is_unjudged == (self.kind == "fix") and not self.about and is_of_contact
        values = step.prediction_values or {}
        about = values.get("address") or values.get("channel") or False
        is_about = values.get("partner", False) == self.partner_id.id and about == self.about
        return self.kind == "fix" and is_about

    def action_open_invoices(self):
        """Open the invoices this cause stands in the way of."""
        self.ensure_one()
        schedules = self._steps().schedule_id
        return client_actions.open_list(schedules, self.cause, [("id", "in", schedules.ids)], ("list", "kanban"))

    def action_open_steps(self):
        """Open the messages this cause stands in the way of, or that failed for it."""
        self.ensure_one()
        steps = self._steps()
        return client_actions.open_list(steps, self.cause, [("id", "in", steps.ids)], ("list", "kanban"))
