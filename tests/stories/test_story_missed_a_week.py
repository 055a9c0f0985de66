from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestStoryMissedAWeek(ChasingCommon):
    """The server was off from 12 March until 22 March at noon."""

    def setUp(self):
        super().setUp()
        self.old = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.set_clock("2026-03-12 08:30")

    def test_of_each_invoice_the_newest_goes_and_the_others_are_too_late(self):
        """R40: 13 and 21 March were missed."""
        messages = self.at_sent("2026-03-22 12:00")
        self.assertEqual(len(messages), 1)
        self.assertEqual(
            self.plan(self.old),
            [
                ("2026-03-02 09:00", "sent", False),
                ("2026-03-13 10:00", "skipped", "too_late"),
                ("2026-03-21 14:00", "sent", False),
            ],
        )

    def test_what_is_older_than_the_window_is_left_out(self):
        """R40: due 25 March, the only missed step is 14 March; 7 days later is 21 March."""
        invoice = self.make_invoice(
            issued="2026-03-12", due="2026-03-25", steps=[("before_due", 11, 10), ("after_due", 1, 9)]
        )
        self.pay(self.old)
        self.assertFalse(self.at_sent("2026-03-22 12:00"))
        self.assertEqual([reason for _at, _state, reason in self.plan(invoice)], ["too_late", False])
        self.assertEqual(len(self.at_sent("2026-03-26 09:00")), 1)

    def test_an_on_issue_message_is_never_too_late(self):
        """R8, R40."""
        self.pay(self.old)
        invoice = self.make_invoice(issued="2026-03-12", due="2026-06-30")
        [message] = self.at_sent("2026-03-22 12:00")
        self.assertIn(invoice.name, message["Subject"])

    def test_the_run_after_it_sends_nothing_more(self):
        """R80."""
        self.at_sent("2026-03-22 12:00")
        self.assertFalse(self.at_sent("2026-03-22 12:15"))

    def test_what_was_paid_meanwhile_gets_nothing(self):
        """R32."""
        self.pay(self.old)
        self.assertFalse(self.at_sent("2026-03-22 12:00"))
