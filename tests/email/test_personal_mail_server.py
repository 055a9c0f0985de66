from datetime import timedelta

from odoo import SUPERUSER_ID, fields
from odoo.tests import tagged

from ..builders.pace import PaceCommon


@tagged("post_install", "-at_install")
class TestPersonalMailServer(PaceCommon):
    """Odoo takes so many a minute by the own server of whoever created a message, and puts off or splits the rest.

    Ours are created by the superuser, whose own server this is.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param("mail.server.personal.limit.minutes", 2)
        cls.owner = cls.env["res.users"].sudo().browse(SUPERUSER_ID)
        cls.personal = cls.make_server(
            "Own", from_filter="sally@firm.example", smtp_user="sally@firm.example", owner_user_id=SUPERUSER_ID
        )
        cls.owner.email = "sally@firm.example"
        # Odoo tells of the change by e-mail.
        cls.env["mail.mail"].sudo().search([]).unlink()
        cls.server.chasing_per_minute = 0

    def later(self):
        """Let the minute pass until which Odoo put off what it could not send."""
        self.waiting_mails().scheduled_date = fields.Datetime.now() - timedelta(minutes=1)
        self.personal.owner_limit_time = fields.Datetime.now() - timedelta(minutes=5)

    def test_what_odoo_puts_off_leaves_once_and_says_so(self):
        """R80, R83."""
        invoices = self.make_invoices(3)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 2)
        [waiting] = [invoice for invoice in invoices if self.states(invoice)[0] == "under_way"]
        self.at("2026-03-02 09:01")
        self.later()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(self.states(waiting)[0], "sent")
        self.later()
        self.assertFalse(self.deliver())

    def test_what_odoo_puts_off_is_withdrawn_by_a_payment(self):
        """R32."""
        invoices = self.make_invoices(3)
        self.at_sent("2026-03-02 09:00")
        [waiting] = [invoice for invoice in invoices if self.states(invoice)[0] == "under_way"]
        self.pay(waiting)
        self.assertEqual(self.deliveries(waiting).state, "cancelled")
        self.later()
        self.assertFalse(self.deliver())

    def test_a_delivery_follows_its_notification_to_the_mail_that_odoo_splits_off(self):
        """R83: the mail that is found by the notification brings the result, the other one brings none."""
        invoice = self.make_invoice()
        other = self.make_customer("Bob", "bob@customer.example")
        self.at("2026-03-02 09:00")
        mail = self.waiting_mails()
        mail.write({"email_to": False, "recipient_ids": [(6, 0, (self.customer | other).ids)]})
        self.personal.write({"owner_limit_time": fields.Datetime.now().replace(second=0), "owner_limit_count": 1})
        messages = self.deliver()
        self.assertEqual([message["To"] for message in messages], ["Ann Lee <ann@customer.example>"])
        self.assertEqual(self.deliveries(invoice).state, "sent")
        self.assertEqual(self.states(invoice)[0], "sent")
        self.assertEqual(self.waiting_mails(), mail)
        self.pay(invoice)
        self.assertEqual(self.deliveries(invoice).state, "sent")
