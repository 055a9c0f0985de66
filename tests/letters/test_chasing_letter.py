import io
from base64 import b64encode
from datetime import timedelta

from PIL import Image

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfReader

from ...models.engine.letters import LAYOUTS
from ...models.engine.transitions import IllegalMove
from ...models.letters import paper
from ...models.postal.client import Receipt, Refused, Status, Unavailable
from ..builders.letters import LetterCommon, blank_pdf
from ..builders.pdf_words import words

QUEUE = "odoo.addons.invoice_chasing.models.letters.chasing_letter_queue"


@tagged("post_install", "-at_install")
class TestChasingLetter(LetterCommon):
    def test_a_letters_states_move_by_the_table(self):
        letter = self.make_letter()
        letter._set_state("failed", "letter_failed")
        with self.assertRaises(IllegalMove):
            letter._set_state("sent")
        letter._set_state("failed", "unknown")
        self.assertEqual(letter.failure_code, "letter_failed")

    def test_the_delivery_follows_its_letter(self):
        """R83, R86, R87."""
        letter = self.make_letter()
        letter._set_state("sent")
        schedule = letter.move_id.chasing_schedule_id
        self.assertEqual(letter.delivery_id.state, "sent")
        self.assertEqual(schedule.first_sent_at, self.now)
        letter._set_state("delivered")
        self.assertEqual(letter.delivery_id.state, "delivered")
        letter._set_state("returned", "returned", "moved away")
        self.assertEqual((letter.delivery_id.state, letter.delivery_id.failure_code), ("bounced", "returned"))
        step = self.step(letter.move_id, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "returned"))
        self.assertIn("Ann Lee", letter.failure_reason)
        self.assertIn("moved away", letter.failure_reason)

    def test_two_letters_never_share_a_key(self):
        """R89: the database sees to it."""
        letter = self.make_letter()
        self.assertTrue(self.index_exists("chasing_letter_key"))
        self.assertTrue(self.index_exists("chasing_postal_event_once"))
        self.assertTrue(self.index_exists("chasing_postal_provider_one_per_company"))
        self.assertNotEqual(letter.key, letter.copy().key)

    def index_exists(self, name):
        self.env.cr.execute("SELECT indisunique FROM pg_index WHERE indexrelid = to_regclass(%s)", [name])
        return self.env.cr.fetchone() == (True,)

    def test_collectors_read_letters_and_cannot_change_them(self):
        letter = self.make_letter()
        collector = self.make_user("collector", "invoice_chasing.group_user")
        self.assertEqual(letter.with_user(collector).address, letter.address)
        with self.assertRaises(AccessError):
            letter.with_user(collector).write({"address": "Elsewhere"})
        with self.assertRaises(AccessError):
            letter.with_user(collector).action_posted()
        with self.assertRaises(AccessError):
            letter.with_user(self.make_user("employee", "base.group_user")).read(["address"])

    def test_other_companies_letters_are_not_seen(self):
        letter = self.make_letter()
        other = self.setup_other_company()["company"]
        stranger = self.make_user("stranger", "invoice_chasing.group_manager", company_id=other.id)
        self.assertFalse(self.env["chasing.letter"].with_user(stranger).search([("id", "=", letter.id)]))


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
        self.when_taken(3, lambda: self.pay(letter.move_id))
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
        self.when_taken(3, lambda: letter._set_state("failed", "provider_error"))
        self.run_queue()
        self.assertEqual((letter.state, self.client.sent), ("failed", []))

    def test_a_letter_withdrawn_while_the_run_was_busy_with_others_is_left_alone(self):
        """R32: nothing of it is logged as an error."""
        letter = self.make_letter()
        self.when_taken(2, lambda: self.pay(letter.move_id))
        with self.assertNoLogs(QUEUE, "ERROR"):
            self.run_queue()
        self.assertEqual((letter.state, self.client.sent), ("cancelled", []))

    def when_taken(self, number, happens):
        """Let something happen between a commit and the lock after it: for the paper, to see what to do, to send."""
        take, left = self.env.registry["chasing.letter"]._take, [number]

        def take_after(letter):
            left[0] -= 1
            if not left[0]:
                letter.env.cr.commit()
                happens()
                self.env.flush_all()
            return take(letter)

        self.patch(self.env.registry["chasing.letter"], "_take", take_after)

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
        self.assertIn("had left already", letter.move_id.message_ids[0].body)

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


@tagged("post_install", "-at_install")
class TestPrintQueue(LetterCommon):
    def setUp(self):
        super().setUp()
        self.invoices = [self.make_invoice(), self.make_invoice()]
        self.at("2026-03-02 09:00")
        self.waiting = self.env["chasing.letter"].search([("move_id", "in", [one.id for one in self.invoices])])
        self.clerk = self.make_user("clerk", "account.group_account_manager")

    def dialog(self, letters):
        action = letters.with_user(self.clerk).action_print()
        return Form(self.env[action["res_model"]].with_user(self.clerk).with_context(**action["context"])).save()

    def test_letters_wait_printed_for_a_person(self):
        """R89: nothing leaves by itself."""
        self.run_queue()
        self.assertEqual(self.waiting.mapped("state"), ["queued"] * 2)
        self.assertEqual(self.waiting.mapped("pages"), [2, 2])

    def test_one_document_with_a_list_on_top(self):
        """Printed on both sides, each letter begins on a sheet of its own."""
        dialog = self.dialog(self.waiting)
        dialog.action_print()
        self.assertEqual((dialog.letter_count, dialog.page_count), (2, 2 + 2 + 2))
        self.assertEqual(set(self.waiting.mapped("printed_at")), {self.now})
        dialog.action_print()
        self.assertEqual(dialog.page_count, 6)

    def test_handed_to_the_post(self):
        """R86."""
        dialog = self.dialog(self.waiting)
        dialog.action_print()
        dialog.action_posted()
        self.assertEqual(self.waiting.mapped("state"), ["sent"] * 2)
        self.assertEqual(self.waiting.delivery_id.mapped("state"), ["sent"] * 2)
        dialog.action_posted()
        self.assertEqual(self.waiting.mapped("state"), ["sent"] * 2)

    def test_a_letter_of_a_paid_invoice_is_not_printed(self):
        """R33."""
        self.pay(self.invoices[0])
        dialog = self.dialog(self.waiting)
        dialog.action_print()
        self.assertEqual(dialog.letter_ids.move_id, self.invoices[1])
        self.assertIn(self.invoices[0].name, dialog.left_out_text)

    def test_a_sheet_of_an_invoice_paid_meanwhile_is_to_be_taken_out(self):
        """R33: printed, paid, then handed to the post."""
        dialog = self.dialog(self.waiting)
        dialog.action_print()
        self.pay(self.invoices[0])
        said = dialog.action_posted()["params"]
        self.assertIn(f"take these sheets out: Ann Lee ({self.invoices[0].name})", said["message"])
        self.assertEqual(self.letters(self.invoices[0]).state, "cancelled")
        self.assertEqual(self.letters(self.invoices[1]).state, "sent")

    def test_a_letter_that_cannot_be_made_does_not_keep_the_others(self):
        """R82: it fails with its reason and is named."""
        bad, good = self.letters(self.invoices[0]), self.letters(self.invoices[1])
        self.paper_of = lambda letter: self.too_long(letter) if letter == bad else blank_pdf()
        dialog = self.dialog(self.waiting)
        dialog.action_print()
        self.assertEqual((dialog.letter_ids, dialog.page_count), (good, 2 + 2))
        self.assertEqual((bad.state, bad.failure_code, good.state), ("failed", "address_too_long", "queued"))
        for word in ("Ann Lee", bad.move_id.name, "shorten it"):
            self.assertIn(word, dialog.left_out_text)
        self.assertEqual(self.step(bad.move_id, "on_issue").reason_code, "address_too_long")

    def too_long(self, letter):
        raise paper.AddressTooLong("shorten it")

    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_a_letter_that_cannot_be_written_anew_does_not_keep_the_others(self):
        """R72, R82: part of it was paid, and the text breaks on what is left."""
        self.company.chasing_new_template_id.sudo().body_html = "<p t-out='1 / (object.amount_residual != 40)'/>"
        self.pay(self.invoices[0], 60)
        dialog = self.dialog(self.waiting)
        dialog.action_print()
        bad, good = self.letters(self.invoices[0]), self.letters(self.invoices[1])
        self.assertEqual((bad.state, bad.failure_code), ("failed", "template_failed"))
        self.assertEqual(dialog.letter_ids, good)

    def test_where_none_can_be_made_there_is_no_document(self):
        self.paper_of = self.too_long
        dialog = self.dialog(self.waiting)
        dialog.action_print()
        self.assertFalse(dialog.file)
        self.assertEqual(self.waiting.mapped("state"), ["failed"] * 2)

    def test_a_providers_letter_is_not_printed_here(self):
        self.use_provider()
        with self.assertRaisesRegex(UserError, "print queue"):
            self.waiting.with_user(self.clerk).action_print()

    def test_nothing_left_to_print_is_said(self):
        for invoice in self.invoices:
            self.pay(invoice)
        with self.assertRaisesRegex(UserError, "None of these letters"):
            self.dialog(self.waiting).action_print()


@tagged("post_install", "-at_install")
class TestPaper(LetterCommon):
    """What wkhtmltopdf really prints, measured in the PDF."""

    real_paper = True
    LONG = {
        "name": "Österreichische Donaudampfschifffahrtsgesellschaft für Übersee und Binnenverkehr mbH & Co. KG",
        "street": "Straße der Großherzogin Maximiliane-Wilhelmine von Mecklenburg 117a",
        "street2": "Hinterhaus, Aufgang C, 4. Obergeschoss",
        "city": "Schmedeswurtherwesterdeich",
    }

    def print_letter(self, layout, **address):
        self.use_provider("print", layout=layout)
        self.customer.write(address)
        letter = self.make_letter()
        pdf = letter._print_text(LAYOUTS[layout])
        return letter, pdf, words(pdf)

    def check_window(self, layout, **address):
        """Every word of the address lies in the window, and nothing else does."""
        letter, _pdf, found = self.print_letter(layout, **address)
        window = LAYOUTS[layout].window
        inside = [word for word in found if word.touches(window)]
        self.assertEqual("".join(word.text for word in inside), "".join(letter.address.split()))
        outside = [word for word in inside if not word.lies_in(LAYOUTS[layout].address)]
        self.assertFalse(outside)
        return found

    def test_a_short_address_in_form_a(self):
        self.check_window("din_a")

    def test_a_short_address_in_form_b(self):
        self.check_window("din_b")

    def test_a_short_address_in_a_no_10_envelope(self):
        self.check_window("us_10")

    def test_a_long_address_in_form_a(self):
        self.check_window("din_a", **self.LONG)

    def test_a_long_address_in_form_b(self):
        self.check_window("din_b", **self.LONG)

    def test_six_lines_in_a_no_10_envelope(self):
        self.check_window(
            "us_10",
            name="Wholesale Widgets & Warehousing of West Michigan",
            street="1600 Amphitheatre Parkway",
            street2="Building 12, Suite 4000",
            city="Mountain View",
            country_id=self.env.ref("base.us").id,
            state_id=self.env.ref("base.state_us_5").id,
            zip="94043",
        )

    def test_a_wide_picture_in_the_text_moves_nothing(self):
        """A browser shrinks a page that is too wide, the address with it."""
        self.cadence.step_ids.body = "<p><span style='display: inline-block; width: 3000px;'>Wide.</span></p>"
        self.check_window("din_b")

    def test_a_high_logo_moves_nothing(self):
        picture = io.BytesIO()
        Image.new("RGB", (300, 900), "black").save(picture, "PNG")
        self.company.logo = b64encode(picture.getvalue())
        for layout in LAYOUTS:
            with self.subTest(layout):
                self.check_window(layout)

    def test_the_queue_prints_it_with_the_invoice_behind(self):
        """R72."""
        letter = self.make_letter()
        self.run_queue()
        self.assertEqual((letter.state, letter.pages), ("queued", 2))
        found = words(letter.pdf_id.raw)
        self.assertTrue(any(word.lies_in(LAYOUTS["din_b"].address) for word in found))

    def test_the_sender_stands_in_the_line_above_the_address(self):
        _letter, _pdf, found = self.print_letter("din_b")
        inside = [word.text for word in found if word.touches(LAYOUTS["din_b"].sender)]
        self.assertEqual("".join(inside), "Firm·FirmRoad2·10115Berlin")

    def test_the_text_says_what_to_pay_and_how(self):
        """R72."""
        letter, _pdf, found = self.print_letter("din_b")
        said = [word.text for word in found if word.top > LAYOUTS["din_b"].window.bottom]
        for text in (letter.move_id.name, "100.00", "03/16/2026"):
            self.assertTrue(any(text in word for word in said), (text, said))
        link = "".join(said)
        self.assertIn(letter.move_id.access_token, link)

    def test_where_the_provider_prints_the_addresses_the_head_is_free(self):
        provider = self.use_provider("lob")
        letter = self.make_letter()
        found = words(letter._print_text(LAYOUTS[provider.layout]))
        self.assertGreater(min(word.top for word in found), LAYOUTS["us_10"].window.bottom)

    def test_an_address_that_does_not_fit_is_refused(self):
        """It was changed, or the envelope was, after it had been queued."""
        letter = self.make_letter()
        letter.address = "Long\n" * 40
        with self.assertRaises(paper.AddressTooLong):
            letter._make_paper()

    def test_every_page_has_the_letters_size(self):
        """The invoice's page of US letter behind a letter on A4."""
        pdf, pages = paper.stack([blank_pdf(), blank_pdf(1, 612, 792), blank_pdf(1, 842, 595)], (210, 297))
        boxes = [page.mediabox for page in PdfReader(io.BytesIO(pdf)).pages]
        sizes = {(round(box.width), round(box.height)) for box in boxes}
        self.assertEqual((pages, sizes), (3, {(595, 842)}))

    def test_an_unreadable_pdf_is_refused(self):
        with self.assertRaises(paper.PaperError):
            paper.stack([b"no pdf"], (210, 297))
