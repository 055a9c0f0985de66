from odoo import fields, models
from odoo.exceptions import LockError, UserError

from . import client_actions, clock
from .access import check_collector


class ChasingUndoableJob(models.AbstractModel):
    """Hold an act on many records that can be undone, once: what it noted is worked on in the same way (R51, R99).

    An heir says what it does (`_apply`), what it noted (`_noted_ids`), how that is given back (`_revert`), and what a
    person sees who asked for it (`_undone_action`).
    """

    _name = "chasing.undoable.job"
    _inherit = "chasing.background.job"
    _description = "Act on Many That Can Be Undone"

    undone_at = fields.Datetime("Undone", readonly=True)
    undone_by_id = fields.Many2one("res.users", readonly=True)

    # ------------------------------------------------------------------ what an act is

    def _apply(self, records):
        """Do it to these; return {record: why it is left as it is}."""
        raise NotImplementedError

    def _noted_ids(self):
        """Return the ids of what the act noted, in the order in which it is undone."""
        raise NotImplementedError

    def _revert(self, records):
        """Give back what these notes say; return {note: why its record keeps what it has}."""
        raise NotImplementedError

    def _undone_action(self):
        """Return what a person sees who has these undone."""
        raise NotImplementedError

    def _check_undoable(self):
        """Refuse what was undone already; an heir refuses more."""
        if self.undone_at:
            raise UserError(self.env._("This was already undone."))

    def _filter_undoable(self):
        """Return those of which a toast offers to undo them."""
        return self.filtered(lambda job: job.is_done and not job.undone_at)

    # ------------------------------------------------------------------ undoing it

    def action_undo(self):
        """Give those that still are as these acts left them what they had before; what was sent stays sent.

        Hook: rooms that add an act ask here who may undo it.

        :raise UserError: if one of the acts cannot be undone, or somebody else is at it
        """
        self.check_access("read")
        check_collector(self.env)
        jobs = self.sudo()
        try:
            jobs.lock_for_update()
        except LockError as error:
            raise UserError(self.env._("This is being undone right now.")) from error
        jobs.invalidate_recordset()
        for job in jobs:
            job._check_undoable()
        for job in jobs:
            job.write({
                "undone_at": clock.now(self.env),
                "undone_by_id": self.env.uid,
                "asked_at": fields.Datetime.now(),
                "selected": job._noted_ids(),
                "end_reason": False,
                "done": 0,
                "is_done": False,
            })
        jobs._begin()
        return jobs._undone_action()

    def _requester(self):
        return self.undone_by_id or self.user_id

    def _process(self, records):
        if not self.undone_at:
            return self._apply(records)
        check_collector(records.env)
        return self._revert(records)

    def _toast_buttons(self):
        undoable = self._filter_undoable()
        return [client_actions.call_button(self.env._("Undo"), undoable, "action_undo")] if undoable else []
