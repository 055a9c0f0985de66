from odoo.tests import tagged

from ..builders.hand import HandCommon
from ..builders.sms import ANN, ChasingSmsCommon


@tagged("post_install", "-at_install")
class TestCopy(ChasingSmsCommon, HandCommon):
    """A copy of a paid invoice reminds of nothing (R102)."""

    has_default = False

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice(amount=1234.5)
        self.invoice.action_invoice_sent()
        self.pay(self.invoice)

    def test_by_sms(self):
        """R102: it says where the invoice is seen, and that nothing is due."""
        self.assertEqual(self.send_by_hand(self.invoice, channel_email=False, channel_sms=True), {})
        [(number, text)] = self.at_sent("2026-03-02 09:00")
        self.assertEqual(number, ANN)
        self.assertIn(f"Firm: invoice {self.invoice.name}, $ 1,234.50. Nothing is due. http", text)

    def test_by_email(self):
        """R102: it brings the invoice, and asks for no money."""
        self.assertEqual(self.send_by_hand(self.invoice), {})
        body = self.invoice.chasing_schedule_id.delivery_ids.mail_message_id.body
        self.assertIn("Please find attached invoice", body)
        for asking in ("reminder", "Amount due", "overdue", "Payment details", "Account holder", "is due on"):
            self.assertNotIn(asking, body)
