import logging
from collections import defaultdict

import psycopg2

from odoo import api, models
from odoo.tools import SQL

from .engine import moments
from .errors import ChannelRefused

_logger = logging.getLogger(__name__)
CHANNEL_MODELS = {"email": "chasing.channel.email"}


class ChasingOutbox(models.AbstractModel):
    """Hands steps over to the channels: the step's state, its deliveries and the queued messages are one transaction,
    so that what is recorded and what leaves cannot differ (R81)."""

    _name = "chasing.outbox"
    _description = "Invoice Chasing Outbox"

    @api.model
    def _hand_over(self, steps, channels, now):
        """Send steps now.

        :param steps: chasing.step of one company, their schedules locked by this transaction
        :param channels: {step: the channels it may use}
        :param now: the UTC instant of this run
        """
        self._leave_mark(steps.schedule_id)
        resolutions = self._resolve(steps, channels)
        for (step, channel), resolution in resolutions.items():
            if resolution.recipients:
                step._replace_lost(channel, resolution.recipients)
        values = [
            self._delivery_values(step, channel, recipient, now)
            for (step, channel), resolution in resolutions.items()
            for recipient in step._not_yet_reached(channel, resolution.recipients)
        ]
        queued = self.env["chasing.delivery"].create(values).filtered(lambda delivery: delivery.state == "queued")
        for channel, deliveries in queued.grouped("channel").items():
            self._queue(self.env[CHANNEL_MODELS[channel]], deliveries, now)
        problems = defaultdict(dict)
        for (step, channel), resolution in resolutions.items():
            if resolution.problem:
                problems[step][channel] = resolution.problem
        steps._handed_over(problems, now)

    def _leave_mark(self, schedules):
        """Change the schedules' rows whatever else changes: who began earlier and wants to close or hold one of them
        does not see these deliveries, could not withdraw them, and so must be refused and begin anew (R32)."""
        self.env.execute_query(
            SQL(
                "UPDATE chasing_schedule SET write_date = now() AT TIME ZONE 'UTC' WHERE id = ANY(%s) RETURNING id",
                schedules.ids,
            )
        )

    def _resolve(self, steps, channels):
        resolutions = {}
        for channel, model in CHANNEL_MODELS.items():
            using = steps.filtered(lambda step, channel=channel: channel in channels[step])
            for step, resolution in self.env[model]._resolve(using).items():
                resolutions[step, channel] = resolution
        return resolutions

    def _delivery_values(self, step, channel, recipient, now):
        return {
            "step_id": step.id,
            "channel": channel,
            "partner_id": recipient.contact_key,
            "recipient_name": recipient.name,
            "address": recipient.address,
            "lang": recipient.lang,
            "local_day": moments.local(now, step.company_id._chasing_timezone()).date(),
            "queued_at": now,
            "state": "failed" if recipient.problem else "queued",
            "failure_code": recipient.problem,
        }

    def _queue(self, channel, deliveries, now):
        """Hand a channel its batch; if the batch breaks, its steps go one by one and only the bad ones fail (R82)."""
        try:
            with self.env.cr.savepoint():
                self._record(channel._queue(deliveries, now))
            return
        except psycopg2.OperationalError:
            # a lock or a serialization failure is the transaction's, not a record's: whoever owns it retries
            raise
        except Exception as error:
            if len(deliveries.step_id) == 1:
                _logger.exception("Step %s could not be handed over", deliveries.step_id.id)
                self._record(dict.fromkeys(deliveries, ChannelRefused("mail_failed", str(error))))
                return
        for single in deliveries.grouped("step_id").values():
            self._queue(channel, single, now)

    def _record(self, receipts):
        for delivery, receipt in receipts.items():
            if isinstance(receipt, ChannelRefused):
                delivery.write({"state": "failed", "failure_code": receipt.code, "failure_detail": receipt.detail})
            else:
                delivery.write(receipt)
