"""A payment against the dispatcher and Odoo's mail queue: who commits first decides, and all of them agree who did."""

import itertools
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import audit
import workers

from odoo.service import model

LANES = 2

# --- what each process does when it is told to -------------------------------------------------


def pay(env, _now, move_id):
    """Register the payment as a user's click does, retried as Odoo's HTTP layer does.

    :return: {id: state} of the deliveries the paying transaction knew of when it committed
    """
    seen = {}

    def register():
        wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=[move_id])
        wizard.create({})._create_payments()
        env.flush_all()
        env.cr.execute("SELECT id, state FROM chasing_delivery WHERE move_id = %s", [move_id])
        seen.clear()
        seen.update(env.cr.fetchall())

    model.retrying(register, env)
    return seen


def dispatch(env, now, _move_id):
    workers.at(env["chasing.dispatcher"], now)._cron_dispatch()


def send_mails(env, _now, _move_id):
    env["mail.mail"].process_email_queue()


def serve(database_name, job, pipe):
    """Do the job for each (instant, move id, seconds to wait) that comes, until None comes."""
    # Odoo waits up to 2 s before it tries again: fifty times less will do
    model.time = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / 50))
    with workers.environment(database_name) as env:
        while order := pipe.recv():
            now, move_id, seconds = order
            time.sleep(seconds)
            start = time.monotonic()
            pipe.send((job(env, now, move_id), time.monotonic() - start))
            env.cr.rollback()


class Worker:
    """A process that does one job whenever it is told to."""

    def __init__(self, database_name, job):
        self.pipe, other = workers.FORK.Pipe()
        self.process = workers.start(serve, database_name, job, other)
        self.seconds = 0  # the shortest time the job took

    def order(self, now, move_id, seconds=0):
        self.pipe.send((now, move_id, seconds))

    def wait(self):
        if not self.pipe.poll(workers.PATIENCE):
            workers.give_up(self.process, "answer")
        result, seconds = self.pipe.recv()
        self.seconds = min(self.seconds or seconds, seconds)
        return result

    def do(self, now=None, move_id=None):
        self.order(now, move_id)
        return self.wait()

    def dismiss(self):
        self.pipe.send(None)
        workers.end(self.process)


# --- the races ---------------------------------------------------------------------------------


def race(crew, moves, chance):
    """One race after the other; returns what each payment knew of.

    :param hands: the payer, the dispatcher, the mail queue
    :param moves: [(instant, move id)]
    :param chance: random.Random
    """
    payer, dispatcher, mailer = crew
    seen = {}
    for now, move_id in moves:
        usual = payer.seconds
        dispatched = chance.uniform(0, 1.4) * usual
        payer.order(now, move_id)
        dispatcher.order(now, move_id, dispatched)
        mailer.order(now, move_id, dispatched + chance.uniform(0.2, 1.4) * usual)
        seen[move_id] = payer.wait()
        dispatcher.wait()
        mailer.wait()
        dispatcher.do(now)
    return seen


class Races:
    """As many races as wanted, each for an invoice of its own; two run at a time and get in each other's way too.

    :param database: Database
    :param chance: random.Random
    """

    def __init__(self, database, chance):
        self.database, self.chance = database, chance

    def run(self, count):
        """Let them race; returns ({outcome: races}, {number: faults})."""
        self.database.renew()
        moves = self.prepare()[:count]
        lanes = [[Worker(self.database.name, job) for job in (pay, dispatch, send_mails)] for _lane in range(LANES)]
        chances = [random.Random(self.chance.random()) for _lane in lanes]
        seen = {}
        with self.database.mail_sink.slow(), ThreadPoolExecutor(LANES) as pool:
            shares = [moves[number::LANES] for number in range(LANES)]
            for result in pool.map(race, lanes, shares, chances):
                seen.update(result)
        lanes[0][-1].do()
        for worker in itertools.chain(*lanes):
            worker.dismiss()
        return self.judge([move_id for _now, move_id in moves], seen)

    def prepare(self):
        """Give every invoice's step a minute of its own; returns [(that instant, move id)]."""
        with workers.environment(self.database.name) as env:
            moves = []
            for number, step in enumerate(env["chasing.step"].search([], order="id")):
                step.scheduled_at += timedelta(minutes=number)
                moves.append((step.scheduled_at, step.move_id.id))
            env.cr.commit()
            return moves

    def judge(self, moves, seen):
        sessions = self.database.mail_sink.sessions()
        with workers.environment(self.database.name) as env:
            lines, states = audit.ledger(env), self.payment_states(env, moves)
            paid = env["account.payment"].search_count([])
        raced = [line for line in lines if line.move in moves]
        again, common = audit.repeats(sessions)
        common += [f"{message} came twice though nobody was killed" for message in again]
        common += audit.disagreements(raced, sessions)
        if paid != len(moves):
            common.append(f"{paid} payments were made for {len(moves)} invoices")
        outcomes, faults = Counter(), {None: common} if common else {}
        for number, move_id in enumerate(moves):
            own = [line for line in raced if line.move == move_id]
            outcome, fault = verdict(own, seen[move_id])
            if states[move_id] != "paid":
                fault = f"the invoice is {states[move_id]}"
            outcomes[outcome] += 1
            if fault:
                faults[number] = [f"invoice {move_id}: {fault}"]
        return outcomes, faults

    def payment_states(self, env, moves):
        return {move.id: move.payment_state for move in env["account.move"].browse(moves)}


def verdict(lines, seen):
    """(outcome, fault or None) of one invoice's race.

    :param lines: the ledger's lines of its one step
    :param seen: what the paying transaction knew of
    """
    [step] = {(line.step_state, line.reason) for line in lines}
    live = [line for line in lines if line.delivery]
    unseen = [line.delivery for line in live if line.delivery not in seen]
    if unseen:
        return "wrong", f"deliveries {unseen} were queued behind the payment's back, and are {live[0].state}"
    if not live:
        return "paid first", None if step[0] in ("cancelled", "skipped") else f"the step is {step}"
    if len(live) > 1:
        return "wrong", f"{len(live)} deliveries"
    if live[0].state == "cancelled":
        return "withdrawn", None if step == ("cancelled", "paid") else f"withdrawn, but the step is {step}"
    if live[0].state == "sent":
        outcome = "sent before" if seen[live[0].delivery] == "sent" else "being handed over: counts as gone"
        return outcome, None if step[0] == "sent" else f"sent, but the step is {step}"
    return "wrong", f"the delivery is still {live[0].state}"
