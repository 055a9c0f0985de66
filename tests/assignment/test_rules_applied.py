"""Rules that a person applies, and customers with a cadence of their own (R50, R51)."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.assignment import RuleCommon


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
        with self.assertRaisesRegex(UserError, "already undone"):
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
        self.assertEqual(dialog.preview, "1 invoice will not be chased.")
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
        with self.assertRaisesRegex(UserError, "must end in the future"):
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
