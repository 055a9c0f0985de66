import email
import email.policy
import io
import zipfile
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


class CollectionsCommon(ChasingCommon):
    def send(self, invoices):
        invoices.chasing_schedule_ids.action_send_to_collections()
        self.env.cr.flush()

    def files(self, invoice):
        """{path: content} of an invoice's dossier."""
        archive = zipfile.ZipFile(io.BytesIO(invoice.chasing_schedule_id.dossier_id.raw))
        self.assertIsNone(archive.testzip())
        return {name: archive.read(name) for name in archive.namelist()}

    def make_dossiers(self):
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_dossiers").method_direct_trigger()


@tagged("post_install", "-at_install")
class TestSendToCollections(CollectionsCommon):
    def test_chasing_ends_with_that_reason(self):
        """R41, R94."""
        invoice = self.make_invoice()
        self.send(invoice)
        self.assertEqual(invoice.chasing_status, "collections")
        self.assertEqual({step.reason_code for step in self.steps(invoice)}, {"collections"})
        for moment in ("2026-03-02 09:00", "2026-03-13 10:00", "2026-03-21 14:00"):
            self.assertFalse(self.at_sent(moment))

    def test_what_waits_in_the_queue_is_withdrawn(self):
        """R41."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.send(invoice)
        self.assertFalse(self.deliver())
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "collections")

    def test_a_cadence_applied_anew_takes_it_back(self):
        """R41, R36."""
        invoice = self.make_invoice()
        self.send(invoice)
        invoice._chasing_assign(self.cadence)
        self.assertEqual(invoice.chasing_status, "active")
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

    def test_a_paid_one_is_paid_and_comes_back_quietly(self):
        """R94, R34: nothing asks to resume what a collector has."""
        invoice = self.make_invoice()
        self.send(invoice)
        payment = self.pay(invoice)
        self.assertEqual(invoice.chasing_status, "paid")
        payment.move_id.line_ids.remove_move_reconcile()
        self.env.cr.flush()
        self.assertEqual((invoice.chasing_status, len(invoice.activity_ids)), ("collections", 0))

    def test_a_paid_invoice_is_not_sent(self):
        """R99."""
        invoice = self.make_invoice()
        self.pay(invoice)
        with self.assertRaises(UserError):
            self.send(invoice)

    def test_a_collector_may_a_stranger_may_not(self):
        collector = self.make_user("collector", "base.group_user,invoice_chasing.group_user")
        stranger = self.make_user("stranger", "base.group_user")
        schedule = self.make_invoice().chasing_schedule_id
        with self.assertRaises(AccessError):
            schedule.with_user(stranger).action_send_to_collections()
        schedule.with_user(collector).action_send_to_collections()
        self.assertEqual(schedule.status, "collections")
        self.assertTrue(schedule.with_user(collector).dossier_id.raw)


@tagged("post_install", "-at_install")
class TestDossier(CollectionsCommon):
    def test_it_holds_the_invoice_every_message_and_the_payments(self):
        """R41."""
        invoice = self.make_invoice(amount=250)
        self.at_sent("2026-03-02 09:00")
        self.at_sent("2026-03-13 10:00")
        self.pay(invoice, 50)
        self.set_clock("2026-03-20 11:00")
        self.send(invoice)
        files = self.files(invoice)
        self.assertEqual(files[f"{invoice.name.replace('/', '_')}.pdf"], b"%PDF-1.4 fake")
        messages = [name for name in files if name.startswith("messages/")]
        self.assertEqual(len(messages), 2)
        self.assertIn(b"To: ann@customer.example", files[messages[0]])
        summary = files["summary.html"].decode()
        for words in ("ann@customer.example", "Mon 2 Mar 2026 09:00", "Fri 13 Mar 2026 10:00", "250.00", "Sent"):
            self.assertIn(words, summary)
        self.assertIn(self.env["account.payment"].search([], order="id desc", limit=1).name, summary)

    def test_an_e_mail_carries_the_pdf_it_was_sent_with(self):
        """R41, R72"""
        invoice = self.make_invoice()
        [sent] = self.at_sent("2026-03-02 09:00")
        self.send(invoice)
        [kept] = [content for name, content in self.files(invoice).items() if name.endswith(".eml")]
        mail = email.message_from_bytes(kept, policy=email.policy.default)
        [pdf] = mail.iter_attachments()
        [original] = sent.iter_attachments()
        self.assertEqual(pdf.get_content(), b"%PDF-1.4 fake")
        self.assertEqual((pdf.get_filename(), pdf.get_content()), (original.get_filename(), original.get_content()))
        self.assertEqual(mail["Subject"], sent["Subject"])

    def test_an_e_mail_names_the_address_it_was_sent_to(self):
        """R41, R60: a domain in letters as the mail server took it."""
        self.customer.email = "ann@müller.example"
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.send(invoice)
        [kept] = [content for name, content in self.files(invoice).items() if name.endswith(".eml")]
        self.assertIn(b"\nTo: ann@xn--mller-kva.example\n", kept)

    def test_the_customer_is_named_once(self):
        company = self.make_customer("Acme", "acme@customer.example", is_company=True, street="Main Street 1")
        contact = self.make_customer("Bob", "bob@customer.example", parent_id=company.id, street="Side Street 2")
        for customer, name in ((company, "Acme"), (contact, "Acme, Bob")):
            with self.subTest(customer=name):
                invoice = self.make_invoice(partner_id=customer.id)
                self.send(invoice)
                summary = self.files(invoice)["summary.html"].decode()
                head = summary[summary.index("Customer</th>") : summary.index("Invoice date</th>")]
                self.assertEqual((head.count("Acme"), head.count(name)), (1, 1))
                self.assertIn(customer.street, head)

    def test_pauses_are_told_and_what_colleagues_wrote_is_not(self):
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_pause("2026-03-05", "promise")
        words = "He never pays."
        invoice.message_post(body=words, message_type="comment", subtype_xmlid="mail.mt_note")
        self.send(invoice)
        summary = self.files(invoice)["summary.html"].decode()
        self.assertIn("Chasing paused until", summary)
        self.assertNotIn("He never pays", summary)

    def test_a_failure_says_why(self):
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.deliver(refused=["ann@customer.example"])
        self.send(invoice)
        self.assertIn(self.deliveries(invoice).failure_reason[:30], self.files(invoice)["summary.html"].decode())

    def test_what_was_withdrawn_is_no_message(self):
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.send(invoice)
        self.assertFalse([name for name in self.files(invoice) if name.startswith("messages/")])

    def test_it_is_attached_to_the_invoice_and_can_be_downloaded(self):
        invoice = self.make_invoice()
        self.send(invoice)
        dossier = invoice.chasing_schedule_id.dossier_id
        self.assertEqual((dossier.res_model, dossier.res_id), ("account.move", invoice.id))
        self.assertIn(f"/{dossier.id}?", invoice.action_chasing_dossier()["url"])

    def test_only_what_is_in_collections_has_one(self):
        """R41, R99: nothing is made of an invoice that nobody handed over, or that is not posted any more."""
        draft, active, cancelled, taken_back = self.make_invoice(post=False), *self.make_invoices(3)
        draft._chasing_assign(self.cadence)
        self.send(cancelled | taken_back)
        cancelled.button_cancel()
        taken_back.button_draft()
        for invoice, words in (
            (draft, "sent to collections"),
            (active, "sent to collections"),
            (cancelled, "is not posted"),
            (taken_back, "is not posted"),
        ):
            with self.subTest(invoice=invoice.state), self.assertRaisesRegex(UserError, words):
                invoice.chasing_schedule_id.action_download_dossier()
        made = [("res_model", "=", "account.move"), ("mimetype", "=", "application/zip")]
        self.assertFalse(self.env["ir.attachment"].search(made))

    def test_those_of_many_are_made_in_the_background(self):
        invoices = self.make_invoices(2)
        self.send(invoices)
        self.assertFalse(invoices.chasing_schedule_ids.dossier_id)
        self.make_dossiers()
        self.assertEqual(len(invoices.chasing_schedule_ids.dossier_id), 2)

    def test_one_that_cannot_be_made_keeps_no_other_waiting(self):
        bad, good = self.make_invoices(2)
        dossier = self.env.registry["chasing.dossier"]
        make, error = dossier._make, UserError("no paper")

        def broken(model, schedule):
            if schedule.move_id == bad:
                raise error
            return make(model, schedule)

        self.send(bad | good)
        with patch.object(dossier, "_make", broken), self.assertLogs("odoo.addons.invoice_chasing", "ERROR"):
            self.make_dossiers()
        self.assertTrue(good.chasing_schedule_id.dossier_id)
        self.assertFalse(bad.chasing_schedule_id.is_dossier_wanted)
        self.assertIn("no paper", bad.message_ids.sorted("id")[-1].body)
