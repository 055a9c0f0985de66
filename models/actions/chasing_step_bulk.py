from datetime import timedelta

from odoo import fields, models

from ..common import clock
from ..common.wording import sentence
from ..engine import moments
from ..plan.chasing_schedule import OPEN_STATUSES
from ..plan.chasing_step import LIFECYCLE_REASONS

# one of STEP_ACTS -> the word of `allowed` without which it is refused
WORDS = {
    "send": "send_now",
    "done": "done",
    "retry": "retry",
    "reschedule": "reschedule",
    "skip": "skip",
    "dismiss": "dismiss",
}


class ChasingStep(models.Model):
    """What an act on many asks each step, and what becomes of many that are moved."""

    _inherit = "chasing.step"

    def _refusal(self, act):
        """Why an act is not possible on this step now, False if it is.

        :param act: one of STEP_ACTS
        """
        self.ensure_one()
        if WORDS[act] not in self._allowed_words(is_collector=True):
            return self._why_not(act)
        is_unclear = act == "retry" and any(delivery._is_unclear() for delivery in self.delivery_ids)
        return is_unclear and sentence(self.env, "unclear")

    def _why_not(self, act):
        schedule = self.schedule_id
        if schedule.closure or schedule.status not in OPEN_STATUSES:
            return sentence(self.env, schedule.closure or LIFECYCLE_REASONS[schedule.lifecycle])
        if act == "send" and self.mode == "task":
            return self._task_text()
        if act == "done" and self.mode != "task":
            return self.env._("Only a task can be marked as done.")
        if act in ("send", "retry") and schedule.hold_reason:
            return schedule.hold_sentence
        if act == "dismiss" and self.is_dismissed:
            return self.env._("It was dismissed already.")
        states = dict(self._fields["state"]._description_selection(self.env))
        return self.env._("Not possible while the step is: %(state)s.", state=states[self.state])

    def _reschedule_to(self, day=None, hour=None, days=0):
        """Move these steps.

        :param day: to this local date, at `hour`; None: by `days`, at the hour each has
        """
        day = fields.Date.to_date(day)
        for place, steps in self.grouped(lambda step: (day, hour) if day else step._moved(days)).items():
            steps._reschedule(*place)
        return True

    def _moved(self, days):
        """(local date, hour) so many days after this step is planned or, if that is over, after today."""
        place = moments.local(self.scheduled_at, self.company_id._chasing_timezone())
        return max(place.date(), clock.today(self.company_id)) + timedelta(days), place.hour

    def action_ask_many(self, act):
        """Ask once before doing something with these steps, or with all that a list shows (R52).

        :param act: one of STEP_ACTS
        """
        steps = self.env["chasing.dialog"]._all_selected(self)
        steps.check_access("read")
        return self.env["chasing.steps"]._ask(act, steps)
