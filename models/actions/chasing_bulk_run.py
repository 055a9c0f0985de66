from odoo import api, fields, models

from ..common import no_user_defaults

ACTS = [
    ("pause", "Pause"),
    ("resume", "Resume"),
    ("disable", "Disable"),
    ("enable", "Enable"),
    ("cancel", "Cancel"),
    ("retry", "Retry failed"),
    ("reschedule", "Reschedule"),
    ("write_off", "Write off"),
    ("collections", "Send to collections"),
]
STEP_ACTS = [
    ("send", "Send now"),
    ("done", "Mark as done"),
    ("retry", "Retry failed"),
    ("reschedule", "Reschedule"),
    ("skip", "Skip"),
    ("dismiss", "Dismiss failures"),
]
METHODS = {
    "chasing.schedule": {
        "pause": "action_pause",
        "resume": "action_resume",
        "disable": "action_disable",
        "enable": "action_enable",
        "cancel": "action_cancel",
        "retry": "_retry_failed",
        "reschedule": "_reschedule_next",
        "write_off": "action_write_off",
        "collections": "action_send_to_collections",
    },
    "chasing.step": {
        "send": "action_send_now",
        "done": "action_done",
        "retry": "_retry",
        "reschedule": "_reschedule_to",
        "skip": "action_skip",
        "dismiss": "action_dismiss",
    },
}
# what is sent now may need its invoice's PDF made first, which takes its time
SENDING = ("send", "retry")
SENDING_BATCH_SIZE = 50


class ChasingBulkRun(models.Model):
    """One act on many invoices or steps: who asked for what, how far it has come, and which refused it and why."""

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
    refused_ids = fields.One2many("chasing.bulk.refusal", "run_id", "Left Out", readonly=True)

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
        words = dict(self._fields["act"]._description_selection(self.env))
        for run in self:
            run.display_name = words.get(run.act)

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

    # ------------------------------------------------------------------ working

    def _batch_size(self):
        return SENDING_BATCH_SIZE if self.act in SENDING else super()._batch_size()

    def _records(self, ids):
        return self.env[self.about].browse(ids)

    def _process(self, records):
        refused = {record: reason for record in records if (reason := record.sudo()._refusal(self.act))}
        possible = records.browse(record.id for record in records if record not in refused)
        if possible:
            getattr(possible, METHODS[self.about][self.act])(**(self.values or {}))
        return refused

    def _note_refused(self, refused):
        is_step = self.about == "chasing.step"
        no_user_defaults.create(
            self.env["chasing.bulk.refusal"],
            [
                {
                    "run_id": self.id,
                    "schedule_id": (record.schedule_id if is_step else record).id,
                    "step_id": is_step and record.id,
                    "reason": reason,
                }
                for record, reason in refused.items()
            ],
        )


class ChasingBulkRefusal(models.Model):
    """One invoice, or one step of it, that an act on many left as it is."""

    _name = "chasing.bulk.refusal"
    _description = "Invoice Left As It Is"
    _log_access = False

    run_id = fields.Many2one("chasing.bulk.run", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="run_id.company_id")
    schedule_id = fields.Many2one("chasing.schedule", required=True, ondelete="cascade", index=True)
    step_id = fields.Many2one("chasing.step", ondelete="cascade", index="btree_not_null")
    move_id = fields.Many2one(related="schedule_id.move_id")
    partner_id = fields.Many2one(related="schedule_id.partner_id")
    reason = fields.Char(required=True)

    def action_open_invoice(self):
        """The invoice."""
        return self.schedule_id.action_open_invoice()
