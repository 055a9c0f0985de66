"""Crash and concurrency: kill -9 in the middle, and payments that race the dispatcher, on copies of a database.

    dev/test crash [--rounds 20] [--races 200] [--seed N]

Three parts: moments brought about on purpose, rounds of two dispatching processes and a mail queue that are killed at
random, and races of a payment against them. The last line is "N passed, N failed".
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

# Odoo's package has no __init__.py: imported before, dev/kit/odoo.py cannot take its name
import odoo.modules.registry  # noqa: F401

sys.path[1:1] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "kit")]

import moments  # noqa: E402
from races import Races  # noqa: E402
from rounds import Round  # noqa: E402
from scene import INVOICES, Scene  # noqa: E402
from sink import Sink  # noqa: E402
from text_moments import TextMoments  # noqa: E402


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


def live_through_moments(scene, report):
    for name, fault, words in (*moments.run(scene, moments.Moments), *moments.run(scene, TextMoments)):
        report.note(name.removeprefix("test_").replace("_", " "), [fault] if fault else [], words or "ok")


def play_rounds(scene, chance, count, report):
    kills, again, seconds = Counter(), [], time.monotonic()
    for number in range(1, count + 1):
        one = Round(scene, chance)
        faults = one.play(drain=number == count)
        report.note(f"round {number}", faults, f"ok, {one.summary()}")
        kills.update(name.rstrip(" 12") for name in one.killed.elements())
        again += one.again
    if count:
        print(f"{count} rounds of {INVOICES} steps in {time.monotonic() - seconds:.0f} s")
        print("killed: " + ", ".join(f"{name} {times} times" for name, times in kills.items()))
        print(f"came twice, cut off by a kill between the server's answer and Odoo's commit: {len(again)} messages")
        print("".join(f"    {message}\n" for message in again), end="", flush=True)


def race(scene, chance, count, report):
    if not count:
        return
    seconds = time.monotonic()
    outcomes, faults = Races(scene, chance).run(count)
    for number in range(count):
        report.note(f"race {number + 1}", faults.pop(number, []))
    report.note("all races together", faults.pop(None, []), "ok, sink, queue and ledger agree")
    print(f"{count} races in {time.monotonic() - seconds:.0f} s")
    print("".join(f"    {outcome}: {times}\n" for outcome, times in outcomes.items()), end="", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="dev/test crash", description=__doc__.splitlines()[0])
    parser.add_argument("database", help=argparse.SUPPRESS)
    parser.add_argument("--log", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--races", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    chance, report = random.Random(options.seed), Report()
    with tempfile.TemporaryDirectory() as folder, Sink(Path(folder)) as sink:
        scene = Scene(options.database, sink, options.log)
        print(f"seed {options.seed}; a batch takes {scene.batch_seconds:.2f} s here", flush=True)
        try:
            live_through_moments(scene, report)
            play_rounds(scene, chance, options.rounds, report)
            race(scene, chance, min(options.races, INVOICES), report)
        finally:
            scene.drop()
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed or not report.passed else 0


sys.exit(main())
