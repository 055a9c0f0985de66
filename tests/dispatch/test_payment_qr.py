"""The payment QR code of an invoice (R72): by Odoo's own methods, for what is due, within what the standard allows."""

import base64
import io

from PIL import Image

from odoo.tests import tagged

from ...models.dispatch import payment_qr
from ..builders.builders import ChasingCommon
from ..builders.payment_qr import PaymentQrMixin

IBAN = "DE75512108001245126199"
PNG = b"\x89PNG\r\n\x1a\n"


@tagged("post_install", "-at_install")
class TestPaymentQr(PaymentQrMixin, ChasingCommon):
    def setUp(self):
        super().setUp()
        self.drawn = self.give_codes()
        self.account = self.make_account()

    def make_account(self, number=IBAN, **values):
        return self.env["res.partner.bank"].create({
            "acc_number": number,
            "partner_id": self.company.partner_id.id,
            "allow_out_payment": True,
            **values,
        })

    def invoice_in(self, currency="EUR", account=None, **values):
        values.setdefault("currency_id", self.setup_other_currency(currency, rates=[]).id)
        return self.make_invoice(partner_bank_id=(account or self.account).id, **values)

    def payload(self, invoice):
        """The lines of the code that asks for what is due of an invoice."""
        self.assertIsNotNone(payment_qr.data_uri(invoice, invoice.chasing_asked_amount))
        return self.drawn[-1]

    def test_a_code_says_to_whom_how_much_and_for_what(self):
        """R72"""
        invoice = self.invoice_in(amount=1234.5, payment_reference="INV 7")
        self.assertTrue(payment_qr.is_possible(invoice))
        lines = self.payload(invoice)
        self.assertEqual(lines[5:8], ["Firm", IBAN, "EUR1234.5"])
        self.assertEqual(lines[9:11], ["", "INV 7"])
        self.assertTrue(payment_qr.png(invoice).startswith(PNG))

    def test_a_structured_reference_stays_one(self):
        """R72"""
        lines = self.payload(self.invoice_in(payment_reference="RF18 5390 0754 7034"))
        self.assertEqual(lines[9:11], ["RF18539007547034", ""])

    def test_it_asks_for_what_is_due_now(self):
        """R72: after a payment for the rest, and for nothing where nothing is due."""
        invoice = self.invoice_in(amount=100)
        self.pay(invoice, 39.9)
        self.assertEqual(self.payload(invoice)[7], "EUR60.1")
        self.pay(invoice)
        self.assertFalse(payment_qr.is_possible(invoice))
        self.assertIsNone(payment_qr.png(invoice))

    def test_what_is_too_long_is_cut_where_the_standard_says(self):
        """R72: a line break would begin another field of the code."""
        account = self.make_account("DE89370400440532013000", acc_holder_name="Firm\nAG " + "x" * 100)
        invoice = self.invoice_in(account=account, payment_reference="INV\n7 " + "9" * 200)
        lines = self.payload(invoice)
        self.assertEqual(len(lines[5]), payment_qr.MAX_NAME)
        self.assertEqual(len(lines[10]), payment_qr.MAX_REFERENCE)
        self.assertNotIn("\n", "".join(lines))
        self.assertTrue(lines[5].startswith("Firm AG x"))
        self.assertEqual(account.acc_holder_name, "Firm\nAG " + "x" * 100)

    def test_where_no_method_has_one_there_is_none(self):
        """R72: another currency, no account, an amount that no code can say."""
        for invoice in (
            self.invoice_in("GBP"),
            self.make_invoice(partner_bank_id=False),
            self.invoice_in(account=self.make_account("12345")),
        ):
            self.assertFalse(payment_qr.is_possible(invoice))
            self.assertIsNone(payment_qr.data_uri(invoice, 10))
        invoice = self.invoice_in()
        for amount in (0, -1, 0.001, 1e9):
            self.assertIsNone(payment_qr.data_uri(invoice, amount))
        self.assertIsNotNone(payment_qr.data_uri(invoice, payment_qr.MAX_AMOUNT))

    def test_a_code_that_cannot_be_drawn_is_none(self):
        """R72"""
        invoice = self.invoice_in()

        def fail(*_args, **_options):
            raise RuntimeError("Out of ink.")

        self.patch(self.registry["res.partner.bank"], "_get_qr_code_generation_params", fail)
        with self.assertLogs("odoo.addons.invoice_chasing.models.dispatch.payment_qr", "ERROR"):
            self.assertIsNone(payment_qr.data_uri(invoice, 10))
        self.assertTrue(payment_qr.is_possible(invoice))

    def test_what_is_more_than_a_plain_code_odoo_draws(self):
        """R72: such as the cross in that of Switzerland."""
        invoice, asked = self.invoice_in(), []
        for parameters in ({"barcode_type": "QR", "value": "x", "mask": "ch_cross"}, {"barcode_type": "Code128"}):
            bank, report = self.registry["res.partner.bank"], self.registry["ir.actions.report"]
            self.patch(bank, "_get_qr_code_generation_params", lambda *_args, parameters=parameters, **_: parameters)
            self.patch(report, "barcode", lambda _report, **words: asked.append(words) or b"drawn")
            self.assertEqual(payment_qr.png(invoice), b"drawn")
        self.assertEqual([words["barcode_type"] for words in asked], ["QR", "Code128"])

    def test_it_is_drawn_as_banks_read_it(self):
        """R72: whole points, and a margin that is white on a dark ground too."""
        picture = Image.open(io.BytesIO(payment_qr.png(self.invoice_in()))).convert("L")
        self.assertEqual(picture.width, picture.height)
        self.assertEqual(picture.width % payment_qr.POINT, 0)
        self.assertGreater(picture.width, 150)
        edge = payment_qr.POINT * payment_qr.MARGIN
        self.assertEqual(set(picture.crop((0, 0, picture.width, edge)).getdata()), {255})
        self.assertEqual(picture.getpixel((edge, edge)), 0)

    def test_drawing_writes_nothing_on_the_invoice(self):
        """R72: Odoo's own way notes its method on a posted invoice."""
        invoice = self.invoice_in()
        self.assertTrue(base64.b64decode(payment_qr.data_uri(invoice, 10).partition(",")[2]).startswith(PNG))
        self.assertFalse(invoice.qr_code_method)
