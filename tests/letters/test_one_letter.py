"""One letter or SMS as a person wants it: R74."""

from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..builders.letters import ADDRESS, LetterCommon


@tagged("post_install", "-at_install")
class TestOneLetter(LetterCommon):
    def letter_with(self, **values):
        """The letter of an invoice whose step a person has given these values."""
        invoice = self.make_invoice()
        self.steps(invoice)[0].sudo().write(values)
        self.at("2026-03-02 09:00")
        return self.deliveries(invoice).letter_id

    def test_it_goes_to_whom_a_person_chose(self):
        """R74: to contacts alone, for what is entered is an e-mail address."""
        eve = self.make_customer("Eve", False, **ADDRESS, country_id=self.customer.country_id.id)
        letter = self.letter_with(to_ids=eve.ids, to_emails="dan@other.example")
        self.assertEqual(letter.mapped("partner_id"), eve)
        invoice = self.make_invoice()
        self.steps(invoice)[0].sudo().to_emails = "dan@other.example"
        self.at("2026-03-02 09:00")
        self.assertEqual(self.steps(invoice)[0].reason_code, "no_recipient")

    def test_its_pdfs_are_enclosed(self):
        """R72, R74: as those of a template are."""
        files = self.env["ir.attachment"].create([
            {"name": "Terms.pdf", "raw": b"%PDF-1.4 terms"},
            {"name": "Sheet.csv", "raw": b"a,b"},
        ])
        letter = self.letter_with(attachment_ids=files.ids)
        self.assertEqual(letter.enclosure_ids, files[0])

    def test_without_a_button_its_text_names_no_link(self):
        """R74."""
        self.assertIn("/my/invoices/", html2plaintext(self.letter_with().content))
        self.assertNotIn("/my/invoices/", html2plaintext(self.letter_with(button_target="none").content))
