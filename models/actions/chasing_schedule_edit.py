from dataclasses import replace

from odoo import models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL

from ..engine import definition
from ..engine.facts import BY_AGE
from ..plan.chasing_schedule import CHOSEN_BY_PERSON
from ..plan.chasing_step import WITHDRAWN
from ..policy.chasing_step_mixin import COPIED, TERMS


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
            schedule.write({"cadence_id": cadence.id, **cadence.sudo()._terms(), **CHOSEN_BY_PERSON})
        self.env["chasing.planner"].sudo()._change(schedule, wanted, entry_point="next")
        schedule.is_customised = not schedule._equals(cadence.sudo())
        schedule._log(self.env._("Chasing edited: %(steps)s.", steps=", ".join(schedule.step_ids.mapped("step_label"))))

    def _equals(self, cadence):
        """Whether these are the steps the cadence gives, and nothing else."""
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

    # ------------------------------------------------------------------ what it was before

    def _remembered(self):
        """{schedule id: its terms and steps as JSON text, from which `_restore` gives them again}, in one statement:
        what each step says, and what a person did with it."""
        steps, names = self.env["chasing.step"], (*COPIED, "occurrence", "start_date")
        steps.flush_model([*names, "run", "reason_code", "reason_values", "is_rescheduled", "floor_date", "floor_hour"])
        self.flush_recordset([*TERMS, "run"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT s.id, json_build_object(
                        'terms', json_build_object(%s),
                        'steps', (
                            SELECT json_agg(json_strip_nulls(json_build_object(%s,
                                'moved_to', CASE WHEN t.is_rescheduled THEN t.floor_date END,
                                'moved_hour', CASE WHEN t.is_rescheduled THEN t.floor_hour END,
                                'left_out', CASE WHEN t.reason_code = 'skipped_by_person' THEN t.reason_values END
                            )) ORDER BY t.id)
                            FROM chasing_step t WHERE t.schedule_id = s.id
                                AND (t.trigger NOT IN %s OR COALESCE(t.run, 0) = COALESCE(s.run, 0))
                                AND (t.state = 'cancelled' AND t.reason_code IN %s) IS NOT TRUE
                        )
                    )::text
                    FROM chasing_schedule s WHERE s.id = ANY(%s)
                    """,
                    SQL(", ").join(SQL("%s, %s", name, SQL.identifier("s", name)) for name in TERMS),
                    SQL(", ").join(SQL("%s, %s", name, SQL.identifier("t", name)) for name in names),
                    BY_AGE,
                    WITHDRAWN,
                    self.ids,
                )
            )
        )

    def _restore(self, remembered):
        """Give these schedules the terms and steps that one of them had; attempted steps stay as they are, and what is
        under way of others is taken back (R36).

        :param remembered: what `_remembered` told, read from its JSON
        """
        steps = self.env["chasing.step"].sudo()
        lines = [steps.new(steps._still_there(values)) for values in remembered["steps"] or ()]
        wanted = [
            (replace(line._facts()[0], key=place, state="draft"), dict(zip(COPIED, line._columns(), strict=True)))
            for place, line in enumerate(lines)
        ]
        schedules, planner = self._steered(), self.env["chasing.planner"].sudo()
        schedules.write(remembered["terms"])
        planner._change(schedules, wanted, entry_point="next")
        done = {definition.definition(facts): remembered["steps"][facts.key] for facts, _values in wanted}
        for step in schedules.step_ids.filtered(lambda one: one.state in ("planned", "held")):
            step._do_again(done.get(definition.definition(step._facts()[0]), {}))
        schedules._withdraw_replaced(done)
        planner._settle(schedules)
