from odoo import api, fields, models

from ..common import no_user_defaults
from ..common.wording import selection_labels
from .chasing_step import SENDING

ACTS = [
    ("pause", "Pause"),
    ("resume", "Resume"),
    ("disable", "Disable"),
    ("enable", "Enable"),
    ("cancel", "Cancel"),
    ("retry", "Retry Failed"),
    ("reschedule", "Reschedule"),
]
STEP_ACTS = [
    ("send_now", "Send Now"),
    ("done", "Mark as Done"),
    ("retry", "Retry Failed"),
    ("reschedule", "Reschedule"),
    ("skip", "Skip"),
    ("dismiss", "Dismiss Failures"),
]
# What is sent now may need its invoice's PDF made first, which takes its time.
SENDING_BATCH_SIZE = 50


class ChasingBulkRun(models.Model):
    """Hold one act on many invoices or steps: who asked for what, how far it has come, and which refused it and why."""

    _name = "chasing.bulk.run"
    _inherit = "chasing.background.job"
    _description = "Chasing Act on Many Invoices"
    _rec_name = "act"
    _order = "id desc"

    about = fields.Selection(
        [("chasing.schedule", "Invoices"), ("chasing.step", "Steps")],
        required=True,
        readonly=True,
        default="chasing.schedule",
    )
    act = fields.Selection(list(dict(ACTS + STEP_ACTS).items()), "What", required=True, readonly=True)
    values = fields.Json(readonly=True)
    refused_ids = fields.One2many("chasing.bulk.refusal", "run_id", "Skipped Records", readonly=True)

    @api.depends("done")
    def _compute_refused_count(self):
        counts = dict(
            self.env["chasing.bulk.refusal"]._read_group([("run_id", "in", self.ids)], ["run_id"], ["__count"])
        )
        for run in self:
            run.refused_count = counts.get(run, 0)

    @api.depends("act")
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = selection_labels(self, "act")
        for run in self:
            run.display_name = names.get(run.act)

    @api.model
    def _start(self, act, values, records):
        """Do something to schedules or steps: at once, or in the background if they are many.

        :param act: one of ACTS, or of STEP_ACTS
        :param values: the arguments of its method, as JSON holds them
        :return: the runs, one a company
        """
        records.check_access("read")
        asked = {"about": records._name, "act": act, "values": values, "user_id": self.env.uid}
        runs = no_user_defaults.create(
            self,
            [
                {**asked, "selected": group.ids, "company_id": company.id}
                for company, group in records.grouped("company_id").items()
            ],
        )
        runs._begin()
        return runs

    # ------------------------------------------------------------------ acts

    def _schedule_methods(self, schedules):
        """Return {act: what does it to these schedules, with the act's values as arguments}.

        Hook: rooms that add an act to the field `act` say here what does it.
        """
        return {
            "pause": schedules.action_pause,
            "resume": schedules.action_resume,
            "disable": schedules.action_disable,
            "enable": schedules.action_enable,
            "cancel": schedules.action_cancel,
            "retry": schedules._retry_failed,
            "reschedule": schedules._reschedule_next,
        }

    def _step_methods(self, steps):
        """Return {act: what does it to these steps, with the act's values as arguments}.

        Hook: rooms that add an act to the field `act` say here what does it.
        """
        return {
            "send_now": steps.action_send_now,
            "done": steps.action_done,
            "retry": steps._retry,
            "reschedule": steps._reschedule_to,
            "skip": steps.action_skip,
            "dismiss": steps.action_dismiss,
        }

    # ------------------------------------------------------------------ working

    def _batch_size(self):
        return SENDING_BATCH_SIZE if self.act in SENDING else super()._batch_size()

    def _records(self, ids):
        return self.env[self.about].browse(ids)

    def _process(self, records):
        refused = {record: reason for record in records if (reason := record.sudo()._blocked_reason(self.act))}
        possible = records.browse(record.id for record in records if record not in refused)
        if possible:
            methods = self._step_methods(possible) if self._is_about_steps() else self._schedule_methods(possible)
            methods[self.act](**(self.values or {}))
        return refused

    def _note_refused(self, refused):
        no_user_defaults.create(
            self.env["chasing.bulk.refusal"],
            [
                {
                    "run_id": self.id,
                    "schedule_id": (record.schedule_id if self._is_about_steps() else record).id,
                    "step_id": self._is_about_steps() and record.id,
                    "reason": reason,
                }
                for record, reason in refused.items()
            ],
        )

    def _is_about_steps(self):
        return self.about == "chasing.step"
