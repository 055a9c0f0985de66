"""More is due than a batch holds while others hold some of it: nothing fails that nobody tried, and all of it goes."""

import random
import time
from collections import Counter

import audit
import races
import workers

import copies
from odoo import fields

DUE = 150
HELD = 60
PAID = 40
# e-mails that the mail server takes in a day, more than a batch has
PACE = 130
CREW = 4
# of these a run has made an end: what it handed over waits in Odoo's queue, which rests here
DECIDED = ("under_way", "cancelled")


class Crowd:
    """Invoices without documents, all due at one instant, more than a batch takes.

    :param database: Database
    :param chance: random.Random
    """

    def __init__(self, database, chance):
        self.database, self.chance = database, chance

    def hold(self):
        """Another transaction holds 60 of 150 invoices, among them most of the first batch; then it lets them go.

        :return: the faults found
        """
        moves = self.prepare(DUE)
        # not only from the first batch: those in the way are anywhere in the queue
        held = sorted(self.chance.sample(moves[:100], HELD - 10) + self.chance.sample(moves[100:], 10))
        holding, free = workers.Flag(), workers.Flag()
        holder = workers.start(hold, self.database.name, held, holding, free)
        holding.wait()
        workers.end(workers.start(run, self.database.name))
        faults = self.compare("while they are held", {"under_way": DUE - HELD, "planned": HELD})
        free.set()
        workers.end(holder)
        workers.end(workers.start(run, self.database.name))
        return faults + self.compare("after that", {"under_way": DUE})

    def dispatch_twice(self):
        """Two processes dispatch a backlog of several batches while payments come in.

        :return: (the faults found, {step's state: how many})
        """
        moves = self.prepare(None)
        paid = self.chance.sample(moves, PAID)
        crew = [workers.start(run, self.database.name) for _number in range(2)]
        crew.append(workers.start(pay, self.database.name, paid))
        for process in crew:
            workers.end(process)
        workers.end(workers.start(run, self.database.name))
        broken = sum(bool(process.exitcode) for process in crew)
        found, lines = self.states(), self.lines()
        faults = [f"{broken} processes ended with an error"] if broken else []
        faults += [f"{count} steps are {state}" for state, count in found.items() if state not in DECIDED]
        if not set(paid).issuperset(line.move for line in lines if line.step_state == "cancelled"):
            faults.append("a step of an invoice that nobody paid is cancelled")
        live = Counter(line.step for line in lines if line.delivery and line.state not in audit.FINAL)
        faults += [f"step {step} went {count} times" for step, count in live.items() if count != 1]
        return faults, found

    def keep_pace(self):
        """Four processes dispatch a backlog for one mail server with a limit: it gets as many as it takes, no more.

        :return: the faults found
        """
        self.prepare(None)
        with workers.environment(self.database.name) as env:
            values = {"name": "Paced", "smtp_host": "localhost", "chasing_per_day": PACE}
            env["ir.mail_server"].search([]).active = False
            env["ir.mail_server"].create(values)
            env.cr.commit()
        crew = [workers.start(run, self.database.name) for _number in range(CREW)]
        for process in crew:
            workers.end(process)
        workers.end(workers.start(run, self.database.name))
        broken = sum(bool(process.exitcode) for process in crew)
        faults = [f"{broken} processes ended with an error"] if broken else []
        count = len({line.step for line in self.lines() if line.delivery})
        return faults + ([] if count == PACE else [f"{count} steps were handed over, not {PACE}"])

    def prepare(self, count):
        """Let so many be due, None: all, at one instant and without documents; returns their moves' ids in order."""
        self.database.renew()
        with workers.environment(self.database.name) as env:
            env["ir.attachment"].search([("res_field", "=", "invoice_pdf_report_file")]).unlink()
            schedules = env["chasing.schedule"].search([], order="id")
            schedules.step_ids.scheduled_at = fields.Datetime.now()
            (schedules[count:] if count else schedules.browse()).step_ids.unlink()
            env.cr.commit()
            return schedules[:count].move_id.ids

    def lines(self):
        with workers.environment(self.database.name) as env:
            return audit.ledger(env)

    def states(self):
        return dict(Counter(line.step_state for line in self.lines()))

    def compare(self, when, wanted):
        found = self.states()
        return [] if found == wanted else [f"{when} the steps are {found}, not {wanted}"]


# --- what each process does --------------------------------------------------------------------


def run(database_name):
    """The scheduled action, once; documents cost nothing here."""
    with workers.environment(database_name) as env:
        sender = type(env["account.move.send"])
        sender._chasing_generate = lambda _sender, moves, _attempt: copies.give_pdfs(moves)
        env["chasing.dispatcher"]._cron_dispatch()
        env.cr.rollback()


def hold(database_name, move_ids, holding, free):
    """Lock invoices as a transaction does that registers payments, until told."""
    with workers.environment(database_name) as env:
        env.cr.execute("SELECT id FROM account_move WHERE id = ANY(%s) FOR UPDATE", [move_ids])
        holding.set()
        free.wait()


def pay(database_name, move_ids):
    """Register payments one after the other."""
    with workers.environment(database_name) as env:
        for move_id in move_ids:
            time.sleep(random.uniform(0, 0.02))
            races.pay(env, None, move_id)
            env.cr.commit()
