"""The letter queue is killed again and again while it talks with Pingen: each letter exists there once."""

from collections import Counter
from datetime import timedelta

import workers
from database import hand_over
from postal_double import CLIENT, ORGANISATION, SECRET
from providers import LATE, LOST, TAKEN

import copies
from odoo import fields

EACH = 5  # letters of a round
# where a process is killed that hands letters over: the request it waits for, and what becomes of that
MOMENTS = [
    ("token", LOST), ("upload", LOST), ("order", LOST), ("order", LATE), ("order", TAKEN), ("answer", None),
]  # fmt: skip
# and where one is killed that takes up what another left
AGAIN = [*MOMENTS, ("search", LOST), ("search", TAKEN)]
ASKING = [("token", LOST), ("status", LOST), ("status", TAKEN)]
# what Pingen says -> letter, delivery, step
ENDS = {
    "printing": ("sending", "queued", "under_way"),
    "sent": ("sent", "sent", "sent"),
    "delivered": ("delivered", "delivered", "sent"),
    "undeliverable": ("returned", "bounced", "failed"),
    "rejected": ("failed", "failed", "failed"),
    "cancelled": ("cancelled", "cancelled", "cancelled"),
}


def prepare(database, providers, rounds):
    """Queue the letters of all rounds, their paper made, and keep them waiting; returns their ids."""
    database.renew()
    with workers.environment(database.name) as env:
        parameters = env["ir.config_parameter"]
        for name in ("pingen_url", "pingen_identity_url"):
            parameters.set_param(f"invoice_chasing.{name}", providers.url)
        env["chasing.postal.provider"]._for_company(env.company).write({
            "code": "pingen", "client_id": CLIENT, "api_key": SECRET, "organisation": ORGANISATION,
        })  # fmt: skip
        letters = hand_over(env, "letter", rounds * EACH).letter_id.sorted("id")
        for letter in letters:
            letter._attach_pdf(copies.FAKE_PDF, 1)
        letters.retry_at = fields.Datetime.now() + timedelta(30)
        env.cr.commit()
        return letters.ids


class LetterRound:
    """One round: a few letters, a few kills, and at the end a queue that works undisturbed.

    :param ids: the letters
    :param first: the moment of the first kill
    """

    def __init__(self, database, providers, chance, ids, first):
        self.database, self.providers, self.chance, self.ids, self.first = database, providers, chance, ids, first
        self.killed = Counter()
        self.now = fields.Datetime.now()

    def play(self):
        """Let it happen and return the faults found."""
        # what was kept waiting may go
        with workers.environment(self.database.name) as env:
            env["chasing.letter"].browse(self.ids).retry_at = False
            env.cr.commit()
        self.kill(self.first, passing=self.chance.randrange(EACH))
        for moment in self.chance.sample(AGAIN, self.chance.randint(0, 2)):
            self.kill(moment)
        self.finish()
        faults = self.compare(dict.fromkeys(self.ids, "printing"))
        # Pingen is asked an hour later
        self.now += timedelta(hours=2)
        ends = {letter: self.chance.choice(list(ENDS)) for letter in self.ids}
        self.let_end(ends)
        self.kill(self.chance.choice(ASKING), passing=self.chance.randrange(EACH))
        self.finish()
        return faults + self.compare(ends)

    def kill(self, moment, passing=0):
        """Let the queue run and kill it once at that moment, at the first letter or when so many went well."""
        kind, fate = moment
        if kind == "answer":
            process = workers.start(work_off_and_die, self.database.name, self.now, passing)
            workers.end(process)
            happened = process.exitcode < 0
        else:
            happened = self.providers.kill_within(kind, fate, passing, work_off, self.database.name, self.now)
        if happened:
            self.killed[" ".join(filter(None, moment))] += 1
        if fate != LATE and self.chance.random() < 0.5:
            # as after a day: what was handed over can only be found by searching
            self.providers.double.forget_keys()

    def finish(self):
        process = workers.start(work_off, self.database.name, self.now)
        workers.end(process)
        self.providers.double.settle()
        if process.exitcode:
            raise RuntimeError(f"The letter queue ended with status {process.exitcode}")

    def let_end(self, ends):
        """Let Pingen say of letters, by their ids here, what became of them."""
        names = {key: name for name, key in self.providers.double.known().items()}
        with workers.environment(self.database.name) as env:
            keys = {letter.id: letter.key for letter in env["chasing.letter"].browse(self.ids)}
        self.providers.double.say({names[keys[letter]]: end for letter, end in ends.items() if keys[letter] in names})

    def compare(self, ends):
        """Where Pingen and the database tell different stories.

        :param ends: {letter id: what Pingen says of it}
        """
        names = {}
        for name, key in self.providers.double.known().items():
            names.setdefault(key, []).append(name)
        faults = []
        with workers.environment(self.database.name) as env:
            for letter in env["chasing.letter"].browse(self.ids):
                theirs = names.get(letter.key, [])
                if theirs != [letter.provider_reference]:
                    faults.append(f"letter {letter.id} is {letter.provider_reference} here and {theirs} at Pingen")
                found = (letter.state, letter.delivery_id.state, letter.delivery_id.step_id.state)
                if found != ENDS[ends[letter.id]]:
                    faults.append(f"letter {letter.id} is {ends[letter.id]} at Pingen; letter, delivery, step: {found}")
            every_key = set(env["chasing.letter"].search([]).mapped("key"))
        return faults + [f"Pingen has a letter of the unknown key {key}" for key in set(names) - every_key]

    def summary(self):
        return "killed: " + ", ".join(f"{moment} {times}" for moment, times in self.killed.items())


# --- jobs --------------------------------------------------------------------------------------


def work_off(database_name, now):
    """The scheduled action, again and again, until nothing is to be done; what a dead process had locked is free in a
    moment."""
    with workers.environment(database_name, now) as env:
        queue = env["chasing.letter.queue"]

        def nothing_is_left():
            queue._cron_process()
            env.cr.rollback()
            return not queue._due_letters(now)

        workers.wait_until(nothing_is_left)


def work_off_and_die(database_name, now, passing):
    """The same, killed between an answer of the provider's and its commit, after so many that went well."""
    with workers.environment(database_name) as env:
        workers.die_at(type(env["chasing.letter.queue"]), "_record_receipt", passing)
    work_off(database_name, now)
