"""The server that knows Twilio's contract can be reached by Twilio's own address."""

import unittest

from contract_mock import TWILIO, MockedSession, redirect_twilio
from requests import Request

ACCOUNT = f"AC{'0' * 32}"
MESSAGES = f"{TWILIO}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
MESSAGE = {"To": "+14155552671", "From": "+15005550006", "Body": "Hello"}


class TestTwilio(unittest.TestCase):
    def post(self, data, auth=(ACCOUNT, "token"), prefer=None):
        return MockedSession(prefer).post(MESSAGES, data=data, auth=auth)

    def test_message_is_created(self):
        answer = self.post(MESSAGE)
        self.assertEqual((answer.status_code, answer.json()["status"]), (201, "queued"))

    def test_what_breaks_the_contract_is_refused(self):
        for missing in MESSAGE:
            with self.subTest(missing=missing):
                answer = self.post({name: value for name, value in MESSAGE.items() if name != missing})
                self.assertEqual(answer.status_code, 400)
                self.assertIn(missing, answer.headers["sl-violations"])
        self.assertEqual(self.post(MESSAGE, auth=None).status_code, 401)

    def test_limit_can_be_asked_for(self):
        answer = self.post(MESSAGE, prefer="code=429")
        self.assertEqual((answer.status_code, answer.json()["code"]), (429, 20429))

    def test_other_addresses_are_left_alone(self):
        for url in ("https://api.twilio.com.example.com/x", "https://example.com/"):
            request = Request("GET", url).prepare()
            redirect_twilio(request)
            self.assertEqual(request.url, url)
