"""What comes back: R60b, R87. Raw e-mails through Odoo's own gateway."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.builders import ChasingCommon

REPORT = """\
Return-Path: <>
From: {sender}
To: {to}
Subject: {subject}
Message-Id: <report.{number}@mx.customer.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="cut"

--cut
Content-Type: text/plain

{words}
--cut
Content-Type: message/{kind}

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}

--cut
Content-Type: text/rfc822-headers

Message-Id: {message_id}
Subject: Invoice

--cut--
"""
PLAIN = """\
Return-Path: <>
From: {sender}
To: bounces@firm.example
Subject: {subject}
Message-Id: <plain.{number}@mx.customer.example>
In-Reply-To: {message_id}
Auto-Submitted: auto-replied
Content-Type: text/plain

{words}
"""
TWO = "ann@customer.example, books@customer.example"


@tagged("post_install", "-at_install")
class TestBounces(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = TWO
        cls.env["mail.alias.domain"].create({"name": "firm.example", "bounce_alias": "bounces"})
        cls.number = 0

    def delivery(self, invoice, name="books"):
        [one] = self.deliveries(invoice).filtered(lambda one: one.address == f"{name}@customer.example")[:1]
        return one

    def receive(self, text=REPORT, **values):
        """A report reaches Odoo's gateway; by default one that books@ does not exist."""
        type(self).number += 1
        values = {
            "sender": "MAILER-DAEMON@mx.customer.example",
            "to": "bounces@firm.example",
            "subject": "Undelivered",
            "kind": "delivery-status",
            "address": "books@customer.example",
            "action": "failed",
            "status": "5.1.1",
            "words": "No such mailbox",
            "number": self.number,
            **values,
        }
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].sudo().message_process(False, text.format(**values))
        self.env.cr.flush()

    def predict(self):
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_predict").method_direct_trigger()

    def sent(self, invoice=None):
        invoice = invoice or self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        return invoice

    def came_back(self):
        """An invoice of which the message to books@ came back, with what came back."""
        invoice = self.sent()
        lost = self.delivery(invoice)
        self.receive(message_id=lost.mail_message_id.message_id)
        return invoice, lost

    def test_bounce_of_our_own_message(self):
        """R60b, R87: the one address fails, is remembered, and the other one goes on."""
        invoice, lost = self.came_back()
        self.assertEqual((lost.state, lost.failure_code), ("bounced", "bounced"))
        self.assertEqual(self.delivery(invoice, "ann").state, "sent")
        self.assertEqual(self.step(invoice, "on_issue").state, "partly")
        [message] = self.at_sent("2026-03-13 10:00")
        self.assertIn("ann@customer.example", message["To"])
        newest = self.step(invoice, "before_due").delivery_ids.sorted("address")
        self.assertEqual(
            newest.mapped(lambda one: (one.address, one.state, one.failure_code)),
            [("ann@customer.example", "sent", False), ("books@customer.example", "failed", "bounced")],
        )

    def test_bounce_is_predicted_for_every_invoice_of_the_address(self):
        """R60b, R96: of other customers and of own lists too; who has the other address is left alone."""
        other = self.make_invoice(partner_id=self.make_customer("Other", "Books@customer.example").id)
        listed = self.make_invoice(partner_id=self.make_customer("Third", "third@else.example").id)
        listed.chasing_schedule_id._set_contacts(True, "Books <books@customer.example>")
        alone = self.make_invoice(partner_id=self.make_customer("Ann", "ann@customer.example").id)
        self.came_back()
        self.predict()
        for invoice, expected in ((other, "bounced"), (listed, "bounced"), (alone, False)):
            self.assertEqual(set(self.steps(invoice)[1:].mapped("prediction_code")), {expected})
        self.assertEqual(self.customer.chasing_bounced, "books@customer.example")

    def test_each_address_is_a_problem_of_its_own(self):
        """R60b, R96: the address that came back and another that was mistyped are two lines."""
        self.came_back()
        self.customer.child_ids = [(0, 0, {"name": "Eve", "type": "invoice", "email": "eve@, books@customer.example"})]
        self.make_invoice(partner_id=self.make_customer("Zoe", "books@customer.example, zoe@").id)
        self.predict()
        self.env.flush_all()
        causes = self.env["chasing.failure.cause"].search([("company_id", "=", self.company.id)]).mapped("about")
        self.assertEqual(sorted(causes), ["books@customer.example", "eve@"])

    def test_messages_that_left_before_it_came_back_tell_nothing(self):
        """R60b: both of two invoices left at once, and the report of the first comes afterwards."""
        first, second = self.make_invoices(2)
        self.at_sent("2026-03-02 09:00")
        self.set_clock("2026-03-02 09:05")
        self.receive(message_id=self.delivery(first).mail_message_id.message_id)
        self.predict()
        self.assertEqual(self.delivery(second).state, "sent")
        self.assertEqual(self.step(second, "before_due").prediction_code, "bounced")

    def test_forged_report_of_an_unknown_message(self):
        """R60b: a report that names no message of ours is anybody's word."""
        invoice = self.sent()
        for message_id in ("<never.sent@firm.example>", "", "<1@firm.example> <2@firm.example>"):
            self.receive(message_id=message_id)
            self.receive(message_id=message_id, address="ann@customer.example")
        self.predict()
        self.assertEqual(self.deliveries(invoice).mapped("state"), ["sent", "sent"])
        self.assertEqual(invoice.chasing_status, "active")
        self.assertEqual(len(self.at_sent("2026-03-13 10:00")), 2)

    def test_report_of_our_message_that_names_somebody_else(self):
        """R60b: what came back is the message, to the address it was sent to."""
        stranger = self.make_customer("Stranger", "stranger@else.example")
        other = self.make_invoice(partner_id=stranger.id)
        invoice = self.sent()
        lost = self.delivery(invoice)
        self.receive(message_id=lost.mail_message_id.message_id, address="stranger@else.example")
        self.predict()
        self.assertEqual((lost.state, self.delivery(invoice, "ann").state), ("bounced", "sent"))
        self.assertEqual(other.chasing_status, "active")
        self.assertFalse(stranger.chasing_bounced)

    def test_bounce_of_an_own_list_without_contact(self):
        """R60b, R87: also where the report names no recipient."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id._set_contacts(True, "reader@else.example")
        self.sent(invoice)
        lost = self.deliveries(invoice)
        self.receive(message_id=lost.mail_message_id.message_id, address="")
        self.assertEqual((lost.state, lost.failure_code), ("bounced", "bounced"))

    def test_what_is_no_failure(self):
        """R87: delayed, passed on, read, complained about, away."""
        invoice = self.sent()
        message_id = self.delivery(invoice).mail_message_id.message_id
        for action in ("delayed", "relayed", "expanded", "delivered"):
            self.receive(message_id=message_id, action=action, status="4.4.1")
        self.receive(message_id=message_id, kind="disposition-notification", action="x")
        self.receive(message_id=message_id, kind="feedback-report", action="x")
        self.receive(PLAIN, message_id=message_id, sender="Books <books@customer.example>", subject="Out of office")
        self.assertEqual(self.deliveries(invoice).mapped("state"), ["sent", "sent"])

    def test_report_that_no_machine_can_read(self):
        """R87: taken for a failure only from who delivers mail."""
        invoice = self.sent()
        lost = self.delivery(invoice)
        self.receive(PLAIN, message_id=lost.mail_message_id.message_id)
        self.assertEqual((lost.state, self.delivery(invoice, "ann").state), ("bounced", "sent"))

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")
    def test_address_that_the_mail_server_refused_is_remembered(self):
        """R60b, R84: the next step does not try it; a person may."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.deliver(refused=["books@customer.example"])
        self.predict()
        self.assertEqual(self.step(invoice, "before_due").prediction_code, "bounced")
        self.assertEqual(len(self.at_sent("2026-03-13 10:00")), 1)
        step = self.step(invoice, "before_due")
        self.assertEqual(step.state, "partly")
        step.action_retry()
        [message] = self.deliver()
        self.assertIn("books@customer.example", message["To"])
        self.assertEqual(step.state, "sent")
        self.assertFalse(self.customer.chasing_bounced)

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")
    def test_refusal_for_another_cause_is_not_the_addresss(self):
        """R60b: a policy, a full system or the content say nothing of the address."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.deliver(refused=["books@customer.example"], words=b"5.7.1 relaying denied")
        self.assertEqual(self.delivery(invoice).failure_code, "smtp_error")
        self.assertEqual(len(self.at_sent("2026-03-13 10:00")), 2)

    def test_what_clears_it(self):
        """R60b: a collector's word, an e-mail from there, or the address entered anew."""

        def says_so():
            self.customer.with_user(self.make_user("coll", "invoice_chasing.group_user")).action_chasing_address_works()

        def writes():
            text = PLAIN.replace("Auto-Submitted: auto-replied\n", "").replace("bounces@", "office@")
            message_id = self.delivery(invoice, "ann").mail_message_id.message_id
            self.receive(text, sender="Books <Books@customer.example>", message_id=message_id)

        def lists():
            invoice.chasing_schedule_id._set_contacts(True, "ann@customer.example, books@customer.example")

        def enters():
            self.customer.email = "ann@customer.example"
            self.customer.email = TWO

        for act in (says_so, writes, lists, enters):
            with self.subTest(act=act.__name__):
                invoice = self.came_back()[0]
                self.predict()
                self.assertEqual(self.customer.chasing_bounced, "books@customer.example")
                act()
                self.assertFalse(self.customer.chasing_bounced)
                self.assertEqual(set(self.steps(invoice)[1:].mapped("prediction_code")), {False})

    def test_counter_of_odoo_means_nothing(self):
        """R60b: anybody can raise it."""
        self.customer.message_bounce = 9
        self.assertEqual(self.make_invoice().chasing_status, "active")
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 2)
