from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestStoryRemindedAndPaid(ChasingCommon):
    def test_issued_reminded_past_due_and_paid(self):
        """R1, R8, R21, R32, R33, R70, R71, R80: an invoice from its first day to its payment."""
        invoice = self.make_invoice()
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-02 09:00", "planned", False),
                ("2026-03-13 10:00", "planned", False),
                ("2026-03-21 14:00", "planned", False),
            ],
        )

        self.assertFalse(self.at_sent("2026-03-02 08:59"))
        [first] = self.at_sent("2026-03-02 09:00")
        self.assertEqual(first["To"], "Ann Lee <ann@customer.example>")
        self.assertEqual(first["Subject"], f"Firm: invoice {invoice.name}")
        self.assertFalse(self.at_sent("2026-03-02 09:15"))

        self.assertFalse(self.at_sent("2026-03-13 09:45"))
        [second] = self.at_sent("2026-03-13 10:00")
        subject = second["Subject"].replace("\xa0", " ")
        self.assertEqual(subject, f"Due soon: invoice {invoice.name}, $ 100.00 by 16 Mar 2026")

        [third] = self.at_sent("2026-03-21 14:00")
        self.assertIn(f"Past due: invoice {invoice.name}", third["Subject"])
        self.assertEqual(self.states(invoice), ["sent", "sent", "sent"])
        self.assertEqual(invoice.chasing_status, "expired")

        self.pay(invoice)
        self.assertEqual(invoice.chasing_status, "paid")
        self.assertFalse(self.at_sent("2026-04-30 12:00"))

    def test_a_payment_before_the_reminder_cancels_what_was_to_come(self):
        """R32."""
        invoice = self.make_invoice()
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

        self.set_clock("2026-03-10 12:00")
        self.pay(invoice)
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-02 09:00", "sent", False),
                ("2026-03-13 10:00", "cancelled", "paid"),
                ("2026-03-21 14:00", "cancelled", "paid"),
            ],
        )
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        self.assertFalse(self.at_sent("2026-03-21 14:00"))

    def test_a_part_payment_leaves_the_plan_and_the_next_message_names_the_rest(self):
        """R33, R72."""
        invoice = self.make_invoice(amount=100)
        self.at_sent("2026-03-02 09:00")
        self.pay(invoice, 30)
        [reminder] = self.at_sent("2026-03-13 10:00")
        text = reminder.get_body(("html",)).get_content()
        self.assertIn("70.00", text)
        self.assertIn("30.00", text)
        self.assertEqual(self.states(invoice), ["sent", "sent", "planned"])
