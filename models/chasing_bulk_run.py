import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .answers import notice

_logger = logging.getLogger(__name__)
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
# so many are done while the person waits; more in the background, part by part
AT_ONCE = 500
MAX_REFUSALS = 5


class ChasingBulkRun(models.Model):
    """One act on many invoices: who asked for what, how far it has come, and which invoices refused it and why."""

    _name = "chasing.bulk.run"
    _description = "Chasing Act on Many Invoices"
    _rec_name = "act"
    _order = "id desc"

    act = fields.Selection(ACTS, "What", required=True, readonly=True)
    values = fields.Json(readonly=True)
    selected = fields.Json(readonly=True, help="The ids of the schedules, in the order in which they are worked on.")
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    user_id = fields.Many2one("res.users", "Who", required=True, readonly=True)
    total = fields.Integer("Invoices", readonly=True)
    done = fields.Integer("Worked On", readonly=True)
    is_done = fields.Boolean("Finished", readonly=True)
    progress = fields.Integer(compute="_compute_progress")
    refused_ids = fields.One2many("chasing.bulk.refusal", "run_id", "Left Out", readonly=True)
    refused_count = fields.Integer("Left As They Are", compute="_compute_refused_count")

    _open = models.Index("(id) WHERE NOT is_done")

    @api.depends("total", "done")
    def _compute_progress(self):
        for run in self:
            run.progress = run.done * 100 // run.total if run.total else 100

    @api.depends("refused_ids")
    def _compute_refused_count(self):
        counts = dict(
            self.env["chasing.bulk.refusal"]._read_group([("run_id", "in", self.ids)], ["run_id"], ["__count"])
        )
        for run in self:
            run.refused_count = counts.get(run, 0)

    # ------------------------------------------------------------------ starting

    @api.model
    def _start(self, act, values, schedules):
        """Do something to schedules: at once, or in the background if they are many.

        :param act: one of ACTS
        :param values: the arguments of its method, as JSON holds them
        :return: the runs, one a company
        """
        schedules.check_access("read")
        runs = self.sudo().create([
            {
                "act": act,
                "values": values,
                "selected": group.ids,
                "company_id": company.id,
                "user_id": self.env.uid,
                "total": len(group),
            }
            for company, group in schedules.grouped("company_id").items()
        ])
        if len(schedules) <= AT_ONCE:
            for run in runs:
                run._work()
        else:
            self.env.ref("invoice_chasing.ir_cron_bulk").sudo()._trigger()
        return runs

    def _shown(self):
        """What the person sees after asking: that it is done, or the run with its progress and refusals."""
        if all(run.is_done and not run.refused_ids for run in self):
            return notice(self.env._("%(count)s invoices changed.", count=sum(self.mapped("total"))))
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Progress"),
            "res_model": self._name,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.ids)],
        }
        return {**action, "views": [(False, "form")], "res_id": self.id} if len(self) == 1 else action

    def action_refresh(self):
        """Look again how far it has come."""
        return True

    # ------------------------------------------------------------------ working

    @api.model
    def _cron_bulk(self):
        """Work on what is open, part after part. What was killed on its way starts again with its part."""
        refused, commit = 0, self.env["ir.cron"]._commit_progress
        while refused < MAX_REFUSALS and (run := self.search([("is_done", "=", False)], order="id", limit=1)):
            try:
                before = run.done
                run._work()
                left = sum(one.total - one.done for one in self.search([("is_done", "=", False)]))
                if not commit(run.done - before, remaining=left):
                    return
                refused = 0
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                refused += 1

    def _work(self):
        """Work on the next part, with the rights and in the words of whoever asked."""
        run = self.sudo()
        ids = run.selected[run.done:run.done + AT_ONCE]
        user = run.user_id
        as_user = run.with_user(user).with_context(
            allowed_company_ids=run.company_id.ids, lang=user.lang, chasing_now=run.env.context.get("chasing_now")
        )
        refused = as_user._perform(as_user.env["chasing.schedule"].browse(ids).exists())
        done = run.done + len(ids)
        run.write({"done": done, "is_done": done >= run.total})
        run.env["chasing.bulk.refusal"].create([
            {"run_id": run.id, "schedule_id": schedule.id, "reason": reason} for schedule, reason in refused.items()
        ])
        self.env.flush_all()
        if not run.is_done:
            self.env.invalidate_all()

    def _perform(self, schedules):
        """Do it to these; return {schedule: why it was refused}."""
        act = self.sudo().act
        refused = {schedule: reason for schedule in schedules if (reason := schedule.sudo()._refusal(act))}
        return refused | self._try(schedules - schedules.browse(schedule.id for schedule in refused))

    def _try(self, schedules):
        """Do it to all of these or, if one of them breaks it, to each half: what is bad is found in a few steps."""
        if not schedules:
            return {}
        run = self.sudo()
        try:
            with self.env.cr.savepoint():
                getattr(schedules, METHODS[run.act])(**(run.values or {}))
            return {}
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except UserError as error:
            reason = str(error)
        except Exception as error:
            _logger.exception("Act %s of run %s", run.act, run.id)
            reason = str(error)
        if len(schedules) == 1:
            return {schedules: reason}
        half = len(schedules) // 2
        return self._try(schedules[:half]) | self._try(schedules[half:])


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
