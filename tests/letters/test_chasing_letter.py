from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ...models.common import paper
from ...models.engine.transitions import IllegalMove
from ..builders.letters import LetterCommon, blank_pdf


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
        self.assertIn(f"remove these sheets: Ann Lee ({self.invoices[0].name})", said["message"])
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

    def test_what_the_printing_program_says_is_for_administrators(self):
        """Where its files lie on the server is nobody else's business."""
        self.paper_of = self.broken
        dialog = self.dialog(self.waiting)
        with self.assertLogs("odoo.addons.invoice_chasing.models.letters.chasing_letter", "WARNING"):
            dialog.action_print()
        self.assertEqual(set(self.waiting.mapped("failure_code")), {"pdf_failed"})
        self.assertFalse(any(self.waiting.mapped("failure_detail")))
        self.assertNotIn("/tmp/", dialog.left_out_text)

    def broken(self, letter):
        raise paper.PaperError("Exit with code 1: cannot write to /tmp/report/body.html")

    def too_long(self, letter):
        raise paper.AddressTooLong("shorten it")

    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_a_letter_that_cannot_be_written_anew_does_not_keep_the_others(self):
        """R72, R82: part of it was paid, and the text breaks on what is left."""
        self.tone_line("new").letter_template_id.body_html = "<p t-out='1 / (object.amount_residual != 40)'/>"
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
