"""What a hold does to a letter that its provider may have, and to one that is what is left of a step: R36."""

from unittest.mock import patch

from odoo.tests import tagged

from ...models.postal.client import Receipt, Unavailable
from ..builders.builders import ChasingCommon
from ..builders.letters import ADDRESS, LetterCommon


class Paused:
    """Pauses and resumes the test's one schedule."""

    def pause(self):
        self.schedule.action_pause()
        self.env.cr.flush()

    def resume(self):
        self.schedule.action_resume()
        self.env.cr.flush()


@tagged("post_install", "-at_install")
class TestProvidersLetterTakenBack(Paused, LetterCommon):
    """A letter on its way to a provider."""

    def setUp(self):
        super().setUp()
        self.use_provider()
        self.letter = self.make_letter()
        self.invoice = self.letter.move_id
        self.delivery = self.letter.delivery_id
        self.schedule = self.invoice.chasing_schedule_id
        self.step_of_nine = self.step(self.invoice, "on_issue")

    def test_what_the_provider_has_counts_as_gone(self):
        """R36: it is not asked back."""
        self.run_queue("2026-03-02 09:01")
        self.pause()
        self.run_queue("2026-03-02 10:30")
        self.assertFalse(self.client.cancelled)
        self.assertEqual((self.letter.state, self.step_of_nine.state), ("sending", "under_way"))

    def test_what_was_not_tried_goes_after_the_pause(self):
        """R36: with a letter of its own and a key of its own."""
        self.pause()
        self.run_queue("2026-03-02 09:01")
        self.assertEqual((self.step_of_nine.state, self.letter.state), ("held", "cancelled"))
        self.resume()
        self.at("2026-03-02 09:15")
        self.run_queue()
        self.assertEqual([one.key for one in self.client.sent], [self.delivery.letter_id.key])
        self.assertNotEqual(self.delivery.letter_id, self.letter)

    def tried_in_vain(self):
        """The provider did not answer the first time."""
        self.client.answers = [Unavailable("no answer")]
        self.run_queue("2026-03-02 09:01")
        self.assertEqual((self.letter.state, self.letter.attempts), ("queued", 1))

    def test_what_was_tried_in_vain_goes_after_the_pause(self):
        """R36, R89: the provider is asked whether it has it; it has not."""
        self.tried_in_vain()
        self.pause()
        self.run_queue("2026-03-02 09:03")
        self.assertEqual(self.client.asked, [self.letter.key])
        self.assertEqual((self.letter.state, self.step_of_nine.state), ("cancelled", "held"))
        self.resume()
        self.at("2026-03-02 09:15")
        self.run_queue()
        self.assertEqual([one.key for one in self.client.sent[1:]], [self.delivery.letter_id.key])

    def test_what_arrived_though_no_answer_came_counts_as_gone(self):
        """R36, R89."""
        self.tried_in_vain()
        self.client.found[self.letter.key] = Receipt("theirs", "sending")
        self.pause()
        self.run_queue("2026-03-02 09:03")
        self.assertEqual((self.letter.state, self.letter.provider_reference), ("sending", "theirs"))
        self.assertEqual(self.step_of_nine.state, "under_way")
        self.assertFalse(self.client.cancelled)

    def test_a_pause_that_is_over_when_the_queue_looks_changes_nothing(self):
        """R36: the letter was never taken out."""
        self.tried_in_vain()
        self.pause()
        self.resume()
        self.run_queue("2026-03-02 09:03")
        self.assertEqual((self.letter.state, self.letter.attempts), ("sending", 2))

    def test_a_pause_that_ends_before_the_ledger_hears_of_it_loses_nothing(self):
        """R36: taken out by the queue, told late."""
        self.tried_in_vain()
        self.letter._set_state("cancelled", follow=False, is_held_back=True)
        self.env["chasing.letter"].sudo()._sync_deliveries()
        self.at("2026-03-02 09:15")
        self.run_queue()
        self.assertEqual(self.delivery.letter_id.state, "sending")
        self.assertNotEqual(self.delivery.letter_id, self.letter)
        self.assertEqual(self.step_of_nine.state, "under_way")

    def test_a_letter_of_a_held_invoice_is_not_posted(self):
        """R33, R36: one that the hold could not take out stays behind, and goes when the hold ends."""
        self.use_provider("print")
        invoice = self.make_invoice(partner_id=self.customer.id)
        self.at("2026-03-02 09:30")
        letter = self.letters(invoice)
        letters = self.env.registry["chasing.letter"]
        with patch.object(letters, "try_lock_for_update", lambda records, **_options: records.browse()):
            invoice.chasing_schedule_id.action_pause()
            self.env.cr.flush()
        said = letter.action_posted()
        self.assertIn("remove these sheets", said["params"]["message"])
        self.assertEqual((letter.state, self.step(invoice, "on_issue").state), ("cancelled", "held"))
        invoice.chasing_schedule_id.action_resume()
        self.at("2026-03-02 09:45")
        self.assertEqual(self.letters(invoice)[-1].state, "queued")


@tagged("post_install", "-at_install")
class TestPartTakenBack(Paused, ChasingCommon):
    """One of a step's messages left before the hold."""

    def setUp(self):
        super().setUp()
        germany = self.env.ref("base.de")
        self.customer.write({**ADDRESS, "country_id": germany.id})
        self.company.partner_id.write({**ADDRESS, "country_id": germany.id})
        self.cadence.step_ids[0].channel_letter = True
        self.invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.schedule = self.invoice.chasing_schedule_id
        self.step_of_nine = self.step(self.invoice, "on_issue")
        self.rest = self.step_of_nine.delivery_ids.filtered(lambda one: one.channel == "letter")
        self.letter = self.rest.letter_id

    def test_the_rest_goes_after_a_pause_of_a_minute(self):
        """R36, R83: the step stays sent."""
        self.pause()
        self.assertEqual((self.step_of_nine.state, self.letter.state), ("sent", "cancelled"))
        self.resume()
        self.at("2026-03-02 09:15")
        self.assertEqual((self.rest.state, self.rest.letter_id.state), ("queued", "queued"))
        self.assertNotEqual(self.rest.letter_id, self.letter)
        self.assertFalse(self.deliver())
        self.rest.letter_id.sudo()._set_state("sent")
        self.assertEqual((self.step_of_nine.state, self.step_of_nine.reason_code), ("sent", False))

    def test_a_draft_that_is_posted_again_does_not_call_itself_a_draft(self):
        """R32b, R83: of the rest that was withdrawn."""
        self.invoice.sudo().button_draft()
        self.env.cr.flush()
        self.invoice.sudo().action_post()
        self.env.cr.flush()
        self.assertEqual((self.step_of_nine.state, self.step_of_nine.reason_code), ("partly", "withdrawn"))

    def test_the_rest_is_missed_during_a_pause_of_days(self):
        """R36, R83: partly sent, to be retried by a person."""
        self.pause()
        self.set_clock("2026-03-03 09:15")
        self.resume()
        self.env.cr.flush()
        self.assertEqual((self.step_of_nine.state, self.step_of_nine.reason_code), ("partly", "withdrawn"))
        self.assertEqual(self.rest.state, "cancelled")
