from odoo.tests import tagged

from ..builders.pace import PaceCommon


@tagged("post_install", "-at_install")
class TestStoryMonthEndOnASlowServer(PaceCommon):
    """Ten invoices of one day, and a mail server that takes three messages a minute and eight a day."""

    def left_by(self, minute):
        """The numbers of the invoices whose message left in that minute."""
        messages = self.at_sent(f"2026-03-{minute}")
        numbers = {invoice.name: number for number, invoice in enumerate(self.invoices, 1)}
        return sorted(number for name, number in numbers.items() if any(name in one["Subject"] for one in messages))

    def test_who_leaves_in_which_minute(self):
        """R113: as they are planned, three a minute, but who pays or is paused meanwhile; the rest in the morning."""
        self.server.write({"chasing_per_minute": 3, "chasing_per_day": 7})
        self.invoices = self.make_invoices(10)
        self.assertEqual(self.left_by("02 09:00"), [1, 2, 3])

        self.pay(self.invoices[4])
        paused = self.invoices[5].chasing_schedule_id
        paused.action_pause()
        self.assertEqual(self.left_by("02 09:01"), [4, 7, 8])
        self.assertEqual(self.steps(self.invoices[4])[0].reason_code, "paid")

        paused.action_resume("next")
        self.assertEqual(self.left_by("02 09:02"), [6], "it is before those behind it, and the last of the day")
        self.assertFalse(self.left_by("02 09:03"))
        for invoice in self.invoices[8:]:
            step = self.steps(invoice)[0]
            self.assertEqual((step.state, step.reason_code), ("planned", "mail_server_limit"))
            self.assertIn("3 a minute, 7 in 24 hours", step.reason)
        self.assertEqual(self.local(self.invoices[8].chasing_next_at), "2026-03-03 09:00")

        self.assertFalse(self.left_by("03 08:59"), "the first of yesterday is not a day old yet")
        self.assertEqual(self.left_by("03 09:00"), [9, 10])
        self.assertFalse(self.left_by("03 09:01"))
        self.assertEqual(
            [self.deliveries(invoice).mapped("state") for invoice in self.invoices],
            [["sent"] if number != 4 else [] for number in range(10)],
        )
        self.assertFalse(self.env["chasing.step"].search([("waits_until", "!=", False)]))

    def test_why_names_the_server_and_its_limit(self):
        """R104, R113."""
        *_others, last = self.make_invoices(5)
        self.at("2026-03-02 09:00")
        step = self.steps(last)[0].with_context(lang="en_US")
        self.assertIn("The limit of the mail server Slow is reached (3 a minute).", step.explanation)
        self.assertIn("Mail server: Slow, 3 a minute.", step.explanation)
        self.assertIn("It will be sent on Mon 2 Mar 09:01", step.explanation)
        self.assertIn("2 Mar 09:01", last.chasing_schedule_id.headline)
