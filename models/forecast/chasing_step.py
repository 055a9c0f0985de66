from dataclasses import replace

from odoo import api, fields, models

from ..actions.chasing_step import SENDING
from ..common import clock, formats
from ..common.wording import reason_text, selection_labels
from ..engine import holds, prediction, verdict
from ..engine.cures import cure_of
from ..engine.facts import AUTOMATIC
from ..engine.states import HANDED_OVER, RETRYABLE, UNSENT, UPCOMING

# Of so many steps it is also tried whether their texts can be filled in; of more only where that failed before.
TRIED = 20


class ChasingStep(models.Model):
    """A step with what becomes of it, told before.

    It is told by the functions that the run itself asks, so that nobody who looks, sends or predicts is told
    anything else (R75, R96, R104).
    """

    _inherit = "chasing.step"

    # The channels through which it reaches colleagues alone, as a copy (R62).
    copied = fields.Json(readonly=True)
    to_text = fields.Char("To", compute="_compute_to", compute_sudo=True)
    to_problem = fields.Char("Will Fail", compute="_compute_to", compute_sudo=True)
    to_problem_code = fields.Char(compute="_compute_to", compute_sudo=True)

    @api.depends(
        lambda self: (
            "state",
            "delivery_ids.address",
            "delivery_ids.state",
            *self.env["chasing.channel"]._boxes().values(),
            "role_id",
        )
    )
    @api.depends_context("lang", "tz")
    def _compute_to(self):
        upcoming = self.filtered(lambda step: step.state in UNSENT)._origin
        resolved = upcoming._addressed()
        predicted = self.env["chasing.prediction"]._predicted(upcoming, resolved)
        for step in self:
            resolutions = resolved.get(step._origin)
            code, values, *_channels = predicted.get(step._origin, (False, False))
            step.to_problem_code, step.to_problem = code, reason_text(self.env, code, values)
            if resolutions is not None:
                addresses = [
                    recipient.address for resolution in resolutions.values() for recipient in resolution.recipients
                ]
                step.to_text = ", ".join(dict.fromkeys(addresses))
            else:
                step.to_text = ", ".join(dict.fromkeys(step.delivery_ids.sorted("id").mapped("address")))

    @api.depends("to_problem", "unreached")
    def _compute_shown_state(self):
        return super()._compute_shown_state()

    def _shown_state(self):
        """Tell that a planned one will reach nobody (R96)."""
        state = super()._shown_state()
        if state != "planned" or self.mode == "task":
            return state
        return "will_fail" if self.to_problem and self._reaches_nobody() else state

    def _goes_at(self):
        """Return {step: the UTC instant at which it is to go, False for one that is not to go}.

        What is overdue goes now, a draft's goes as if it were posted now (R31, R75).
        """
        now = clock.now(self.env)
        drafts = self.schedule_id.filtered(lambda schedule: schedule.closure == "draft")
        posted = self.env["chasing.planner"].sudo()._as_if_posted(drafts) if drafts else {}
        places = {key: planned.state != "skipped" and planned.scheduled_at for key, planned in posted.items()}
        return {
            step: places.get(step.id, False)
            if step.schedule_id in drafts
            else step.state in UNSENT and max(step.waits_until or step.scheduled_at or now, now)
            for step in self
        }

    def _shown_at(self):
        """Return {step: the UTC instant for which it is shown}: that at which it goes, now for one that does not."""
        return {step: at or clock.now(self.env) for step, at in self._goes_at().items()}

    def _is_to_follow(self, at, channels=None):
        """Tell whether another step about the invoice is to go before this one: it is then no first message (R70, R75).

        :param at: the UTC instant at which this one goes; one that is still to come
        """
        if at <= clock.now(self.env):
            return super()._is_to_follow(at, channels)
        others = (self.schedule_id.step_ids - self).filtered(
            lambda step: step.state in UNSENT and step.mode != "task" and step._reaches_by(channels)
        )
        return any(other_at and other_at < at for other_at in others._goes_at().values())

    def _reaches_by(self, channels=None):
        """Return whether it reaches anybody, by one of these channels if any are named."""
        reaching = self._channels() - set(self.unreached or ())
        return bool(reaching if channels is None else reaching & channels)

    def _reaches_nobody(self):
        return self._channels() <= set(self.unreached or ())

    def _addressed(self, at=None, channels=None, by_person=False):
        """Return {step: {channel: engine Resolution}} as the sending would find it.

        :param at: {step: UTC instant}, None: those at which they go
        """
        resolutions = {step: {} for step in self}
        book = self.env["chasing.address.book"]
        for (step, channel), resolution in book._addressed(self, at or self._shown_at(), channels, by_person).items():
            resolutions[step][channel] = resolution
        return resolutions

    def _automatic_verdict(self):
        """Return the verdict of the run at this step's instant, as things stand now."""
        self.ensure_one()
        schedule = self.schedule_id
        if schedule.closure == "draft":
            return self._verdict_if_posted()
        if self.state == "waiting":
            return verdict.Ask()
        if over := self._ended_reason():
            return verdict.Skip(over)
        if schedule.lifecycle == "disabled" and not self.is_by_hand:
            return verdict.Wait(None, "stopped")
        if self.state == "held" and not schedule.hold_reason:
            return verdict.Wait(None, self.reason_code)
        return self._with_money_holds({self: self._shared_verdict()})[self]

    def _shared_verdict(self):
        """Return the verdict of the run that comes to this step and to those of the same instant."""
        expected = self.schedule_id.step_ids._goes_at()
        at = expected[self]
        planned = [step for step, step_at in expected.items() if step.state == "planned" and step_at <= at]
        if not self.is_by_hand and any(step.mode != AUTOMATIC and expected[step] < at for step in planned):
            return verdict.Wait(None, "behind_waiting")
        due = self.union(*(step for step in planned if expected[step] == at))
        decisions = due.with_company(self.company_id)._verdicts(at)
        return decisions.get(self) or verdict.Wait(None, "behind_waiting")

    def _verdict_if_posted(self):
        planned = self.env["chasing.planner"].sudo()._as_if_posted(self.schedule_id).get(self.id)
        if not planned or planned.state == "skipped":
            return verdict.Skip(planned and planned.reason_code)
        return verdict.Send(self._channels()) if self.mode == AUTOMATIC else verdict.Ask()

    def _foreseen(self, decisions, at, by_person=False, with_texts=True, with_unclear=False):
        """Return {step: engine Foresight} of steps of one company.

        :param decisions: {step: the engine's verdict}
        :param at: the UTC instant for which it was given
        :param with_texts: also whether what they say can be filled in, which takes longer than all the rest
        :param with_unclear: a person is asked whether what may have left is repeated
        """
        sending = self.filtered(lambda step: isinstance(decisions[step], verdict.Send))
        channels = {step: decisions[step].channels for step in sending}
        resolutions = sending._addressed(dict.fromkeys(sending, at), channels, by_person)
        if with_texts:
            sending._mute(resolutions, at)
        return {
            step: prediction.foresee(
                decisions[step], step._not_reached(resolutions.get(step, {}), with_unclear), step.role_missing
            )
            for step in self
        }

    def _prospects(self, by_person=True, with_texts=False):
        """Return {step: engine Foresight} of each of these alone, sent or retried by a person at this moment.

        :param by_person: an address from which messages came back is tried again
        :param with_texts: whether all texts are tried, however many there are
        """
        now, prospects = clock.now(self.env), {}
        tried = self.filtered(
            lambda step: with_texts or len(self) <= TRIED or step.prediction_code == "template_failed"
        )
        for is_tried, steps in ((True, tried), (False, self - tried)):
            for alone in steps._one_of_each_invoice():
                for company, group in alone.grouped("company_id").items():
                    group = group.with_company(company)
                    decisions = group._decisions_by_hand(now)
                    prospects |= group._foreseen(decisions, now, by_person, is_tried, with_unclear=True)
        return prospects

    def _one_of_each_invoice(self):
        """Yield these steps in parts that have no two of one invoice: what goes first would use up the other's day."""
        rest = self
        while rest:
            part = rest.browse(steps[:1].id for steps in rest.grouped("schedule_id").values())
            yield part
            rest -= part

    def _decisions_by_hand(self, now):
        """Return {step: the verdict on a person's click now}, a retry of what failed, of steps of one company."""
        parts = self.grouped(lambda step: step.state in RETRYABLE)
        return {
            step: decision
            for is_retry, steps in parts.items()
            for step, decision in steps._manual_verdicts(now, is_retry).items()
        }

    def _hopeless(self):
        """Find what reaches nobody, whoever sends it (R75, R85)."""
        return super()._hopeless() | {
            step: foresight.reason_code
            for step, foresight in self._prospects().items()
            if not any(foresight.reached.values())
        }

    def _problem(self):
        """Return (reason code, values of its sentence) of what keeps this step from reaching everybody, or False both.

        Of one that failed it is what a retry would fail on by now (R84, R96).
        """
        self.ensure_one()
        [(code, values, *_channels)] = self.env["chasing.prediction"]._predicted(self).values()
        if code:
            return code, values
        [foresight] = self._prospects(by_person=False, with_texts=True).values()
        return foresight.reason_code or False, False

    def _blocked_reasons(self, act):
        """Name what keeps those from leaving that are sent: a retry of what is not mended would fail again (R84)."""
        blocked = super()._blocked_reasons(act)
        if act not in SENDING:
            return blocked
        prospects = self.filtered(lambda step: step not in blocked)._prospects(by_person=act != "retry")
        return blocked | {
            step: step._foresight_sentence(foresight) or step._reached_everybody_text()
            for step, foresight in prospects.items()
            if not any(foresight.reached.values())
        }

    def _mute(self, resolutions, at):
        """Let nobody be reached through a channel whose text cannot be filled in (R77).

        :param resolutions: {step: {channel: engine Resolution}} of steps of one company, changed here
        """
        for code, channel in self.env["chasing.channel"]._all().items():
            steps = self.filtered(lambda step, code=code: code in resolutions[step])
            for lang, group in steps.grouped(lambda step: step._usual_lang()).items():
                for step, refusal in channel._speechless(group, lang, at).items():
                    resolutions[step][code] = prediction.obstruct(resolutions[step][code], refusal.code)

    def _usual_lang(self):
        return self.company_id._chasing_lang(self.move_id.partner_id.lang)

    def _not_reached(self, resolutions, with_unclear=False):
        """Return the recipients whom a step that was tried did not reach yet: who is left for a retry (R84)."""
        return {
            channel: replace(
                resolution, recipients=tuple(self._pending_recipients(channel, resolution.recipients, with_unclear))
            )
            for channel, resolution in resolutions.items()
        }

    def _foresight_sentence(self, foresight):
        """Return the reason of a Foresight in words, False if it has none."""
        recipient = foresight.recipient
        values = {"channel": foresight.channel, "role": self.role_id.name or None}
        if recipient:
            values |= {"address": recipient.address, "name": recipient.name}
        if foresight.reason_code in holds.MONEY and (hold := self._money_holds(self.move_id).get(self.move_id.id)):
            values |= hold.values or {}
        return reason_text(self.env, foresight.reason_code, values)

    def _reached_text(self, foresight, at):
        """Say whom it reaches: 'ann@customer.example (E-mail), +32470123456 (SMS, from Tue 24 Nov 08:00)'."""
        labels = selection_labels(self.env["chasing.delivery"], "channel")
        texts = []
        for code, reached in foresight.reached.items():
            for recipient in reached:
                how = labels[code] + self._wait_text(code, recipient, at)
                texts.append(self.env._("%(address)s (%(channel)s)", address=recipient.address, channel=how))
        return ", ".join(texts)

    def _wait_text(self, code, recipient, at):
        """Return ', from Tue 24 Nov 08:00' where a message waits for its recipient's hours (R88).

        :param code: that of the channel
        """
        delivery = self.env["chasing.delivery"].new({
            "step_id": self.id,
            "partner_id": recipient.contact_key,
            "address": recipient.address,
            "channel": code,
        })
        start = self.env["chasing.channel"]._all()[code]._earliest(delivery, at)
        if not start:
            return ""
        text = formats.instant(self.env, start, self._zone(), clock.now(self.env))
        return self.env._(", from %(when)s", when=text)

    def _manual_outcome(self):
        """Return (whether anything leaves, a sentence) of a person who sends this step at this moment."""
        if self.state in HANDED_OVER:
            return False, self._reached_everybody_text()
        now = clock.now(self.env)
        [foresight] = self._prospects(with_texts=True).values()
        reason = self._foresight_sentence(foresight)
        to = self._reached_text(foresight, now)
        if not (to or reason):
            return False, self._reached_everybody_text()
        if not to:
            return False, self.env._("It cannot be sent now. %(reason)s", reason=reason)
        if not reason:
            return True, self.env._("You can send it now. It will be sent to %(to)s.", to=to)
        return True, self.env._("You can send it now. It will be sent to %(to)s. %(reason)s", to=to, reason=reason)

    def _reached_everybody_text(self):
        if self.state == "under_way":
            return self.env._("It is on its way to all recipients.")
        return self.env._("It was sent to all recipients.")

    def _automatic_outcome(self):
        """Return (whether anything leaves, a sentence) of the run that comes to this step, if nothing changes."""
        steps = self.with_company(self.company_id)
        [at] = steps._shown_at().values()
        [foresight] = steps._foreseen({steps: steps._automatic_verdict()}, at).values()
        reason, to = self._foresight_sentence(foresight), self._reached_text(foresight, at)
        day = formats.instant(self.env, at, self._zone(), clock.now(self.env))
        texts = {
            "sent": self.env._("It will be sent on %(day)s to %(to)s.", day=day, to=to),
            "partly": self.env._(
                "It will be sent on %(day)s to %(to)s only. %(reason)s", day=day, to=to, reason=reason
            ),
            "failed": self.env._("It will fail on %(day)s. %(reason)s", day=day, reason=reason),
            "skipped": self.env._("It will be skipped. %(reason)s", reason=reason or ""),
            "planned": self.env._("It will be postponed. %(reason)s", reason=reason),
            "held": self.env._("It is not sent automatically. %(reason)s", reason=reason),
            "waiting": self.env._("It is not sent automatically. %(reason)s", reason=reason),
            # Nobody is left: what may have left is repeated by a person alone.
            None: self.env._("It is not sent automatically. %(reason)s", reason=reason_text(self.env, "unclear")),
        }
        return bool(to), texts[foresight.state]

    def _set_state(self, state, *args, **others):
        """Let the forecast forget at once what is not to come any more."""
        super()._set_state(state, *args, **others)
        if self and state not in UPCOMING:
            self.env["chasing.forecast.message"]._forget(self)

    def _text_changed(self):
        """Predict again what these steps say, which may not have been possible to fill in (R77, R96)."""
        super()._text_changed()
        self.env["chasing.prediction"]._changed(self.schedule_id)

    def _record_outcomes(self, problems, now):
        """Predict a retry of what failed for something that can be put right (R84)."""
        super()._record_outcomes(problems, now)
        if failed := self._mendable():
            self.env["chasing.prediction"]._changed(failed.schedule_id)

    def _delivery_changed(self):
        """Let a retry of what failed later be predicted in the background: others may be sending."""
        super()._delivery_changed()
        if stale := self._mendable().schedule_id.filtered(lambda schedule: not schedule.is_prediction_stale):
            stale.is_prediction_stale = True
            self.env["chasing.prediction"]._trigger_cron()

    def _mendable(self):
        return self.filtered(lambda step: step.state in RETRYABLE and cure_of(step.reason_code))
