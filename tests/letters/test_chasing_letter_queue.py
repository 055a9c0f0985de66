from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.common import paper
from ...models.postal.client import Receipt, Refused, Status, Unavailable
from ..builders.letters import LetterCommon

QUEUE = "odoo.addons.invoice_chasing.models.letters.chasing_letter_queue"


@tagged("post_install", "-at_install")
class TestLetterQueue(LetterCommon):
    def setUp(self):
        super().setUp()
        self.use_provider()

    def test_a_letter_is_printed_and_handed_over_once(self):
        """R80, R89: paper first, then the provider gets it with its key; a second run sends nothing."""
        letter = self.make_letter()
        self.run_queue()
        [parcel] = self.client.sent
        self.assertEqual((parcel.key, parcel.reference, parcel.pages), (letter.key, letter.move_id.name, 2))
        self.assertEqual((parcel.recipient.street, parcel.sender.company), ("Main Street 1", "Firm"))
        self.assertTrue(parcel.pdf.startswith(b"%PDF"))
        self.assertEqual((letter.state, letter.provider_reference), ("sending", f"ref-{letter.key}"))
        self.run_queue()
        self.assertEqual(len(self.client.sent), 1)

    def test_the_pdf_belongs_to_the_invoice_and_is_not_public(self):
        letter = self.make_letter()
        self.run_queue()
        self.assertEqual((letter.pdf_id.res_model, letter.pdf_id.res_id), ("account.move", letter.move_id.id))
        self.assertFalse(letter.pdf_id.public)
        self.assertIn(letter.pdf_id, letter.delivery_id.mail_message_id.attachment_ids)

    def test_what_it_is_about_to_do_is_committed_before_the_call(self):
        """R89."""
        letter = self.make_letter()
        seen = []
        self.client.while_sending = lambda parcel: seen.append((letter.state, letter.attempts))
        self.run_queue()
        self.assertEqual(seen, [("sending", 1)])

    def test_what_the_provider_has_long_had_counts_as_posted(self):
        letter = self.make_letter()
        self.run_queue()
        self.run_queue("2026-03-02 15:00")
        self.assertEqual((letter.state, letter.delivery_id.state), ("sending", "queued"))
        self.run_queue("2026-03-02 21:30")
        self.assertEqual((letter.state, letter.delivery_id.state), ("sent", "sent"))
        self.assertTrue(letter.move_id.chasing_schedule_id.first_sent_at)

    def test_the_provider_is_asked_what_became_of_it(self):
        """R87."""
        letter = self.make_letter()
        self.run_queue()
        self.client.state = "sent"
        self.run_queue("2026-03-02 11:00")
        self.assertEqual(letter.state, "sent")
        self.client.state = "returned"
        self.run_queue("2026-03-03 12:00")
        self.assertEqual((letter.state, letter.delivery_id.state, letter.retry_at), ("returned", "bounced", False))

    def test_a_provider_that_does_not_answer_is_asked_again_later_with_the_same_key(self):
        """R89: after a minute, five, fifteen; the letter it may have got is looked for first."""
        letter = self.make_letter()
        self.client.answers = [Unavailable("no answer"), Unavailable("busy", 1200)]
        self.run_queue()
        self.assertEqual((letter.state, letter.retry_at - self.now), ("queued", timedelta(minutes=1)))
        self.run_queue()
        self.assertEqual(len(self.client.sent), 1)
        self.run_queue("2026-03-02 09:01")
        self.assertEqual(letter.retry_at - self.now, timedelta(minutes=20))
        self.run_queue("2026-03-02 09:30")
        self.assertEqual({parcel.key for parcel in self.client.sent}, {letter.key})
        self.assertEqual(self.client.asked, [letter.key] * 2)
        self.assertEqual(letter.state, "sending")

    def test_a_letter_that_arrived_without_an_answer_is_not_sent_twice(self):
        """R81, R89."""
        letter = self.make_letter()
        self.client.answers = [Unavailable("no answer")]
        self.run_queue()
        self.client.found[letter.key] = Receipt("theirs", "sent")
        self.run_queue("2026-03-02 09:05")
        self.assertEqual((letter.state, letter.provider_reference, len(self.client.sent)), ("sent", "theirs", 1))

    def test_a_letter_left_in_sending_by_a_crash_is_taken_up_again(self):
        """R81."""
        letter = self.make_letter()
        self.run_queue()
        letter.write({"provider_reference": False, "accepted_at": False, "retry_at": False})
        self.run_queue()
        self.assertEqual(self.client.asked, [letter.key])
        self.assertEqual([parcel.key for parcel in self.client.sent], [letter.key] * 2)
        self.assertEqual(letter.state, "sending")

    def test_after_a_day_without_an_answer_it_fails(self):
        """R84, R85."""
        letter = self.make_letter()
        self.client.answers = [Unavailable("no answer")] * 2
        self.run_queue()
        self.run_queue("2026-03-03 09:01")
        self.assertEqual((letter.state, letter.failure_code), ("failed", "unclear"))
        step = self.step(letter.move_id, "on_issue")
        self.assertEqual(step.state, "failed")
        self.assertEqual(step.action_retry()["res_model"], "chasing.send")
        self.assertEqual(len(step.delivery_ids), 1)
        self.env["chasing.send"].create({"step_id": step.id}).action_send()
        self.assertEqual(len(step.delivery_ids), 2)

    def test_a_refused_letter_fails_with_its_reason_and_the_next_goes(self):
        """R82, R85."""
        refused, good = self.make_invoices(2)
        self.at("2026-03-02 09:00")
        self.client.answers = [Refused("no_credit", "buy some")]
        self.run_queue()
        self.assertEqual((self.letters(refused).state, self.letters(good).state), ("failed", "sending"))
        step = self.step(refused, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "no_credit"))
        self.assertIn("buy some", step.reason)

    @mute_logger(QUEUE)
    def test_a_letter_that_breaks_fails_alone(self):
        """R82."""
        broken, good = self.make_invoices(2)
        self.at("2026-03-02 09:00")
        self.client.answers = [ZeroDivisionError("oops")]
        self.run_queue()
        self.assertEqual((self.letters(broken).failure_code, self.letters(good).state), ("letter_failed", "sending"))

    def test_one_silent_provider_is_asked_once_a_run(self):
        self.make_invoices(3)
        self.at("2026-03-02 09:00")
        self.client.answers = [Unavailable("no answer")]
        self.run_queue()
        self.assertEqual(len(self.client.sent), 1)
        self.run_queue("2026-03-02 09:01")
        self.assertEqual(len(self.client.sent), 4)

    def test_a_providers_wish_to_be_left_alone_holds_for_all_its_letters(self):
        """R89."""
        self.make_invoices(3)
        self.at("2026-03-02 09:00")
        self.client.answers = [Unavailable("busy", 1200)]
        self.run_queue()
        self.run_queue("2026-03-02 09:19")
        self.assertEqual(len(self.client.sent), 1)
        self.run_queue("2026-03-02 09:20")
        self.assertEqual(len(self.client.sent), 4)

    def test_a_letter_tried_at_a_provider_that_is_gone_fails_with_a_sentence(self):
        """R85: nobody can say whether it is there."""
        letter = self.make_letter()
        self.client.answers = [Unavailable("no answer")]
        self.run_queue()
        self.use_provider("print")
        self.run_queue("2026-03-02 09:05")
        self.assertEqual((letter.state, letter.failure_code), ("failed", "not_set_up"))
        self.assertEqual(letter.failure_detail, "The letter was given to a provider that is no longer set up.")

    def test_paper_that_cannot_be_made_fails_the_letter(self):
        """R72."""
        self.paper_of = self.no_paper
        letter = self.make_letter()
        self.run_queue()
        self.assertEqual((letter.state, letter.failure_code), ("failed", "pdf_failed"))
        self.assertFalse(self.client.sent)

    def no_paper(self, letter):
        raise paper.PaperError("The address is too long.")

    def test_an_invoice_paid_before_the_call_gets_no_letter(self):
        """R33: even if nobody withdrew it."""
        letter = self.make_letter()
        self.patch(self.env.registry["chasing.channel.letter"], "_withdraw", lambda channel, deliveries: None)
        self.pay(letter.move_id)
        self.run_queue()
        self.assertEqual((letter.state, letter.delivery_id.state, self.client.sent), ("cancelled", "cancelled", []))

    def test_an_invoice_paid_between_the_commit_and_the_call_gets_no_letter(self):
        """R33: the state is read again after it was committed that the letter is being sent."""
        letter = self.make_letter()
        self.when_locked(3, lambda: self.pay(letter.move_id))
        self.run_queue()
        self.assertEqual((letter.state, letter.delivery_id.state, self.client.sent), ("cancelled", "cancelled", []))

    def test_an_invoice_paid_during_the_call_gets_its_letter_taken_back_at_once(self):
        """R32: the payment finds the letter locked, and Lob gives it back for minutes only."""
        letter = self.make_letter()
        self.patch(self.env.registry["chasing.channel.letter"], "_withdraw", lambda channel, deliveries: None)
        self.client.while_sending = lambda parcel: self.pay(letter.move_id)
        self.run_queue()
        self.assertEqual(self.client.cancelled, [letter.provider_reference])
        self.assertEqual((letter.state, letter.delivery_id.state), ("cancelled", "cancelled"))

    def test_a_letter_that_another_run_ended_between_the_commit_and_the_call_is_not_sent(self):
        """R80."""
        letter = self.make_letter()
        self.when_locked(3, lambda: letter._set_state("failed", "provider_error"))
        self.run_queue()
        self.assertEqual((letter.state, self.client.sent), ("failed", []))

    def test_a_letter_withdrawn_while_the_run_was_busy_with_others_is_left_alone(self):
        """R32: nothing of it is logged as an error."""
        letter = self.make_letter()
        self.when_locked(2, lambda: self.pay(letter.move_id))
        with self.assertNoLogs(QUEUE, "ERROR"):
            self.run_queue()
        self.assertEqual((letter.state, self.client.sent), ("cancelled", []))

    def when_locked(self, number, happens):
        """Let something happen between a commit and the lock after it: for the paper, to see what to do, to send."""
        queue, left = self.env.registry["chasing.letter.queue"], [number]
        lock = queue._lock_and_reload

        def lock_after(queue, letter):
            left[0] -= 1
            if not left[0]:
                letter.env.cr.commit()
                happens()
                self.env.flush_all()
            return lock(queue, letter)

        self.patch(queue, "_lock_and_reload", lock_after)

    def test_an_accepted_letter_is_taken_back_when_the_invoice_is_paid(self):
        """R32."""
        letter = self.make_letter()
        self.run_queue()
        self.pay(letter.move_id)
        self.run_queue()
        self.assertEqual(self.client.cancelled, [letter.provider_reference])
        self.assertEqual((letter.state, letter.delivery_id.state), ("cancelled", "cancelled"))
        self.assertEqual(self.step(letter.move_id, "on_issue").reason_code, "paid")

    def test_a_provider_that_only_promises_to_take_it_back_is_asked_again(self):
        """R32."""
        letter = self.make_letter()
        self.run_queue()
        self.pay(letter.move_id)
        self.client.answers = [Status("sending", "cancelling")]
        self.run_queue()
        self.assertEqual((letter.state, letter.delivery_id.state), ("sending", "queued"))
        self.run_queue("2026-03-02 11:00")
        self.assertEqual((letter.state, letter.delivery_id.state), ("cancelled", "cancelled"))

    def test_a_letter_that_cannot_be_taken_back_counts_as_gone(self):
        """R32: the ledger and the conversation say so."""
        self.client.takes_back = False
        letter = self.make_letter()
        self.run_queue()
        self.pay(letter.move_id)
        self.run_queue()
        self.assertEqual((letter.state, letter.delivery_id.state), ("sent", "sent"))
        self.assertIn("had already been sent", letter.move_id.message_ids[0].body)

    def test_a_provider_that_refuses_to_take_it_back_has_sent_it(self):
        """R32."""
        letter = self.make_letter()
        self.run_queue()
        self.pay(letter.move_id)
        self.client.answers = [Refused("not_set_up", "who are you?")]
        self.run_queue()
        self.assertEqual(letter.state, "sent")

    def test_a_tried_letter_that_failed_at_its_provider_has_not_left(self):
        """R32, R85: its provider says so when it is looked for."""
        letter = self.make_letter()
        self.client.answers = [Unavailable("no answer")]
        self.run_queue()
        self.patch(self.client, "find", self.refuse_to_find)
        self.pay(letter.move_id)
        self.run_queue("2026-03-02 09:05")
        self.assertEqual((letter.state, letter.failure_code, letter.sent_at), ("failed", "pdf_failed", False))
        self.assertNotIn("had left", letter.move_id.message_ids[0].body)

    def refuse_to_find(self, key):
        raise Refused("pdf_failed", "cannot be rendered")

    def test_a_tried_letter_is_looked_for_before_it_is_dropped(self):
        """R32: its provider may have it although the answer was lost."""
        letter = self.make_letter()
        self.client.answers = [Unavailable("no answer")]
        self.run_queue()
        self.client.found[letter.key] = Receipt("theirs", "sending")
        self.pay(letter.move_id)
        self.run_queue("2026-03-02 09:05")
        self.assertEqual((letter.state, self.client.cancelled), ("cancelled", ["theirs"]))

    def test_what_waits_goes_by_the_new_provider(self):
        self.use_provider("print")
        letter = self.make_letter()
        self.run_queue()
        self.assertEqual((letter.state, letter.pages), ("queued", 2))
        self.use_provider("lob")
        self.run_queue()
        self.assertEqual((letter.state, letter.provider_code), ("sending", "lob"))

    def test_a_status_that_cannot_be_read_does_not_change_the_letter(self):
        letter = self.make_letter()
        self.run_queue()
        self.client.answers = [Refused("provider_error", "who?")]
        self.run_queue("2026-03-02 11:00")
        self.assertEqual(letter.state, "sending")

    def test_a_provider_that_refuses_to_tell_has_posted_it_in_the_end(self):
        letter = self.make_letter()
        self.run_queue()
        self.client.answers = [Refused("not_set_up", "who are you?")]
        self.run_queue("2026-03-02 21:00")
        self.assertEqual((letter.state, letter.delivery_id.state), ("sent", "sent"))
