"""The Lob client against a server that knows Lob's contract and refuses what breaks it (R89)."""

import unittest
from dataclasses import replace
from datetime import date

import requests
from contract_mock import MockedSession, mock_address

from postal.client import Address, Letter, Refused, Unavailable
from postal.lob import Lob

SENDER = Address("", "Acme Inc", "210 King St", "Ste 6100", "94107", "San Francisco", "CA", "US")
RECIPIENT = Address("Harry Zhang", "", "185 Berry St", "", "94107", "San Francisco", "CA", "US")
ABROAD = Address("Hans Meier", "", "Beispielweg 4", "", "10115", "Berlin", "", "DE")
LETTER = Letter("key-1", b"%PDF-1.7", RECIPIENT, SENDER, "INV/2026/0001", color=False, duplex=True, pages=1)
# The one in the contract's examples
PLACED = "ltr_4868c3b754655f90"


class NoKey(MockedSession):
    """Loses the key on its way."""

    def send(self, request, **options):
        request.headers.pop("Authorization")
        return super().send(request, **options)


class Unbinding(Lob):
    """Lets addresses pass that Lob does not."""

    def check_address(self, address):
        pass


class TestTheServer(unittest.TestCase):
    def test_it_refuses_what_breaks_the_contract(self):
        """Otherwise nothing below proves anything."""
        url, broken = f"{mock_address('PRISM_LOB')}/letters", {"color": "blue"}
        answer = requests.post(url, auth=("test_key", ""), data=broken, timeout=30)
        self.assertEqual(answer.status_code, 422)
        self.assertIn("use_type", answer.headers["sl-violations"])


class TestLob(unittest.TestCase):
    def account(self, session=None, kind=Lob, **options):
        self.session = session or MockedSession()
        return kind("test_key", base_url=mock_address("PRISM_LOB"), session=self.session, **options)

    def refused(self, call, *arguments):
        with self.assertRaises(Refused) as raised:
            call(*arguments)
        return raised.exception

    def kept(self):
        """The contract has no objection to anything that was asked."""
        self.assertEqual(set(self.session.violations), {None})

    def test_letter_is_sent(self):
        receipt = self.account().send(LETTER)
        self.assertEqual((receipt.provider_reference, receipt.state), (PLACED, "sending"))
        self.assertEqual(receipt.expected_on, date(2017, 9, 12))
        self.kept()

    def test_letter_abroad_in_color_made_for_lob_is_sent(self):
        letter = replace(LETTER, recipient=ABROAD, color=True, duplex=False)
        self.assertEqual(self.account(address_placement="top_first_page").send(letter).provider_reference, PLACED)
        self.kept()

    def test_broken_letter_is_refused(self):
        letter = replace(LETTER, recipient=replace(RECIPIENT, street=""))
        problem = self.refused(self.account(kind=Unbinding).send, letter)
        self.assertEqual(problem.code, "provider_error")
        self.assertIn("to[address_line1]", self.session.violations[0])

    def test_unknown_placement_is_refused(self):
        self.refused(self.account(address_placement="somewhere").send, LETTER)
        self.assertIn("address_placement", self.session.violations[0])

    def test_request_without_a_key_is_refused(self):
        problem = self.refused(self.account(NoKey()).send, LETTER)
        self.assertEqual((problem.code, problem.detail), ("not_set_up", "The request isn't authorized. (HTTP 401)"))

    def test_limit_and_fault_are_temporary(self):
        for code in (429, 500):
            with self.subTest(code=code), self.assertRaises(Unavailable):
                self.account(MockedSession(f"code={code}")).send(LETTER)

    def test_letters_of_others_are_not_found(self):
        self.assertIsNone(self.account().find("key-1"))
        self.kept()

    def test_status_is_read(self):
        self.assertEqual(self.account().status(PLACED).state, "sending")
        self.kept()

    def test_unknown_letter_is_refused(self):
        problem = self.refused(self.account(MockedSession("code=404")).status, PLACED)
        self.assertEqual((problem.code, problem.detail), ("provider_error", "letter not found (HTTP 404)"))

    def test_letter_is_taken_back(self):
        self.assertTrue(self.account().cancel(PLACED))
        self.kept()

    def test_printed_letter_is_too_late(self):
        self.assertFalse(self.account(MockedSession("code=422", "DELETE")).cancel(PLACED))

    def test_account_is_good(self):
        self.account().check()
        self.kept()
