import hmac
import json
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..builders.letters import LetterCommon

SECRET = "whsec_of_a_test"


@tagged("post_install", "-at_install")
class TestPostalWebhooks(LetterCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.provider = self.use_provider("lob", api_key="test_key", webhook_secret=SECRET)
        self.letter = self.make_letter()
        self.letter._set_state("sending")
        self.letter.provider_reference = "ltr_1"
        self.path = self.provider.webhook_url.replace(self.provider.get_base_url(), "")
        self.env.cr.flush()

    # ------------------------------------------------------------------ what providers send

    def lob_body(self, word="letter.mailed", reference="ltr_1", event="evt_1"):
        return json.dumps({
            "id": event,
            "reference_id": reference,
            "event_type": {"id": word},
            "date_created": "2026-03-02T08:00:00Z",
            "body": {},
        }).encode()

    def tell(self, body, secret=SECRET, age=timedelta(0), path=None, **headers):
        stamp = str(int((self.now - age).replace(tzinfo=timezone.utc).timestamp() * 1000))
        signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()
        headers = {"Lob-Signature": signature, "Lob-Signature-Timestamp": stamp, **headers}
        with mute_logger("odoo.addons.invoice_chasing.controllers.postal"):
            answer = self.url_open(
                path or self.path, data=body, headers={"Content-Type": "application/json", **headers}, method="POST"
            )
        self.env.invalidate_all()
        return answer

    def use_pingen(self):
        self.provider.write({"code": "pingen", "client_id": "me", "organisation": "us"})
        self.letter.provider_code = "pingen"
        self.env.cr.flush()
        return self.path.replace("/lob/", "/pingen/")

    def pingen_body(self, kind="webhook_delivered", event="one"):
        return json.dumps({
            "data": {
                "id": event,
                "type": kind,
                "attributes": {"created_at": "2026-03-04T10:00:00+0100", "reason": "x"},
                "relationships": {"deliverable": {"data": {"id": "ltr_1"}}},
            }
        }).encode()

    # ------------------------------------------------------------------ heard

    def test_a_message_moves_the_letter_and_its_delivery(self):
        """R87."""
        self.assertEqual(self.tell(self.lob_body()).status_code, 200)
        self.assertEqual((self.letter.state, self.letter.delivery_id.state), ("sent", "sent"))
        self.tell(self.lob_body("letter.returned_to_sender", event="evt_2"))
        self.assertEqual((self.letter.state, self.letter.delivery_id.state), ("returned", "bounced"))
        step = self.step(self.letter.move_id, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "returned"))

    def test_a_message_heard_before_changes_nothing(self):
        self.tell(self.lob_body())
        self.assertEqual(self.tell(self.lob_body("letter.failed")).status_code, 200)
        self.assertEqual(self.letter.state, "sent")
        self.assertEqual(self.env["chasing.postal.event"].sudo().search_count([]), 1)

    def test_what_no_database_keeps_is_refused_like_anything_else(self):
        """In the address, in an id, in words; too long, or no text."""
        wrong = self.tell(self.lob_body(), path=self.path[:-5] + "wrong")
        self.assertEqual(wrong.status_code, 404)
        for path in (
            self.path + "%00",
            self.path[:-3] + "%00%ff",
            "/chasing/postal/lob/" + "x" * 5000,
            self.path.replace("/lob/", "/lo%00/"),
        ):
            answer = self.tell(self.lob_body(), path=path)
            self.assertEqual((answer.status_code, answer.content), (404, wrong.content), path)
        for body in (
            self.lob_body(event="e" * 900_000),
            self.lob_body(event="e\0"),
            self.lob_body(reference="l\0"),
            self.lob_body(reference="l" * 900_000),
            self.lob_body(event="\ud800"),
            b"[" * 900_000,
        ):
            answer = self.tell(body)
            self.assertEqual((answer.status_code, answer.content), (404, wrong.content), body[:60])
        self.assertEqual(self.letter.state, "sending")
        self.assertEqual(self.tell(self.lob_body()).status_code, 200)
        self.assertEqual(self.letter.state, "sent")

    def test_words_of_any_length_are_kept_as_far_as_people_read_them(self):
        path = self.use_pingen()
        body = json.loads(self.pingen_body("webhook_undeliverable"))
        body["data"]["attributes"]["reason"] = "gone\0away " + "x" * 500_000
        body = json.dumps(body).encode()
        answer = self.tell(body, path=path, Signature=hmac.new(SECRET.encode(), body, sha256).hexdigest())
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(self.letter.failure_detail.startswith("gone away x"))
        self.assertLessEqual(len(self.letter.failure_detail), 500)

    def test_what_is_too_long_is_not_even_read(self):
        """Its length is said before it."""
        providers = self.env.registry["chasing.postal.provider"]
        with patch.object(providers, "_by_token", side_effect=AssertionError) as asked:
            self.assertEqual(self.tell(b"x" * 1_000_001).status_code, 404)
            self.assertEqual(self.tell(b"").status_code, 404)
        self.assertFalse(asked.called)

    def test_messages_in_the_wrong_order_leave_the_newest(self):
        """R87."""
        self.tell(self.lob_body("letter.delivered"))
        self.assertEqual(self.tell(self.lob_body("letter.mailed", event="evt_0")).status_code, 200)
        self.assertEqual(self.letter.state, "delivered")

    def test_a_word_nobody_knows_changes_nothing_and_is_answered(self):
        with mute_logger("odoo.addons.invoice_chasing.models.postal.answers"):
            self.assertEqual(self.tell(self.lob_body("letter.teleported")).status_code, 200)
        self.assertEqual(self.letter.state, "sending")

    def test_pingen_is_heard_at_its_own_address(self):
        path, body = self.use_pingen(), self.pingen_body()
        signature = hmac.new(SECRET.encode(), body, sha256).hexdigest()
        self.assertEqual(self.tell(body, path=path, Signature=signature).status_code, 200)
        self.assertEqual(self.letter.state, "delivered")

    # ------------------------------------------------------------------ refused

    def test_whatever_is_refused_is_refused_alike_and_changes_nothing(self):
        good = self.lob_body()
        wrong = {
            "forged": {"body": good, "secret": "guessed"},
            "stale": {"body": good, "age": timedelta(minutes=6)},
            "unsigned": {"body": good, "headers": {"Lob-Signature": ""}},
            "without time": {"body": good, "headers": {"Lob-Signature-Timestamp": "soon"}},
            "malformed": {"body": b"[1, 2"},
            "empty": {"body": b""},
            "too long": {"body": b" " * 1_000_001},
            "unknown letter": {"body": self.lob_body(reference="ltr_other")},
            "unknown token": {"body": good, "path": "/chasing/postal/lob/guessed"},
            "unknown provider": {"body": good, "path": self.path.replace("/lob/", "/other/")},
            "another provider's address": {"body": good, "path": self.path.replace("/lob/", "/pingen/")},
        }
        answers = set()
        for name, options in wrong.items():
            headers = options.pop("headers", {})
            answer = self.tell(**options, **headers)
            answers.add((answer.status_code, answer.text, answer.headers["Content-Type"]))
            self.assertEqual(self.letter.state, "sending", name)
        self.assertEqual(answers, {(404, "Not found", "text/plain")})
        self.assertFalse(self.env["chasing.postal.event"].sudo().search([]))

    def test_without_a_signing_key_nothing_is_believed(self):
        self.provider.webhook_secret = False
        self.env.cr.flush()
        self.assertEqual(self.tell(self.lob_body(), secret="").status_code, 404)
        self.assertEqual(self.letter.state, "sending")

    def test_another_companys_provider_is_no_witness(self):
        """Its messages are signed rightly and are about a letter that is not its own."""
        other = self.setup_other_company()["company"]
        theirs = self.provider.create({
            "company_id": other.id,
            "code": "lob",
            "api_key": "test_other",
            "webhook_secret": "other",
        })
        self.env.cr.flush()
        path = theirs.webhook_url.replace(theirs.get_base_url(), "")
        self.assertEqual(self.tell(self.lob_body(), secret="other", path=path).status_code, 404)
        self.assertEqual(self.letter.state, "sending")

    def test_only_posts_are_heard(self):
        self.assertEqual(self.url_open(self.path).status_code, 405)

    def test_old_messages_are_forgotten(self):
        self.tell(self.lob_body())
        event = self.env["chasing.postal.event"].sudo().search([])
        event.received_at = datetime(2020, 1, 1)
        event._gc_events()
        self.assertFalse(event.exists())
