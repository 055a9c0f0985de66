from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import split_every

from ..common import clock, isolation
from ..common.wording import sentence
from ..engine import definition, moments, transitions
from ..engine.facts import ContactHistory
from ..engine.verdict import LEFT_OPEN
from ..policy.chasing_step_mixin import AGE_BASES, COPIED, ENTRY_POINTS
from .chasing_step import UNSENT

STATUSES = [
    ("draft", "Draft"),
    ("active", "Active"),
    ("paused", "Paused"),
    ("expired", "Expired"),
    ("failed", "Failed"),
    ("will_fail", "Will Fail"),
    ("paid", "Paid"),
    ("stopped", "Stopped"),
    ("cancelled", "Cancelled"),
    ("written_off", "Written Off"),
    ("collections", "In Collections"),
]
OPEN_STATUSES = ("draft", "active", "paused", "expired", "failed", "will_fail")
ASSIGNED_BY = [
    ("invoice", "Set on the invoice"),
    ("customer", "The customer's own"),
    ("rule", "A rule"),
    ("default", "The company's default"),
]
LIFECYCLES = [
    ("running", "Running"),
    ("paused", "Paused"),
    ("disabled", "Disabled"),
    ("cancelled", "Cancelled"),
    ("written_off", "Written Off"),
    ("collections", "In Collections"),
]
# ended by a person: no rule and no payment that comes back starts these again
ENDED = ("cancelled", "written_off", "collections")
PAUSE_REASONS = [
    ("promise", "The customer promised to pay"),
    ("dispute", "The customer disputes the invoice"),
    ("payment", "A payment is under way"),
    ("other", "Other"),
]
CLOSED = ("paid", "reversed", "cancelled")
# how many are worked on at once: enough for one statement to pay, few enough to stay in memory
PART = 2000
CHOSEN_BY_PERSON = {"assigned_by": "invoice", "rule_id": False, "assignment_id": False}
NOT_WRITTEN_OFF = {"write_off_move_id": False, "write_off_amount": 0, "write_off_reason": False}
REOPENED = "invoice_chasing.mail_activity_type_reopened"
UPCOMING = ("planned", "held", "waiting")
UNFINISHED = (*UPCOMING, "under_way")


class ChasingSchedule(models.Model):
    """The chasing of one invoice: where its steps came from, whether it runs, and when it next sends.

    What people decide is written (`lifecycle`, the pause); what follows from the invoice is computed and stored, so
    that it is seen in the transaction that changes the invoice, at flush (R32): `closure`, `hold_reason`, `status`,
    `next_at`.
    """

    _name = "chasing.schedule"
    _description = "Invoice Chasing"
    _rec_name = "move_id"
    _order = "next_at, id"
    _check_company_auto = True

    move_id = fields.Many2one("account.move", "Invoice", required=True, ondelete="cascade", index=True, readonly=True)
    company_id = fields.Many2one(related="move_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="move_id.partner_id", string="Customer", store=True, index=True)
    cadence_id = fields.Many2one("chasing.cadence", ondelete="set null", index=True, readonly=True)
    is_customised = fields.Boolean("Customised", readonly=True)
    assigned_by = fields.Selection(ASSIGNED_BY, "Chosen By", required=True, default="invoice", readonly=True)
    rule_id = fields.Many2one("chasing.rule", ondelete="set null", index="btree_not_null", readonly=True)
    # the act on many that gave what it has, empty once anybody chose since
    assignment_id = fields.Many2one(
        "chasing.assignment", "Given With", ondelete="set null", index="btree_not_null", readonly=True
    )
    step_ids = fields.One2many("chasing.step", "schedule_id", "Steps")
    delivery_ids = fields.One2many("chasing.delivery", "schedule_id", "History")
    use_own_contacts = fields.Boolean(
        "Own E-mail List",
        readonly=True,
        help="E-mails of steps without a role go to the list below, not to the customer.",
    )
    own_emails = fields.Text("E-mail Addresses", readonly=True)

    lifecycle = fields.Selection(LIFECYCLES, required=True, default="running", readonly=True)
    chosen_none = fields.Boolean(
        "No Chasing", readonly=True, help="It was chosen not to chase this invoice. Given a cadence it starts again."
    )
    entry_point = fields.Selection(ENTRY_POINTS, required=True, default="next", readonly=True)
    age_basis = fields.Selection(AGE_BASES, required=True, default="invoice", readonly=True)
    min_contact_days = fields.Integer(readonly=True, aggregator=None)
    may_send_on_issue = fields.Boolean(default=True, readonly=True)
    # what a person ticked where the cadence was given, for an invoice older than the company's starting date
    send_on_issue = fields.Boolean(readonly=True)
    paused_at = fields.Datetime(readonly=True)
    paused_until = fields.Date(readonly=True)
    pause_reason = fields.Char(readonly=True)
    # when something began to hold it, whatever holds it by now
    held_at = fields.Datetime(readonly=True)
    hold_values = fields.Json(readonly=True)
    first_sent_at = fields.Datetime("First Sent", readonly=True)
    marked_sent = fields.Boolean("Marked as Sent", readonly=True)
    # whether that set Odoo's own mark, which otherwise stays when it is undone
    marked_in_odoo = fields.Boolean(readonly=True)
    sent_before = fields.Boolean("Sent Before Chasing", readonly=True)
    odoo_sent_at = fields.Datetime("Last Sent by Odoo", readonly=True)
    stopped_at = fields.Datetime(readonly=True)
    documents_tried_at = fields.Datetime(readonly=True)
    is_prediction_stale = fields.Boolean(readonly=True)
    is_reopened = fields.Boolean(readonly=True)

    planned_tz = fields.Char(readonly=True)
    closure = fields.Char(compute="_compute_closure", store=True)
    hold_reason = fields.Char(compute="_compute_hold_reason", store=True)
    hold_sentence = fields.Char("Hold", compute="_compute_hold_sentence")
    status = fields.Selection(STATUSES, compute="_compute_status", store=True, index=True)
    next_at = fields.Datetime("Next Send", compute="_compute_status", store=True)

    _one_per_invoice = models.UniqueIndex("(move_id)", "An invoice has one chasing schedule.")
    _due = models.Index("(next_at) WHERE next_at IS NOT NULL")
    _stale = models.Index("(id) WHERE is_prediction_stale")

    # ------------------------------------------------------------------ what follows from the invoice

    @api.depends("move_id.state", "move_id.payment_state", "move_id.amount_residual")
    def _compute_closure(self):
        """Why nothing is due, False while something is (R32). A change acts at once: whatever was waiting is withdrawn
        in the transaction that paid, cancelled or reset the invoice."""
        closures = self.move_id._chasing_closures()
        changed = defaultdict(self.browse)
        for schedule in self:
            old, new = schedule.closure, closures.get(schedule.move_id.id, False)
            schedule.closure = new
            if schedule.id and (old or False) != new:
                changed[old or False, new] |= schedule
        for (old, new), schedules in changed.items():
            schedules._closure_changed(old, new)

    @api.depends(
        "closure",
        "lifecycle",
        "money_hold",
        "move_id.payment_state",
        "move_id.amount_residual",
        "company_id.chasing_enabled",
        "company_id.chasing_minimum_ids.currency_id",
        "company_id.chasing_minimum_ids.amount",
        "move_id.commercial_partner_id.chasing_excluded",
        "move_id.commercial_partner_id.chasing_paused",
        "partner_id.chasing_excluded",
        "partner_id.chasing_paused",
    )
    def _compute_hold_reason(self):
        """Why nothing leaves for now, although something is due (R35, R36, R45, R46b, R47)."""
        holds = self.move_id._chasing_holds()
        changed = defaultdict(self.browse)
        for schedule in self:
            old, new = schedule.hold_reason, schedule._hold_now(holds.get(schedule.move_id.id))
            schedule.hold_reason = new
            if schedule.id and (old or False) != new:
                changed[old or False, new] |= schedule
        for (old, new), schedules in changed.items():
            schedules._await_lock()
            if not old:
                schedules.held_at = clock.now(self.env)
            schedules.step_ids._hold_changed(old, new)
            if old:
                schedules._note_end_of_hold(old, new)

    def _hold_now(self, invoice_hold):
        if self.closure or self.lifecycle not in ("running", "paused"):
            return False
        if self.lifecycle == "paused" and invoice_hold != "company_off":
            return "paused"
        if invoice_hold in LEFT_OPEN:
            return self.money_hold or invoice_hold
        return invoice_hold or self.money_hold or False

    def _holds_on_disabled(self):
        """{schedule: reason code} of those that are disabled, and so show no hold, though something holds their
        invoices: that binds a person all the same (R35, R45, R47)."""
        disabled = self.filtered(lambda one: one.lifecycle == "disabled" and not one.closure)
        holds = disabled.move_id._chasing_holds()
        found = {}
        for schedule in disabled:
            code = holds.get(schedule.move_id.id)
            found[schedule] = schedule.money_hold if not code or code in LEFT_OPEN else code
        return {schedule: code for schedule, code in found.items() if code}

    @api.depends("hold_reason", "hold_values")
    @api.depends_context("lang")
    def _compute_hold_sentence(self):
        for schedule in self:
            schedule.hold_sentence = sentence(self.env, schedule.hold_reason, schedule.hold_values)

    @api.depends(
        "closure",
        "hold_reason",
        "lifecycle",
        "paused_until",
        "move_id.commercial_partner_id.chasing_paused_until",
        "partner_id.chasing_paused_until",
        "recheck_at",
        "write_off_move_id",
        "next_run_date",
        "step_ids.state",
        "step_ids.scheduled_at",
        "step_ids.is_dismissed",
        "step_ids.prediction_code",
        "delivery_ids.state",
        "delivery_ids.taken_back_at",
    )
    def _compute_status(self):
        """One badge and the next instant of each schedule, from its standing and its steps (R94)."""
        # their own computing may change steps: it comes before the steps are counted
        self.mapped("closure"), self.mapped("hold_reason"), self.mapped("due_date")
        groups = defaultdict(dict)
        for schedule, state, dismissed, count, first, predicted in self.env["chasing.step"]._read_group(
            [("schedule_id", "in", self.ids)],
            ["schedule_id", "state", "is_dismissed"],
            ["__count", "scheduled_at:min", "prediction_code:count"],
        ):
            groups[schedule.id][state, dismissed] = (count, first, predicted)
        # the rest of a step that was sent may be all that is left
        ending = self._origin.filtered(
            lambda one: not (one.closure or any((state, False) in groups[one.id] for state in UNFINISHED))
        )
        being_sent, used_up = ending._being_sent(), self._used_up_ids()
        for schedule in self:
            steps = groups[schedule._origin.id]
            facts = schedule._status_facts(steps, schedule._origin in being_sent)
            schedule.status = transitions.status(facts)
            schedule.next_at = schedule._next_instant(steps, schedule._origin.id in used_up)

    def _status_facts(self, steps, is_being_sent):
        def count(*states):
            return sum(steps[state, False][0] for state in states if (state, False) in steps)

        return transitions.StatusFacts(
            posted=self.closure != "draft",
            closed=self.closure if self.closure != "draft" else None,
            lifecycle=self.lifecycle,
            booked=bool(self.write_off_move_id),
            # the brake holds steps, not the invoice (R47)
            held=bool(self.hold_reason or count("held")),
            failures=count("failed", "partly"),
            will_fail=any(steps[state, False][2] for state in UPCOMING if (state, False) in steps),
            # the next run's steps are there when it begins (R7b)
            upcoming=count(*UNFINISHED) + is_being_sent + bool(self.next_run_date),
        )

    def _next_instant(self, steps, is_used_up=False):
        """When the dispatcher has to look at this schedule again: the next send, the end of a hold, or the beginning of
        the next run (R7b)."""
        if self.closure or self.lifecycle not in ("running", "paused"):
            return False
        if self.hold_reason == "paused":
            return self._pause_end()
        if self.hold_reason == "customer_paused":
            ends = self.move_id._chasing_customers().filtered("chasing_paused").mapped("chasing_paused_until")
            return self._local_midnight(all(ends) and max(ends, default=False))
        if self.hold_reason and self.hold_reason == self.money_hold:
            return self.recheck_at
        if self.hold_reason or ("waiting", False) in steps:
            # what follows a step that waits for a person waits with it (R101)
            return False
        planned = steps["planned", False][1] if ("planned", False) in steps else False
        instants = [planned, is_used_up and self._local_midnight(self.next_run_date)]
        return min((at for at in instants if at), default=False)

    def _pause_end(self):
        """The UTC instant at which the pause ends by itself: the start of that local day. False if it has no end."""
        return self._local_midnight(self.paused_until)

    def _local_midnight(self, day):
        """The UTC instant at which a local day begins, False without a day."""
        return moments.instant(day, 0, self.company_id._chasing_timezone()) if day else False

    # ------------------------------------------------------------------ stopping and starting again

    def _is_stopped(self):
        """Whether it stands still until a person enables it again: a person stopped it, or its invoice was closed and
        is due again (R34, R36, R99)."""
        return self.lifecycle == "disabled" and not self.chosen_none

    def _await_lock(self):
        """Wait for a run that is sending for these: first the schedules, then their steps and deliveries, as every run
        does it, so that a payment and a run never wait for each other."""
        self.env.execute_query(
            SQL("SELECT id FROM chasing_schedule WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", self.ids)
        )

    def _closure_changed(self, old, new):
        """Stop, take back to draft, or note that a closed invoice has opened again (R32, R32b, R34)."""
        self._await_lock()
        self.step_ids.delivery_ids._withdraw()
        unsent = self.step_ids.filtered(lambda step: step.state in UNSENT)
        if new == "draft":
            unsent._set_state("draft")
        elif new:
            if old == "draft":
                # settled before it was taken back to draft, and still
                self.filtered("is_reopened").lifecycle = "running"
            self._answered()
            unsent._set_state("cancelled", new)
            self.write({"stopped_at": clock.now(self.env), "money_hold": False, "recheck_at": False})
        if old in CLOSED and new == "draft":
            # nobody is asked before it is posted again; what was written off may still be settled by its entry then
            self._live()._stay_quiet()
        elif not new:
            # a mark without an entry was there before the payment that came back, and stays
            booked = self.filtered(lambda one: one.lifecycle == "written_off" and one.write_off_move_id)
            quiet = self._live() if old in CLOSED else self.filtered("is_reopened")
            (booked | quiet)._reopened()

    def _live(self):
        return self.filtered(lambda one: one.lifecycle in ("running", "paused"))

    def _stay_quiet(self):
        self.write({"lifecycle": "disabled", "is_reopened": True, **NOT_WRITTEN_OFF})

    def _reopened(self, note=None):
        """R34: an invoice that was closed and is due again stays quiet until a person says so; so does one whose
        write-off was undone (R41).

        :param note: what the person who is asked is told, None: that the invoice is due again
        """
        self._stay_quiet()
        note = note or self.env._("This invoice is due again. Chasing stays stopped until you resume it.")
        for schedule in self:
            schedule.move_id.activity_schedule(
                REOPENED,
                summary=self.env._("Resume chasing?"),
                note=note,
                user_id=schedule._people()[:1].id,
            )

    def _answered(self):
        """Whether to resume is settled: the question is off the list."""
        reopened = self.filtered("is_reopened")
        reopened.is_reopened = False
        reopened.move_id.activity_unlink([REOPENED])

    # ------------------------------------------------------------------ what already left

    def _was_sent(self):
        """R9: whether the invoice reached its customer, by us, by Odoo, by hand, or before it had a schedule."""
        self.ensure_one()
        return bool(self.first_sent_at or self.sent_before)

    def _being_sent(self):
        """Those about which something was handed over that has neither left nor failed (R83)."""
        if not self:
            return self
        queued = [
            ("schedule_id", "in", self.ids),
            ("state", "=", "queued"),
            ("taken_back_at", "=", False),
            ("is_internal", "=", False),
        ]
        found = self.env["chasing.delivery"]._read_group(queued, ["schedule_id"])
        return self.browse(schedule.id for (schedule,) in found)

    def _first_left_at(self):
        """When a message about this invoice first really left, whatever a person said; False if none did (R86)."""
        self.ensure_one()
        sent = self.delivery_ids.filtered(lambda one: not one.is_internal).mapped("sent_at")
        left = [at for at in (*sent, self.odoo_sent_at) if at]
        return min(left, default=False)

    def _documents_tried_since(self, instant):
        """Whether the invoice's documents were made, or it was at least tried, at a UTC instant or later (R73)."""
        return bool(self.documents_tried_at and self.documents_tried_at >= instant)

    def _contact_histories(self, now):
        """{schedule id: engine ContactHistory}: the last contact about the invoice, and who used today (R17, R42)."""
        days = {schedule.id: moments.local(now, schedule.company_id._chasing_timezone()).date() for schedule in self}
        last, used = {}, defaultdict(dict)
        for schedule in self.filtered("odoo_sent_at"):
            timezone = schedule.company_id._chasing_timezone()
            last[schedule.id] = moments.local(schedule.odoo_sent_at, timezone).date()
            if last[schedule.id] == days[schedule.id]:
                used[schedule.id][None, "email"] = None
        for schedule, step, channel, day in self.env["chasing.delivery"]._read_group(
            [
                ("schedule_id", "in", self.ids),
                ("state", "in", ("queued", "sent", "delivered")),
                ("taken_back_at", "=", False),
                ("is_internal", "=", False),
            ],
            ["schedule_id", "step_id", "channel"],
            ["local_day:max"],
        ):
            last[schedule.id] = max(day, last.get(schedule.id, day))
            if day == days[schedule.id]:
                used[schedule.id].setdefault((step.role_id.id or None, channel), step.id)
        return {schedule.id: ContactHistory(last.get(schedule.id), used[schedule.id]) for schedule in self}

    def _sent_by_odoo(self, now):
        """Odoo's own Send left: a first send (R9) and today's contact (R17); the on-issue message is not needed."""
        self.write({"odoo_sent_at": now})
        fresh = self.filtered(lambda schedule: not schedule.first_sent_at)
        fresh._first_sent(now)
        self.env["chasing.planner"].sudo()._replan(fresh.filtered(lambda schedule: not schedule.closure))

    # ------------------------------------------------------------------ planning

    def _plan_posted(self):
        """R31, R32b: the invoices of these schedules were just posted; their draft steps get their dates, which a pause
        goes on to hold. They may be older than the starting date by now, or no longer (R46)."""
        schedules = self._live()
        for may_send, group in schedules.grouped(lambda one: one._may_send(one.send_on_issue)).items():
            group.may_send_on_issue = may_send
        schedules._plan_and_tell()

    def _apply_cadence(self, cadence, assigned_by="invoice", rule=None, send_on_issue=None):
        """Replace the unattempted steps by a copy of the cadence's (R20). What was cancelled, or was not to be chased,
        starts again (R36); what a person stopped stays stopped (R99).

        :param cadence: one chasing.cadence
        :param assigned_by: how it was chosen, a value of the field
        :param rule: the chasing.rule that chose it, if one did
        :param send_on_issue: whether those older than the company's starting date get their on-issue message (R46)
        """
        cadence.sudo()._check_usable_in(self.sudo().company_id)
        if any(schedule.closure in CLOSED or schedule.lifecycle == "written_off" for schedule in self.sudo()):
            raise UserError(self.env._("The invoice is closed, there is nothing to chase."))
        planner = self.env["chasing.planner"].sudo()
        wanted = [
            (facts, dict(zip(COPIED, values, strict=True))) for facts, values in cadence.sudo().step_ids._templates()
        ]
        for schedules in self._steered()._in_parts():
            schedules.write({
                "cadence_id": cadence.id,
                **cadence.sudo()._terms(),
                "is_customised": False,
                "assigned_by": assigned_by,
                "rule_id": rule.id if rule else False,
                "assignment_id": False,
            })
            self.env["chasing.money"]._moved(moves=schedules.move_id.ids)
            for may_send, group in schedules.grouped(lambda schedule: schedule._may_send(send_on_issue)).items():
                group.write({"may_send_on_issue": may_send, "send_on_issue": bool(send_on_issue)})
            schedules.filtered(lambda schedule: schedule.lifecycle in ENDED).lifecycle = "running"
            fresh = schedules.filtered("chosen_none")
            fresh.write({"lifecycle": "running", "chosen_none": False, "stopped_at": False})
            planner._change(schedules - fresh, wanted)
            if fresh:
                planner._change(fresh, wanted, anew=True)
            schedules._withdraw_replaced({definition.definition(facts) for facts, _values in wanted})

    def _may_send(self, send_on_issue):
        """Whether the on-issue message may go if a cadence is given: about an invoice older than the company's starting
        date only if somebody says so (R46)."""
        return bool(send_on_issue) or not self.company_id._chasing_is_before_start(self.invoice_date)

    def _is_automatic(self):
        """Whether precedence gave it what it has, and nobody has changed that since (R50)."""
        return self.assigned_by != "invoice" and not (
            self.is_customised or self.lifecycle in ENDED or self._is_stopped()
        )

    def _choose_none(self, assigned_by="invoice", rule=None):
        """No chasing: a choice like a cadence (R50, R52). Steps stay as they are until a cadence is given.

        :param assigned_by: how it was chosen, a value of the field
        :param rule: the chasing.rule that chose it, if one did
        """
        for schedules in self._steered()._in_parts():
            schedules._answered()
            schedules.write({
                "chosen_none": True,
                "lifecycle": "disabled",
                "stopped_at": clock.now(self.env),
                "cadence_id": False,
                "assigned_by": assigned_by,
                "rule_id": rule.id if rule else False,
                "assignment_id": False,
            })
            schedules.delivery_ids._withdraw()
            schedules._log({schedule.move_id.id: schedule.origin_text for schedule in schedules})

    def _in_parts(self):
        """These in parts that fit into memory; what is cached of one is dropped before the next."""
        for ids in split_every(PART, self.ids):
            yield self.browse(ids)
            if len(self) > PART:
                self.env.flush_all()
                self.env.invalidate_all()

    def _forget(self):
        """As if these had never been chased: what was sent stays, with its schedule stopped."""
        sent = self.filtered("delivery_ids")
        sent._live().action_disable()
        (self - sent).unlink()

    def _replan(self):
        """Plan the unattempted steps again with the dates, zone and settings of now, and say on the invoice what moved
        (R38)."""
        self._steered()._plan_and_tell()

    def _plan_and_tell(self):
        before = {step.id: step.scheduled_at for step in self.step_ids}
        texts = {}
        for schedule, changes in self.env["chasing.planner"].sudo()._replan(self).items():
            told = [
                change
                for change in changes
                if before[change.key]
                and (change.planned.state == "skipped" or change.planned.scheduled_at != before[change.key])
            ]
            if told:
                texts[schedule.move_id.id] = schedule._describe_changes(told, before)
        self._log(texts)

    @api.model
    def _cron_replan(self):
        """R38: after a change of a company's zone, plan its open schedules again, batch by batch."""
        for company in self.env["res.company"].search([]):
            stale = [
                ("company_id", "=", company.id),
                ("status", "in", OPEN_STATUSES),
                ("planned_tz", "!=", company._chasing_timezone()),
            ]
            last = 0
            while schedules := self.search([*stale, ("id", ">", last)], order="id", limit=500):
                last = schedules[-1].id
                isolation.run(schedules, lambda part: part._replan())
                if not self.env["ir.cron"]._commit_progress(len(schedules), remaining=self.search_count(stale)):
                    return

    def _describe_changes(self, changes, before):
        """One line a step that moved: its name, old and new local time."""
        timezone = self.company_id._chasing_timezone()
        steps = {step.id: step for step in self.step_ids}
        lines = [
            self.env._(
                "%(step)s: %(old)s → %(new)s",
                step=steps[change.key].step_label,
                old=clock.local_text(self.env, before[change.key], timezone),
                new=steps[change.key].reason or clock.local_text(self.env, change.planned.scheduled_at, timezone),
            )
            for change in changes
        ]
        return Markup("<br/>").join([self.env._("Chasing was planned again."), *lines])
