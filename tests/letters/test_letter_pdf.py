import io
from base64 import b64encode

from PIL import Image

from odoo.addons.base.models import ir_actions_report
from odoo.tests import tagged
from odoo.tools.pdf import PdfReader

from ...models.common import paper
from ...models.engine.letter_layout import LAYOUTS
from ...models.letters import letter_pdf
from ..builders.letters import LetterCommon, blank_pdf
from ..builders.pdf_words import words
from ..builders.printers import OtherPrinter


@tagged("post_install", "-at_install")
class TestLetterPdf(LetterCommon):
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
        pdf = letter_pdf.print_text(letter)
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
        for text in (letter.move_id.name, "100.00", "16 Mar 2026"):
            self.assertIn(text, " ".join(said))
        self.assertIn(f"/my/invoices/{letter.move_id.id}", self.unshortened("".join(said)))

    def test_where_the_provider_prints_the_addresses_the_head_is_free(self):
        self.use_provider("lob")
        found = words(letter_pdf.print_text(self.make_letter()))
        self.assertGreater(min(word.top for word in found), LAYOUTS["us_10"].window.bottom)

    def test_an_address_that_does_not_fit_is_refused(self):
        """It was changed, or the envelope was, after it had been queued."""
        letter = self.make_letter()
        letter.address = "Long\n" * 40
        with self.assertRaises(paper.AddressTooLong):
            letter_pdf.build(letter)

    def test_every_page_has_the_letters_size(self):
        """The invoice's page of US letter behind a letter on A4."""
        pdf, pages = paper.stack([blank_pdf(), blank_pdf(1, 612, 792), blank_pdf(1, 842, 595)], (210, 297))
        boxes = [page.mediabox for page in PdfReader(io.BytesIO(pdf)).pages]
        sizes = {(round(box.width), round(box.height)) for box in boxes}
        self.assertEqual((pages, sizes), (3, {(595, 842)}))

    def test_an_unreadable_pdf_is_refused(self):
        with self.assertRaises(paper.PaperError):
            paper.stack([b"no pdf"], (210, 297))


@tagged("post_install", "-at_install")
class TestLetterPdfOfOtherPrinter(OtherPrinter, TestLetterPdf):
    """R89: a letter fits its envelope whether or not the program has the Qt that Odoo wants."""

    allow_inherited_tests_method = True

    def test_it_is_another_program(self):
        self.assertNotEqual(ir_actions_report._wkhtml().bin, self.usual.bin)
