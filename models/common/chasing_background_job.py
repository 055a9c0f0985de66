import logging

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from . import batches, client_actions, clock, isolation
from .errors import explain

_logger = logging.getLogger(__name__)
# So many are done while the person waits; more are done in the background, batch by batch.
BATCH_SIZE = 500


class ChasingBackgroundJob(models.AbstractModel):
    """Hold an act on many records: who asked for it, and how far it has come.

    A batch and its count are one transaction, so that what is killed goes on with the batch it was at. A batch is
    judged anew when its turn comes, and a record that refuses is noted with its reason and stops nothing else (R99).

    An heir registers by inheriting, and says what an act is: `_records`, `_process`, `_note_refused`, `refused_count`,
    perhaps `_note_before`.
    """

    _name = "chasing.background.job"
    _description = "Act on Many"

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    user_id = fields.Many2one("res.users", "Who", required=True, readonly=True)
    asked_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    # These may be thousands of ids, so only who works on them reads them.
    selected = fields.Json(
        readonly=True, prefetch=False, help="The ids of the records, in the order in which they are processed."
    )
    total = fields.Integer("Invoices", compute="_compute_total", store=True)
    done = fields.Integer("Processed", readonly=True)
    is_done = fields.Boolean("Done", readonly=True)
    progress = fields.Integer(compute="_compute_progress")
    refused_count = fields.Integer("Skipped", compute="_compute_refused_count")
    waits_until = fields.Datetime("Continues At", readonly=True)
    end_reason = fields.Char("Ended Early", readonly=True, help="Why the rest was skipped.")
    # In the words of the ORM: PostgreSQL takes it for no other.
    _open = models.Index("(id) WHERE is_done IS NOT TRUE")

    @api.depends("selected")
    def _compute_total(self):
        for job in self:
            job.total = len(job.selected or ())

    @api.depends("total", "done")
    def _compute_progress(self):
        for job in self:
            job.progress = job.done * 100 // job.total if job.total else 100

    @api.depends("done")
    def _compute_refused_count(self):
        """Count the records that were left as they are, and are listed with the reason."""
        raise NotImplementedError

    # ------------------------------------------------------------------ what an act is

    def _records(self, ids):
        """Return the records of these ids, of the model that the act is about."""
        raise NotImplementedError

    def _note_before(self, records):
        """Keep what these have, before anything is done to them."""

    def _process(self, records):
        """Do it to these as far as it is possible now; nothing is done to any of them if this fails.

        :param records: with the rights of whoever asked; the act itself may read everything
        :return: {record: why it is left as it is}
        """
        raise NotImplementedError

    def _note_refused(self, refused):
        """Keep why records were left as they are, for the person to read."""
        raise NotImplementedError

    def _ready(self, records):
        """Return (how many of these can be done now, the first of them first; when the rest can, as a UTC instant).

        Hook: here all of them, extended by acts that must wait.
        """
        return len(records), False

    def _requester(self):
        """Return who asked for what is being done now: with their rights it is done, and they are told."""
        return self.user_id

    def _batch_size(self):
        """Return how many are one batch; so many are also done while the person waits."""
        return BATCH_SIZE

    # ------------------------------------------------------------------ asking for it

    def _begin(self):
        """Do it while the person waits or, if it is too much for that, in the background."""
        if sum(self.mapped("total")) > self[:1]._batch_size():
            self.env.ref("invoice_chasing.ir_cron_bulk").sudo()._trigger()
            return
        for job in self:
            job._work()
        if waiting := self.filtered("waits_until"):
            waiting._wake()

    def _wake(self):
        """Go on in the background when these can."""
        self.env.ref("invoice_chasing.ir_cron_bulk").sudo()._trigger(min(self.mapped("waits_until")))

    def _result_action(self, message):
        """Return what the person sees after asking: that it is done, or the acts with their progress and refusals."""
        if all(job.is_done and not job.refused_count and not job.end_reason for job in self):
            return client_actions.notification(message, buttons=self._toast_buttons())
        name = self.env._("Progress")
        if len(self) == 1:
            return client_actions.open_form(self, name)
        return client_actions.open_list(self, name, [("id", "in", self.ids)])

    def _toast_buttons(self):
        """Return the buttons of the toast that says that these are done, as `client_actions` makes them.

        Hook: extended by acts that can be undone.
        """
        return []

    def action_refresh(self):
        """Look again how far it has come."""
        self.check_access("read")
        return True

    # ------------------------------------------------------------------ working

    @api.model
    def _cron_bulk(self):
        """Work on what is open, batch by batch; an act that fails, or that others block, stops no other."""
        tried = set()
        while job := self._next_open(tried):
            tried.add(job)
            if not batches.run(self.env, job._filter_open, type(job)._work_isolated, self._count_left).has_time:
                return
            if (job := job.exists()) and not job.is_done and job.waits_until:
                job._wake()

    @api.model
    def _next_open(self, tried):
        """Return what was asked for first, without what was tried already; None if that is all."""
        waiting = (job for jobs in self._open_jobs() for job in jobs if job not in tried)
        return min(waiting, key=lambda job: job.asked_at, default=None)

    @api.model
    def _open_jobs(self):
        """Return the unfinished acts of every model that inherits this one, without those that must wait."""
        heirs = (self.env[name].sudo() for name in self.env.registry.descendants([self._name], "_inherit"))
        ready = ["|", ("waits_until", "=", False), ("waits_until", "<=", clock.now(self.env))]
        domain = [("is_done", "=", False), *ready]
        return [heir.search(domain, order="asked_at, id") for heir in heirs if not heir._abstract]

    @api.model
    def _count_left(self):
        return sum(job.total - job.done for jobs in self._open_jobs() for job in jobs)

    def _filter_open(self):
        now = clock.now(self.env)
        return self.exists().filtered(lambda job: not (job.is_done or (job.waits_until and job.waits_until > now)))

    def _work_isolated(self):
        """Work on the next batch and tell who asked if that was the last one; if it breaks, this act alone ends.

        :return: how many records were worked on
        """
        done = self.done
        try:
            self._work()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("%s %s goes no further", self._name, self.id)
            self._end(explain(self.env, error))
        if self.is_done:
            self._notify_requester()
        return self.done - done

    def _work(self):
        """Work on the next batch, with the rights and in the words of whoever asked."""
        user = self.sudo()._requester()
        if obstacle := self.sudo()._obstacle(user):
            self._end(obstacle)
            return
        job = self.with_user(user).sudo().with_context(allowed_company_ids=self.sudo().company_id.ids, lang=user.lang)
        ids = job.selected[job.done : job.done + job._batch_size()]
        records = job._records(ids).exists().sudo(False)
        count, waits_until = job._ready(records)
        if count < len(records):
            ids = ids[: ids.index(records[count].id)]
            records = records[:count]
        job._note_before(records)
        job._note_refused(job._process_isolated(records))
        done = job.done + len(ids)
        job.write({"done": done, "is_done": done >= job.total, "waits_until": waits_until})
        self.env.flush_all()
        if not job.is_done:
            self.env.invalidate_all()

    def _obstacle(self, user):
        """Return why the act must not go on in the name of whoever asked for it, False if it may.

        The rights are those of the moment at which it is done.
        """
        if user._is_superuser():
            return False
        if not user.active:
            return self.env._("%(user)s is no longer active. Start it again yourself.", user=user.name)
        if self.company_id not in user.company_ids:
            return self.env._(
                "%(user)s no longer has access to %(company)s.", user=user.name, company=self.company_id.name
            )
        if not user.has_group("invoice_chasing.group_user"):
            return self.env._("%(user)s may no longer chase invoices.", user=user.name)
        return False

    def _process_isolated(self, records):
        """Do it to all of these, or to as many as can be done.

        :return: {record: why it is left as it is}
        """
        refused = {}

        def refuse(record, error):
            refused[record] = explain(self.env, error)

        for left in isolation.run(records, self._process, refuse):
            refused.update(left)
        return refused

    def _end(self, reason):
        """Go no further, and say why."""
        self.sudo().write({"is_done": True, "end_reason": reason})

    def _notify_requester(self):
        """Tell whoever asked that it is finished: they have not waited for it."""
        requester = self._requester()
        job = self.with_context(lang=requester.lang)
        message = job.env._(
            "Done: %(changed)s changed, %(left)s skipped.",
            changed=job.done - job.refused_count,
            left=job.total - job.done + job.refused_count,
        )
        requester._bus_send(
            "simple_notification",
            {
                "type": "warning" if job.refused_count or job.end_reason else "success",
                "title": job.display_name,
                "message": " ".join(filter(None, [message, job.end_reason])),
            },
        )
