from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common import clock
from ..common.wording import selection_labels
from ..dispatch.chasing_step import WITHDRAWN
from ..engine import definition
from ..engine.facts import BY_AGE
from ..engine.states import CLOSED, ENDED, SCHEDULED
from ..policy.chasing_step_mixin import TERMS


class ChasingSchedule(models.Model):
    """A schedule with what gave it its cadence."""

    _inherit = "chasing.schedule"

    rule_id = fields.Many2one("chasing.rule", ondelete="set null", index="btree_not_null", readonly=True)
    # The act on many that gave what it has; empty once anybody chose since.
    assignment_id = fields.Many2one(
        "chasing.assignment", "Bulk Assignment", ondelete="set null", index="btree_not_null", readonly=True
    )
    origin_text = fields.Char("Chosen Cadence", compute="_compute_origin_text", compute_sudo=True)

    def _confirm_choice(self):
        """Make the cadence they have a person's choice; their steps stay (R50, R53)."""
        self._as_collector().write(self._chosen_by_person())

    @api.model
    def _chosen_by_person(self):
        """Let go of the rule and of the act on many that chose before."""
        return {**super()._chosen_by_person(), "rule_id": False, "assignment_id": False}

    def _plan_posted(self):
        """Give the draft steps of invoices that were just posted their dates, which a pause goes on to hold (R31).

        A pause of a draft lasts (R32b). The invoices may be older than the starting date by now, or no longer
        (R46).
        """
        schedules = self._filter_running()
        self.env["chasing.by.hand"].sudo()._plan_posted((self - schedules).filtered("has_by_hand"))
        for may_send, group in schedules.grouped(lambda schedule: schedule._may_send(schedule.send_on_issue)).items():
            group.may_send_on_issue = may_send
        self.env["chasing.planner"].sudo()._replan_and_log(schedules)

    def _apply_cadence(self, cadence, assigned_by="invoice", rule=None, send_on_issue=None, entry_point=None):
        """Replace the unattempted steps by a copy of the cadence's (R20).

        What was cancelled, or was not to be chased, starts again (R36); what a person stopped stays stopped
        (R99).

        :param cadence: one chasing.cadence
        :param assigned_by: how it was chosen, a value of the field
        :param rule: the chasing.rule that chose it, if one did
        :param send_on_issue: whether those older than the company's starting date get their on-issue message (R46)
        :param entry_point: where it begins on an old invoice (R43), None: where the cadence says
        """
        cadence.sudo()._check_usable_in(self.sudo().company_id)
        if any(schedule.closure in CLOSED or schedule.lifecycle == "written_off" for schedule in self.sudo()):
            raise UserError(self.env._("The invoice is closed. There is nothing to chase."))
        planner = self.env["chasing.planner"].sudo()
        wanted = cadence.sudo().step_ids._templates()
        for schedules in self._as_collector()._in_chunks():
            schedules.write({
                "cadence_id": cadence.id,
                **cadence.sudo()._terms_from(entry_point),
                "is_customised": False,
                "assigned_by": assigned_by,
                "rule_id": rule.id if rule else False,
                "assignment_id": False,
            })
            self.env["chasing.money"]._moved(moves=schedules.move_id.ids)
            for may_send, group in schedules.grouped(lambda schedule: schedule._may_send(send_on_issue)).items():
                group.write({"may_send_on_issue": may_send, "send_on_issue": bool(send_on_issue)})
            # One that only carried messages by hand is chased from now on (R102).
            schedules.filtered(lambda schedule: schedule.lifecycle in (*ENDED, "by_hand")).lifecycle = "running"
            fresh = schedules.filtered("chosen_none")
            fresh.write({"lifecycle": "running", "chosen_none": False, "stopped_at": False})
            planner._change(schedules - fresh, wanted)
            if fresh:
                planner._change(fresh, wanted, anew=True)
            schedules._withdraw_replaced({definition.definition(facts) for facts, _values in wanted})

    def _start_without_steps(self):
        """Chase those of these that only carry messages by hand, with nothing to send yet (R50, R102)."""
        (self - self._filter_decided()).lifecycle = "running"

    def action_enable(self):
        """Give those that only carry messages by hand what an invoice without a schedule gets (R50, R102)."""
        carrying = self.sudo() - self.sudo()._filter_decided()
        if carrying:
            carrying.move_id.sudo(self.env.su)._chasing_assign()
        rest = self - carrying.sudo(self.env.su)
        return super(ChasingSchedule, rest).action_enable() if rest else True

    def _is_automatic(self):
        """Tell whether precedence gave it what it has, and nobody has changed that since (R50).

        One that only carries messages by hand has nothing yet (R102).
        """
        if self.lifecycle == "by_hand":
            return True
        return self.assigned_by != "invoice" and not (
            self.is_customised or self.lifecycle in ENDED or self._is_stopped()
        )

    def _opt_out(self, assigned_by="invoice", rule=None):
        """Choose *no chasing*, a choice like a cadence (R50, R52); steps stay as they are until a cadence is given.

        :param assigned_by: how it was chosen, a value of the field
        :param rule: the chasing.rule that chose it, if one did
        """
        for schedules in self._as_collector()._in_chunks():
            schedules._on_settled()
            schedules.write({
                "chosen_none": True,
                "lifecycle": "disabled",
                "stopped_at": clock.now(self.env),
                "cadence_id": False,
                "assigned_by": assigned_by,
                "rule_id": rule.id if rule else False,
                "assignment_id": False,
            })
            schedules._withdraw_chasing()
            schedules._log({schedule.move_id.id: schedule.origin_text for schedule in schedules})

    def _remove_chasing(self):
        """Delete these schedules, as if nobody had ever chased; one of which something was sent is stopped."""
        sent = self.filtered("delivery_ids")
        sent._filter_running().action_disable()
        (self - sent).unlink()

    def _leave_unchased(self):
        """Undo that these are chased: as `_remove_chasing`, but what a person asked for stays (R102)."""
        carrying = self.filtered("has_by_hand")
        self.env["chasing.planner"].sudo()._change(carrying, [])
        carrying._on_settled()
        carrying.write({"lifecycle": "by_hand", "cadence_id": False, "assigned_by": "invoice", "rule_id": False})
        (self - carrying)._remove_chasing()

    def _snapshot(self):
        """Return {schedule id: its terms and steps as JSON text, from which `_restore` gives them again}.

        One statement reads what each step says, and what a person did with it.
        """
        steps = self.env["chasing.step"]
        names = (*steps._copied_fields(), "occurrence", "start_date")
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
                            FROM chasing_step t WHERE t.schedule_id = s.id AND t.is_by_hand IS NOT TRUE
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

    def _restore(self, snapshot):
        """Give these schedules the terms and steps that one of them had.

        Attempted steps stay as they are, and what is under way of others is taken back (R36).

        :param snapshot: what `_snapshot` returned for it, read from its JSON
        """
        steps = self.env["chasing.step"].sudo()
        lines = [steps.new(steps._drop_deleted_references(values)) for values in snapshot["steps"] or ()]
        wanted = [
            (replace(line._facts()[0], key=place, state="draft"), line._columns()) for place, line in enumerate(lines)
        ]
        schedules, planner = self._as_collector(), self.env["chasing.planner"].sudo()
        schedules.write(snapshot["terms"])
        planner._change(schedules, wanted, entry_point="next")
        done = {definition.definition(facts): snapshot["steps"][facts.key] for facts, _values in wanted}
        for step in schedules.step_ids.filtered(lambda step: step.state in SCHEDULED and not step.is_by_hand):
            step._reapply_manual_change(done.get(definition.definition(step._facts()[0]), {}))
        schedules._withdraw_replaced(done)
        planner._finish(schedules)

    @api.depends("cadence_id", "chosen_none", "is_customised", "assigned_by", "rule_id")
    @api.depends_context("lang")
    def _compute_origin_text(self):
        labels = selection_labels(self, "assigned_by")
        for schedule in self:
            name = schedule.cadence_id._standing_text(schedule.chosen_none, schedule.is_customised)
            who = labels[schedule.assigned_by].lower()
            if schedule.assigned_by == "invoice":
                schedule.origin_text = self.env._("%(cadence)s (%(why)s)", cadence=name, why=who)
                continue
            if schedule.rule_id:
                who = self.env._("rule “%(rule)s”", rule=schedule.rule_id.name)
            schedule.origin_text = self.env._("%(cadence)s (chosen by: %(who)s)", cadence=name, who=who)
