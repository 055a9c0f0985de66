from odoo import models
from odoo.exceptions import UserError

from ..common import clock
from ..common.wording import reason_text
from ..engine import holds, verdict
from ..engine.facts import BRAKED, COMPANY_OFF, ON_ISSUE
from ..engine.states import UNSENT


class ChasingSendingMixin(models.AbstractModel):
    """Send what a person sends now, after every guard that binds a person (R84, R99)."""

    _name = "chasing.sending.mixin"
    _description = "Sent by a Person"

    def _send_by_hand(self, retry=False):
        """Send now what a person asked for: every guard that binds a person, or a retry, is asked first (R84)."""
        now = clock.now(self.env)
        self._check_not_over()
        for company, steps in self.grouped("company_id").items():
            steps = steps.with_company(company)
            steps._let_go_by_hand(now)
            channels = steps._channels_by_hand(now, retry)
            if steps.move_id._chasing_without_documents():
                self.env["chasing.documents"]._make_at_once(steps.move_id)
                # An e-invoice network may have taken the first send meanwhile (R73).
                channels = steps._channels_by_hand(now, retry)
            steps._hand_over_by_hand(channels, now)

    def _hand_over_by_hand(self, channels, now):
        """Hand these over; what was to be the first message about their invoices is none any more (R9, R83).

        :param channels: {step: the channels by which it goes}
        """
        self.env["chasing.outbox"]._hand_over(self, channels, now, by_person=True)
        first = self.schedule_id.step_ids.filtered(lambda step: step.trigger == ON_ISSUE and step.state in UNSENT)
        following = (first - self).schedule_id.filtered(lambda schedule: not schedule.closure)
        self.env["chasing.planner"].sudo()._replan(following)

    def _let_go_by_hand(self, now):
        """Plan those of these that are held by what binds no person, and look at the money of their invoices (R45)."""
        # The brake and a minimum hold a run back, not what a person asks for (R46b, R47).
        let_go = holds.LEFT_OPEN | {BRAKED}
        held = self.filtered(lambda step: step.state == "held")
        # A company's switch holds what goes by itself (R102).
        held.filtered(
            lambda step: step.reason_code in let_go or (step.is_by_hand and step.reason_code == COMPANY_OFF)
        )._set_state("planned")
        self.env["chasing.hold"]._check_money(self.schedule_id, now)
        self.env.flush_all()

    def _channels_by_hand(self, now, retry):
        """Return {step: the channels by which a person sends it now}; raise the first refusal."""
        channels = {}
        for step, decision in self._manual_verdicts(now, retry).items():
            if not isinstance(decision, verdict.Send):
                raise UserError(step._refusal_sentence(decision))
            channels[step] = decision.channels
        return channels

    def _make_documents_first(self, retry=False):
        """Make the documents of those of these that may go, before anything is locked: printing takes its time (R33).

        What is refused gets none, and nothing is told to a network about it (R73). All is asked again under the lock.
        """
        self.check_access("read")
        now, lacking = clock.now(self.env), self.sudo().move_id._chasing_without_documents()
        steps = self.sudo().filtered(lambda step: not step._ended_reason())
        for company, group in steps.grouped("company_id").items():
            decisions = group.with_company(company)._manual_verdicts(now, retry)
            going = group.filtered(lambda step, found=decisions: isinstance(found[step], verdict.Send))
            self.env["chasing.documents"]._make_at_once(going.move_id & lacking)
            self.env["chasing.message.files"].sudo()._prepare(going.with_company(company), now)

    def _manual_verdicts(self, now, retry=False):
        """Return {step: the verdict on a person's click now} of steps of one company (R84, R99)."""
        posted = self.filtered(lambda step: step.schedule_id.closure != "draft")
        decisions = posted._verdicts(now, by=verdict.RETRY if retry else verdict.PERSON)
        decisions |= dict.fromkeys(self - posted, verdict.Wait(None, "draft"))
        asked_for = self.filtered("is_by_hand")
        held = self.env["chasing.hold"]._on_disabled((self - asked_for).schedule_id)
        held |= self.env["chasing.hold"]._binding_by_hand(asked_for.schedule_id)
        for step in self:
            if over := step._ended_reason():
                decisions[step] = verdict.Skip(over)
            elif isinstance(decisions[step], verdict.Send) and step.schedule_id in held:
                decisions[step] = verdict.Wait(None, held[step.schedule_id])
        return self._with_money_holds(decisions)

    def _with_money_holds(self, decisions):
        """Return these decisions, with what money that is in flight by now holds (R45)."""
        sending = self.filtered(lambda step: isinstance(decisions[step], verdict.Send))
        holds = self._money_holds(sending.move_id)
        covered = sending.filtered(lambda step: step.move_id.id in holds)
        return decisions | {step: verdict.Wait(None, holds[step.move_id.id].code) for step in covered}

    def _money_holds(self, moves):
        return self.env["chasing.money"]._holds(moves, clock.now(self.env))

    def _check_not_over(self):
        for step in self:
            if step._ended_reason():
                raise UserError(reason_text(self.env, step._ended_reason()))

    def _refusal_sentence(self, decision):
        reason = reason_text(self.env, decision.reason_code, self.schedule_id.hold_values)
        return self.env._("%(invoice)s: %(reason)s", invoice=self.move_id.name, reason=reason)
