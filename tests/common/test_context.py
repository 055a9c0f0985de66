import ast
from datetime import datetime
from pathlib import Path

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.service.model import call_kw
from odoo.tests import TransactionCase, tagged

from ...models.common import clock, trusted_context
from ..builders.builders import ChasingCommon

# what code reads from the context without a mark, and why a client may say it
CLIENTS_SAY = {
    "active_domain": "which records their list shows; they are searched with the client's rights",
    "chasing_customer": "whose contacts are proposed first, of those that they may read",
    "chasing_mine": "whether they are shown only what they are responsible for, of what they may read",
    "default_company_id": "which of the companies that they may choose they switch chasing on for",
    "landscape": "which way round a report is printed, as Odoo's own printing reads it",
    "lang": "which language they read",
    "rows": "which rows of an import their list shows",
    "set_viewport_size": "how wide the page of a report is, as Odoo's own printing reads it",
    "tz": "which clock they read",
    "webp_as_jpg": "Odoo's mark of a report that is going to be printed, which without documents of ours does nothing",
}


@tagged("post_install", "-at_install")
class TestContext(ChasingCommon):
    """No behaviour hangs on what a client says in the context."""

    def call(self, records, method, *args, user=None, **context):
        return call_kw(records.with_user(user or self.env.user), method, [records.ids, *args], {"context": context})

    def test_a_client_does_not_say_what_time_it_is(self):
        """JSON has texts, XML-RPC has dates: neither is a mark."""
        for forged in ("2020-01-01 09:00:00", datetime(2020, 1, 1, 9)):
            schedule = self.make_invoice().chasing_schedule_id
            self.call(schedule, "action_mark_sent", chasing_now=forged)
            self.assertEqual(schedule.first_sent_at, self.now)
            move = schedule.move_id.with_context(chasing_now=forged)
            self.assertEqual(move.chasing_days_late, 0)

    def test_the_outermost_caller_says_what_time_it_is(self):
        schedule = self.make_invoice().chasing_schedule_id
        then = datetime(2026, 3, 20, 9)
        self.assertEqual(clock.at(schedule.move_id, then).chasing_days_late, 4)
        clock.at(schedule, then).action_mark_sent()
        self.assertEqual(schedule.first_sent_at, then)

    def test_a_line_of_a_cadence_is_checked_whatever_the_client_says(self):
        """R3: an hour that no day has would refuse every posting."""
        line = self.cadence.step_ids[0]
        for forged in ({"chasing_whole_cadence": True}, {"chasing_touched_cadences": []}):
            with self.assertRaisesRegex(ValidationError, "hour"):
                self.call(line, "write", {"hour": 99}, **forged)
        self.call(line, "write", {"hour": 11}, chasing_whole_cadence=True)
        self.assertEqual(line.hour, 11)

    def test_a_line_of_another_cadence_is_checked_too(self):
        """R3: one cadence's commands reach the lines of another."""
        other = self.make_cadence("Other", [("after_due", 1, 9)])
        with self.assertRaisesRegex(ValidationError, "hour"):
            other.write({"step_ids": [Command.update(self.cadence.step_ids[0].id, {"hour": 99})]})
        with self.assertRaisesRegex(ValidationError, "hour"):
            self.env["chasing.cadence"].create({
                "name": "Third",
                "company_id": self.company.id,
                "step_ids": [Command.update(self.cadence.step_ids[0].id, {"hour": 99})],
            })
        other.write({"step_ids": [Command.update(self.cadence.step_ids[0].id, {"hour": 12})]})
        self.assertEqual(self.cadence.step_ids[0].hour, 12)

    def test_a_client_puts_nothing_into_the_compiled_templates(self):
        template = self.tone_line("new").email_template_id.with_context(chasing_compiled={"x": "y"})
        [body] = template._render_field("body_html", self.make_invoice().ids).values()
        self.assertTrue(body)


@tagged("post_install", "-at_install")
class TestDefaults(ChasingCommon):
    """R37: what is said of a customer is said by collectors."""

    SAID = {
        "default_chasing_excluded": True,
        "default_chasing_paused": True,
        "default_chasing_paused_until": "2030-01-01",
        "default_chasing_pause_reason": "mine",
    }

    def make_contact(self, user):
        contacts = self.env["res.partner"].with_user(user).with_context(**self.SAID)
        return self.env["res.partner"].browse(contacts.create({"name": "New"}).id)

    def test_who_may_not_say_it_does_not_say_it_by_defaults(self):
        creator = self.make_user("creator", "base.group_user,base.group_partner_manager")
        made = self.make_contact(creator)
        self.env["ir.default"].with_user(creator).set("res.partner", "chasing_excluded", True, user_id=True)
        made |= self.make_contact(creator)
        # code that runs with the superuser's rights for a person has the person's context
        made |= self.env["res.partner"].with_user(creator).sudo().with_context(**self.SAID).create({"name": "New"})
        for name in ("chasing_excluded", "chasing_paused", "chasing_paused_until", "chasing_pause_reason"):
            self.assertFalse(any(self.env["res.partner"].browse(made.ids).mapped(name)), name)

    def test_a_collector_says_it_by_defaults_as_in_any_form(self):
        collector = self.make_user("asker", "invoice_chasing.group_user,base.group_partner_manager")
        made = self.make_contact(collector)
        self.assertTrue(made.chasing_excluded)
        self.assertEqual(made.chasing_pause_reason, "mine")

    def test_secrets_are_not_said_by_defaults(self):
        """A manager may make a provider, and what is sent to it is signed with a secret of the administrator's."""
        manager = self.make_user("manager", "invoice_chasing.group_manager")
        said = {"default_webhook_secret": "mine", "default_code": "lob"}
        names = ["webhook_secret", "code"]
        providers = self.env["chasing.postal.provider"]
        self.assertEqual(providers.with_user(manager).with_context(**said).default_get(names), {"code": "lob"})
        self.assertEqual(providers.sudo().with_context(**said).default_get(names)["webhook_secret"], "mine")


@tagged("post_install", "-at_install")
class TestContextIsRead(TransactionCase):
    def test_only_marks_are_believed(self):
        """Every key that the addon's code reads from the context, and every one of its own that it puts there."""
        found = []
        root = Path(trusted_context.__file__).resolve().parents[2]
        for folder in ("models", "wizards", "controllers"):
            for path in sorted((root / folder).rglob("*.py")):
                if path.name != "trusted_context.py":
                    tree = ast.parse(path.read_text())
                    found += [f"{path.name}:{node.lineno}" for node in ast.walk(tree) if _believes(node, path.name)]
        self.assertEqual(found, [])


def _believes(node, file_name):
    """Whether a place in the code reads something from the context that a client may not say, or puts something of ours
    there without a mark."""
    match node:
        case ast.Call(func=ast.Attribute(attr="get", value=ast.Attribute(attr="context")), args=[key, *_rest]):
            # the names by which Odoo tells its own templates apart
            return file_name != "ir_qweb.py" and _is_ours_or_unknown(key)
        case ast.Subscript(value=ast.Attribute(attr="context"), slice=key):
            return _is_ours_or_unknown(key)
        case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[ast.Attribute(attr="context")]):
            return _is_ours_or_unknown(key)
        case ast.Call(func=ast.Attribute(attr="with_context"), keywords=keywords):
            ours = {keyword.arg for keyword in keywords if (keyword.arg or "").startswith("chasing_")}
            return not ours <= CLIENTS_SAY.keys()
    return False


def _is_ours_or_unknown(key):
    return not (isinstance(key, ast.Constant) and key.value in CLIENTS_SAY)
