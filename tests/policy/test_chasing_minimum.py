import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingMinimum(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])

    def set_minimum(self, amount, currency=None, company=None):
        company = company or self.company
        minimum = self.env["chasing.minimum"].create({
            "company_id": company.id,
            "currency_id": (currency or company.currency_id).id,
            "amount": amount,
        })
        self.env.cr.flush()
        return minimum

    def hold(self, invoice):
        return invoice.chasing_schedule_id.hold_reason or False

    def test_what_is_below_the_minimum_is_held_from_the_start(self):
        """R46b: and told by its own reason."""
        self.set_minimum(100.01)
        invoice = self.make_invoice()
        self.assertEqual((invoice.chasing_status, self.hold(invoice)), ("paused", "below_minimum"))
        self.assertEqual(set(self.states(invoice)), {"held"})
        self.assertFalse(self.at_sent("2026-03-02 09:00"))

    def test_what_reaches_the_minimum_is_chased(self):
        """R46b."""
        self.set_minimum(100)
        self.make_invoice()
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

    def test_a_payment_that_leaves_too_little_holds(self):
        """R46b: the open balance decides."""
        self.set_minimum(50)
        invoice = self.make_invoice()
        self.pay(invoice, 60)
        self.assertEqual(self.hold(invoice), "below_minimum")

    def test_it_goes_on_once_the_balance_is_higher(self):
        """R46b, R35b: what was missed is skipped."""
        self.set_minimum(50)
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        payment = self.pay(invoice, 60)
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        self.set_clock("2026-03-14 12:00")
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        self.env.cr.flush()
        self.assertFalse(self.hold(invoice))
        self.assertEqual(
            [step[1:] for step in self.plan(invoice)[1:]],
            [
                ("skipped", "below_minimum"),
                ("planned", False),
            ],
        )

    def test_changing_the_minimum_holds_and_lets_go_what_runs(self):
        """R46b."""
        invoice = self.make_invoice()
        minimum = self.set_minimum(200)
        self.assertEqual(self.hold(invoice), "below_minimum")
        minimum.amount = 100
        self.env.cr.flush()
        self.assertFalse(self.hold(invoice))
        minimum.amount = 200
        self.env.cr.flush()
        minimum.unlink()
        self.env.cr.flush()
        self.assertFalse(self.hold(invoice))

    def test_the_invoices_own_currency_decides_else_the_companys(self):
        """R46b: 100 EUR are 200 of the company's."""
        self.set_minimum(150)
        self.assertFalse(self.hold(self.make_invoice(currency_id=self.euro.id)))
        self.set_minimum(100.5, self.euro)
        self.assertEqual(self.hold(self.make_invoice(currency_id=self.euro.id)), "below_minimum")

    def test_a_person_may_send_it_all_the_same(self):
        """R102, R46b."""
        self.set_minimum(200)
        invoice = self.make_invoice()
        self.assertIn("send_now", invoice.chasing_schedule_id.allowed)
        self.step(invoice, "on_issue").action_send_now()
        self.assertEqual(len(self.deliver()), 1)

    def test_a_person_may_not_send_it_while_something_else_holds(self):
        """R35, R102."""
        self.set_minimum(200)
        invoice = self.make_invoice()
        invoice.no_followup = True
        self.env.cr.flush()
        with self.assertRaises(UserError):
            self.step(invoice, "on_issue").action_send_now()

    def test_money_that_covers_it_is_told_first_and_binds_a_person_too(self):
        """R45, R46b."""
        self.set_minimum(200)
        invoice = self.make_invoice()
        self.init_payment(100, post=True, date="2026-03-02", partner=self.customer)
        self.env.cr.flush()
        self.assertEqual(self.hold(invoice), "unapplied_payment")
        with self.assertRaises(UserError):
            self.step(invoice, "on_issue").action_send_now()

    def test_one_minimum_a_currency_and_none_below_zero(self):
        """R46b."""
        self.set_minimum(1)
        for amount, currency in ((2, None), (-1, self.euro)):
            with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
                self.set_minimum(amount, currency)

    def test_managers_set_their_own_companys_and_read_that_of_the_companies_above(self):
        """R46b: nobody else sets any, and none moves to another company."""
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        above, own = self.set_minimum(10), self.set_minimum(20, company=branch)
        manager = self.make_user("m", "invoice_chasing.group_manager", company_id=branch.id)
        user = self.make_user("u", "invoice_chasing.group_user", company_id=branch.id)
        own.with_user(manager).amount = 30
        self.assertEqual(above.with_user(manager).amount, 10)
        for act in (
            lambda: above.with_user(manager).write({"amount": 1}),
            lambda: above.with_user(manager).unlink(),
            lambda: own.with_user(user).write({"amount": 1}),
            lambda: self.env["chasing.minimum"]
            .with_user(manager)
            .create({"company_id": self.company.id, "currency_id": self.euro.id, "amount": 1}),
        ):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaises(UserError):
            own.with_user(manager).company_id = self.company

    def test_who_set_changed_and_removed_it_is_told(self):
        """R23: old → new, in the conversation of the company's own contact."""

        def notes():
            return " ".join(self.company.partner_id.message_ids.mapped("body")).replace("&nbsp;", " ")

        minimum = self.set_minimum(10, self.euro)
        self.assertIn("Amount: – → 10.00 €", notes())
        self.assertIn("EUR", notes())
        minimum.amount = 25
        self.assertIn("Amount: 10.00 € → 25.00 €", notes())
        minimum.unlink()
        self.assertIn("removed: 25.00 €", notes())

    def test_the_settings_open_the_companys_own(self):
        """R46b."""
        self.company.chasing_minimum_ids = [Command.create({"amount": 5})]
        settings = self.env["res.config.settings"].create({})
        action = settings.action_chasing_minimums()
        self.assertEqual(self.env["chasing.minimum"].search(action["domain"]).amount, 5)
