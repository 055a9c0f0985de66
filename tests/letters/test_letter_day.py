"""A letter is dated and computed on the day on which it is printed or handed over: R70, R72, R89."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ...models.common.errors import ChannelRefused
from ...models.letters import letter_pdf
from ...models.postal.client import Unavailable
from ..builders.letters import LetterCommon, blank_pdf


@tagged("post_install", "-at_install")
class TestLetterDay(LetterCommon):
    def setUp(self):
        super().setUp()
        self.letter = self.make_letter(due="2026-03-04")
        self.clerk = self.make_user("clerk", "account.group_account_manager")
        self.dates = []

    def paper_of(self, letter):
        """Paper of as many pages as the month has days until then, so that each day's is another one."""
        self.dates.append(letter.composed_on)
        return blank_pdf(letter.composed_on.day)

    def print_letters(self, local):
        self.set_clock(local)
        action = self.letter.with_user(self.clerk).action_print()
        dialog = Form(self.env[action["res_model"]].with_user(self.clerk).with_context(**action["context"])).save()
        dialog.action_print()
        return dialog

    def test_it_bears_the_day_on_which_it_is_queued(self):
        self.run_queue("2026-03-02 09:01")
        self.assertEqual((self.letter.composed_on, self.dates), (date(2026, 3, 2), [date(2026, 3, 2)]))
        self.assertNotIn("late", self.letter.content)

    def test_printed_days_later_it_says_that_days_truth(self):
        """R70, R72: its date, the days late, and in the conversation what was really written."""
        self.run_queue("2026-03-02 09:01")
        self.print_letters("2026-03-09 10:00")
        self.assertEqual(self.letter.composed_on, date(2026, 3, 9))
        self.assertEqual(self.dates, [date(2026, 3, 2), date(2026, 3, 9)])
        self.assertIn("5 days overdue", self.letter.content)
        self.assertIn("5 days overdue", self.letter.delivery_id.mail_message_id.body)

    def test_the_pdf_that_is_kept_is_the_one_printed(self):
        """R89: the one of an earlier day is gone, and the invoice has no other."""
        self.run_queue("2026-03-02 09:01")
        self.print_letters("2026-03-09 10:00")
        pdfs = self.env["ir.attachment"].search([
            ("res_model", "=", "account.move"),
            ("res_id", "=", self.letter.move_id.id),
            ("name", "like", "Letter"),
        ])
        self.assertEqual(pdfs, self.letter.pdf_id)
        self.assertEqual(self.letter.pages, 9 + 1)
        self.set_clock("2026-03-10 10:00")
        self.letter.action_posted()
        self.run_queue("2026-03-11 10:00")
        self.assertEqual((self.letter.composed_on, self.letter.pdf_id), (date(2026, 3, 9), pdfs))

    def test_printed_again_the_same_day_it_is_the_same(self):
        self.print_letters("2026-03-09 10:00")
        self.print_letters("2026-03-09 15:00")
        self.assertEqual(self.dates, [date(2026, 3, 9)])

    def test_printed_again_another_day_it_says_what_is_true_then(self):
        first = self.print_letters("2026-03-09 10:00")
        again = self.print_letters("2026-03-10 10:00")
        self.assertIn("6 days overdue", self.letter.content)
        self.assertFalse(first.left_out_text)
        self.assertIn("Written anew for today, discard the earlier sheets: Ann Lee", again.left_out_text)

    def test_one_whose_template_fails_by_then_does_not_go_with_an_old_text(self):
        """R85: it fails with that reason."""
        self.run_queue("2026-03-02 09:01")
        self.use_provider()
        self.patch(
            self.env.registry["chasing.channel.letter"],
            "_compose",
            lambda _channel, deliveries, _now: dict.fromkeys(deliveries, ChannelRefused("template_failed", "No tag.")),
        )
        self.run_queue("2026-03-05 08:00")
        self.assertEqual((self.letter.state, self.letter.failure_code), ("failed", "template_failed"))
        self.assertFalse(self.client.sent)

    def test_a_letter_of_what_is_paid_by_then_is_never_written_anew(self):
        """R33."""
        self.run_queue("2026-03-02 09:01")
        self.pay(self.letter.move_id)
        self.use_provider()
        self.run_queue("2026-03-05 08:00")
        self.assertEqual((self.letter.state, self.client.sent), ("cancelled", []))
        self.assertEqual(self.letter.composed_on, date(2026, 3, 2))

    def test_what_was_printed_and_not_posted_stays_as_it_lies_on_the_table(self):
        """Nobody but who prints it again makes another letter of it."""
        self.print_letters("2026-03-09 10:00")
        self.run_queue("2026-03-10 10:00")
        self.assertEqual(self.letter.composed_on, date(2026, 3, 9))

    def test_the_queue_writes_what_waits_anew_each_day(self):
        """The day is the company's, in Berlin: it begins an hour before UTC's."""
        self.run_queue("2026-03-02 09:01")
        self.run_queue("2026-03-02 23:30")
        self.assertEqual(self.dates, [date(2026, 3, 2)])
        self.run_queue("2026-03-03 00:30")
        self.run_queue("2026-03-03 08:00")
        self.assertEqual(self.dates, [date(2026, 3, 2), date(2026, 3, 3)])
        self.assertEqual(self.letter.pdf_id.raw, self.letter.delivery_id.mail_message_id.attachment_ids.raw)

    def test_a_letter_handed_over_later_is_dated_then(self):
        self.use_provider()
        self.run_queue("2026-03-05 08:00")
        self.assertEqual((self.letter.composed_on, self.letter.state), (date(2026, 3, 5), "sending"))
        self.assertIn("1 day overdue", self.letter.content)

    def test_what_a_provider_may_have_is_repeated_as_it_was(self):
        """R89: one key, one letter."""
        self.use_provider()
        self.client.answers = [Unavailable("no answer")]
        self.run_queue("2026-03-02 22:00")
        self.run_queue("2026-03-03 08:00")
        first, second = self.client.sent
        self.assertEqual((first.key, first.pdf), (second.key, second.pdf))
        self.assertEqual(self.letter.composed_on, date(2026, 3, 2))

    def test_the_paper_is_dated_as_the_letter_is(self):
        """Though the clock passes midnight between writing and printing."""
        self.set_clock("2026-03-03 00:01")
        shown, values = [], letter_pdf.text_values(self.letter)
        self.patch(letter_pdf.paper, "zoom", lambda reports, is_us_paper: 1)
        self.patch(letter_pdf.paper, "print_html", lambda reports, html: shown.append(html))
        letter_pdf._print(self.letter, "invoice_chasing.letter_document", "en_US", self.letter.composed_on, values)
        self.assertIn("2 Mar 2026", shown[0])


@tagged("post_install", "-at_install")
class TestLettersScreen(LetterCommon):
    def setUp(self):
        super().setUp()
        self.letter = self.make_letter()
        self.clerk = self.make_user("clerk", "account.group_account_manager")

    def test_without_a_choice_what_was_not_printed_is_printed(self):
        other = self.make_letter()
        dialog = self.dialog(self.env["chasing.letter"])
        self.assertEqual(dialog.letter_ids, self.letter | other)
        self.assertEqual((dialog.letter_count, dialog.printed_count), (2, 0))
        dialog.action_print()
        third = self.make_letter()
        self.assertEqual(self.dialog(self.env["chasing.letter"]).letter_ids, third)
        third._set_state("failed", "letter_failed")
        again = self.dialog(self.env["chasing.letter"])
        self.assertEqual((again.letter_ids, again.printed_count), (self.letter | other, 2))
        again.action_print()
        again.action_posted()
        with self.assertRaisesRegex(UserError, "No letter is waiting to be printed"):
            self.env["chasing.letter"].with_user(self.clerk).action_print()

    def test_the_document_is_downloaded_as_soon_as_it_is_made(self):
        dialog = self.dialog(self.letter)
        action = dialog.action_print()
        self.assertEqual(action["tag"], "chasing_download")
        self.assertEqual(action["params"]["next"]["res_id"], dialog.id)
        self.assertIn(f"/chasing.letter.print/{dialog.id}/file/", action["params"]["url"])

    def dialog(self, letters):
        action = letters.with_user(self.clerk).action_print()
        return Form(self.env[action["res_model"]].with_user(self.clerk).with_context(**action["context"])).save()

    def test_a_letter_says_what_it_waits_for(self):
        self.assertEqual(self.letter.stage, "to_print")
        self.dialog(self.letter).action_print()
        self.assertEqual(self.letter.stage, "to_post")
        self.letter.action_posted()
        self.assertEqual(self.letter.stage, "sent")

    def test_a_providers_letter_waits_for_nobody(self):
        self.use_provider()
        self.assertEqual(self.letter.stage, "queued")
        self.client.answers = [Unavailable("Lob does not answer.")]
        self.run_queue("2026-03-02 09:01")
        self.assertEqual((self.letter.stage, self.letter.reason), ("queued", "Lob does not answer."))

    def test_a_cancelled_letter_says_why(self):
        self.pay(self.letter.move_id)
        self.assertEqual(self.letter.reason, self.step(self.letter.move_id, "on_issue").reason)
        self.assertTrue(self.letter.reason)

    def test_one_that_a_hold_took_back_says_so(self):
        self.letter.move_id.chasing_schedule_id.action_pause()
        self.env.cr.flush()
        self.assertEqual(self.letter.stage, "cancelled")
        self.assertIn("hold", self.letter.reason)

    def test_its_invoice_is_opened_from_its_row(self):
        action = self.letter.with_user(self.clerk).action_open_invoice()
        self.assertEqual((action["res_model"], action["res_id"]), ("account.move", self.letter.move_id.id))

    def test_the_provider_opens_the_letters_that_it_counts(self):
        provider = self.letter.provider_id.with_user(self.clerk)
        letters = self.env["chasing.letter"].search(provider.action_open_letters()["domain"])
        self.assertEqual((letters, provider.letter_count), (self.letter, 1))
