"""How many pages letters take, and how facts stand beside each other on them (R72)."""

import io

from odoo.tests import Form, tagged
from odoo.tools.pdf import PdfReader

from ...models.common import formats, paper
from ...models.dispatch import paper_parts
from ...models.engine.letter_layout import LAYOUTS
from ...models.letters import letter_pdf
from ..builders.builders import utc
from ..builders.letters import LetterCommon
from ..builders.papers import PaperCommon, text_of
from ..builders.payment_qr import PaymentQrMixin
from ..builders.pdf_words import words
from ..policy.test_shipped_texts import TONES, shipped_langs
from .test_formal_reminder import NUMBER

LATE = "2026-04-20 09:00"
CONSEQUENCE = "If the amount has not arrived by then, we stop our deliveries."
BENEFIT = "Whoever pays on time keeps the discount on deliveries of the next year."
# So many of the longest letters of a language are printed: the others are shorter.
LONGEST = 3


@tagged("post_install", "-at_install")
class TestLetterPages(PaymentQrMixin, PaperCommon, LetterCommon):
    """Printed by the program that the server uses."""

    real_paper = True

    def setUp(self):
        super().setUp()
        self.give_codes()
        bank = self.env["res.bank"].create({"name": "Berliner Sparkasse", "bic": "BYLADEM1001"})
        self.make_account(acc_holder_name="Example Trading and Logistics GmbH & Co. KG", bank_id=bank.id)
        self.company.write({"phone": "+49 30 5550 1234", "email": "accounting@firm.example", "vat": "DE123456788"})
        self.cadence.benefit = BENEFIT
        self.invoice = self.make_invoice(currency_id=self.setup_other_currency("EUR").id, amount=12345.67)
        self.pay(self.invoice, 345.67)

    def letter(self, layout, lang="en_US", template=None, **values):
        """What the paper of a letter says, the step's consequence and the way to pay with it."""
        provider = self.use_provider("print", layout=layout)
        told = {"trigger": "after_due", "days": 5, "hour": 9, "channel_letter": True, "consequence": CONSEQUENCE}
        if template:
            told["letter_template_id"] = template.id
        step = self.env["chasing.preview"]._step({**told, **values}, self.invoice)
        preview = self.env["chasing.channel.letter"].sudo()._preview(step, lang, utc(LATE))
        letter = (
            self.env["chasing.letter"]
            .sudo()
            .new({
                "company_id": self.company.id,
                "provider_id": provider.id,
                "lang": lang,
                "subject": preview.subject,
                "content": preview.body,
                "address": "Ann Lee\nMain Street 1\n10115 Berlin",
                "sender_line": "Firm · Firm Road 2 · 10115 Berlin",
            })
        )
        size, day = letter_pdf.paper_size(layout), formats.long_date(self.env, utc(LATE).date(), lang)
        values = {"date": day, **letter_pdf.text_values(letter)}
        return paper_parts.html(self.env, "invoice_chasing.letter_document", size, lang, values)

    def pages(self, layout, letters):
        """The text of each page of each of these letters."""
        pdfs, broken = paper.print_many(paper.printer(self.env, letter_pdf.paper_size(layout)), letters)
        self.assertFalse(broken)
        files = [PdfReader(io.BytesIO(pdfs[place])) for place in range(len(letters))]
        return [[page.extract_text() for page in file.pages] for file in files]

    def test_every_shipped_letter_fits_one_page(self):
        """R72: in every language, with all there is to say of how to pay, what paying brings and what follows."""
        langs = shipped_langs()
        for lang in langs:
            self.env["res.lang"]._activate_lang(lang)
        self.env["ir.module.module"].sudo()._load_module_terms(["invoice_chasing"], langs)
        lines = self.env["chasing.tone.line"].union(
            *(self.env.ref(f"invoice_chasing.chasing_tone_{tone}").line_ids for tone in TONES)
        )
        templates = lines.letter_template_id.sudo()
        for layout in ("din_b", "us_10"):
            letters = []
            for lang in langs:
                longest = templates.with_context(lang=lang).sorted(lambda one: -len(str(one.body_html)))[:LONGEST]
                letters += [self.letter(layout, lang, template) for template in longest]
            for letter, pages in zip(letters, self.pages(layout, letters), strict=True):
                self.assertIn("BYLADEM1001", letter)
                self.assertIn("data:image/png", letter)
                self.assertIn(BENEFIT, letter)
                with self.subTest(layout, letter=pages[0][:400]):
                    self.assertEqual(len(pages), 1)

    def test_no_page_has_the_closing_alone(self):
        """R72: a letter of two pages, however long its text is, has the way to pay beside its closing."""
        letters = [self.letter("us_10", subject="Late", body="<p>Words.</p>" * count) for count in range(4, 40, 2)]
        counts = set()
        for pages in self.pages("us_10", letters):
            counts.add(len(pages))
            self.assertIn("Kind regards,", pages[-1])
            self.assertIn("BYLADEM1001", pages[-1])
            self.assertTrue(all(page.strip() for page in pages))
        self.assertEqual(counts, {1, 2})

    def test_a_long_number_stays_on_the_page(self):
        """R72: whatever the direction."""
        self.env["res.lang"]._activate_lang("ar_001")
        self.invoice.sudo().name = NUMBER
        layout = LAYOUTS["us_10"]
        for lang in ("en_US", "ar_001"):
            letter = self.letter("us_10", lang, subject="Late", body="<p>Late.</p>")
            pdf = paper.print_html(paper.printer(self.env, "us"), letter)
            with self.subTest(lang):
                self.assertIn(NUMBER, "".join(text_of(pdf).split()))
                found = words(pdf)
                self.assertGreaterEqual(min(word.left for word in found), layout.margin[0] - 0.3)
                self.assertLessEqual(max(word.right for word in found), layout.page[0] - layout.margin[2] + 0.3)

    def test_columns_do_not_touch_from_right_to_left(self):
        """R65: in e-mails' conversation neither."""
        self.env["res.lang"]._activate_lang("ar_001")
        step = self.env["chasing.preview"]._step({"subject": "Late", "body": "<p>Late.</p>"}, self.invoice)
        for code in ("letter", "email"):
            channel = self.env[f"chasing.channel.{code}"].sudo()
            for lang, near, far in (("ar_001", "left", "right"), ("en_US", "right", "left")):
                said = self.env["chasing.message"]._compose(channel, step, lang, utc(LATE))[step].content
                with self.subTest(code, lang=lang):
                    self.assertIn(f"padding-{near}: ", said)
                    self.assertNotIn(f"padding-{far}: ", said)

    def test_the_preview_is_set_as_the_paper_is(self):
        """R75."""
        step = self.env["chasing.preview"]._step({"subject": "Late", "body": "<p>Late.</p>"}, self.invoice)
        preview = self.env["chasing.channel.letter"].sudo()._preview(step, "en_US", utc(LATE))
        self.assertTrue(preview.body.startswith(f'<div style="font-family: {paper_parts.FONT};">'))
        self.assertIn(f"1.3 {paper_parts.FONT};", self.letter("din_b"))


@tagged("post_install", "-at_install")
class TestTitleOfFinalNotice(LetterCommon):
    def test_a_final_notice_is_called_so(self):
        """R79: until a person chooses another title; what was chosen stays."""
        line = Form(self.env["chasing.cadence.step"].with_context(default_cadence_id=self.cadence.id))
        self.assertEqual(line.formal_level, "reminder")
        line.is_final = True
        self.assertEqual(line.formal_level, "final")
        line.formal_level = "second"
        line.document = "both"
        self.assertEqual(line.formal_level, "second")

    def test_a_chosen_title_stays(self):
        """R79."""
        line = Form(self.env["chasing.cadence.step"].with_context(default_cadence_id=self.cadence.id))
        line.document = "formal"
        line.formal_level = "first"
        line.is_final = True
        self.assertEqual(line.formal_level, "first")

    def test_a_title_chosen_before_stays_where_more_is_attached(self):
        """R79."""
        self.cadence.step_ids[1].write({"is_final": True, "document": "formal"})
        line = Form(self.cadence.step_ids[1])
        line.document = "both"
        self.assertEqual(line.formal_level, "reminder")

    def test_one_that_is_none_any_more_is_called_as_usual(self):
        """R79."""
        self.cadence.step_ids[1].write({"is_final": True, "formal_level": "final"})
        line = Form(self.cadence.step_ids[1])
        line.is_final = False
        self.assertEqual(line.formal_level, "reminder")
