from odoo.tests import tagged

from ...models.postal.client import Refused
from ..builders.letters import LetterCommon


@tagged("post_install", "-at_install")
class TestStoryLetterRefused(LetterCommon):
    def test_letter_refused_for_its_address(self):
        """R85, R96, R84: seen on 2 March before it fails, fails at 9, mended at 11, retried, posted."""
        self.customer.zip = False
        invoice = self.make_invoice()
        self.assertEqual(invoice.chasing_status, "will_fail")
        self.at("2026-03-02 09:00")
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "incomplete_address"))
        self.assertFalse(self.letters(invoice))

        self.set_clock("2026-03-02 11:00")
        self.customer.zip = "10115"
        self.assertFalse(self.step(invoice, "after_due").prediction_code)
        step.action_retry()
        letter = self.letters(invoice)
        self.assertIn("10115 Berlin", letter.address)
        self.assertEqual(step.state, "under_way")
        letter.action_posted()
        self.assertEqual(step.state, "sent")
        self.assertEqual((letter.state, self.deliveries(invoice)[-1].state), ("sent", "sent"))

    def test_letter_refused_by_the_provider(self):
        """R84, R87: what the provider refuses comes back to the step, and is not sent again by itself."""

        self.use_provider()
        self.client.answers = [Refused("incomplete_address", "no such street")]
        letter = self.make_letter()
        self.run_queue("2026-03-02 09:01")
        invoice = letter.move_id
        step = self.step(invoice, "on_issue")
        self.assertEqual((letter.state, step.state, step.reason_code), ("failed", "failed", "incomplete_address"))
        self.assertIn("no such street", step.reason)
        for hour in ("10", "11", "12"):
            self.run_queue(f"2026-03-02 {hour}:00")
        self.assertEqual(len(self.client.sent), 1)

    def test_paid_while_a_letter_is_queued(self):
        """R32, R41: the letter of 9 o'clock waits in the print queue; at 10 the invoice is paid."""
        letter = self.make_letter()
        invoice = letter.move_id
        self.set_clock("2026-03-02 10:00")
        self.pay(invoice)
        self.assertEqual((letter.state, invoice.chasing_status), ("cancelled", "paid"))
        self.assertEqual(self.deliveries(invoice).state, "cancelled")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "paid")

    def test_paid_in_part_while_a_letter_is_queued(self):
        """R72: the letter asks for what is due when it is printed."""
        letter = self.make_letter(amount=100)
        self.run_queue("2026-03-02 09:01")
        self.assertIn("100.00", letter.content)
        old = letter.pdf_id
        self.set_clock("2026-03-03 10:00")
        self.pay(letter.move_id, amount=60)
        self.assertEqual(letter.state, "queued")
        letter._with_pdf()._print()
        self.assertRegex(letter.content, r"40\.00")
        self.assertNotEqual(letter.pdf_id, old)
        self.assertIn("40.00", self.deliveries(letter.move_id).mail_message_id.body)

    def test_paid_after_the_provider_took_it(self):
        """R32: it is asked back; one that the provider no longer gives back counts as gone."""
        self.use_provider()
        letter = self.make_letter()
        self.run_queue("2026-03-02 09:01")
        self.assertEqual(letter.state, "sending")
        self.client.takes_back = False
        self.set_clock("2026-03-02 10:00")
        self.pay(letter.move_id)
        self.run_queue("2026-03-02 10:01")
        self.assertEqual(len(self.client.cancelled), 1)
        self.assertEqual(letter.state, "sent")
