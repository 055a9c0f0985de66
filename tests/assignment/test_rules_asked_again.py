"""Rules that are asked again when an invoice changes, and each night (R51)."""

from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.tests import tagged

from ...models.assignment import chasing_rule
from ..builders.assignment import RuleCommon


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
        self.assertEqual(invoice.chasing_origin_text, "No chasing (chosen by: rule “Friends”)")
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
