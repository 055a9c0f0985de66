"""The scenarios that chance may miss, each brought about on purpose.

A scenario is a method of Scenarios; it has the database to itself, with everything due, and asserts what must be true.
What it returns is printed.
"""

import logging
import os
import signal
import threading
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import audit
import workers
from psycopg2.errors import SerializationFailure
from races import pay

from odoo import fields
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


def run(database, kind):
    """Play every scenario of a kind; yields (name, what it found wrong or None, what it says or None)."""
    names = [name for name in vars(kind) if name.startswith("test_")]
    for name in names:
        database.renew()
        with workers.environment(database.name) as env:
            scenarios = kind(database, env)
            try:
                yield name, None, getattr(scenarios, name)()
            except Exception as error:
                _logger.exception("Scenario %s", name)
                yield name, f"{type(error).__name__} {error}", None


class Scenarios:
    def __init__(self, database, env):
        self.database, self.env = database, env

    # --- the claim -----------------------------------------------------------------------------

    def test_a_claim_with_an_old_snapshot_is_refused(self):
        """A payment that committed after the snapshot and before the lock is no stale read but an error."""
        [move] = self.due(1)
        self.take_snapshot()
        self.pay(move)
        try:
            self.env["chasing.dispatcher"]._lock_due(fields.Datetime.now(), 10)
        except SerializationFailure:
            return
        raise AssertionError("the claim did not notice the payment")

    def test_a_run_that_was_refused_claims_again(self):
        """The scheduled action starts over, sees the payment and sends the others."""
        paid, *others = self.due(3)
        with self.meanwhile("chasing.dispatcher", "_claim", lambda: self.pay(paid)):
            self.env["chasing.dispatcher"]._cron_dispatch()
        assert self.line(paid).step_state == "cancelled", self.line(paid)
        assert not self.line(paid).delivery, self.line(paid)
        assert all(self.line(move).state == "queued" for move in others)

    def test_a_run_refused_at_its_commit_claims_again(self):
        """The same when the conflict shows only as the transaction is written down."""
        [move] = self.due(1)
        with self.meanwhile("ir.cron", "_commit_progress", self.raise_serialization_failure):
            self.env["chasing.dispatcher"]._cron_dispatch()
        assert (self.line(move).state, self.line(move).step_state) == ("queued", "under_way"), self.line(move)

    def test_money_that_is_not_applied_holds(self):
        """A receipt posted, and not reconciled, between the start of a run and its claim holds the step (R45)."""
        [move] = self.due(1)
        with self.meanwhile("chasing.dispatcher", "_claim", lambda: self.receive(move)):
            self.env["chasing.dispatcher"]._cron_dispatch()
        line = self.line(move)
        assert (line.delivery, line.step_state, line.reason) == (None, "held", "unapplied_payment"), line

    def test_a_killed_run_leaves_nothing_half_done(self):
        """kill -9 after everything was written and before the commit: no trace of it, and the next run sends all."""
        moves = self.due(5)
        process = workers.start(_die_before_commit, self.database.name)
        workers.end(process)
        assert process.exitcode == -signal.SIGKILL, process.exitcode
        assert not any(self.line(move).delivery for move in moves)
        assert not self.env["mail.mail"].search_count([])
        self.dispatch()
        assert all(self.line(move).state == "queued" for move in moves)

    def test_a_person_and_a_run_exclude_each_other(self):
        """While a run holds the invoice a person's click is refused with a sentence."""
        [move] = self.due(1)
        self.env["chasing.dispatcher"]._dispatch(fields.Datetime.now())
        with workers.environment(self.database.name) as person:
            try:
                person["account.move"].browse(move).chasing_schedule_id.step_ids.action_send_now()
            except UserError:
                pass
            else:
                raise AssertionError("two transactions sent one step")
        self.env.cr.commit()
        assert self.line(move).state == "queued", self.line(move)

    # --- withdrawing ---------------------------------------------------------------------------

    def test_a_payment_withdraws_what_waits(self):
        """A message in Odoo's queue is taken back in the transaction that pays (R32)."""
        [move] = self.due(1)
        self.dispatch()
        self.pay(move)
        self.assert_withdrawn(self.line(move))
        self.send_mails()
        assert not self.arrived()

    def test_a_payment_withdraws_what_a_person_retried_meanwhile(self):
        """A person retries one of two failed steps while a payment is under way; by itself that changes no row which
        the payment changes. The payment is refused all the same and, tried again, takes the message back."""
        [move] = self.due(1)
        retried, _other = (self.add_later_step(move, state="failed") for _twice in range(2))
        retried.move_id._chasing_ensure_tokens()
        self.env.cr.commit()
        with workers.environment(self.database.name) as payer:
            wizard = payer["account.payment.register"].with_context(active_model="account.move", active_ids=[move])
            wizard = wizard.create({})
            retried.action_retry()
            self.env.cr.commit()
            try:
                wizard._create_payments()
                payer.cr.commit()
            except SerializationFailure:
                payer.cr.rollback()
                self.pay(move)
        [line] = [line for line in self.lines(move) if line.step == retried.id]
        self.assert_withdrawn(line)

    def test_a_queue_that_read_before_the_payment_sends_the_others(self):
        """Odoo's queue had picked the message up, then the payment withdrew it: it does not leave, the others do."""
        paid, other = self.due(2)
        self.dispatch()
        with self.meanwhile("ir.mail_server", "_connect__", lambda: self.pay(paid)):
            self.send_mails()
        self.send_mails()
        self.assert_withdrawn(self.line(paid))
        assert self.line(other).state == "sent", self.line(other)
        assert self.arrived() == [self.line(other).message]

    def test_what_is_being_handed_over_counts_as_gone(self):
        """A payment while the mail server has the message and has not answered: it left once, the ledger says so."""
        [move] = self.due(1)
        self.dispatch()
        self.hand_over_while(lambda: self.pay(move))
        line = self.line(move)
        assert (line.state, line.step_state, line.notification, line.mail) == ("sent", "sent", "sent", None), line
        assert self.arrived() == [line.message], f"{line.message} came {len(self.arrived())} times"
        schedule = self.schedule(move)
        assert schedule.first_sent_at, "the first send was not noted"
        assert schedule.status == "paid", schedule.status

    def test_a_refusal_during_a_change_is_written_down(self):
        """The mail server says no, and meanwhile the schedule changed: the delivery and its step have failed."""
        [move] = self.due(1)
        self.env["account.move"].browse(move).partner_id.email = "full@buyer.example"
        self.env.cr.commit()
        self.dispatch()
        self.hand_over_while(lambda: self.add_later_step(move))
        line = self.lines(move)[0]
        assert (line.state, line.step_state) == ("failed", "failed"), line
        assert self.schedule(move).status == "failed", self.schedule(move).status

    # --- holding -------------------------------------------------------------------------------

    def test_a_pause_of_a_moment_loses_nothing_and_repeats_nothing(self):
        """What waited is taken out of the queue; resumed, it is composed anew and leaves once (R36)."""
        [move] = self.due(1)
        self.dispatch()
        first = self.line(move)
        self.pause(move)
        self.assert_held(self.line(move), first)
        self.send_mails()
        assert not self.arrived()
        self.resume(move)
        self.dispatch()
        self.send_mails()
        self.assert_gone_once(move, first)

    def test_a_queue_that_read_before_the_pause_sends_the_others(self):
        """Odoo's queue had picked the message up, then the pause took it out: it leaves once, after it (R36)."""
        paused, other = self.due(2)
        self.dispatch()
        first = self.line(paused)
        with self.meanwhile("ir.mail_server", "_connect__", lambda: self.pause(paused)):
            self.send_mails()
        self.send_mails()
        self.assert_held(self.line(paused), first)
        assert self.arrived() == [self.line(other).message], self.arrived()
        self.resume(paused)
        self.dispatch()
        self.send_mails()
        assert self.arrived()[1:] == [self.line(paused).message], self.arrived()

    def test_a_pause_while_it_is_being_handed_over_comes_too_late(self):
        """The mail server has it: it counts as gone, and is not sent again when the pause ends (R36)."""
        [move] = self.due(1)
        self.dispatch()
        first = self.line(move)
        self.hand_over_while(lambda: self.pause(move))
        assert (self.line(move).state, self.line(move).step_state) == ("sent", "sent"), self.line(move)
        self.resume(move)
        self.dispatch()
        self.send_mails()
        assert self.arrived() == [first.message], self.arrived()

    def test_a_pause_that_is_killed_leaves_the_message_where_it_was(self):
        """kill -9 after everything was written and before the commit: the message is in the queue, and leaves (R81)."""
        [move] = self.due(1)
        self.dispatch()
        first = self.line(move)
        process = workers.start(_die_pausing, self.database.name, move)
        workers.end(process)
        assert process.exitcode == -signal.SIGKILL, process.exitcode
        assert self.line(move) == first, (self.line(move), first)
        self.send_mails()
        assert self.arrived() == [first.message], self.arrived()

    # --- Odoo's mail queue ---------------------------------------------------------------------

    def test_a_change_during_a_handing_over_repeats_nothing(self):
        """The schedule changes while the mail server has the message: Odoo's queue still commits what it sent."""
        [move] = self.due(1)
        self.dispatch()
        self.hand_over_while(lambda: self.add_later_step(move))
        line = self.lines(move)[0]
        assert self.arrived() == [line.message], f"{line.message} came {len(self.arrived())} times"
        assert line.state == "sent", line
        assert self.schedule(move).first_sent_at, "the first send was not noted"

    def test_a_queue_killed_after_the_servers_answer_repeats_that_message(self):
        """kill -9 between the mail server's OK and the commit: that one message comes twice, with one Message-Id."""
        [move] = self.due(1)
        self.dispatch()
        process = workers.start(workers.work_off_queue, self.database.name, workers.Flag(), 1)
        workers.end(process)
        assert process.exitcode == -signal.SIGKILL, process.exitcode
        assert (self.line(move).state, self.line(move).mail) == ("queued", "outgoing"), self.line(move)
        self.send_mails()
        line = self.line(move)
        again, faults = audit.repeats(self.database.mail_sink.sessions())
        assert line.state == "sent" and again == [line.message] and not faults, (line, again, faults)
        return f"{line.message} came {self.arrived().count(line.message)} times"

    # --- what the scenarios are made of ----------------------------------------------------------

    def due(self, count):
        """Let only so many invoices be due; returns their ids."""
        schedules = self.env["chasing.schedule"].search([], order="id")
        self.env.cr.execute("UPDATE chasing_schedule SET next_at = NULL WHERE id > %s", [schedules[count - 1].id])
        moves = schedules[:count].move_id.ids
        self.env.cr.commit()
        return moves

    def take_snapshot(self):
        self.env.cr.execute("SELECT 1")

    def pay(self, move):
        with workers.environment(self.database.name) as env:
            pay(env, None, move)

    def receive(self, move):
        """Post a receipt of all that the invoice's customer owes, which nobody reconciles."""
        with workers.environment(self.database.name) as env:
            move = env["account.move"].browse(move)
            env["account.payment"].create({
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": move.partner_id.id,
                "amount": sum(move.partner_id.invoice_ids.mapped("amount_residual")),
                "journal_id": env["account.journal"].search([("type", "=", "bank")], limit=1).id,
            }).action_post()
            env.cr.commit()

    def pause(self, move):
        with workers.environment(self.database.name) as env:
            env["account.move"].browse(move).chasing_schedule_id.action_pause()
            env.cr.commit()

    def resume(self, move):
        with workers.environment(self.database.name) as env:
            env["account.move"].browse(move).chasing_schedule_id.action_resume()
            env.cr.commit()

    def assert_held(self, line, first):
        """The delivery that was handed over first is ours again, without a message."""
        assert (line.delivery, line.state, line.step_state) == (first.delivery, "queued", "held"), line
        assert (line.message, line.notification, line.mail) == (None, None, None), line

    def assert_gone_once(self, move, first):
        line = self.line(move)
        assert (line.delivery, line.state, line.step_state) == (first.delivery, "sent", "sent"), line
        assert self.arrived() == [line.message] != [first.message], (self.arrived(), first.message)

    def dispatch(self):
        with workers.environment(self.database.name) as env:
            env["chasing.dispatcher"]._cron_dispatch()

    def send_mails(self):
        with workers.environment(self.database.name) as env:
            env["mail.mail"].process_email_queue()

    def hand_over_while(self, happens):
        """Let something happen while the mail server has the first message and has not answered; then let everything
        that is left be done."""
        with self.database.mail_sink.holding():
            sender = threading.Thread(target=self.send_mails)
            sender.start()
            workers.wait_until(self.database.mail_sink.holds)
            happens()
        sender.join()
        self.send_mails()
        self.dispatch()

    @contextmanager
    def meanwhile(self, model, method, happens):
        """Let something happen once, right before a method's first call and after its transaction's snapshot."""
        owner = type(self.env[model])
        original, pending = getattr(owner, method), [happens]

        def interrupted(record, *arguments, **options):
            if pending:
                record.env.cr.execute("SELECT 1")
                pending.pop()()
            return original(record, *arguments, **options)

        with patch.object(owner, method, interrupted):
            yield

    def raise_serialization_failure(self):
        raise SerializationFailure

    def add_later_step(self, move, state="planned"):
        """One more step, a year from now, in a transaction of its own."""
        with workers.environment(self.database.name) as env:
            step = env["chasing.step"].create({
                "schedule_id": env["account.move"].browse(move).chasing_schedule_id.id,
                "trigger": "after_due",
                "days": 400,
                "state": state,
                "scheduled_at": fields.Datetime.now() + timedelta(365),
            })
            env.cr.commit()
            return self.env["chasing.step"].browse(step.id)

    def schedule(self, move):
        self.env.cr.rollback()
        return self.env["account.move"].browse(move).chasing_schedule_id

    def lines(self, move):
        """The ledger of an invoice, as it stands now."""
        self.env.cr.rollback()
        return [line for line in audit.ledger(self.env) if line.move == move]

    def line(self, move):
        [line] = self.lines(move)
        return line

    def arrived(self):
        return [message for session in self.database.mail_sink.sessions() for message in session.messages]

    def assert_withdrawn(self, line):
        assert (line.state, line.mail, line.notification) == ("cancelled", "cancel", "canceled"), line
        assert (line.step_state, line.reason) == ("cancelled", "paid"), line


def _die_pausing(database_name, move):
    with workers.environment(database_name) as env:
        env["account.move"].browse(move).chasing_schedule_id.action_pause()
        env.flush_all()
        os.kill(os.getpid(), signal.SIGKILL)


def _die_before_commit(database_name):
    with workers.environment(database_name) as env:
        type(env["ir.cron"])._commit_progress = lambda *_arguments, **_options: os.kill(os.getpid(), signal.SIGKILL)
        env["chasing.dispatcher"]._cron_dispatch()
