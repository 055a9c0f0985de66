from odoo import Command
from odoo.tests import tagged

from ..builders.money import MoneyCommon


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

    def test_an_announced_transfer_is_told_to_each_reader_in_his_language(self):
        """R45: whoever's act let it be found out."""
        self.env["res.lang"]._activate_lang("de_DE")
        invoice = self.make_invoice()
        self.pay_online(invoice, "none")
        self.assertIn("Mo., 9. März 2026", invoice.chasing_schedule_id.with_context(lang="de_DE").hold_sentence)

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
