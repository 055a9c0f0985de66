import io

from odoo.tests import tagged
from odoo.tools.pdf import OdooPdfFileReader, OdooPdfFileWriter, PdfReader, generic

from ...models.common import stamps
from ...models.dispatch import document_stamp
from ..builders.builders import ChasingCommon
from ..builders.letters import blank_pdf
from ..builders.papers import text_of


def embedding(pdf, name, content):
    """A PDF with a file embedded, as Odoo embeds an e-invoice, and turned into PDF/A."""
    writer = OdooPdfFileWriter()
    writer.cloneReaderDocumentRoot(OdooPdfFileReader(io.BytesIO(pdf), strict=False))
    writer.add_attachment(name, content, subtype="text/xml")
    with io.BytesIO() as buffer:
        writer.write(buffer)
        return buffer.getvalue()


def signed(pdf):
    writer = OdooPdfFileWriter()
    writer.cloneReaderDocumentRoot(OdooPdfFileReader(io.BytesIO(pdf), strict=False))
    form = generic.DictionaryObject({generic.NameObject("/SigFlags"): generic.NumberObject(3)})
    writer._root_object[generic.NameObject("/AcroForm")] = form
    with io.BytesIO() as buffer:
        writer.write(buffer)
        return buffer.getvalue()


@tagged("post_install", "-at_install")
class TestDocumentStamp(ChasingCommon):
    def test_every_page_says_so(self):
        """R79."""
        stamped = document_stamp.copy_of(blank_pdf(3), "Kopie")
        self.assertEqual([text_of(stamped, number) for number in range(3)], ["Kopie"] * 3)

    def test_a_turned_page_is_read_upright(self):
        writer = OdooPdfFileWriter()
        for page in PdfReader(io.BytesIO(blank_pdf())).pages:
            page[generic.NameObject("/Rotate")] = generic.NumberObject(90)
            writer.addPage(page)
        with io.BytesIO() as buffer:
            writer.write(buffer)
            stamped = document_stamp.copy_of(buffer.getvalue(), "Copy")
        [page] = PdfReader(io.BytesIO(stamped)).pages
        drawn = b"".join(part.get_object().get_data() for part in page["/Contents"])
        self.assertIn(b"0.000 1.000 -1.000 0.000 595.000 0.000 cm", drawn)

    def test_what_is_embedded_survives(self):
        """R79: an e-invoice above all."""
        pdf = embedding(blank_pdf(), "factur-x.xml", b"<Invoice/>")
        stamped = document_stamp.copy_of(pdf, "Copy")
        found = list(OdooPdfFileReader(io.BytesIO(stamped), strict=False).getAttachments())
        self.assertEqual(found, [("factur-x.xml", b"<Invoice/>")])

    def test_a_signed_one_is_not_touched(self):
        """R79: its signature would not hold."""
        self.assertIsNone(document_stamp.copy_of(signed(blank_pdf()), "Copy"))

    def test_what_cannot_be_read_has_no_copy(self):
        for harmful in (b"", b"no pdf", b"%PDF-1.4 fake", blank_pdf()[:200]):
            with self.subTest(harmful):
                self.assertIsNone(document_stamp.copy_of(harmful, "Copy"))

    def test_a_word_that_the_font_lacks_is_english(self):
        self.assertFalse(stamps.can_write("副本"))
        self.assertEqual(text_of(document_stamp.copy_of(blank_pdf(), "副本")), "Copy")


@tagged("post_install", "-at_install")
class TestDocumentCopy(ChasingCommon):
    def give_pdf(self, invoices, content=None):
        return super().give_pdf(invoices, content or blank_pdf())

    def files(self, message):
        return [(part.get_filename(), part.get_content()) for part in message.iter_attachments()]

    def test_the_first_send_brings_the_official_one_and_the_next_a_copy(self):
        """R79: made once."""
        invoice = self.make_invoice()
        [first] = self.at_sent("2026-03-02 09:00")
        name = invoice.name.replace("/", "_")
        self.assertEqual(self.files(first), [(f"{name}.pdf", blank_pdf())])
        [second] = self.at_sent("2026-03-13 10:00")
        [(file, pdf)] = self.files(second)
        self.assertEqual((file, text_of(pdf)), (f"{name} (Copy).pdf", "Copy"))
        [third] = self.at_sent("2026-03-21 14:00")
        self.assertEqual(self.files(third), self.files(second))
        self.assertEqual(self.env["chasing.document.copy"].sudo().search_count([("move_id", "=", invoice.id)]), 1)

    def test_another_official_one_gets_another_copy(self):
        invoice = self.make_invoice()
        copies = self.env["chasing.document.copy"].sudo()
        self.at("2026-03-02 09:00")
        copies._make([(invoice, "en_US")])
        before = copies._ready(invoice)
        self.env["ir.attachment"].sudo().browse(invoice._chasing_pdfs()[invoice.id]).raw = blank_pdf(2)
        self.assertFalse(copies._ready(invoice))
        copies._make([(invoice, "en_US")])
        self.assertNotEqual(copies._ready(invoice), before)
        copies._make([(invoice, "en_US")])
        self.assertEqual(copies.search_count([("move_id", "=", invoice.id)]), 1)

    def test_one_that_cannot_be_stamped_goes_as_it_is(self):
        """R79: nobody is kept waiting for it."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.deliver()
        self.env["ir.attachment"].sudo().browse(invoice._chasing_pdfs()[invoice.id]).raw = b"%PDF-1.4 fake"
        [message] = self.at_sent("2026-03-13 10:00")
        self.assertEqual(self.files(message)[0][0], f"{invoice.name.replace('/', '_')}.pdf")

    def test_another_language_has_a_copy_of_its_own(self):
        """R65, R79: it is made by the next run, with nothing locked."""
        self.env["res.lang"]._activate_lang("fr_FR")
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.deliver()
        self.make_customer("Bob", "bob@customer.example", type="invoice", parent_id=self.customer.id, lang="fr_FR")
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        self.assertEqual(len(self.at_sent("2026-03-13 10:01")), 1)
        copies = self.env["chasing.document.copy"].sudo().search([("move_id", "=", invoice.id)])
        self.assertEqual(set(copies.mapped("lang")), {"en_US", "fr_FR"})

    def test_copies_of_many_cost_no_query_each(self):
        """R80."""
        invoices = self.make_invoices(4)
        self.at("2026-03-02 09:00")
        copies = self.env["chasing.document.copy"].sudo()
        copies._make([(invoice, "en_US") for invoice in invoices])
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(4):
            copies._ready(invoices)
