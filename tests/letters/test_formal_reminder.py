import io
from dataclasses import replace
from datetime import date
from itertools import combinations

from odoo.addons.base.models import ir_actions_report
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfReader

from ...models.common import formats
from ...models.dispatch import formal_reminder, message_facts, message_files
from ...models.letters import letter_pdf
from ..builders import pdf_words
from ..builders.letters import LetterCommon
from ..builders.papers import PaperCommon, text_of
from ..builders.printers import OtherPrinter

LOGGER = "odoo.addons.invoice_chasing.models.dispatch.chasing_formal_reminder"
# As long as a number may be, and without a place to break.
NUMBER = "RECHNUNG2026GROSSKUNDENSUEDWEST000000001"
FORMAL = {
    "trigger": "after_due",
    "days": 5,
    "hour": 14,
    "channel_email": True,
    "document": "formal",
    "formal_level": "second",
    "pay_by_days": 10,
    "consequence": "We will charge interest.",
}


def shrunk(word):
    """The box of a word without what its line has above and below."""
    height = word.bottom - word.top
    return replace(word, top=word.top + height / 4, bottom=word.bottom - height / 4)


class FormalCommon(PaperCommon, LetterCommon):
    """An invoice of 2 March, due 16 March, is sent on 2 March; on 21 March at 14 its second reminder is formal."""

    def make_formal(self, first=None, amount=100.0, **values):
        steps = [{"trigger": "on_issue", "hour": 9, "channel_email": True}, {**FORMAL, **values}]
        if not self.company.bank_ids:
            self.make_account()
        return self.make_invoice(steps=[{**steps[0], **(first or {})}, steps[1]], amount=amount)

    def formal(self, invoice):
        return self.step(invoice, "after_due").sudo()

    def formal_for_two(self):
        """An invoice whose formal reminder of 21 March waits in Odoo's queue for each of two recipients."""
        other = self.make_customer("Bo", "bo@customer.example", parent_id=self.customer.id)
        invoice = self.make_formal()
        self.formal(invoice).to_ids = self.customer | other
        self.at("2026-03-02 09:00")
        self.deliver()
        self.at("2026-03-21 14:00")
        return invoice


@tagged("post_install", "-at_install")
class TestFormalReminder(FormalCommon):
    def test_it_goes_instead_of_the_invoice(self):
        """R79: and its name is its title."""
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.deliver()
        [message] = self.at_sent("2026-03-21 14:00")
        self.assertEqual(self.brought(message), [f"Second reminder {invoice.name.replace('/', '-')}.pdf"])

    def test_it_goes_with_the_invoice_which_is_a_copy(self):
        """R79."""
        invoice = self.make_formal(document="both")
        self.at("2026-03-02 09:00")
        self.deliver()
        [message] = self.at_sent("2026-03-21 14:00")
        name = invoice.name.replace("/", "_")
        self.assertCountEqual(
            self.brought(message),
            [f"Second reminder {invoice.name.replace('/', '-')}.pdf", f"{name} (Copy).pdf"],
        )

    def test_what_it_says(self):
        """R79: title, reference, items, what is asked, until when, and what follows."""
        self.make_formal(amount=1234.5)
        self.at("2026-03-02 09:00")
        self.deliver()
        self.at("2026-03-21 14:00")
        [html] = self.printed
        for said in (
            "Second reminder",
            "Reference: INV/2026/00001-2",
            "1,234.50",
            "5 days",
            "by 31 Mar 2026",
            "We will charge interest.",
            "Firm Holder Ltd",
            "DE75",
            "Kind regards,",
        ):
            self.assertIn(said, html.replace("\xa0", " "))

    def test_where_nothing_is_late_the_invoice_goes(self):
        """R79: there is nothing to remind of."""
        self.make_formal(trigger="before_due", days=3, hour=10)
        self.at("2026-03-02 09:00")
        self.deliver()
        [message] = self.at_sent("2026-03-13 10:00")
        self.assertFalse(any("reminder" in name for name in self.brought(message)))
        self.assertFalse(self.printed)

    def test_the_first_message_brings_the_invoice_however_late_it_is(self):
        """R79."""
        self.make_account()
        invoice = self.make_invoice(steps=[FORMAL])
        [message] = self.at_sent("2026-03-21 14:00")
        self.assertEqual(self.brought(message), [f"{invoice.name.replace('/', '_')}.pdf"])

    def test_a_step_that_brings_the_invoice_alone_prints_nothing(self):
        self.make_formal(document="invoice")
        self.at("2026-03-02 09:00")
        self.deliver()
        self.at("2026-03-21 14:00")
        self.assertFalse(self.printed)

    def test_it_is_printed_once(self):
        """R73: before anything is locked; the claim takes it."""
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.set_clock("2026-03-21 14:00")
        self.env["chasing.message.files"].sudo()._prepare_due(invoice.chasing_schedule_ids.sudo(), self.now)
        self.at("2026-03-21 14:00")
        self.assertEqual(len(self.printed), 1)
        self.assertEqual(self.formal(invoice).state, "under_way")

    def test_one_that_is_not_made_yet_waits_for_the_next_run(self):
        """R81: nothing is printed under the lock, and nothing leaves without it."""
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.deliver()
        files = self.env.registry["chasing.message.files"]
        prepare = files._prepare_due
        self.patch(files, "_prepare_due", lambda *_args: None)
        self.at("2026-03-21 14:00")
        [delivery] = self.formal(invoice).delivery_ids
        self.assertEqual((delivery.state, delivery.leaves_at, self.printed), ("queued", self.now, []))
        self.patch(files, "_prepare_due", prepare)
        [message] = self.at_sent("2026-03-21 14:01")
        self.assertEqual(len(self.brought(message)), 1)
        self.assertEqual(len(self.printed), 1)

    def test_paid_while_it_waits_it_does_not_go(self):
        """R33."""
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.deliver()
        self.patch(self.env.registry["chasing.message.files"], "_prepare_due", lambda *_args: None)
        self.at("2026-03-21 14:00")
        self.pay(invoice)
        self.assertFalse(self.at_sent("2026-03-21 14:01"))
        self.assertEqual(self.formal(invoice).delivery_ids.state, "cancelled")

    def test_what_has_changed_since_it_was_made_has_it_made_anew(self):
        """R72: the amount is that of the moment of sending."""
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.set_clock("2026-03-21 14:00")
        self.env["chasing.message.files"].sudo()._prepare_due(invoice.chasing_schedule_ids.sudo(), self.now)
        self.pay(invoice, 40)
        self.env["chasing.message.files"].sudo()._prepare(self.formal(invoice), self.now)
        self.assertIn("60.00", self.printed[-1])
        self.assertEqual(len(self.printed), 2)
        self.assertEqual(
            len(self.env["ir.attachment"].sudo().search([("res_model", "=", "chasing.formal.reminder")])), 1
        )

    def test_one_that_cannot_be_made_fails_alone_with_its_reason(self):
        """R82, R85."""
        bad, good = self.make_formal(), self.make_formal()
        self.at("2026-03-02 09:00")
        self.deliver()
        html = formal_reminder.html

        def breaking(step, *args):
            if step.move_id == bad:
                raise ValueError("No such font.")
            return html(step, *args)

        self.patch(formal_reminder, "html", breaking)
        with mute_logger(LOGGER):
            messages = self.at_sent("2026-03-21 14:00")
        self.assertEqual(len(messages), 1)
        self.assertEqual((self.formal(bad).state, self.formal(bad).reason_code), ("failed", "pdf_failed"))
        self.assertIn("No such font.", self.formal(bad).reason)
        self.assertEqual(self.formal(good).state, "sent")

    def test_one_over_which_a_process_died_fails_and_does_not_keep_others(self):
        """R81."""
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.set_clock("2026-03-21 14:00")
        reminders = self.env["chasing.formal.reminder"].sudo()
        step = self.formal(invoice)
        reminders._begin({(step.id, "en_US"): formal_reminder.made_for(step, "en_US", self.now)}, self.now)
        self.at("2026-03-21 14:00")
        self.assertEqual(step.delivery_ids.state, "queued")
        self.at("2026-03-21 14:16")
        self.assertEqual((step.state, step.reason_code), ("failed", "pdf_failed"))
        self.assertFalse(self.printed)

    def test_a_retry_makes_one_that_failed_anew(self):
        """R84: on another day."""
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.deliver()
        html = formal_reminder.html
        with mute_logger(LOGGER), self.subTest("broken"):
            self.patch(formal_reminder, "html", lambda *_args: 1 / 0)
            self.at("2026-03-21 14:00")
        self.patch(formal_reminder, "html", html)
        self.set_clock("2026-03-22 10:00")
        self.formal(invoice).action_retry()
        self.assertEqual(len(self.deliver()), 1)

    def test_it_lives_with_the_invoice_once_it_goes(self):
        """R91: whoever reads the conversation reads it; one that nobody took is nobody's."""
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.at("2026-03-21 14:00")
        [file] = self.formal(invoice).delivery_ids.mail_message_id.attachment_ids
        self.assertEqual((file.res_model, file.res_id), ("account.move", invoice.id))
        self.env["chasing.formal.reminder"].sudo().search([]).unlink()
        self.assertTrue(file.exists())

    def test_no_two_messages_have_the_same_reference(self):
        """R79: and it stays what it was."""
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        step = self.formal(invoice)
        self.assertEqual(formal_reminder.reference(step), f"{invoice.name}-2")
        self.at("2026-03-21 14:00")
        self.assertEqual(formal_reminder.reference(step), f"{invoice.name}-2")
        first = self.step(invoice, "on_issue").sudo()
        self.assertEqual(formal_reminder.reference(first), f"{invoice.name}-1")

    def test_it_is_in_the_recipients_language(self):
        """R65, R79."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        self.make_formal()
        self.at("2026-03-02 09:00")
        self.deliver()
        self.at("2026-03-21 14:00")
        self.assertIn('lang="fr_FR"', self.printed[0])
        self.assertIn("31 mars 2026", self.printed[0])

    def test_until_when_is_counted_from_the_day_of_sending(self):
        """R79."""
        step = self.formal(self.make_formal())
        self.assertEqual(formal_reminder.pay_by(step, self.now), date(2026, 3, 12))

    def test_open_instalments_stand_there_one_by_one(self):
        """R7, R79."""
        invoice = self.make_formal()
        term = self.env["account.payment.term"].create({
            "name": "Halves",
            "line_ids": [
                (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 0}),
                (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 30}),
            ],
        })
        halves = self.make_invoice(invoice_payment_term_id=term.id, due=False, steps=[FORMAL])
        self.set_clock("2026-03-21 14:00")
        [late] = formal_reminder._items(halves)
        self.assertEqual((late.lateness, late.original, late.settled), ("19 days", late.open, ""))
        [whole] = formal_reminder._items(invoice)
        self.assertEqual(whole.due, "16 Mar 2026")

    def test_what_is_listed_adds_up_to_what_is_asked_for(self):
        """R7, R79: instalments that are not due yet are told apart."""
        term = self.env["account.payment.term"].create({
            "name": "Thirds",
            "line_ids": [
                (0, 0, {"value": "percent", "value_amount": 30, "nb_days": 0}),
                (0, 0, {"value": "percent", "value_amount": 30, "nb_days": 10}),
                (0, 0, {"value": "percent", "value_amount": 40, "nb_days": 30}),
            ],
        })
        thirds = self.make_invoice(invoice_payment_term_id=term.id, due=False, steps=[FORMAL])
        self.pay(thirds, 10)
        self.set_clock("2026-03-21 14:00")
        step = self.formal(thirds)
        items = [(item.original, item.settled, item.open) for item in formal_reminder._items(thirds)]
        self.assertEqual(self.plain(items), [("$ 30.00", "$ 10.00", "$ 20.00"), ("$ 30.00", "", "$ 30.00")])
        said = self.plain(formal_reminder.html(step, "en_US", self.now))
        self.assertIn("Please pay $ 50.00 by", said)
        self.assertIn("Not due yet", said)
        [coming] = formal_reminder._coming(thirds, message_facts.facts(step, "en_US", self.now))
        self.assertEqual(self.plain(tuple(coming)), ("Due on 1 Apr 2026", "$ 40.00"))

    def test_where_all_is_due_nothing_is_not(self):
        """R79: and nothing is said of what was paid where nothing was."""
        step = self.formal(self.make_formal())
        self.set_clock("2026-03-21 14:00")
        said = formal_reminder.html(step, "en_US", self.now)
        self.assertNotIn("Not due yet", said)
        self.assertNotIn("Paid or credited", said)
        self.pay(step.move_id, 40)
        self.assertIn("Paid or credited", formal_reminder.html(step, "en_US", self.now))

    def plain(self, said):
        if isinstance(said, str):
            return said.replace("\xa0", " ")
        return type(said)(self.plain(one) for one in said)


@tagged("post_install", "-at_install")
class TestFormalReminderOnPaper(FormalCommon):
    """R79: printed by the real program."""

    real_paper = True

    def test_its_page_says_all_of_it_and_its_number(self):
        invoice = self.make_formal(document="both")
        self.at("2026-03-02 09:00")
        self.deliver()
        self.at("2026-03-21 14:00")
        files = self.formal(invoice).delivery_ids.mail_message_id.attachment_ids
        pdf = files.filtered(lambda file: "reminder" in file.name).raw
        said = text_of(pdf)
        for words in ("Second reminder", "-2", "31 Mar 2026", "DE75", "Page 1 of 1"):
            self.assertIn(words, said)

    def test_every_amount_is_whole_however_long_it_is(self):
        """R79: with the longest sign of a currency, a long number, and words of other languages."""
        currencies = self.env["res.currency"].with_context(active_test=False).search([])
        currency = self.setup_other_currency("EUR")
        # Others are read from right to left: a PDF does not keep the order of their letters.
        currency.symbol = max(filter(str.isascii, currencies.mapped("symbol")), key=len)
        self.make_account()
        invoice = self.make_invoice(steps=[FORMAL], currency_id=currency.id, amount=999999999999.99)
        self.pay(invoice, 111111111111.11)
        invoice.sudo().name = NUMBER
        langs = ["en_US", "de_DE", "fr_FR"]
        for lang in langs:
            self.env["res.lang"]._activate_lang(lang)
        self.env["ir.module.module"].sudo()._load_module_terms(["invoice_chasing"], langs)
        self.set_clock("2026-09-30 14:00")
        for lang in langs:
            pdf = formal_reminder.printed(self.formal(invoice), lang, self.now)
            found, said = pdf_words.words(pdf), "".join(text_of(pdf).split())
            with self.subTest(lang):
                for amount in (999999999999.99, 111111111111.11, 888888888888.88):
                    shown = formats.amount(self.env(context={"lang": lang}), amount, currency)
                    self.assertIn("".join(shown.split()), said)
                self.assertIn(NUMBER, said)
                for day in (date(2026, 3, 2), date(2026, 3, 16)):
                    self.assertIn("".join(formats.long_date(self.env, day, lang).split()), said)
                self.assertLessEqual(max(word.right for word in found), 190.3)
                self.assertGreaterEqual(min(word.left for word in found), 24.7)
                for one, other in combinations(found, 2):
                    self.assertFalse(one.touches(shrunk(other)), f"{one} lies over {other}")

    def test_nothing_of_it_is_cut(self):
        """R79: what is too wide makes the page smaller."""
        invoice = self.make_formal()
        self.set_clock("2026-03-21 14:00")
        said = formal_reminder.html(self.formal(invoice), "en_US", self.now)
        self.assertNotRegex(said, r'class="[^"]*cut')
        self.assertNotRegex(said.partition("<body")[2], "overflow")

    def test_a_letter_has_its_text_then_the_reminder_then_the_copy(self):
        """R79: each numbered on its own; dated and computed on the day of printing."""
        self.make_account()
        by_letter = {"channel_email": False, "channel_letter": True}
        first = {"trigger": "on_issue", "hour": 9, "channel_email": True}
        invoice = self.make_invoice(steps=[first, {**FORMAL, "document": "both", **by_letter}])
        self.at("2026-03-02 09:00")
        self.deliver()
        self.at("2026-03-21 14:00")
        letter = self.letters(invoice)
        self.run_queue("2026-03-24 10:00")
        pdf = letter.pdf_id.raw
        self.assertEqual(letter.pages, 3)
        self.assertIn("Page 1 of 1", text_of(pdf, 0))
        self.assertIn("Kind regards,", text_of(pdf, 0))
        for words in ("Second reminder", "3 Apr 2026", "8 days", "Ann Lee", "Page 1 of 1"):
            self.assertIn(words, text_of(pdf, 1))
        self.assertIn("Copy", text_of(pdf, 2))

    def test_no_token_of_the_page_stands_on_paper(self):
        """R92c: by e-mail and by letter."""
        self.make_account()
        first = {"trigger": "on_issue", "hour": 9, "channel_email": True}
        formal = {**FORMAL, "channel_letter": True, "consequence": "See {{ object.chasing_link }}."}
        invoice = self.make_invoice(steps=[first, formal])
        self.at("2026-03-02 09:00")
        self.deliver()
        self.at("2026-03-21 14:00")
        self.run_queue("2026-03-21 15:00")
        mailed = self.formal(invoice).delivery_ids.filtered(lambda one: one.channel == "email").mail_message_id
        papers = [text_of(mailed.attachment_ids.raw), text_of(self.letters(invoice).pdf_id.raw, 1)]
        for said in papers:
            self.assertIn(f"/my/invoices/{invoice.id}.", said)
            self.assertNotIn("token", said)
            self.assertNotIn(invoice.sudo().access_token[:8], said)

    def test_the_first_letter_says_no_copy(self):
        """R79."""
        letter = self.make_letter()
        self.run_queue("2026-03-05 10:00")
        self.assertNotIn("Copy", text_of(letter.pdf_id.raw))

    def test_a_long_letter_is_numbered_to_its_end(self):
        self.cadence.step_ids.body = "<p>Words.</p>" * 120
        letter = self.make_letter()
        pdf = letter_pdf.print_text(letter)
        pages = len(PdfReader(io.BytesIO(pdf)).pages)
        self.assertGreater(pages, 2)
        for page in range(pages):
            self.assertIn(f"Page {page + 1} of {pages}", text_of(pdf, page))


@tagged("post_install", "-at_install")
class TestFormalReminderOfOtherPrinter(OtherPrinter, TestFormalReminderOnPaper):
    allow_inherited_tests_method = True

    def test_it_is_another_program(self):
        self.assertNotEqual(ir_actions_report._wkhtml().bin, self.usual.bin)


@tagged("post_install", "-at_install")
class TestWanted(FormalCommon):
    def test_what_was_sent_before_is_a_copy(self):
        """R79: whoever sent it; what a retry repeats is none."""
        invoice = self.make_formal()
        first, second = self.step(invoice, "on_issue").sudo(), self.formal(invoice)
        self.assertFalse(message_files.is_repeated(first, self.now))
        self.at("2026-03-02 09:00")
        self.assertFalse(message_files.is_repeated(first, self.now))
        self.assertFalse(message_files.is_repeated(second, self.now))
        self.set_clock("2026-03-02 09:05")
        self.assertTrue(message_files.is_repeated(second, self.now))
        self.deliver()
        self.assertFalse(message_files.is_repeated(first, self.now))
        self.assertTrue(message_files.is_repeated(second, self.now))

    def test_what_was_marked_as_sent_is_a_copy(self):
        """R9, R79."""
        invoice = self.make_formal()
        invoice.chasing_schedule_ids.action_mark_sent()
        self.set_clock("2026-03-21 14:00")
        self.assertTrue(message_files.is_repeated(self.formal(invoice), self.now))

    def test_official_pages_stay_as_they_are(self):
        """R79: the copy is another file."""
        invoice = self.make_formal(document="both")
        self.at("2026-03-02 09:00")
        self.deliver()
        official = invoice._chasing_pdfs()[invoice.id]
        before = self.env["ir.attachment"].sudo().browse(official).raw
        self.at("2026-03-21 14:00")
        self.assertEqual(self.env["ir.attachment"].sudo().browse(official).raw, before)
