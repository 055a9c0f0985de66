from odoo import Command
from odoo.tests import tagged

from ..builders.money import MoneyCommon


@tagged("post_install", "-at_install")
class TestMoneyCovers(MoneyCommon):
    def test_a_receipt_covers_the_oldest_due_of_several_and_no_other(self):
        """R45: money is used up once."""
        later, sooner = self.make_invoice(due="2026-04-16"), self.make_invoice()
        self.receive(150)
        self.assertEqual(self.holds(sooner, later), ["unapplied_payment", False])

    def test_a_receipt_for_two_covers_both(self):
        """R45: the success beside it."""
        later, sooner = self.make_invoice(due="2026-04-16"), self.make_invoice()
        self.receive(200)
        self.assertEqual(self.holds(sooner, later), ["unapplied_payment"] * 2)

    def test_a_receipt_covers_an_older_invoice_that_nobody_chases(self):
        """R45: over all open invoices of the customer."""
        self.make_invoice(due="2026-03-10", amount=120, chased=False)
        invoice = self.make_invoice()
        self.receive(150)
        self.assertFalse(self.hold(invoice))

    def test_a_receipt_that_names_an_invoice_is_that_invoices(self):
        """R45."""
        later, sooner = self.make_invoice(due="2026-04-16"), self.make_invoice()
        self.receive(100, memo=f"for {later.name}")
        self.assertEqual(self.holds(sooner, later), [False, "unapplied_payment"])

    def test_a_credit_note_of_an_invoice_is_that_invoices(self):
        """R45: it says which invoice it reverses."""
        later, sooner = self.make_invoice(due="2026-04-16"), self.make_invoice()
        self.give_credit(100).reversed_entry_id = later
        self.env.cr.flush()
        self.assertEqual(self.holds(sooner, later), [False, "unapplied_payment"])

    def test_a_receipt_that_equals_one_balance_is_that_invoices(self):
        """R45."""
        later, sooner = self.make_invoice(due="2026-04-16"), self.make_invoice(amount=60)
        self.receive(100)
        self.assertEqual(self.holds(sooner, later), [False, "unapplied_payment"])

    def test_a_receipt_of_another_company_holds_nothing(self):
        """R45: in that company."""
        invoice = self.make_invoice()
        other = self.setup_other_company()["company"]
        payment = (
            self.env["account.payment"]
            .with_company(other)
            .create({
                "amount": 100,
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
            })
        )
        payment.action_post()
        self.env.cr.flush()
        self.assertFalse(self.hold(invoice))

    def test_the_sentence_tells_the_whole_of_the_money(self):
        """R45: as the accountant finds it."""
        invoice = self.make_invoice()
        self.receive(250)
        self.assertIn("250.00", invoice.chasing_schedule_id.hold_sentence)
        self.env["res.lang"]._activate_lang("de_DE")
        self.assertIn("250,00", invoice.chasing_schedule_id.with_context(lang="de_DE").hold_sentence)

    def test_an_invoice_posted_after_the_money_came_is_held_at_once(self):
        """R45: shown as soon as both are there."""
        self.receive(100)
        invoice = self.make_invoice()
        self.assertEqual(invoice.chasing_status, "paused")
        self.assertEqual(self.hold(invoice), "unapplied_payment")

    def test_an_invoice_enabled_after_the_money_came_is_held_at_once(self):
        """R45."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_disable()
        self.receive(100)
        invoice.chasing_schedule_id.action_enable()
        self.env.cr.flush()
        self.assertEqual(self.hold(invoice), "unapplied_payment")

    def test_a_cadence_given_after_the_money_came_holds_at_once(self):
        """R45."""
        invoice = self.make_invoice(chased=False)
        self.receive(100)
        invoice._chasing_assign(self.cadence)
        self.env.cr.flush()
        self.assertEqual(self.hold(invoice), "unapplied_payment")

    def test_what_one_invoice_gives_back_covers_the_next(self):
        """R45: the oldest is cancelled, its money is another's."""
        later, sooner = self.make_invoice(due="2026-04-16"), self.make_invoice()
        self.receive(150)
        sooner.button_draft()
        self.env.cr.flush()
        self.assertEqual(self.hold(later), "unapplied_payment")

    def test_a_later_due_date_gives_the_money_to_the_other(self):
        """R45: oldest due first."""
        later, sooner = self.make_invoice(due="2026-04-16"), self.make_invoice()
        self.receive(150)
        sooner.invoice_date_due = "2026-05-16"
        self.env.cr.flush()
        self.assertEqual(self.holds(sooner, later), [False, "unapplied_payment"])

    def test_ten_customers_are_looked_at_in_as_many_queries_as_one(self):
        """R45: read in batch."""
        customers = [self.make_customer(f"C{n}", f"c{n}@x.example") for n in range(11)]
        invoices = [self.make_invoice(partner_id=customer.id) for customer in customers]
        for customer in customers:
            self.receive(100, customer)
            self.bank_line(50, partner=customer)
        money = self.env["chasing.money"].sudo()
        moves = self.env["account.move"].union(*invoices)
        money._holds(moves, self.now)
        counts = []
        for part in (moves[:1], moves[:1], moves[1:]):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(money._holds(part.with_prefetch(part.ids), self.now)), len(part))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])


@tagged("post_install", "-at_install")
class TestMoneyGoes(MoneyCommon):
    """What no longer covers lets go at once (R45, R35b)."""

    def assert_let_go(self, act, money):
        invoice = self.make_invoice()
        money = money()
        self.assertEqual(self.hold(invoice), "unapplied_payment")
        act(money)
        self.env.cr.flush()
        self.assertEqual((self.hold(invoice), invoice.chasing_status), (False, "active"))
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

    def test_a_receipt_reset_to_draft_lets_go(self):
        self.assert_let_go(lambda payment: payment.action_draft(), self.receive)

    def test_a_receipt_cancelled_lets_go(self):
        self.assert_let_go(lambda payment: payment.action_cancel(), self.receive)

    def test_a_receipt_deleted_lets_go(self):
        def delete(payment):
            payment.action_draft()
            payment.unlink()

        self.assert_let_go(delete, self.receive)

    def test_a_credit_note_reset_to_draft_lets_go(self):
        self.assert_let_go(lambda note: note.button_draft(), self.give_credit)

    def test_a_credit_note_cancelled_lets_go(self):
        def cancel(note):
            note.button_draft()
            note.button_cancel()

        self.assert_let_go(cancel, self.give_credit)

    def test_a_receipt_that_becomes_another_customers_lets_go(self):
        def move(payment):
            payment.action_draft()
            payment.partner_id = self.make_customer("Else", "else@x.example")
            payment.action_post()

        self.assert_let_go(move, self.receive)

    def test_a_receipts_line_that_becomes_another_customers_lets_go(self):
        other = self.make_customer("Else", "else@x.example")

        def move(payment):
            line = payment.move_id.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
            line.partner_id = other

        self.assert_let_go(move, self.receive)

    def test_a_receipt_applied_to_another_invoice_lets_go(self):
        def apply(payment):
            other = self.make_invoice(due="2026-04-16")
            lines = (payment.move_id + other).line_ids
            lines.filtered(lambda line: line.account_type == "asset_receivable").reconcile()

        self.assert_let_go(apply, self.receive)

    def test_a_bank_line_deleted_lets_go(self):
        self.assert_let_go(lambda line: line.unlink(), self.bank_line)

    def test_a_bank_line_that_becomes_another_customers_lets_go(self):
        other = self.make_customer("Else", "else@x.example")
        self.assert_let_go(lambda line: line.write({"partner_id": other.id}), self.bank_line)

    def test_a_bank_line_matched_with_something_else_lets_go(self):
        def match(line):
            _liquidity, suspense, _other = line._seek_for_lines()
            suspense.account_id = self.company_data["default_account_revenue"]

        self.assert_let_go(match, self.bank_line)

    def test_a_payment_without_entry_rejected_lets_go(self):
        self.assert_let_go(lambda payment: payment.action_reject(), self.without_entry)

    def test_a_payment_without_entry_deleted_lets_go(self):
        self.assert_let_go(lambda payment: payment.unlink(), self.without_entry)


@tagged("post_install", "-at_install")
class TestWhoseMoney(MoneyCommon):
    """R45: the customer's, as customers are now."""

    def test_money_that_is_not_posted_holds_nothing(self):
        invoice = self.make_invoice()
        receipt = self.receive(100)
        receipt.action_draft()
        self._create_invoice("out_refund", partner_id=self.customer, post=False)
        self.env.cr.flush()
        self.assertFalse(self.hold(invoice))
        receipt.action_post()
        self.env.cr.flush()
        self.assertEqual(self.hold(invoice), "unapplied_payment")

    def test_money_we_paid_the_customer_holds_nothing(self):
        invoice = self.make_invoice()
        self.receive(100, payment_type="outbound")
        self.bank_line(-100)
        self.assertFalse(self.hold(invoice))

    def test_a_contact_that_comes_to_the_customer_brings_its_money(self):
        firm = self.make_customer("Firm Ltd", "f@x.example", is_company=True)
        invoice, person = self.make_invoice(partner_id=firm.id), self.make_customer("Bob", "bob@x.example")
        self.receive(100, person)
        self.assertFalse(self.hold(invoice))
        person.parent_id = firm
        self.env.cr.flush()
        self.assertEqual(self.hold(invoice), "unapplied_payment")

    def test_a_customer_merged_into_another_brings_its_money(self):
        invoice, double = self.make_invoice(), self.make_customer("Ann Lea", "ann@customer.example")
        self.receive(100, double)
        self.assertFalse(self.hold(invoice))
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo()
        wizard._merge((double | self.customer).ids, self.customer)
        self.env.cr.flush()
        self.assertEqual(self.hold(invoice), "unapplied_payment")

    def test_what_is_left_of_a_bank_line_counts(self):
        """Half of it was matched with something else."""
        invoice, line = self.make_invoice(amount=60), self.bank_line(100)
        self.assertFalse(self.hold(invoice))
        _liquidity, suspense, _others = line._seek_for_lines()
        move = line.move_id.with_context(skip_account_move_synchronization=True, skip_readonly_check=True)
        move.write({
            "line_ids": [
                Command.update(suspense.id, {"credit": 60}),
                Command.create({"account_id": self.company_data["default_account_revenue"].id, "credit": 40}),
            ]
        })
        self.env.cr.flush()
        self.assertEqual((line.is_reconciled, line.amount_residual), (False, -60))
        self.assertEqual(self.hold(invoice), "unapplied_payment")
