from odoo.tests import tagged

from ..builders.money import MoneyCommon


@tagged("post_install", "-at_install")
class TestStoryBankLine(MoneyCommon):
    """Monday's statement holds a customer's transfer; the accountant comes to it on Thursday."""

    def test_the_customer_is_not_reminded_of_what_the_bank_has(self):
        """R45: from the import of the statement to its matching, and the other invoice goes on."""
        invoice, other = self.make_invoice(due="2026-03-12"), self.make_invoice(due="2026-03-12", amount=70)
        self.at_sent("2026-03-02 09:00")
        self.set_clock("2026-03-09 08:00")
        line = self.bank_line(100, f"INVOICE {invoice.name}", partner=False, day="2026-03-09")
        self.assertEqual(self.holds(invoice, other), ["unapplied_payment", False])
        messages = self.at_sent("2026-03-09 10:00")
        self.assertEqual([other.name in message["Subject"] for message in messages], [True])
        self.set_clock("2026-03-12 10:00")
        _liquidity, suspense, _others = line._seek_for_lines()
        receivable = invoice.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        suspense.account_id = receivable.account_id
        (suspense + receivable).reconcile()
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_status, "paid")
        self.assertFalse(self.at_sent("2026-03-17 13:00"))
