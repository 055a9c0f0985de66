"""Which records are whose: every model has its access lines and record rules, every dialog is its opener's alone."""

from odoo.tests import tagged

from ..builders.security import COLLECTORS, KINDS, MANAGERS, NOBODY, POLICY_READERS, READERS, SecurityCommon

# without a rule of its company
GUARDED_BY_OTHERS = {
    "chasing.postal.event": "administrators alone",
    "chasing.document.ahead": "nobody",
    "chasing.document.copy": "nobody",
    "chasing.formal.reminder": "nobody",
}
# Who changes them does not delete them.
CHANGED_ONLY = ("chasing.import.line", "chasing.postal.provider", "chasing.tone.line")
POLICY = (
    "chasing.cadence",
    "chasing.cadence.step",
    "chasing.contact.role",
    "chasing.contact.role.holder",
    "chasing.minimum",
    "chasing.postal.provider",
    "chasing.rule",
    "chasing.tone",
    "chasing.tone.line",
)
# model -> who reads the firm's, who changes them
MODELS = {
    "chasing.assignment": (COLLECTORS, NOBODY),
    "chasing.assignment.line": (COLLECTORS, NOBODY),
    "chasing.bulk.change": (COLLECTORS, NOBODY),
    "chasing.bulk.refusal": (COLLECTORS, NOBODY),
    "chasing.bulk.run": (COLLECTORS, NOBODY),
    "chasing.cadence": (POLICY_READERS, MANAGERS),
    "chasing.cadence.step": (POLICY_READERS, MANAGERS),
    # every employee sees which roles a contact has
    "chasing.contact.role": (POLICY_READERS | {"employee", "contacts"}, MANAGERS),
    "chasing.contact.role.holder": (POLICY_READERS, MANAGERS),
    "chasing.delivery": (READERS, NOBODY),
    "chasing.document.ahead": (NOBODY, NOBODY),
    "chasing.document.copy": (NOBODY, NOBODY),
    "chasing.failure.cause": (READERS, NOBODY),
    # another collector's import
    "chasing.import": (MANAGERS, MANAGERS),
    "chasing.import.change": (MANAGERS, NOBODY),
    "chasing.import.line": (MANAGERS, MANAGERS),
    "chasing.import.undo": (MANAGERS, NOBODY),
    "chasing.formal.reminder": (NOBODY, NOBODY),
    "chasing.letter": (READERS, NOBODY),
    "chasing.link": (READERS, NOBODY),
    "chasing.minimum": (POLICY_READERS, MANAGERS),
    "chasing.forecast.line": (READERS, NOBODY),
    # the forecast itself reads them for its readers
    "chasing.forecast.change": (NOBODY, NOBODY),
    "chasing.forecast.message": (NOBODY, NOBODY),
    "chasing.postal.event": (NOBODY, NOBODY),
    "chasing.postal.provider": (POLICY_READERS - {"auditor"}, MANAGERS),
    "chasing.rule": (POLICY_READERS, MANAGERS),
    "chasing.schedule": (READERS, NOBODY),
    "chasing.step": (READERS, NOBODY),
    "chasing.tone": (POLICY_READERS, MANAGERS),
    "chasing.tone.line": (POLICY_READERS, MANAGERS),
}


@tagged("post_install", "-at_install")
class TestSecurityModels(SecurityCommon):
    def test_every_model_is_in_the_table(self):
        stored = {name for name, model in self.our_models().items() if not (model._abstract or model._transient)}
        self.assertEqual(stored, set(MODELS))

    def test_every_model_has_access_lines_and_rules(self):
        """A model without a rule of its company, or of its opener, is everybody's."""
        for name, model in self.our_models().items():
            if model._abstract or name in GUARDED_BY_OTHERS:
                continue
            with self.subTest(model=name):
                known = self.env["ir.model"]._get(name)
                self.assertTrue(known.access_ids.filtered("group_id"))
                self.assertFalse(known.access_ids.filtered(lambda line: not line.group_id), "a line for everybody")
                asked = "create_uid" if model._transient else "company_id"
                rules = [rule for rule in known.rule_ids if not rule.groups and asked in rule.domain_force]
                for operation in ("read", "write", "create", "unlink"):
                    self.assertTrue(any(rule[f"perm_{operation}"] for rule in rules), operation)

    def test_records_are_for_those_who_may(self):
        records = self.make_samples()
        records["chasing.postal.event"] = (
            self.env["chasing.postal.event"]
            .sudo()
            .create({
                "provider_id": records["chasing.postal.provider"].id,
                "name": "1",
                "received_at": self.now,
            })
        )
        wrong = []
        for kind in KINDS:
            for model, (readers, writers) in MODELS.items():
                ids = records[model].ids
                for allowed, method, arguments in (
                    (readers, "read", [ids]),
                    (writers, "write", [ids, {}]),
                    (writers, "unlink", [ids]),
                ):
                    if method == "unlink" and model in CHANGED_ONLY:
                        allowed = NOBODY
                    error = self.error_of(kind, model, method, *arguments)
                    if self.is_denial(error) == (kind in allowed):
                        wrong.append(f"{kind} {model}.{method}: {error}")
                found = self.found(kind, model, records[model])
                if found != (kind in readers):
                    wrong.append(f"{kind} {model} search: {found}")
        self.assertEqual(wrong, [])

    def found(self, kind, model, record):
        try:
            return bool(self.rpc(kind, model, "search", [["id", "in", record.ids]]))
        except self.RpcError:
            return False
