import pkgutil
import re
import sys
import time
from importlib import import_module

from odoo.tests import BaseCase, tagged

from ... import controllers, models, wizards

# what an attacker repeats, so that a pattern that looks for an end looks for it from every place
SEEDS = (
    '"',
    "'",
    "<",
    "<a",
    "<a>",
    "(",
    "( 0",
    "(0",
    "[",
    "[a",
    "\\",
    "{",
    "/",
    "/a",
    "/a.",
    "a/",
    "a",
    "a.",
    "a-",
    "a-.",
    "@",
    "a@",
    "1",
    "1.",
    "#A",
    "#N/A",
    " ",
    "\n",
    "a ",
    "=",
    "A1",
    "Err:1",
    "sep=",
    'File "',
    "Traceback (most ",
    ";",
    "/* ",
)


# a pattern that is only ever given so many characters
BOUNDED = {"_EMAIL": 254, "REFUSAL": 500}


FEW, MANY = 3_000, 12_000


def patterns():
    """{where it is: pattern} of all that the addon's modules define."""
    found = {}
    for package in (controllers, models, wizards):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = sys.modules.get(info.name) or import_module(info.name)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern):
                    found[value.pattern] = (f"{info.name}.{name}", name, value)
    return found.values()


def work(pattern, text):
    """The processor's seconds for looking for all of it, the least of several times."""
    spent = []
    for _time in range(3):
        before = time.process_time()
        pattern.sub(lambda _found: "", text)
        pattern.fullmatch(text)
        spent.append(time.process_time() - before)
    return min(spent)


@tagged("post_install", "-at_install")
class TestPatterns(BaseCase):
    def test_no_pattern_takes_more_than_its_share_of_time_for_a_longer_text(self):
        """What is four times as long takes about four times as long, and not sixteen times."""
        slow, tried = [], 0
        for place, name, pattern in patterns():
            tried += 1
            most = BOUNDED.get(name, MANY)
            for seed in SEEDS:
                is_bytes = isinstance(pattern.pattern, bytes)
                few, many = ((seed * size)[:size] for size in (most * FEW // MANY, most))
                few, many = (few.encode(), many.encode()) if is_bytes else (few, many)
                spent = work(pattern, many)
                # what takes no time at all cannot be compared
                if spent > 0.005 and spent > 9 * work(pattern, few):
                    slow.append((place, seed, spent))
        self.assertEqual(slow, [])
        self.assertGreater(tried, 10)
