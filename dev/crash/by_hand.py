"""A message about many invoices, sent by hand in the background, is killed on its way: each customer gets it once."""

import importlib
import time
from collections import Counter

import audit
import many
import workers
from many import wrong

import copies

MANY, KEPT = 300, 2
BATCH_SIZE = 20  # small parts, so that there are many moments to be killed at
KILLS = 4
PATIENCE = 120  # seconds until everything is sent
SUBJECT = "About your invoice"


def prepare(database):
    """Let somebody send a message about many invoices, of two customers of whom one is excluded."""
    database.renew()
    with workers.environment(database.name) as env:
        source, partners = env["account.move"].search([], limit=1), copies.customers(env, 20)
        excluded = copies.customers(env, 1)
        moves = copies.copies(env, source, partners, MANY - KEPT, days=1)
        moves |= copies.copies(env, source, excluded, KEPT, days=1)
        copies.give_pdfs(moves)
        excluded.chasing_excluded = True
        admin = env.ref("base.user_admin")
        words = {"channel_email": True, "subject": SUBJECT}
        env["chasing.bulk.run"].with_user(admin)._start("send_message", {"words": words}, moves.with_user(admin))
        env.cr.commit()


class ByHandRound:
    """One round: two processes work on it, and each may be killed at any moment.

    :param database: Database
    :param chance: random.Random
    """

    def __init__(self, database, chance):
        self.database, self.chance, self.killed = database, chance, 0

    def play(self):
        """Let it happen and return the faults found."""
        prepare(self.database)
        self.live_through(KILLS)
        workers.end(workers.start(workers.finish_queue, self.database.name, None))
        sessions = self.database.mail_sink.sessions()
        with workers.environment(self.database.name) as env:
            return self.faults(env, sessions)

    def live_through(self, kills):
        crew, end = [self.recruit() for _number in range(2)], time.monotonic() + PATIENCE
        while any(process.is_alive() for process in crew):
            time.sleep(self.chance.uniform(0, 0.6))
            alive = [process for process in crew if process.is_alive()]
            if kills and alive:
                kills -= 1
                workers.kill(self.chance.choice(alive))
            for place, process in enumerate(crew):
                if process.exitcode:
                    self.killed += 1
                    crew[place] = self.recruit()
            if time.monotonic() > end:
                raise TimeoutError(f"The messages were not sent in {PATIENCE} s")

    def recruit(self):
        """Start a process, which may die by itself: right before one of its commits, or right after it."""
        dies_at = self.chance.choice([None, self.chance.randrange(1, 5)])
        return workers.start(work, self.database.name, dies_at, self.chance.random() < 0.5)

    def faults(self, env, sessions):
        """Return where the mail sink, the ledger and the record of the act tell different stories."""
        run = env["chasing.bulk.run"].search([])
        steps = env["chasing.step"].search([("is_by_hand", "=", True)])
        arrivals = Counter(message for session in sessions for message in session.messages)
        again, faults = audit.repeats(sessions)
        lines = [line for line in audit.ledger(env) if line.step in steps._ids]
        known = {line.message for line in lines}
        return [
            *faults,
            *wrong("progress", (run.total, run.done, run.is_done), (MANY, MANY, True)),
            *wrong("refused", run.refused_count, KEPT),
            *wrong("steps by invoice", Counter(Counter(steps.move_id.ids).values()), {1: MANY - KEPT}),
            *wrong("states of steps", Counter(steps.mapped("state")), {"sent": MANY - KEPT}),
            *wrong("messages of the ledger that arrived", len(known & arrivals.keys()), MANY - KEPT),
            *wrong("messages that came again", len(again), 0),
            *wrong("e-mails that no delivery knows", audit.strays(env), 0),
        ]

    def summary(self):
        return f"{MANY - KEPT} sent once, {KEPT} listed, killed {self.killed} times"


def work(database_name, dies_at, before):
    """Work it off in small parts; see `many.work`."""
    module = importlib.import_module("odoo.addons.invoice_chasing.models.forecast.chasing_bulk_run")
    module.SENDING_BATCH_SIZE = BATCH_SIZE
    many.work(database_name, dies_at, before)
