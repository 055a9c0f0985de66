import base64
import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.sms import ANN, BOB, ChasingSmsCommon

SID, TOKEN, SENDER = "AC" + "0123456789abcdef" * 2, "secret", "+4915799912345"
TAKEN = (201, json.dumps({"sid": "SM1", "status": "queued", "error_code": None, "num_segments": "1"}))
HANG_UP = None
HTML = (502, "<html>Bad Gateway</html>")


def refusal(status, code, message):
    """An answer of Twilio's that says no."""
    return status, json.dumps({"code": code, "message": message, "status": status, "more_info": ""})


class Twilio(HTTPServer):
    """Twilio on this machine: takes what real requests bring and answers as told."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), TwilioRequest)
        self.answers, self.requests = [], []


class TwilioRequest(BaseHTTPRequestHandler):
    def do_POST(self):
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.server.requests.append((self.path, self.headers["Authorization"], form))
        answer = self.server.answers.pop(0)
        if answer is HANG_UP:
            return
        status, body = answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *words):
        pass


@tagged("post_install", "-at_install")
@mute_logger(
    "odoo.addons.sms.models.sms_sms",
    "odoo.addons.sms_twilio.tools.sms_api",
)
class TestSmsTwilio(ChasingSmsCommon):
    """What Odoo's own Twilio module does with Twilio's answers, and what we make of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "sms_provider" not in cls.env["res.company"]._fields:
            raise unittest.SkipTest("sms_twilio is not installed")
        cls.company.sudo().write({
            "sms_provider": "twilio",
            "sms_twilio_account_sid": SID,
            "sms_twilio_auth_token": TOKEN,
            "sms_twilio_number_ids": [
                Command.create({"number": SENDER, "country_id": cls.env.ref("base.de").id}),
            ],
        })
        cls.twilio = Twilio()
        cls.addClassCleanup(cls.twilio.server_close)
        threading.Thread(target=cls.twilio.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.twilio.shutdown)

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        request.url = request.url.replace("https://api.twilio.com", f"http://127.0.0.1:{cls.twilio.server_port}")
        return super()._request_handler(session, request, **options)

    def sent_by_twilio(self, *answers, contacts=()):
        """An invoice whose SMS went to a Twilio that gives these answers."""
        for number in contacts:
            self.make_contact(number, number)
        self.twilio.answers[:], self.twilio.requests[:] = answers, []
        self.set_clock("2026-03-02 08:30")
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.run_queue()
        return invoice

    def seen(self, invoice):
        """[(state, reason code, what Twilio said)] of its deliveries."""
        return [(one.state, one.failure_code, one.failure_detail) for one in self.deliveries(invoice)]

    def test_twilio_gets_number_text_and_where_to_report(self):
        """R88."""
        invoice = self.sent_by_twilio(TAKEN)
        [(path, authorization, form)] = self.twilio.requests
        self.assertEqual(path, f"/2010-04-01/Accounts/{SID}/Messages.json")
        self.assertEqual(base64.b64decode(authorization.split()[1]).decode(), f"{SID}:{TOKEN}")
        self.assertEqual((form["From"], form["To"]), (SENDER, ANN))
        self.assertIn(invoice.name, form["Body"])
        self.assertIn("/sms_twilio/status/", form["StatusCallback"])
        self.assertEqual(self.seen(invoice), [("sent", False, False)])

    def test_an_answer_that_is_none_leaves_only_its_own_sms_in_doubt(self):
        """R82, R84: Odoo takes all of a batch for failed."""
        for answer in (HTML, HANG_UP):
            with self.subTest(answer=answer):
                self.customer.child_ids.active = False
                invoice = self.sent_by_twilio(TAKEN, answer, contacts=[BOB, ANN])
                self.assertEqual([form["To"] for _path, _authorization, form in self.twilio.requests], [BOB, ANN])
                self.assertEqual([one[:2] for one in self.seen(invoice)], [("sent", False), ("failed", "unclear")])
                self.run_queue()
                self.assertEqual(len(self.twilio.requests), 2)

    def test_too_many_at_once_was_not_sent_and_can_be_retried(self):
        """R84."""
        invoice = self.sent_by_twilio(refusal(429, 20429, "Too Many Requests"))
        self.assertEqual(self.seen(invoice), [("failed", "sms_failed", "Too Many Requests")])
        self.set_clock("2026-03-02 09:15")
        self.twilio.answers[:] = [TAKEN]
        self.step(invoice, "on_issue").action_retry()
        self.run_queue()
        self.assertEqual(len(self.twilio.requests), 2)
        self.assertEqual(self.step(invoice, "on_issue").state, "sent")

    def test_each_refusal_has_its_reason(self):
        """R85."""
        for code, reason in (
            (21211, "invalid_phone"),
            (21614, "invalid_phone"),
            (21603, "not_set_up"),
            (21608, "not_set_up"),
            (21610, "sms_failed"),
            (20003, "sms_failed"),
        ):
            with self.subTest(code=code):
                invoice = self.sent_by_twilio(refusal(400, code, f"Error {code}"))
                self.assertEqual(self.seen(invoice), [("failed", reason, f"Error {code}")])

    def test_without_account_or_number_nothing_is_tried(self):
        """R85."""
        for field in ("sms_twilio_account_sid", "sms_twilio_number_ids"):
            with self.subTest(field=field):
                self.company.sudo()[field] = False
                self.assertIn("Firm", self.env["chasing.channel.sms"]._unavailable(self.company))
                invoice = self.sent_by_twilio()
                self.assertEqual(self.step(invoice, "on_issue").reason_code, "not_set_up")
                self.assertFalse(self.twilio.requests)

    def test_twilio_reports_what_became_of_it(self):
        """R87."""
        for error, state, reason in (
            ("30003", "bounced", "bounced"),
            ("30006", "bounced", "not_mobile"),
            ("30007", "bounced", "provider_error"),
            ("30008", "failed", "sms_failed"),
            (None, "failed", "sms_failed"),
        ):
            with self.subTest(error=error):
                invoice = self.sent_by_twilio(TAKEN)
                tracker = self.deliveries(invoice).notification_id.sudo().sms_tracker_ids
                tracker._action_update_from_twilio_error("undelivered", error, "Its words")
                self.assertEqual(self.seen(invoice), [(state, reason, "Its words")])
