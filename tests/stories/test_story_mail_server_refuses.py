import smtplib
import socket
from unittest import skipUnless
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.builders import ChasingCommon

try:
    from aiosmtpd.controller import Controller
except ImportError:
    Controller = None
LOGGERS = (
    "odoo.addons.mail.models.mail_mail",
    "odoo.addons.base.models.ir_mail_server",
)


class Handler:
    """A mail server that takes everything but what is for somebody called refused."""

    def __init__(self):
        self.taken = []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address.startswith("refused"):
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        self.taken.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


@tagged("post_install", "-at_install")
class TestStoryMailServerRefuses(ChasingCommon):
    def talk(self):
        """Let Odoo's mail queue run against a real mail server on this machine; what it took."""
        handler = Handler()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=10)
        controller.start()
        self.addCleanup(controller.stop)
        self.env["ir.mail_server"].sudo().search([]).active = False
        self.env["ir.mail_server"].sudo().create({
            "name": "Loopback",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_encryption": "none",
        })
        self.env.cr.flush()
        server = self.env.registry["ir.mail_server"]
        with patch.object(server, "_disable_send", classmethod(lambda _cls: False)), mute_logger(*LOGGERS):
            self.env(user=SUPERUSER_ID, context={})["mail.mail"].process_email_queue()
        self.env.cr.flush()
        return handler.taken

    @skipUnless(Controller, "needs aiosmtpd")
    def test_two_of_three_are_taken_and_the_third_is_told(self):
        """R82, R83, R84: each recipient has a result of its own; nothing is tried again by itself."""
        invoices = {
            name: self.make_invoice(partner_id=self.make_customer(name, f"{name}@customer.example").id)
            for name in ("ann", "refused", "eve")
        }
        self.at("2026-03-02 09:00")
        taken = self.talk()
        addresses = sorted(address for [address], _content in taken)
        self.assertEqual(addresses, ["ann@customer.example", "eve@customer.example"])
        self.assertIn(b"application/pdf", taken[0][1])
        self.assertEqual(
            {name: self.deliveries(one).state for name, one in invoices.items()},
            {
                "ann": "sent",
                "refused": "failed",
                "eve": "sent",
            },
        )
        refused = invoices["refused"]
        self.assertEqual((self.states(refused)[0], refused.chasing_status), ("failed", "failed"))
        self.assertIn("No such mailbox", self.deliveries(refused).failure_reason)
        self.assertFalse(refused.chasing_schedule_id.first_sent_at)
        self.at("2026-03-02 09:15")
        self.assertFalse(self.waiting_mails())

    @mute_logger(*LOGGERS)
    def test_a_server_that_cannot_be_reached_fails_what_waited(self):
        """R83, R84: with the reason, and one retry sends it."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        server = self.env.registry["ir.mail_server"]
        with patch.object(server, "_connect__", side_effect=OSError("connection refused")):
            self.env(user=SUPERUSER_ID, context={})["mail.mail"].process_email_queue()
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "smtp_error"))
        self.set_clock("2026-03-02 10:00")
        step.action_retry()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(step.state, "sent")

    @mute_logger(*LOGGERS)
    def test_a_server_that_hangs_up_leaves_no_message_in_the_dark(self):
        """R83: Odoo says nothing more about it."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        with (
            self.mock_smtplib_connection(),
            patch.object(self.testing_smtp_session, "send_message", side_effect=smtplib.SMTPServerDisconnected("gone")),
        ):
            self.env(user=SUPERUSER_ID, context={})["mail.mail"].process_email_queue()
        self.assertEqual(self.deliveries(invoice).state, "failed")
        self.assertEqual(self.step(invoice, "on_issue").state, "failed")
