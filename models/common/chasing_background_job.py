import logging
from collections import Counter

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from . import isolation
from .client_actions import notification
from .errors import explain

_logger = logging.getLogger(__name__)
KINDS = ("chasing.assignment", "chasing.bulk.run")
# so many are done while the person waits; more in the background, part by part
BATCH_SIZE = 500
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
    end_reason = fields.Char("Ended Early", readonly=True, help="Why the rest was left as it is.")
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

    def _begin(self):
        """Do it while the person waits or, if it is too much for that, in the background."""
        if sum(self.mapped("total")) > self[:1]._at_once():
            self.env.ref("invoice_chasing.ir_cron_bulk").sudo()._trigger()
            return
        for act in self:
            act._work()

    def _shown(self, message):
        """What the person sees after asking: that it is done, or the act with its progress and refusals."""
        if all(act.is_done and not act.refused_count and not act.end_reason for act in self):
            return notification(message)
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
        message = act.env._(
            "Finished: %(changed)s changed, %(left)s left as they are.",
            changed=act.done - act.refused_count,
            left=act.total - act.done + act.refused_count,
        )
        act._asker()._bus_send(
            "simple_notification",
            {
                "type": "warning" if act.refused_count or act.end_reason else "success",
                "title": act.display_name,
                "message": " ".join(filter(None, [message, act.end_reason])),
            },
        )

    def _asker(self):
        """Who asked for what is being done now: with their rights it is done, and they are told."""
        return self.user_id

    def _at_once(self):
        """So many are one part, and done while the person waits."""
        return BATCH_SIZE

    @api.model
    def _cron_bulk(self):
        """Work on what is open, part after part, each in a transaction of its own; one that cannot go on stops no
        other."""
        collisions, commit = Counter(), self.env["ir.cron"]._commit_progress
        commit(0, remaining=self._count_left())
        while act := self._next_open(collisions):
            before = act.done
            if act._work_apart(collisions):
                act._tell()
            if not commit(act.done - before, remaining=self._count_left()):
                return

    @api.model
    def _every_open(self):
        return [self.env[kind].sudo().search([("is_done", "=", False)], order="asked_at, id") for kind in KINDS]

    @api.model
    def _next_open(self, collisions):
        """What was asked for first, without that which others keep from going on.

        :param collisions: {act: how often in a row}
        """
        going = (act for acts in self._every_open() for act in acts if collisions[act] < MAX_COLLISIONS)
        return min(going, key=lambda act: act.asked_at, default=None)

    @api.model
    def _count_left(self):
        return sum(act.total - act.done for acts in self._every_open() for act in acts)

    def _work_apart(self, collisions):
        """Work on the next part; if that breaks, this act alone ends.

        :param collisions: {act: how often in a row others kept it from going on}, counted here
        :return: whether it is finished by this: what somebody else finished meanwhile is told by them
        """
        try:
            self._work()
            collisions[self] = 0
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # somebody changed one of these meanwhile: the same part again
            self.env.cr.rollback()
            collisions[self] += 1
            return False
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("%s %s goes no further", self._name, self.id)
            self._end(explain(self.env, error))
        return self.is_done

    def _work(self):
        """Work on the next part, with the rights and in the words of whoever asked."""
        user = self.sudo()._asker()
        if obstacle := self.sudo()._obstacle(user):
            self._end(obstacle)
            return
        act = self.with_user(user).sudo().with_context(allowed_company_ids=self.sudo().company_id.ids, lang=user.lang)
        ids = act.selected[act.done : act.done + act._at_once()]
        records = act._records(ids).exists().sudo(False)
        act._note_before(records)
        act._note_refused(act._try(records))
        done = act.done + len(ids)
        act.write({"done": done, "is_done": done >= act.total})
        self.env.flush_all()
        if not act.is_done:
            self.env.invalidate_all()

    def _obstacle(self, user):
        """Why the act must not go on in the name of whoever asked for it, False if it may: the rights are those of the
        moment at which it is done."""
        if user._is_superuser():
            return False
        if not user.active:
            return self.env._("%(user)s is no longer active. Ask for it again in your own name.", user=user.name)
        if self.company_id not in user.company_ids:
            return self.env._(
                "%(user)s may no longer work for %(company)s.", user=user.name, company=self.company_id.name
            )
        if not user.has_group("invoice_chasing.group_user"):
            return self.env._("%(user)s may no longer chase invoices.", user=user.name)
        return False

    def _end(self, reason):
        """Go no further, and say why."""
        self.sudo().write({"is_done": True, "end_reason": reason})

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
        """Do it to all of these, or to as many as can be done.

        :return: {record: why it is left as it is}
        """
        refused = {}

        def refuse(record, error):
            refused[record] = explain(self.env, error)

        for kept in isolation.run(records, self._do, refuse):
            refused.update(kept)
        return refused
