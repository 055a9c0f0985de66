from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import Form, tagged

from ..builders.assignment import RuleCommon


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

    def test_who_edits_the_steps_lets_go_of_the_rule(self):
        self.make_rule("All", [], self.gentle)
        schedule = self.make_invoice().chasing_schedule_id
        schedule._edit(self.firm, self.firm.step_ids)
        self.assertEqual(self.chosen(schedule.move_id), ("Hard", "invoice", False))

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
        with self.assertRaisesRegex(UserError, "rule All"):
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
        with self.assertRaisesRegex(ValidationError, "The rule Spy uses a field that you may not read"):
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
