"""Builders for the tests of letters: a provider that answers as it is told, paper without wkhtmltopdf, the queue."""

import io

from odoo.tools.pdf import PdfWriter

from ...models.letters import letter_pdf
from ...models.postal.client import Receipt, Status
from .builders import ChasingCommon

ADDRESS = {"street": "Main Street 1", "zip": "10115", "city": "Berlin"}


def blank_pdf(pages=1, width=595, height=842):
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(width, height)
    with io.BytesIO() as buffer:
        writer.write(buffer)
        return buffer.getvalue()


class FakeClient:
    """A postal client that notes what it is asked, and answers or raises what a test wants."""

    def __init__(self):
        self.sent, self.asked, self.cancelled = [], [], []
        self.answers, self.found, self.takes_back, self.state = [], {}, True, "sending"
        self.while_sending = lambda letter: None

    def check(self):
        self._answer()

    def check_sender(self, sender):
        pass

    def check_address(self, address):
        pass

    def send(self, letter):
        self.sent.append(letter)
        self.while_sending(letter)
        return self._answer() or Receipt(f"ref-{letter.key}", "sending")

    def find(self, key):
        self.asked.append(key)
        return self.found.get(key)

    def cancel(self, reference):
        self.cancelled.append(reference)
        if self.takes_back:
            self.state = "cancelled"
        return self.takes_back

    def status(self, reference):
        return self._answer() or Status(self.state, "said so")

    def _answer(self):
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


class LetterCommon(ChasingCommon):
    """A company in Berlin whose default cadence sends a letter on issue at 9 and another 5 days after due at 14."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        germany = cls.env.ref("base.de")
        cls.company.partner_id.write({**ADDRESS, "street": "Firm Road 2", "country_id": germany.id})
        cls.customer.write({**ADDRESS, "country_id": germany.id})
        by_letter = {"channel_email": False, "channel_letter": True}
        cls.cadence = cls.make_cadence(
            "Letters",
            [
                {"trigger": "on_issue", "hour": 9, **by_letter},
                {"trigger": "after_due", "days": 5, "hour": 14, **by_letter},
            ],
        )
        cls.cadence.is_default = True

    # whether letters are printed by wkhtmltopdf, which takes its time
    real_paper = False
    # whether providers are talked with by their own clients, and not by one that answers as it is told
    real_clients = False

    def setUp(self):
        super().setUp()
        self.client = FakeClient()
        if not self.real_clients:
            providers = self.env.registry["chasing.postal.provider"]
            self.patch(providers, "_client", lambda provider: self.client if provider.code == "lob" else None)
        if not self.real_paper:
            self.patch(letter_pdf, "print_text", lambda letter: self.paper_of(letter))
            self.patch(letter_pdf, "print_list", lambda letters: blank_pdf())

    def give_pdf(self, invoices, content=None):
        return super().give_pdf(invoices, content or blank_pdf())

    def paper_of(self, letter):
        return blank_pdf()

    def use_provider(self, code="lob", **values):
        provider = self.env["chasing.postal.provider"].sudo()._for_company(self.company)
        provider.write({"code": code, "api_key": "test_key", **values})
        return provider

    def letters(self, invoice):
        return self.env["chasing.letter"].sudo().search([("move_id", "=", invoice.id)], order="id")

    def make_letter(self, **values):
        """A letter in the queue, on 2 March at 9."""
        invoice = self.make_invoice(**values)
        self.at("2026-03-02 09:00")
        return self.letters(invoice)

    def run_queue(self, local=None):
        """Let the letter queue run, as the scheduled action does, at that local time."""
        if local:
            self.set_clock(local)
        self.env.cr.flush()
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_letters").sudo().method_direct_trigger()
        self.env.invalidate_all()
