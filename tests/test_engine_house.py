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
# what is not yet as it is to be, each with the file it stands in; the list only gets shorter
TOLERATED = frozenset({
    "actions/chasing_bulk_run.py holds chasing.bulk.refusal",
    "actions/chasing_bulk_run.py: action_send_to_collections",
    "actions/chasing_bulk_run.py: action_write_off",
    "actions/chasing_schedule.py spells out ['cancelled', 'collections']",
    "actions/chasing_schedule.py spells out ['failed', 'partly']",
    'actions/chasing_schedule.py: "chasing.forecast"',
    "actions/chasing_schedule.py: _templates",
    "actions/chasing_schedule.py: imports CHOSEN_BY_PERSON",
    "actions/chasing_step.py spells out ['failed', 'partly']",
    'actions/chasing_step.py: "chasing.prediction"',
    "actions/chasing_step.py: _changed",
    "actions/chasing_step.py: _decided_by_hand",
    "actions/chasing_step.py: action_ask_send",
    "assignment/account_move.py spells out ['draft', 'held', 'planned', 'skipped']",
    "assignment/account_move.py spells out ['draft', 'held', 'planned']",
    "assignment/account_move.py spells out ['planned', 'skipped']",
    "assignment/chasing_schedule.py spells out ['held', 'planned']",
    "assignment/res_company.py spells out ['held', 'planned', 'under_way']",
    "common/chasing_background_job.py holds chasing.background",
    'common/chasing_background_job.py: "chasing.assignment"',
    'common/chasing_background_job.py: "chasing.bulk.run"',
    "dispatch/chasing_brake.py spells out ['partly', 'sent', 'under_way']",
    'dispatch/chasing_delivery.py: "chasing.prediction"',
    "dispatch/chasing_delivery.py: _addresses_changed",
    "dispatch/chasing_delivery.py: imports REFUSAL",
    "dispatch/chasing_delivery.py: imports SMS_FAILURES",
    "dispatch/chasing_delivery.py: imports SMS_NOTIFICATION_STATES",
    "dispatch/chasing_dispatcher.py spells out ['failed', 'partly', 'waiting']",
    "dispatch/chasing_message.py: _is_to_follow",
    "dispatch/chasing_schedule.py spells out ['delivered', 'queued', 'sent']",
    "dispatch/chasing_schedule.py spells out ['on_issue', 'skipped']",
    "dispatch/chasing_step.py spells out ['sent', 'under_way']",
    "email/chasing_channel_email.py: _post",
    "engine/import_judge.py spells out ['cancelled', 'paused']",
    "engine/letters.py spells out ['cancelled', 'delivered', 'failed', 'queued', 'sent']",
    "engine/letters.py spells out ['cancelled', 'failed', 'sent']",
    "engine/letters.py spells out ['cancelled', 'sent']",
    "engine/letters.py spells out ['delivered', 'failed']",
    "engine/prediction.py spells out ['failed', 'partly']",
    "engine/timeline.py spells out ['cancelled', 'skipped']",
    "engine/timeline.py spells out ['failed', 'partly', 'sent', 'under_way']",
    "engine/transitions.py spells out ['cancelled', 'delivered', 'failed', 'sent']",
    "engine/transitions.py spells out ['cancelled', 'draft', 'failed', 'held', 'partly', 'sent', 'skipped']",
    "engine/transitions.py spells out ['cancelled', 'draft', 'held', 'planned', 'skipped']",
    "engine/transitions.py spells out ['cancelled', 'draft', 'held', 'skipped', 'waiting']",
    "engine/transitions.py spells out ['cancelled', 'draft', 'planned', 'skipped']",
    "engine/transitions.py spells out ['cancelled', 'held', 'planned', 'skipped']",
    "engine/transitions.py spells out ['cancelled', 'partly', 'planned', 'sent', 'skipped', 'under_way']",
    "engine/transitions.py spells out ['delivered', 'failed']",
    "engine/transitions.py spells out ['delivered', 'queued']",
    "engine/transitions.py spells out ['delivered', 'sent']",
    "engine/transitions.py spells out ['draft', 'held', 'planned']",
    "engine/transitions.py spells out ['draft', 'planned', 'skipped']",
    "engine/transitions.py spells out ['failed', 'partly', 'sent', 'under_way']",
    "engine/transitions.py spells out ['failed', 'partly']",
    "engine/transitions.py spells out ['failed', 'planned', 'sent', 'under_way']",
    "engine/transitions.py spells out ['held', 'planned']",
    "engine/transitions.py spells out ['queued', 'sent']",
    "forecast/chasing_forecast_line.py holds chasing.outlook",
    "forecast/chasing_simulation.py holds chasing.forecast",
    "forecast/chasing_simulation.py spells out ['draft', 'held', 'planned', 'waiting']",
    "forecast/chasing_step.py spells out ['failed', 'partly']",
    "forecast/chasing_step.py spells out ['sent', 'under_way']",
    "forecast/mail_blacklist.py holds phone.blacklist",
    "forms/account_move.py spells out ['failed', 'partly']",
    "forms/account_move.py: imports READERS",
    "forms/chasing_schedule.py spells out ['active', 'failed', 'will_fail']",
    "forms/chasing_schedule.py spells out ['failed', 'partly']",
    "forms/chasing_schedule.py spells out ['partly', 'sent']",
    "forms/chasing_step.py spells out ['cancelled', 'draft', 'sent']",
    "imports/chasing_import.py",
    "letters has chasing.letter in ['chasing_letter.py', 'chasing_letter_paper.py', 'chasing_letter_queue.py']",
    "letters has chasing.letter with too many methods",
    "letters/chasing_letter_paper.py holds chasing.letter",
    "letters/chasing_letter_queue.py holds chasing.letter",
    "letters/chasing_letter_queue.py spells out ['queued', 'sent']",
    'letters/chasing_postal_provider.py: "chasing.prediction"',
    "letters/chasing_postal_provider.py: _company_changed",
    "overview/chasing_failure_cause.py holds chasing.mending",
    "overview/chasing_schedule.py",
    "overview/chasing_schedule.py spells out ['active', 'failed', 'will_fail']",
    "overview/chasing_schedule.py spells out ['delivered', 'sent']",
    "overview/chasing_schedule.py spells out ['expired', 'failed', 'paused', 'will_fail']",
    'people/chasing_address_book.py: "chasing.delivery"',
    'people/chasing_address_book.py: "chasing.letter"',
    'people/chasing_address_book.py: "chasing.postal.provider"',
    "people/chasing_address_book.py: _came_back",
    "people/chasing_address_book.py: _expected",
    "people/chasing_address_book.py: _fits",
    'people/chasing_schedule.py: "chasing.delivery"',
    'people/chasing_schedule.py: "chasing.prediction"',
    "people/chasing_schedule.py: _address_works",
    "people/chasing_schedule.py: _changed",
    'people/chasing_step.py: "chasing.prediction"',
    "people/chasing_step.py: _predicted",
    "plan has chasing.schedule with too many methods",
    "plan/chasing_planner.py",
    'plan/chasing_planner.py: "chasing.delivery"',
    'plan/chasing_planner.py: "chasing.prediction"',
    "plan/chasing_planner.py: _being_sent",
    "plan/chasing_planner.py: _changed",
    "plan/chasing_planner.py: _usual_responsible",
    "plan/chasing_schedule.py",
    "plan/chasing_schedule.py spells out ['draft', 'held', 'planned', 'waiting']",
    "plan/chasing_schedule.py spells out ['failed', 'partly']",
    "plan/chasing_schedule.py: _answered",
    "plan/chasing_schedule.py: _being_sent",
    "plan/chasing_step.py spells out ['held', 'planned']",
    "plan/chasing_step.py spells out ['held', 'waiting']",
    'plan/chasing_step.py: "chasing.delivery"',
    "plan/chasing_step.py: _give_up_taken_back",
    "plan/chasing_step.py: _hand_over_again",
    "plan/chasing_step.py: _was_taken_back_on_day",
    "plan/chasing_step.py: fact_of",
    "policy/base_partner_merge.py: _chasing_money_moved",
    'policy/chasing_contact_role.py: "chasing.prediction"',
    'policy/chasing_contact_role.py: "chasing.schedule"',
    "policy/chasing_contact_role.py: _company_changed",
    "policy/chasing_contact_role.py: _contacts_changed",
    "policy/chasing_other_sender.py holds chasing.duplicate",
    "policy/chasing_step_mixin.py spells out ['on_date', 'on_issue']",
    'policy/chasing_step_mixin.py: "chasing.channel.email"',
    'policy/chasing_step_mixin.py: "chasing.channel.letter"',
    'policy/chasing_step_mixin.py: "chasing.channel.sms"',
    'policy/chasing_template.py: "chasing.message"',
    'policy/chasing_template.py: "chasing.prediction"',
    "policy/chasing_template.py: _render",
    "policy/chasing_template.py: _templates_changed",
    "policy/res_company.py: _chasing_template",
    "postal/pingen.py spells out ['cancelled', 'failed']",
    "wizards/chasing_bulk.py spells out ['failed', 'partly']",
    "wizards/chasing_bulk_mixin.py holds chasing.many",
    "wizards/chasing_bulk_steps.py holds chasing.steps",
    "wizards/chasing_letter_print.py spells out ['cancelled', 'queued']",
    "wizards/chasing_responsible.py holds chasing.people",
})
MAX_FILE, MAX_FUNCTION, MAX_METHODS = 400, 40, 40
# the words of states, statuses and triggers: these two modules say them
VOCABULARY = ("engine/states.py", "engine/facts.py")
# a channel and a provider are known by their codes in one room, and Odoo says some of the same words for other things
NOT_A_CHANNEL = {
    "people/chasing_address_book.py": {"email"},  # the field of a contact and of the blacklist
    "forecast/mail_blacklist.py": {"email"},
    "forecast/chasing_prediction.py": {"email"},
    "forecast/res_company.py": {"email"},
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
                    self.homes[name] = self.room(path)
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
        """(what it knows, the room that is in) of a file: imports, models it names, methods that only one room has,
        be they called or named, and columns whose SQL it asks for."""
        own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                yield from self.imported(path, node)
            elif self.room(path) in PURE:
                continue
            elif isinstance(node, ast.Constant) and node.value in self.homes:
                yield f'"{node.value}"', self.homes[node.value]
            elif isinstance(node, ast.Call) and called(node) == "_field_to_sql":
                for word in node.args:
                    if len(rooms := self.fields.get(getattr(word, "value", None), ())) == 1:
                        yield f"column {word.value}", next(iter(rooms))
            elif (method := method_named(node)) and method not in own and len(self.methods.get(method, ())) == 1:
                yield method, next(iter(self.methods[method]))

    def imported(self, path, node):
        base = path.parents[node.level - 1]
        for alias in node.names:
            target = base.joinpath(*(node.module or "").split("."), alias.name).relative_to(self.addon).parts
            room = target[1] if target[0] == "models" and len(target) > 1 else target[0]
            if room in FLOOR:
                yield f"imports {alias.name}", room

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
        return {
            f"{self.name(path)} holds {name}"
            for path, tree in self.files
            if self.room(path) not in (*PURE, "controllers")
            for _node, name, _defines in models_in(tree)
            if not name.replace(".", "_").startswith(path.stem)
        }

    def scattered(self):
        """A model has one file in a room."""
        found = defaultdict(set)
        for path, tree in self.files:
            for _node, name, _defines in models_in(tree):
                found[self.room(path), name].add(path.name)
        return {f"{room} has {name} in {sorted(names)}" for (room, name), names in found.items() if len(names) > 1}

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
            f'{self.name(path)} says "{node.value}"'
            for path, tree in self.files
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            for code in [node.value.removeprefix("channel_")]
            if not any(self.name(path).startswith(place) for place in codes.get(code, ("",)))
            if node.value not in NOT_A_CHANNEL.get(self.name(path), ())
        }

    def codes(self):
        """{code: the places that may say it} of the channels and providers that there are."""
        found = defaultdict(set)
        for path, tree in self.files:
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    bases = " ".join(map(ast.unparse, node.bases))
                    if constant(node, "_inherit") == "chasing.channel" and (code := constant(node, "_code")):
                        found[code].add(f"{self.room(path)}/")
                    elif ("Provider" in bases or "PostalClient" in bases) and (code := constant(node, "code")):
                        found[code].add(self.name(path))
        return found

    def state_groups(self):
        """Groups of states, statuses and triggers that are spelled out where they are used."""
        words = self.vocabulary()
        return {
            f"{self.name(path)} spells out {sorted(said)}"
            for path, tree in self.files
            if self.name(path) not in VOCABULARY
            for node in ast.walk(tree)
            if isinstance(node, ast.Tuple | ast.List | ast.Set)
            for said in [[part.value for part in node.elts if isinstance(part, ast.Constant) and part.value in words]]
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
    return isinstance(line, ast.Assign) and ast.unparse(line.value).startswith(("fields.", "SafeHtml("))


def called(node):
    return node.func.attr if isinstance(node.func, ast.Attribute) else None


def method_named(node):
    """The private or button method that a place in the code calls or names, None if it does neither."""
    if isinstance(node, ast.Attribute) and node.attr.startswith(("_", "action_")):
        return node.attr
    if isinstance(node, ast.Constant) and re.fullmatch(r"(_|action_)[a-z_]+", str(node.value)):
        return node.value
    return None


def imports_of(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []


class TestHouse(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House(ADDON)

    def assertNone(self, found):
        self.assertEqual(found - TOLERATED, set())

    def test_every_room_has_a_floor(self):
        self.assertEqual({self.house.room(path) for path, _tree in self.house.files} - set(FLOOR), set())

    def test_arrows_point_down(self):
        self.assertNone(self.house.arrows_up())

    def test_the_ground_knows_nothing_of_odoo(self):
        self.assertNone(self.house.worldly())

    def test_a_file_is_called_after_its_model(self):
        self.assertNone(self.house.misnamed())

    def test_a_model_has_one_file_in_a_room(self):
        self.assertNone(self.house.scattered())

    def test_nothing_is_too_long(self):
        self.assertNone(self.house.long_files() | self.house.long_functions())

    def test_no_room_says_too_much_of_a_model(self):
        self.assertNone(self.house.crowded())

    def test_a_channel_and_a_provider_are_known_in_one_place(self):
        self.assertNone(self.house.strangers())

    def test_groups_of_states_stand_in_one_place(self):
        self.assertNone(self.house.state_groups())


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

    def test_names(self):
        house = self.planted()
        self.assertEqual(house.misnamed(), {"plan/other.py holds chasing.planner"})
        self.assertEqual(house.scattered(), {"plan has chasing.planner in ['chasing_planner.py', 'other.py']"})

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
