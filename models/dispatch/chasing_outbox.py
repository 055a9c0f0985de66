import logging
from collections import defaultdict

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common import no_user_defaults
from ..common.errors import ChannelRefused, user_message
from ..engine import moments, recipients, verdict

_logger = logging.getLogger(__name__)


class ChasingOutbox(models.AbstractModel):
    """Hand steps over to the channels (R81).

    The step's state, its deliveries and the queued messages are one transaction, so that what is recorded and what
    leaves cannot differ.
    """

    _name = "chasing.outbox"
    _description = "Invoice Chasing Outbox"

    @api.model
    def _hand_over(self, steps, channels, now, by_person=False):
        """Send steps now.

        :param steps: chasing.step of one company, their schedules locked by this transaction
        :param channels: {step: the channels it may use}
        :param now: the UTC instant of this run
        :param by_person: a person sends, not the scheduled action
        """
        self._touch_schedules(steps.schedule_id)
        at = dict.fromkeys(steps, now)
        resolutions = self.env["chasing.address.book"]._addressed(steps, at, channels, by_person)
        skipped = self._skip_without_role(resolutions)
        if by_person and skipped:
            raise UserError(skipped[0].reason)
        steps -= skipped
        if not by_person:
            steps -= self._wait_for_room(steps, resolutions, now)
        resolutions = {key: resolution for key, resolution in resolutions.items() if key[0] in steps}
        for (step, channel), resolution in resolutions.items():
            if resolution.recipients:
                step._supersede_failures(channel, resolution.recipients)
        values = [
            self._delivery_values(step, channel, recipient, now)
            for (step, channel), resolution in resolutions.items()
            for recipient in step._pending_recipients(channel, resolution.recipients)
        ]
        self._queue_all(self._write_down(steps, values).filtered(lambda delivery: delivery.state == "queued"), now)
        problems = defaultdict(dict)
        for (step, channel), resolution in resolutions.items():
            if resolution.problem:
                problems[step][channel] = resolution.problem
        steps._record_outcomes(problems, now)

    def _write_down(self, steps, values):
        """Return the deliveries of these values: new ones, and those that a hold took out of the queue (R36).

        Whom a step does not go to any more is given up, and counts no longer (R84).
        """
        taken_back = {
            (delivery.step_id.id, delivery.channel, delivery.address): delivery
            for delivery in steps.filtered("taken_back_at").delivery_ids._taken_back()
        }
        again, fresh = self.env["chasing.delivery"], []
        for vals in values:
            delivery = taken_back.pop((vals["step_id"], vals["channel"], vals["address"]), None)
            if delivery:
                delivery.write({**vals, "taken_back_at": False})
                again |= delivery
            else:
                fresh.append(vals)
        left_out = again.browse(delivery.id for delivery in taken_back.values())
        left_out.is_replaced = True
        left_out._give_up()
        return again | no_user_defaults.create(again, fresh)

    def _touch_schedules(self, schedules):
        """Change the schedules' rows whatever else changes (R32).

        Who began earlier and wants to close or hold one of them does not see these deliveries, could not withdraw them,
        and so must be refused and begin anew.
        """
        self.env.execute_query(
            SQL(
                "UPDATE chasing_schedule SET write_date = now() AT TIME ZONE 'UTC' WHERE id = ANY(%s) RETURNING id",
                schedules.ids,
            )
        )

    def _skip_without_role(self, resolutions):
        """Skip the steps that are for a role nobody has and say that they then do not apply, and return them (R63)."""
        skipped = self.env["chasing.step"]
        for (step, _channel), resolution in resolutions.items():
            if step not in skipped and isinstance(recipients.judge(resolution, step.role_missing), verdict.Skip):
                step._set_state("skipped", resolution.problem, {"role": step.role_id.name})
                skipped |= step
        return skipped

    def _wait_for_room(self, steps, resolutions, now):
        """Let those steps wait for which one of their channels has no room now, whole, and return them (R113).

        So a step is one contact still, which a newer one replaces, and its messages say the same.
        """
        waiting = steps.browse()
        for code, channel in self.env["chasing.channel"]._all().items():
            reached = {
                step: step._pending_recipients(code, resolutions[step, code].recipients)
                for step in steps - waiting
                if (step, code) in resolutions
            }
            messages = {step: sum(not one.problem for one in recipients) for step, recipients in reached.items()}
            waiting |= channel._wait_for_room({step: count for step, count in messages.items() if count}, now)
        return waiting

    @api.model
    def _release_deferred(self, now):
        """Hand over what had to wait for its hour (R88, R113); what was paid or held meanwhile was withdrawn.

        :param now: the UTC instant of this run
        """
        for channel in self.env["chasing.channel"]._all().values():
            channel._let_go(now)
        waiting = self.env["chasing.delivery"].search([("state", "=", "queued"), ("leaves_at", "<=", now)])
        schedules = waiting.schedule_id.try_lock_for_update(allow_referencing=True)
        deliveries = waiting.filtered(lambda delivery: delivery.schedule_id in schedules and delivery.state == "queued")
        deliveries.leaves_at = False
        deliveries -= self._refuse(deliveries)
        for company, group in deliveries.grouped("company_id").items():
            self.with_company(company)._queue_all(group.with_company(company), now)
            group.step_id._delivery_changed()

    def _refuse(self, deliveries):
        """Fail those that their channels do not let leave any more, and return them (R85)."""
        refused, channels = deliveries.browse(), self.env["chasing.channel"]._all()
        for channel, group in deliveries.grouped("channel").items():
            for delivery, refusal in channels[channel]._check(group).items():
                delivery._set_state("failed", refusal.code, refusal.detail or False)
                refused |= delivery
        return refused

    def _queue_all(self, deliveries, now):
        for channel, group in deliveries.grouped("channel").items():
            self._queue(self.env["chasing.channel"]._all()[channel], group, now)

    def _delivery_values(self, step, channel, recipient, now):
        return {
            "step_id": step.id,
            "channel": channel,
            "partner_id": recipient.contact_key,
            "recipient_name": recipient.name,
            "address": recipient.address,
            "lang": recipient.lang,
            "is_internal": recipient.internal,
            "local_day": moments.local(now, step.company_id._chasing_timezone()).date(),
            "queued_at": now,
            "state": "failed" if recipient.problem else "queued",
            "failure_code": recipient.problem,
        }

    def _queue(self, channel, deliveries, now):
        """Hand a channel its batch; if the batch breaks, its steps go one by one and only the bad ones fail (R82)."""
        try:
            with self.env.cr.savepoint():
                self._apply_receipts(channel._queue(deliveries, now))
            return
        except psycopg2.OperationalError:
            # A lock or a serialization failure is the transaction's, not a record's: whoever owns it retries.
            raise
        except Exception as error:
            if len(deliveries.step_id) == 1:
                _logger.exception("Step %s could not be handed over", deliveries.step_id.id)
                refusal = ChannelRefused(channel._broken, user_message(error))
                self._apply_receipts(dict.fromkeys(deliveries, refusal))
                return
        for single in deliveries.grouped("step_id").values():
            self._queue(channel, single, now)

    def _apply_receipts(self, receipts):
        for delivery, receipt in receipts.items():
            if isinstance(receipt, ChannelRefused):
                delivery.write({"state": "failed", "failure_code": receipt.code, "failure_detail": receipt.detail})
            else:
                delivery.write(receipt)
