"""Pingen (R89), against a double on this machine and by vectors computed apart from the code."""

import hashlib
import hmac
import json
import tempfile
import unittest
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from unittest.mock import patch

from postal_double import CLIENT, LETTERS, NEVER, ORGANISATION, SECRET, PingenDouble, error

from postal import pingen
from postal.client import Address, Letter, Receipt, Refused, Status, Unavailable
from postal.pingen import Pingen

SENDER = Address("", "Muster AG", "Bahnhofstrasse 1", "", "8001", "Zürich", "", "CH")
RECIPIENT = Address("Hans Meier", "", "Beispielweg 4", "", "10115", "Berlin", "", "DE")
LETTER = Letter("key-1", b"%PDF-1.7 letter", RECIPIENT, SENDER, "INV/2026/0001", color=False, duplex=True, pages=2)
TOKENS = "/auth/access-tokens"


class PingenCase(unittest.TestCase):
    def setUp(self):
        super().setUp()
        self.double = PingenDouble().__enter__()
        self.addCleanup(self.double.__exit__)
        self.account = self.new()

    def new(self, secret=SECRET, organisation=ORGANISATION, timeout=(5, 30), **options):
        url = self.double.url
        return Pingen(CLIENT, secret, organisation, base_url=url, identity_url=url, timeout=timeout, **options)

    def refused(self, call, *arguments):
        with self.assertRaises(Refused) as raised:
            call(*arguments)
        return raised.exception

    def unavailable(self, call, *arguments):
        with self.assertRaises(Unavailable) as raised:
            call(*arguments)
        return raised.exception


class TestSend(PingenCase):
    def test_letter_is_uploaded_and_ordered(self):
        self.assertEqual(self.account.send(LETTER), Receipt("letter-1", "sending"))
        self.assertEqual(list(self.double.files.values()), [LETTER.pdf])
        order = self.double.asked_for("POST", LETTERS)[0]
        self.assertEqual(order.headers["idempotency-key"], "key-1")
        attributes = order.json()["data"]["attributes"]
        self.assertEqual(attributes["file_original_name"], "INV-2026-0001 key-1.pdf")
        self.assertEqual((attributes["address_position"], attributes["delivery_product"]), ("left", "cheap"))
        self.assertIs(attributes["auto_send"], True)

    def test_print_follows_the_letter_and_the_account(self):
        self.account = self.new(address_position="right", delivery_product="fast")
        self.account.send(replace(LETTER, color=True, duplex=False))
        ordered = self.double.letters["letter-1"]
        wanted = {"print_mode": "simplex", "print_spectrum": "color", "address_position": "right",
                  "delivery_product": "fast"}  # fmt: skip
        self.assertEqual({name: ordered[name] for name in wanted}, wanted)

    def test_same_key_is_the_same_letter(self):
        first, second = self.account.send(LETTER), self.new().send(LETTER)
        self.assertEqual((first, self.double.replayed), (second, ["key-1"]))
        self.assertEqual(len(self.double.letters), 1)

    def test_lost_answer_is_repeated_with_the_same_key(self):
        for lost in ((502, b"<html>", {}), (201, b"<html>", {}), (201, {"data": {"id": ""}}, {})):
            self.double.force("POST", LETTERS, lost)
            self.unavailable(self.account.send, LETTER)
        self.account.send(LETTER)
        keys = [asked.headers["idempotency-key"] for asked in self.double.asked_for("POST", LETTERS)]
        self.assertEqual((keys, len(self.double.letters)), (["key-1"] * 4, 1))

    def test_silence_is_temporary(self):
        self.double.force("GET", "/file-upload", NEVER)
        self.assertIn("in time", self.unavailable(self.new(timeout=(5, 0.3)).send, LETTER).detail)

    def test_attempt_still_being_worked_on_is_waited_for(self):
        self.double.force("POST", LETTERS, error(409, "conflict", "In progress"))
        self.assertEqual(self.unavailable(self.account.send, LETTER).detail, "In progress (HTTP 409)")

    def test_limit_tells_how_long(self):
        self.double.force("POST", LETTERS, error(429, "throttled", "Too many", **{"Retry-After": "12"}))
        self.assertEqual(self.unavailable(self.account.send, LETTER).retry_after, 12.0)

    def test_refused_order_says_why(self):
        self.double.force("POST", LETTERS, error(422, "file_not_a4_portrait", "The file is not A4"))
        problem = self.refused(self.account.send, LETTER)
        self.assertEqual((problem.code, problem.detail), ("provider_error", "The file is not A4 (HTTP 422)"))

    def test_older_form_of_an_error_is_read(self):
        self.double.force("POST", LETTERS, (422, {"errors": {"code": "x", "title": "Title", "details": "Old"}}, {}))
        self.assertEqual(self.refused(self.account.send, LETTER).detail, "Old (HTTP 422)")

    def test_letter_that_failed_already_is_refused(self):
        for word in ("invalid", "cancelled"):
            body = {"data": {"id": "letter-9", "attributes": {"status": word}}}
            self.double.force("POST", LETTERS, (201, body, {}))
            self.assertIn(word, self.refused(self.account.send, LETTER).detail)

    def test_broken_upload_is_temporary(self):
        self.double.force("GET", "/file-upload", (200, {"data": {"attributes": {}}}, {}))
        self.unavailable(self.account.send, LETTER)
        attributes = {"url": "nonsense", "url_signature": "sig"}
        self.double.force("GET", "/file-upload", (200, {"data": {"attributes": attributes}}, {}))
        self.assertIn("did not take the PDF", self.unavailable(self.account.send, LETTER).detail)
        self.assertFalse(self.double.letters)

    def test_incomplete_addresses_ask_nobody(self):
        letter = replace(LETTER, recipient=replace(RECIPIENT, zip="", city=""))
        problem = self.refused(self.account.send, letter)
        self.assertEqual((problem.code, problem.detail), ("incomplete_address", "Missing: postal code, city."))
        problem = self.refused(self.account.send, replace(LETTER, sender=Address()))
        self.assertEqual(problem.code, "not_set_up")
        self.assertIn("Missing: name, street, postal code, city, country.", problem.detail)
        self.assertFalse(self.double.asked)


class TestFind(PingenCase):
    def test_letter_is_found_by_its_key(self):
        self.account.send(replace(LETTER, key="other-key-1"))
        receipt = self.account.send(LETTER)
        self.double.letters[receipt.provider_reference]["status"] = "sent"
        self.assertEqual(self.account.find("key-1"), replace(receipt, state="sent"))
        asked = self.double.asked_for("GET", LETTERS)[0]
        self.assertEqual(asked.query, {"sort": ["-created_at"], "page[limit]": ["20"]})

    def test_unknown_key_finds_nothing(self):
        self.account.send(LETTER)
        self.assertIsNone(self.account.find("key-2"))


class TestToken(PingenCase):
    def test_token_is_asked_for_once(self):
        self.account.send(LETTER)
        self.account.status("letter-1")
        self.assertEqual(len(self.double.tokens), 1)

    def test_token_near_its_end_is_renewed(self):
        self.double.lifetime = pingen.MARGIN
        self.account.check()
        self.account.check()
        self.assertEqual(len(self.double.tokens), 2)

    def test_withdrawn_token_is_replaced_once(self):
        self.account.check()
        self.double.tokens.append("another's")
        self.account.check()
        self.assertEqual(len(self.double.asked_for("POST", TOKENS)), 2)

    def test_passwords_of_this_machine_go_nowhere(self):
        with tempfile.NamedTemporaryFile("w") as netrc, patch.dict("os.environ", NETRC=netrc.name):
            netrc.write("default login me password mine\n")
            netrc.flush()
            self.account.send(LETTER)
        self.assertFalse([asked for asked in self.double.asked if "Basic" in asked.headers.get("authorization", "")])

    def test_wrong_secret_is_refused_and_not_told(self):
        problem = self.refused(self.new(secret="wr0ng/secret").check)
        self.assertEqual((problem.code, problem.detail), ("not_set_up", "Not *** (HTTP 400)"))

    def test_token_that_helps_nothing_is_refused(self):
        self.double.force("GET", LETTERS, *[error(401, "access_denied", f"No, token-{n}") for n in (1, 2)])
        problem = self.refused(self.account.check)
        self.assertEqual((problem.code, problem.detail), ("not_set_up", "No, *** (HTTP 401)"))

    def test_token_without_its_end_is_temporary(self):
        self.double.force("POST", TOKENS, (200, {"access_token": "t"}, {}), (200, b"<html>", {}))
        self.unavailable(self.account.check)
        self.unavailable(self.account.check)


class TestCheck(PingenCase):
    def test_unknown_organisation_is_refused(self):
        problem = self.refused(self.new(organisation="other").check)
        self.assertEqual(problem.code, "not_set_up")
        self.assertIn("The organisation is not known", problem.detail)

    def test_test_mode_is_another_environment(self):
        live, test = Pingen("a", "b", "c"), Pingen("a", "b", "c", test_mode=True)
        self.assertEqual((live.base_url, test.base_url), ("https://api.pingen.com", "https://api-staging.pingen.com"))
        self.assertEqual(test._identity_url, "https://identity-staging.pingen.com")


class TestStatusAndCancel(PingenCase):
    def setUp(self):
        super().setUp()
        self.account.send(LETTER)
        self.letter = self.double.letters["letter-1"]

    def test_status_tells_state_and_price(self):
        self.letter.update(status="delivered", price_value=1.25, price_currency="CHF", tracking_number="98.1234.11")
        self.assertEqual(
            self.account.status("letter-1"),
            Status("delivered", "delivered", "98.1234.11", None, Decimal("1.25"), "CHF"),
        )

    def test_price_may_be_nothing(self):
        self.letter.update(price_value=0, price_currency="CHF")
        status = self.account.status("letter-1")
        self.assertEqual((status.cost, status.currency), (Decimal(0), "CHF"))

    def test_lack_of_money_is_no_failure(self):
        self.letter["status"] = "awaiting_credits"
        self.assertEqual(self.account.status("letter-1"), Status("sending", "awaiting_credits"))

    def test_unknown_word_changes_nothing(self):
        self.letter["status"] = "teleported"
        with self.assertLogs("postal.answers", "WARNING") as logged:
            self.assertEqual(self.account.status("letter-1").state, "unknown")
        self.assertIn("teleported", logged.output[0])

    def test_letter_without_attributes_is_on_its_way(self):
        self.double.force("GET", f"{LETTERS}/letter-1", (200, {"data": {"id": "letter-1"}}, {}))
        self.assertEqual(self.account.status("letter-1").state, "sending")

    def test_unknown_letter_is_refused(self):
        self.assertEqual(self.refused(self.account.status, "letter-9").code, "provider_error")

    def test_letter_is_taken_back(self):
        self.assertTrue(self.account.cancel("letter-1"))
        self.assertEqual(self.letter["status"], "cancelling")
        self.assertTrue(self.account.cancel("letter-1"), "asked again after a lost answer")

    def test_printed_letter_is_too_late(self):
        self.letter["status"] = "printing"
        self.assertFalse(self.account.cancel("letter-1"))


def webhook(kind="webhook_sent", code=None, relation="deliverable", **attributes):
    """A body as Pingen sends it."""
    data = {
        "id": "evt-1", "type": kind, "attributes": {"created_at": "2026-11-22T09:54:38+0100", **attributes},
        "relationships": {relation: {"data": {"type": "letters", "id": "letter-1"}}},
    }  # fmt: skip
    event = {"type": "deliverables_events", "id": "e", "attributes": {"code": code}}
    return json.dumps({"data": data, "included": [{"type": "letters", "id": "letter-1"}, event]}).encode()


class TestWebhook(unittest.TestCase):
    NOW = datetime(2026, 11, 22, 9)
    BODY = b'{"data":{"type":"webhook_sent"}}'
    # printf %s '<body>' | openssl dgst -sha256 -hmac webhook_test_secret
    SIGNATURE = "796339a9e924dac227b639b60e282c854945f55760998e9cc62ef0037883b97c"

    def verify(self, headers, body=BODY, secret="webhook_test_secret"):
        return pingen.verify_webhook(secret, headers, body, self.NOW)

    def test_genuine_body_in_any_case_of_the_header(self):
        for name in ("Signature", "signature", "SIGNATURE"):
            self.assertTrue(self.verify({"Content-Type": "x", name: self.SIGNATURE}))

    def test_signature_is_that_of_an_independent_hand(self):
        body = webhook()
        signature = hmac.new(b"another", body, hashlib.sha256).hexdigest()
        self.assertTrue(self.verify({"Signature": signature}, body, "another"))

    def test_forged_bodies_are_refused(self):
        for signature in ("", "0" * 64, self.SIGNATURE[:-1], self.SIGNATURE.upper(), "zz" * 32, "é", "\udcff"):
            with self.subTest(signature=signature):
                self.assertFalse(self.verify({"Signature": signature}))
        self.assertFalse(self.verify({}))
        self.assertFalse(self.verify({"Signature": self.SIGNATURE}, self.BODY + b" "))
        self.assertFalse(self.verify({"Signature": self.SIGNATURE}, secret="other"))

    def test_empty_secret_signs_nothing(self):
        signature = hmac.new(b"", self.BODY, hashlib.sha256).hexdigest()
        self.assertFalse(self.verify({"Signature": signature}, secret=""))

    def test_each_message_has_its_state(self):
        table = [
            ("webhook_sent", "transferred_to_distributor", "sent"),
            ("webhook_delivered", "delivered", "delivered"),
            ("webhook_undeliverable", "undeliverable", "returned"),
            ("webhook_issues", "file_too_many_pages", "failed"),
            ("webhook_issues", "waiting_for_funds", None),
            ("webhook_issues", None, "failed"),
        ]
        for kind, code, state in table:
            with self.subTest(kind=kind, code=code):
                self.assertEqual(pingen.read_webhook(webhook(kind, code)).state, state)

    def test_message_is_read(self):
        event = pingen.read_webhook(webhook("webhook_issues", "file_too_many_pages", reason="Page limit exceeded"))
        self.assertEqual((event.id, event.provider_reference), ("evt-1", "letter-1"))
        self.assertEqual((event.detail, event.at), ("Page limit exceeded", datetime(2026, 11, 22, 8, 54, 38)))

    def test_reason_that_is_no_text_is_told_as_one(self):
        self.assertEqual(pingen.read_webhook(webhook("webhook_issues", reason=["a", 1])).detail, "['a', 1]")

    def test_older_name_of_the_letter_is_read(self):
        self.assertEqual(pingen.read_webhook(webhook(relation="letter")).provider_reference, "letter-1")

    def test_unknown_words_are_logged(self):
        with self.assertLogs("postal.answers", "WARNING"):
            self.assertEqual(pingen.read_webhook(webhook("webhook_sent", "teleported")).state, "sent")
        with self.assertLogs("postal.answers", "WARNING"):
            self.assertIsNone(pingen.read_webhook(webhook("channel_subscriptions")).state)

    def test_malformed_bodies_are_errors(self):
        bodies = [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, webhook(relation="batch"), webhook(kind=""),
                  webhook(created_at="now"), webhook(created_at=None), b'{"data": []}']  # fmt: skip
        for body in bodies:
            with self.subTest(body=body[:40]), self.assertRaises(ValueError):
                pingen.read_webhook(body)
