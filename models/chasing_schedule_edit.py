from odoo import models
from odoo.exceptions import LockError, UserError

from .engine import definition


class ChasingSchedule(models.Model):
    """What a person edits on one invoice's schedule (R22, R39)."""

    _inherit = "chasing.schedule"

    def _edit(self, cadence, lines):
        """Give this schedule these steps; attempted ones stay. It is customised unless it equals its cadence.

        :param cadence: the chasing.cadence it is said to come from, may be empty
        :param lines: records of the step mixin, saved
        """
        self.ensure_one()
        schedule = self._steered()
        self.company_id._chasing_check_usable(cadence)
        try:
            schedule.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("Messages of this invoice are being sent right now. Try again in a moment.")
            ) from error
        wanted = self.env["chasing.forecast"]._copied_values(lines)
        if cadence != schedule.cadence_id:
            schedule.write({"cadence_id": cadence.id, **cadence.sudo()._terms()})
        self.env["chasing.planner"].sudo()._change(schedule, wanted, entry_point="next")
        schedule.is_customised = not schedule._equals(cadence.sudo())
        schedule._log(self.env._("Chasing edited: %(steps)s.", steps=", ".join(schedule.step_ids.mapped("step_label"))))

    def _equals(self, cadence):
        """Whether these are the steps the cadence gives, and nothing else."""
        own = {
            (definition.definition(facts), tuple(step._copied().values()))
            for step, facts in zip(self.step_ids, self.step_ids._facts(), strict=True)
        }
        given = {
            (definition.definition(facts), tuple(line._copied().values()))
            for line in cadence.step_ids
            for facts in definition.expand(line._definitions()[0])
        }
        return bool(cadence) and own == given
