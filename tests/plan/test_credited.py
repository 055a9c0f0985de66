from odoo import Command
from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..builders.letters import LetterCommon
from ..escalation.test_collections import CollectionsCommon


class CreditedCommon(CollectionsCommon):
    def give_back(self, invoice, amount):
        """Apply a credit note over so much to an invoice."""
        note = self._create_invoice(
            "out_refund",
            partner_id=invoice.partner_id,
            currency_id=invoice.currency_id,
            invoice_date="2026-03-02",
            invoice_line_ids=[Command.create({"name": "Back", "price_unit": amount, "tax_ids": []})],
            post=True,
        )
        lines = (note + invoice).line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        lines.reconcile()
        self.env.cr.flush()
        return note

    def told(self, content):
        return " ".join(html2plaintext(content).split())


@tagged("post_install", "-at_install")
class TestCredited(CreditedCommon):
    def test_a_message_tells_a_credit_apart_from_a_payment(self):
        """R72."""
        invoice = self.make_invoice()
        self.pay(invoice, 20)
        self.give_back(invoice, 30)
        self.at("2026-03-02 09:00")
        text = self.told(self.deliveries(invoice).mail_message_id.body)
        self.assertRegex(text, r"Amount due \*?\$ 50\.00\*? ")
        self.assertIn("Invoice total $ 100.00 Already paid $ 20.00 Credited $ 30.00 Still open $ 50.00", text)

    def test_what_was_only_credited_is_not_told_as_paid(self):
        """R72."""
        invoice = self.make_invoice()
        self.give_back(invoice, 30)
        self.at("2026-03-02 09:00")
        text = self.told(self.deliveries(invoice).mail_message_id.body)
        self.assertIn("Credited $ 30.00", text)
        self.assertNotIn("paid $", text)

    def test_what_was_only_paid_is_not_told_as_credited(self):
        """R72."""
        invoice = self.make_invoice()
        self.pay(invoice, 20)
        self.at("2026-03-02 09:00")
        text = self.told(self.deliveries(invoice).mail_message_id.body)
        self.assertIn("Already paid $ 20.00", text)
        self.assertNotIn("Credited", text)

    def test_both_are_told_in_the_invoices_currency(self):
        """R72: the rate moved between them."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.8), ("2026-03-02", 1.0)])
        invoice = self.make_invoice(issued="2026-03-01", currency_id=euro.id)
        self.pay(invoice, 20, payment_date="2026-03-02", currency_id=euro.id)
        self.give_back(invoice, 30)
        self.assertEqual((invoice.chasing_paid_amount, invoice.chasing_credited_amount), (20, 30))

    def test_a_text_of_ones_own_can_tell_both(self):
        """R72: SMS and e-mail templates use them like any field."""
        invoice = self.make_invoice()
        self.pay(invoice, 20)
        self.give_back(invoice, 30)
        template = self.env["sms.template"].create({
            "name": "Both",
            "model_id": self.env["ir.model"]._get_id("account.move"),
            "body": "{{ object.chasing_paid_amount }} paid, {{ object.chasing_credited_amount }} credited",
        })
        self.assertEqual(template._render_field("body", invoice.ids)[invoice.id], "20.0 paid, 30.0 credited")

    def test_many_are_told_in_as_many_queries_as_one(self):
        """R72: messages are composed in batch."""
        invoices = self.make_invoices(7)
        for invoice in invoices:
            self.give_back(invoice, 30)
        counts = []
        for part in (invoices[:1], invoices[:1], invoices[1:]):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(set(part.with_prefetch(part.ids).mapped("chasing_credited_amount")), {30})
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])

    def test_the_dossier_lists_credit_notes_apart(self):
        """R72, R41."""
        invoice = self.make_invoice()
        payment, note = self.pay(invoice, 20), self.give_back(invoice, 30)
        self.send(invoice)
        head, _break, rest = self.files(invoice)["summary.html"].decode().partition("<h2>Payments</h2>")
        payments, _break, credits = rest.partition("<h2>Credit notes</h2>")
        self.assertRegex(self.told(head), r"Paid\W+\$ 20\.00\W+Credited\W+\$ 30\.00")
        self.assertIn(payment.name, payments)
        self.assertNotIn(note.name, payments)
        self.assertIn(note.name, credits)

    def test_a_dossier_without_credit_notes_does_not_speak_of_them(self):
        """R72."""
        invoice = self.make_invoice()
        self.pay(invoice, 20)
        self.send(invoice)
        self.assertNotIn("Credit", self.files(invoice)["summary.html"].decode())


@tagged("post_install", "-at_install")
class TestCreditedLetter(CreditedCommon, LetterCommon):
    def test_a_letter_tells_a_credit_apart_from_a_payment(self):
        """R72."""
        invoice = self.make_invoice()
        self.pay(invoice, 20)
        self.give_back(invoice, 30)
        self.at("2026-03-02 09:00")
        text = self.told(self.letters(invoice).content)
        self.assertIn("Invoice total $ 100.00 Already paid $ 20.00 Credited $ 30.00 Still open $ 50.00", text)
