from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import split_every

from ..common import bulk_sql, clock
from ..common.access import check_collector
from ..common.wording import reason_text
from ..engine import transitions
from ..engine.states import (
    LIFECYCLES,
    ONGOING,
    RETRYABLE,
    SCHEDULED,
    STATUSES,
    UNFINISHED,
    UNSENT,
    UPCOMING,
)
from ..policy.chasing_step_mixin import ENTRY_POINTS

ASSIGNED_BY = [
    ("invoice", "Set on this invoice"),
    ("customer", "Customer's cadence"),
    ("rule", "Rule"),
    ("default", "Company default"),
]
PAUSE_REASONS = [
    ("promise", "The customer promised to pay"),
    ("dispute", "The customer disputes the invoice"),
    ("payment", "A payment is under way"),
    ("other", "Other"),
]
# How many are worked on at once: enough for one statement to pay, few enough to stay in memory.
BATCH_SIZE = 2000
ONLINE_PAYMENTS = ("move_id.transaction_ids.state", "move_id.transaction_ids.is_post_processed")


class ChasingSchedule(models.Model):
    """The chasing of one invoice: where its steps came from, whether it runs, and when it next sends.

    What people decide is written (`lifecycle`, the pause); what follows from the invoice is computed and stored, so
    that it is seen in the transaction that changes the invoice, at flush (R32): `closure`, `hold_reason`, `status`,
    `next_at`.
    """

    _name = "chasing.schedule"
    _inherit = ["chasing.closure.mixin", "chasing.dates.mixin"]
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
        "Custom Recipients",
        readonly=True,
        help="E-mails of steps without a role are sent to the list below instead of the customer.",
    )
    own_emails = fields.Text("E-mail Addresses", readonly=True)
    lifecycle = fields.Selection(list(LIFECYCLES.items()), required=True, default="running", readonly=True)
    chosen_none = fields.Boolean(
        "No Chasing",
        readonly=True,
        help="“No chasing” was chosen for this invoice. Assign a cadence to start it again.",
    )
    entry_point = fields.Selection(ENTRY_POINTS, required=True, default="next", readonly=True)
    min_contact_days = fields.Integer(readonly=True, aggregator=None)
    may_send_on_issue = fields.Boolean(default=True, readonly=True)
    # Whether a person sent or scheduled a message by hand, which what holds the invoice holds too (R102).
    has_by_hand = fields.Boolean(readonly=True)
    # What a person ticked where the cadence was given, for an invoice older than the company's starting date.
    send_on_issue = fields.Boolean(readonly=True)
    paused_at = fields.Datetime(readonly=True)
    paused_until = fields.Date(readonly=True)
    pause_reason = fields.Char(readonly=True)
    # When something began to hold it, whatever holds it by now.
    held_at = fields.Datetime(readonly=True)
    first_sent_at = fields.Datetime("First Sent", readonly=True)
    marked_sent = fields.Boolean("Marked as Sent", readonly=True)
    # Whether that set Odoo's own mark, which otherwise stays when it is undone.
    marked_in_odoo = fields.Boolean(readonly=True)
    sent_before = fields.Boolean("Sent Before Chasing", readonly=True)
    is_prediction_stale = fields.Boolean(readonly=True)
    planned_tz = fields.Char(readonly=True)
    hold_reason = fields.Char(compute="_compute_hold_reason", store=True)
    # What the sentence of that reason says.
    hold_values = fields.Json(compute="_compute_hold_reason", store=True)
    hold_sentence = fields.Char("Hold", compute="_compute_hold_sentence")
    status = fields.Selection(list(STATUSES.items()), compute="_compute_status", store=True, index=True)
    next_at = fields.Datetime("Next Send", compute="_compute_status", store=True)
    _one_per_invoice = models.UniqueIndex("(move_id)", "An invoice has one chasing schedule.")
    _due = models.Index("(next_at) WHERE next_at IS NOT NULL")
    # What was never sent: whose documents may be made ahead.
    _unsent = models.Index("(next_at) WHERE next_at IS NOT NULL AND first_sent_at IS NULL AND assigned_by = 'default'")
    # In the words of the ORM: PostgreSQL takes it for no other.
    _stale = models.Index("(id) WHERE is_prediction_stale IS TRUE")
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
    money_values = fields.Json(readonly=True)
    money_until = fields.Datetime(readonly=True)
    recheck_at = fields.Datetime(readonly=True)
    has_online_payment = fields.Boolean(compute="_compute_has_online_payment", store=True)
    _money_held = models.Index("(company_id) WHERE money_hold IS NOT NULL")
    currency_id = fields.Many2one(related="move_id.currency_id")
    amount_residual = fields.Monetary(related="move_id.amount_residual", string="Outstanding", aggregator=None)
    amount_residual_signed = fields.Monetary(
        related="move_id.amount_residual_signed",
        string="Outstanding in Company Currency",
        currency_field="company_currency_id",
        store=True,
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")

    @api.depends(
        "closure",
        "lifecycle",
        "has_by_hand",
        "money_hold",
        "money_values",
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
        """Tell why nothing leaves for now, although something is due (R35, R36, R45, R46b, R47)."""
        holds = self.env["chasing.hold"]._of(self)
        changed = defaultdict(self.browse)
        for schedule in self:
            first = holds[schedule][0] if holds[schedule] else None
            old, new = schedule.hold_reason, first.code if first else False
            schedule.hold_reason, schedule.hold_values = new, (first and first.values) or False
            if schedule.id and (old or False) != new:
                changed[old or False, new] |= schedule
        for (old, new), schedules in changed.items():
            schedules._on_hold_change(old, new)

    def _on_hold_change(self, old, new):
        """Hold the steps of these, or let them go, when something begins to hold them, ends, or holds in its place."""
        self._lock()
        if not old:
            self.held_at = clock.now(self.env)
        self.step_ids._on_hold_change(old, new)
        if old:
            self.env["chasing.hold"]._note_end(self, old, new)

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
        "step_ids.waits_until",
        "step_ids.is_dismissed",
        "step_ids.prediction_code",
    )
    def _compute_status(self):
        """Give each schedule one badge and its next instant, from its standing and its steps (R94).

        Hook: rooms above add what else it depends on.
        """
        # Their own computing may change steps: it comes before the steps are counted.
        for name in ("closure", "hold_reason", "due_date"):
            self.mapped(name)
        groups = defaultdict(dict)
        for schedule, state, dismissed, count, first, predicted, waiting in self.env["chasing.step"]._read_group(
            [("schedule_id", "in", self.ids)],
            ["schedule_id", "state", "is_dismissed"],
            ["__count", "scheduled_at:min", "prediction_code:count", "waits_until:count"],
        ):
            if waiting:
                first = schedule._first_start()
            groups[schedule.id][state, dismissed] = (count, first, predicted)
        # The rest of a step that was sent may be all that is left.
        ending = self._origin.filtered(
            lambda schedule: not (
                schedule.closure or any((state, False) in groups[schedule.id] for state in UNFINISHED)
            )
        )
        being_sent, used_up = ending._being_sent(), self.env["chasing.instalment.run"]._used_up(self)
        by_hand, lost_by_hand = self._by_hand_starts(), self._by_hand_failures()
        holds = self.env["chasing.hold"]._of(self.filtered("hold_reason"))
        for schedule in self:
            steps = groups[schedule._origin.id]
            facts = schedule._status_facts(steps, schedule._origin in being_sent, lost_by_hand[schedule._origin.id])
            schedule.status = transitions.status(facts)
            schedule.next_at = transitions.next_at(
                schedule._starts(steps, schedule._origin.id in used_up),
                # The end of another one is nothing to wait for while this one is told.
                holds.get(schedule, ())[:1],
                waiting=("waiting", False) in steps,
                stopped=bool(schedule.closure) or schedule.lifecycle not in ONGOING,
                by_hand=by_hand[schedule._origin.id],
            )

    def _status_facts(self, steps, is_being_sent, lost_by_hand):
        def count(*states):
            return sum(steps[state, False][0] for state in states if (state, False) in steps)

        return transitions.StatusFacts(
            posted=self.closure != "draft",
            closed=self.closure if self.closure != "draft" else None,
            lifecycle=self.lifecycle,
            booked=self._is_booked_as_loss(),
            # The brake holds steps, not the invoice (R47).
            held=bool(self.hold_reason or count("held")),
            failures=count(*RETRYABLE) if self.lifecycle in ONGOING else lost_by_hand,
            will_fail=any(steps[state, False][2] for state in UPCOMING if (state, False) in steps),
            # The next run's steps are there when it begins (R7b).
            upcoming=count(*UNFINISHED) + is_being_sent + bool(self.next_run_date),
        )

    def _starts(self, steps, is_used_up):
        """Return the UTC instants at which the first planned step goes and the next run begins (R7b), None for none."""
        planned_at = steps["planned", False][1] if ("planned", False) in steps else None
        return planned_at, clock.day_start(self.next_run_date, self.company_id) if is_used_up else None

    def _by_hand_starts(self):
        """Return {schedule id: UTC instants at which its messages by hand go, whatever became of chasing} (R102)."""
        starts, carrying = defaultdict(list), self._origin.filtered("has_by_hand")
        scheduled = carrying and self.env["chasing.step"].search_fetch(
            [("schedule_id", "in", carrying.ids), ("is_by_hand", "=", True), ("state", "in", SCHEDULED)],
            ["schedule_id", "waits_until", "scheduled_at"],
        )
        for step in scheduled:
            starts[step.schedule_id.id].append(step.waits_until or step.scheduled_at)
        return starts

    def _by_hand_failures(self):
        """Return {schedule id: how many messages by hand failed, not dismissed} of those nobody chases (R102)."""
        carrying = self._origin.filtered(lambda schedule: schedule.has_by_hand and schedule.lifecycle not in ONGOING)
        lost = [
            ("schedule_id", "in", carrying.ids),
            ("is_by_hand", "=", True),
            ("state", "in", RETRYABLE),
            ("is_dismissed", "=", False),
        ]
        groups = self.env["chasing.step"]._read_group(lost, ["schedule_id"], ["__count"]) if carrying else ()
        return Counter({schedule.id: count for schedule, count in groups})

    def _first_start(self):
        """Return the UTC instant at which the first planned step goes, of which one waits its turn (R113)."""
        planned = self.step_ids.filtered(lambda step: step.state == "planned")
        return min(step.waits_until or step.scheduled_at for step in planned)

    def _pause_end(self):
        """Return the UTC instant at which the pause ends, the start of that local day; None if it has no end."""
        return clock.day_start(self.paused_until, self.company_id) if self.paused_until else None

    def _filter_pause_over(self, now):
        """Return those whose own pause has ended by a UTC instant (R36)."""
        return self.filtered(
            lambda schedule: schedule.lifecycle == "paused" and schedule.paused_until and schedule._pause_end() <= now
        )

    def _filter_decided(self):
        """Return those for which a cadence or *no chasing* was chosen, not those that only carry messages by hand."""
        return self.filtered(lambda schedule: schedule.lifecycle != "by_hand")

    def _is_stopped(self):
        """Return whether it stands still until a person enables it again (R34, R36, R99).

        Then a person stopped it, or its invoice was closed and is due again.
        """
        return self.lifecycle == "disabled" and not self.chosen_none

    def _lock(self):
        """Wait for a run that is sending for these.

        The order is that of every run, first the schedules, then their steps and deliveries, so that a payment and a
        run never wait for each other.
        """
        self.env.execute_query(
            SQL("SELECT id FROM chasing_schedule WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", self.ids)
        )

    def _being_sent(self):
        """Return those about which something was handed over that has neither left nor failed (R83).

        Hook: here none, extended by dispatch.
        """
        return self.browse()

    def _was_sent(self):
        """Return whether the invoice reached its customer, by us, by Odoo, by hand, or before it was chased (R9)."""
        self.ensure_one()
        return bool(self.first_sent_at or self.sent_before)

    def _may_send(self, send_on_issue):
        """Return whether the on-issue message may go if a cadence is given (R46).

        About an invoice older than the company's starting date it goes only if somebody says so.
        """
        return bool(send_on_issue) or not self.company_id._chasing_is_before_start(self.invoice_date)

    def _in_chunks(self):
        """Yield these in chunks that fit into memory; what is cached of one is dropped before the next."""
        for ids in split_every(BATCH_SIZE, self.ids):
            yield self.browse(ids)
            if len(self) > BATCH_SIZE:
                self.env.flush_all()
                self.env.invalidate_all()

    def _replan(self):
        """Plan the unattempted steps again with what is true now, and say on the invoice what moved (R38)."""
        self.env["chasing.planner"].sudo()._replan_and_log(self._as_collector())

    @api.depends("move_id.partner_id")
    def _compute_customer_id(self):
        for schedule in self:
            schedule.customer_id = schedule.move_id.partner_id.commercial_partner_id

    def _has_moved(self):
        """Return whether the invoice's contact belongs to another customer than the one whose invoice it is (R60)."""
        move = self.move_id
        customers = (self.customer_id or move.commercial_partner_id) | move.commercial_partner_id
        return customers != move.partner_id.commercial_partner_id

    @api.depends(lambda self: ONLINE_PAYMENTS if "transaction_ids" in self.env["account.move"]._fields else ())
    def _compute_has_online_payment(self):
        """Look at the money again when a payment online comes, fails or is booked: the invoice is not told."""
        for schedule in self:
            payments = schedule.move_id["transaction_ids"] if "transaction_ids" in schedule.move_id._fields else ()
            schedule.has_online_payment = any(payment.state in ("pending", "authorized") for payment in payments)
        self.env["chasing.money"]._moved(moves=self.move_id.ids)

    def _as_collector(self):
        """Return these schedules with the rights to change them, if the caller is a collector who may read them."""
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
        """Return the first step that is still to go; where nobody chases, of those that a person asked for (R102)."""
        unsent = self.step_ids.filtered(lambda step: step.state in UNSENT)
        if self.has_by_hand and self.lifecycle not in ONGOING:
            unsent = unsent.filtered("is_by_hand")
        return unsent[:1]
