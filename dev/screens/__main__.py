"""Walks through every screen and dialog of a demo database, on a desk and on a phone, and judges each.

Run by `dev/screenshots --all` and `dev/test screens`; nobody's rights but admin's are looked at.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tests/builders")]

from catalogue import ODOO_SCREENS, SCREENS  # noqa: E402
from judge import ours, record  # noqa: E402
from page import NotThere  # noqa: E402

from shoot import Browser, Odoo  # noqa: E402

SIZES = {"desk": (1400, 1000), "phone": (360, 1400)}


class Walk:
    """A walk through screens; what is wrong on them is printed, and counted."""

    def __init__(self, page, odoo, axe, pictures):
        self.page, self.odoo, self.axe, self.pictures = page, odoo, axe, pictures
        self.passed = self.failed = 0

    def look_at(self, screen, size):
        """Go to a screen, take its picture, and judge it."""
        name = f"{screen.name}_{size}"
        try:
            self.go_to(screen, size)
        except NotThere as trouble:
            self.say(name, [str(trouble)[:600]])
            return
        if self.pictures:
            self.page.picture(self.pictures / f"{name}.png")
        self.say(f"{name}: axe", ours(self.page.violations(self.axe)))
        self.say(f"{name}: fits", self.page.cut())

    def go_to(self, screen, size):
        self.page.resize(*SIZES[size])
        self.page.open(screen.address(self.odoo))
        for click in screen.clicks:
            self.page.click(*([click] if isinstance(click, str) else click))

    def say(self, title, faults):
        self.passed += not faults
        self.failed += bool(faults)
        if faults:
            print(f"FAIL {title}", *faults, sep="\n    ", flush=True)


def command(words):
    parser = argparse.ArgumentParser(prog="dev/screens", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("database")
    parser.add_argument("axe", type=Path, help="the file axe.min.js")
    parser.add_argument("--pictures", type=Path, help="the folder for pictures")
    parser.add_argument("--only", default="", help="screens whose name begins like this")
    parser.add_argument("--short", action="store_true", help="each once: screens on a phone, dialogs on a desk")
    parser.add_argument("--record", action="store_true", help="make the record of what Odoo's own screens break anew")
    options = parser.parse_args(words)
    odoo = Odoo(options.url, options.database)
    with Browser() as browser:
        walk = Walk(browser.page(odoo), odoo, options.axe.read_text(), options.pictures)
        if options.record:
            record(found_on_odoo(walk))
            return 0
        for screen in SCREENS:
            if screen.name.startswith(options.only):
                for size in sizes(screen, options.short):
                    walk.look_at(screen, size)
    print(f"{walk.passed} passed, {walk.failed} failed")
    return 1 if walk.failed else 0


def sizes(screen, short):
    """Return the sizes in which a screen is looked at; in short, each in one: screens on a phone, dialogs on a desk."""
    if not screen.on_phone:
        return ("desk",)
    if not short:
        return SIZES
    return ("desk",) if screen.clicks else ("phone",)


def found_on_odoo(walk):
    """Yield what axe finds on screens that the addon does not touch."""
    for screen in ODOO_SCREENS:
        for size in SIZES:
            walk.go_to(screen, size)
            yield from walk.page.violations(walk.axe)


sys.exit(command(sys.argv[1:]))
