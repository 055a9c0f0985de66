"""Two processes dispatch, a third one works off Odoo's mail queue, and all of them are killed at random moments."""

import time
from collections import Counter

import audit
import workers
from database import INVOICES

KILLS = 5


class Round:
    """One round: everything is due, and at the end everything was decided once.

    :param database: Database
    :param chance: random.Random
    """

    def __init__(self, database, chance):
        self.database, self.chance, self.killed = database, chance, Counter()
        self.stop = workers.Flag()

    def play(self, drain):
        """Let it happen and return the faults found.

        :param drain: whether the whole mail queue is worked off at the end
        """
        self.database.renew()
        self.crew = {name: self.recruit(name) for name in ("dispatcher 1", "dispatcher 2", "mail queue")}
        for _kill in range(KILLS):
            self.pause(self.chance.uniform(0, self.database.batch_seconds))
            if not self.dispatching():
                break
            victim = self.chance.choice([name for name, process in self.crew.items() if process.is_alive()])
            workers.kill(self.crew[victim])
            self.replace(victim)
        workers.wait_until(self.everything_is_decided, workers.PATIENCE)
        self.end()
        interrupted = sorted(audit.interrupted(self.database.mail_sink.sessions()))
        workers.end(workers.start(workers.finish_queue, self.database.name, None if drain else interrupted))
        return self.audit(drain)

    def recruit(self, name):
        """Start a process; a mail queue dies by itself sooner or later, right after the mail server's answer."""
        if name == "mail queue":
            return workers.start(workers.work_off_queue, self.database.name, self.stop, self.chance.randint(1, 30))
        return workers.start(workers.dispatch, self.database.name)

    def replace(self, name):
        self.killed[name] += 1
        self.crew[name] = self.recruit(name)

    def pause(self, seconds):
        """Let them work, and replace a mail queue that has died."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.dispatching():
            if not self.crew["mail queue"].is_alive():
                self.replace("mail queue")
            time.sleep(0.005)

    def dispatching(self):
        return any(process.is_alive() for name, process in self.crew.items() if name != "mail queue")

    def everything_is_decided(self):
        """Nothing is due any more."""
        self.pause(0.05)
        return not self.dispatching()

    def end(self):
        self.stop.set()
        workers.end(self.crew["mail queue"])
        self.killed["mail queue"] += self.crew["mail queue"].exitcode < 0
        broken = [name for name, process in self.crew.items() if process.exitcode > 0]
        if broken:
            raise RuntimeError(f"{', '.join(broken)} ended with an error")

    def audit(self, drain):
        sessions = self.database.mail_sink.sessions()
        with workers.environment(self.database.name) as env:
            lines, strays = audit.ledger(env), audit.strays(env)
        self.again, faults = audit.repeats(sessions)
        self.states = Counter(line.state for line in lines)
        faults += audit.disagreements(lines, sessions) + audit.decisions(lines)
        if len(lines) != INVOICES:
            faults.append(f"there are {len(lines)} decisions on {INVOICES} steps")
        if strays:
            faults.append(f"{strays} e-mails in the queue belong to no delivery")
        if len(self.again) > self.killed["mail queue"]:
            faults.append(f"{len(self.again)} messages came again after {self.killed['mail queue']} kills")
        if drain and self.states["queued"]:
            faults.append(f"{self.states['queued']} messages never left the queue")
        return faults

    def summary(self):
        kills = ", ".join(f"{name} {count}" for name, count in sorted(self.killed.items()))
        return f"{self.states['sent']} left, {self.states['queued']} queued, {len(self.again)} twice; killed: {kills}"
