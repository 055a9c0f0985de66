from typing import NamedTuple

from odoo import api, models

from ..common import clock, formats
from ..common.wording import reason_text
from ..engine import moments
from ..engine.holds import LEFT_OPEN, in_order
from ..engine.states import UNSENT


class LateStart(NamedTuple):
    """What of a cadence, given to an invoice, is past and could still go (R43).

    That is the latest past step, or several of one instant: as they would go at their next hour, and the keys under
    which the simulation tells of them.
    """

    steps: tuple
    keys: frozenset


class ChasingLateStart(models.AbstractModel):
    """Tell what can still be sent of an overdue invoice when it gets a cadence, and what speaks against it.

    Without it every step of the cadence may have passed, and nothing would ever be sent (R11).
    """

    _name = "chasing.late.start"
    _description = "Start of Chasing on an Overdue Invoice"

    @api.model
    def _of(self, move, cadence, send_on_issue=False):
        """Return the LateStart of one invoice, None where no past step could still go.

        A draft begins where its cadence says once it is posted (R50b).
        """
        if not cadence or move.state != "posted":
            return None
        simulation = self.env["chasing.simulation"]
        continued = simulation._of_assignment(move, cadence, send_on_issue, "next").get(move.id, ())
        fitted = simulation._of_assignment(move, cadence, send_on_issue, "fitting").get(move.id, ())
        passed = {step.key for step in continued if step.key and step.state == "skipped"}
        late = tuple(step for step in fitted if step.key in passed and step.state in UNSENT)
        return LateStart(late, frozenset(step.key for step in late)) if late else None

    @api.model
    def _proposed_entry(self, move, cadence, late, is_chased):
        """Return what is proposed for the past steps: an entry point (R43), or `now` to send at once as well.

        An overdue invoice that is not chased yet gets its reminder, at once if nothing speaks against it, else at its
        next hour. One that is chased goes on as the cadence says, unless nothing would be left to send.

        :param late: its LateStart, or None
        """
        usual = cadence.sudo().entry_point or "next"
        if not late or not self._is_overdue(move):
            return usual
        if is_chased and self._leaves_something(move, cadence, usual):
            return usual
        return "fitting" if self._objection(move, cadence) else "now"

    def _is_overdue(self, move):
        return bool(move.invoice_date_due) and move.invoice_date_due < clock.today(move.company_id)

    def _leaves_something(self, move, cadence, entry_point):
        simulated = self.env["chasing.simulation"]._of_assignment(move, cadence, False, entry_point).get(move.id, ())
        return any(step.key and step.state in UNSENT for step in simulated)

    @api.model
    def _refusal(self, move):
        """Return why nobody can send anything of an invoice now, False if it is possible (R35, R36, R37, R45)."""
        told = [hold for hold in self._holds(move) if hold.code not in LEFT_OPEN]
        return bool(told) and reason_text(self.env, told[0].code, told[0].values)

    def _holds(self, move):
        move = move.sudo()
        own = [
            hold for schedule in move.chasing_schedule_ids for hold in self.env["chasing.hold"].sudo()._own(schedule)
        ]
        money = self.env["chasing.money"].sudo()._holds(move, clock.now(self.env)).values()
        return in_order([*move._chasing_holds().get(move.id, ()), *own, *money])

    @api.model
    def _objection(self, move, cadence):
        """Return what speaks against sending now, False for nothing: a person may do it all the same, or is refused.

        That is a hold, a minimum, somebody who was contacted today or too short a while ago, or the hour (R8, R17, R42,
        R46b).
        """
        holds = self._holds(move)
        if holds:
            return reason_text(self.env, holds[0].code, holds[0].values)
        company, now = move.company_id.sudo(), clock.now(self.env)
        local = moments.local(now, company._chasing_timezone())
        last, gap = self._last_contact(move, now), cadence.sudo().min_contact_days
        if last and last >= local.date():
            return self.env._("The customer was already contacted about this invoice today.")
        if last and (local.date() - last).days < gap:
            return self.env._(
                "The last message was sent on %(day)s, and the cadence's minimum days between messages are %(days)s.",
                day=formats.day(self.env, last),
                days=gap,
            )
        if not company.chasing_window_from <= local.hour <= company.chasing_window_to:
            return self.env._(
                "Messages are sent from %(first)s:00 to %(last)s:00.",
                first=company.chasing_window_from,
                last=company.chasing_window_to,
            )
        return False

    def _last_contact(self, move, now):
        """Return the local day of the last contact about an invoice, None for none (R17)."""
        schedule = move.sudo().chasing_schedule_ids
        if schedule:
            return schedule._contact_histories(now)[schedule.id].last_contact_day
        mailed_at = move.sudo()._chasing_mailed_at().get(move.id)
        return mailed_at and clock.local_day(mailed_at, move.company_id.sudo())
