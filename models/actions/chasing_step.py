from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools.mail import is_html_empty

from ..common import clock, formats, user_input
from ..common.access import check_collector
from ..common.json_list import JsonList
from ..common.typed_text import from_editor
from ..common.wording import reason_text, translate
from ..dispatch.chasing_step import LIFECYCLE_REASONS
from ..engine import holds, moments, verdict
from ..engine.cures import cure_of
from ..engine.reasons import REFUSED_BY_STATE
from ..engine.states import ATTEMPTED, LEFT_OUT, OPEN_STATUSES, RETRYABLE, STEP_MOVES, UNSENT

# By these acts something leaves at once.
SENDING = ("send_now", "retry")
# A click does these, and Undo takes them back; nothing is asked first.
ONE_CLICK_ACTS = ("skip", "done", "dismiss")
# In this state -> a person may do this with the step while its invoice is chased.
ACTIONS = {
    "draft": ("preview", "write"),
    "planned": ("preview", "write", "send_now", "reschedule", "skip"),
    "held": ("preview", "write", "send_now", "reschedule", "skip"),
    "waiting": ("preview", "write", "send_now", "reschedule", "skip", "done"),
    "under_way": ("open",),
    "sent": ("open",),
    "partly": ("retry", "reschedule", "dismiss", "open"),
    "failed": ("retry", "reschedule", "dismiss", "open"),
    "skipped": ("preview", "send_now"),
    "cancelled": (),
}


class ChasingStep(models.Model):
    """Let people act on a step: send it now, retry, dismiss, skip or move it (R36, R39, R84)."""

    _name = "chasing.step"
    _inherit = ["chasing.step", "chasing.sending.mixin"]

    allowed = JsonList(compute="_compute_allowed", compute_sudo=True)

    def _as_collector(self):
        """Return these steps with the rights to change them, their schedules and invoices locked.

        A person's sending and the dispatcher exclude each other (R33).
        """
        self.check_access("read")
        self.schedule_id._as_collector()._claim_responsibility()
        steps = self.sudo()
        try:
            steps.schedule_id.lock_for_update(allow_referencing=True)
            steps.move_id.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("Messages of this invoice are being sent right now. Try again in a moment.")
            ) from error
        return steps

    def action_send_now(self):
        """Send these steps now, whatever their date; a closed or held invoice refuses.

        Hook: `forms` says what came of it.
        """
        check_collector(self.env)
        self._check_not_sent()
        self._make_documents_first()
        steps = self._as_collector()
        steps._check_not_sent()
        waited = steps.filtered(lambda step: step.state == "waiting")
        steps._send_by_hand()
        waited._shift_following(clock.now(self.env))
        return True

    def _check_not_sent(self):
        self._check_not_under_way()
        if any(step.state in ATTEMPTED for step in self):
            raise UserError(self.env._("This step was already sent. Use Retry for recipients it did not reach."))
        self._check_no_task()

    def _check_not_under_way(self):
        if any(step.state == "under_way" for step in self):
            raise UserError(self.env._("This step is already under way. Wait until it is sent or fails."))

    def _check_no_task(self):
        """Refuse a task: it is a person's to do, and sends nothing (R101)."""
        if any(step.mode == "task" for step in self):
            raise UserError(self._task_text())

    def _task_text(self):
        return self.env._("This is a task. Mark it as done or skip it.")

    def action_retry(self):
        """Send again to exactly those whom a failed step did not reach (R84).

        Hook: `forms` asks first where something may have left after all.
        """
        return self._retry()

    def _retry_unclear(self):
        """Send again what failed and what may have left as well: a person has asked the customer."""
        self._as_collector()
        self.sudo().delivery_ids.filtered(lambda delivery: delivery._is_outcome_unknown()).is_replaced = True
        return self.action_retry() if self.state in RETRYABLE else self.action_send_now()

    def _retry(self):
        check_collector(self.env)
        self._check_failed()
        self._make_documents_first(retry=True)
        steps = self._as_collector()
        steps._check_failed()
        steps._send_by_hand(retry=True)
        steps.schedule_id._log(self.env._("Failed step retried."))
        return True

    def action_do(self, act):
        """Do what needs no asking with these steps, and answer with a toast that offers to undo it.

        :param act: one of ONE_CLICK_ACTS
        """
        if act not in ONE_CLICK_ACTS:
            raise UserError(self.env._("There is no action called %(act)s.", act=act))
        is_one_by_hand = act == "skip" and len(self) == 1 and self.is_by_hand
        message = self.env._("1 message cancelled.") if is_one_by_hand else None
        return self.env["chasing.bulk.run"]._act(act, self, message=message)

    def _check_failed(self):
        if any(step.state not in RETRYABLE for step in self):
            raise UserError(self.env._("Only a failed or partly sent step can be retried."))

    def _going_together(self):
        """Return those of these failed steps that can be retried at once (R17).

        Of several about one invoice the newest goes first, and uses up the others' day.
        """
        now, going = clock.now(self.env), self.browse()
        for company, steps in self.grouped("company_id").items():
            decisions = steps.with_company(company)._manual_verdicts(now, retry=True)
            going |= steps.filtered(lambda step, found=decisions: isinstance(found[step], verdict.Send))
        return going

    def action_fix(self):
        """Tell what to do about what keeps this step from leaving.

        Hook: `forms` opens where it is put right.
        """
        raise UserError(self.reason or self.env._("Nothing keeps this step from being sent."))

    def action_dismiss(self):
        """Take a failure off the list of what needs somebody (R84).

        Hook: `forms` says what came of it.
        """
        steps = self._as_collector()
        if any(step.state not in RETRYABLE for step in steps):
            raise UserError(self.env._("Only a failed or partly sent step can be dismissed."))
        steps.write({"is_dismissed": True})
        steps.schedule_id._log(self.env._("Failure dismissed."))
        return True

    def action_skip(self):
        """Leave these steps out; what waited with one of them moves (R101). A message by hand is taken back (R102).

        Hook: `forms` says what came of it.
        """
        steps = self._as_collector()
        if any(step.state not in UNSENT for step in steps):
            raise UserError(self.env._("Only a step that has not been sent can be skipped."))
        waited = steps.filtered(lambda step: step.state == "waiting")
        by_hand, user = steps.filtered("is_by_hand"), {"user": self.env.user.name}
        (steps - by_hand)._set_state("skipped", "skipped_by_person", user)
        by_hand._set_state("cancelled", "taken_back", user)
        waited._shift_following(clock.now(self.env))
        steps._log_each(lambda step: step._left_out_text())
        return True

    def _left_out_text(self):
        if self.is_by_hand:
            return self.env._("Message taken back: %(step)s.", step=self.step_label)
        return self.env._("Step skipped: %(step)s.", step=self.step_label)

    @api.constrains("button_text")
    def _check_button_text(self):
        self.env["chasing.placeholder"]._check_plain(self, "button_text")

    def _set_text(self, subject, body):
        """Give this step, which has not been sent, a subject and a text of its own; empty ones are the template's."""
        steps = self._as_collector()
        if any(step.state not in UNSENT for step in steps):
            raise UserError(self.env._("This step was already sent. Its text can no longer be changed."))
        steps.write({"subject": subject, "body": from_editor(body) if not is_html_empty(body) else False})
        for schedule in steps.schedule_id:
            schedule.is_customised = not schedule._equals(schedule.cadence_id)
        steps._log_each(lambda step: self.env._("Text changed: %(step)s.", step=step.step_label))
        steps._text_changed()

    def _text_changed(self):
        """Let follow what depends on what these steps say.

        Hook: extended by `forecast`, which predicts them anew.
        """

    def _log_each(self, text):
        """Note on the invoices what was done with these steps.

        :param text: takes a step, gives what is said of it
        """
        said = defaultdict(list)
        for step in self:
            said[step.move_id.id].append(text(step))
        self.schedule_id._log({move_id: " ".join(texts) for move_id, texts in said.items()})

    def _scheduled_text(self):
        when = formats.dated_instant(self.env, self.scheduled_at, self._zone())
        return self.env._("Message scheduled for %(when)s.", when=when)

    def _moved_text(self):
        when = formats.dated_instant(self.env, self.scheduled_at, self._zone())
        return self.env._("%(step)s moved to %(when)s.", step=self.step_label, when=when)

    def _reschedule(self, day, hour, zone=None):
        """Send these steps at another local date and hour (R84); a failed one becomes planned again.

        :param day: a local date from today on, not before the invoice's (R10), within ten years
        :param hour: a whole local hour
        :param zone: the name of the zone of that date and hour, False for the company's; None: the one each has
        """
        steps = self._as_collector()
        steps._check_not_over()
        steps._check_not_under_way()
        if zone is not None:
            steps.zone = user_input.parse_zone(self.env, zone)
        for step in steps:
            at = moments.instant(day, hour, step._zone())
            self.env["chasing.hand"]._check_ahead(step.schedule_id, day, at)
            if step.state == "sent":
                raise UserError(self.env._("This step was already sent."))
            if step.state == "waiting":
                step._set_state("planned")
                step._shift_following(at)
            step._give_up_taken_back()
            if step.state in LEFT_OUT:
                step.delivery_ids.is_replaced = True
            paid_floor = step._paid_floor(day)
            step._set_state(
                "planned",
                scheduled_at=at,
                floor_date=day,
                floor_hour=hour,
                paid_floor_date=paid_floor,
                is_rescheduled=True,
            )
        steps._log_each(lambda step: step._moved_text())
        self.env["chasing.planner"]._finish(steps.schedule_id)
        return True

    def _blocked_reasons(self, act):
        """Return {step: why an act is not possible on it now} of those of these steps on which it is not.

        Hook: what the full verdict says of those that are sent, extended by `forecast`.

        :param act: one of STEP_ACTS
        """
        reasons = {step: step._blocked_reason(act) for step in self}
        return {step: reason for step, reason in reasons.items() if reason}

    def _blocked_reason(self, act):
        """Return why an act is not possible on this step now, False if it is.

        :param act: one of STEP_ACTS
        """
        self.ensure_one()
        if act not in self._allowed_acts(is_collector=True):
            return self._explain_blocked(act)
        is_unclear = act == "retry" and any(delivery._is_outcome_unknown() for delivery in self.delivery_ids)
        return is_unclear and reason_text(self.env, "unclear")

    def _explain_blocked(self, act):
        schedule = self.schedule_id
        if (schedule.closure or schedule._chased_status() not in OPEN_STATUSES) and not self._goes_anyway():
            return reason_text(self.env, schedule.closure or LIFECYCLE_REASONS[schedule.lifecycle])
        if act == "send_now" and self.mode == "task":
            return self._task_text()
        if act == "done" and self.mode != "task":
            return self.env._("Only a task can be marked as done.")
        if act in SENDING and schedule.hold_reason:
            return schedule.hold_sentence
        if act == "dismiss" and self.is_dismissed:
            return self.env._("It was already dismissed.")
        return translate(self.env, REFUSED_BY_STATE[self.state])

    def _reschedule_to(self, day=None, hour=None, days=0, zone=None):
        """Move these steps.

        :param day: to this local date, at `hour`; None: by `days`, at the hour each has
        :param zone: see `_reschedule`
        """
        day = fields.Date.to_date(day)
        for place, steps in self.grouped(lambda step: (day, hour) if day else step._moved(days)).items():
            steps._reschedule(*place, zone)
        return True

    def _take_place(self, state, reason_code, reason_values, **others):
        """Give these steps the state, the reason and the place they had before something that is undone."""
        barred = self.filtered(lambda step: state not in (step.state, *STEP_MOVES[step.state]))
        barred._set_state("planned")
        self._set_state(state, reason_code, reason_values, **others)

    def _moved(self, days):
        """Return (local date, hour) so many days after this step is planned or, if that is over, after today."""
        day, hour = self._place()
        today = moments.local(clock.now(self.env), self._zone()).date()
        return max(day, today) + timedelta(days), hour

    @api.depends(
        "state", "is_dismissed", "schedule_id.status", "schedule_id.hold_reason", "delivery_ids.mail_message_id"
    )
    @api.depends_context("uid")
    def _compute_allowed(self):
        is_collector = self.env.user.has_group("invoice_chasing.group_user")
        acts = {step: step._allowed_acts(is_collector) for step in self}
        hopeless = self.filtered(lambda step: not acts[step].isdisjoint(SENDING))._hopeless()
        for step in self:
            if step in hopeless:
                acts[step] -= set(SENDING)
                acts[step] |= {"fix"} if cure_of(hopeless[step]) else set()
            step.allowed = sorted(acts[step])

    def _hopeless(self):
        """Return {step: reason code} of those of which nothing would leave if a person sent or retried them now.

        Hook: what the full verdict says, extended by `forecast`.
        """
        return {}

    def _allowed_acts(self, is_collector):
        """Return the set of what a person may do with this step now, whatever its recipients."""
        acts = set(ACTIONS.get(self.state, ()))
        schedule = self.schedule_id
        if self.is_by_hand and self.state in LEFT_OUT and schedule.status != "draft":
            # No cadence has another one: it is scheduled again.
            acts |= {"reschedule"}
        if not is_collector:
            acts &= {"open", "preview"}
        if schedule._chased_status() not in OPEN_STATUSES and not self._goes_anyway():
            acts &= {"open"}
        if schedule.status == "draft":
            acts -= set(SENDING)
        elif schedule.hold_reason:
            # What is too little holds a run and a retry, and no person (R46b).
            acts -= {"retry"} if schedule.hold_reason in holds.LEFT_OPEN else set(SENDING)
        acts -= {"send_now", "write"} if self.mode == "task" else {"done"}
        if self.is_dismissed:
            acts -= {"dismiss"}
        if not self.delivery_ids.mail_message_id:
            acts -= {"open"}
        return acts

    def action_done(self):
        """Note that a person did the task this step was (R101).

        Hook: `forms` says what came of it.
        """
        steps = self._as_collector()
        if any((step.mode, step.state) != ("task", "waiting") for step in steps):
            raise UserError(self.env._("Only a task that is due can be marked as done."))
        now = clock.now(self.env)
        steps._set_state("sent", "done_by_person", {"user": self.env.user.name}, sent_at=now)
        steps._log_each(lambda step: self.env._("Task done: %(step)s.", step=step.step_label))
        steps._shift_following(now)
        return True

    def _shift_following(self, now):
        """Move what steps that waited for a person held up by as long as they waited, in whole days.

        While another one still waits it stays where it is (R101).

        :param now: the UTC instant until which they waited
        """
        policies = self.env["chasing.facts"]._policies()
        for schedule, waited in self.grouped("schedule_id").items():
            steps = schedule.step_ids
            if "waiting" not in steps.mapped("state"):
                since = min(waited.mapped("scheduled_at"))
                steps._apply_changes(holds.delay(steps._facts(), since, policies.of(schedule), now))
