"""The scenarios of an SMS: between Odoo's queue and the provider's answer."""

import os
import signal
from contextlib import contextmanager, suppress
from datetime import timedelta
from unittest.mock import patch

import workers
from psycopg2.errors import SerializationFailure
from scenarios import Scenarios

from odoo import fields
from odoo.addons.sms.tools.sms_api import SmsApi

# wherever the sun stands, one of them may get an SMS
NUMBERS = ("+4915112345678", "+819012345678", "+14155552671")


class TextScenarios(Scenarios):
    def test_a_queue_killed_during_the_call_sends_no_second_sms(self):
        """kill -9 while the provider has it: nobody knows whether it left, so it waits for a person (R81)."""
        [move] = self.due_by_sms(1)
        self.dispatch()
        process = workers.start(_die_in_the_call, self.database.name)
        workers.end(process)
        assert process.exitcode == -signal.SIGKILL, process.exitcode
        with self.provider() as taken:
            self.send_texts()
            assert self.delivery(move).state == "queued", self.delivery(move).state
            self.send_texts(timedelta(minutes=16))
        delivery = self.delivery(move)
        assert (delivery.state, delivery.failure_code) == ("failed", "unclear"), (delivery.state, delivery.failure_code)
        assert not taken, taken

    def test_what_the_provider_has_counts_as_gone(self):
        """A payment before the provider answers: it left once, the ledger says so (R32)."""
        [move] = self.due_by_sms(1)
        self.dispatch()
        with self.provider(lambda: self.pay(move)) as taken:
            self.send_texts()
            self.send_texts()
        self.dispatch()
        assert len(taken) == 1, taken
        delivery, schedule = self.delivery(move), self.schedule(move)
        assert (delivery.state, schedule.status) == ("sent", "paid"), (delivery.state, schedule.status)
        assert schedule.first_sent_at, "the first send was not noted"

    def test_a_queue_that_read_before_the_payment_sends_the_other_sms(self):
        """Odoo's queue had picked it up, then the payment withdrew it: it does not leave, the other does (R32)."""
        paid, other = self.due_by_sms(2)
        self.dispatch()
        with self.provider() as taken:
            payment = self.meanwhile("sms.sms", "try_lock_for_update", lambda: self.pay(paid))
            with payment, suppress(SerializationFailure):
                self.send_texts()
            self.send_texts()
        states = [self.delivery(move).state for move in (paid, other)]
        assert states == ["cancelled", "sent"] and len(taken) == 1, (states, taken)

    # --- what the scenarios are made of ----------------------------------------------------------

    def due_by_sms(self, count):
        """Let only so many invoices be due, by SMS; returns their ids."""
        moves = self.due(count)
        invoices = self.env["account.move"].browse(moves)
        invoices.partner_id.phone = self.number_of_someone_awake(invoices)
        invoices.chasing_schedule_ids.step_ids.write({"channel_sms": True, "channel_email": False})
        self.env.cr.commit()
        return moves

    def number_of_someone_awake(self, invoices):
        channel, delivery = self.env["chasing.channel.sms"], self.env["chasing.delivery"]
        step, now = invoices.chasing_schedule_ids.step_ids[0].id, fields.Datetime.now()
        deliveries = [delivery.new({"step_id": step, "address": number}) for number in NUMBERS]
        return next(one.address for one in deliveries if not channel._earliest(one, now))

    def send_texts(self, later=timedelta(0)):
        with workers.environment(self.database.name, fields.Datetime.now() + later) as env:
            env["sms.sms"]._process_queue()
            env.cr.commit()

    @contextmanager
    def provider(self, before_answer=lambda: None):
        """A provider that takes everything; gives the texts it took."""
        taken = []

        def contact_iap(_api, _endpoint, params, timeout=15):
            numbers = [(message["content"], one) for message in params["messages"] for one in message["numbers"]]
            taken.extend(text for text, _one in numbers)
            before_answer()
            return [{"uuid": one["uuid"], "state": "success"} for _text, one in numbers]

        with patch.object(SmsApi, "_contact_iap", contact_iap):
            yield taken

    def delivery(self, move):
        self.env.cr.rollback()
        return self.env["account.move"].browse(move).chasing_schedule_ids.delivery_ids


def _die_in_the_call(database_name):
    with workers.environment(database_name) as env:
        SmsApi._contact_iap = lambda *_arguments, **_options: os.kill(os.getpid(), signal.SIGKILL)
        env["sms.sms"]._process_queue()
