"""The payment QR code of an invoice (R72): by Odoo's own methods, for what is due, within what the standard allows."""

import base64

from werkzeug.exceptions import HTTPException

from odoo.tests import tagged

from ...models.dispatch import payment_qr
from ..builders.builders import ChasingCommon

IBAN = "DE75512108001245126199"
PNG = b"\x89PNG\r\n\x1a\n"


@tagged("post_install", "-at_install")
class TestPaymentQr(ChasingCommon):
    def setUp(self):
        super().setUp()
        if self.env["ir.module.module"].sudo()._get("account_qr_code_sepa").state != "installed":
            self.skipTest("needs Odoo's EPC codes")
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

    def payload(self, invoice, amount=None):
        """The lines of a code, None where there is none."""
        seen, bank = [], self.registry["res.partner.bank"]
        original = bank._get_qr_vals

        def spied(account, *args, **options):
            lines = original(account, *args, **options)
            seen.append(lines)
            return lines

        with self.subTest(invoice=invoice.name):
            self.patch(bank, "_get_qr_vals", spied)
            uri = payment_qr.data_uri(invoice, invoice.chasing_asked_amount if amount is None else amount)
        self.patch(bank, "_get_qr_vals", original)
        self.assertEqual(bool(uri), bool(seen))
        return seen[-1] if seen else None

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
            raise HTTPException(description="Cannot convert into barcode.")

        self.patch(self.registry["res.partner.bank"], "_get_qr_code_base64", fail)
        self.assertIsNone(payment_qr.data_uri(invoice, 10))
        self.assertTrue(payment_qr.is_possible(invoice))

    def test_drawing_writes_nothing_on_the_invoice(self):
        """R72: Odoo's own way notes its method on a posted invoice."""
        invoice = self.invoice_in()
        self.assertTrue(base64.b64decode(payment_qr.data_uri(invoice, 10).partition(",")[2]).startswith(PNG))
        self.assertFalse(invoice.qr_code_method)
