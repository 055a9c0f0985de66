"""Lob (R89): what is sent, how answers are read, and its signatures; tests/contracts/test_contract_lob.py holds it to
Lob's own contract."""

import hashlib
import hmac
import json
import unittest
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

from postal_double import Double

from postal import lob
from postal.client import Address, Letter, Receipt, Refused, Status, Unavailable
from postal.lob import Lob

SENDER = Address("", "Acme Inc", "210 King St", "Ste 6100", "94107", "San Francisco", "CA", "US")
RECIPIENT = Address("Harry Zhang", "Lob", "185 Berry St", "", "94107-1741", "San Francisco", "CA", "US")
ABROAD = Address("Hans Meier", "", "Beispielweg 4", "", "10115", "Berlin", "", "DE")
LETTER = Letter("key-1", b"%PDF-1.7 letter", RECIPIENT, SENDER, "INV/2026/0001", color=False, duplex=True, pages=2)
PLACED = {"id": "ltr_1", "object": "letter", "metadata": {"chasing_key": "key-1"}}


def scan(name, time):
    return {"name": name, "time": time, "type": "normal"}


class LobCase(unittest.TestCase):
    def setUp(self):
        super().setUp()
        self.answers = []
        self.double = Double(lambda asked: self.answers.pop(0)).__enter__()
        self.addCleanup(self.double.__exit__)
        self.account = self.new()

    def new(self, **options):
        return Lob("test_key", base_url=f"{self.double.url}/v1", **options)

    def will_answer(self, body, status=200, **headers):
        self.answers.append((status, body, headers))

    def will_refuse(self, status, code):
        self.will_answer({"error": {"message": "No.", "status_code": status, "code": code}}, status)

    def refused(self, call, *arguments):
        with self.assertRaises(Refused) as raised:
            call(*arguments)
        return raised.exception


class TestSend(LobCase):
    def test_letter_is_accepted(self):
        self.will_answer({**PLACED, "tracking_number": 92, "expected_delivery_date": "2026-11-30"})
        self.assertEqual(
            self.account.send(LETTER), Receipt("ltr_1", "sending", tracking="92", expected_on=date(2026, 11, 30))
        )
        asked = self.double.asked[0]
        self.assertEqual((asked.method, asked.path), ("POST", "/v1/letters"))
        self.assertEqual(asked.headers["idempotency-key"], "key-1")
        # echo -n test_key: | base64
        self.assertEqual(asked.headers["authorization"], "Basic dGVzdF9rZXk6")

    def test_form_carries_addresses_key_and_pdf(self):
        self.will_answer(PLACED)
        self.account.send(LETTER)
        parts = self.double.asked[0].body
        for name, value in (
            ("to[name]", "Harry Zhang"), ("to[address_zip]", "94107-1741"), ("from[company]", "Acme Inc"),
            ("from[address_line2]", "Ste 6100"), ("metadata[chasing_key]", "key-1"), ("description", "INV/2026/0001"),
            ("color", "false"), ("double_sided", "true"), ("address_placement", "insert_blank_page"),
            ("use_type", "operational"),
        ):  # fmt: skip
            self.assertIn(f'name="{name}"\r\n\r\n{value}\r\n'.encode(), parts)
        self.assertIn(b"Content-Type: application/pdf\r\n\r\n%PDF-1.7 letter\r\n", parts)
        self.assertNotIn(b'name="to[address_line2]"', parts)

    def test_placement_and_long_name_follow_what_lob_prints(self):
        self.will_answer(PLACED)
        self.account = self.new(address_placement="top_first_page")
        self.account.send(replace(LETTER, recipient=replace(RECIPIENT, name="N" * 41)))
        self.assertIn(b"top_first_page", self.double.asked[0].body)
        self.assertIn(b"\r\n" + b"N" * 40 + b"\r\n", self.double.asked[0].body)

    def test_each_refusal_has_its_reason(self):
        table = [
            (422, "invalid", "provider_error"),
            (422, "address_length_exceeds_limit", "incomplete_address"),
            (422, "failed_deliverability_strictness", "incomplete_address"),
            (422, "foreign_return_address", "not_set_up"),
            (422, "file_pages_exceed_max", "pdf_failed"),
            (422, "pdf_encrypted", "pdf_failed"),
            (401, "payment_method_unverified", "not_set_up"),
            (403, "billing_address_required", "not_set_up"),
        ]
        for status, word, code in table:
            with self.subTest(word=word):
                self.will_refuse(status, word)
                self.assertEqual(self.refused(self.account.send, LETTER).code, code)

    def test_letter_that_cannot_be_printed_is_refused(self):
        failure = {"failure_reason": "Bad font.", "remediation": "Embed it.", "errors": None}
        self.will_answer({**PLACED, "status": "failed", "failure_reason": failure})
        problem = self.refused(self.account.send, LETTER)
        self.assertEqual((problem.code, problem.detail), ("pdf_failed", "Bad font. Embed it."))

    def test_key_of_a_cancelled_letter_is_refused(self):
        self.will_answer({**PLACED, "deleted": True})
        self.assertEqual(self.refused(self.account.send, LETTER).code, "provider_error")

    def test_unknown_word_does_not_stop_an_accepted_letter(self):
        self.will_answer({**PLACED, "status": "dreamt"})
        with self.assertLogs("postal.answers", "WARNING"):
            self.assertEqual(self.account.send(LETTER).state, "sending")

    def test_yes_without_an_id_is_temporary(self):
        self.will_answer({"object": "letter"})
        with self.assertRaises(Unavailable):
            self.account.send(LETTER)

    def test_addresses_lob_cannot_print_ask_nobody(self):
        for letter, code in (
            (replace(LETTER, recipient=Address()), "incomplete_address"),
            (replace(LETTER, sender=replace(SENDER, city="")), "not_set_up"),
            (replace(LETTER, sender=ABROAD), "not_set_up"),
        ):
            self.assertEqual(self.refused(self.account.send, letter).code, code)
        self.assertFalse(self.double.asked)


class TestFind(LobCase):
    def test_letter_is_found_by_its_key(self):
        self.will_answer({"data": [{**PLACED, "tracking_events": [scan("Delivered", "2026-11-22T09:00:00Z")]}]})
        self.assertEqual(self.account.find("key-1"), Receipt("ltr_1", "sent"))
        self.assertEqual(self.double.asked[0].query, {"metadata[chasing_key]": ["key-1"], "limit": ["10"]})

    def test_letters_of_others_are_not_ours(self):
        for others in ([], [{**PLACED, "metadata": {}}], [{**PLACED, "metadata": None}], [{**PLACED, "id": None}]):
            with self.subTest(others=others):
                self.will_answer({"data": others})
                self.assertIsNone(self.account.find("key-1"))

    def test_proxy_does_not_know_that_there_is_none(self):
        self.will_answer(b"<html>")
        with self.assertRaises(Unavailable):
            self.account.find("key-1")


class TestStatus(LobCase):
    def status(self, **letter):
        self.will_answer({**PLACED, **letter})
        return self.account.status("ltr_1")

    def test_newest_scan_tells(self):
        scans = [scan("Delivered", "2026-11-25T09:00:00Z"), scan("In Transit", "2026-11-22T09:00:00Z")]
        self.assertEqual(self.status(tracking_events=scans), Status("delivered", "Delivered"))
        self.assertEqual(self.status(tracking_events=scans[1:]), Status("sent", "In Transit"))

    def test_letter_that_comes_back(self):
        back = [scan("Mailed", "2026-11-22T09:00:00Z"), scan("Returned to Sender", "2026-11-29T09:00:00Z")]
        self.assertEqual(self.status(tracking_events=back).state, "returned")

    def test_unknown_scan_is_passed_over(self):
        scans = [scan("Mailed", "2026-11-22T09:00:00Z"), scan("Teleported", "2026-11-23T09:00:00Z"), "x"]
        with self.assertLogs("postal.answers", "WARNING"):
            self.assertEqual(self.status(tracking_events=scans).state, "sent")

    def test_without_a_scan_it_is_on_its_way(self):
        for letter in ({}, {"status": "processed"}, {"status": "rendered"}, {"tracking_events": None}):
            with self.subTest(letter=letter):
                self.assertEqual(self.status(**letter), Status("sending"))

    def test_failed_and_cancelled(self):
        self.assertEqual(self.status(status="failed", failure_reason=None), Status("failed"))
        self.assertEqual(self.status(status="failed", failure_reason="Why"), Status("failed", "Why"))
        self.assertEqual(self.status(deleted=True), Status("cancelled"))

    def test_unknown_word_changes_nothing(self):
        with self.assertLogs("postal.answers", "WARNING"):
            self.assertEqual(self.status(status="dreamt").state, "unknown")


class TestCancel(LobCase):
    def test_letter_is_taken_back(self):
        self.will_answer({"id": "ltr_1", "deleted": True})
        self.assertTrue(self.account.cancel("ltr_1"))
        self.assertEqual((self.double.asked[0].method, self.double.asked[0].path), ("DELETE", "/v1/letters/ltr_1"))

    def test_too_late(self):
        for status, code in ((422, "not_deletable"), (409, "conflict")):
            self.will_refuse(status, code)
            self.will_answer(PLACED)
            self.assertFalse(self.account.cancel("ltr_1"))

    def test_taken_back_before(self):
        self.will_refuse(422, "conflict")
        self.will_answer({**PLACED, "deleted": True})
        self.assertTrue(self.account.cancel("ltr_1"))

    def test_unknown_letter_is_refused(self):
        self.will_refuse(404, "not_found")
        self.will_refuse(404, "not_found")
        self.assertEqual(self.refused(self.account.cancel, "ltr_1").code, "provider_error")


class TestCheck(LobCase):
    def test_key_is_good(self):
        self.will_answer({"data": [], "object": "list"})
        self.account.check()
        self.assertEqual(self.double.asked[0].query, {"limit": ["1"]})

    def test_publishable_key_is_refused(self):
        self.will_refuse(403, "publishable_key_not_allowed")
        self.assertEqual(self.refused(self.account.check).code, "not_set_up")


class TestAddress(unittest.TestCase):
    def problems(self, address):
        try:
            Lob("test_key").check_address(address)
        except Refused as refusal:
            self.assertEqual(refusal.code, "incomplete_address")
            return refusal.detail
        return None

    def test_complete_addresses_pass(self):
        for address in (
            SENDER, RECIPIENT, ABROAD, replace(RECIPIENT, country_code="us", state_code="ca"),
            replace(RECIPIENT, street="1" * 30, street2="2" * 20),
            replace(ABROAD, zip="", state_code="BE"),
        ):  # fmt: skip
            with self.subTest(address=address):
                self.assertIsNone(self.problems(address))

    def test_each_problem_is_told(self):
        table = [
            ({"name": "", "company": ""}, "name"), ({"street": ""}, "street"), ({"city": ""}, "city"),
            ({"street": "1" * 65}, "64 characters"), ({"street": "1" * 30, "street2": "2" * 21}, "50 characters"),
            ({"state_code": ""}, "state"), ({"state_code": "CAL"}, "state"),
            ({"zip": ""}, "ZIP"), ({"zip": "9410"}, "ZIP"), ({"zip": "94107-17"}, "ZIP"),
            ({"zip": "９４１０７"}, "ZIP"), ({"country_code": "us", "zip": "9410"}, "ZIP"),
        ]  # fmt: skip
        for values, word in table:
            with self.subTest(values=values):
                self.assertIn(word, self.problems(replace(RECIPIENT, **values)))

    def test_each_problem_abroad_is_told(self):
        table = [
            ({"name": ""}, "name"),
            ({"street": ""}, "street"),
            ({"country_code": ""}, "country"),
            ({"zip": ""}, "postal code"),
            ({"zip": "", "city": "", "state_code": "BE"}, "postal code"),
        ]
        for values, word in table:
            with self.subTest(values=values):
                self.assertIn(word, self.problems(replace(ABROAD, **values)))

    def test_what_odoo_leaves_empty_is_empty(self):
        self.assertIn("The name is missing. The street is missing.", self.problems(Address(*[False] * 7, "US")))
        self.assertIn("The country is missing.", self.problems(Address(*[False] * 8)))


class TestSignature(unittest.TestCase):
    SECRET = "whsec_1"
    BODY = b'{"id":"evt_1"}'
    STAMP = "1790000000123"
    # printf %s '1790000000123.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_1
    SIGNATURE = "1b0b6443e5a1dbba3b3750a7a3e49ee51a44a1a71d1a0d8019a033e69c39c32e"
    NOW = datetime(2026, 9, 21, 14, 13, 20)

    def verify(self, signature=SIGNATURE, stamp=STAMP, body=BODY, secret=SECRET, now=NOW, names=None):
        first, second = names or ("Lob-Signature", "Lob-Signature-Timestamp")
        return lob.verify_webhook(secret, {first: signature, second: stamp}, body, now)

    def signature(self, stamp, secret=SECRET):
        return hmac.new(secret.encode(), stamp.encode() + b"." + self.BODY, hashlib.sha256).hexdigest()

    def test_genuine_message_in_any_case_of_its_headers(self):
        self.assertTrue(self.verify())
        self.assertTrue(self.verify(names=("lob-signature", "LOB-SIGNATURE-TIMESTAMP")))
        self.assertTrue(self.verify(now=self.NOW.replace(tzinfo=timezone.utc)))

    def test_forged_messages_are_refused(self):
        genuine = self.SIGNATURE
        for signature in ("", "0" * 64, genuine[:-1], genuine + "0", "zz" * 32, genuine.upper(), "é"):
            with self.subTest(signature=signature):
                self.assertFalse(self.verify(signature))
        self.assertFalse(self.verify(body=self.BODY + b" "))
        self.assertFalse(self.verify(secret="other"))
        self.assertFalse(lob.verify_webhook(self.SECRET, {}, self.BODY, self.NOW))

    def test_time_is_part_of_what_is_signed(self):
        self.assertFalse(self.verify(stamp="1790000000124"))

    def test_old_and_future_messages_are_refused(self):
        sent_at = self.NOW + timedelta(milliseconds=123)
        for minutes in (5, -5):
            edge = sent_at + timedelta(minutes=minutes)
            self.assertTrue(self.verify(now=edge))
            self.assertFalse(self.verify(now=edge + timedelta(microseconds=minutes)))

    def test_time_that_is_none_is_refused(self):
        for stamp in ("", "soon", "-1", "1790000000.5", "1_790_000_000_123", "١٧٩", "9" * 15, f" {self.STAMP}"):
            with self.subTest(stamp=stamp):
                self.assertFalse(self.verify(self.signature(stamp), stamp))

    def test_time_in_seconds_is_refused(self):
        self.assertFalse(self.verify(self.signature("1790000000"), "1790000000"))

    def test_empty_secret_signs_nothing(self):
        self.assertFalse(self.verify(self.signature(self.STAMP, ""), secret=""))


class TestEvent(unittest.TestCase):
    def body(self, word="letter.mailed", **values):
        event = {
            "id": "evt_1", "reference_id": "ltr_1", "event_type": {"id": word}, "body": {"id": "ltr_1"},
            "date_created": "2026-11-22T09:54:38.264Z",
        }  # fmt: skip
        return json.dumps({**event, **values}).encode()

    def test_event_is_read(self):
        event = lob.read_webhook(self.body())
        self.assertEqual((event.id, event.provider_reference, event.state), ("evt_1", "ltr_1", "sent"))
        self.assertEqual((event.detail, event.at), ("letter.mailed", datetime(2026, 11, 22, 9, 54, 38)))

    def test_each_event_has_its_state(self):
        table = {
            "letter.created": "sending", "letter.rendered_pdf": None, "letter.viewed": None,
            "letter.re-routed": "sent", "letter.international_exit": "sent", "letter.delivered": "delivered",
            "letter.returned_to_sender": "returned", "letter.rejected": "failed", "letter.deleted": "cancelled",
            "letter.certified.delivered": "delivered", "letter.certified.issue": "sent",
            "letter.return_envelope.returned_to_sender": None,
        }  # fmt: skip
        for word, state in table.items():
            with self.subTest(word=word):
                self.assertEqual(lob.read_webhook(self.body(word)).state, state)

    def test_failure_says_why(self):
        body = {"failure_reason": {"failure_reason": "Bad font."}}
        self.assertEqual(lob.read_webhook(self.body("letter.failed", body=body)).detail, "Bad font.")
        self.assertEqual(lob.read_webhook(self.body("letter.failed", body=None)).detail, "letter.failed")

    def test_unknown_event_is_logged(self):
        with self.assertLogs("postal.answers", "WARNING"):
            self.assertIsNone(lob.read_webhook(self.body("postcard.mailed")).state)

    def test_malformed_bodies_are_errors(self):
        bodies = [
            b"",
            b"7",
            b"{}",
            b"\xff",
            self.body(id=7),
            self.body(reference_id=""),
            self.body(event_type="x"),
            self.body(event_type={"id": []}),
            self.body(date_created="now"),
            self.body(date_created=7),
            self.body(id="a\0b"),
            self.body(reference_id="\ud800"),
        ]
        for body in bodies:
            with self.subTest(body=body), self.assertRaises(ValueError):
                lob.read_webhook(body)
