from collections import defaultdict
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common import clock
from ..common.wording import reason_text
from ..engine import facts as engine_facts
from ..engine import holds, moments, transitions
from ..engine.facts import BRAKED, STEP_COLUMNS
from ..engine.states import (
    ATTEMPTED,
    ENDS_COPIES,
    HALTED,
    LEFT_OUT,
    NOT_TO_SEND,
    RETRYABLE,
    SCHEDULED,
    STEP_MOVES,
    STEP_STATES,
    UNSENT,
    UPCOMING,
)
from ..policy.chasing_template_chooser import SAMPLES


class ChasingStep(models.Model):
    """One planned sending of one invoice. Only this model writes its state, through `_set_state`."""

    _name = "chasing.step"
    _inherit = ["chasing.step.mixin"]
    _description = "Chasing Step"
    _order = "scheduled_at, id"
    _rec_name = "step_label"
    _rec_names_search = ["schedule_id.move_id"]
    # A plan is made by the hundred thousand: what one row costs is what its columns, keys and indexes cost.
    _log_access = False
    _check_company_auto = True

    schedule_id = fields.Many2one("chasing.schedule", required=True, ondelete="cascade", index=True, readonly=True)
    move_id = fields.Many2one(related="schedule_id.move_id")
    company_id = fields.Many2one(related="schedule_id.company_id")
    # How many runs of the schedule came before the one it belongs to, and the instalment that run asks for (R7b).
    run = fields.Integer(readonly=True, aggregator=None)
    instalment = fields.Integer(readonly=True, aggregator=None)
    is_by_age = fields.Boolean(compute="_compute_is_by_age")
    occurrence = fields.Integer(required=True, default=1, readonly=True, aggregator=None)
    scheduled_at = fields.Datetime("When", readonly=True)
    start_date = fields.Date(readonly=True)
    floor_date = fields.Date(readonly=True)
    floor_hour = fields.Integer(readonly=True, aggregator=None)
    # Before which it does not go, since a payment left a balance (R42b).
    paid_floor_date = fields.Date(readonly=True)
    is_rescheduled = fields.Boolean(readonly=True)
    released_at = fields.Datetime(readonly=True)
    # When a hold took its messages out of the queue, until they are handed over anew or given up.
    taken_back_at = fields.Datetime(readonly=True)
    # When its mail server is expected to take it, and from then on to be judged again, until it goes (R113).
    waits_until = fields.Datetime(readonly=True)
    state = fields.Selection(list(STEP_STATES.items()), required=True, default="draft", readonly=True)
    reason_code = fields.Char(readonly=True)
    reason_values = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    prediction_code = fields.Char(readonly=True)
    prediction_values = fields.Json(readonly=True)
    # {channel: reason code} of the channels through which it would reach nobody.
    unreached = fields.Json(readonly=True)
    because_of_id = fields.Many2one("chasing.step", ondelete="set null", index="btree_not_null", readonly=True)
    is_dismissed = fields.Boolean(readonly=True)
    sent_at = fields.Datetime(readonly=True)
    # A person asked for this very message (R102): at the hour of this zone, empty for the company's.
    is_by_hand = fields.Boolean("Sent by Hand", readonly=True)
    is_copy = fields.Boolean("Copy", readonly=True, help="Sent though nothing is due any more.")
    is_thanks = fields.Boolean("Thank-You", readonly=True, help="Sent by itself because the invoice was paid (R78).")
    zone = fields.Char("Time Zone", readonly=True)
    _one_thanks = models.UniqueIndex(
        f"(schedule_id) WHERE is_thanks AND state NOT IN {LEFT_OUT}", "An invoice is thanked for once."
    )
    _predicted = models.Index("(prediction_code) WHERE prediction_code IS NOT NULL")
    _failing = models.Index(f"(scheduled_at, schedule_id) WHERE prediction_code IS NOT NULL AND state IN {UPCOMING}")
    _waits = models.Index("(waits_until) WHERE waits_until IS NOT NULL")
    _open = models.Index(f"(state, scheduled_at) WHERE state NOT IN {('sent', *LEFT_OUT)}")

    @api.depends("reason_code", "reason_values", "state")
    @api.depends_context("lang")
    def _compute_reason(self):
        behind = self._blocked_by_waiting()
        for step in self:
            code = step.reason_code or ("behind_waiting" if step in behind else False)
            step.reason = reason_text(self.env, code, step.reason_values)

    def _blocked_by_waiting(self):
        """Return those of these steps that wait with an earlier one until a person has acted on it (R101)."""
        planned = self.filtered(lambda step: step.state == "planned")
        waiting = planned and self.search([("schedule_id", "in", planned.schedule_id.ids), ("state", "=", "waiting")])
        facts = self.env["chasing.facts"]._steps(waiting.schedule_id) if waiting else {}
        behind = frozenset().union(*map(transitions.behind, facts.values()))
        return planned.filtered(lambda step: step.id in behind)

    @api.depends("trigger")
    def _compute_is_by_age(self):
        for step in self:
            step.is_by_age = step.trigger in engine_facts.BY_AGE

    @api.depends("is_by_hand", "is_copy", "is_thanks", "occurrence", "instalment", "schedule_id.instalment_count")
    def _compute_step_label(self):
        return super()._compute_step_label()

    def _label(self):
        if self.is_thanks:
            return self.env._("Thank-you")
        if self.is_by_hand:
            return self.env._("Copy by hand") if self.is_copy else self.env._("By hand")
        label = super()._label()
        if self.trigger == "repeat":
            label = self.env._(
                "%(interval)s, %(occurrence)s of %(times)s",
                interval=self._interval_text(),
                occurrence=self.occurrence,
                times=self.repeat_count,
            )
        count = self.schedule_id.instalment_count
        if not (self.instalment and self.is_by_age and count > 1):
            return label
        return self.env._(
            "%(step)s (instalment %(number)s of %(count)s)", step=label, number=self.instalment, count=count
        )

    def _sample_invoices(self):
        posted = self.move_id.sudo().filtered(lambda move: move.state == "posted")
        return posted[:SAMPLES] or super()._sample_invoices()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_attempted(self):
        """Refuse to delete what was attempted (R39)."""
        if any(step.state in ATTEMPTED for step in self):
            raise UserError(
                self.env._("A step that was sent or attempted is part of the invoice's history and cannot be deleted.")
            )

    def _facts(self):
        """Return these steps as the engine sees them, a list of StepFacts keyed by record id."""
        boxes = self._channel_boxes()
        return [
            engine_facts.StepFacts.from_row(
                {name: step[name].id if name == "role_id" else step[name] for name in (*STEP_COLUMNS, *boxes)}, boxes
            )
            for step in self
        ]

    # ------------------------------------------------------------------ hooks for what is under way

    def _with_history(self):
        """Return those of these steps that stay in the ledger although nothing of them was sent.

        Hook: here none, extended by dispatch.
        """
        return self.browse()

    def _withdraw(self):
        """Take back for good what of these steps still waits to leave (R32).

        Hook: extended by dispatch.
        """

    def _take_out_of_queue(self):
        """Take what of these steps waits to leave out of the queue for a hold (R36).

        Hook: extended by dispatch.
        """

    def _give_up_taken_back(self):
        """Give up handing over again what a hold took out of the queue (R36).

        Hook: extended by dispatch.
        """

    def _go_on_today(self, code, now):
        """Hand over again today what a hold that has ended took out of the queue (R36).

        Hook: extended by dispatch.

        :param code: the reason code of the hold
        """

    # ------------------------------------------------------------------ writing

    def _set_state(self, state, reason_code=False, values=False, **others):
        """Write the state of these steps, as nothing else does.

        A repeat is ignored, a move the table does not know is refused.

        Hook: extended by forecast.

        :param state: the new state
        :param reason_code: why, one of the engine's REASONS, or False to clear it
        :param values: what the reason's sentence says, see `reason_text`
        :param others: fields written with it
        """
        moving = self.filtered(lambda step: transitions.check_move(STEP_MOVES, step.state, state))
        if state in NOT_TO_SEND:
            moving._give_up_taken_back()
        written = {"reason_code": reason_code, "reason_values": values, "waits_until": False, **others}
        moving.write({"state": state, **written})
        repeated = (self - moving).filtered(lambda step: step.state not in ATTEMPTED or others)
        repeated.write(written)

    def _apply_changes(self, changes):
        """Write down where the engine put these steps, those that got the same answer in one go.

        That is each one's instant, and whether it is planned or skipped. Return the changes that changed something.

        :param changes: facts.Change of these steps
        """
        self.fetch(["state", "taken_back_at"])
        moved = [change for change in changes if change.planned]
        groups = defaultdict(list)
        for change in moved:
            groups[replace(change.planned, key=None, occurrence=1)].append(change.key)
        for planned, ids in groups.items():
            steps = self.browse(ids).with_prefetch(self._prefetch_ids)
            if planned.state == "held":
                # Other dates have come between.
                steps._give_up_taken_back()
            steps._set_state(
                planned.state,
                planned.reason_code or False,
                scheduled_at=planned.scheduled_at,
                start_date=planned.start_date or False,
                floor_date=planned.floor[0] if planned.floor else False,
                floor_hour=planned.floor[1] if planned.floor else 0,
                paid_floor_date=planned.paid_floor or False,
            )
        return moved

    def _postpone(self, until, reason_code, floor, paid_floor):
        """Wait until an instant (R42), which a floor keeps when it is planned again; without one the step is held.

        :param floor: (local date, hour), or None
        :param paid_floor: local date, None if it is no payment that postpones it (R42b)
        """
        if not until:
            self._set_state("held", reason_code)
            return
        values = {"scheduled_at": until, "reason_code": reason_code, "reason_values": False, "waits_until": False}
        if floor:
            values |= {"floor_date": floor[0], "floor_hour": floor[1]}
        if paid_floor:
            values["paid_floor_date"] = paid_floor
        self.write(values)

    def _wait_turn(self, until, reason_code, values, **others):
        """Wait where these are planned until something else makes room for them (R113).

        Their catch-up window begins now (R40), and they count for no brake any more (R47).

        :param until: the UTC instant at which they are judged again
        :param values: what the reason's sentence says
        """
        written = {"waits_until": until, "reason_code": reason_code, "reason_values": values}
        self.write({**written, "released_at": clock.now(self.env), **others})

    def _on_hold_change(self, old, new):
        """Hold these steps, or let them go, as the hold of their schedules begins, changes its reason, or ends.

        One that ends by itself skips what was missed meanwhile, except on issue, which goes (R8, R35b).
        """
        # Of fifty columns these are needed.
        self.fetch(["schedule_id", "state", "reason_code", "taken_back_at", "is_by_hand", "is_thanks"])
        # What is too little keeps nothing back that a person asked for (R46b, R102).
        kept = self.filtered(lambda step: new and not (step.is_by_hand and new in engine_facts.LEFT_OPEN))
        if kept:
            kept._hold(new)
        if self != kept:
            (self - kept)._let_go(old)

    def _hold(self, code):
        """Hold these steps for a reason code, and take out of the queue what of them waits to leave (R36).

        A thank-you is over then (R78).
        """
        self.filtered("is_thanks")._end_thanks(code)
        self._take_out_of_queue()
        # What the brake holds waits for its click, whatever else comes and goes.
        waiting = self.filtered(
            lambda step: step.state in SCHEDULED and (step.state, step.reason_code) != ("held", BRAKED)
        )
        said = {schedule.id: tuple((schedule.hold_values or {}).items()) for schedule in waiting.schedule_id}
        for values, steps in waiting.grouped(lambda step: said[step.schedule_id.id]).items():
            steps._set_state("held", code, dict(values) or False)

    def _end_thanks(self, code):
        """Take back for good those of these thank-yous that have not left, for a reason code (R78)."""
        self._withdraw()
        self.filtered(lambda step: step.state in UNSENT)._set_state("cancelled", code)
        self.filtered(lambda step: step.state in RETRYABLE).is_dismissed = True

    def _let_go(self, old):
        """Let these steps go on after a hold with a reason code, False for none; see `_on_hold_change`."""
        now, policies, changes = clock.now(self.env), self.env["chasing.facts"]._policies(), []
        open_ones = self.filtered(lambda step: step.state in HALTED)
        for schedule, steps in open_ones.grouped("schedule_id").items():
            ended_at = self.env["chasing.hold"]._ended_at(schedule, old, now)
            changes += holds.release(
                steps._facts(), old, policies.of(schedule), now, ended_at, schedule.held_at or None
            )
        open_ones._apply_changes(changes)
        self._go_on_today(old, now)

    def _zone(self):
        """Return the name of the zone whose clocks the hour of this step is one of (R5, R102)."""
        self.ensure_one()
        return self.zone or clock.zone(self.company_id)

    def _place(self):
        """Return (local date, local hour) of where this step stands, on the clocks of its zone."""
        self.ensure_one()
        place = moments.local(self.scheduled_at, self._zone())
        return place.date(), place.hour

    def _paid_floor(self, day):
        """Return the `paid_floor_date` of this step if a person puts it on a local date, False for none.

        What came in before does not postpone it any more then: that person knows (R42b).
        """
        last = moments.days_after(day, -self.company_id.chasing_partial_days).isoformat()
        is_within = any(last < paid <= day.isoformat() for paid in self.schedule_id.partial_days or ())
        return (self.paid_floor_date or is_within) and day

    def _goes_anyway(self):
        """Return whether it goes whatever became of chasing: a person asked for it, and it may be sent (R102)."""
        self.ensure_one()
        closure = self.schedule_id.closure
        if self.is_thanks:
            return closure == "paid"
        return self.is_by_hand and (not closure or (self.is_copy and closure not in ENDS_COPIES))

    def _instant(self):
        """Return when the step went, or is to go."""
        self.ensure_one()
        return (self.sent_at if self.state in ATTEMPTED else False) or self.waits_until or self.scheduled_at
