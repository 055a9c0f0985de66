from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import split_every

from ..common import batches, bulk_sql, clock, formats, isolation
from ..common.access import check_collector
from ..common.wording import reason_text
from ..engine import moments, transitions
from ..engine.facts import BY_AGE
from ..engine.instalments import due_day, in_order, next_day, number_of, running
from ..engine.states import (
    CLOSED,
    LIFECYCLES,
    ONGOING,
    OPEN_STATUSES,
    RETRYABLE,
    STATUSES,
    UNFINISHED,
    UNSENT,
    UPCOMING,
)
from ..engine.verdict import LEFT_OPEN
from ..policy.chasing_step_mixin import AGE_BASES, ENTRY_POINTS

ASSIGNED_BY = [
    ("invoice", "Set on the invoice"),
    ("customer", "The customer's own"),
    ("rule", "A rule"),
    ("default", "The company's default"),
]
PAUSE_REASONS = [
    ("promise", "The customer promised to pay"),
    ("dispute", "The customer disputes the invoice"),
    ("payment", "A payment is under way"),
    ("other", "Other"),
]
# how many are worked on at once: enough for one statement to pay, few enough to stay in memory
BATCH_SIZE = 2000
# what holds an invoice, the first that applies is told; what is not listed comes after all of these
HOLDS = ("company_off", "paused", "customer_excluded", "customer_paused", "blocked", "no_followup")
RECHECK = timedelta(hours=1)
MONEY_HOLDS = ("unapplied_payment", "payment_pending", "announced_payment")
ONLINE_PAYMENTS = ("move_id.transaction_ids.state", "move_id.transaction_ids.is_post_processed")


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
    step_ids = fields.One2many("chasing.step", "schedule_id", "Steps")
    use_own_contacts = fields.Boolean(
        "Own E-mail List",
        readonly=True,
        help="E-mails of steps without a role go to the list below, not to the customer.",
    )
    own_emails = fields.Text("E-mail Addresses", readonly=True)
    lifecycle = fields.Selection(list(LIFECYCLES.items()), required=True, default="running", readonly=True)
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
    stopped_at = fields.Datetime(readonly=True)
    is_prediction_stale = fields.Boolean(readonly=True)
    is_reopened = fields.Boolean(readonly=True)
    planned_tz = fields.Char(readonly=True)
    closure = fields.Char(compute="_compute_closure", store=True)
    hold_reason = fields.Char(compute="_compute_hold_reason", store=True)
    hold_sentence = fields.Char("Hold", compute="_compute_hold_sentence")
    status = fields.Selection(list(STATUSES.items()), compute="_compute_status", store=True, index=True)
    next_at = fields.Datetime("Next Send", compute="_compute_status", store=True)
    _one_per_invoice = models.UniqueIndex("(move_id)", "An invoice has one chasing schedule.")
    _due = models.Index("(next_at) WHERE next_at IS NOT NULL")
    _stale = models.Index("(id) WHERE is_prediction_stale")
    customer_id = fields.Many2one(
        "res.partner",
        "Original Customer",
        compute="_compute_customer_id",
        store=True,
        index=True,
        ondelete="set null",
        help="The customer when the invoice got this contact: Odoo gives the invoices of a contact to whatever company "
        "the contact joins.",
    )
    money_hold = fields.Char(readonly=True)
    money_until = fields.Datetime(readonly=True)
    recheck_at = fields.Datetime(readonly=True)
    has_online_payment = fields.Boolean(compute="_compute_has_online_payment", store=True)
    _money_held = models.Index("(company_id) WHERE money_hold IS NOT NULL")
    invoice_date = fields.Date(compute="_compute_dates", store=True)
    due_date = fields.Date(compute="_compute_dates", store=True)
    # the date of the oldest instalment that is open: since when it asks, or from when on (R7)
    asked_date = fields.Date(compute="_compute_dates", store=True)
    instalment_count = fields.Integer(compute="_compute_dates", store=True, aggregator=None)
    # when the next run begins, if the steps of this one are used up by then
    next_run_date = fields.Date(compute="_compute_dates", store=True)
    # ids of the lines of instalments that are paid: one that is open again was reopened (R34)
    paid_lines = fields.Json(compute="_compute_dates", store=True)
    # ids of the lines of instalments whose steps were used up before they were paid
    used_up_lines = fields.Json(readonly=True)
    run = fields.Integer(readonly=True, aggregator=None)
    # the line of the instalment whose run is active, and which one it is; 0 where age counts from the last one
    run_line = fields.Integer(readonly=True, aggregator=None)
    instalment = fields.Integer(readonly=True, aggregator=None)
    currency_id = fields.Many2one(related="move_id.currency_id")
    amount_residual = fields.Monetary(related="move_id.amount_residual", string="Outstanding", aggregator=None)
    amount_residual_signed = fields.Monetary(
        related="move_id.amount_residual_signed",
        string="Outstanding in Company Currency",
        currency_field="company_currency_id",
        store=True,
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")

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
        if self.closure or self.lifecycle not in ONGOING:
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
            schedule.hold_sentence = reason_text(self.env, schedule.hold_reason, schedule.hold_values)

    @api.depends(
        "closure",
        "hold_reason",
        "lifecycle",
        "paused_until",
        "move_id.commercial_partner_id.chasing_paused_until",
        "partner_id.chasing_paused_until",
        "recheck_at",
        "next_run_date",
        "step_ids.state",
        "step_ids.scheduled_at",
        "step_ids.is_dismissed",
        "step_ids.prediction_code",
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
            booked=self._is_booked_as_loss(),
            # the brake holds steps, not the invoice (R47)
            held=bool(self.hold_reason or count("held")),
            failures=count(*RETRYABLE),
            will_fail=any(steps[state, False][2] for state in UPCOMING if (state, False) in steps),
            # the next run's steps are there when it begins (R7b)
            upcoming=count(*UNFINISHED) + is_being_sent + bool(self.next_run_date),
        )

    def _next_instant(self, steps, is_used_up=False):
        """When the dispatcher has to look at this schedule again: the next send, the end of a hold, or the beginning of
        the next run (R7b)."""
        if self.closure or self.lifecycle not in ONGOING:
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
        self.step_ids._withdraw()
        unsent = self.step_ids.filtered(lambda step: step.state in UNSENT)
        if new == "draft":
            unsent._set_state("draft")
        elif new:
            if old == "draft":
                # settled before it was taken back to draft, and still
                self.filtered("is_reopened").lifecycle = "running"
            self._on_settled()
            unsent._set_state("cancelled", new)
            self.write({"stopped_at": clock.now(self.env), "money_hold": False, "recheck_at": False})
        if old in CLOSED and new == "draft":
            # nobody is asked before it is posted again; what was written off may still be settled by its entry then
            self._filter_running()._stop_until_resumed()
        elif not new:
            # a mark without an entry was there before the payment that came back, and stays
            booked = self.filtered(lambda one: one.lifecycle == "written_off" and one._is_booked_as_loss())
            quiet = self._filter_running() if old in CLOSED else self.filtered("is_reopened")
            (booked | quiet)._on_reopened()

    def _filter_running(self):
        return self.filtered(lambda one: one.lifecycle in ONGOING)

    def _stop_until_resumed(self):
        """Stop these until a person resumes them; extended by escalation."""
        self.write({"lifecycle": "disabled", "is_reopened": True})

    def _on_reopened(self, note=None):
        """Keep an invoice that was closed and is due again quiet until a person says so (R34); so one whose write-off
        was undone (R41).

        Hook: a person is asked, extended by people.

        :param note: what that person is told, None: that the invoice is due again
        """
        self._stop_until_resumed()

    def _on_settled(self):
        """Note that nobody has to say any more whether chasing is to be resumed.

        Hook: the question is off the list, extended by people.
        """
        self.filtered("is_reopened").is_reopened = False

    def _being_sent(self):
        """Return those about which something was handed over that has neither left nor failed (R83).

        Hook: here none, extended by dispatch.
        """
        return self.browse()

    def _is_booked_as_loss(self):
        """Return whether an entry of the books gave the invoice up (R41).

        Hook: here none is, extended by escalation.
        """
        self.ensure_one()
        return False

    def _was_sent(self):
        """R9: whether the invoice reached its customer, by us, by Odoo, by hand, or before it had a schedule."""
        self.ensure_one()
        return bool(self.first_sent_at or self.sent_before)

    def _may_send(self, send_on_issue):
        """Whether the on-issue message may go if a cadence is given: about an invoice older than the company's starting
        date only if somebody says so (R46)."""
        return bool(send_on_issue) or not self.company_id._chasing_is_before_start(self.invoice_date)

    def _in_parts(self):
        """These in parts that fit into memory; what is cached of one is dropped before the next."""
        for ids in split_every(BATCH_SIZE, self.ids):
            yield self.browse(ids)
            if len(self) > BATCH_SIZE:
                self.env.flush_all()
                self.env.invalidate_all()

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
        """Plan open schedules again after a change of their company's zone (R38)."""
        zones = self.env["res.company"].search([]).grouped(lambda company: company._chasing_timezone())
        stale = Domain("status", "in", OPEN_STATUSES) & Domain.OR(
            Domain("company_id", "in", companies.ids) & Domain("planned_tz", "!=", zone)
            for zone, companies in zones.items()
        )
        failed = []

        def rest():
            return stale & Domain("id", "not in", failed)

        def replan(schedules):
            isolation.run(schedules, lambda part: part._replan(), lambda schedule, _error: failed.append(schedule.id))
            return len(schedules)

        batches.run(
            self.env,
            lambda: self.search(rest(), order="id", limit=BATCH_SIZE),
            replan,
            lambda: self.search_count(rest()),
        )

    def _describe_changes(self, changes, before):
        """One line a step that moved: its name, old and new local time."""
        timezone = self.company_id._chasing_timezone()
        steps = {step.id: step for step in self.step_ids}
        lines = [
            self.env._(
                "%(step)s: %(old)s → %(new)s",
                step=steps[change.key].step_label,
                old=formats.dated_instant(self.env, before[change.key], timezone),
                new=steps[change.key].reason or formats.dated_instant(self.env, change.planned.scheduled_at, timezone),
            )
            for change in changes
        ]
        return Markup("<br/>").join([self.env._("Chasing was planned again."), *lines])

    def _hold_steps(self):
        """Hold the steps that were planned or let go while something holds these (R35b)."""
        for reason, held in self.grouped("hold_reason").items():
            if reason:
                held.step_ids._hold_changed(False, reason)

    def _note_end_of_hold(self, old, new):
        """Note on the invoices that a hold has ended (R36). The end of a pause is noted by who ends it, that of an
        invoice's chasing by what ended it.

        :param old: the reason code of the hold
        :param new: that of what holds them now, False for nothing
        """
        if old == "paused" or (new and _rank(new) < _rank(old)):
            return
        going_on = self.filtered(lambda one: not one.closure and one.lifecycle in ONGOING)
        ended = reason_text(self.env, old).partition(":")[0]
        if new:
            now = reason_text(self.env, new).partition(":")[0]
            going_on._log(self.env._("Hold ended (%(ended)s). Still held: %(now)s.", ended=ended, now=now))
        else:
            going_on._log(self.env._("Hold ended (%(ended)s). Chasing goes on.", ended=ended))

    @api.depends("move_id.partner_id")
    def _compute_customer_id(self):
        for schedule in self:
            schedule.customer_id = schedule.move_id.partner_id.commercial_partner_id

    def _has_moved(self):
        """Whether the contact of the invoice belongs to another customer than the one whose invoice it is (R60)."""
        move = self.move_id
        customers = (self.customer_id or move.commercial_partner_id) | move.commercial_partner_id
        return customers != move.partner_id.commercial_partner_id

    @api.depends(lambda self: ONLINE_PAYMENTS if "transaction_ids" in self.env["account.move"]._fields else ())
    def _compute_has_online_payment(self):
        """A payment online comes, fails or is booked without the invoice being told."""
        for schedule in self:
            payments = schedule.move_id["transaction_ids"] if "transaction_ids" in schedule.move_id._fields else ()
            schedule.has_online_payment = any(one.state in ("pending", "authorized") for one in payments)
        self.env["chasing.money"]._moved(moves=self.move_id.ids)

    def _check_money(self, now):
        """Hold those whose balance is covered by money in flight, let go those it no longer covers."""
        self.flush_model(["move_id", "money_hold"])
        # whoever has no money and is not held is not read: they may be very many
        rows = self.env.execute_query(
            SQL("SELECT id, move_id, money_hold IS NOT NULL FROM chasing_schedule WHERE id = ANY(%s)", self.ids)
        )
        moves = self.env["account.move"].browse(move_id for _id, move_id, _is_held in rows)
        holds = self.env["chasing.money"]._holds(moves, now)
        for schedule in self.browse(row_id for row_id, move_id, is_held in rows if is_held or move_id in holds):
            hold = holds.get(schedule.move_id.id)
            if not hold and schedule.money_hold:
                # when it was to end stays known: what was missed is told by it (R35b)
                schedule.write({"money_hold": False, "hold_values": False, "recheck_at": False})
            elif hold and not schedule._is_held_by(hold, now):
                schedule.write({
                    "money_hold": hold.code,
                    "hold_values": hold.values,
                    "money_until": hold.until,
                    "recheck_at": min(now + RECHECK, hold.until or now + RECHECK),
                })

    def _is_held_by(self, hold, now):
        """Whether all that is to say of a hold by money is written down already, and not to be looked at again yet."""
        known = (self.money_hold, self.hold_values or {}, self.money_until or None)
        return known == (hold.code, hold.values, hold.until) and self.recheck_at and self.recheck_at > now

    def _hold_ended_at(self, code, now):
        """The UTC instant at which a hold that is no more ended: by itself, or now (R35b).

        :param code: its reason code
        """
        by_itself = code in MONEY_HOLDS and self.money_until and self.money_until < now
        return self.money_until if by_itself else now

    @api.depends(
        "move_id.state",
        "move_id.invoice_date",
        "move_id.invoice_date_due",
        "move_id.amount_residual",
        "move_id.line_ids.date_maturity",
        "move_id.line_ids.reconciled",
        "age_basis",
        "used_up_lines",
    )
    def _compute_dates(self):
        """A change on a posted invoice, an extension and a payment of an instalment plan the steps again (R38); the run
        of an instalment that is paid ends, one that is open again is asked about (R7b, R34)."""
        # what closes an invoice stops it first
        self.mapped("closure")
        instalments = self.move_id._chasing_instalments()
        moved, back = self.browse(), self.browse()
        for schedule in self:
            parts = instalments[schedule.move_id.id]
            open_lines = {one.key for one in parts if one.is_open}
            old, paid = (schedule.invoice_date, schedule.due_date), set(schedule.paid_lines or ())
            # one that is paid and comes back has a run again
            used_up = [line for line in schedule.used_up_lines or () if line in open_lines]
            if used_up != (schedule.used_up_lines or []):
                schedule.used_up_lines = used_up
            schedule._tell_dates(parts)
            if schedule.id and old[0] and old != (schedule.invoice_date, schedule.due_date):
                moved |= schedule
            if schedule.id and schedule.age_basis == "instalment" and paid & open_lines:
                back |= schedule
        back.filtered(lambda schedule: not schedule.closure)._filter_running()._instalments_reopened()
        started = self.filtered("id")._follow_instalments(instalments)
        (moved - started).filtered(lambda schedule: not schedule.closure)._replan()

    def _tell_dates(self, parts):
        """Fill in what the instalments of its invoice say."""
        by_instalment, used_up = self.age_basis == "instalment", self.used_up_lines or ()
        self.invoice_date = self.move_id.invoice_date or clock.today(self.company_id)
        self.due_date = due_day(parts, self.age_basis, used_up)
        self.asked_date = next((one.day for one in in_order(parts) if one.is_open), False)
        self.instalment_count = len(parts)
        self.next_run_date = by_instalment and next_day(parts, used_up)
        self.paid_lines = by_instalment and sorted(one.key for one in parts if one.key and not one.is_open)

    def _is_late(self, day):
        """Whether something that is open was due before a local day (R7, R71)."""
        return bool(self.asked_date) and self.asked_date < day

    def _current_steps(self):
        """The steps of these, without those of runs that are over."""
        return self.step_ids.filtered(lambda step: not step.is_by_age or step.run == step.schedule_id.run)

    def _note_instalments(self):
        """New schedules learn which instalment their steps ask for, when what is pending is worked out."""
        for name in ("next_run_date", "status"):
            self.env.add_to_compute(self._fields[name], self)

    def _follow_instalments(self, instalments):
        """Let the run of the right instalment be active (R7b). A stopped schedule follows when it is enabled.

        :param instalments: {move id: engine Instalments}
        :return: those of which a run began
        """
        begun, texts = self.browse(), {}
        for schedule in self:
            parts = instalments[schedule.move_id.id]
            active = running(parts, schedule.used_up_lines or ()) if schedule.age_basis == "instalment" else None
            key = (active.key if active else 0) or 0
            if key == schedule.run_line:
                continue
            if schedule.age_basis == "invoice" or not number_of(parts, schedule.run_line):
                schedule._is_now_of(key, number_of(parts, key))
            elif not schedule.closure and schedule.lifecycle in ONGOING:
                schedule._end_run(parts)
                if schedule._begin_run(key, parts):
                    begun |= schedule
                    texts[schedule.move_id.id] = schedule._run_text()
        self.env["chasing.planner"].sudo()._start_runs(begun)
        begun._log(texts)
        return begun

    def _begin_run(self, key, parts):
        """Turn to another instalment, whose steps are to be planned; say whether there is one."""
        if key:
            self.write({"run": self.run + 1, "run_line": key, "instalment": number_of(parts, key)})
        else:
            self.run_line = 0
        return bool(key)

    def _run_text(self):
        return self.env._(
            "Instalment %(number)s of %(count)s is chased now.", number=self.instalment, count=self.instalment_count
        )

    def _is_now_of(self, key, number):
        """The run there is turns out to be that of an instalment: the first one, or lines that were made anew."""
        self._current_steps().filtered("is_by_age").write({"instalment": number})
        self.write({"run_line": key, "instalment": number})

    def _end_run(self, parts):
        """What the run has not sent yet does not go any more; what was tried stays (R7b)."""
        is_paid = any(one.key == self.run_line and not one.is_open for one in parts)
        self._await_lock()
        steps = self._current_steps().filtered("is_by_age")
        steps._withdraw()
        code = "instalment_paid" if is_paid else "other_instalment"
        steps.filtered(lambda step: step.state in UNSENT)._set_state("cancelled", code)
        if is_paid:
            steps.filtered(lambda step: step.state in RETRYABLE).is_dismissed = True

    def _instalments_reopened(self):
        """Instalments that were paid are open again although their invoices always were: a person is asked (R34)."""
        if not self:
            return
        self._await_lock()
        self.step_ids._withdraw()
        self.stopped_at = clock.now(self.env)
        self._on_reopened(
            self.env._("An instalment of this invoice is due again. Chasing stays stopped until you resume it.")
        )

    def _used_up_ids(self):
        """Ids of those whose next run can begin as soon as its instalment falls due: no step of this one is to come."""
        waiting = self._origin.filtered("next_run_date")
        if not waiting:
            return set()
        busy = self.env["chasing.step"]._read_group(
            [("schedule_id", "in", waiting.ids), ("state", "in", UNSENT), ("trigger", "in", BY_AGE)], ["schedule_id"]
        )
        return set(waiting.ids) - {schedule.id for (schedule,) in busy}

    def _begin_due_runs(self, now):
        """The clock began the next run of those whose steps are used up: its instalment falls due (R7b)."""
        due = self.filtered(
            lambda one: one.next_run_date and not one.hold_reason and one._local_midnight(one.next_run_date) <= now
        )
        used_up = due._used_up_ids()
        for schedule in due.filtered(lambda one: one.id in used_up):
            schedule.used_up_lines = [*(schedule.used_up_lines or ()), schedule.run_line]

    def _steered(self):
        """These schedules with the rights to change them; the caller must be a collector who may read them."""
        self.check_access("read")
        check_collector(self.env)
        return self.sudo()

    def _log(self, texts):
        """Note on the invoices what was done; the note is the user's own.

        :param texts: {move id: text}, or one text for all
        """
        moves = self.move_id
        bulk_sql.log_notes(moves, texts if isinstance(texts, dict) else dict.fromkeys(moves.ids, texts))

    def _end_pause(self):
        self.write({"lifecycle": "running", "paused_at": False, "paused_until": False, "pause_reason": False})

    @api.depends("move_id.name", "partner_id.name")
    def _compute_display_name(self):
        for schedule in self:
            names = (schedule.move_id.display_name, schedule.partner_id.name)
            schedule.display_name = ", ".join(name for name in names if name)

    def _next_step(self):
        """The first step that is still to go."""
        return self.step_ids.filtered(lambda step: step.state in UNSENT)[:1]


def _rank(code):
    return HOLDS.index(code) if code in HOLDS else len(HOLDS)
