from psycopg2.errors import UniqueViolation

from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingDelivery(ChasingCommon):
    def copy_of(self, delivery):
        return {
            name: delivery._fields[name].convert_to_write(delivery[name], delivery)
            for name in ("step_id", "channel", "address", "local_day", "queued_at")
        }

    def test_the_index_that_forbids_a_second_message_exists(self):
        """R80: an update only warns when an index cannot be built."""
        self.env.cr.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'chasing_delivery_once'")
        [[definition]] = self.env.cr.fetchall()
        self.assertIn("UNIQUE", definition)
        self.assertIn("(step_id, channel, address)", definition)

    @mute_logger("odoo.sql_db")
    def test_a_second_message_to_the_same_recipient_is_refused(self):
        """R80."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        values = self.copy_of(self.deliveries(invoice))
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.env["chasing.delivery"].sudo().create(values)

    def test_a_second_message_after_a_failure_is_taken(self):
        """R84."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        delivery = self.deliveries(invoice)
        delivery.sudo()._set_state("failed", "smtp_error")
        self.env.cr.flush()
        again = self.env["chasing.delivery"].sudo().create(self.copy_of(delivery))
        self.assertEqual(again.state, "queued")

    def test_what_the_mail_server_takes_is_sent(self):
        """R83, R86."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        delivery, schedule = self.deliveries(invoice), invoice.chasing_schedule_id
        self.assertEqual((delivery.state, delivery.sent_at, schedule.first_sent_at), ("queued", False, False))
        self.set_clock("2026-03-02 09:02")
        self.deliver()
        self.assertEqual((delivery.state, self.local(delivery.sent_at)), ("sent", "2026-03-02 09:02"))
        self.assertEqual(self.local(schedule.first_sent_at), "2026-03-02 09:02")

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")
    def test_what_the_mail_server_refuses_is_failed(self):
        """R83, R86, R94: the sentence says what to do."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertFalse(self.deliver(refused=["ann@customer.example"]))
        delivery, step = self.deliveries(invoice), self.step(invoice, "on_issue")
        self.assertEqual((delivery.state, step.state), ("failed", "failed"))
        self.assertEqual((step.reason_code, delivery.failure_code), ("bounced", "bounced"))
        self.assertTrue(delivery.failure_reason.endswith("(550 no such mailbox)"), delivery.failure_reason)
        self.assertFalse(invoice.chasing_schedule_id.first_sent_at)
        self.assertEqual(invoice.chasing_status, "failed")

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")
    def test_a_step_that_reached_some_is_partly_sent(self):
        """R83, R94."""
        self.make_customer("Ann", "a@customer.example", type="invoice", parent_id=self.customer.id)
        self.make_customer("Bob", "b@customer.example", type="invoice", parent_id=self.customer.id)
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(len(self.deliver(refused=["b@customer.example"])), 1)
        self.assertEqual(self.deliveries(invoice).mapped("state"), ["sent", "failed"])
        self.assertEqual(self.step(invoice, "on_issue").state, "partly")
        self.assertEqual(invoice.chasing_status, "failed")
        self.assertTrue(invoice.chasing_schedule_id.first_sent_at)

    def test_a_bounce_changes_the_delivery_and_the_step(self):
        """R87."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        delivery = self.deliveries(invoice)
        delivery.notification_id.sudo().write({
            "notification_status": "bounce",
            "failure_type": "mail_bounce",
            "failure_reason": "no such user",
        })
        self.assertEqual((delivery.state, delivery.failure_code), ("bounced", "bounced"))
        self.assertIn("ann@customer.example", delivery.failure_reason)
        self.assertEqual(self.step(invoice, "on_issue").state, "failed")

    def test_a_mail_that_a_person_takes_out_of_the_queue_is_not_sent(self):
        """R83: cancelled or deleted in Odoo's own list of e-mails; by hand it can be sent after all."""
        for act in ("cancel", "unlink"):
            invoice = self.make_invoice()
            self.at("2026-03-02 09:00")
            getattr(self.waiting_mails(), act)()
            step = self.step(invoice, "on_issue")
            self.assertEqual(self.deliveries(invoice).state, "cancelled", act)
            self.assertEqual((step.state, step.reason_code), ("cancelled", "withdrawn"), act)
            self.assertFalse(self.deliver())
            step.action_send_now()
            self.assertEqual(len(self.deliver()), 1)
            self.assertEqual(step.state, "sent")

    def test_ignoring_a_failure_in_odoo_leaves_the_ledger(self):
        """R39: Odoo's *Ignore all* cancels the notifications of what failed."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        delivery = self.deliveries(invoice)
        delivery.notification_id.sudo().notification_status = "bounce"
        delivery.notification_id.sudo().notification_status = "canceled"
        self.assertEqual(delivery.state, "bounced")

    def test_the_ledger_keeps_the_address_of_a_deleted_contact(self):
        """R39: what was told to whom survives the contact."""
        contact = self.make_customer("Bob", "bob@customer.example", type="invoice", parent_id=self.customer.id)
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        delivery = self.deliveries(invoice)
        self.assertEqual(delivery.partner_id, contact)
        contact.unlink()
        self.assertFalse(delivery.partner_id)
        self.assertEqual((delivery.recipient_name, delivery.address), ("Bob", "bob@customer.example"))

    def test_the_local_day_is_the_companys(self):
        """R17: 23:30 in Berlin on 2 March is 22:30 UTC; 00:30 on 3 March is still 2 March in UTC."""
        self.company.chasing_window_to = 23
        self.set_clock("2026-03-03 00:10")
        invoice = self.make_invoice(steps=[("after_issue", 1, 1)])
        self.at("2026-03-03 01:00")
        self.assertEqual(str(self.deliveries(invoice).local_day), "2026-03-03")

    def test_odoos_own_retry_does_not_send_behind_the_ledgers_back(self):
        """R80, R84."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        mail = self.waiting_mails()
        self.pay(invoice)
        with self.assertRaisesRegex(UserError, "Retry"):
            mail.sudo().mark_outgoing()
        self.assertEqual(mail.state, "cancel")


@tagged("post_install", "-at_install")
class TestChasingIncoming(ChasingCommon, MailCase):
    """What comes back by e-mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._init_mail_gateway()
        cls.company.sudo().alias_domain_id = cls.mail_alias_domain

    def incoming(self, text):
        with self.mock_mail_gateway():
            self.env["mail.thread"].sudo().message_process(None, text)
        self.env.cr.flush()

    def bounce(self, message, action="failed", status="5.1.1"):
        return f"""From: MAILER-DAEMON <mailer-daemon@customer.example>
To: {self.mail_alias_domain.bounce_email}
Subject: Delivery status
Message-Id: <dsn-{action}@customer.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

About your message.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; customer.example

Final-Recipient: rfc822; ann@customer.example
Action: {action}
Status: {status}

--B
Content-Type: message/rfc822

From: office@firm.example
To: ann@customer.example
Message-Id: {message["Message-Id"]}
Subject: {message["Subject"]}

--B--
"""

    def test_a_returned_message_is_a_bounce(self):
        """R87."""
        invoice = self.make_invoice()
        [message] = self.at_sent("2026-03-02 09:00")
        self.incoming(self.bounce(message))
        self.assertEqual(self.deliveries(invoice).state, "bounced")
        self.assertEqual(self.step(invoice, "on_issue").state, "failed")

    def test_a_delayed_message_is_no_bounce(self):
        """R87."""
        invoice = self.make_invoice()
        [message] = self.at_sent("2026-03-02 09:00")
        self.incoming(self.bounce(message, "delayed", "4.4.1"))
        self.assertEqual(self.deliveries(invoice).state, "sent")
        self.assertEqual(self.step(invoice, "on_issue").state, "sent")

    def test_an_answer_lands_on_the_invoice(self):
        """R91."""
        invoice = self.make_invoice()
        [message] = self.at_sent("2026-03-02 09:00")
        self.incoming(f"""From: Ann Lee <ann@customer.example>
To: {message["Reply-To"]}
Subject: Re: {message["Subject"]}
Message-Id: <answer@customer.example>
In-Reply-To: {message["Message-Id"]}
References: {message["Message-Id"]}
Content-Type: text/plain

We pay on Friday.
""")
        answer = invoice.message_ids[0]
        self.assertIn("We pay on Friday", answer.body)
        self.assertEqual(answer.author_id, self.customer)
