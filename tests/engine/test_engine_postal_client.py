"""What the postal clients have in common (R89): two kinds of no, no secret in any text."""

import doctest
import logging
import socket
import traceback
import unittest
from datetime import date, datetime
from decimal import Decimal
from email.utils import formatdate
from types import SimpleNamespace

from postal_double import NEVER, Double

from engine.verdict import REASONS
from postal import PROVIDERS, answers, http_client, lob, pingen
from postal.client import PostalProvider, Refused, Unauthorised, Unavailable

SECRET = "test_s3cret/key"
# (connect, read): long enough for a busy machine to answer, short enough to wait for one that does not
QUICK = (5, 0.3)


def checked(answer, key=SECRET, timeout=(5, 30)):
    """What check() raises when the provider gives this answer."""
    with Double(lambda asked: answer) as double:
        try:
            lob.Lob(key, base_url=double.url, timeout=timeout).check()
        except (Refused, Unavailable) as problem:
            return problem
    return None


def refusal(status, code="invalid", message="No."):
    return status, {"error": {"message": message, "status_code": status, "code": code}}, {}


class TestProviders(unittest.TestCase):
    ACCOUNT = SimpleNamespace(client_id="me", api_key="test_key", organisation="us", test_mode=True)

    def test_each_file_is_found_by_itself(self):
        self.assertEqual(PROVIDERS, {"lob": lob.Lob, "pingen": pingen.Pingen})

    def test_each_says_what_it_needs(self):
        for provider in PROVIDERS.values():
            with self.subTest(provider=provider.code):
                self.assertTrue(provider.label and provider.layouts and provider.credentials)
                self.assertTrue(provider.tracks_letters and provider.sends_webhooks())

    def test_client_is_made_of_an_account(self):
        account = lob.Lob.connect(self.ACCOUNT, {}.get)
        self.assertEqual((account.base_url, account.address_placement), ("https://api.lob.com/v1", "top_first_page"))
        self.assertEqual(pingen.Pingen.connect(self.ACCOUNT, {}.get).base_url, "https://api-staging.pingen.com")

    def test_administrator_may_set_another_address(self):
        for provider in PROVIDERS.values():
            self.assertEqual(provider.connect(self.ACCOUNT, {"url": "http://here"}.get).base_url, "http://here")

    def test_account_may_be_empty(self):
        nothing = SimpleNamespace(client_id=False, api_key=False, organisation=False, test_mode=False)
        for provider in PROVIDERS.values():
            self.assertIsInstance(provider.connect(nothing, {}.get), provider)

    def test_one_that_says_nothing_has_no_client_and_is_not_believed(self):
        self.assertIsNone(PostalProvider.connect(self.ACCOUNT, {}.get))
        self.assertFalse(PostalProvider.sends_webhooks())
        self.assertFalse(PostalProvider.verify_webhook("secret", {}, b"{}", datetime(2026, 3, 2)))
        self.assertRaises(ValueError, PostalProvider.read_webhook, b"{}")


class TestTemporary(unittest.TestCase):
    def test_server_errors_and_limits_are_temporary(self):
        for status in (408, 425, 429, 500, 502, 503, 504):
            with self.subTest(status=status):
                problem = checked(refusal(status))
                self.assertIsInstance(problem, Unavailable)
                self.assertEqual((problem.detail, problem.retry_after), (f"No. (HTTP {status})", None))

    def test_wait_is_the_one_that_was_asked_for(self):
        problem = checked((429, {}, {"Retry-After": "17"}))
        self.assertEqual((problem.detail, problem.retry_after), ("Lob (HTTP 429)", 17.0))

    def test_page_of_a_proxy_is_temporary(self):
        for answer in ((502, b"<h1>Bad gateway</h1>", {}), (200, b"<h1>Hello</h1>", {}), (302, b"", {"Location": "/"})):
            with self.subTest(answer=answer):
                problem = checked(answer)
                self.assertIsInstance(problem, Unavailable)
                self.assertNotIn("<h1>", problem.detail)

    def test_key_follows_nobody_elsewhere(self):
        with Double(lambda asked: (307, b"", {"Location": f"{elsewhere.url}/"})) as double, Double() as elsewhere:
            self.assertRaises(Unavailable, lob.Lob(SECRET, base_url=double.url).check)
        self.assertEqual((len(double.asked), len(elsewhere.asked)), (1, 0))

    def test_yes_without_its_content_is_temporary(self):
        for body in ({}, [], {"data": None}, {"data": "text"}, "text", 7, None):
            with self.subTest(body=body):
                self.assertIsInstance(checked((200, body, {})), Unavailable)

    def test_silence_is_temporary(self):
        self.assertEqual(checked(NEVER, timeout=QUICK).detail, "Lob did not answer in time.")

    def test_nobody_there_is_temporary(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            with self.assertRaises(Unavailable) as raised:
                lob.Lob(SECRET, base_url=f"http://127.0.0.1:{closed.getsockname()[1]}").check()
        self.assertEqual(raised.exception.detail, "Lob could not be reached.")


class TestFinal(unittest.TestCase):
    def test_status_gives_the_reason_when_the_word_does_not(self):
        table = {400: "provider_error", 401: "not_set_up", 402: "no_credit", 403: "not_set_up", 404: "provider_error",
                 409: "provider_error", 413: "pdf_failed", 422: "provider_error"}  # fmt: skip
        for status, code in table.items():
            with self.subTest(status=status):
                problem = checked(refusal(status))
                self.assertEqual((problem.code, problem.detail), (code, f"No. (HTTP {status})"))
                self.assertIs(type(problem), Unauthorised if status == 401 else Refused)

    def test_refusal_without_a_word_still_tells_its_number(self):
        for body in (b"<html>", {"error": "text"}, {"error": None}, [], "x"):
            with self.subTest(body=body):
                self.assertEqual(checked((404, body, {})).detail, "Lob (HTTP 404)")

    def test_address_or_key_with_strange_signs_is_refused(self):
        for url, key in (("nonsense", SECRET), ("http://", SECRET), ("http://127.0.0.1:1", "key“")):
            with self.subTest(url=url, key=key), self.assertRaises(Refused) as raised:
                lob.Lob(key, base_url=url).check()
            self.assertEqual(raised.exception.code, "not_set_up")

    def test_every_reason_is_one_of_the_engine(self):
        """R85"""
        codes = {*http_client._STATUS_REASONS.values(), *lob.REFUSALS.values(), *pingen.REFUSALS.values()}
        self.assertLessEqual(codes | {"incomplete_address", "provider_error", "pdf_failed"}, set(REASONS))

    def test_every_state_is_one_of_the_contract(self):
        words = (lob.RENDERING, lob.TRACKING, lob.EVENTS, pingen.STATES, pingen.CODES, pingen.KINDS)
        states = {state for known in words for state in known.values()}
        self.assertEqual(states, {None, "sending", "sent", "delivered", "returned", "failed", "cancelled"})


class TestSecrets(unittest.TestCase):
    def test_echoed_secret_is_masked(self):
        encoded = "dGVzdF9zM2NyZXQva2V5Og=="
        problem = checked(refusal(422, message=f"Bad: {SECRET}, {encoded}, test_s3cret%2Fkey"), key=f" {SECRET}\n")
        self.assertEqual(problem.detail, "Bad: ***, ***, *** (HTTP 422)")

    def test_no_secret_in_what_is_shown_or_logged(self):
        account, told = lob.Lob(f" {SECRET}\n", base_url="http://127.0.0.1:1"), ""
        with self.assertLogs(level=logging.DEBUG) as logged:
            try:
                account.check()
            except Unavailable:
                told = traceback.format_exc()
        self.assertIn("Unavailable", told)
        for text in (repr(account), told, *logged.output):
            self.assertNotIn("s3cret", text)

    def test_no_secret_does_not_mask_everything(self):
        self.assertEqual(checked(refusal(401), key="").detail, "No. (HTTP 401)")

    def test_long_answer_is_cut(self):
        self.assertEqual(len(checked(refusal(422, message="x" * 9999)).detail), 500)


class TestRetryAfter(unittest.TestCase):
    NOW = 1_790_000_000.0

    def test_each_way_of_asking_for_time(self):
        table = [
            ({"Retry-After": "20"}, 20),
            ({"Retry-After": "0.5"}, 0.5),
            ({"Retry-After": formatdate(self.NOW + 90, usegmt=True)}, 90),
            ({"X-RateLimit-Reset": "1790000030"}, 30),
            ({"X-Rate-Limit-Reset": "5"}, 5),
            ({"RateLimit-Reset": "1790000007.5"}, 7.5),
            ({"Retry-After": "3", "X-RateLimit-Reset": "1790000030"}, 3),
            ({"Retry-After": "soon", "X-RateLimit-Reset": "1790000030"}, 30),
            ({"Retry-After": "9999999"}, 86400),
        ]
        for headers, seconds in table:
            with self.subTest(headers=headers):
                self.assertEqual(answers.retry_after(headers, self.NOW), seconds)

    def test_what_asks_for_nothing(self):
        for value in ("", "0", "1528749846", "-5", "soon", "nan", "Wed, 21 Oct 2015 07:28:00 GMT", "Mon, 99 Foo"):
            with self.subTest(value=value):
                self.assertIsNone(answers.retry_after({"Retry-After": value}, self.NOW))
        self.assertIsNone(answers.retry_after({}, self.NOW))


class TestReading(unittest.TestCase):
    def test_examples_are_true(self):
        self.assertEqual(doctest.testmod(answers), (0, 2))

    def test_instants_are_utc(self):
        self.assertEqual(answers.instant("2017-09-05T15:54:53.264Z"), datetime(2017, 9, 5, 15, 54, 53))
        self.assertEqual(answers.instant("2024-04-26T09:54:38+02:00"), datetime(2024, 4, 26, 7, 54, 38))
        for text in ("", "yesterday", "2024-04-26T09:54:38", "0001-01-01T00:00:00+0200"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                answers.instant(text)

    def test_days_and_amounts_may_be_missing(self):
        self.assertEqual(answers.day("2017-09-12T00:00:00Z"), date(2017, 9, 12))
        self.assertIsNone(answers.day(None))
        self.assertEqual(answers.money(1.63), Decimal("1.63"))
        for value in (None, "", "NaN", []):
            self.assertIsNone(answers.money(value))

    def test_parts_of_an_address_are_safe(self):
        self.assertEqual(answers.path("letters", "../a?b"), "letters/..%2Fa%3Fb")
