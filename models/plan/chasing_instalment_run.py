from odoo import api, models

from ..common import clock
from ..engine.facts import BY_AGE
from ..engine.instalments import number_of, running
from ..engine.states import ONGOING, RETRYABLE, UNSENT


class ChasingInstalmentRun(models.AbstractModel):
    """The steps of an invoice that is chased by instalment are run once for each instalment that falls due (R7b)."""

    _name = "chasing.instalment.run"
    _description = "Chasing of One Instalment"

    @api.model
    def _follow(self, schedules, instalments):
        """Let the run of the right instalment be active (R7b). A stopped schedule follows when it is enabled.

        :param instalments: {move id: engine Instalments}
        :return: those of which a run began
        """
        begun, texts = schedules.browse(), {}
        for schedule in schedules:
            parts = instalments[schedule.move_id.id]
            active = running(parts, schedule.used_up_lines or ()) if schedule.age_basis == "instalment" else None
            key = (active.key if active else 0) or 0
            if key == schedule.run_line:
                continue
            if schedule.age_basis == "invoice" or not number_of(parts, schedule.run_line):
                self._identify(schedule, key, number_of(parts, key))
            elif not schedule.closure and schedule.lifecycle in ONGOING:
                self._end(schedule, parts)
                if self._begin(schedule, key, parts):
                    begun |= schedule
                    texts[schedule.move_id.id] = self._text(schedule)
        self.env["chasing.planner"].sudo()._start_runs(begun)
        begun._log(texts)
        return begun

    def _begin(self, schedule, key, parts):
        """Turn to another instalment, whose steps are to be planned; return whether there is one."""
        if key:
            schedule.write({"run": schedule.run + 1, "run_line": key, "instalment": number_of(parts, key)})
        else:
            schedule.run_line = 0
        return bool(key)

    def _text(self, schedule):
        return self.env._(
            "Instalment %(number)s of %(count)s is chased now.",
            number=schedule.instalment,
            count=schedule.instalment_count,
        )

    def _identify(self, schedule, key, number):
        """Note that the run there is turns out to be that of an instalment: the first one, or lines made anew."""
        schedule._current_steps().filtered("is_by_age").write({"instalment": number})
        schedule.write({"run_line": key, "instalment": number})

    def _end(self, schedule, parts):
        """Cancel what the run has not sent yet; what was tried stays (R7b)."""
        is_paid = any(part.key == schedule.run_line and not part.is_open for part in parts)
        schedule._lock()
        steps = schedule._current_steps().filtered("is_by_age")
        steps._withdraw()
        code = "instalment_paid" if is_paid else "other_instalment"
        steps.filtered(lambda step: step.state in UNSENT)._set_state("cancelled", code)
        if is_paid:
            steps.filtered(lambda step: step.state in RETRYABLE).is_dismissed = True

    @api.model
    def _reopen(self, schedules):
        """Ask a person where instalments that were paid are open again, although their invoices always were (R34)."""
        if not schedules:
            return
        schedules._lock()
        schedules.step_ids._withdraw()
        schedules.stopped_at = clock.now(self.env)
        schedules._on_reopened(
            self.env._("An instalment of this invoice is due again. Chasing stays stopped until you resume it.")
        )

    @api.model
    def _used_up(self, schedules):
        """Return the ids of those whose next run can begin as soon as its instalment falls due (R7b).

        No step of the run there is is to come any more.
        """
        waiting = schedules._origin.filtered("next_run_date")
        if not waiting:
            return set()
        busy = self.env["chasing.step"]._read_group(
            [("schedule_id", "in", waiting.ids), ("state", "in", UNSENT), ("trigger", "in", BY_AGE)], ["schedule_id"]
        )
        return set(waiting.ids) - {schedule.id for (schedule,) in busy}

    @api.model
    def _begin_due(self, schedules, now):
        """Begin the next run of those whose steps are used up and whose next instalment has fallen due (R7b)."""
        due = schedules.filtered(
            lambda schedule: schedule.next_run_date
            and not schedule.hold_reason
            and clock.day_start(schedule.next_run_date, schedule.company_id) <= now
        )
        used_up = self._used_up(due)
        for schedule in due.filtered(lambda schedule: schedule.id in used_up):
            schedule.used_up_lines = [*(schedule.used_up_lines or ()), schedule.run_line]
