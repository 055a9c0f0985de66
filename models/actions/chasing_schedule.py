from odoo import models
from odoo.exceptions import UserError

from ..common import bulk_sql, clock, user_input
from ..common.access import check_collector
from ..common.wording import sentence
from ..engine import pauses, recipients, transitions
from ..plan.chasing_schedule import PAUSE_REASONS
from ..plan.chasing_step import UNSENT


class ChasingSchedule(models.Model):
    """What people do with the chasing of one or many invoices: each act asks who may, what is allowed now, and leaves a
    note on the invoice (R23, R36, R99).
    """

    _inherit = "chasing.schedule"

    def _steered(self):
        """These schedules with the rights to change them; the caller must be a collector who may read them."""
        self.check_access("read")
        check_collector(self.env)
        return self.sudo()

    def _allowed(self, action):
        """Those on which an action is allowed now (R99); an error if it is allowed on none.

        :param action: a word of the engine's ALLOWED
        """
        schedules = self._steered()
        schedules._take()
        allowed = schedules.filtered(lambda schedule: action in transitions.ALLOWED[schedule.status])
        if schedules and not allowed:
            raise UserError(
                self.env._(
                    "This is not possible while the chasing of %(invoice)s is: %(status)s.",
                    invoice=schedules[0].move_id.display_name,
                    status=dict(self._fields["status"]._description_selection(self.env))[schedules[0].status],
                )
            )
        return allowed

    def _log(self, texts):
        """Note on the invoices what was done; the note is the user's own.

        :param texts: {move id: text}, or one text for all
        """
        moves = self.move_id
        bulk_sql.log(moves, texts if isinstance(texts, dict) else dict.fromkeys(moves.ids, texts))

    def action_pause(self, until=None, reason=None):
        """Hold the steps (R36).

        :param until: the local date on which chasing goes on by itself, or None
        :param reason: a word of PAUSE_REASONS or a text of one's own
        """
        schedules = self._allowed("pause")
        until = user_input.pause_end(self.env, until, schedules.company_id)
        reason = user_input.reason(self.env, reason)
        why = dict(PAUSE_REASONS).get(reason, reason) or self.env._("no reason given")
        for part in schedules._in_parts():
            part.write({
                "lifecycle": "paused",
                "paused_at": clock.now(self.env),
                "paused_until": until,
                "pause_reason": reason,
            })
            part._log(
                self.env._("Chasing paused until %(date)s (%(reason)s).", date=until, reason=why)
                if until
                else self.env._("Chasing paused (%(reason)s).", reason=why)
            )
        return True

    def action_resume(self, missed="next"):
        """Go on after a pause (R36).

        :param missed: what becomes of the steps missed meanwhile: `last` sends the newest of them, `next` skips them,
            `shift` moves every step by the length of the pause
        """
        if missed not in ("last", "next", "shift"):
            raise UserError(self.env._("Choose what happens to steps missed during the pause: last, next or shift."))
        schedules = self._allowed("resume").filtered(lambda schedule: schedule.lifecycle == "paused")
        if not schedules:
            raise UserError(self.env._("Nothing here is paused by a person. Cure the reason of the hold instead."))
        for part in schedules._in_parts():
            part._resume(missed)
            part._end_pause()
            part._hold_steps()
            part._log(self.env._("Chasing resumed."))
        return True

    def _resume(self, missed):
        """Let go what the pause held."""
        now, policies, changes = clock.now(self.env), self.env["chasing.planner"]._policies(), []
        facts = self.env["chasing.step"]._facts_of(self)
        for schedule in self:
            changes += pauses.resume(facts[schedule.id], missed, schedule.paused_at, policies.of(schedule), now)
        self.step_ids._place_all(changes)

    def _end_pause(self):
        self.write({"lifecycle": "running", "paused_at": False, "paused_until": False, "pause_reason": False})

    def action_disable(self):
        """Stop and keep the plan (R36)."""
        for part in self._allowed("disable")._in_parts():
            part._answered()
            part.write({"lifecycle": "disabled", "stopped_at": clock.now(self.env)})
            part.delivery_ids._withdraw()
            part._log(self.env._("Chasing disabled."))
        return True

    def action_enable(self):
        """Start again what was disabled or stopped by a closed invoice: the steps are planned anew (R34, R36)."""
        schedules = self._allowed("enable").filtered(lambda schedule: not schedule.closure)
        if not schedules:
            raise UserError(self.env._("This invoice is closed, there is nothing to chase."))
        for part in schedules._in_parts():
            part.filtered("chosen_none").write({"assigned_by": "invoice", "rule_id": False})
            part._start_again()
            part._log(self.env._("Chasing enabled."))
        return True

    def _start_again(self):
        """Go on with the steps there are, planned as if attached now (R11)."""
        self._answered()
        self.write({"lifecycle": "running", "chosen_none": False, "stopped_at": False})
        self.env["chasing.money"]._moved(moves=self.move_id.ids)
        self._follow_instalments(self.move_id._chasing_instalments())
        self.env["chasing.planner"].sudo()._replan(self, anew=True)

    def action_cancel(self):
        """End chasing; only a cadence applied anew starts it again (R36)."""
        for part in self._allowed("cancel")._in_parts():
            part._end("cancelled", "chasing_cancelled")
            part._log(self.env._("Chasing cancelled."))
        return True

    def _end(self, lifecycle, reason_code):
        """Nothing more leaves: unsent steps are cancelled, waiting messages withdrawn."""
        self.step_ids.filtered(lambda step: step.state in UNSENT)._set_state("cancelled", reason_code)
        self._answered()
        self.write({
            "lifecycle": lifecycle,
            "stopped_at": clock.now(self.env),
            "money_hold": False,
            "recheck_at": False,
        })
        self.delivery_ids._withdraw()

    def action_mark_sent(self):
        """Say that the customer has the invoice, or take that back (R9): the on-issue message is skipped, or planned
        again."""
        schedules = self._steered()
        # undone only where nothing is left to mark: of a mixed selection the rest is marked
        marked = schedules if all(schedule.marked_sent for schedule in schedules) else schedules.browse()
        for schedule in marked:
            schedule.write({"marked_sent": False, "first_sent_at": schedule._first_left_at()})
        unmarked = marked.filtered(lambda schedule: schedule.marked_in_odoo and not schedule.first_sent_at)
        unmarked._mark_in_odoo(False)
        marked.marked_in_odoo = False
        fresh = (schedules - marked).filtered(lambda schedule: not schedule.first_sent_at)
        fresh.marked_sent = True
        fresh.filtered(lambda schedule: not schedule.move_id.is_move_sent).marked_in_odoo = True
        fresh._first_sent(clock.now(self.env))
        self.env["chasing.planner"].sudo()._replan(marked | fresh)
        marked._log(self.env._("No longer marked as sent."))
        fresh._log(self.env._("Marked as sent."))
        return True

    def _set_contacts(self, use_own, emails):
        """Send the e-mails of steps without a role to a list of the invoice's own, or to the customer's contacts (R61).

        :param use_own: whether the list is used
        :param emails: a list of addresses as people paste it; refused if one of them is no address
        """
        schedules = self._steered()
        entries = recipients.parse_address_list(emails or "")
        for _name, address in entries if use_own else ():
            if not recipients.is_email(address):
                raise UserError(sentence(self.env, "invalid_email", {"address": address, "own": True}))
        if use_own and not entries:
            raise UserError(self.env._("The list has no address. Enter one, or use the customer's contacts."))
        if use_own and len(entries) > recipients.MAX_RECIPIENTS:
            raise UserError(sentence(self.env, "too_many_recipients"))
        text = "\n".join(recipients.write_address(name, address) for name, address in entries)
        schedules._give_contacts({move.id: text if use_own else False for move in schedules.move_id})
