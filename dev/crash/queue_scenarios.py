"""The scenarios of Odoo's mail queue with many e-mails of ours in it: what happens to one while others leave."""

import signal

import workers
from psycopg2.errors import SerializationFailure
from scenarios import Scenarios

MANY = 40


class QueueScenarios(Scenarios):
    def test_two_queues_at_once_send_each_message_once(self):
        """Neither waits for the other, and both get some of them done (R80)."""
        moves = self.due(MANY)
        self.dispatch()
        with self.database.mail_sink.slow():
            queues = [workers.start(_send_mails, self.database.name) for _number in range(2)]
            for process in queues:
                workers.end(process)
        assert not any(process.exitcode for process in queues), [process.exitcode for process in queues]
        shares = [len(session.messages) for session in self.database.mail_sink.sessions()]
        self.assert_gone(moves)
        assert len(shares) == 2 and min(shares) > MANY / 4, shares
        return f"one sent {shares[0]}, the other {shares[1]}"

    def test_a_payment_while_others_leave_withdraws_what_is_behind(self):
        """What was written ahead of its turn does not leave when its invoice is paid before that (R32)."""
        first, paid, last = self.due(3)
        self.dispatch()
        self.hand_over_while(lambda: self.pay(paid))
        self.assert_withdrawn(self.line(paid))
        self.assert_gone([first, last])

    def test_a_pause_while_others_leave_holds_what_is_behind(self):
        """R36"""
        first, paused, last = self.due(3)
        self.dispatch()
        handed_over = self.line(paused)
        with self.database.mail_sink.holding():
            sender = workers.start(_send_mails, self.database.name)
            workers.wait_until(self.database.mail_sink.holds)
            self.pause(paused)
        workers.end(sender)
        self.assert_held(self.line(paused), handed_over)
        self.assert_gone([first, last])

    def test_a_message_deleted_while_others_leave_stays(self):
        """A person deletes in Odoo's own list what waits behind: it is cancelled, the others leave (R83)."""
        first, deleted, last = self.due(3)
        self.dispatch()
        self.hand_over_while(lambda: self.delete(self.line(deleted).message))
        line = self.line(deleted)
        assert (line.state, line.step_state, line.reason, line.mail) == ("cancelled", "cancelled", "withdrawn", None), (
            line
        )
        self.assert_gone([first, last])

    def test_a_message_deleted_while_it_is_handed_over_has_left(self):
        """The person is refused, as Odoo does it, and tries again (R83)."""
        [move] = self.due(1)
        self.dispatch()
        with self.database.mail_sink.holding():
            sender = workers.start(_send_mails, self.database.name)
            workers.wait_until(self.database.mail_sink.holds)
            person = workers.start(_delete, self.database.name, self.line(move).message)
            person.join(0.5)
            assert person.is_alive(), "the deletion did not wait for the mail server"
        workers.end(sender)
        workers.end(person)
        # where the deletion was in the way of what follows, that follows with the next run
        self.dispatch()
        self.assert_gone([move])

    def test_a_server_that_hangs_up_costs_one_message(self):
        """Nobody knows whether that one left: it failed, and is not repeated; the others leave (R81, R83)."""
        first, cut, last = self.due(3)
        self.env["account.move"].browse(cut).partner_id.email = "gone@buyer.example"
        self.env.cr.commit()
        self.dispatch()
        self.env.cr.execute("DELETE FROM ir_cron_trigger")
        self.env.cr.commit()
        self.send_mails()
        assert (self.line(cut).state, self.line(cut).step_state) == ("failed", "failed"), self.line(cut)
        self.assert_gone([first], alone=True)
        assert (self.line(last).state, self.line(last).mail) == ("queued", "outgoing"), self.line(last)
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        assert self.env["ir.cron.trigger"].search_count([("cron_id", "=", queue.id)]), "nobody wakes the queue"
        self.send_mails()
        self.assert_gone([first, last])

    def test_a_refused_recipient_stops_nobody(self):
        """R82, R83"""
        first, refused, last = self.due(3)
        self.env["account.move"].browse(refused).partner_id.email = "refused@buyer.example"
        self.env.cr.commit()
        self.dispatch()
        self.send_mails()
        line = self.line(refused)
        assert (line.state, line.step_state, line.reason) == ("failed", "failed", "bounced"), line
        self.assert_gone([first, last])

    def test_a_queue_killed_before_the_results_are_followed(self):
        """kill -9 when some have left and been written down: the next queue follows their results (R81)."""
        moves = self.killed_before_following()
        self.send_mails()
        self.assert_gone(moves)

    def test_a_dispatcher_follows_what_a_killed_queue_left(self):
        """The same, where no queue runs again (R81)."""
        moves = self.killed_before_following()
        self.dispatch()
        self.assert_gone(moves)

    # --- what the scenarios are made of ----------------------------------------------------------

    def killed_before_following(self):
        """Let three messages leave and the queue be killed then; returns their invoices' ids."""
        moves = self.due(3)
        self.dispatch()
        process = workers.start(_die_before_following, self.database.name)
        workers.end(process)
        assert process.exitcode == -signal.SIGKILL, process.exitcode
        for move in moves:
            line = self.line(move)
            assert (line.state, line.notification, line.mail, line.step_state) == (
                "sent", "sent", "sent", "under_way",
            ), line  # fmt: skip
        return moves

    def delete(self, message):
        with workers.environment(self.database.name) as env:
            env["mail.mail"].search([("message_id", "=", message)]).unlink()
            env.cr.commit()

    def assert_gone(self, moves, alone=False):
        """Each of these left once, all is written down, and nothing is left in Odoo's queue; and nothing else left.

        :param alone: whether others may still wait
        """
        lines = [self.line(move) for move in moves]
        for line in lines:
            assert (line.state, line.step_state, line.notification, line.mail) == ("sent", "sent", "sent", None), line
            assert self.schedule(line.move).first_sent_at, "the first send was not noted"
        assert sorted(self.arrived()) == sorted(line.message for line in lines), self.arrived()
        if not alone:
            assert not self.env["mail.mail"].search_count([("state", "=", "outgoing")])


def _send_mails(database_name):
    with workers.environment(database_name) as env:
        env["mail.mail"].process_email_queue()


def _delete(database_name, message):
    """Delete an e-mail as the web client does, whose request is repeated where PostgreSQL refuses it."""
    for _time in range(2):
        with workers.environment(database_name) as env:
            try:
                env["mail.mail"].search([("message_id", "=", message)]).unlink()
                env.cr.commit()
                return
            except SerializationFailure:
                env.cr.rollback()
    raise SystemExit(1)


def _die_before_following(database_name):
    with workers.environment(database_name) as env:
        workers.die_at(type(env["chasing.delivery"]), "_follow_results", 0, before=True)
        env["mail.mail"].process_email_queue()
