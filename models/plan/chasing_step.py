from collections import defaultdict
from dataclasses import replace
from itertools import compress, product

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common import clock
from ..common.wording import sentence
from ..engine import facts as engine_facts
from ..engine import moments, transitions
from ..policy.chasing_wording import SAMPLES

STATES = [
    ("draft", "Draft"),
    ("planned", "Planned"),
    ("held", "Held"),
    ("waiting", "Waiting for You"),
    ("under_way", "Under Way"),
    ("sent", "Sent"),
    ("partly", "Partly Sent"),
    ("failed", "Failed"),
    ("skipped", "Skipped"),
    ("cancelled", "Cancelled"),
]
UNSENT = ("draft", "planned", "held", "waiting")
LIVE = ("queued", "sent", "delivered")
ATTEMPTED = ("under_way", "sent", "partly", "failed")
# states in which nothing is to be handed over again
GOES_NO_MORE = ("draft", "failed", "skipped", "cancelled")
FACT_COLUMNS = (
    "id",
    "trigger",
    "days",
    "date",
    "hour",
    "repeat_count",
    "occurrence",
    "channel_email",
    "channel_sms",
    "channel_letter",
    "role_id",
    "mode",
    "state",
    "reason_code",
    "scheduled_at",
    "start_date",
    "floor_date",
    "floor_hour",
    "sent_at",
    "is_rescheduled",
    "released_at",
    "taken_back_at",
)
# whether a step is none of a run that is over (R7b)
IS_CURRENT = SQL(
    "(chasing_step.trigger NOT IN %s OR COALESCE(chasing_step.run, 0) = COALESCE(own.run, 0))", engine_facts.BY_AGE
)
# (e-mail, SMS, letter) -> the channels of a step with these boxes ticked
CHANNEL_SETS = {
    ticked: frozenset(compress(engine_facts.CHANNELS, ticked)) for ticked in product((False, True), repeat=3)
}
# outcome of the deliveries -> that of the step if one of its channels found nobody (R83, R85)
BESIDE_A_PROBLEM = {
    None: "failed",
    "cancelled": "failed",
    "skipped": "failed",
    "under_way": "partly",
    "sent": "partly",
}
# of a step that was handed over and is over, while chasing goes on
WITHDRAWN = ("withdrawn", "replaced")
LIFECYCLE_REASONS = {
    "disabled": "stopped",
    "cancelled": "chasing_cancelled",
    "written_off": "written_off",
    "collections": "collections",
}


class ChasingStep(models.Model):
    """One planned sending of one invoice. Only this model writes its state, through `_set_state`."""

    _name = "chasing.step"
    _inherit = ["chasing.step.mixin"]
    _description = "Chasing Step"
    _order = "scheduled_at, id"
    _rec_name = "step_label"
    _rec_names_search = ["schedule_id.move_id"]
    # a plan is made by the hundred thousand: what one row costs is what its columns, keys and indexes cost
    _log_access = False
    _check_company_auto = True

    schedule_id = fields.Many2one("chasing.schedule", required=True, ondelete="cascade", index=True, readonly=True)
    move_id = fields.Many2one(related="schedule_id.move_id")
    company_id = fields.Many2one(related="schedule_id.company_id")
    # how many runs of the schedule came before the one it belongs to, and the instalment that run asks for (R7b)
    run = fields.Integer(readonly=True, aggregator=None)
    instalment = fields.Integer(readonly=True, aggregator=None)
    is_by_age = fields.Boolean(compute="_compute_is_by_age")
    occurrence = fields.Integer(required=True, default=1, readonly=True, aggregator=None)
    scheduled_at = fields.Datetime("When", readonly=True)
    start_date = fields.Date(readonly=True)
    floor_date = fields.Date(readonly=True)
    floor_hour = fields.Integer(readonly=True, aggregator=None)
    is_rescheduled = fields.Boolean(readonly=True)
    released_at = fields.Datetime(readonly=True)
    # when a hold took its messages out of the queue, until they are handed over anew or given up
    taken_back_at = fields.Datetime(readonly=True)
    state = fields.Selection(STATES, required=True, default="draft", readonly=True)
    reason_code = fields.Char(readonly=True)
    reason_values = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    prediction_code = fields.Char(readonly=True)
    prediction_values = fields.Json(readonly=True)
    # {channel: reason code} of the channels through which it would reach nobody
    unreached = fields.Json(readonly=True)
    because_of_id = fields.Many2one("chasing.step", ondelete="set null", index="btree_not_null", readonly=True)
    is_dismissed = fields.Boolean(readonly=True)
    sent_at = fields.Datetime(readonly=True)
    delivery_ids = fields.One2many("chasing.delivery", "step_id", "Deliveries")

    _predicted = models.Index("(prediction_code) WHERE prediction_code IS NOT NULL")
    _open = models.Index("(state, scheduled_at) WHERE state NOT IN ('sent', 'skipped', 'cancelled')")

    @api.depends("reason_code", "reason_values", "state")
    @api.depends_context("lang")
    def _compute_reason(self):
        behind = self._behind()
        for step in self:
            code = step.reason_code or ("behind_waiting" if step in behind else False)
            step.reason = sentence(self.env, code, step.reason_values)

    def _behind(self):
        """Those of these steps that wait with an earlier one until a person has acted on it (R101)."""
        planned = self.filtered(lambda step: step.state == "planned")
        waiting = planned and self.search([("schedule_id", "in", planned.schedule_id.ids), ("state", "=", "waiting")])
        facts = self._facts_of(waiting.schedule_id) if waiting else {}
        behind = frozenset().union(*map(transitions.behind, facts.values()))
        return planned.filtered(lambda one: one.id in behind)

    @api.depends("trigger")
    def _compute_is_by_age(self):
        for step in self:
            step.is_by_age = step.trigger in engine_facts.BY_AGE

    @api.depends("occurrence", "instalment", "schedule_id.instalment_count")
    def _compute_step_label(self):
        return super()._compute_step_label()

    def _label(self):
        label = super()._label()
        if self.trigger == "repeat":
            label = self.env._(
                "Every %(days)s days, %(occurrence)s of %(times)s",
                days=self.days,
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

    @api.model
    def _still_there(self, values):
        """Remembered values without the templates that were deleted since; without its contact role a step would go to
        others, so that is refused."""
        own = {name: value for name, value in values.items() if name in self._fields}
        gone = {
            name
            for name, value in own.items()
            if self._fields[name].type == "many2one" and not self[name].browse(value).exists()
        }
        if "role_id" in gone:
            raise UserError(self.env._("The contact role of one of its former steps was deleted."))
        return {name: value for name, value in own.items() if name not in gone}

    def _do_again(self, remembered):
        """Skip or move this step if a person had done so; a day that has passed is not gone back to.

        :param remembered: the values that `chasing.schedule._remembered` told of it
        """
        if "left_out" in remembered:
            self._set_state("skipped", "skipped_by_person", remembered["left_out"])
        elif "moved_to" in remembered:
            place = fields.Date.to_date(remembered["moved_to"]), remembered["moved_hour"]
            at = moments.instant(*place, self.company_id._chasing_timezone())
            if at >= clock.now(self.env):
                floor_date, floor_hour = place
                self._set_state(
                    "planned", scheduled_at=at, floor_date=floor_date, floor_hour=floor_hour, is_rescheduled=True
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_attempted(self):
        """R39: what was attempted stays."""
        if any(step.state in ATTEMPTED for step in self):
            raise UserError(self.env._("A step that was sent or tried is part of the invoice's history and stays."))

    # ------------------------------------------------------------------ facts in, state out

    def _facts(self):
        """These steps as the engine sees them: a list of StepFacts, keyed by record id."""
        return [
            fact_of(*(step[name].id if name == "role_id" else step[name] for name in FACT_COLUMNS)) for step in self
        ]

    @api.model
    def _facts_of(self, schedules):
        """{schedule id: StepFacts of its steps in their order}."""
        return {
            schedule_id: [fact_of(*row) for row in rows] for schedule_id, rows in self._fact_rows_of(schedules).items()
        }

    @api.model
    def _fact_rows_of(self, schedules):
        """{schedule id: the values of FACT_COLUMNS of its steps in their order, without those of runs that are over
        (R7b)}, in one statement: for thousands of schedules reading the fields one by one takes longer than everything
        that is done with them."""
        self.flush_model(["schedule_id", "run", *FACT_COLUMNS])
        schedules.flush_model(["run"])
        found = {schedule_id: [] for schedule_id in schedules.ids}
        for schedule_id, *values in self.env.execute_query(
            SQL(
                """
                SELECT schedule_id, %s FROM chasing_step JOIN chasing_schedule AS own ON own.id = schedule_id
                WHERE schedule_id = ANY(%s) AND %s ORDER BY scheduled_at, chasing_step.id
                """,
                SQL(", ").join(SQL.identifier("chasing_step", name) for name in FACT_COLUMNS),
                schedules.ids,
                IS_CURRENT,
            )
        ):
            found[schedule_id].append(values)
        return found

    def _set_state(self, state, reason_code=False, values=False, **others):
        """The one writer of a step's state: a repeat is ignored, a move the table does not know is refused.

        :param state: the new state
        :param reason_code: why, one of the engine's REASONS, or False to clear it
        :param values: what the reason's sentence says, see `sentence`
        :param others: fields written with it
        """
        moving = self.filtered(lambda step: transitions.check_move(transitions.STEP_MOVES, step.state, state))
        if state in GOES_NO_MORE:
            moving._give_up_taken_back()
        moving.write({"state": state, "reason_code": reason_code, "reason_values": values, **others})
        repeated = (self - moving).filtered(lambda step: step.state not in ATTEMPTED or others)
        repeated.write({"reason_code": reason_code, "reason_values": values, **others})

    def _place_all(self, changes):
        """Write down where the engine put these steps: each one's instant, and whether it is planned or skipped; those
        that got the same answer in one go. Return the changes that changed something.

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
                # other dates have come between
                steps._give_up_taken_back()
            steps._set_state(
                planned.state,
                planned.reason_code or False,
                scheduled_at=planned.scheduled_at,
                start_date=planned.start_date or False,
                floor_date=planned.floor[0] if planned.floor else False,
                floor_hour=planned.floor[1] if planned.floor else 0,
            )
        return moved

    def _postpone(self, until, reason_code, floor):
        """Wait until an instant (R42), which `floor` keeps when it is planned again; without one the step is held.

        :param floor: (local date, hour), or None
        """
        if not until:
            self._set_state("held", reason_code)
            return
        values = {"scheduled_at": until, "reason_code": reason_code, "reason_values": False}
        if floor:
            values |= {"floor_date": floor[0], "floor_hour": floor[1]}
        self.write(values)

    # ------------------------------------------------------------------ sending

    def _not_yet_reached(self, channel, recipients, with_unclear=False):
        """Those recipients whom this step has not reached through this channel: a retry repeats only what failed (R84).
        Where nobody knows whether it left, only a person who has asked may repeat it.

        :param recipients: engine Recipients
        :param with_unclear: a person is asked
        """
        reached = {
            delivery.address
            for delivery in self.delivery_ids
            if delivery.channel == channel and (delivery._is_live() or (delivery._is_unclear() and not with_unclear))
        }
        return [recipient for recipient in recipients if recipient.address not in reached]

    def _replace_lost(self, channel, recipients):
        """What failed at an address that this step is not sent to any more counts no longer: the address was corrected,
        or the contact is gone (R84).

        :param recipients: engine Recipients of this attempt
        """
        addresses = {recipient.address for recipient in recipients}
        self.delivery_ids.filtered(
            lambda one: one.channel == channel and one.state in ("failed", "bounced") and one.address not in addresses
        ).write({"is_replaced": True})

    def _handed_over(self, problems, now):
        """Write down what became of steps that were tried, those with the same result in one go.

        :param problems: {step: {channel: reason code}} of the channels that found nobody
        """
        groups = defaultdict(self.browse)
        for step in self:
            outcome, code, values = step._result(problems.get(step, {}))
            groups[outcome, code, tuple((values or {}).items())] |= step
        for (outcome, code, values), steps in groups.items():
            steps._set_state(outcome, code, dict(values) or False, sent_at=now, is_dismissed=False, taken_back_at=False)

    def _result(self, problems):
        """(state, reason code, what its sentence says): the deliveries decide, and without any the problem does."""
        outcome = self._outcome()
        if problems:
            outcome = BESIDE_A_PROBLEM.get(outcome, outcome)
        return outcome, *self._outcome_reason(outcome, problems)

    def _outcome_reason(self, outcome, problems):
        """(reason code, what its sentence says) of an outcome; one that needs no words has none."""
        if outcome in ("under_way", "sent"):
            return self._waiting_reason(outcome), False
        if outcome == "partly" and not problems and not self._newest_deliveries().filtered(_is_lost):
            # a draft is posted again, and this step is over all the same
            closure = self.schedule_id.closure
            return closure if closure and closure != "draft" else "withdrawn", False
        return ("internal_only", False) if outcome == "skipped" else self._first_problem(problems)

    def _waiting_reason(self, outcome):
        """What a step that is under way, or the rest of one that was sent, waits for (R83)."""
        queued = self._newest_deliveries().filtered(lambda one: one.state == "queued")
        if any(one.letter_id.provider_code == "print" for one in queued):
            return "letter_to_print"
        if outcome == "under_way":
            return "quiet_hours" if any(queued.mapped("leaves_at")) else False
        return "rest_under_way" if queued else False

    def _newest_deliveries(self):
        """What counts: the newest delivery of each channel and address, without those whose address was given up."""
        tried = self.delivery_ids.filtered(lambda one: not one.is_replaced).sorted("id")
        return tried.browse({(one.channel, one.address): one.id for one in tried}.values())

    def _outcome(self):
        """The state that the deliveries give this step."""
        newest = self._newest_deliveries()
        copies = newest.filtered("is_internal")
        return transitions.step_outcome((newest - copies).mapped("state"), copies.mapped("state"))

    def _first_problem(self, problems):
        lost = self._newest_deliveries().filtered(_is_lost)[:1]
        if lost:
            return lost.failure_code, lost._reason_values()
        channel, code = next(iter(problems.items()), (False, False))
        return code, {"channel": channel, "role": self.role_id.name or None} if code else False

    def _delivery_changed(self):
        """Follow the deliveries: what comes back later changes the step, and who is responsible is told (R83, R87)."""
        changed = self.browse()
        for step in self:
            # one that a person moved to another day, or a hold holds, is to go again: that decides
            outcome = step._outcome() if step.state not in UNSENT else None
            if step._left_a_channel_out():
                outcome = BESIDE_A_PROBLEM.get(outcome, outcome)
            if outcome == "cancelled" != step.state:
                step._withdrawn()
            elif outcome == "under_way" and step._is_taken_back():
                schedule = step.schedule_id
                step._set_state(
                    "held",
                    schedule.hold_reason,
                    schedule.hold_values,
                    sent_at=False,
                    taken_back_at=clock.now(self.env),
                )
            elif outcome and outcome != step.state:
                step._set_state(outcome, *step._outcome_reason(outcome, {}), is_dismissed=False)
                changed |= step
            elif outcome in ("under_way", "sent"):
                step.reason_code = step._waiting_reason(outcome)
        # what somebody took back needs no alert
        self.env["chasing.alert"]._tell(changed.filtered(lambda one: one._newest_deliveries().filtered(_is_lost)))

    def _is_withdrawn(self):
        """Whether it was handed over and taken back for good, by a person or by a cadence that replaced its own."""
        return self.state == "cancelled" and self.reason_code in WITHDRAWN

    def _left_a_channel_out(self):
        """Whether it is partly sent for a channel that found nobody, of which there is no delivery to ask (R83)."""
        return self.state == "partly" and self.reason_code in ("no_recipient", "no_role_contact")

    def _withdrawn(self):
        """Nothing left after all: the message was taken back from the queue for good. A drafted invoice's step waits
        again, another's is over (R32, R32b)."""
        schedule = self.schedule_id
        if schedule.closure == "draft":
            self._set_state("draft", sent_at=False)
        else:
            code = schedule.closure or LIFECYCLE_REASONS.get(schedule.lifecycle, "withdrawn")
            self._set_state("cancelled", code, sent_at=False)


def fact_of(
    key,
    trigger,
    days,
    date,
    hour,
    repeat_count,
    occurrence,
    email,
    sms,
    letter,
    role,
    mode,
    state,
    reason_code,
    scheduled_at,
    start_date,
    floor_date,
    floor_hour,
    sent_at,
    rescheduled,
    released_at,
    taken_back_at,
):
    """The StepFacts of the values of FACT_COLUMNS."""
    return engine_facts.StepFacts(
        key=key,
        trigger=trigger,
        days=days or 0,
        date=date or None,
        hour=hour or 0,
        repeat_count=repeat_count or 0,
        occurrence=occurrence,
        channels=CHANNEL_SETS[bool(email), bool(sms), bool(letter)],
        role=role or None,
        mode=mode,
        state=state,
        reason_code=reason_code or None,
        scheduled_at=scheduled_at or None,
        start_date=start_date or None,
        floor=(floor_date, floor_hour or 0) if floor_date else None,
        attempted=bool(sent_at),
        rescheduled=bool(rescheduled),
        released_at=released_at or None,
        taken_back_at=taken_back_at or None,
    )


def _is_lost(delivery):
    return delivery.state in ("failed", "bounced")
