"""Rules that cannot be read any more, or that the database refuses (R51)."""

from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.assignment import RuleCommon


@tagged("post_install", "-at_install")
class TestRuleThatCannotBeRead(RuleCommon):
    """R51, R82: a condition names a field that was deleted since."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.broken = cls.make_rule("Broken", [("ref", "=", "VIP")], cls.firm, sequence=1, on_update=True)
        cls.make_rule("All", [], cls.gentle, sequence=2)
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE chasing_rule SET domain = %s WHERE id = %s", ["[('x_vip', '=', True)]", cls.broken.id]
        )
        cls.env.invalidate_all()
        cls.env.registry.clear_cache()

    def test_invoices_are_posted_and_the_next_rule_decides(self):
        invoice = self.make_invoice()
        self.assertEqual(self.chosen(invoice), ("Softly", "rule", "All"))
        invoice.ref = "changed"
        self.assertEqual(self.chosen(invoice), ("Softly", "rule", "All"))

    def test_the_list_of_rules_opens_and_says_what_is_wrong(self):
        [values] = self.broken.read(["match_count", "problem"])
        self.assertEqual(values["match_count"], 0)
        self.assertRegex(values["problem"], "This rule can no longer be read: .*x_vip.*It matches nothing")
        with self.assertRaisesRegex(UserError, "can no longer be read"):
            self.broken.action_apply()
        self.broken.domain = "[('ref', '=', 'VIP')]"
        self.assertFalse(self.broken.problem)

    def test_the_managers_are_told_once(self):
        manager = self.make_user("manager", "invoice_chasing.group_manager")
        with patch.object(self.env.registry["res.users"], "_bus_send", autospec=True) as sent:
            self.make_invoice(), self.make_invoice()
        [(users, _kind, values)] = [call.args for call in sent.call_args_list]
        self.assertIn(manager, users)
        self.assertIn("x_vip", values["message"])
        notes = self.broken.message_ids.filtered(lambda message: "no longer be read" in (message.body or ""))
        self.assertEqual(len(notes), 1)


@tagged("post_install", "-at_install")
class TestRuleThatTheDatabaseRefuses(RuleCommon):
    """R51, R82: the ORM lets it through, PostgreSQL does not."""

    HOSTILE = [
        [("ref", "=like", "a\\")],
        [("ref", "=ilike", "a\\\\\\")],
        [("name", "=", "nothing is called so"), ("ref", "=like", "a\\")],
        [("partner_id.name", "=like", "a\\")],
        [("partner_id", "any", [("name", "not =like", "a\\")])],
        [("ref", "=", "a\0b")],
        [("ref", "=", "\ud800")],
        [("amount_total", ">", "much")],
        [("invoice_date", ">", "99999-01-01")],
        [("invoice_date", "=", "2026-02-30")],
        [("ref", "=", ["a", {}])],
        ["&"] * 5000,
        [("ref", "=", "x" * 20_000)],
    ]

    def test_it_is_refused_when_it_is_saved(self):
        self.make_invoice(ref="ab")
        rule = self.make_rule("Asks", [], self.firm)
        for domain in self.HOSTILE:
            refused = self.assertRaises(UserError)
            with self.subTest(domain=str(domain)[:60]), mute_logger("odoo.sql_db"), refused, self.env.cr.savepoint():
                rule.domain = repr(domain)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            rule.domain = "(" * 5000
        for domain in ([("ref", "=like", "a\\\\")], [("ref", "=like", "a\\%")], [("ref", "ilike", "a\\")]):
            rule.domain = repr(domain)
            self.assertFalse(rule.problem)

    def test_whoever_types_it_is_told_what_is_wrong(self):
        self.make_invoice(ref="ab")
        rule = self.make_rule("Asks", [], self.firm)
        spec = {"domain": {}, "match_count": {}}
        with (
            self.assertRaisesRegex(UserError, "values does not fit"),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            rule.onchange({"domain": repr([("ref", "=like", "a\\")])}, ["domain"], spec)
        found = rule.onchange({"domain": repr([("ref", "=like", "b%")])}, ["domain"], spec)
        self.assertEqual(found["value"]["match_count"], 0)

    def test_what_is_wrong_is_said_in_a_sentence(self):
        """Over the network anything can be written as a condition; nobody is told what Python thinks of it."""
        rule = self.make_rule("Asks", [], self.firm)
        for text, said in (
            ("amount > 100", "It is not written as a condition, such as"),
            ("[('ref', '=', foo)]", "It is not written as a condition, such as"),
            ("[('ref', '=')]", "It is not written as a condition, such as"),
            ("{'ref': 1}", "It is not written as a condition, such as"),
            ("(" * 5000, "It is not written as a condition, such as"),
            ("[('x_vip', '=', 1)]", "There is no field “x_vip”."),
            ("[('partner_id.x_vip', '=', 1)]", "There is no field “x_vip”."),
            ("[('amount_total', '>', 'much'), ('ref', '=', 'a')]", "“Total” cannot be compared with “much”."),
            ("[('invoice_date', '=', '2026-02-30')]", "“Invoice/Bill Date” cannot be compared with “2026-02-30”."),
        ):
            refused = self.assertRaises(ValidationError)
            with self.subTest(text=text[:60]), mute_logger("odoo.sql_db"), refused as caught, self.env.cr.savepoint():
                rule.domain = text
            self.assertIn(f"The rule Asks does not say which invoices it is for. {said}", str(caught.exception))

    def slip_through(self, domain):
        """A rule as it may have been saved before it was refused."""
        rule = self.make_rule("Broken", [("ref", "=", "VIP")], self.firm, sequence=1, on_update=True)
        self.env.flush_all()
        self.env.cr.execute("UPDATE chasing_rule SET domain = %s WHERE id = %s", [repr(domain), rule.id])
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        return rule

    def test_what_slips_through_is_noted_and_passed_over(self):
        """Invoices are posted and changed, the next rule decides, the list of rules opens."""
        self.make_rule("All", [], self.gentle, sequence=2)
        self.make_invoice(ref="a1")
        for domain in ([("ref", "=like", "a\\")], [("invoice_date", ">", "99999-01-01")], [("ref", "=", "a\0b")]):
            with self.subTest(domain=domain), mute_logger("odoo.sql_db"):
                rule = self.slip_through(domain)
                [values] = rule.read(["match_count", "is_counted", "problem"])
                self.assertTrue(values["problem"] or not values["is_counted"], values)
                invoice = self.make_invoice(ref="a2")
                self.assertEqual(self.chosen(invoice), ("Softly", "rule", "All"))
                invoice.ref = "changed"
                self.assertEqual(self.chosen(invoice), ("Softly", "rule", "All"))
                self.assertIn("can no longer be read", rule.problem)
                self.assertTrue(rule.is_problem_notified)
                with self.assertRaisesRegex(UserError, "can no longer be read"):
                    rule.action_open_invoices()
                rule.domain = "[('ref', '=', 'VIP')]"
                self.assertFalse(rule.problem)
                self.assertEqual(self.chosen(self.make_invoice(ref="VIP")), ("Hard", "rule", "Broken"))
                rule.unlink()
