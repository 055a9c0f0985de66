"""Acts on many invoices are killed again and again on their way: every invoice is worked on once, and none is lost."""

import base64
import importlib
import time
from collections import Counter
from datetime import timedelta

import workers

import copies
from odoo.fields import Command

MANY = 1500
BATCH_SIZE = 150  # small parts, so that there are many moments to be killed at
KILLS = 5
PATIENCE = 120  # seconds until everything is done
ADDRESS = "books@buyer.example"
NOTES = {"pause": "Chasing paused%", "import": "E-mails are sent to%"}
CREW = ("acts 1", "acts 2", "import")


def prepare(database):
    """Let a collector ask for everything at once, on the same invoices, so much that it is left to the background."""
    database.renew()
    with workers.environment(database.name) as env:
        collector = env["res.users"].create({
            "name": "Collector",
            "login": "collector",
            "group_ids": [Command.set(env.ref("invoice_chasing.group_user").ids)],
        })
        usual, gentle = (
            env["chasing.cadence"].create({
                "name": name,
                "company_id": env.company.id,
                "step_ids": [Command.create({"trigger": "after_due", "days": number}) for number in days],
            })
            for name, days in (("Usual", (25, 35)), ("Gentle", (30, 45, 60)))
        )
        source, partners = env["account.move"].search([], limit=1), copies.customers(env, 20)
        moves = copies.copies(env, source, partners, MANY, days=1)
        # names as short as real ones are found in a moment
        env.cr.execute("UPDATE account_move SET name = 'INV/' || id WHERE id = ANY(%s)", [moves.ids])
        env.cr.execute("ANALYZE account_move")
        env.invalidate_all()
        env["chasing.planner"]._attach(moves, usual, "default")
        moves = moves.with_user(collector)
        run = moves.env["chasing.bulk.run"]._start("pause", {"reason": "dispute"}, moves.chasing_schedule_ids)
        run.sudo().asked_at -= timedelta(seconds=1)
        moves.env["chasing.assignment"]._assign("Gentle", moves, gentle)
        rows = "".join(f"{name},{ADDRESS}\n" for name in moves.mapped("name"))
        sheet = moves.env["chasing.import"].create({
            "file": base64.b64encode(f"Invoice Number,E-mail Contacts\n{rows}".encode()),
            "file_name": "contacts.csv",
        })
        sheet.action_import()
        env.cr.commit()
    database.keep()


class ManyRound:
    """One round: two processes work on the acts and one on the import, and each may be killed at any moment; then all
    is put back, which is killed as well.

    :param database: Database, prepared
    :param chance: random.Random
    """

    def __init__(self, database, chance):
        self.database, self.chance, self.killed = database, chance, Counter()

    def play(self):
        """Let it happen and return the faults found."""
        self.database.renew()
        self.live_through(KILLS)
        faults = self.audit(given)
        with workers.environment(self.database.name) as env:
            act = env["chasing.assignment"].search([])
            act.with_user(act.user_id).action_undo()
            env.cr.commit()
        self.live_through(2)
        return faults + self.audit(put_back)

    def live_through(self, kills):
        """Let everything be done while processes are killed and replaced."""
        self.crew = {name: self.recruit(name) for name in CREW}
        end = time.monotonic() + PATIENCE
        while any(process.is_alive() for process in self.crew.values()):
            time.sleep(self.chance.uniform(0, 0.6))
            alive = [name for name, process in self.crew.items() if process.is_alive()]
            if kills and alive:
                kills -= 1
                workers.kill(self.crew[self.chance.choice(alive)])
            self.replace_the_dead()
            if time.monotonic() > end:
                raise TimeoutError(f"The acts on many were not finished in {PATIENCE} s")

    def recruit(self, name):
        """Start a process, which may die by itself: right before one of its commits, or right after it."""
        dies_at = self.chance.choice([None, self.chance.randrange(1, 5)])
        job = import_rows if name == "import" else work
        return workers.start(job, self.database.name, dies_at, self.chance.random() < 0.5)

    def replace_the_dead(self):
        for name, process in self.crew.items():
            if process.exitcode:
                if process.exitcode > 0:
                    raise RuntimeError(f"{name} ended with status {process.exitcode}")
                self.killed[name] += 1
                self.crew[name] = self.recruit(name)

    def audit(self, compare):
        with workers.environment(self.database.name) as env:
            return compare(env)

    def summary(self):
        return "killed: " + ", ".join(f"{name} {count}" for name, count in sorted(self.killed.items()))


# --- what there should be ----------------------------------------------------------------------


def given(env):
    """Where it shows that something was done twice, or not, or that its record is wrong."""
    run, act, sheet = (env[name].search([]) for name in ("chasing.bulk.run", "chasing.assignment", "chasing.import"))
    once = dict.fromkeys(act.selected, 1)
    gentle, usual = act.cadence_id, env["chasing.cadence"].search([("name", "=", "Usual")], limit=1)
    lines = env["chasing.assignment.line"].search([])
    schedules = lines.move_id.chasing_schedule_ids
    faults = [
        *wrong("invoices with a line", Counter(line.move_id.id for line in lines), once),
        *wrong(
            "what they had",
            told(lines, "old_cadence_id", "old_assigned_by", "old_lifecycle", "reason"),
            {(usual, "default", "paused", False): MANY},
        ),
        *wrong(
            "what they have",
            told(schedules, "cadence_id", "lifecycle", "own_emails"),
            {(gentle, "paused", ADDRESS): MANY},
        ),
        *wrong("their steps", Counter(len(schedule.step_ids) for schedule in schedules), {3: MANY}),
        *wrong("rows of the sheet", told(sheet.line_ids, "is_done", "verdict"), {(True, "ok"): MANY}),
        *wrong("progress", [progress(run), progress(act), sheet.state], [DONE, DONE, "done"]),
        *wrong("refused", [run.refused_count, act.refused_count, act.line_count], [0, 0, MANY]),
    ]
    for title, text in NOTES.items():
        faults += wrong(f"notes of the {title}", notes(env, text, act.user_id), once)
    return faults + wrong("messages that it is finished", finished(env), 3)


def put_back(env):
    """The same of putting back."""
    act = env["chasing.assignment"].search([])
    usual = env["chasing.cadence"].search([("name", "=", "Usual")], limit=1)
    schedules = act.line_ids.move_id.chasing_schedule_ids
    return [
        *wrong("what they have again", told(schedules, "cadence_id", "assigned_by", "lifecycle"),
               {(usual, "default", "paused"): MANY}),
        *wrong("their steps again", Counter(len(schedule.step_ids) for schedule in schedules), {2: MANY}),
        *wrong("progress of putting back", [progress(act), act.refused_count], [DONE, 0]),
        *wrong("messages that it is finished", finished(env), 4),
    ]  # fmt: skip


DONE = (MANY, MANY, True)


def progress(act):
    return (act.total, act.done, act.is_done)


def told(records, *names):
    """{values of fields: how many records have them}."""
    return Counter(tuple(record[name] for name in names) for record in records)


def notes(env, text, user):
    """{invoice: how many such notes of that user it has}."""
    env.cr.execute(
        "SELECT res_id, count(*) FROM mail_message"
        " WHERE model = 'account.move' AND body LIKE %s AND author_id = %s GROUP BY res_id",
        [text, user.partner_id.id],
    )
    return dict(env.cr.fetchall())


def finished(env):
    """How often somebody was told that something is finished."""
    return env["bus.bus"].search_count([("message", "like", "simple_notification")])


def wrong(title, found, wanted):
    """A sentence, if what was found is not what is wanted."""
    if found == wanted:
        return []
    if isinstance(found, dict):
        odd = {key: found.get(key) for key in {*found, *wanted} if found.get(key) != wanted.get(key)}
        return [f"{title}: {len(odd)} are not as they should be, such as {dict(list(odd.items())[:3])}"]
    return [f"{title}: {found}, not {wanted}"]


# --- jobs --------------------------------------------------------------------------------------


def work(database_name, dies_at, before):
    """The scheduled action of the acts on many, again and again, until nothing is open.

    :param dies_at: kill -9 this process at that commit; None: it lives
    :param before: right before it, not right after
    """
    _in_small_parts("common.chasing_background_job", "BATCH_SIZE")
    with workers.environment(database_name) as env:
        acts = env["chasing.background.job"]
        _die_at_commit(env, dies_at, before)

        def nothing_is_open():
            acts._cron_bulk()
            env.cr.rollback()
            return not acts._count_left()

        workers.wait_until(nothing_is_open)


def import_rows(database_name, dies_at, before):
    """The same of the import."""
    _in_small_parts("imports.chasing_import", "BATCH_SIZE")
    with workers.environment(database_name) as env:
        sheets = env["chasing.import"]
        _die_at_commit(env, dies_at, before)

        def nothing_runs():
            sheets._cron_import()
            env.cr.rollback()
            return not sheets.search_count([("state", "=", "running")])

        workers.wait_until(nothing_runs)


def _in_small_parts(module, name):
    # the addon can be imported once Odoo knows its path
    setattr(importlib.import_module(f"odoo.addons.invoice_chasing.models.{module}"), name, BATCH_SIZE)


def _die_at_commit(env, dies_at, before):
    if dies_at:
        workers.die_at(type(env["ir.cron"]), "_commit_progress", dies_at, before)
