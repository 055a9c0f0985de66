import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .answers import notice

_logger = logging.getLogger(__name__)
KINDS = ("chasing.assignment", "chasing.bulk.run")
# so many are done while the person waits; more in the background, part by part
AT_ONCE = 500
MAX_COLLISIONS = 5


class ChasingBackground(models.AbstractModel):
    """An act on many records: who asked for it, and how far it has come. A part and its count are one transaction, so
    that what is killed goes on with the part it was at. A part is judged anew when its turn comes, and a record that
    refuses is noted with its reason and stops nothing else (R99).

    An heir says what an act is: `_records`, `_do`, `_note_refused`, `refused_count`, perhaps `_note_before`.
    """

    _name = "chasing.background"
    _description = "Act on Many"

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    user_id = fields.Many2one("res.users", "Who", required=True, readonly=True)
    asked_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    # thousands of ids: read only by who works on them
    selected = fields.Json(
        readonly=True, prefetch=False, help="The ids of the records, in the order in which they are worked on."
    )
    total = fields.Integer("Invoices", compute="_compute_total", store=True)
    done = fields.Integer("Worked On", readonly=True)
    is_done = fields.Boolean("Finished", readonly=True)
    progress = fields.Integer(compute="_compute_progress")
    refused_count = fields.Integer("Left As They Are", compute="_compute_refused_count")

    _open = models.Index("(id) WHERE NOT is_done")

    @api.depends("selected")
    def _compute_total(self):
        for act in self:
            act.total = len(act.selected or ())

    @api.depends("total", "done")
    def _compute_progress(self):
        for act in self:
            act.progress = act.done * 100 // act.total if act.total else 100

    @api.depends("done")
    def _compute_refused_count(self):
        """How many records were left as they are, and are listed with the reason."""
        raise NotImplementedError

    # ------------------------------------------------------------------ for people

    def _begin(self):
        """Do it while the person waits or, if it is too much for that, in the background."""
        if sum(self.mapped("total")) > self[:1]._at_once():
            self.env.ref("invoice_chasing.ir_cron_bulk").sudo()._trigger()
            return
        for act in self:
            act._work()

    def _shown(self, message):
        """What the person sees after asking: that it is done, or the act with its progress and refusals."""
        if all(act.is_done and not act.refused_count for act in self):
            return notice(message)
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
        self.check_access("read")
        return True

    def _tell(self):
        """Tell whoever asked that it is finished: they have not waited for it."""
        act = self.with_context(lang=self._asker().lang)
        act._asker()._bus_send(
            "simple_notification",
            {
                "type": "warning" if act.refused_count else "success",
                "title": act.display_name,
                "message": act.env._(
                    "Finished: %(changed)s changed, %(left)s left as they are.",
                    changed=act.total - act.refused_count,
                    left=act.refused_count,
                ),
            },
        )

    def _asker(self):
        """Who asked for what is being done now: with their rights it is done, and they are told."""
        return self.user_id

    # ------------------------------------------------------------------ working

    def _at_once(self):
        """So many are one part, and done while the person waits."""
        return AT_ONCE

    @api.model
    def _cron_bulk(self):
        """Work on what is open, part after part, each in a transaction of its own."""
        collisions, commit = 0, self.env["ir.cron"]._commit_progress
        commit(0, remaining=self._count_left())
        while collisions < MAX_COLLISIONS and (act := self._next_open()):
            before = act.done
            try:
                act._work()
                if act.is_done:
                    act._tell()
                collisions = 0
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # somebody changed one of these meanwhile: the same part again
                self.env.cr.rollback()
                collisions += 1
            if not commit(act.done - before, remaining=self._count_left()):
                return

    @api.model
    def _every_open(self):
        return [self.env[kind].sudo().search([("is_done", "=", False)], order="asked_at, id") for kind in KINDS]

    @api.model
    def _next_open(self):
        """What was asked for first."""
        return min((acts[0] for acts in self._every_open() if acts), key=lambda act: act.asked_at, default=None)

    @api.model
    def _count_left(self):
        return sum(act.total - act.done for acts in self._every_open() for act in acts)

    def _work(self):
        """Work on the next part, with the rights and in the words of whoever asked."""
        user = self.sudo()._asker()
        act = self.with_user(user).sudo().with_context(allowed_company_ids=self.sudo().company_id.ids, lang=user.lang)
        ids = act.selected[act.done:act.done + act._at_once()]
        records = act._records(ids).exists().sudo(False)
        act._note_before(records)
        act._note_refused(act._try(records))
        done = act.done + len(ids)
        act.write({"done": done, "is_done": done >= act.total})
        self.env.flush_all()
        if not act.is_done:
            self.env.invalidate_all()

    def _records(self, ids):
        """The records of these ids, of the model that the act is about."""
        raise NotImplementedError

    def _note_before(self, records):
        """Keep what these have, before anything is done to them."""

    def _do(self, records):
        """Do it to these as far as it is possible now; nothing is done to any of them if this fails.

        :param records: with the rights of whoever asked; the act itself may read everything
        :return: {record: why it is left as it is}
        """
        raise NotImplementedError

    def _note_refused(self, refused):
        """Keep why records were left as they are, for the person to read."""
        raise NotImplementedError

    def _try(self, records):
        """Do it to all of these or, if one of them breaks it, to each half: what is bad is found in a few steps.

        :return: {record: why it is left as it is}
        """
        if not records:
            return {}
        try:
            with self.env.cr.savepoint():
                return self._do(records)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            if not isinstance(error, UserError):
                _logger.exception("%s %s", self._name, self.id)
            if len(records) == 1:
                return {records: str(error)}
        half = len(records) // 2
        return self._try(records[:half]) | self._try(records[half:])
