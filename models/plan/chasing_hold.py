from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..common.wording import reason_text
from ..engine import holds
from ..engine.facts import COMPANY_OFF, Hold
from ..engine.states import ONGOING

# Money in flight is looked at again after so long, for nobody tells when it goes.
RECHECK_DELAY = timedelta(hours=1)


class ChasingHold(models.AbstractModel):
    """Say why nothing leaves of an invoice for now, although something is due (R35, R36, R37, R45, R47)."""

    _name = "chasing.hold"
    _description = "Invoice Chasing Holds"

    # ------------------------------------------------------------------ what holds

    @api.model
    def _of(self, schedules):
        """Return {schedule: its Holds in the order in which they are told}, none while its chasing has stopped.

        A message that a person asked for may still be to go, a copy even of a closed invoice (R102).
        """
        bound = schedules.filtered(
            lambda schedule: (not schedule.closure and schedule.lifecycle in ONGOING)
            or (schedule.has_by_hand and schedule.closure != "draft")
        )
        return dict.fromkeys(schedules, ()) | self._bearing_on(bound)

    @api.model
    def _binding_by_hand(self, schedules):
        """Return {schedule: reason code} of those of which a message by hand may not even be sent now (R37, R102).

        A company that does not chase, and a balance that is too little, keep nobody from it.
        """
        let_go = holds.LEFT_OPEN | {COMPANY_OFF}
        return {
            schedule: binding[0]
            for schedule, told in self._bearing_on(schedules).items()
            if (binding := [hold.code for hold in told if hold.code not in let_go])
        }

    @api.model
    def _on_disabled(self, schedules):
        """Return {schedule: reason code} of those that are disabled, but held all the same (R35, R45, R47).

        They show no hold, but it binds a person.
        """
        disabled = schedules.filtered(lambda schedule: schedule.lifecycle == "disabled" and not schedule.closure)
        return {
            schedule: binding[0]
            for schedule, told in self._bearing_on(disabled).items()
            if (binding := [hold.code for hold in told if hold.code not in holds.LEFT_OPEN])
        }

    def _bearing_on(self, schedules):
        if not schedules:
            # What is paid asks for nobody's holds.
            return {}
        of_invoices = schedules.move_id._chasing_holds()
        return {
            schedule: holds.in_order([*of_invoices.get(schedule.move_id.id, ()), *self._own(schedule)])
            for schedule in schedules
        }

    def _own(self, schedule):
        """Return what holds a schedule and no other of its customer's: its pause, and the money that covers it."""
        own = []
        if schedule.lifecycle == "paused":
            own.append(Hold("paused", schedule._pause_end()))
        if schedule.money_hold:
            own.append(Hold(schedule.money_hold, schedule.recheck_at or None, schedule.money_values))
        return own

    # ------------------------------------------------------------------ when one begins or ends

    @api.model
    def _hold_steps(self, schedules):
        """Hold the steps that were planned or let go while something holds their schedules (R35b)."""
        for reason, held in schedules.grouped("hold_reason").items():
            if reason:
                held.step_ids._on_hold_change(False, reason)

    @api.model
    def _ask_again(self, schedules):
        """Ask again what holds these: of some of it nothing but the clock tells that it has ended (R35b, R80)."""
        held = schedules.filtered("hold_reason")
        for name in ("hold_reason", "next_at"):
            self.env.add_to_compute(schedules._fields[name], held)

    @api.model
    def _ended_at(self, schedule, code, now):
        """Return the UTC instant at which a hold that is no more ended: by itself, or now (R35b).

        Hook: extended by rooms that know when theirs ended.

        :param code: its reason code
        """
        by_itself = code in holds.MONEY and schedule.money_until and schedule.money_until < now
        return schedule.money_until if by_itself else now

    @api.model
    def _note_end(self, schedules, old, new):
        """Note on the invoices that a hold has ended (R36).

        The end of a pause is noted by who ends it, that of an invoice's chasing by what ended it.

        :param old: the reason code of the hold
        :param new: that of what holds them now, False for nothing
        """
        if old == "paused" or (new and holds.rank(new) < holds.rank(old)):
            return
        going_on = schedules.filtered(lambda schedule: not schedule.closure and schedule.lifecycle in ONGOING)
        ended = reason_text(self.env, old).partition(":")[0]
        if new:
            now = reason_text(self.env, new).partition(":")[0]
            going_on._log(self.env._("Hold ended (%(ended)s). Still held: %(now)s.", ended=ended, now=now))
        else:
            going_on._log(self.env._("Hold ended (%(ended)s). Chasing continues.", ended=ended))

    # ------------------------------------------------------------------ money in flight

    @api.model
    def _check_money(self, schedules, now):
        """Hold those whose balance is covered by money in flight, let go those it no longer covers (R45)."""
        schedules.flush_model(["move_id", "money_hold"])
        # Whoever has no money and is not held is not read: they may be very many.
        rows = self.env.execute_query(
            SQL("SELECT id, move_id, money_hold IS NOT NULL FROM chasing_schedule WHERE id = ANY(%s)", schedules.ids)
        )
        moves = self.env["account.move"].browse(move_id for _id, move_id, _is_held in rows)
        money_holds = self.env["chasing.money"]._holds(moves, now)
        for schedule in schedules.browse(
            row_id for row_id, move_id, is_held in rows if is_held or move_id in money_holds
        ):
            hold = money_holds.get(schedule.move_id.id)
            if not hold and schedule.money_hold:
                # When it was to end stays known: what was missed is told by it (R35b).
                schedule.write({"money_hold": False, "money_values": False, "recheck_at": False})
            elif hold and not self._is_written(schedule, hold, now):
                schedule.write({
                    "money_hold": hold.code,
                    "money_values": hold.values,
                    "money_until": hold.until,
                    "recheck_at": min(now + RECHECK_DELAY, hold.until or now + RECHECK_DELAY),
                })

    def _is_written(self, schedule, hold, now):
        """Return whether all that is to say of a hold by money is written down, and not to be looked at again yet."""
        written = (schedule.money_hold, schedule.money_values or {}, schedule.money_until or None)
        is_known = written == (hold.code, hold.values, hold.until)
        return is_known and schedule.recheck_at and schedule.recheck_at > now
