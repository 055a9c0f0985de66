from collections import defaultdict

from odoo import api, fields, models

from ..common import clock
from ..engine import shown, transitions, verdict
from ..engine.facts import BRAKED
from ..engine.states import ATTEMPTED, ENDED, HANDED_OVER, LOST, ONGOING, UNSENT
from . import step_files

# Outcome of the deliveries -> that of the step if one of its channels found nobody (R83, R85).
BESIDE_A_PROBLEM = {
    None: "failed",
    "cancelled": "failed",
    "skipped": "failed",
    "under_way": "partly",
    "sent": "partly",
}
# Of a step that was handed over and is over, while chasing goes on.
WITHDRAWN = ("withdrawn", "replaced")
LIFECYCLE_REASONS = {
    "disabled": "stopped",
    "cancelled": "chasing_cancelled",
    "written_off": "written_off",
    "collections": "collections",
    "by_hand": "not_chased",
}
BUTTON_TARGETS = [
    ("portal", "Customer portal"),
    ("pay", "Online payment"),
    ("none", "No button"),
]


class ChasingStep(models.Model):
    _inherit = "chasing.step"

    delivery_ids = fields.One2many("chasing.delivery", "step_id", "Deliveries")
    # What a person gave this one message besides its words (R74).
    button_text = fields.Char(readonly=True)
    button_target = fields.Selection(BUTTON_TARGETS, readonly=True)
    attachment_ids = fields.Many2many(
        "ir.attachment", "chasing_step_attachment_rel", "step_id", "attachment_id", "Attachments", readonly=True
    )
    # What the brake holds is counted whenever somebody looks (R47).
    _braked = models.Index(f"(schedule_id) WHERE reason_code = '{BRAKED}'")
    shown_state = fields.Selection(
        list(shown.SHOWN_STEP_STATES.items()), "Status", compute="_compute_shown_state", compute_sudo=True
    )

    @api.depends("state", "mode", "delivery_ids.shown_state", "delivery_ids.is_replaced")
    def _compute_shown_state(self):
        """Tell people the state of these steps.

        Hook: extended by `forecast`, whose `_shown_state` depends on more.
        """
        for step in self:
            step.shown_state = step._shown_state()

    def _shown_state(self):
        """Return what people are told of this step's state: of what was handed over, how far it has come (R83).

        Hook: extended by `forecast`.
        """
        waiting = self._newest_deliveries().filtered(
            lambda delivery: delivery.state == "queued" and not delivery.is_internal
        )
        return shown.shown_step(self.state, self.mode, waiting.mapped("shown_state"))

    # ------------------------------------------------------------------ files

    @api.model_create_multi
    def create(self, vals_list):
        """Check the files of a message, and let them live with its invoice (R74)."""
        steps = super().create(vals_list)
        if any(vals.get("attachment_ids") for vals in vals_list):
            steps._take_files()
        return steps

    def write(self, vals):
        """Check the files of a message, and let them live with its invoice (R74)."""
        result = super().write(vals)
        if vals.get("attachment_ids"):
            self._take_files()
        elif any(name.endswith("template_id") for name in vals):
            self._check_size(self.sudo().filtered("attachment_ids"))
        return result

    def _check_message(self):
        """Check whom and what these messages name, and let their files live with their invoices (R74).

        Whoever writes their rows past `create` and `write` asks for it.
        """
        self._validate_fields(["to_emails", "cc"])
        self._check_company(["to_ids"])
        self._take_files()

    def _take_files(self):
        steps = self.sudo().filtered("attachment_ids")
        if steps:
            step_files.check_readable(steps.attachment_ids.with_env(self.env))
            self._check_size(steps)
            official = steps.attachment_ids.browse(steps.move_id._chasing_pdfs().values())
            for step in steps.filtered(lambda step: step.attachment_ids & official):
                # It goes along anyway.
                step.attachment_ids -= official
            step_files.adopt(steps)

    def _check_size(self, steps):
        """Refuse more files than a message of these steps carries, as it would leave by now (R74).

        What is added later, to the template or as the invoice's PDF, is asked again when it is handed over.
        """
        pdfs, now = steps.move_id._chasing_pdfs(), clock.now(self.env)
        channels = [channel for channel in self.env["chasing.channel"]._all().values() if channel._carries_document]
        for step in steps:
            official = step.attachment_ids.browse(filter(None, [pdfs.get(step.move_id.id)]))
            for channel in channels:
                if channel._code in step._channels():
                    template = channel._template(step, max(now, step.scheduled_at or now)).sudo()
                    step_files.check_size(step.attachment_ids | official | template.attachment_ids)

    # ------------------------------------------------------------------ verdict

    @api.model
    def _due(self, schedules, now):
        """Return the steps of schedules that are due by a UTC instant; where chasing stands still, those by hand."""
        planned = [("schedule_id", "in", schedules.ids), ("state", "=", "planned"), ("scheduled_at", "<=", now)]
        asked_for = schedules.filtered("has_by_hand")
        steps = self.search(planned)
        if not asked_for:
            return steps
        return steps.filtered(
            lambda step: step.is_by_hand or (not step.schedule_id.closure and step.schedule_id.lifecycle in ONGOING)
        )

    def _verdicts(self, now, by=verdict.RUN):
        """Return {step: the engine's verdict} of these steps of one company.

        Those after one that is asked about get none, they wait with it (R101).

        :param now: the UTC instant to decide for
        :param by: who sends, one of the engine's RUN, PERSON, RETRY
        """
        schedules = self.schedule_id
        histories = schedules._contact_histories(now)
        # Of several that failed the newest is worth repeating: it goes first.
        due = self.sorted("scheduled_at", reverse=by == verdict.RETRY).grouped("schedule_id")
        verdicts = {}
        for schedule, invoice, policy in self.env["chasing.facts"]._cases(schedules):
            steps, history = due[schedule], histories[schedule.id]
            decided = verdict.decide_in_order(steps._facts(), invoice, policy, history, now, by)
            verdicts |= {step: decided[step.id] for step in steps if step.id in decided}
        return verdicts

    def _apply_verdict(self, decision):
        """Write down any verdict but Send, and return which it was."""
        match decision:
            case verdict.Send():
                return "send"
            case verdict.Ask():
                self._set_state("waiting", "waiting_for_person")
                return "waiting"
            case verdict.Skip(reason_code=code, because_of=first):
                self._set_state("skipped", code, because_of_id=first or False)
                return "skipped"
            case verdict.Fail(reason_code=code):
                self._set_state("failed", code)
                return "failed"
            case verdict.Wait(until=until, reason_code=code, floor=floor, paid_floor=paid_floor):
                self._postpone(until, code, floor, paid_floor)
                return "waited"

    def _ended_reason(self):
        """Return why this step is not sent any more, False while it can be.

        The invoice is closed, or a person ended its chasing (R33, R36, R41, R99).
        """
        schedule = self.schedule_id
        if self.is_by_hand:
            return not self._goes_anyway() and schedule.closure
        return schedule.closure or (schedule.lifecycle in ENDED and LIFECYCLE_REASONS[schedule.lifecycle])

    # ------------------------------------------------------------------ results

    def _pending_recipients(self, channel, recipients, with_unclear=False):
        """Return the recipients whom this step has not reached by a channel: a retry repeats what failed (R84).

        Where nobody knows whether it left, only a person who has asked may repeat it.

        :param recipients: engine Recipients
        :param with_unclear: a person is asked
        """
        reached = {
            delivery.address
            for delivery in self.delivery_ids
            if delivery.channel == channel
            and (delivery._is_live() or (delivery._is_outcome_unknown() and not with_unclear))
        }
        return [recipient for recipient in recipients if recipient.address not in reached]

    def _supersede_failures(self, channel, recipients):
        """Let what failed at an address that this step is not sent to any more count no longer (R84).

        The address was corrected, or the contact is gone.

        :param recipients: engine Recipients of this attempt
        """
        addresses = {recipient.address for recipient in recipients}
        self.delivery_ids.filtered(
            lambda delivery: delivery.channel == channel
            and delivery.state in LOST
            and delivery.address not in addresses
        ).write({"is_replaced": True})

    def _record_outcomes(self, problems, now):
        """Write down what became of steps that were tried, those with the same result in one go.

        Hook: extended by `forecast`, which predicts a retry of what failed.

        :param problems: {step: {channel: reason code}} of the channels that found nobody
        """
        outcomes = {step: step._outcome_with_problems(problems.get(step, {})) for step in self}
        self._write_outcomes(outcomes, sent_at=now, taken_back_at=False)

    def _write_outcomes(self, outcomes, **others):
        """Write down the outcomes of steps, those with the same in one go.

        :param outcomes: {step: (state, reason code, what its sentence says)}
        :param others: fields written with them
        """
        groups = defaultdict(self.browse)
        for step, (outcome, code, values) in outcomes.items():
            groups[outcome, code, tuple((values or {}).items())] |= step
        for (outcome, code, values), steps in groups.items():
            steps._set_state(outcome, code, dict(values) or False, is_dismissed=False, **others)

    def _outcome_with_problems(self, problems):
        """Return (state, reason code, what its sentence says): the deliveries decide, without any the problem does."""
        outcome = self._delivery_outcome()
        if self.is_thanks and problems and not outcome:
            # Nobody has to mend anything for it.
            outcome = "skipped"
        elif problems:
            outcome = BESIDE_A_PROBLEM.get(outcome, outcome)
        return outcome, *self._outcome_reason(outcome, problems)

    def _outcome_reason(self, outcome, problems):
        """Return (reason code, what its sentence says) of an outcome; one that needs no words has none."""
        if outcome in HANDED_OVER:
            return self._waiting_reason(outcome), False
        if outcome == "partly" and not problems and not self._newest_deliveries().filtered(_is_lost):
            # A draft is posted again, and this step is over all the same.
            closure = self.schedule_id.closure
            return closure if closure and closure != "draft" else "withdrawn", False
        is_copy_alone = outcome == "skipped" and not problems
        return ("internal_only", False) if is_copy_alone else self._first_problem(problems)

    def _waiting_reason(self, outcome):
        """Return what a step that is under way, or the rest of one that was sent, waits for (R83)."""
        queued = self._newest_deliveries().filtered(lambda delivery: delivery.state == "queued")
        if awaited := next(filter(None, (delivery._awaited_reason() for delivery in queued)), None):
            return awaited
        if outcome == "under_way":
            return "quiet_hours" if any(delivery._waits_for_its_hour() for delivery in queued) else False
        return "rest_under_way" if queued else False

    def _newest_deliveries(self):
        """Return what counts: the newest delivery of each channel and address that was not given up."""
        tried = self.delivery_ids.filtered(lambda delivery: not delivery.is_replaced).sorted("id")
        return tried.browse({(delivery.channel, delivery.address): delivery.id for delivery in tried}.values())

    def _delivery_outcome(self):
        """Return the state that the deliveries give this step."""
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
        """Follow the deliveries: what comes back later changes the step, and who is responsible is told (R83, R87).

        Hook: extended by `forecast`, which predicts a retry of what failed.
        """
        outcomes = {}
        for step in self:
            # One that a person moved to another day, or a hold holds, is to go again: that decides.
            outcome = step._delivery_outcome() if step.state not in UNSENT else None
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
                outcomes[step] = (outcome, *step._outcome_reason(outcome, {}))
            elif outcome in HANDED_OVER:
                step.reason_code = step._waiting_reason(outcome)
        self._write_outcomes(outcomes)
        # What somebody took back needs no alert.
        changed = self.filtered(lambda step: step in outcomes and step._newest_deliveries().filtered(_is_lost))
        self.env["chasing.alert"]._notify(changed)

    def _is_withdrawn(self):
        """Return whether it was handed over and taken back for good, by a person or a cadence that replaced its own."""
        return self.state == "cancelled" and self.reason_code in WITHDRAWN

    def _left_a_channel_out(self):
        """Return whether it is partly sent for a channel that found nobody, which has no delivery to ask (R83)."""
        return self.state == "partly" and self.reason_code in ("no_recipient", "no_role_contact")

    def _withdrawn(self):
        """Note that nothing left after all: the message was taken back from the queue for good (R32, R32b).

        A drafted invoice's step waits again, another's is over.
        """
        schedule = self.schedule_id
        if self.is_thanks:
            self._set_state(
                "cancelled", (schedule.closure == "paid" and schedule.hold_reason) or "not_paid", sent_at=False
            )
        elif schedule.closure == "draft":
            self._set_state("draft", sent_at=False)
        else:
            code = self._ended_reason() or "withdrawn"
            if not self.is_by_hand:
                code = schedule.closure or LIFECYCLE_REASONS.get(schedule.lifecycle, "withdrawn")
            self._set_state("cancelled", code, sent_at=False)

    def _with_history(self):
        """Return those of which something was handed over, too."""
        deliveries = self.env["chasing.delivery"].search([("step_id", "in", self.ids)])
        return super()._with_history() | deliveries.step_id

    def _withdraw(self):
        super()._withdraw()
        self.delivery_ids._withdraw()

    def _take_out_of_queue(self):
        super()._take_out_of_queue()
        self.delivery_ids._take_back()

    def _go_on_today(self, code, now):
        """Hand over with the next run what the hold took out of the queue of steps of which something had left (R36).

        So it is if it ended on the same local day; else that was missed.
        """
        super()._go_on_today(code, now)
        taken_back = self.env["chasing.delivery"].search([
            ("schedule_id", "in", self.schedule_id.ids),
            ("taken_back_at", "!=", False),
            ("state", "=", "queued"),
        ])
        if taken_back:
            holds = self.env["chasing.hold"]
            rest = taken_back.filtered(lambda delivery: delivery.step_id.state in ATTEMPTED)
            today = rest.filtered(
                lambda delivery: delivery._was_taken_back_on_day(holds._ended_at(delivery.schedule_id, code, now))
            )
            today._hand_over_again(now)
            (rest - today)._set_state("cancelled")
            self.env.ref("invoice_chasing.ir_cron_dispatch")._trigger()

    def _is_to_follow(self, at, channels=None):
        """Return whether another step about the invoice goes before this one, which then is no first message (R70).

        Hook: what is still to go, extended by `forecast`. With `channels` only what goes by one of these counts.

        :param at: the UTC instant at which this one goes
        """
        return False

    def _give_up_taken_back(self):
        """Cancel what a hold took out of the queue."""
        super()._give_up_taken_back()
        taken_back = self.filtered("taken_back_at")
        taken_back.taken_back_at = False
        taken_back.delivery_ids._taken_back()._give_up()

    def _is_taken_back(self):
        """Return whether nothing of it waits in a queue any more, for a hold took it out (R36)."""
        queued = self._newest_deliveries().filtered(lambda delivery: delivery.state == "queued")
        return bool(self.schedule_id.hold_reason) and all(queued.mapped("taken_back_at"))


def _is_lost(delivery):
    return delivery.state in LOST
