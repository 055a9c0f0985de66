from collections import defaultdict

from odoo import api, fields, models

from ..common import clock
from ..engine.states import CLOSED, ENDS_COPIES, ONGOING, UNSENT


class ChasingClosureMixin(models.AbstractModel):
    """Act on the chasing of an invoice that is settled, cancelled, drafted or due again (R32, R34)."""

    _name = "chasing.closure.mixin"
    _description = "Closing of an Invoice's Chasing"

    closure = fields.Char(compute="_compute_closure", store=True)
    stopped_at = fields.Datetime(readonly=True)
    is_reopened = fields.Boolean(readonly=True)

    @api.depends("move_id.state", "move_id.payment_state", "move_id.amount_residual")
    def _compute_closure(self):
        """Tell why nothing is due, False while something is (R32).

        A change acts at once: whatever was waiting is withdrawn in the transaction that paid, cancelled or reset the
        invoice.
        """
        closures = self.move_id._chasing_closures()
        changed = defaultdict(self.browse)
        for schedule in self:
            old, new = schedule.closure, closures.get(schedule.move_id.id, False)
            schedule.closure = new
            if schedule.id and (old or False) != new:
                changed[old or False, new] |= schedule
        for (old, new), schedules in changed.items():
            schedules._on_closure_change(old, new)

    def _on_closure_change(self, old, new):
        """Stop, take back to draft, or note that a closed invoice has opened again (R32, R32b, R34)."""
        self._lock()
        if new != "paid":
            self.step_ids.filtered("is_thanks")._end_thanks("not_paid")
        # A copy goes although nothing is due, and whatever is paid meanwhile (R102).
        concerned = self.step_ids.filtered(lambda step: not step.is_copy or new in ENDS_COPIES)
        concerned._withdraw()
        unsent = concerned.filtered(lambda step: step.state in UNSENT)
        if new == "draft":
            unsent._set_state("draft")
        elif new:
            if old == "draft":
                # Settled before it was taken back to draft, and still.
                self.filtered("is_reopened").lifecycle = "running"
            self._on_settled()
            unsent._set_state("cancelled", new)
            self.write({"stopped_at": clock.now(self.env), "money_hold": False, "recheck_at": False})
        if old in CLOSED and new == "draft":
            # Nobody is asked before it is posted again; what was written off may still be settled by its entry then.
            self._filter_running()._stop_until_resumed()
        elif not new:
            # A mark without an entry was there before the payment that came back, and stays.
            booked = self.filtered(
                lambda schedule: schedule.lifecycle == "written_off" and schedule._is_booked_as_loss()
            )
            quiet = self._filter_running() if old in CLOSED else self.filtered("is_reopened")
            (booked | quiet)._on_reopened()

    def _filter_running(self):
        return self.filtered(lambda schedule: schedule.lifecycle in ONGOING)

    def _stop_until_resumed(self):
        """Stop these until a person resumes them; extended by escalation."""
        self.write({"lifecycle": "disabled", "is_reopened": True})

    def _on_reopened(self, note=None):
        """Keep invoices quiet that were closed and are due again, until a person says so (R34).

        So it is with one whose write-off was undone (R41).

        Hook: a person is asked, extended by people.

        :param note: what that person is told, None: that the invoice is due again
        """
        self._stop_until_resumed()

    def _on_settled(self):
        """Note that nobody has to say any more whether chasing is to be resumed.

        Hook: the question is off the list, extended by people.
        """
        self.filtered("is_reopened").is_reopened = False

    def _is_booked_as_loss(self):
        """Return whether an entry of the books gave the invoice up (R41).

        Hook: here none is, extended by escalation.
        """
        self.ensure_one()
        return False
