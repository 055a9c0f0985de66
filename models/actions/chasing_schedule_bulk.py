from odoo import models
from odoo.exceptions import UserError

from ..common.wording import sentence
from ..engine import transitions
from ..plan.chasing_schedule import OPEN_STATUSES


class ChasingSchedule(models.Model):
    """What an act on many asks each of them."""

    _inherit = "chasing.schedule"

    def _refusal(self, act):
        """Why an act is not possible on this schedule now, False if it is (R99).

        :param act: one of ACTS
        """
        self.ensure_one()
        if act == "retry":
            return not self._failed_steps() and self.env._("No step failed.")
        if act == "reschedule":
            possible = self.status in OPEN_STATUSES and self.status != "draft" and self._next_step()
            return not possible and self.env._("No step is to come.")
        if act == "resume" and self.status == "paused" and self.lifecycle != "paused":
            return self.hold_sentence or self._braked_text() or self.env._("Nobody paused it.")
        if act == "enable" and self.closure:
            return sentence(self.env, self.closure)
        if act in transitions.ALLOWED[self.status]:
            return False
        statuses = dict(self._fields["status"]._description_selection(self.env))
        return self.env._("Not possible while it is: %(status)s.", status=statuses[self.status])

    def _braked_text(self):
        return self.brake_text and self.env._(
            "%(reason)s A chasing manager lets them go, above the list under Chasing.", reason=self.brake_text
        )

    def _failed_steps(self):
        return self.step_ids.filtered(lambda step: step.state in ("failed", "partly") and not step.is_dismissed)

    def _retry_failed(self):
        """Send the failed steps of these again; what may have left after all is a person's to judge, one by one."""
        steps = self._failed_steps()
        if any(delivery._is_unclear() for delivery in steps.delivery_ids):
            raise UserError(sentence(self.env, "unclear"))
        return steps._retry()

    def _reschedule_next(self, **place):
        """Move the next step of each.

        :param place: see `chasing.step._reschedule_to`
        """
        return self.env["chasing.step"].union(*(schedule._next_step() for schedule in self))._reschedule_to(**place)

    # ------------------------------------------------------------------ asking before

    def action_ask(self, act):
        """Open the dialog that asks before something is done to these schedules, or to all that a list shows.

        :param act: a word of ACTS, or `change_cadence`
        """
        schedules = self.env["chasing.dialog"]._all_selected(self)
        schedules.check_access("read")
        if act == "change_cadence":
            return self.env["chasing.assign"]._ask(schedules.move_id, self.env._("Change Cadence"))
        if act == "write_off":
            self._check_accountant()
        return self.env["chasing.write.off" if act == "write_off" else "chasing.bulk"]._ask(act, schedules)
