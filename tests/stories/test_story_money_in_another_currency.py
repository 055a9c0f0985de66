from odoo.tests import tagged

from ..builders.money import MoneyCommon


@tagged("post_install", "-at_install")
class TestStoryMoneyInAnotherCurrency(MoneyCommon):
    """The company keeps its books in dollars; a customer owes and pays euros while the rate falls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency("EUR", rates=[("2020-01-01", 0.8), ("2026-03-05", 1.0)])
        cls.franc = cls.setup_other_currency("CHF", rates=[("2020-01-01", 0.8)])

    def test_100_euros_cover_100_euros_whatever_they_are_worth(self):
        """R45: posted at 125 dollars, received at 100."""
        invoice = self.make_invoice(currency_id=self.euro.id)
        self.assertEqual(invoice.amount_residual_signed, 125)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        self.set_clock("2026-03-06 10:00")
        payment = self.receive(100, currency_id=self.euro.id, date="2026-03-06")
        self.assertEqual(self.hold(invoice), "unapplied_payment")
        self.assertIn("100.00\N{NO-BREAK SPACE}€", invoice.chasing_schedule_id.hold_sentence)
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        lines = (payment.move_id + invoice).line_ids
        lines.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_status, "paid")
        self.assertFalse(self.at_sent("2026-03-21 14:00"))

    def test_90_euros_do_not_cover_100_euros_though_they_are_worth_more_now(self):
        """R45: what the invoice asks for decides."""
        invoice = self.make_invoice(currency_id=self.euro.id, issued="2026-03-05", due="2026-03-16")
        self.assertEqual(invoice.amount_residual_signed, 100)
        self.receive(90, currency_id=self.euro.id, date="2026-03-02")
        self.assertFalse(self.hold(invoice))

    def test_a_bank_line_of_euros_on_a_dollar_account_covers_euros(self):
        """R45: the bank says what the customer sent, and what came of it."""
        invoice = self.make_invoice(currency_id=self.euro.id)
        sent = {"foreign_currency_id": self.euro.id, "amount_currency": 100}
        self.bank_line(101.5, "transfer", **sent)
        self.assertEqual(self.hold(invoice), "unapplied_payment")
        self.assertIn("100.00\N{NO-BREAK SPACE}€", invoice.chasing_schedule_id.hold_sentence)

    def test_francs_cover_euros_by_what_both_are_worth(self):
        """R45: else the company's currency."""
        invoice = self.make_invoice(currency_id=self.euro.id)
        self.receive(99.99, currency_id=self.franc.id)
        self.assertFalse(self.hold(invoice))
        self.receive(0.01, currency_id=self.franc.id)
        self.assertEqual(self.hold(invoice), "unapplied_payment")
