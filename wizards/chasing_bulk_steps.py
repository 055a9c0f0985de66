from collections import Counter

from odoo import api, fields, models

from ..models.actions.chasing_bulk_run import STEP_ACTS
from ..models.actions.chasing_step import SENDING
from ..models.common import clock, formats
from ..models.common.known_selection import KnownSelection
from ..models.common.wording import counted, invoices_text, selection_labels, steps_text
from ..models.engine import moments
from ..models.engine.states import RETRYABLE
from .bulk_outcomes import Outcomes
from .chasing_changes import Change

# Of so many steps it is also tried whether their texts can be filled in.
TRIED = 200


class ChasingBulkSteps(models.TransientModel):
    """Ask once before something is done with one or many steps (R52, R101)."""

    _name = "chasing.bulk.steps"
    _inherit = "chasing.bulk.mixin"
    _description = "Act on Many Steps"
    _about = "chasing.step"

    act = fields.Selection(STEP_ACTS, required=True, readonly=True)
    # Of one step: many may have places in several.
    zone = KnownSelection(selection="_zones", string="Time Zone", default="company")
    exact = fields.Char("Exactly", compute="_compute_exact")

    @api.model
    def _proposed_values(self, act, steps):
        """Propose for one step the place it has, or the same hour tomorrow if that has passed."""
        if act != "reschedule" or len(steps) != 1:
            return super()._proposed_values(act, steps)
        timezone, now = steps._zone(), clock.now(self.env)
        at = steps.scheduled_at
        if at and at > now:
            day = moments.local(at, timezone).date()
        else:
            day = moments.next_hour(now, steps.hour, timezone)
        return {"day": day, "hour": steps.hour, "zone": steps.zone or "company"}

    @api.model
    def _zones(self):
        return self.env["chasing.send.words"]._zones()

    def _zone_name(self):
        if not self.is_single or self.zone in (False, "company"):
            return False
        if self.zone != "customer":
            return self.zone
        moves = self._records().move_id
        return self.env["chasing.hand"]._customers_zones(moves)[moves][0]

    def _new_place(self):
        place = super()._new_place()
        return {**place, "zone": self._zone_name()} if self.is_single and self.how == "day" else place

    @api.depends("day", "hour", "zone", "how", "selected")
    @api.depends_context("lang", "tz")
    def _compute_exact(self):
        """Tell of one step the instant to which it is moved, with its zone and in UTC (R90)."""
        for dialog in self:
            steps = dialog._records()
            is_known = len(steps) == 1 and dialog.how == "day" and dialog.day and dialog.hour in range(24)
            timezone = dialog._zone_name() or clock.zone(steps.company_id[:1])
            at = is_known and moments.instant(dialog.day, dialog.hour, timezone)
            dialog.exact = formats.exact_instant(self.env, at, timezone)
            if at and at < clock.now(self.env):
                dialog.exact = self.env._("That time has passed. Choose a later one.")

    @api.depends("act")
    def _compute_preview(self):
        """Say of a retry first how many can succeed, and how many would fail for what they failed for (R84)."""
        super()._compute_preview()
        for dialog in self.filtered(lambda dialog: dialog.act == "retry"):
            # What is over, held or a person's to judge is left for another reason.
            judged = sum(bool(step._blocked_reason("retry")) for step in dialog._records().sudo())
            stuck = dialog.left_count - judged
            can = self.env._("1 can succeed"), self.env._("%(count)s can succeed")
            need = self.env._("1 still needs a fix"), self.env._("%(count)s still need a fix")
            texts = counted(self.env, dialog.possible_count, *can), counted(self.env, stuck, *need)
            dialog.preview = "\n".join([", ".join(texts) + ".", *([dialog.preview] if dialog.possible_count else [])])

    def _describe(self, moves, possible):
        """Return of each invoice which steps are meant, and what becomes of them."""
        steps_of = possible.sudo().grouped("move_id")
        return {move.id: self._described(steps_of[move]) for move in moves}

    def _described(self, steps):
        outcomes = Outcomes(self)
        if self.act == "reschedule":
            moved = [outcomes.moved(step) for step in steps]
            return Change(*(", ".join(dict.fromkeys(filter(None, texts))) for texts in zip(*moved, strict=True)))
        states = selection_labels(steps, "state")
        before = ", ".join(f"{step.step_label}: {states[step.state]}" for step in steps)
        return Change(before, self._after_text(steps))

    def _after_text(self, steps):
        if self.act == "skip" and all(step.is_by_hand for step in steps):
            return self.env._("Cancelled")
        return {
            "send_now": self.env._("Sent now"),
            "done": self.env._("Done"),
            "retry": self.env._("Sent again now"),
            "skip": self.env._("Skipped"),
            "dismiss": self.env._("Cleared from To Do"),
        }[self.act]

    def _count_text(self, steps):
        invoices = invoices_text(self.env, len(steps.schedule_id))
        return self.env._("%(steps)s of %(invoices)s", steps=steps_text(self.env, len(steps)), invoices=invoices)

    def _messages_text(self, steps):
        """Return what happens to them."""
        text = {
            "send_now": self.env._("Every step is sent now, regardless of its date."),
            "done": self.env._("Every task is marked as done, and the steps behind it continue."),
            "retry": self.env._("Every step is sent again now, only to recipients it did not reach."),
            "reschedule": self.env._("The step is rescheduled.")
            if len(steps) == 1
            else self.env._("Every step is rescheduled."),
            "skip": self.env._("Every step is skipped, and the steps behind it continue."),
            "dismiss": self.env._("Failures are cleared from To Do."),
        }[self.act]
        texts = [text, *(self._sending_texts(steps) if self.act in SENDING else ())]
        return "\n".join([*texts, *(self._second_texts(steps) if self.act == "send_now" else ())])

    def _sending_texts(self, steps):
        """Yield what really leaves, by channel, and how many of them reach nobody, as the sending will decide it."""
        counts, lost = Counter(), 0
        for foresight in self._foreseen(steps.sudo()):
            reached = {channel: len(recipients) for channel, recipients in foresight.reached.items()}
            counts.update(reached)
            lost += not any(reached.values())
        if messages := self.env["chasing.channel"]._counts_text(counts):
            yield self.env._("To be sent now: %(messages)s.", messages=messages)
            yield from self.env["chasing.pace"]._texts(steps.sudo(), clock.now(self.env))
        if lost:
            one = self.env._("1 of these steps reaches nobody and fails.")
            yield counted(self.env, lost, one, self.env._("%(count)s of these steps reach nobody and fail."))

    def _foreseen(self, steps):
        now, with_texts = clock.now(self.env), len(steps) <= TRIED
        for company, group in steps.grouped("company_id").items():
            group = group.with_company(company)
            decisions = group._manual_verdicts(now, retry=self.act == "retry")
            yield from group._foreseen(decisions, now, by_person=True, with_texts=with_texts).values()

    def _second_texts(self, steps):
        """Yield what is to be confirmed: that one invoice gets more than one message on this day (R17)."""
        if contacted := self._count_contacted(steps):
            one = self.env._("1 of these invoices was already contacted today.")
            many = self.env._("%(count)s of these invoices were already contacted today.")
            yield counted(self.env, contacted, one, many)
        if repeated := self._count_repeated(steps):
            one = self.env._("1 of these invoices gets more than one message now.")
            many = self.env._("%(count)s of these invoices get more than one message now.")
            yield counted(self.env, repeated, one, many)

    def _count_contacted(self, steps):
        """Count the invoices of these steps to which something went today already."""
        histories = steps.schedule_id.sudo()._contact_histories(clock.now(self.env))
        return sum(bool(history.used_today) for history in histories.values())

    def _count_repeated(self, steps):
        """Count the invoices that have several of these steps for the same role and channel."""
        uses = Counter(
            (step.schedule_id.id, step.role_id.id, channel) for step in steps for channel in step._channels()
        )
        return len({schedule_id for (schedule_id, _role_id, _channel), count in uses.items() if count > 1})

    def _done_text(self, count):
        return self._sent_text(count) if self.act in SENDING else super()._done_text(count)

    def _sent_text(self, count):
        """Return what became of what was sent: a retry that fails again says so (R84)."""
        failed = self._records().filtered(lambda step: step.state in RETRYABLE)
        one, many = self.env._("1 message is on its way."), self.env._("%(count)s messages are on their way.")
        texts = [counted(self.env, count - len(failed), one, many)] if count > len(failed) else []
        if failed:
            one, many = self.env._("1 failed: %(reason)s"), self.env._("%(count)s failed: %(reason)s")
            texts.append(counted(self.env, len(failed), one, many, reason=failed[0].reason or ""))
        return " ".join(texts)
