"""What each kind of user tries, and what comes of it: one row an attempt."""

from typing import NamedTuple

from odoo.tests import tagged

from ..builders.security import (
    COLLECTORS,
    EVERYBODY,
    FOREIGN,
    KINDS,
    MANAGERS,
    NOBODY,
    OUTSIDE,
    POLICY_READERS,
    READERS,
    SecurityCommon,
)


class Row(NamedTuple):
    """One attempt.

    `call` takes the case and gives (model, method, *arguments); arguments for keywords stand in a last dict under
    "kwargs". Who is not among `allowed` is refused, for want of rights or because the thing itself is wrong; who is in
    `left_out` is not asked.
    """

    what: str
    call: object
    allowed: frozenset = NOBODY
    left_out: frozenset = NOBODY


CODE = "{{ object.env['res.users'].sudo().search([]).mapped('login') }}"


def foreign_template(case):
    """The values that choose a template whose text would be filled from a user with the invoice's id."""
    model_id = case.env["ir.model"]._get_id("res.users")
    template = case.env["mail.template"].sudo().create({"name": "Foreign", "model_id": model_id, "subject": "A"})
    return {"email_template_id": template.id}


def edited(case, **values):
    """A dialog in which a line with these values was entered."""
    line = {"trigger": "after_due", "days": 9, **values}
    return {"schedule_id": case.schedule.id, "line_ids": [[0, 0, line]]}


def as_of(company):
    """What a client says that works in a company, its own or not."""
    return {"kwargs": {"context": {"allowed_company_ids": company.ids}}}


ROWS = [
    Row(
        "change a cadence",
        lambda case: ("chasing.cadence", "write", case.cadence.ids, {"name": "Mine"}),
        allowed=MANAGERS,
    ),
    Row(
        "change a line of a cadence",
        lambda case: ("chasing.cadence.step", "write", case.cadence.step_ids[:1].ids, {"hour": 11}),
        allowed=MANAGERS,
    ),
    Row(
        "plant a rule in the firm",
        lambda case: (
            "chasing.rule",
            "create",
            [{"name": "Mine", "company_id": case.company.id, "cadence_id": case.cadence.id}],
        ),
        allowed=MANAGERS,
    ),
    Row(
        "plant a cadence in the firm",
        lambda case: ("chasing.cadence", "create", [{"name": "Mine", "company_id": case.company.id}]),
        allowed=MANAGERS,
    ),
    Row(
        "read which cadences there are",
        lambda case: ("chasing.cadence", "read", case.cadence.ids, ["name", "step_ids", "sample_text"]),
        allowed=POLICY_READERS,
    ),
    Row(
        "let a step be written by a template of users",
        lambda case: ("chasing.cadence.step", "write", case.cadence.step_ids[:1].ids, foreign_template(case)),
    ),
    Row(
        "let a step of one invoice be written by a template of users",
        lambda case: ("chasing.edit", "create", [edited(case, **foreign_template(case))]),
    ),
    Row(
        "have code run by an own subject",
        lambda case: ("chasing.cadence.step", "write", case.cadence.step_ids[:1].ids, {"subject": CODE}),
    ),
    Row(
        "have code run by an own text of one invoice",
        lambda case: ("chasing.edit", "create", [edited(case, body=f"<p>{CODE}</p>")]),
    ),
    Row(
        "name the invoice in an own subject",
        lambda case: ("chasing.cadence.step", "write", case.cadence.step_ids[:1].ids, {"subject": "{{ object.name }}"}),
        allowed=MANAGERS,
    ),
    Row(
        "add a line to a cadence",
        lambda case: (
            "chasing.cadence.step",
            "create",
            [{"cadence_id": case.cadence.id, "trigger": "after_due", "days": 9, "hour": 9}],
        ),
        allowed=MANAGERS,
    ),
    Row(
        "change the lines of a cadence by way of the cadence",
        lambda case: (
            "chasing.cadence",
            "write",
            case.cadence.ids,
            {"step_ids": [[1, case.cadence.step_ids[:1].id, {"hour": 11}]]},
        ),
        allowed=MANAGERS,
    ),
    Row(
        "plant a contact role in the firm",
        lambda case: ("chasing.contact.role", "create", [{"name": "Mine", "company_id": case.company.id}]),
        allowed=MANAGERS,
    ),
    Row(
        "import into the firm",
        lambda case: (
            "chasing.import",
            "create",
            [{"file": "QQ==", "file_name": "a.csv", "company_id": case.company.id}],
        ),
        allowed=COLLECTORS,
    ),
    Row(
        "read an invoice's chasing as if the firm were one's own",
        lambda case: ("chasing.schedule", "read", case.schedule.ids, ["status"], as_of(case.company)),
        allowed=READERS,
    ),
    *(
        Row(
            f"{method} of a customer in the firm as if it were one's own",
            lambda case, method=method: ("res.partner", method, case.customer.ids, as_of(case.company)),
            allowed=COLLECTORS,
        )
        for method in (
            "action_chasing_exclude",
            "action_chasing_include",
            "action_chasing_pause",
            "action_chasing_resume",
        )
    ),
    Row(
        "pause a customer by writing it, without the right to chase",
        lambda case: ("res.partner", "write", case.customer.ids, {"chasing_paused": True}),
        left_out=EVERYBODY - OUTSIDE,
    ),
    Row(
        "confirm a customer's address by writing it, without the right to chase",
        lambda case: ("res.partner", "write", case.customer.ids, {"chasing_confirmed_address": "Street 1"}),
        left_out=EVERYBODY - OUTSIDE,
    ),
    Row(
        "write to a customer something else",
        lambda case: ("res.partner", "write", case.customer.ids, {"comment": "Hello"}),
        allowed=frozenset({"contacts"}),
        left_out=EVERYBODY - OUTSIDE,
    ),
    Row(
        "group invoices by their chasing",
        lambda case: ("account.move", "formatted_read_group", [], ["chasing_status"], ["__count"]),
        allowed=READERS | FOREIGN | {"branch_manager"},
    ),
    Row(
        "order invoices by their chasing",
        lambda case: (
            "account.move",
            "search",
            [],
            {"kwargs": {"order": "chasing_next_at"}},
        ),
        allowed=READERS | FOREIGN | {"branch_manager"},
    ),
    Row(
        "learn which invoices are chased by searching for them",
        lambda case: ("account.move", "web_search_read", [("chasing_light", "=", "red")], {"id": {}}),
        allowed=READERS | FOREIGN | {"branch_manager"},
    ),
    Row(
        "read by what settings a company chases",
        lambda case: ("res.company", "search_read", [], ["chasing_start_date", "chasing_catchup_days"]),
        allowed=EVERYBODY - {"public", "portal"},
    ),
    Row(
        "waive the checks of a line by the context",
        lambda case: (
            "chasing.cadence.step",
            "write",
            case.cadence.step_ids[:1].ids,
            {"hour": 99},
            {"kwargs": {"context": {"chasing_whole_cadence": True, "chasing_touched_cadences": []}}},
        ),
    ),
    Row(
        "save a rule that the database refuses",
        lambda case: ("chasing.rule", "create", [{"name": "Bad", "domain": repr([("ref", "=like", "a\\")])}]),
    ),
    Row(
        "pause an invoice with a book for a reason",
        lambda case: ("chasing.schedule", "action_pause", case.schedule.ids, None, "x" * 1_000_000),
    ),
    Row(
        "pause a customer with a reason that is no text",
        lambda case: ("res.partner", "action_chasing_pause", case.customer.ids, None, "a\0b"),
    ),
    Row(
        "pause an invoice",
        lambda case: ("chasing.schedule", "action_pause", case.schedule.ids),
        allowed=COLLECTORS,
    ),
]


@tagged("post_install", "-at_install")
class TestSecurityRows(SecurityCommon):
    def test_attempts_end_as_they_should(self):
        wrong = []
        for row in ROWS:
            model, method, *arguments = row.call(self)
            options = arguments.pop()["kwargs"] if arguments and self._is_options(arguments[-1]) else {}
            for kind in KINDS:
                if kind in row.left_out:
                    continue
                error = self.error_of(kind, model, method, *arguments, **options)
                if (error is None) != (kind in row.allowed) or (error and not self.is_refusal(error)):
                    wrong.append(f"{kind}: {row.what}: {error}")
        self.assertEqual(wrong, [])

    def _is_options(self, argument):
        return isinstance(argument, dict) and set(argument) == {"kwargs"}

    def test_rows_name_kinds_there_are(self):
        for row in ROWS:
            self.assertLessEqual(row.allowed | row.left_out, EVERYBODY, row.what)
