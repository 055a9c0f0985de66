from datetime import date

from odoo import Command
from odoo.tests import tagged

from ..builders.forecast import ForecastCommon
from ..builders.instalments import ChasingInstalmentsCommon
from ..builders.money import MoneyCommon

DAY = "2026-03-20"


class PartPaymentCommon(MoneyCommon):
    has_default = False

    def chased(self, **values):
        """An invoice due on 16 March with one step, on 21 March at 14."""
        return self.make_invoice(**{"steps": [("after_due", 5, 14)], **values})

    def apply(self, invoice, *receipts):
        """Match what came in with the invoice."""
        lines = (invoice | self.env["account.move"].union(*receipts)).line_ids
        lines.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.env.cr.flush()

    def undo(self, payment):
        payment.move_id.line_ids.remove_move_reconcile()
        self.env.cr.flush()

    def at_and_why(self, invoice):
        [step] = self.steps(invoice)
        return self.local(step.scheduled_at), step.reason_code


@tagged("post_install", "-at_install")
class TestPartPayment(PartPaymentCommon):
    MOVED = ("2026-03-23 14:00", "partial_payment")
    AS_EVER = ("2026-03-21 14:00", False)

    def test_a_payment_that_leaves_a_balance_postpones_the_next_step(self):
        """R42b: to so many days after it, at its hour; the invoice's notes tell it, and it goes then."""
        invoice = self.chased()
        self.set_clock(f"{DAY} 10:00")
        self.pay(invoice, 30, payment_date=DAY)
        self.assertEqual(self.at_and_why(invoice), self.MOVED)
        note = invoice.message_ids[0].body
        self.assertIn("The customer paid a part of the invoice.", self.steps(invoice).reason)
        self.assertIn("23 Mar", note)
        self.assertFalse(self.at_sent("2026-03-21 14:00"))
        self.assertEqual(len(self.at_sent("2026-03-23 14:00")), 1)

    def test_the_days_are_the_company_s(self):
        """R42b: 0 is off."""
        for days, place in ((0, self.AS_EVER), (1, self.AS_EVER), (2, ("2026-03-22 14:00", "partial_payment"))):
            with self.subTest(days=days):
                self.company.chasing_partial_days = days
                invoice = self.chased()
                self.pay(invoice, 30, payment_date=DAY)
                self.assertEqual(self.at_and_why(invoice), place)

    def test_more_days_than_there_may_be_are_refused(self):
        """R42b: 0 to 60."""
        self.company.chasing_partial_days = 60
        for days in (-1, 61):
            with self.assertRaisesRegex(Exception, "chasing_partial_days"), self.env.cr.savepoint():
                self.company.chasing_partial_days = days
                self.env.flush_all()

    def test_undoing_the_payment_restores_the_date(self):
        """R42b: before it goes, and after its day has passed, when it goes at once."""
        for now in (f"{DAY} 10:00", "2026-03-22 09:00"):
            invoice = self.chased()
            self.set_clock(f"{DAY} 09:00")
            payment = self.pay(invoice, 30, payment_date=DAY)
            self.set_clock(now)
            self.undo(payment)
            with self.subTest(now=now):
                self.assertEqual(self.at_and_why(invoice), self.AS_EVER)
        self.at("2026-03-22 09:15")
        self.assertEqual(self.states(invoice), ["under_way"])

    def test_what_is_undone_late_goes_at_once(self):
        """R40, R42b: its own date is longer ago than the catch-up window, and nobody missed it."""
        self.company.write({"chasing_partial_days": 10, "chasing_catchup_days": 7})
        invoice = self.chased()
        self.set_clock(f"{DAY} 10:00")
        payment = self.pay(invoice, 30, payment_date=DAY)
        self.assertFalse(self.at_sent("2026-03-29 14:00"))
        self.assertIn("Not before Mon 30 Mar 2026", self.steps(invoice).explanation)
        self.set_clock("2026-03-30 11:00")
        self.undo(payment)
        self.assertEqual(self.at_and_why(invoice), self.AS_EVER)
        self.assertNotIn("Not before", self.steps(invoice).explanation)
        self.assertEqual(len(self.at_sent("2026-03-30 11:15")), 1)

    def test_direct_debits_that_come_back_each_day_do_not_lengthen_it(self):
        """R42b: once a step, whatever is undone."""
        for is_undone_first in (False, True):
            self.set_clock("2026-03-02 09:00")
            invoice, payment = self.chased(), None
            for day in (19, 20, 21, 22):
                self.set_clock(f"2026-03-{day} 09:00")
                self.assertFalse(self.at_sent(f"2026-03-{day} 09:00"))
                if is_undone_first and payment:
                    self.undo(payment)
                new = self.pay(invoice, 1, payment_date=f"2026-03-{day}")
                if payment and not is_undone_first:
                    self.undo(payment)
                payment = new
            with self.subTest(is_undone_first=is_undone_first):
                self.assertEqual(self.at_and_why(invoice), ("2026-03-22 14:00", "partial_payment"))
                self.assertEqual(len(self.at_sent("2026-03-22 14:00")), 1)

    def test_small_payments_do_not_lengthen_it(self):
        """R42b: once a step; of several that came the first that reaches it counts."""
        invoice = self.chased()
        for day in (DAY, "2026-03-21", "2026-03-22"):
            self.set_clock(f"{day} 09:00")
            self.pay(invoice, 10, payment_date=day)
            self.assertEqual(self.at_and_why(invoice), self.MOVED)
        self.assertEqual(len(self.at_sent("2026-03-23 14:00")), 1)

    def test_it_follows_a_change_of_the_due_date(self):
        """R38, R42b"""
        invoice = self.chased()
        self.pay(invoice, 30, payment_date=DAY)
        invoice.invoice_date_due = "2026-03-25"
        self.env.cr.flush()
        self.assertEqual(self.at_and_why(invoice)[0], "2026-03-30 14:00")

    def test_an_invoice_paid_in_part_before_it_is_chased(self):
        """R42b"""
        invoice = self.make_invoice()
        self.set_clock(f"{DAY} 10:00")
        self.pay(invoice, 30, payment_date=DAY)
        invoice._chasing_assign(self.make_cadence("Late", [("after_due", 5, 14)]))
        self.assertEqual(self.at_and_why(invoice), self.MOVED)

    def test_what_the_run_missed_waits_too(self):
        """R40, R42b: nothing ran on the 21st, and the customer paid on the 22nd."""
        invoice = self.chased()
        self.set_clock("2026-03-22 10:00")
        self.pay(invoice, 30, payment_date="2026-03-22")
        self.assertFalse(self.at_sent("2026-03-22 11:00"))
        self.assertEqual(self.at_and_why(invoice), ("2026-03-25 14:00", "partial_payment"))

    def test_a_message_by_hand_goes_all_the_same(self):
        """R42b, R102: a person who clicks is not bound either."""
        invoice = self.chased()
        self.set_clock(f"{DAY} 10:00")
        self.pay(invoice, 30, payment_date=DAY)
        self.steps(invoice).action_send_now()
        self.assertEqual(len(self.deliver()), 1)

    def test_a_person_s_date_stands(self):
        """R42b, R84: chosen after the payment, whether that had moved the step or not."""
        for day in ("2026-03-21", "2026-03-22"):
            invoice = self.chased()
            self.set_clock(f"{DAY} 10:00")
            self.pay(invoice, 30, payment_date=DAY)
            self.steps(invoice)._reschedule(date.fromisoformat(day), 9)
            with self.subTest(day=day):
                self.assertEqual(self.at_and_why(invoice)[0], f"{day} 09:00")
                self.at(f"{day} 09:00")
                self.assertEqual(self.states(invoice), ["under_way"])

    def test_credit_is_no_payment(self):
        """R42b, R72: nor is an entry of the books."""
        invoice = self.chased()
        note = self.give_credit(30)
        self.apply(invoice, note)
        self.assertEqual(self.at_and_why(invoice), self.AS_EVER)
        offset = self.env["account.move"].create({
            "date": DAY,
            "line_ids": [
                Command.create({"account_id": account.id, "partner_id": self.customer.id, side: 10})
                for account, side in (
                    (self.company_data["default_account_receivable"], "credit"),
                    (self.company_data["default_account_expense"], "debit"),
                )
            ],
        })
        offset.action_post()
        self.apply(invoice, offset)
        self.assertEqual(invoice.amount_residual, 60)
        self.assertEqual(self.at_and_why(invoice), self.AS_EVER)

    def test_what_is_written_off_is_no_payment(self):
        """R42b: be it in the bank's journal, and the customer gets no time for it."""
        invoice = self.chased()
        data = self.company_data
        entry = self.env["account.move"].create({
            "date": DAY,
            "journal_id": data["default_journal_bank"].id,
            "line_ids": [
                Command.create({"account_id": data[account].id, "partner_id": self.customer.id, side: 30})
                for account, side in (("default_account_receivable", "credit"), ("default_account_expense", "debit"))
            ],
        })
        entry.action_post()
        self.apply(invoice, entry)
        self.assertEqual(invoice.amount_residual, 70)
        self.assertEqual(self.at_and_why(invoice), self.AS_EVER)

    def test_a_payment_of_a_day_to_come_counts_from_that_day(self):
        """R42b: it postpones what lies after it, and nothing before the money is there."""
        for day, place in (("2026-03-20", self.MOVED), ("2026-03-22", self.AS_EVER), ("2026-06-20", self.AS_EVER)):
            invoice = self.chased()
            self.set_clock("2026-03-10 09:00")
            self.pay(invoice, 30, payment_date=day)
            with self.subTest(day=day):
                self.assertEqual(self.at_and_why(invoice), place)

    def test_a_bank_line_is_one(self):
        """R42b"""
        invoice = self.chased()
        line = self.bank_line(30, day=DAY)
        _liquidity, suspense, _others = line._seek_for_lines()
        suspense.account_id = self.company_data["default_account_receivable"]
        self.apply(invoice, line.move_id)
        self.assertEqual(self.at_and_why(invoice), self.MOVED)

    def test_in_another_currency(self):
        """R42b: an exchange difference is no payment of its own."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.8), ("2026-03-05", 1.0)])
        invoice = self.chased(currency_id=euro.id)
        self.set_clock(f"{DAY} 10:00")
        self.pay(invoice, 30, payment_date=DAY, currency_id=euro.id)
        self.assertEqual(invoice.amount_residual, 70)
        self.assertEqual(self.at_and_why(invoice), self.MOVED)

    def test_who_asks_is_told_the_same(self):
        """R42b, R104: the forecast, the explanation and the strip."""
        invoice = self.chased()
        self.set_clock(f"{DAY} 10:00")
        self.pay(invoice, 30, payment_date=DAY)
        [line] = ForecastCommon.lines(self, invoice)
        self.assertEqual((str(line.local_day), line.outcome, line.reason_code), ("2026-03-23", "goes", self.MOVED[1]))
        explained = self.steps(invoice).explanation
        self.assertIn("Not before Mon 23 Mar 2026: a part of the invoice was paid.", explained)
        self.assertIn("Last part payment: Fri 20 Mar 2026. Days without a reminder after it: 3.", explained)
        self.assertIn("Monday 23 March 2026, 14:00", str(invoice.chasing_schedule_id.strip))


@tagged("post_install", "-at_install")
class TestPartPaymentOfInstalments(ChasingInstalmentsCommon):
    """40.00 is due on 12 March, 30.00 on 11 April; the step goes on 13 March, a day after the first."""

    def chased(self):
        cadence = self.make_cadence("By part", [("after_issue", 11, 14)], age_basis="instalment")
        return self.make_invoice(cadence=cadence)

    def test_an_instalment_paid_in_full_by_its_date_postpones_nothing(self):
        """R42b: in one or two payments; a day late it does, and so does a part of it."""
        for number, (day, amounts, place) in enumerate((
            ("2026-03-12", (40,), "2026-03-13 14:00"),
            ("2026-03-12", (25, 15), "2026-03-13 14:00"),
            ("2026-03-13", (40,), "2026-03-16 14:00"),
            ("2026-03-12", (25,), "2026-03-15 14:00"),
            # that is more than was due
            ("2026-03-12", (50,), "2026-03-15 14:00"),
        )):
            invoice = self.chased()
            self.set_clock(f"{day} 10:00")
            for amount in amounts:
                self.pay(invoice, amount, payment_date=day, installments_mode="full")
            with self.subTest(case=number):
                self.assertEqual(self.plan(invoice)[0][0], place)
