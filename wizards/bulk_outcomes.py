"""What the invoices in a dialog are, and what an act makes of them."""

from ..models.common import clock, formats
from ..models.common.wording import selection_labels
from ..models.engine import holds, moments, timeline
from ..models.engine.states import SENDING_STATUSES, UPCOMING
from .chasing_changes import Change

# Act -> the status that follows from it, whatever the steps are.
STATUS_AFTER = {
    "pause": "paused",
    "disable": "stopped",
    "cancel": "cancelled",
    "write_off": "written_off",
    "take_back_write_off": "stopped",
    "collections": "collections",
}


class Outcomes:
    """Describe the schedules in a `chasing.bulk` dialog for its list of what changes."""

    def __init__(self, dialog):
        self.dialog, self.env = dialog, dialog.env
        self.now = clock.now(dialog.env)
        self.statuses = selection_labels(dialog.env["chasing.schedule"], "status")

    def of(self, schedules):
        """Return {schedule: Change} of those on which the act is possible."""
        describe = {
            "resume": self._resumed,
            "enable": self._enabled,
            "reschedule": self._rescheduled,
            "retry": self._retried,
            "mark_sent": self._marked,
            "unmark_sent": self._marked,
        }.get(self.dialog.act, self._given_status)
        return describe(schedules)

    def standing(self, schedule):
        """Return 'Active, next Tue 24 Nov 09:00', 'Paused'."""
        return self._status_text(schedule, schedule.status, schedule.next_at)

    def _status_text(self, schedule, status, next_at):
        label = self.statuses[status]
        if status not in SENDING_STATUSES or not next_at:
            return label
        return self.env._("%(status)s, next %(when)s", status=label, when=self._when(schedule, next_at))

    def _when(self, schedule, at):
        return formats.instant(self.env, at, clock.zone(schedule.company_id), self.now)

    def _given_status(self, schedules):
        after = self.statuses[STATUS_AFTER[self.dialog.act]]
        if self.dialog.act == "pause" and self.dialog.until:
            after = self.env._("Paused until %(day)s", day=formats.day(self.env, self.dialog.until))
        return {schedule: Change(self.standing(schedule), after) for schedule in schedules}

    def _resumed(self, schedules):
        facts, policies = self.env["chasing.facts"]._steps(schedules), self.env["chasing.facts"]._policies()
        others = self.env["chasing.hold"]._of(schedules)
        found = {}
        for schedule in schedules:
            steps, policy = facts[schedule.id], policies.of(schedule)
            changes = holds.resume(steps, self.dialog.missed, schedule.paused_at or self.now, policy, self.now)
            is_held = any(hold.code != "paused" for hold in others[schedule])
            found[schedule] = self._going_on(schedule, steps, changes, is_held)
        return found

    def _enabled(self, schedules):
        facts, found = self.env["chasing.facts"], {}
        steps = facts._steps(schedules)
        held = self.env["chasing.hold"]._on_disabled(schedules)
        for schedule, invoice, policy in facts._cases(schedules):
            changes = timeline.replan(steps[schedule.id], invoice, policy, self.now, anew=True)
            found[schedule] = self._going_on(schedule, steps[schedule.id], changes, schedule in held)
        return found

    def _going_on(self, schedule, steps, changes, is_held):
        """Return the Change of a schedule that goes on with its steps as the engine puts them.

        :param steps: its StepFacts
        :param changes: the engine's Change of each
        """
        places = [change.planned or step for step, change in zip(steps, changes, strict=True)]
        coming = [place.scheduled_at for place in places if place.state in UPCOMING]
        if is_held:
            status = "paused"
        else:
            status = "active" if coming else "expired"
        skipped = sum(
            bool(change.planned) and change.planned.state == "skipped" and step.state != "skipped"
            for step, change in zip(steps, changes, strict=True)
        )
        after = self._status_text(schedule, status, min(coming, default=None))
        note = skipped and self.env._("Skipped, their date has passed: %(count)s", count=skipped)
        return Change(self.standing(schedule), after, note or "")

    def _rescheduled(self, schedules):
        return {schedule: self.moved(schedule._next_step()) for schedule in schedules}

    def moved(self, step):
        """Return the Change of a step that is given another time."""
        schedule, dialog = step.schedule_id, self.dialog
        timezone = step._zone()
        if dialog.how == "days":
            place = step._moved(min(max(dialog.days, 0), 3650))
        else:
            place = dialog.day, dialog.hour
        at = place[0] and place[1] in range(24) and moments.instant(*place, timezone)
        return Change(self._when(schedule, step.scheduled_at), self._when(schedule, at) if at else "", step.step_label)

    def _retried(self, schedules):
        after = self.env._("Sent again now")
        return {
            schedule: Change(
                self.standing(schedule), after, " ".join(filter(None, schedule._failed_steps().mapped("reason")))
            )
            for schedule in schedules
        }

    def _marked(self, schedules):
        states = self.env._("Not sent"), self.env._("Marked as sent")
        before, after = states if self.dialog.act == "mark_sent" else reversed(states)
        return {schedule: Change(before, after) for schedule in schedules}
