from odoo import api, models
from odoo.exceptions import LockError, UserError

from ..common import client_actions, clock, user_input
from ..common.json_list import JsonList
from ..common.wording import reason_text, translate
from ..engine import definition, holds, transitions
from ..engine.reasons import REFUSED_BY_STATUS
from ..engine.states import OPEN_STATUSES, RESTARTABLE_STATUSES, RETRYABLE, STATUS_OF_LIFECYCLE, UNSENT
from ..plan.chasing_schedule import PAUSE_REASONS

# A click does these, and Undo takes them back; nothing is asked first.
ONE_CLICK_ACTS = ("enable", "mark_sent")


class ChasingSchedule(models.Model):
    """Let people act on the chasing of one or many invoices.

    Each act asks who may, what is allowed now, and leaves a note on the invoice (R23, R36, R99).
    """

    _inherit = "chasing.schedule"

    allowed = JsonList(compute="_compute_allowed", compute_sudo=True)

    def _allowed(self, action):
        """Return those on which an action is allowed now (R99); raise if it is allowed on none.

        :param action: a word of the engine's ALLOWED
        """
        schedules = self._as_collector()
        schedules._claim_responsibility()
        allowed = schedules.filtered(lambda schedule: action in transitions.ALLOWED[schedule._chased_status()])
        if schedules and not allowed:
            raise UserError(
                self.env._(
                    "%(invoice)s: %(reason)s",
                    invoice=schedules[0].move_id.display_name,
                    reason=translate(self.env, REFUSED_BY_STATUS[schedules[0]._chased_status()]),
                )
            )
        return allowed

    def action_do(self, act):
        """Do what needs no asking with the chasing of these invoices, and answer with a toast that offers to undo it.

        :param act: one of ONE_CLICK_ACTS
        """
        if act not in ONE_CLICK_ACTS:
            raise UserError(self.env._("There is no action called %(act)s.", act=act))
        return self.env["chasing.bulk.run"]._act(act, self)

    def action_pause(self, until=None, reason=None):
        """Hold the steps (R36).

        :param until: the local date on which chasing goes on by itself, or None
        :param reason: a word of PAUSE_REASONS or a text of one's own
        """
        schedules = self._allowed("pause")
        until = user_input.parse_pause_end(self.env, until, schedules.company_id)
        reason = user_input.parse_reason(self.env, reason)
        why = dict(PAUSE_REASONS).get(reason, reason) or self.env._("no reason given")
        for part in schedules._in_chunks():
            part.write({
                "lifecycle": "paused",
                "paused_at": clock.now(self.env),
                "paused_until": until,
                "pause_reason": reason,
            })
            part._log(
                self.env._("Chasing paused until %(date)s (%(reason)s).", date=until, reason=why)
                if until
                else self.env._("Chasing paused (%(reason)s).", reason=why)
            )
        return True

    def action_resume(self, missed="next"):
        """Go on after a pause (R36).

        :param missed: what becomes of the steps missed meanwhile: `last` sends the newest of them, `next` skips them,
            `shift` moves every step by the length of the pause
        """
        if missed not in ("last", "next", "shift"):
            raise UserError(self.env._("Choose what happens to steps missed during the pause: last, next or shift."))
        schedules = self._allowed("resume").filtered(lambda schedule: schedule.lifecycle == "paused")
        if not schedules:
            raise UserError(self.env._("Chasing was not paused manually. Fix the reason for the hold instead."))
        for part in schedules._in_chunks():
            part._resume(missed)
            part._end_pause()
            self.env["chasing.hold"]._hold_steps(part)
            part._log(self.env._("Chasing resumed."))
        return True

    def _resume(self, missed):
        """Let go what the pause held."""
        now, policies, changes = clock.now(self.env), self.env["chasing.facts"]._policies(), []
        facts = self.env["chasing.facts"]._steps(self)
        for schedule in self:
            changes += holds.resume(facts[schedule.id], missed, schedule.paused_at, policies.of(schedule), now)
        self.step_ids._apply_changes(changes)

    def action_disable(self):
        """Stop and keep the plan (R36)."""
        for part in self._allowed("disable")._in_chunks():
            part._on_settled()
            part.write({"lifecycle": "disabled", "stopped_at": clock.now(self.env)})
            part._withdraw_chasing()
            part._log(self.env._("Chasing disabled."))
        return True

    def _withdraw_chasing(self):
        """Take back for good what waits to leave, but for what a person asked for (R102)."""
        self.delivery_ids.filtered(lambda delivery: not delivery.step_id.is_by_hand)._withdraw()

    def action_enable(self):
        """Start again what was disabled or stopped by a closed invoice: the steps are planned anew (R34, R36).

        Hook: what only carries messages by hand is given a cadence, extended by `assignment`.
        """
        schedules = self._allowed("enable").filtered(lambda schedule: not schedule.closure)
        if not schedules:
            raise UserError(self.env._("This invoice is closed. There is nothing to chase."))
        for part in schedules._in_chunks():
            part.filtered("chosen_none").write({"assigned_by": "invoice", "rule_id": False})
            part._start_again()
            part._log(self.env._("Chasing enabled."))
        return True

    def _start_again(self):
        """Go on with the steps there are, planned as if attached now (R11)."""
        self._on_settled()
        self.write({"lifecycle": "running", "chosen_none": False, "stopped_at": False})
        self.env["chasing.money"]._moved(moves=self.move_id.ids)
        self.env["chasing.instalment.run"]._follow(self, self.move_id._chasing_instalments())
        self.env["chasing.planner"].sudo()._replan(self, anew=True)

    def action_cancel(self):
        """End chasing; only a cadence applied anew starts it again (R36)."""
        for part in self._allowed("cancel")._in_chunks():
            part._end("cancelled", "chasing_cancelled")
            part._log(self.env._("Chasing cancelled."))
        return True

    def _end(self, lifecycle, reason_code):
        """Let nothing more leave: unsent steps are cancelled, waiting messages withdrawn."""
        self.step_ids.filtered(lambda step: step.state in UNSENT)._set_state("cancelled", reason_code)
        self._on_settled()
        self.write({
            "lifecycle": lifecycle,
            "stopped_at": clock.now(self.env),
            "money_hold": False,
            "recheck_at": False,
        })
        self.delivery_ids._withdraw()

    def action_mark_sent(self):
        """Say that the customer has the invoice, or take that back (R9).

        The on-issue message is skipped, or planned again.
        """
        schedules = self._as_collector()
        # It is undone only where nothing is left to mark: of a mixed selection the rest is marked.
        if all(schedule.marked_sent for schedule in schedules):
            schedules._unmark_sent()
        else:
            schedules._mark_sent()
        return True

    def _mark_sent(self):
        """Say of those that nothing has reached yet that the customer has the invoice (R9)."""
        fresh = self._as_collector().filtered(lambda schedule: not schedule.first_sent_at)
        fresh.marked_sent = True
        fresh.filtered(lambda schedule: not schedule.move_id.is_move_sent).marked_in_odoo = True
        fresh._first_sent(clock.now(self.env))
        self.env["chasing.planner"].sudo()._replan(fresh)
        fresh._log(self.env._("Marked as sent."))

    def _unmark_sent(self):
        """Take back that the customer has the invoice (R9)."""
        marked = self._as_collector().filtered("marked_sent")
        for schedule in marked:
            schedule.write({"marked_sent": False, "first_sent_at": schedule._first_left_at()})
        unmarked = marked.filtered(lambda schedule: schedule.marked_in_odoo and not schedule.first_sent_at)
        unmarked._mark_in_odoo(False)
        marked.marked_in_odoo = False
        self.env["chasing.planner"].sudo()._replan(marked)
        marked._log(self.env._("No longer marked as sent."))

    def _choose_people(self, **people):
        """Choose who looks after these, and in whose name their messages leave.

        :param people: `own_responsible_id`, `own_sender_id`, each the id of a user, False for what the cadence says
        """
        users = self.env["res.users"]
        self._set_responsible(**{name: users.browse(user_id or ()) for name, user_id in people.items()})

    def _blocked_reasons(self, act):
        """Return {schedule: why an act is not possible on it now} of those of these schedules on which it is not (R99).

        A retry is possible where one failed step can be sent again.

        :param act: one of ACTS
        """
        reasons = {schedule: schedule._blocked_reason(act) for schedule in self}
        blocked = {schedule: reason for schedule, reason in reasons.items() if reason}
        if act == "retry":
            stuck = self._failed_steps()._blocked_reasons(act)
            for schedule in self:
                failed = schedule._failed_steps()
                if failed and all(step in stuck for step in failed):
                    blocked[schedule] = stuck[failed[0]]
        return blocked

    def _blocked_reason(self, act):
        """Return why an act is not possible on this schedule now, False if it is (R99).

        Hook: rooms that add an act say it of theirs.

        :param act: one of ACTS
        """
        self.ensure_one()
        if act == "retry":
            return not self._failed_steps() and self.env._("No step failed.")
        if act == "reschedule":
            possible = self._chased_status() in OPEN_STATUSES and self.status != "draft" and self._next_step()
            return not possible and self.env._("No step is scheduled.")
        if act == "resume" and self.status == "paused" and self.lifecycle != "paused":
            return self.hold_sentence or self._braked_text() or self.env._("Chasing was not paused manually.")
        if act == "enable" and self.closure:
            return reason_text(self.env, self.closure)
        if act in ("mark_sent", "unmark_sent"):
            return self._mark_blocked_reason(act)
        if act == "responsible":
            return False
        if act in transitions.ALLOWED[self._chased_status()]:
            return False
        return translate(self.env, REFUSED_BY_STATUS[self._chased_status()])

    def _chased_status(self):
        """Return the status that chasing has: a failed message by hand makes nobody chase the invoice (R102)."""
        stopped = STATUS_OF_LIFECYCLE.get(self.lifecycle)
        return stopped if stopped and self.status == "failed" else self.status

    def _mark_blocked_reason(self, act):
        if self._chased_status() not in OPEN_STATUSES:
            return reason_text(self.env, self.closure) or self.env._("It is not being chased.")
        if act == "unmark_sent":
            return not self.marked_sent and self.env._("It was not marked as sent.")
        return bool(self.first_sent_at) and self.env._("It was already sent.")

    def _braked_text(self):
        return self.brake_text and self.env._(
            "%(reason)s A chasing manager can do so above the list under Chasing.", reason=self.brake_text
        )

    def _failed_steps(self):
        return self.step_ids.filtered(lambda step: step.state in RETRYABLE and not step.is_dismissed)

    def _retry_failed(self):
        """Send again those failed steps of these that can be sent again (R84)."""
        steps = self._failed_steps()
        blocked = steps.sudo()._blocked_reasons("retry")
        possible = steps.filtered(lambda step: step not in blocked)
        if not possible:
            raise UserError(next(iter(blocked.values()), self.env._("No step failed.")))
        return possible._going_together()._retry()

    def _reschedule_next(self, **place):
        """Move the next step of each.

        :param place: see `chasing.step._reschedule_to`
        """
        return self.env["chasing.step"].union(*(schedule._next_step() for schedule in self))._reschedule_to(**place)

    def _edit(self, cadence, lines):
        """Give this schedule these steps; attempted ones stay. It is customised unless it equals its cadence.

        :param cadence: the chasing.cadence it is said to come from, may be empty
        :param lines: records of the step mixin, saved
        """
        self.ensure_one()
        schedule = self._as_collector()
        self.company_id._chasing_check_usable(cadence)
        try:
            schedule.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("Messages of this invoice are being sent right now. Try again in a moment.")
            ) from error
        wanted = lines._templates()
        if cadence != schedule.cadence_id:
            schedule.write({"cadence_id": cadence.id, **cadence.sudo()._terms(), **self._chosen_by_person()})
        self.env["chasing.planner"].sudo()._change(schedule, wanted, entry_point="next")
        schedule.is_customised = not schedule._equals(cadence.sudo())
        schedule._log(self.env._("Chasing edited: %(steps)s.", steps=", ".join(schedule.step_ids.mapped("step_label"))))

    @api.model
    def _chosen_by_person(self):
        """Return the values that say that a person chose what a schedule has.

        Hook: extended by `assignment`, where a rule or an act on many may have chosen it before.
        """
        return {"assigned_by": "invoice"}

    def _equals(self, cadence):
        """Tell whether these are the steps the cadence gives, and nothing else."""
        steps = self._current_steps()
        own = {
            (definition.definition(facts), tuple(step._copied().values()))
            for step, facts in zip(steps, steps._facts(), strict=True)
        }
        given = {
            (definition.definition(facts), tuple(line._copied().values()))
            for line in cadence.step_ids
            for facts in definition.expand(line._definitions()[0])
        }
        return bool(cadence) and own == given

    def action_open_invoice(self):
        """Open the invoice of this schedule, where its chasing is steered."""
        self.ensure_one()
        return client_actions.open_form(self.move_id, self.display_name, "account.view_move_form")

    @api.depends("status", "lifecycle", "chosen_none", "marked_sent", "first_sent_at", "step_ids.state")
    @api.depends_context("uid")
    def _compute_allowed(self):
        is_collector = self.env.user.has_group("invoice_chasing.group_user")
        is_manager = self.env.user.has_group("invoice_chasing.group_manager")
        # Worked out for all of these at once.
        self.env["chasing.step"].union(*(schedule._next_step() for schedule in self)).mapped("allowed")
        for schedule in self:
            acts = schedule._allowed_acts() if is_collector else set()
            if is_manager and schedule.brake_text:
                acts.add("release")
            schedule.allowed = sorted(acts)

    def _allowed_acts(self):
        """Return the set of what a collector may do with this schedule (R36, R99, R9).

        Hook: extended by rooms that add an act.
        """
        acts = set(transitions.ALLOWED[self._chased_status()])
        if self.lifecycle != "paused":
            # Something else holds it: its cure ends the hold, not a click here.
            acts -= {"resume"}
        if self.closure and self.closure != "draft":
            acts -= {"enable"}
        if self.chosen_none:
            # There may be no step to go on with.
            again = {"change_cadence", *(acts & {"enable"} if self.step_ids else ())}
            return again if self.closure in (False, "draft") else set()
        if self._chased_status() in OPEN_STATUSES:
            acts |= {"edit", "change_cadence"}
            acts |= {"take_back"} if self.marked_sent else set() if self.first_sent_at else {"mark_sent"}
        if self.status in RESTARTABLE_STATUSES and not self.closure:
            acts |= {"change_cadence"}
        if self._can_send_now():
            acts |= {"send_now"}
        return acts

    def _can_send_now(self):
        """Tell whether a person may send the next step now, and somebody would get it (R101)."""
        step = self._next_step()
        return bool(step) and "send_now" in step.allowed
