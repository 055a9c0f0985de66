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


@tagged("post_install", "-at_install")
class TestBankLines(MoneyCommon):
    def test_a_line_of_the_customer_that_equals_the_balance_holds(self):
        """R45."""
        invoice = self.make_invoice()
        self.bank_line(100)
        self.assertEqual(self.hold(invoice), "unapplied_payment")
        self.assertIn("100.00", invoice.chasing_schedule_id.hold_sentence)

    def test_a_line_of_the_customer_over_another_amount_holds_nothing(self):
        """R45: more than the balance neither."""
        invoice = self.make_invoice()
        self.bank_line(100.01)
        self.assertFalse(self.hold(invoice))

    def test_a_line_that_names_the_invoice_holds_whoever_it_is_of(self):
        """R45: the bank knows no customer; letters and digits count."""
        invoice, other = self.make_invoice(), self.make_invoice(partner_id=self.make_customer("B", "b@x.example").id)
        self.bank_line(100, f"thanks {invoice.name.replace('/', ' ').lower()}", partner=False)
        self.assertEqual(self.holds(invoice, other), ["unapplied_payment", False])

    def test_a_line_that_names_a_longer_number_holds_nothing(self):
        """R45: INV/1 is not named by INV/12."""
        invoice = self.make_invoice()
        self.bank_line(100, f"{invoice.name}7", partner=False)
        self.assertFalse(self.hold(invoice))

    def test_a_line_named_too_small_holds_nothing(self):
        """R45: it does not cover the balance."""
        invoice = self.make_invoice()
        self.bank_line(60, invoice.name)
        self.assertFalse(self.hold(invoice))

    def test_a_line_that_gets_its_text_later_holds_then(self):
        """R45: as soon as it is known."""
        invoice = self.make_invoice()
        line = self.bank_line(100, partner=False)
        self.assertFalse(self.hold(invoice))
        line.payment_ref = invoice.name
        self.env.cr.flush()
        self.assertEqual(self.hold(invoice), "unapplied_payment")

    def test_a_line_that_is_a_posted_payment_is_the_same_money(self):
        """R45: the payment of one invoice does not hold the next."""
        paid, invoice = self.make_invoice(), self.make_invoice(due="2026-04-16")
        self.pay(paid)
        self.bank_line(100)
        self.assertFalse(self.hold(invoice))

    def test_a_second_line_beside_a_posted_payment_is_other_money(self):
        """R45: each payment is the money of one line."""
        paid, invoice = self.make_invoice(), self.make_invoice(due="2026-04-16")
        self.pay(paid)
        self.bank_line(100)
        self.bank_line(100)
        self.assertEqual(self.hold(invoice), "unapplied_payment")

    def test_a_line_holds_for_the_companys_working_days_and_what_was_missed_is_skipped(self):
        """R45, R35b: until the end of Monday the 9th."""
        self.company.chasing_announced_days = 5
        invoice = self.make_invoice(due="2026-03-12")
        self.at_sent("2026-03-02 09:00")
        self.bank_line(100)
        schedule = invoice.chasing_schedule_id
        self.assertEqual(self.local(schedule.money_until), "2026-03-10 00:00")
        self.assertFalse(self.at_sent("2026-03-09 23:45"))
        self.assertEqual(self.hold(invoice), "unapplied_payment")
        self.at("2026-03-10 00:00")
        self.assertFalse(self.hold(invoice))
        self.assertEqual(
            self.plan(invoice)[1:],
            [
                ("2026-03-09 10:00", "skipped", "unapplied_payment"),
                ("2026-03-17 14:00", "planned", False),
            ],
        )

    def test_an_old_line_holds_nothing(self):
        """R45."""
        self.bank_line(100, day="2026-02-20")
        self.assertFalse(self.hold(self.make_invoice()))

    def test_a_line_at_the_end_of_the_calendar_is_saved_and_holds(self):
        """R45: whoever mistyped its date can correct it."""
        invoice = self.make_invoice()
        self.bank_line(100, day="9999-12-31")
        self.assertEqual(self.hold(invoice), "unapplied_payment")

    def test_without_days_no_line_holds(self):
        """R45: the company's choice."""
        self.company.chasing_announced_days = 0
        invoice = self.make_invoice()
        self.bank_line(100)
        self.assertFalse(self.hold(invoice))


@tagged("post_install", "-at_install")
class TestPaymentsWithoutEntry(MoneyCommon):
    def test_one_in_process_or_paid_holds(self):
        """R45."""
        for state in ("in_process", "paid"):
            with self.subTest(state=state):
                customer = self.make_customer(state, f"{state}@x.example")
                invoice = self.make_invoice(partner_id=customer.id)
                self.without_entry(state=state, partner_id=customer.id)
                self.assertEqual(self.hold(invoice), "unapplied_payment")

    def test_one_that_is_too_small_holds_nothing(self):
        """R45."""
        invoice = self.make_invoice()
        self.without_entry(40)
        self.assertFalse(self.hold(invoice))

    def test_one_of_an_invoice_is_that_invoices(self):
        """R45."""
        later, sooner = self.make_invoice(due="2026-04-16"), self.make_invoice()
        self.without_entry(100, invoice_ids=[Command.set(later.ids)])
        self.assertEqual(self.holds(sooner, later), [False, "unapplied_payment"])

    def test_one_whose_invoice_is_settled_covers_no_other(self):
        """R45: its money stands in the entry that settled it."""
        settled, invoice = self.make_invoice(), self.make_invoice(due="2026-04-16")
        self.without_entry(100, "paid", invoice_ids=[Command.set(settled.ids)])
        self.credit(settled)
        self.assertFalse(self.hold(invoice))


@tagged("post_install", "-at_install")
class TestOnlinePayments(MoneyCommon):
    def test_one_under_way_holds_at_once_and_lets_go_when_it_fails(self):
        """R45: shown before a step falls due."""
        for state in ("pending", "authorized"):
            with self.subTest(state=state):
                invoice = self.make_invoice()
                payment = self.pay_online(invoice, "demo", state)
                self.assertEqual((self.hold(invoice), invoice.chasing_status), ("payment_pending", "paused"))
                payment.state = "cancel"
                self.env.cr.flush()
                self.assertEqual((self.hold(invoice), invoice.chasing_status), (False, "active"))

    def test_one_that_came_and_is_not_booked_holds(self):
        """R45: the customer has paid."""
        invoice = self.make_invoice()
        self.pay_online(invoice, "demo", "done")
        self.assertEqual(self.hold(invoice), "payment_pending")

    def test_one_that_only_began_holds_nothing(self):
        """R45."""
        for state in ("draft", "error", "cancel"):
            with self.subTest(state=state):
                invoice = self.make_invoice()
                self.pay_online(invoice, "demo", state)
                self.assertFalse(self.hold(invoice))

    def test_an_announced_transfer_holds_as_announced(self):
        """R45: providers `custom` and `none`; the sentence says from when to when."""
        for code in ("custom", "none"):
            with self.subTest(code=code):
                invoice = self.make_invoice()
                self.pay_online(invoice, code)
                schedule = invoice.chasing_schedule_id
                self.assertEqual(schedule.hold_reason, "announced_payment")
                self.assertIn("Mon 9 Mar 2026", schedule.hold_sentence)
                self.assertEqual(self.local(schedule.money_until), "2026-03-10 00:00")

    def test_announcing_again_extends_nothing(self):
        """R45, R103."""
        invoice = self.make_invoice()
        self.pay_online(invoice, "none").state = "cancel"
        self.pay_online(invoice, "none", day="2026-03-06 12:00")
        self.assertEqual(self.local(invoice.chasing_schedule_id.money_until), "2026-03-10 00:00")

    def test_money_that_is_there_is_told_before_money_that_is_announced(self):
        """R45: and holds without an end."""
        invoice = self.make_invoice()
        self.pay_online(invoice, "none")
        self.receive(100)
        schedule = invoice.chasing_schedule_id
        self.assertEqual((schedule.hold_reason, schedule.money_until), ("unapplied_payment", False))
