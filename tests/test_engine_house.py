"""The house: which room may know which, what a file is called, how long it may get, where a word may stand; read from
the sources alone."""

import ast
import re
import tempfile
import unittest
from collections import Counter, defaultdict
from pathlib import Path

ADDON = Path(__file__).resolve().parents[1]
# from the ground up: a room knows the rooms below it
FLOORS = (
    ("engine", "postal", "sheets"),
    ("common",),
    ("policy",),
    ("plan",),
    ("people",),
    ("dispatch",),
    ("email", "sms", "letters"),
    ("engagement",),
    ("actions",),
    ("portal",),
    ("assignment",),
    ("imports",),
    ("escalation",),
    ("forecast",),
    ("wizards",),
    ("forms",),
    ("overview",),
    ("controllers",),
)
FLOOR = {room: number for number, floor in enumerate(FLOORS) for room in floor}
PURE = FLOORS[0]
FULL_NAME = "odoo.addons.invoice_chasing."
# what is not yet as it is to be, each with the file it stands in; the list only gets shorter
TOLERATED = frozenset()
MAX_FILE, MAX_FUNCTION, MAX_METHODS = 400, 40, 40
# the words of states, statuses and triggers: these two modules say them
VOCABULARY = ("engine/states.py", "engine/facts.py")
# names that a field of one room shares with fields of Odoo's, or with functions
NOT_OUR_FIELD = {"account_id", "attachment_ids", "company_ids", "days_late", "local_day"}
# a channel and a provider are known by their codes in one room, and Odoo says some of the same words for other things
NOT_A_CHANNEL = {
    "people/chasing_address_book.py": {"email"},  # the field of a contact and of the blacklist
    "forecast/mail_blacklist.py": {"email"},
    "forecast/chasing_prediction.py": {"email"},
    "forecast/res_company.py": {"email"},
    "plan/account_move.py": {"email"},  # a kind of notification
    "postal/pingen.py": {"letter"},  # what its interface calls what it takes
    "policy/chasing_other_sender.py": {"sms"},  # a kind of server action
}


class House:
    """What the sources under a folder say of rooms, models and words."""

    def __init__(self, addon):
        self.addon = addon
        self.files = [
            (path, ast.parse(path.read_text()))
            for folder in ("models", "wizards", "controllers")
            for path in sorted((addon / folder).rglob("*.py"))
            if path.name != "__init__.py"
        ]
        self.homes, self.methods, self.fields = {}, defaultdict(set), defaultdict(set)
        for path, tree in self.files:
            for node, name, defines in models_in(tree):
                if defines:
                    self.homes[name] = self.homes[name.replace(".", "_")] = {self.room(path)}
                for line in node.body:
                    if isinstance(line, ast.FunctionDef):
                        self.methods[line.name].add(self.room(path))
                    elif is_field(line):
                        self.fields[line.targets[0].id].add(self.room(path))

    def room(self, path):
        parts = path.relative_to(self.addon).parts
        return parts[1] if parts[0] == "models" else parts[0]

    def name(self, path):
        return str(path.relative_to(self.addon)).removeprefix("models/")

    # ------------------------------------------------------------------ arrows

    def arrows_up(self):
        return {
            f"{self.name(path)}: {what}"
            for path, tree in self.files
            for what, room in self.arrows(path, tree)
            if room != self.room(path) and FLOOR[room] >= FLOOR[self.room(path)]
        }

    def arrows(self, path, tree):
        """(what it knows, the room that is in) of a file: the own room if several have it, else the lowest."""
        for node in ast.walk(tree):
            yield from self.imported(path, node)
        if self.room(path) not in PURE:
            for what, rooms in self.named(tree):
                yield what, self.room(path) if self.room(path) in rooms else min(rooms, key=FLOOR.get)

    def imported(self, path, node):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            targets = [base.joinpath(alias.name).relative_to(self.addon).parts for alias in node.names]
        else:
            targets = [tuple(name.split(".")[3:]) for name in imports_of(node) if name.startswith(FULL_NAME)]
        for target in targets:
            room = target[1] if target[0] == "models" and len(target) > 1 else target[0]
            if room in FLOOR:
                yield f"imports {target[-1]}", room

    def named(self, tree):
        """(what, the rooms that have it) of the models that a file's code names, by their tables too, of the methods
        that it calls or names, of the fields that it reads and of the columns whose SQL it asks for."""
        own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        for text in texts(tree):
            yield from ((f'"{word}"', self.homes[word]) for word in re.findall(r"[\w.]+", text) if word in self.homes)
        for node in ast.walk(tree):
            if (method := method_named(node)) and method not in own and method in self.methods:
                yield method, self.methods[method]
            for what, field in fields_named(node):
                if len(rooms := self.fields.get(field, ())) == 1:
                    yield f"{what} {field}", rooms

    def worldly(self):
        """What is on the ground knows nothing of Odoo."""
        return {
            f"{self.name(path)} imports {name}"
            for path, tree in self.files
            if self.room(path) in PURE
            for node in ast.walk(tree)
            for name in imports_of(node)
            if name.split(".")[0] == "odoo"
        }

    # ------------------------------------------------------------------ names and sizes

    def misnamed(self):
        """A file is called after a model in it; beside that it holds those whose names go on from there."""
        return {
            f"{self.name(path)} holds {name}"
            for path, tree in self.files
            if self.room(path) not in (*PURE, "controllers")
            for names in [[name for _node, name, _defines in models_in(tree)]]
            for name in names
            if not name.replace(".", "_").startswith(path.stem)
            or (name.startswith("chasing.") and path.stem.replace("_", ".") not in names)
        }

    def scattered(self):
        """A model has one file in a room."""
        found = defaultdict(set)
        for path, tree in self.files:
            for _node, name, _defines in models_in(tree):
                found[self.room(path), name].add(path.name)
        return {f"{room} has {name} in {sorted(names)}" for (room, name), names in found.items() if len(names) > 1}

    def undocumented_hooks(self):
        """A method that a room above extends says that it is a hook; what extends Odoo's own is none."""
        found = defaultdict(list)
        for path, tree in self.files:
            for node, name, _defines in models_in(tree):
                for line in node.body:
                    if isinstance(line, ast.FunctionDef):
                        found[name, line.name].append((FLOOR[self.room(path)], self.room(path), line))
        lowest = {key: min(lines, key=lambda line: line[0]) for key, lines in found.items() if len(lines) > 1}
        return {
            f"{room} has {name}.{method} without a word that it is a hook"
            for (name, method), (_floor, room, line) in lowest.items()
            if "Hook:" not in (ast.get_docstring(line) or "") and "super()" not in ast.unparse(line)
        }

    def long_files(self):
        return {self.name(path) for path, _tree in self.files if len(path.read_text().splitlines()) > MAX_FILE}

    def long_functions(self):
        return {
            f"{self.name(path)}: {node.name}"
            for path, tree in self.files
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno > MAX_FUNCTION
        }

    def crowded(self):
        found = Counter()
        for path, tree in self.files:
            for node, name, _defines in models_in(tree):
                found[self.room(path), name] += sum(isinstance(line, ast.FunctionDef) for line in node.body)
        return {f"{room} has {name} with too many methods" for (room, name), n in found.items() if n > MAX_METHODS}

    # ------------------------------------------------------------------ words

    def strangers(self):
        """Codes of channels and of postal providers outside the room, or the file, that is theirs."""
        codes = self.codes()
        return {
            f'{self.name(path)} says "{word}"'
            for path, tree in self.files
            for word in words_said(tree)
            for code in [word.removeprefix("channel_")]
            if not any(self.name(path).startswith(place) for place in codes.get(code, ("",)))
            if word not in NOT_A_CHANNEL.get(self.name(path), ())
        }

    def codes(self):
        """{code: the places that may say it} of the channels and providers that there are."""
        found = defaultdict(set)
        for path, tree in self.files:
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    bases = " ".join(map(ast.unparse, node.bases))
                    if "chasing.channel" in (constant(node, "_inherit") or ()) and (code := constant(node, "_code")):
                        found[code].add(f"{self.room(path)}/")
                    elif ("Provider" in bases or "PostalClient" in bases) and (code := constant(node, "code")):
                        found[code].add(self.name(path))
        return found

    def state_groups(self):
        """Groups of states, statuses and triggers that are spelled out where they are used, be it in SQL."""
        words = self.vocabulary()
        return {
            f"{self.name(path)} spells out {sorted(said)}"
            for path, tree in self.files
            if self.name(path) not in VOCABULARY
            for group in groups_said(tree)
            for said in [[word for word in group if word in words]]
            if len(said) > 1
        }

    def vocabulary(self):
        return {
            node.value
            for path, tree in self.files
            if self.name(path) in VOCABULARY
            for line in tree.body
            if isinstance(line, ast.Assign)
            for node in ast.walk(line)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }


def constant(node, name):
    """The value of `name = …` in a class body, None without it."""
    for line in node.body:
        if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == name:
            return ast.literal_eval(line.value) if not isinstance(line.value, ast.Name) else None
    return None


def models_in(tree):
    """(class, its model's name, whether it defines it) of each Odoo model in a file."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any("models." in ast.unparse(base) for base in node.bases):
            inherit = constant(node, "_inherit") or []
            inherit = [inherit] if isinstance(inherit, str) else inherit
            name = constant(node, "_name") or inherit[0]
            yield node, name, name not in inherit


def is_field(line):
    """`name = fields.Char(…)`, or of a class of fields of our own."""
    return isinstance(line, ast.Assign) and re.match(r"(fields\.)?[A-Z]\w*\(", ast.unparse(line.value))


def called(node):
    return node.func.attr if isinstance(node.func, ast.Attribute) else None


def method_named(node):
    """The method that a place in the code calls or names, if its name says that it is one, None if it does neither."""
    if isinstance(node, ast.Attribute) and node.attr.startswith(("_", "action_", "get_")):
        return node.attr
    if isinstance(node, ast.Constant) and re.fullmatch(r"(_|action_|get_)[a-z_0-9]+", str(node.value)):
        return node.value
    return None


def fields_named(node):
    """(how, name) of the fields that a place in the code names; a word without a stroke is anything's name."""
    if isinstance(node, ast.Attribute) and "_" in node.attr and node.attr not in NOT_OUR_FIELD:
        yield "field", node.attr
    elif isinstance(node, ast.Call) and called(node) == "_field_to_sql":
        yield from (("column", word.value) for word in node.args if isinstance(word, ast.Constant))


def imports_of(node):
    """The full names of what a place in the code imports from other packages."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def texts(tree):
    """The strings of a file that are no docstrings, those in f-strings too."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def words_said(tree):
    """The words that may be a channel's or a provider's: strings, words quoted in SQL, and boxes by their names."""
    for text in texts(tree):
        yield from (text, *re.findall(r"'(\w+)'", text), *re.findall(r"\bchannel_\w+", text))
    for node in ast.walk(tree):
        name = getattr(node, "attr", None) or getattr(node, "arg", None)
        if name and name.startswith("channel_"):
            yield name


def groups_said(tree):
    """The groups of words that a file spells out: tuples, lists and sets, one word or another, and those in SQL."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            yield [part.value for part in node.elts if isinstance(part, ast.Constant)]
        elif isinstance(node, ast.BoolOp):
            compared = [part for part in node.values if isinstance(part, ast.Compare)]
            for subject in {ast.unparse(part.left) for part in compared}:
                others = [part.comparators[0] for part in compared if ast.unparse(part.left) == subject]
                yield [other.value for other in others if isinstance(other, ast.Constant)]
    for text in texts(tree):
        yield from (re.findall(r"\w+", group) for group in re.findall(r"\('\w+'(?:, *'\w+')+\)", text))


class TestHouse(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House(ADDON)

    def test_every_room_has_a_floor(self):
        self.assertEqual({self.house.room(path) for path, _tree in self.house.files} - set(FLOOR), set())

    def test_the_models_are_listed_by_room_from_the_ground_up(self):
        listed = ast.parse((ADDON / "models" / "__init__.py").read_text()).body
        self.assertEqual({(type(line), line.module) for line in listed}, {(ast.ImportFrom, None)})
        rooms = [alias.name for line in listed for alias in line.names]
        self.assertEqual(rooms, [room for floor in FLOORS for room in floor if room in rooms])

    def test_no_rule_is_broken(self):
        """Arrows point down, files are called after models, hooks say so, nothing is too long, words have one home."""
        for rule in (
            House.arrows_up,
            House.worldly,
            House.misnamed,
            House.scattered,
            House.undocumented_hooks,
            House.long_files,
            House.long_functions,
            House.crowded,
            House.strangers,
            House.state_groups,
        ):
            with self.subTest(rule=rule.__name__):
                self.assertEqual(rule(self.house) - TOLERATED, set())


BELOW = """
from odoo import models
from ..email.chasing_channel_email import CODE

class ChasingPlanner(models.AbstractModel):
    _name = "chasing.planner"

    def _plan(self):
        states = ("planned", "held")
        self._queue_email()
        return self.env["chasing.channel.email"], "email", "_queue_email", self._field_to_sql("a", "mail_id")
"""
ABOVE = """
from odoo import fields, models
CODE = 1

class ChasingChannelEmail(models.AbstractModel):
    _name = "chasing.channel.email"
    _inherit = "chasing.channel"
    _code = "email"
    mail_id = fields.Many2one()

    def _queue_email(self):
        return self.env["chasing.planner"]._plan()
"""
# the same without a word that stands alone
SLY = """
from odoo.addons.invoice_chasing.models.email import chasing_channel_email

class ChasingSchedule(models.Model):
    _name = "chasing.schedule"

    def _take(self, channel="email"):
        from ..email import chasing_channel_email
        self.env.cr.execute("SELECT FROM chasing_channel_email WHERE 'email' = x AND state IN ('planned', 'held')")
        return self.filtered(f"chasing.channel.email,{1}")._withdraw_all(self.mail_id, channel_email=self.channel_email)
"""
ASIDE = ABOVE.replace("email", "sms").replace("_queue_sms", "_withdraw_all")
WORLDLY = "import odoo\nHELD = ('planned', 'held')\n"


class TestFindsFaults(unittest.TestCase):
    """A check that sees nothing passes everything: each finds what is planted."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addon = Path(folder.name)

    def plant(self, **sources):
        for name, source in sources.items():
            path = self.addon / "models" / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        return House(self.addon)

    def planted(self):
        return self.plant(
            plan__chasing_planner=BELOW, email__chasing_channel_email=ABOVE, engine__states=WORLDLY, plan__other=BELOW
        )

    def test_arrows(self):
        self.assertEqual(
            {fault.partition(": ")[2] for fault in self.planted().arrows_up() if "chasing_planner" in fault},
            {"imports CODE", '"chasing.channel.email"', "_queue_email", "column mail_id"},
        )

    def test_arrows_that_hide(self):
        """Within a function, by the full name, in a longer string, to what two rooms have, to a field."""
        house = self.plant(
            plan__chasing_schedule=SLY,
            email__chasing_channel_email=ABOVE.replace("_queue_email", "_withdraw_all"),
            sms__chasing_channel_sms=ASIDE.replace("mail_id", "sms_id"),
        )
        self.assertEqual(
            {fault.partition(": ")[2] for fault in house.arrows_up() if "chasing_schedule" in fault},
            {
                "imports chasing_channel_email",
                '"chasing_channel_email"',
                '"chasing.channel.email"',
                "_withdraw_all",
                "field mail_id",
            },
        )
        self.assertEqual(
            {fault for fault in house.strangers() if "chasing_schedule" in fault},
            {'plan/chasing_schedule.py says "email"', 'plan/chasing_schedule.py says "channel_email"'},
        )

    def test_groups_of_states_in_sql(self):
        house = self.plant(plan__chasing_schedule=SLY, engine__states=WORLDLY)
        self.assertEqual(house.state_groups(), {"plan/chasing_schedule.py spells out ['held', 'planned']"})

    def test_groups_of_states_by_or(self):
        either = 'def is_open(step):\n    return step.state == "planned" or step.state == "held"\n'
        house = self.plant(plan__chasing_schedule=either, engine__states=WORLDLY)
        self.assertEqual(house.state_groups(), {"plan/chasing_schedule.py spells out ['held', 'planned']"})

    def test_names(self):
        house = self.planted()
        self.assertEqual(house.misnamed(), {"plan/other.py holds chasing.planner"})
        self.assertEqual(
            self.plant(plan__chasing=BELOW).misnamed() - house.misnamed(), {"plan/chasing.py holds chasing.planner"}
        )
        self.assertEqual(house.scattered(), {"plan has chasing.planner in ['chasing_planner.py', 'other.py']"})

    def test_hooks(self):
        house = self.plant(
            plan__chasing_planner=BELOW,
            email__chasing_planner=BELOW.replace("_name", "_inherit"),
        )
        self.assertEqual(
            house.undocumented_hooks(), {"plan has chasing.planner._plan without a word that it is a hook"}
        )
        self.assertFalse(
            self.plant(plan__chasing_planner=BELOW.replace("states =", '"""Hook: …"""; x =')).undocumented_hooks()
        )

    def test_odoo_on_the_ground(self):
        self.assertEqual(self.planted().worldly(), {"engine/states.py imports odoo"})

    def test_words(self):
        house = self.planted()
        self.assertIn('plan/chasing_planner.py says "email"', house.strangers())
        self.assertNotIn('email/chasing_channel_email.py says "email"', house.strangers())
        self.assertIn("plan/chasing_planner.py spells out ['held', 'planned']", house.state_groups())

    def test_sizes(self):
        method = "    def _{}(self):\n        pass\n"
        many = "".join(method.format(f"m{number}") for number in range(MAX_METHODS + 1))
        house = self.plant(
            plan__chasing_planner=BELOW + many + "    def _long(self):\n" + "        pass\n" * (MAX_FILE + 1)
        )
        self.assertEqual(house.long_files(), {"plan/chasing_planner.py"})
        self.assertEqual(house.long_functions(), {"plan/chasing_planner.py: _long"})
        self.assertEqual(house.crowded(), {"plan has chasing.planner with too many methods"})


if __name__ == "__main__":
    unittest.main()
