import ast
import re
from pathlib import Path

from odoo.tests import BaseCase, tagged

ADDON = Path(__file__).parents[2]
# A number, and behind it the name of several things.
NUMBERED = re.compile(r"%\((?:count|number|days|\w+_count)\)s [a-z]{2,}s\b|\(s\)")
# Here one is told by a word of its own: tomorrow, yesterday.
TOLD_BY_WORDS = "models/common/formats.py"


@tagged("post_install", "-at_install")
class TestWording(BaseCase):
    """What is counted has a form for one and a form for many."""

    def test_no_number_is_filled_in_beside_a_plural(self):
        """A text that gets its number from `_` itself has no form for one: `counted` gives it both."""
        faults = [
            f"{path.relative_to(ADDON)}:{call.lineno}: {call.args[0].value}"
            for folder in ("models", "wizards", "controllers")
            for path in sorted((ADDON / folder).rglob("*.py"))
            if str(path.relative_to(ADDON)) != TOLD_BY_WORDS
            for call in ast.walk(ast.parse(path.read_text()))
            if isinstance(call, ast.Call) and self.is_filled_in(call) and NUMBERED.search(call.args[0].value)
        ]
        self.assertEqual(faults, [])

    @staticmethod
    def is_filled_in(call):
        """Return whether a call fills a text in while it translates it."""
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        return name == "_" and bool(call.keywords) and isinstance(call.args[0], ast.Constant)
