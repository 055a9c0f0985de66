from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common import client_actions, clock, no_user_defaults
from ..common.access import check_collector
from ..common.wording import counted, selection_labels
from .chasing_step import SENDING

ACTS = [
    ("pause", "Pause"),
    ("resume", "Resume"),
    ("disable", "Disable Chasing"),
    ("enable", "Enable Chasing"),
    ("cancel", "Cancel Chasing"),
    ("retry", "Retry Failed"),
    ("reschedule", "Reschedule"),
    ("mark_sent", "Mark as Sent"),
    ("unmark_sent", "Unmark as Sent"),
    ("responsible", "Responsible and Sender"),
]
STEP_ACTS = [
    ("send_now", "Send Now"),
    ("done", "Mark as Done"),
    ("retry", "Retry Failed"),
    ("reschedule", "Reschedule"),
    ("skip", "Skip"),
    ("dismiss", "Dismiss Failures"),
]
CUSTOMER_ACTS = [
    ("pause_customer", "Pause Customer"),
    ("resume_customer", "Resume Customer"),
    ("exclude_customer", "Exclude Customer"),
    ("include_customer", "Include Customer"),
]
# What is sent now may need its invoice's PDF made first, which takes its time.
SENDING_BATCH_SIZE = 50


class ChasingBulkRun(models.Model):
    """Hold one act on many invoices or steps: who asked for what, how far it has come, and which refused it and why."""

    _name = "chasing.bulk.run"
    _inherit = "chasing.undoable.job"
    _description = "Chasing Act on Many Invoices"
    _rec_name = "act"
    _order = "id desc"

    about = fields.Selection(
        [("chasing.schedule", "Invoices"), ("chasing.step", "Steps"), ("res.partner", "Customers")],
        required=True,
        readonly=True,
        default="chasing.schedule",
    )
    act = fields.Selection(list(dict(ACTS + STEP_ACTS + CUSTOMER_ACTS).items()), "What", required=True, readonly=True)
    values = fields.Json(readonly=True)
    refused_ids = fields.One2many(
        "chasing.bulk.refusal", "run_id", "Skipped Records", readonly=True, domain=[("is_of_undo", "=", False)]
    )
    change_ids = fields.One2many("chasing.bulk.change", "run_id", "What They Were", readonly=True)
    not_undone_ids = fields.One2many(
        "chasing.bulk.refusal", "run_id", readonly=True, domain=[("is_of_undo", "=", True)]
    )
    can_undo = fields.Boolean(compute="_compute_can_undo")

    @api.depends("done", "undone_at")
    def _compute_refused_count(self):
        """Count those that were left as they are or, once it was undone, those of which it was not."""
        counts = {
            (run, is_of_undo): count
            for run, is_of_undo, count in self.env["chasing.bulk.refusal"]._read_group(
                [("run_id", "in", self.ids)], ["run_id", "is_of_undo"], ["__count"]
            )
        }
        for run in self:
            run.refused_count = counts.get((run, bool(run.undone_at)), 0)

    @api.depends("is_done", "undone_at", "change_ids")
    def _compute_can_undo(self):
        noted = self.env["chasing.bulk.change"]._read_group([("run_id", "in", self.ids)], ["run_id"])
        with_changes = self.browse(run.id for (run,) in noted)
        for run in self:
            run.can_undo = run.is_done and not run.undone_at and run in with_changes

    @api.depends("act")
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = selection_labels(self, "act")
        for run in self:
            run.display_name = names.get(run.act)

    @api.model
    def _start(self, act, values, records, companies=None):
        """Do something to schedules, steps or customers: at once, or in the background if they are many.

        :param act: one of ACTS, of STEP_ACTS or of CUSTOMER_ACTS
        :param values: the arguments of its method, as JSON holds them
        :param companies: in which it is done; None: in that of each record
        :return: the runs, one a company
        """
        records.check_access("read")
        check_collector(self.env)
        if not records:
            raise UserError(self.env._("This is not a valid selection. Select the records in the list."))
        # A client may name one twice.
        records = records.union()
        groups = records.grouped("company_id") if companies is None else dict.fromkeys(companies, records)
        asked = {"about": records._name, "act": act, "values": values, "user_id": self.env.uid}
        runs = no_user_defaults.create(
            self, [{**asked, "selected": group.ids, "company_id": company.id} for company, group in groups.items()]
        )
        runs._begin()
        return runs

    @api.model
    def _act(self, act, records, values=None, message=None, companies=None):
        """Do what a person clicked, and return what that person sees: a toast, with *Undo* where it can be undone.

        :param records: schedules, steps or customers
        :param message: what the toast says, or what says it once it is done; None: to how many it was done
        :raise UserError: the reason, where it is refused of the only record
        """
        runs = self._start(act, values or {}, records, companies)
        if len(records) == 1 and not any(run.done > run.refused_count for run in runs):
            runs._raise_refusal(runs.refused_ids)
        return runs._result_action((message() if callable(message) else message) or runs._done_text())

    def _raise_refusal(self, refusals):
        """Say at once why the only thing that was asked for is refused; nothing is left of it."""
        reasons = [*refusals.mapped("reason"), *filter(None, self.mapped("end_reason"))]
        if reasons:
            raise UserError(reasons[0])

    def _done_text(self):
        """Return '3 invoices paused.' of runs of the same act.

        Hook: extended by a room whose acts are about something else.
        """
        changes = [run.done - run.refused_count for run in self]
        # A customer is one, in however many companies.
        changed = max(changes) if self[:1]._is_about_customers() else sum(changes)
        texts = {
            "chasing.schedule": self._invoice_texts,
            "chasing.step": self._step_texts,
            "res.partner": self._customer_texts,
        }[self[:1].about]()
        return counted(self.env, changed, *texts[self[:1].act])

    def _invoice_texts(self):
        """Return {act: (what is said of one invoice, and of several)} once it is done.

        Hook: rooms that add an act say here what it did.
        """
        return {
            "pause": (self.env._("1 invoice paused."), self.env._("%(count)s invoices paused.")),
            "resume": (self.env._("1 invoice resumed."), self.env._("%(count)s invoices resumed.")),
            "disable": (
                self.env._("Chasing of 1 invoice disabled."),
                self.env._("Chasing of %(count)s invoices disabled."),
            ),
            "enable": (
                self.env._("Chasing of 1 invoice enabled."),
                self.env._("Chasing of %(count)s invoices enabled."),
            ),
            "cancel": (
                self.env._("Chasing of 1 invoice cancelled."),
                self.env._("Chasing of %(count)s invoices cancelled."),
            ),
            "retry": (
                self.env._("Failed messages of 1 invoice are on their way again."),
                self.env._("Failed messages of %(count)s invoices are on their way again."),
            ),
            "reschedule": (
                self.env._("Next message of 1 invoice rescheduled."),
                self.env._("Next messages of %(count)s invoices rescheduled."),
            ),
            "mark_sent": (
                self.env._("1 invoice marked as sent."),
                self.env._("%(count)s invoices marked as sent."),
            ),
            "unmark_sent": (
                self.env._("1 invoice is no longer marked as sent."),
                self.env._("%(count)s invoices are no longer marked as sent."),
            ),
            "responsible": (
                self.env._("Responsible and sender of 1 invoice changed."),
                self.env._("Responsible and sender of %(count)s invoices changed."),
            ),
        }

    def _step_texts(self):
        return {
            "send_now": (self.env._("1 message is on its way."), self.env._("%(count)s messages are on their way.")),
            "done": (self.env._("1 task done."), self.env._("%(count)s tasks done.")),
            "retry": (self.env._("1 message is on its way."), self.env._("%(count)s messages are on their way.")),
            "reschedule": (self.env._("1 step rescheduled."), self.env._("%(count)s steps rescheduled.")),
            "skip": (self.env._("1 step skipped."), self.env._("%(count)s steps skipped.")),
            "dismiss": (self.env._("1 failure dismissed."), self.env._("%(count)s failures dismissed.")),
        }

    def _customer_texts(self):
        """Return {act: (what is said of one customer, and of several)} once it is done.

        Hook: rooms that add an act say here what it did.
        """
        return {
            "pause_customer": (self.env._("1 customer paused."), self.env._("%(count)s customers paused.")),
            "resume_customer": (self.env._("1 customer resumed."), self.env._("%(count)s customers resumed.")),
            "exclude_customer": (
                self.env._("1 customer excluded from chasing."),
                self.env._("%(count)s customers excluded from chasing."),
            ),
            "include_customer": (
                self.env._("1 customer included in chasing again."),
                self.env._("%(count)s customers included in chasing again."),
            ),
        }

    def _result_action(self, message):
        """Answer with a toast where it is done, though some stayed as they are: the dialog has named them before."""
        if not all(self.mapped("is_done")) or any(self.mapped("end_reason")):
            return super()._result_action(message)
        left = self._count_unchanged()
        if not left:
            return client_actions.notification(message, buttons=self._toast_buttons())
        unchanged = counted(self.env, left, self.env._("1 unchanged."), self.env._("%(count)s unchanged."))
        name = self.env._("Unchanged")
        details = client_actions.open_list(
            self.env["chasing.bulk.refusal"],
            name,
            [("run_id", "in", self.ids), ("is_of_undo", "=", bool(self[:1].undone_at))],
            views=("list", "kanban"),
        )
        buttons = [*self._toast_buttons(), client_actions.action_button(self.env._("Show Reasons"), details)]
        return client_actions.notification(f"{message} {unchanged}", "warning", buttons=buttons)

    def _count_unchanged(self):
        """Return how many stayed as they are: a customer that changed in one company did not."""
        if not self[:1]._is_about_customers():
            return sum(self.mapped("refused_count"))
        kept = [run.not_undone_ids if run.undone_at else run.refused_ids for run in self]
        return len(set.intersection(*(set(refusals.partner_id.ids) for refusals in kept)))

    # ------------------------------------------------------------------ undoing

    def _undone_action(self):
        if len(self.change_ids) == 1:
            self._raise_refusal(self.not_undone_ids)
        return self._result_action(self.env._("Undone."))

    def _check_undoable(self):
        super()._check_undoable()
        if not self.is_done:
            raise UserError(self.env._("This is still under way. Undo it when it is finished."))
        if not self.can_undo:
            raise UserError(self.env._("This cannot be undone."))

    def _filter_undoable(self):
        return self.filtered("can_undo")

    def _noted_ids(self):
        # The last first: of an invoice that was changed twice, each finds what it left.
        return self.change_ids.sorted("id", reverse=True).ids

    def _revert(self, changes):
        """Give these records what they had; return {change: why its record keeps what it has}."""
        refused = {}
        for part in changes._rounds():
            kept = part.sudo()._blocked_reasons()
            refused |= kept
            (part - part.browse(change.id for change in kept))._give_back()
        return refused

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
            "mark_sent": schedules._mark_sent,
            "unmark_sent": schedules._unmark_sent,
            "responsible": schedules._choose_people,
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

    def _customer_methods(self, customers):
        """Return {act: what does it to these customers, with the act's values as arguments}.

        Hook: rooms that add an act to the field `act` say here what does it.
        """
        return {
            "pause_customer": customers.action_chasing_pause,
            "resume_customer": customers.action_chasing_resume,
            "exclude_customer": customers.action_chasing_exclude,
            "include_customer": customers.action_chasing_include,
        }

    # ------------------------------------------------------------------ working

    def _batch_size(self):
        return SENDING_BATCH_SIZE if self.act in SENDING else super()._batch_size()

    def _ready(self, records):
        """Send no more at once than the mail servers take; the rest follows as they take more (R113)."""
        if self.act not in SENDING or self.undone_at:
            return super()._ready(records)
        steps_of = {record: record if self._is_about_steps() else record._failed_steps() for record in records.sudo()}
        return self.env["chasing.pace"]._ready(steps_of, clock.now(self.env), has_waited=bool(self.waits_until))

    def _records(self, ids):
        return self.env["chasing.bulk.change" if self.undone_at else self.about].browse(ids)

    def _apply(self, records):
        """Do it to those to which it can be done; return {record: why it is left as it is}.

        Hook: extended by a room whose acts are about something else.
        """
        refused = self._blocked_reasons(records)
        possible = records.browse(record.id for record in records if record not in refused)
        if possible:
            before = self._look(possible)
            self._methods(possible)[self.act](**(self.values or {}))
            after = self._look(possible) if before else {}
            column = "partner_id" if self._is_about_customers() else "schedule_id"
            self.env["chasing.bulk.change"]._note(self, column, before, after)
            if self._is_about_customers():
                possible._chasing_log_changes(before, after)
        return refused

    def _blocked_reasons(self, records):
        """Return {record: why it is left as it is}, as things are now."""
        if self._is_about_customers():
            return records._chasing_blocked_reasons(self.act, **(self.values or {}))
        return records.sudo()._blocked_reasons(self.act)

    def _methods(self, records):
        if self._is_about_customers():
            # What becomes of each customer is noted for all at once.
            return self._customer_methods(records.with_context(tracking_disable=True))
        return self._step_methods(records) if self._is_about_steps() else self._schedule_methods(records)

    def _look(self, records):
        """Return what the records are now, as far as undoing it needs to know."""
        changes = self.env["chasing.bulk.change"]
        if self._is_about_customers():
            return records._chasing_look(self.act)
        return changes._look(self.act, records.schedule_id if self._is_about_steps() else records)

    def _note_refused(self, refused):
        no_user_defaults.create(
            self.env["chasing.bulk.refusal"],
            [
                {"run_id": self.id, "is_of_undo": bool(self.undone_at), **self._subject(record), "reason": reason}
                for record, reason in refused.items()
            ],
        )

    def _subject(self, record):
        """Return which columns of a refusal say what it is about.

        Hook: extended by a room whose acts are about something else.
        """
        if self.undone_at:
            return {"schedule_id": record.schedule_id.id, "partner_id": record.partner_id.id}
        if self._is_about_customers():
            return {"partner_id": record.id}
        if self._is_about_steps():
            return {"schedule_id": record.schedule_id.id, "step_id": record.id}
        return {"schedule_id": record.id}

    def _is_about_customers(self):
        return self.about == "res.partner"

    def _is_about_steps(self):
        return self.about == "chasing.step"
