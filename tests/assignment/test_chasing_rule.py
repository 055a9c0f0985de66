from unittest.mock import patch

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ...models.assignment import chasing_rule
from ..builders.builders import ChasingCommon


class RuleCommon(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gentle = cls.make_cadence("Softly", [("after_due", 10, 9)])
        cls.firm = cls.make_cadence("Hard", [("after_due", 1, 9)])

    @classmethod
    def make_rule(cls, name, domain, cadence=None, **values):
        return cls.env["chasing.rule"].create({
            "name": name,
            "company_id": cls.company.id,
            "domain": repr(domain),
            "cadence_id": cadence.id if cadence else False,
            **values,
        })

    def chosen(self, invoice):
        schedule = invoice.chasing_schedule_id
        return schedule.cadence_id.name, schedule.assigned_by, schedule.rule_id.name


@tagged("post_install", "-at_install")
class TestChasingRule(RuleCommon):
    """R50, R51"""

    def test_first_rule_that_matches_decides(self):
        self.make_rule("Large", [("amount_total_signed", ">", 1000)], self.firm, sequence=1)
        self.make_rule("All", [], self.gentle, sequence=2)
        self.assertEqual(self.chosen(self.make_invoice(amount=2000)), ("Hard", "rule", "Large"))
        self.assertEqual(self.chosen(self.make_invoice(amount=100)), ("Softly", "rule", "All"))

    def test_order_is_changed_by_dragging(self):
        large = self.make_rule("Large", [("amount_total_signed", ">", 1000)], self.firm, sequence=1)
        self.make_rule("All", [], self.gentle, sequence=2)
        large.sequence = 3
        self.assertEqual(self.chosen(self.make_invoice(amount=2000)), ("Softly", "rule", "All"))

    def test_no_rule_matches(self):
        self.make_rule("Large", [("amount_total_signed", ">", 1000)], self.firm)
        self.assertEqual(self.chosen(self.make_invoice()), ("Usual", "default", False))

    def test_rule_for_no_chasing(self):
        self.make_rule("Friends", [("partner_id", "=", self.customer.id)])
        self.assertFalse(self.make_invoice().chasing_schedule_id)

    def test_archived_rule_is_not_asked(self):
        self.make_rule("All", [], self.gentle).action_archive()
        self.assertEqual(self.chosen(self.make_invoice()), ("Usual", "default", False))

    def test_customers_own_cadence_comes_first(self):
        self.make_rule("All", [], self.gentle)
        self.customer.with_company(self.company).chasing_cadence_id = self.firm
        self.assertEqual(self.chosen(self.make_invoice()), ("Hard", "customer", False))

    def test_choice_on_the_draft_comes_before_that(self):
        self.customer.with_company(self.company).chasing_cadence_id = self.firm
        invoice = self.make_invoice(post=False)
        invoice._chasing_assign(self.gentle)
        invoice.action_post()
        self.assertEqual(self.chosen(invoice), ("Softly", "invoice", False))

    def test_whoever_asks_for_chasing_gets_what_precedence_gives(self):
        self.company.chasing_start_date = "2026-03-03"
        invoice = self.make_invoice()
        self.assertFalse(invoice.chasing_schedule_id)
        self.make_rule("All", [], self.gentle)
        invoice._chasing_assign()
        self.assertEqual(self.chosen(invoice), ("Softly", "rule", "All"))

    def test_what_a_rule_can_ask(self):
        country = self.env.ref("base.fr")
        tag = self.env["res.partner.category"].create({"name": "Key account"})
        self.customer.write({"country_id": country.id, "category_id": [Command.set(tag.ids)]})
        first = self.make_invoice(issued="2026-02-01", due="2026-02-20")
        second = self.make_invoice(issued="2026-02-03", due="2026-03-20")
        table = [
            ([("partner_id.country_id.code", "=", "FR")], first | second),
            ([("partner_id.category_id", "in", tag.ids)], first | second),
            ([("invoice_line_ids.name", "ilike", "work")], first | second),
            ([("chasing_is_first", "=", True)], first),
            ([("chasing_is_first", "=", False)], second),
            ([("chasing_days_late", ">", 0)], first),
            ([("chasing_days_late", "=", 10)], first),
            ([("chasing_days_late", ">=", 10)], first),
            ([("chasing_days_late", "<=", 9)], second),
            ([("chasing_days_late", "=", 0)], second),
            ([("chasing_days_late", ">=", 0)], first | second),
            ([("currency_id.name", "=", "XXX")], first.browse()),
        ]
        for domain, matched in table:
            with self.subTest(domain=domain):
                rule = self.make_rule("Ask", domain, self.gentle)
                self.assertEqual(
                    self.env["account.move"].search(rule._open_invoices() & Domain("id", "in", (first | second).ids)),
                    matched.sorted(lambda move: (move.invoice_date, move.id), reverse=True),
                )

    def test_the_first_invoice_is_one_of_the_customer_with_all_contacts_in_one_company(self):
        """R51: drafts do not count."""
        clerk = self.make_customer("Clerk", "clerk@customer.example", parent_id=self.customer.id)
        other = self.setup_other_company()["company"]
        draft = self.make_invoice(issued="2026-02-01", post=False)
        first = self.make_invoice(partner_id=clerk.id)
        second, elsewhere = self.make_invoice(), self.make_invoice(company=other)
        moves = self.env["account.move"]
        asked = moves.browse((draft | first | second | elsewhere).ids)
        found = moves.search([("id", "in", asked.ids), ("chasing_is_first", "=", True)])
        self.assertEqual(found, first | elsewhere)
        self.assertEqual(asked.mapped("chasing_is_first"), [False, True, False, True])

    def test_rule_that_says_nothing_readable_is_refused(self):
        for domain in ("[('no_such_field', '=', 1)]", "nonsense", "[('amount_total', '>'"):
            with self.subTest(domain=domain), self.assertRaisesRegex(ValidationError, "The rule Bad"):
                self.env["chasing.rule"].create({"name": "Bad", "domain": domain, "company_id": self.company.id})

    def test_number_of_queries_is_that_of_the_rules(self):
        """The same for 3 invoices and for 12."""
        for number in range(10):
            self.make_rule(f"Rule {number}", [("amount_total_signed", "=", number)], self.gentle)
        invoices = self.env["account.move"].union(*(self.make_invoice(amount=500 + n) for n in range(12)))
        counts = []
        for some in (invoices[:3], invoices):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(self.env["chasing.rule"]._first_match(some))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts, [12, 12])

    def test_cadence_that_a_rule_gives_stays(self):
        """R23"""
        self.make_rule("All", [], self.gentle)
        with self.assertRaisesRegex(UserError, "the rule All gives it"):
            self.gentle.action_archive()

    def test_a_rule_gives_no_archived_cadence(self):
        """R23"""
        rule = self.make_rule("All", [], self.firm)
        self.gentle.action_archive()
        with self.assertRaisesRegex(ValidationError, "Softly is archived"):
            rule.cadence_id = self.gentle
        with self.assertRaisesRegex(ValidationError, "Softly is archived"):
            self.make_rule("Other", [], self.gentle)

    def test_a_new_rule_says_in_the_form_that_it_gives_none(self):
        """R51: with a name alone it would stop the chasing of every invoice."""
        form = Form(self.env["chasing.rule"])
        form.name = "Friends"
        with self.assertRaisesRegex(AssertionError, "cadence_id is a required field"):
            form.save()
        form.stops = True
        rule = form.save()
        self.assertEqual((rule.cadence_id, rule.stops, rule.gives), (self.firm.browse(), True, "No chasing"))
        with Form(rule) as form:
            form.stops = False
            form.cadence_id = self.firm
        self.assertEqual((rule.cadence_id, rule.stops, rule.gives), (self.firm, False, "Hard"))
        with Form(rule) as form:
            form.stops = True
        self.assertFalse(rule.cadence_id)

    def test_a_rule_about_what_a_reader_may_not_read_is_shown_and_applied_all_the_same(self):
        """R51."""
        self.customer.with_company(self.company).credit_limit = 50
        invoice = self.make_invoice()
        rule = self.make_rule("Limited", [("partner_id.credit_limit", ">", 0)], self.gentle)
        collector = self.make_user("carl", "invoice_chasing.group_user")
        self.env.flush_all()
        [values] = rule.with_user(collector).read(["match_count", "is_counted", "problem"])
        self.assertEqual((values["match_count"], values["is_counted"], values["problem"]), (0, False, False))
        self.assertEqual((rule.match_count, rule.is_counted), (1, True))
        action = rule.with_user(collector).action_apply()
        self.assertEqual(self.env["chasing.assign"].browse(action["res_id"]).selected, invoice.ids)

    def test_the_matches_are_counted_in_the_companies_of_the_reader(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.make_invoice(), self.make_invoice(company=branch)
        rule = self.make_rule("All", [], self.gentle)
        collector = self.make_user("carl", "invoice_chasing.group_user")
        self.assertEqual(rule.with_user(collector).match_count, 1)
        collector.company_ids += branch
        both = rule.with_user(collector).with_context(allowed_company_ids=(self.company + branch).ids)
        self.assertEqual(both.match_count, 2)

    def test_whoever_saves_or_types_a_rule_must_be_allowed_to_read_what_it_asks(self):
        """What it matches would tell."""
        asked = repr([("partner_id.credit_limit", ">", 0)])
        manager = self.make_user("mary", "invoice_chasing.group_manager")
        rules = self.env["chasing.rule"].with_user(manager)
        values = {"name": "Spy", "company_id": self.company.id, "domain": asked, "cadence_id": self.firm.id}
        with self.assertRaisesRegex(ValidationError, "The rule Spy asks about something that you may not read"):
            rules.create(values)
        rule = rules.create({**values, "domain": "[]"})
        with self.assertRaisesRegex(ValidationError, "may not read"), self.env.cr.savepoint():
            rule.domain = asked
        for typed in (rule, rules):
            with self.assertRaises(AccessError):
                typed.onchange({**values, "domain": asked}, ["domain"], {"domain": {}, "match_count": {}})

    def test_a_rule_tells_nothing_of_what_its_reader_may_not_read(self):
        """R51: of vendor bills a manager without accounting rights learns neither by the count nor by applying it."""
        supplier = self.env["res.partner"].create({"name": "S", "parent_id": self.customer.id})
        self._create_invoice("in_invoice", partner_id=supplier, invoice_date="2026-03-02", post=True)
        invoice = self.make_invoice()
        self.env.flush_all()
        manager = self.make_user("mary", "invoice_chasing.group_manager")
        asked = [("commercial_partner_id.child_ids.invoice_ids.move_type", "=", "in_invoice")]
        rule = self.make_rule("Spy", asked, self.firm).with_user(manager)
        self.assertEqual((rule.match_count, rule.is_counted), (0, True))
        self.assertFalse(self.env["chasing.assign"].browse(rule.action_apply()["res_id"]).selected)
        self.assertEqual(rule.sudo().match_count, 1)
        rule.sudo().domain = "[]"
        self.assertEqual(rule.match_count, 1)
        self.assertEqual(self.env["chasing.assign"].browse(rule.action_apply()["res_id"]).selected, invoice.ids)

    def test_collector_cannot_change_rules(self):
        rule = self.make_rule("All", [], self.gentle)
        collector = self.make_user("carl", "invoice_chasing.group_user")
        self.assertEqual(rule.with_user(collector).name, "All")
        with self.assertRaisesRegex(Exception, "not allowed"):
            rule.with_user(collector).name = "None"


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
        with self.assertRaisesRegex(UserError, "LIKE pattern"), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            rule.onchange({"domain": repr([("ref", "=like", "a\\")])}, ["domain"], spec)
        found = rule.onchange({"domain": repr([("ref", "=like", "b%")])}, ["domain"], spec)
        self.assertEqual(found["value"]["match_count"], 0)

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


@tagged("post_install", "-at_install")
class TestRulesOnUpdate(RuleCommon):
    """R51: rules that are asked when an invoice changes."""

    def test_changed_invoice_gets_what_fits_it_now(self):
        sales = self.make_user("sam", "account.group_account_invoice")
        self.make_rule("Sam's", [("invoice_user_id", "=", sales.id)], self.firm, on_update=True)
        invoice = self.make_invoice()
        self.assertEqual(self.chosen(invoice), ("Usual", "default", False))
        invoice.invoice_user_id = sales
        self.assertEqual(self.chosen(invoice), ("Hard", "rule", "Sam's"))

    def test_what_a_person_chose_stays(self):
        sales = self.make_user("sam", "account.group_account_invoice")
        self.make_rule("Sam's", [("invoice_user_id", "=", sales.id)], self.firm, on_update=True)
        invoice = self.make_invoice()
        invoice._chasing_assign(self.gentle)
        invoice.invoice_user_id = sales
        self.assertEqual(self.chosen(invoice), ("Softly", "invoice", False))

    def test_rule_for_no_chasing_stops_it(self):
        sales = self.make_user("sam", "account.group_account_invoice")
        self.make_rule("Sam's", [("invoice_user_id", "=", sales.id)], on_update=True)
        invoice = self.make_invoice()
        invoice.invoice_user_id = sales
        self.assertEqual(invoice.chasing_status, "stopped")

    def test_no_chasing_by_a_rule_ends_when_another_gives_a_cadence(self):
        """R36, R51: the rule stopped it, no person did."""
        self.make_rule("Late", [("ref", "=", "late")], self.firm, on_update=True)
        self.make_rule("Friends", [("ref", "=", "friend")], on_update=True)
        invoice = self.make_invoice()
        invoice.ref = "friend"
        self.assertEqual(invoice.chasing_origin_text, 'No chasing (chosen by: rule "Friends")')
        invoice.ref = "late"
        self.assertEqual((self.chosen(invoice), invoice.chasing_status), (("Hard", "rule", "Late"), "active"))
        self.assertEqual(self.states(invoice), ["planned"])

    def test_what_a_person_stopped_stays_stopped(self):
        """R99"""
        self.make_rule("Late", [("ref", "=", "late")], self.firm, on_update=True)
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_disable()
        invoice.ref = "late"
        self.assertEqual((self.chosen(invoice)[0], invoice.chasing_status), ("Usual", "stopped"))

    def test_rule_that_is_asked_at_posting_only(self):
        sales = self.make_user("sam", "account.group_account_invoice")
        self.make_rule("Sam's", [("invoice_user_id", "=", sales.id)], self.firm)
        invoice = self.make_invoice()
        invoice.invoice_user_id = sales
        self.assertEqual(self.chosen(invoice), ("Usual", "default", False))

    def test_a_rule_for_changes_does_not_make_the_others_one(self):
        sales = self.make_user("sam", "account.group_account_invoice")
        self.make_rule("Sam's", [("invoice_user_id", "=", sales.id)], self.firm, sequence=1)
        self.make_rule("Late", [("ref", "=", "late")], self.gentle, sequence=2, on_update=True)
        invoice = self.make_invoice()
        invoice.invoice_user_id = sales
        self.assertEqual(self.chosen(invoice), ("Usual", "default", False))

    def test_where_a_rule_for_posting_matches_first_nothing_changes(self):
        """The first match decides, also over what it says about changes."""
        self.make_rule("Large", [("amount_total_signed", ">", 1000)], self.firm, sequence=1)
        self.make_rule("Late", [("ref", "=", "late")], self.gentle, sequence=2, on_update=True)
        (self.env["chasing.rule"].search([])).active = False
        large, small = self.make_invoice(amount=2000), self.make_invoice()
        self.env["chasing.rule"].with_context(active_test=False).search([]).active = True
        (large | small).ref = "late"
        self.assertEqual(self.chosen(large), ("Usual", "default", False))
        self.assertEqual(self.chosen(small), ("Softly", "rule", "Late"))

    def test_another_default_is_for_invoices_posted_afterwards_only(self):
        """R21"""
        self.make_rule("Late", [("ref", "=", "late")], self.gentle, on_update=True)
        invoice = self.make_invoice()
        self.firm.is_default = True
        invoice.ref = "changed"
        self.assertEqual(self.chosen(invoice), ("Usual", "default", False))

    def test_what_no_longer_matches_keeps_what_it_has(self):
        self.make_rule("Late", [("ref", "=", "late")], self.gentle, on_update=True)
        invoice = self.make_invoice(ref="late")
        invoice.ref = "changed"
        self.assertEqual(self.chosen(invoice), ("Softly", "rule", "Late"))


@tagged("post_install", "-at_install")
class TestRulesAtNight(RuleCommon):
    """R51: what follows from time and payments, which nobody writes on an invoice."""

    def night(self):
        self.env.cr.flush()
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_rules").method_direct_trigger()

    def test_it_is_late_or_partly_paid_and_gets_what_fits_it_now(self):
        self.make_rule("Late", [("chasing_days_late", ">", 10)], self.firm, on_update=True)
        self.make_rule("Partly", [("payment_state", "=", "partial")], self.gentle, on_update=True)
        late, partly, other = self.make_invoice(), self.make_invoice(due="2026-03-31"), self.make_invoice("2026-03-31")
        self.pay(partly, 40)
        self.set_clock("2026-03-28 02:00")
        self.night()
        self.assertEqual(self.chosen(late), ("Hard", "rule", "Late"))
        self.assertEqual(self.chosen(partly), ("Softly", "rule", "Partly"))
        self.assertEqual(self.chosen(other), ("Usual", "default", False))

    def test_a_rule_for_posting_is_not_asked(self):
        self.make_rule("Late", [("chasing_days_late", ">", 10)], self.firm)
        invoice = self.make_invoice()
        self.set_clock("2026-03-31 02:00")
        self.night()
        self.assertEqual(self.chosen(invoice), ("Usual", "default", False))

    def test_what_was_interrupted_goes_on_where_it_stopped_and_the_next_night_begins_anew(self):
        self.patch(chasing_rule, "BATCH_SIZE", 2)
        self.make_rule("Late", [("chasing_days_late", ">", 10)], self.firm, on_update=True)
        invoices = self.make_invoices(4)
        self.set_clock("2026-03-31 02:00")
        rules = self.env(user=SUPERUSER_ID)["chasing.rule"]
        done = []
        for _run in range(3):
            with patch.object(self.env.registry["ir.cron"], "_commit_progress", lambda _cron, *_done, **_left: 0):
                rules._cron_ask()
            done.append([self.chosen(invoice)[0] for invoice in invoices])
            invoices[0].chasing_schedule_id._apply_cadence(self.cadence, "default")
        self.assertEqual(done[0], ["Hard", "Hard", "Usual", "Usual"])
        self.assertEqual(done[1], ["Usual", "Hard", "Hard", "Hard"])
        self.assertEqual(done[2], ["Hard"] * 4)

    def test_number_of_queries_is_that_of_the_rules(self):
        """The same for 3 invoices and for 12, with nothing to change."""
        for number in range(10):
            self.make_rule(f"Rule {number}", [("amount_total_signed", "=", number)], self.firm, on_update=True)
        invoices = self.make_invoices(12)
        counts = []
        for some in (invoices[:3], invoices):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._chasing_ask_rules()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestApplyNow(RuleCommon):
    """R51, R52: a preview, then the change, then perhaps back."""

    def dialog(self, rule):
        return self.env["chasing.assign"].browse(rule.action_apply()["res_id"])

    def test_preview_says_who_keeps_what_and_why(self):
        own = self.make_customer("Own way", "own@customer.example")
        own.with_company(self.company).chasing_cadence_id = self.gentle
        by_rule, by_hand = self.make_invoices(2)
        by_hand._chasing_assign(self.gentle)
        of_customer = self.make_invoice(partner_id=own.id)
        small = self.make_invoice(amount=1)
        self.make_rule("Small", [("amount_total_signed", "<", 10)], self.gentle, sequence=1)
        rule = self.make_rule("All", [], self.firm, sequence=2)
        dialog = self.dialog(rule)
        moves, kept = dialog._split_assignable()
        self.assertEqual(moves, by_rule)
        self.assertEqual(
            kept,
            {
                "chosen or customised by a person": by_hand,
                "their customer has a cadence of its own": of_customer,
                "an earlier rule matches": small,
            },
        )
        self.assertEqual(dialog.preview, "1 will be sent, first Tue 17 Mar 09:00")

    def test_apply_and_put_back(self):
        invoice, other = self.make_invoices(2)
        rule = self.make_rule("All", [], self.firm)
        self.dialog(rule).action_assign()
        self.assertEqual(self.chosen(invoice), ("Hard", "rule", "All"))
        self.assertEqual(self.dialog(rule).invoice_count, 0)
        other._chasing_assign(self.gentle)
        assignment = self.env["chasing.assignment"].search([("rule_id", "=", rule.id)])
        self.assertEqual(assignment.line_count, 2)
        assignment.action_undo()
        self.assertEqual(self.chosen(invoice), ("Usual", "default", False))
        self.assertEqual(self.chosen(other), ("Softly", "invoice", False))
        with self.assertRaisesRegex(UserError, "put back already"):
            assignment.action_undo()

    def test_invoice_that_was_not_chased_is_not_chased_again(self):
        invoice = self.make_invoice(chased=False)
        self.dialog(self.make_rule("All", [], self.firm)).action_assign()
        self.assertTrue(invoice.chasing_schedule_id)
        self.env["chasing.assignment"].search([]).action_undo()
        self.assertFalse(invoice.chasing_schedule_id)

    def test_apply_a_rule_for_no_chasing(self):
        invoice = self.make_invoice()
        dialog = self.dialog(self.make_rule("Nobody", []))
        self.assertEqual(dialog.preview, "1 invoices will not be chased.")
        dialog.action_assign()
        self.assertEqual(invoice.chasing_status, "stopped")

    def test_what_was_sent_stays(self):
        """R39"""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.dialog(self.make_rule("All", [], self.firm)).action_assign()
        self.assertEqual(self.states(invoice), ["sent", "planned"])
        self.env["chasing.assignment"].search([]).action_undo()
        self.assertEqual(self.states(invoice), ["sent", "planned", "planned"])


@tagged("post_install", "-at_install")
class TestCustomersSay(RuleCommon):
    """R37: exclusion and pause of the customer win at the time of sending, whatever the invoice says."""

    def test_excluded_customer_gets_nothing(self):
        invoice = self.make_invoice()
        self.customer.chasing_excluded = True
        self.assertEqual(
            (invoice.chasing_status, invoice.chasing_schedule_id.hold_reason), ("paused", "customer_excluded")
        )
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.customer.chasing_excluded = False
        self.assertEqual(len(self.at_sent("2026-03-13 10:00")), 1)

    def test_new_invoice_of_an_excluded_customer(self):
        self.customer.chasing_excluded = True
        self.assertEqual(self.make_invoice().chasing_status, "paused")

    def test_paused_until_a_day(self):
        """R35b: what was missed meanwhile is skipped, the next goes on."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.set_clock("2026-03-10 12:00")
        self.customer.action_chasing_pause("2026-03-15", "moving house")
        self.assertEqual(invoice.chasing_status, "paused")
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        self.assertFalse(self.at_sent("2026-03-15 00:15"))
        self.assertEqual((invoice.chasing_status, self.customer.chasing_paused), ("active", False))
        self.assertEqual(len(self.at_sent("2026-03-21 14:00")), 1)
        self.assertEqual([reason for _at, _state, reason in self.plan(invoice)], [False, "customer_paused", False])

    def test_resumed_by_a_person(self):
        invoice = self.make_invoice()
        self.customer.action_chasing_pause()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.customer.action_chasing_resume()
        self.assertEqual(invoice.chasing_status, "active")
        self.assertEqual(len(self.at_sent("2026-03-02 09:15")), 1)

    def test_pause_ends_on_a_day_to_come(self):
        with self.assertRaisesRegex(UserError, "day to come"):
            self.customer.action_chasing_pause("2026-03-02")

    def test_contact_of_the_customer_steers_the_customer(self):
        contact = self.make_customer("Books", "books@customer.example", parent_id=self.customer.id)
        contact.action_chasing_exclude()
        self.assertTrue(self.customer.chasing_excluded)

    def test_auditor_cannot(self):
        auditor = self.make_user("audit", "account.group_account_readonly")
        with self.assertRaisesRegex(Exception, "may chase invoices"):
            self.customer.with_user(auditor).action_chasing_pause()

    def test_everything_of_the_customer_is_counted(self):
        self.make_invoice(), self.make_invoice()
        self.assertEqual(self.customer.chasing_open_count, 2)
