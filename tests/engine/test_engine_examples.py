"""The examples in the engine's own texts are true, and every public function has one."""

import doctest
import importlib
import inspect
import pkgutil
import re
import unittest
from dataclasses import is_dataclass
from pathlib import Path

import engine

MODULES = [importlib.import_module(f"engine.{found.name}") for found in pkgutil.iter_modules(engine.__path__)]
LONGEST_MODULE, LONGEST_FUNCTION = 400, 40


def public_functions():
    for module in MODULES:
        for name, member in vars(module).items():
            function = inspect.unwrap(member)
            if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_"):
                yield f"{module.__name__}.{name}", function


class TestExamples(unittest.TestCase):
    def test_examples_are_true(self):
        for module in MODULES:
            with self.subTest(module=module.__name__):
                result = doctest.testmod(module)
                self.assertEqual(result.failed, 0)

    def test_every_public_function_has_an_example(self):
        functions = list(public_functions())
        self.assertGreater(len(functions), 20)
        for name, function in functions:
            with self.subTest(function=name):
                self.assertIn(">>> ", function.__doc__ or "")

    def test_decisions_name_their_rules(self):
        """Functions that decide say which rule of the book they keep; plain tools of dates and forms need not."""
        tools = {
            "engine.moments.local",
            "engine.address_list.is_email",
            "engine.sms_segments.count",
            "engine.sms_segments.plain",
        }
        for name, function in public_functions():
            if name not in tools:
                with self.subTest(function=name):
                    self.assertRegex(function.__doc__, r"\bR\d+")

    def test_every_module_and_class_says_what_it_is(self):
        for module in MODULES:
            own = [one for one in vars(module).values() if inspect.isclass(one) and one.__module__ == module.__name__]
            for thing in (module, *own):
                with self.subTest(thing=thing.__name__):
                    self.assertNotRegex(thing.__doc__ or "", rf"^(|{thing.__name__}\(.*)$")


class TestShape(unittest.TestCase):
    def test_facts_and_answers_are_frozen(self):
        """Whoever holds one may keep it and use it as a key."""
        for module in MODULES:
            for thing in filter(is_dataclass, vars(module).values()):
                with self.subTest(thing=thing.__name__):
                    self.assertTrue(thing.__dataclass_params__.frozen)
                    self.assertIn("__slots__", vars(thing))

    def test_modules_and_functions_are_short(self):
        for module in MODULES:
            with self.subTest(module=module.__name__):
                self.assertLess(len(Path(module.__file__).read_text().splitlines()), LONGEST_MODULE)
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == module.__name__:
                    with self.subTest(function=name):
                        self.assertLess(len(inspect.getsource(function).splitlines()), LONGEST_FUNCTION)

    def test_nothing_reads_the_clock(self):
        """``now`` is told, always."""
        for module in MODULES:
            with self.subTest(module=module.__name__):
                text = Path(module.__file__).read_text()
                self.assertIsNone(re.search(r"\b(now|utcnow|today)\(\)|\btime\.time\b", text))


if __name__ == "__main__":
    unittest.main()
