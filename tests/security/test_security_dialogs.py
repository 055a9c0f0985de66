"""A dialog is its opener's alone, and tells only of what its opener may read, whichever way an id gets into it."""

from odoo.tests import tagged

from ..builders.security import DENIED, KINDS, NOBODY, SecurityCommon
from .test_security_models import MODELS

# what is every company's, or Odoo's own to guard
SHARED = {"res.partner"}
# dialog -> what it needs before it can be opened, given the firm's records
NEEDED = {
    "chasing.assign": lambda records: {"selected": records["account.move"].ids},
    "chasing.assignment.undo": lambda records: {"assignment_id": records["chasing.assignment"].id},
    "chasing.bulk": lambda records: {"act": "pause", "selected": records["chasing.schedule"].ids},
    "chasing.bulk.customers": lambda records: {"act": "pause_customer", "selected": records["res.partner"].ids},
    "chasing.bulk.steps": lambda records: {"act": "skip", "selected": records["chasing.step"].ids},
    "chasing.contacts": lambda records: {"schedule_id": records["chasing.schedule"].id},
    "chasing.customer.pause": lambda records: {"partner_id": records["res.partner"].id},
    "chasing.edit": lambda records: {"schedule_id": records["chasing.schedule"].id},
    # made by its dialog
    "chasing.edit.line": None,
    "chasing.letter.print": lambda records: {"letter_ids": records["chasing.letter"].ids},
    "chasing.responsible": lambda records: {"selected": records["chasing.schedule"].ids},
    "chasing.send.many": lambda records: {"selected": records["account.move"].ids},
    "chasing.send": lambda records: {"step_id": records["chasing.step"].id},
    "chasing.start": lambda records: {
        "company_id": records["res.company"].id,
        "cadence_id": records["chasing.cadence"].id,
    },
    "chasing.write.off": lambda records: {"act": "write_off", "selected": records["chasing.schedule"].ids},
}
# dialog -> the firm's records whose ids a client puts into `selected`
SELECTED = {
    "chasing.assign": "account.move",
    "chasing.bulk": "chasing.schedule",
    "chasing.bulk.customers": "res.partner",
    "chasing.bulk.steps": "chasing.step",
    "chasing.responsible": "chasing.schedule",
    "chasing.send.many": "account.move",
    "chasing.write.off": "chasing.schedule",
}


@tagged("post_install", "-at_install")
class TestSecurityDialogs(SecurityCommon):
    def setUp(self):
        super().setUp()
        self.records = self.make_samples()
        self.records["account.account"] = self.company_data["default_account_expense"]

    def dialogs(self):
        return {name: model for name, model in sorted(self.our_models().items()) if model._transient}

    def open_dialogs(self):
        """{dialog: one that an administrator opened}."""
        opened = {}
        for name in (name for name, needed in NEEDED.items() if needed):
            opened[name] = self.env[name].sudo().create(NEEDED[name](self.records))
        self.env.cr.flush()
        return {**opened, "chasing.edit.line": opened["chasing.edit"].line_ids[:1]}

    def test_every_dialog_is_in_the_table(self):
        self.assertEqual(set(self.dialogs()), set(NEEDED))
        having = {name for name, model in self.dialogs().items() if "selected" in model._fields}
        self.assertEqual(having, set(SELECTED))

    def test_a_dialog_is_its_openers_alone(self):
        opened, wrong = self.open_dialogs(), []
        buttons = [(name, method) for name, method in self.our_methods() if name in opened]
        for kind in KINDS:
            calls = [
                *((name, "read", [dialog.ids]) for name, dialog in opened.items()),
                *((name, "write", [dialog.ids, {}]) for name, dialog in opened.items()),
                *((name, "unlink", [dialog.ids]) for name, dialog in opened.items()),
                *((name, method, [opened[name].ids]) for name, method in buttons),
            ]
            for name, method, arguments in calls:
                error = self.error_of(kind, name, method, *arguments)
                if not self.is_denial(error):
                    wrong.append(f"{kind} {name}.{method}: {error}")
        self.assertEqual(wrong, [])

    def test_ones_own_dialog_can_be_used(self):
        for name, needed in NEEDED.items():
            if not needed:
                continue
            values = needed(self.records)
            with self.subTest(dialog=name):
                found = self.rpc("accountant", name, "create", values)
                [read] = self.rpc("accountant", name, "read", [found])
                self.assertEqual(read["id"], found)
                self.rpc("accountant", name, "onchange", [], values, [], {one: {} for one in self.shown(name)})

    def shown(self, name):
        """The fields of a dialog that are no lists of lines."""
        fields = self.dialogs()[name]._fields
        return [one for one, field in fields.items() if field.type != "one2many" and one not in ("selected", "id")]

    def test_ids_of_foreign_records_are_refused(self):
        """By create, default and while something is typed in: into dialogs, and into what people make otherwise."""
        wrong, made = [], [name for name, (_readers, writers) in MODELS.items() if writers]
        for name, model in {**self.dialogs(), **{name: self.env.registry[name] for name in made}}.items():
            for field_name, field in model._fields.items():
                if self.is_entered(field) and field.comodel_name not in {*SHARED, *NEEDED}:
                    wrong += self.foreign_ids_let_in(name, field_name, field)
        self.assertEqual(wrong, [])

    def is_entered(self, field):
        """Whether a client puts ids of our records into it."""
        if not field.relational or field.type == "one2many" or field.comodel_name not in self.records:
            return False
        return not (field.related or (field.compute and field.readonly))

    def foreign_ids_let_in(self, name, field_name, field):
        ids = self.records[field.comodel_name].ids
        value = ids[0] if field.type == "many2one" else [[6, 0, ids]]
        spec = {field_name: {"fields": {"display_name": {}}}}
        ways = {
            "create": [{field_name: value}],
            "onchange": [[], {field_name: value}, [field_name], spec],
            "default_get": [[field_name]],
        }
        for way, arguments in ways.items():
            context = {f"default_{field_name}": ids[0] if field.type == "many2one" else ids}
            options = {"context": context} if way == "default_get" else {}
            error = self.error_of("foreign_manager", name, way, *arguments, **options)
            if not self.is_denial(error):
                yield f"{name}.{field_name} by {way}: {error}"

    def test_ids_of_foreign_records_are_refused_in_lines(self):
        """What is typed into the lines of a dialog, before anything is saved."""
        role = self.records["chasing.contact.role"].id
        spec = {"line_ids": {"fields": {"role_id": {"fields": {"display_name": {}}}}}, "summary": {}}
        values = {"line_ids": [[0, "virtual_1", {"trigger": "on_issue", "role_id": role}]]}
        error = self.error_of("foreign_manager", "chasing.edit", "onchange", [], values, ["line_ids"], spec)
        self.assertTrue(self.is_denial(error), error)

    def test_what_is_told_of_foreign_records_is_refused(self):
        """A form may tell of a record instead of naming it, as a line tells of its dialog; PostgreSQL reads a text for
        an id."""
        step, schedule = self.records["chasing.step"].id, self.records["chasing.schedule"].id
        move, letter = self.invoice.id, self.records["chasing.letter"].id
        told = [
            ("chasing.send", "step_id", {"id": step}),
            ("chasing.send", "step_id", {"id": str(step)}),
            ("chasing.send", "step_id", {"id": [step]}),
            ("chasing.send", "step_id", {"id": float(step)}),
            ("chasing.send", "step_id", {"schedule_id": schedule, "hour": 9}),
            ("chasing.send", "move_ids", [[6, 0, [str(move)]]]),
            ("chasing.send", "move_ids", [{"id": move}]),
            ("chasing.send", "move_ids", [[4, float(move)]]),
            ("chasing.contacts", "schedule_id", {"move_id": move}),
            ("chasing.contacts", "schedule_id", {"move_id": {"id": move}}),
            ("chasing.edit.line", "edit_id", {"schedule_id": {"id": schedule}, "line_ids": []}),
            ("chasing.letter.print", "letter_ids", [[4, str(letter)]]),
            ("chasing.letter.print", "letter_ids", [[6, 0, [float(letter)]]]),
            ("chasing.letter.print", "letter_ids", [[0, 0, {"move_id": move}]]),
            ("chasing.letter.print", "letter_ids", [{"move_id": move}]),
        ]
        for name, field_name, value in told:
            with self.subTest(dialog=name, value=value):
                spec = {one: {} for one in self.shown(name)}
                values = {field_name: value}
                error = self.error_of("foreign_manager", name, "onchange", [], values, [field_name], spec)
                self.assertIn(error, (*DENIED, "odoo.exceptions.UserError"))

    def test_selected_ids_of_foreign_records_are_refused(self):
        """They stand in JSON, which no rule looks into."""
        wrong = []
        for name, model in SELECTED.items():
            if model in SHARED:
                continue
            values = NEEDED[name]({model: self.records[model]})
            spec = {one: {} for one in self.shown(name)}
            if not self.is_denial(self.error_of("foreign_manager", name, "onchange", [], values, [], spec)):
                wrong.append(f"{name} onchange")
            try:
                made = self.rpc("foreign_manager", name, "create", values)
            except self.RpcError:
                continue
            for method, arguments in (("read", [[made]]), *((one, [[made]]) for one in self.buttons(name))):
                if not self.is_denial(self.error_of("foreign_manager", name, method, *arguments)):
                    wrong.append(f"{name} {method}")
        self.assertEqual(wrong, [])

    def buttons(self, name):
        return [method for model, method in self.our_methods() if model == name]

    def test_nothing_of_a_dialog_is_computed_with_all_rights(self):
        """A stored or related field is, unless it says otherwise."""
        wrong = [
            f"{name}.{field.name}"
            for name, model in self.dialogs().items()
            for field in model._fields.values()
            if field.compute and field.compute_sudo
        ]
        self.assertEqual(wrong, list(NOBODY))
