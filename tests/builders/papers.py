"""Builders for the tests of what is printed: an account to pay to, the text of a PDF, paper without wkhtmltopdf."""

import io

from odoo.tools.pdf import PdfReader

from ...models.common import paper
from .letters import blank_pdf

IBAN = "DE75512108001245126199"


def text_of(pdf, number=None):
    """What stands on one page of a PDF, or on all, blanks and line ends as one blank."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in (pages if number is None else [pages[number]])).split())


class PaperCommon:
    """Tests that print formal reminders; without `real_paper` those are blank, and `printed` has their HTML."""

    def setUp(self):
        super().setUp()
        self.printed = []
        if not self.real_paper:
            self.patch(paper, "print_many", self.print_blank)
            self.patch(paper, "zoom", lambda reports, size: 1)

    def print_blank(self, _reports, documents):
        self.printed += documents
        return dict(enumerate([blank_pdf()] * len(documents))), {}

    def make_account(self, **values):
        """The company's account, to which invoices are paid."""
        return self.env["res.partner.bank"].create({
            "acc_number": IBAN,
            "partner_id": self.company.partner_id.id,
            "acc_holder_name": "Firm Holder Ltd",
            "allow_out_payment": True,
            **values,
        })

    def brought(self, message):
        """The names of the files that an e-mail brings."""
        return [part.get_filename() for part in message.iter_attachments()]
