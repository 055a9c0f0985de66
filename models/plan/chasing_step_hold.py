from odoo import models

from ..common import clock
from ..engine import pauses
from ..engine.facts import BRAKED
from .chasing_step import ATTEMPTED


class ChasingStep(models.Model):
    """What the beginning and the end of a hold do to steps (R35b, R36)."""

    _inherit = "chasing.step"

    def _hold_changed(self, old, new):
        """A hold of the schedule began, changed its reason, or ended; one that ends by itself skips what was missed
        meanwhile, except on issue, which goes (R8, R35b)."""
        # of forty columns these are needed
        self.fetch(["schedule_id", "state", "reason_code", "taken_back_at"])
        if new:
            self.delivery_ids._take_back()
            # what the brake holds waits for its click, whatever else comes and goes
            waiting = self.filtered(
                lambda step: step.state in ("planned", "held") and (step.state, step.reason_code) != ("held", BRAKED)
            )
            said = {one.id: tuple((one.hold_values or {}).items()) for one in waiting.schedule_id}
            for values, steps in waiting.grouped(lambda step: said[step.schedule_id.id]).items():
                steps._set_state("held", new, dict(values) or False)
            return
        now, policies, changes = clock.now(self.env), self.env["chasing.planner"]._policies(), []
        open_ones = self.filtered(lambda step: step.state in ("held", "waiting"))
        for schedule, steps in open_ones.grouped("schedule_id").items():
            ended_at = schedule._hold_ended_at(old, now)
            changes += pauses.release(
                steps._facts(), old, policies.of(schedule), now, ended_at, schedule.held_at or None
            )
        open_ones._place_all(changes)
        self._go_on_today(old, now)

    def _go_on_today(self, code, now):
        """What a hold took out of the queue of steps of which something had left goes again if it ended on the same
        local day, else it was missed; what goes today goes with the next run (R36).

        :param code: the reason code of the hold
        """
        taken_back = self.env["chasing.delivery"].search([
            ("schedule_id", "in", self.schedule_id.ids),
            ("taken_back_at", "!=", False),
            ("state", "=", "queued"),
        ])
        if taken_back:
            rest = taken_back.filtered(lambda one: one.step_id.state in ATTEMPTED)
            today = rest.filtered(lambda one: one._was_taken_back_on_day(one.schedule_id._hold_ended_at(code, now)))
            today._hand_over_again(now)
            (rest - today)._set_state("cancelled")
            self.env.ref("invoice_chasing.ir_cron_dispatch")._trigger()

    def _give_up_taken_back(self):
        """What a hold took out of the queue is not handed over again (R36)."""
        taken_back = self.filtered("taken_back_at")
        taken_back.taken_back_at = False
        taken_back.delivery_ids._taken_back()._give_up()

    def _is_taken_back(self):
        """Whether nothing of it waits in a queue any more, for a hold took it out (R36)."""
        queued = self._newest_deliveries().filtered(lambda one: one.state == "queued")
        return bool(self.schedule_id.hold_reason) and all(queued.mapped("taken_back_at"))
