from odoo import models
from odoo.tools import SQL

from ..common.wording import sentence
from ..engine import definition

# what holds an invoice, the first that applies is told; what is not listed comes after all of these
HOLDS = ("company_off", "paused", "customer_excluded", "customer_paused", "blocked", "no_followup")


class ChasingSchedule(models.Model):
    """What was handed over and did not leave, and what a hold leaves behind when it ends (R36, R83)."""

    _inherit = "chasing.schedule"

    def _hold_steps(self):
        """Hold the steps that were planned or let go while something holds these (R35b)."""
        for reason, held in self.grouped("hold_reason").items():
            if reason:
                held.step_ids._hold_changed(False, reason)

    def _note_end_of_hold(self, old, new):
        """Note on the invoices that a hold has ended (R36). The end of a pause is noted by who ends it, that of an
        invoice's chasing by what ended it.

        :param old: the reason code of the hold
        :param new: that of what holds them now, False for nothing
        """
        if old == "paused" or (new and _rank(new) < _rank(old)):
            return
        going_on = self.filtered(lambda one: not one.closure and one.lifecycle in ("running", "paused"))
        ended = sentence(self.env, old).partition(":")[0]
        if new:
            now = sentence(self.env, new).partition(":")[0]
            going_on._log(self.env._("Hold ended (%(ended)s). Still held: %(now)s.", ended=ended, now=now))
        else:
            going_on._log(self.env._("Hold ended (%(ended)s). Chasing goes on.", ended=ended))

    def _first_sent(self, at):
        """Something reached the customer for the first time; Odoo's own mark says so too (R86).

        :param at: the UTC instant
        """
        self.first_sent_at = at
        self._mark_in_odoo(True)

    def _mark_in_odoo(self, is_sent):
        """Set Odoo's own *Sent* on the invoices. Nothing else follows from it, and to write it as any field would cost
        more than all that is done with a message."""
        moves = self.move_id
        moves.flush_recordset(["is_move_sent"])
        self.env.execute_query(
            SQL(
                "UPDATE account_move SET is_move_sent = %s WHERE id = ANY(%s) AND is_move_sent IS DISTINCT FROM %s"
                " RETURNING id",
                is_sent,
                moves.ids,
                is_sent,
            )
        )
        moves.invalidate_recordset(["is_move_sent"], flush=False)
        moves.modified(["is_move_sent"])

    def _first_send_failed(self):
        """The on-issue message, left out because another one was under way, goes if that has not left (R9, R83)."""
        unsent = self.filtered(lambda schedule: not (schedule.closure or schedule._was_sent()))
        left_out = unsent.step_ids.filtered(
            lambda step: (step.trigger, step.state, step.reason_code) == ("on_issue", "skipped", "already_sent")
        )
        self.env["chasing.planner"].sudo()._replan(left_out.schedule_id)

    def _withdraw_replaced(self, wanted):
        """What is under way of a former cadence, and no step of the new one, is taken back for good (R36).

        :param wanted: the definitions of the new one's steps
        """
        under_way = self.env["chasing.step"].search([("schedule_id", "in", self.ids), ("state", "=", "under_way")])
        facts = zip(under_way, under_way._facts(), strict=True)
        replaced = under_way.browse(step.id for step, fact in facts if definition.definition(fact) not in wanted)
        replaced.delivery_ids._withdraw()
        replaced.filtered(lambda step: step.state == "cancelled")._set_state("cancelled", "replaced")


def _rank(code):
    return HOLDS.index(code) if code in HOLDS else len(HOLDS)
