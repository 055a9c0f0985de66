from odoo import api, fields, models

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
METHODS = {
    "pause": "action_pause",
    "resume": "action_resume",
    "disable": "action_disable",
    "enable": "action_enable",
    "cancel": "action_cancel",
    "retry": "_retry_failed",
    "reschedule": "_reschedule_next",
    "write_off": "action_write_off",
    "collections": "action_send_to_collections",
}


class ChasingBulkRun(models.Model):
    """One act on many invoices: who asked for what, how far it has come, and which invoices refused it and why."""

    _name = "chasing.bulk.run"
    _inherit = "chasing.background"
    _description = "Chasing Act on Many Invoices"
    _rec_name = "act"
    _order = "id desc"

    act = fields.Selection(ACTS, "What", required=True, readonly=True)
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
    def _start(self, act, values, schedules):
        """Do something to schedules: at once, or in the background if they are many.

        :param act: one of ACTS
        :param values: the arguments of its method, as JSON holds them
        :return: the runs, one a company
        """
        schedules.check_access("read")
        runs = self.sudo().create([
            {"act": act, "values": values, "selected": group.ids, "company_id": company.id, "user_id": self.env.uid}
            for company, group in schedules.grouped("company_id").items()
        ])
        runs._begin()
        return runs

    # ------------------------------------------------------------------ working

    def _records(self, ids):
        return self.env["chasing.schedule"].browse(ids)

    def _do(self, schedules):
        refused = {schedule: reason for schedule in schedules if (reason := schedule.sudo()._refusal(self.act))}
        possible = schedules.browse(schedule.id for schedule in schedules if schedule not in refused)
        if possible:
            getattr(possible, METHODS[self.act])(**(self.values or {}))
        return refused

    def _note_refused(self, refused):
        self.env["chasing.bulk.refusal"].create([
            {"run_id": self.id, "schedule_id": schedule.id, "reason": reason} for schedule, reason in refused.items()
        ])


class ChasingBulkRefusal(models.Model):
    """One invoice that an act on many left as it is."""

    _name = "chasing.bulk.refusal"
    _description = "Invoice Left As It Is"
    _log_access = False

    run_id = fields.Many2one("chasing.bulk.run", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="run_id.company_id")
    schedule_id = fields.Many2one("chasing.schedule", required=True, ondelete="cascade", index=True)
    move_id = fields.Many2one(related="schedule_id.move_id")
    partner_id = fields.Many2one(related="schedule_id.partner_id")
    reason = fields.Char(required=True)

    def action_open_invoice(self):
        """The invoice."""
        return self.schedule_id.action_open_invoice()
