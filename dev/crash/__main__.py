"""Crash and concurrency: kill -9 in the middle, and payments that race the dispatcher, on copies of a database.

    dev/test crash [--rounds 20] [--races 200] [--letters 20] [--texts 20] [--many 6] [--by-hand 3] [--crowds 3]
                   [--seed N] [--only PART]

Eight parts: scenarios brought about on purpose, rounds of two dispatching processes and a mail queue that are killed at
random, races of a payment against them, rounds of the letter queue and of the SMS queue that are killed while a
provider has their request, rounds of acts on many invoices and of an import, and of messages sent by hand, that are
killed on their way, and backlogs of which others hold or pay a part, or of which a mail server takes a part. The last
line is "N passed, N failed".
"""

import argparse
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

# Odoo's package has no __init__.py: imported before, dev/kit/odoo.py cannot take its name
import odoo.modules.registry  # noqa: F401

DEV = Path(__file__).parents[1]
sys.path[1:1] = [str(DEV), str(DEV / "kit"), str(DEV.parent / "tests/builders")]

import by_hand  # noqa: E402
import crowd  # noqa: E402
import many  # noqa: E402
import scenarios  # noqa: E402
import texts  # noqa: E402
from database import INVOICES, Database  # noqa: E402
from document_scenarios import DocumentScenarios  # noqa: E402
from forecast_scenarios import ForecastScenarios  # noqa: E402
from mail_sink import MailSink  # noqa: E402
from providers import Providers  # noqa: E402
from queue_scenarios import QueueScenarios  # noqa: E402
from races import Races  # noqa: E402
from rounds import Round  # noqa: E402
from text_scenarios import TextScenarios  # noqa: E402

import letters  # noqa: E402


class Report:
    """Counts what was proved, and prints what was not."""

    def __init__(self):
        self.passed = self.failed = 0

    def note(self, title, faults, words=""):
        self.passed += not faults
        self.failed += bool(faults)
        if words or faults:
            print(f"{title}: {'FAILED' if faults else words}", flush=True)
        for fault in faults[:10]:
            print(f"    {fault}", flush=True)


def play_scenarios(database, report):
    for kind in (scenarios.Scenarios, QueueScenarios, TextScenarios, DocumentScenarios, ForecastScenarios):
        for name, fault, words in scenarios.run(database, kind):
            report.note(name.removeprefix("test_").replace("_", " "), [fault] if fault else [], words or "ok")


def play_rounds(database, chance, count, report):
    kills, again, seconds = Counter(), [], time.monotonic()
    for number in range(1, count + 1):
        one = Round(database, chance)
        faults = one.play(drain=number == count)
        report.note(f"round {number}", faults, f"ok, {one.summary()}")
        kills.update(name.rstrip(" 12") for name in one.killed.elements())
        again += one.again
    if count:
        print(f"{count} rounds of {INVOICES} steps in {time.monotonic() - seconds:.0f} s")
        print("killed: " + ", ".join(f"{name} {times} times" for name, times in kills.items()))
        print(f"came twice, cut off by a kill between the server's answer and Odoo's commit: {len(again)} messages")
        print("".join(f"    {message}\n" for message in again), end="", flush=True)


def race(database, chance, count, report):
    if not count:
        return
    seconds = time.monotonic()
    outcomes, faults = Races(database, chance).run(count)
    for number in range(count):
        report.note(f"race {number + 1}", faults.pop(number, []))
    report.note("all races together", faults.pop(None, []), "ok, mail sink, queue and ledger agree")
    print(f"{count} races in {time.monotonic() - seconds:.0f} s")
    print("".join(f"    {outcome}: {times}\n" for outcome, times in outcomes.items()), end="", flush=True)


def cut_off(database, providers, chance, count, report, queue, round_of):
    """Rounds of a queue that is killed at every moment in turn.

    :param queue: the module letters or texts
    :param round_of: its class of a round
    """
    if not count:
        return
    seconds, kills = time.monotonic(), Counter()
    ids = queue.prepare(database, providers, count)
    name = queue.__name__
    for number in range(count):
        moment = queue.MOMENTS[number % len(queue.MOMENTS)]
        one = round_of(database, providers, chance, ids[number * queue.EACH : (number + 1) * queue.EACH], moment)
        faults = one.play()
        report.note(f"{name} {number + 1}", faults, f"ok, {one.summary()}")
        kills.update(one.killed)
    print(f"{count} rounds of {queue.EACH} {name} in {time.monotonic() - seconds:.0f} s")
    print("killed: " + ", ".join(f"{moment} {times} times" for moment, times in kills.items()), flush=True)


def act_on_many(database, chance, count, report):
    if not count:
        return
    seconds, kills = time.monotonic(), Counter()
    many.prepare(database)
    for number in range(1, count + 1):
        one = many.ManyRound(database, chance)
        report.note(f"many {number}", one.play(), f"ok, {one.summary()}")
        kills.update(name.rstrip(" 12") for name in one.killed.elements())
    print(f"{count} rounds of three acts on {many.MANY} invoices in {time.monotonic() - seconds:.0f} s")
    print("killed: " + ", ".join(f"{name} {times} times" for name, times in kills.items()), flush=True)


def send_by_hand(database, chance, count, report):
    for number in range(1, count + 1):
        one = by_hand.ByHandRound(database, chance)
        faults = one.play()
        report.note(f"by hand {number}", faults, f"ok, {one.summary()}")


def crowd_in(database, chance, count, report):
    for number in range(1, count + 1):
        one = crowd.Crowd(database, chance)
        report.note(f"crowd {number}, {crowd.HELD} of {crowd.DUE} held", one.hold(), "ok, none failed")
        faults, states = one.dispatch_twice()
        words = ", ".join(f"{times} {state}" for state, times in states.items())
        report.note(f"crowd {number}, two processes and payments", faults, f"ok, {words}")
        report.note(f"crowd {number}, {crowd.CREW} processes and a limit", one.keep_pace(), f"ok, {crowd.PACE} went")


PARTS = {
    "scenarios": lambda database, _providers, _chance, _options, report: play_scenarios(database, report),
    "rounds": lambda database, _providers, chance, options, report: play_rounds(
        database, chance, options.rounds, report
    ),
    "races": lambda database, _providers, chance, options, report: race(
        database, chance, min(options.races, INVOICES), report
    ),
    "letters": lambda database, providers, chance, options, report: cut_off(
        database, providers, chance, min(options.letters, 100), report, letters, letters.LetterRound
    ),
    "texts": lambda database, providers, chance, options, report: cut_off(
        database, providers, chance, min(options.texts, 100), report, texts, texts.TextRound
    ),
    "by hand": lambda database, _providers, chance, options, report: send_by_hand(
        database, chance, options.by_hand, report
    ),
    # before the last, which changes the database for good
    "crowd": lambda database, _providers, chance, options, report: crowd_in(database, chance, options.crowds, report),
    "many": lambda database, _providers, chance, options, report: act_on_many(database, chance, options.many, report),
}


def main():
    parser = argparse.ArgumentParser(prog="dev/test crash", description=__doc__.splitlines()[0])
    parser.add_argument("database", help=argparse.SUPPRESS)
    parser.add_argument("--log", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=20, help="with e-mails")
    parser.add_argument("--races", type=int, default=200, help="of a payment against dispatcher and mail queue")
    parser.add_argument("--letters", type=int, default=20, help="rounds with letters, at most 100")
    parser.add_argument("--texts", type=int, default=20, help="rounds with SMS, at most 100")
    parser.add_argument("--many", type=int, default=6, help="rounds of acts on many invoices")
    parser.add_argument("--by-hand", type=int, default=3, help="rounds of a message about many invoices")
    parser.add_argument("--crowds", type=int, default=3, help="backlogs of which others hold or pay a part")
    parser.add_argument("--only", choices=PARTS, help="this part alone")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    chance, report = random.Random(options.seed), Report()
    with tempfile.TemporaryDirectory() as folder, MailSink(Path(folder)) as mail_sink, Providers() as providers:
        database = Database(options.database, mail_sink, options.log)
        print(f"seed {options.seed}; a batch takes {database.batch_seconds:.2f} s here", flush=True)
        try:
            for part in [options.only] if options.only else PARTS:
                try:
                    PARTS[part](database, providers, chance, options, report)
                except Exception as error:
                    logging.getLogger(__name__).exception("The part %s", part)
                    report.note(part, [f"{type(error).__name__} {error}"])
        finally:
            database.drop()
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed or not report.passed else 0


sys.exit(main())
