"""Who gets a message: R60-R64, R85."""

import unittest
from dataclasses import replace
from unittest.mock import patch

from engine import recipients
from engine.address_list import MAX_ENTRY, MAX_LIST, MAX_RECIPIENTS, is_email, parse_address_list
from engine.addresses import split_entry
from engine.facts import StepFacts
from engine.recipients import (
    WHY,
    AddressBook,
    Chosen,
    Contact,
    Postal,
    Recipient,
    Resolution,
    Route,
    confine,
    email_addresses,
    judge,
    mobile_numbers,
    postal_lines,
    read_mobile,
)
from engine.verdict import REASONS, Fail, Skip

ANN = Contact(1, "Ann", "ann@example.com", "de_DE")
BOB = Contact(2, "Bob", " BOB@Example.com ")
BOSS = Contact(3, "Boss", "boss@example.com")
ADDRESS = Postal("Hauptstr. 1", None, "10115", "Berlin", None, "Germany")
SALES = Contact(90, "Sam", "sam@own.example", internal=True)
BOOK = AddressBook(default_contacts=(ANN, BOB), role_contacts={"boss": (BOSS, SALES), "empty": ()})
STEP = StepFacts("step", "after_due")
ROUTES = {
    "email": Route("email", email_addresses, uses_own_list=True),
    "sms": Route("sms", mobile_numbers),
    "letter": Route("letter", postal_lines, unreachable="incomplete_address"),
}


def resolve(step, book, channel="email"):
    return recipients.resolve(step, book, ROUTES[channel])


def reached(book=BOOK, role=None):
    found = resolve(replace(STEP, role=role), book)
    return found.problem or [(one.address, one.why, one.problem) for one in found.recipients]


class TestChosen(unittest.TestCase):
    """Whom a person chose for one message: R74."""

    def reached(self, chosen, channel="email", book=BOOK, role="boss"):
        found = recipients.resolve(replace(STEP, role=role), book, ROUTES[channel], chosen)
        return found.problem or [(one.address, one.why, one.problem) for one in found.recipients]

    def test_those_and_nobody_else_whatever_the_step_says(self):
        book = replace(BOOK, own_emails="list@example.com", blacklisted=frozenset({"dan@example.com"}))
        self.assertEqual(
            self.reached(Chosen((ANN,), "Dan <dan@example.com>, ann@example.com, nobody"), book=book),
            [
                ("ann@example.com", "chosen", None),
                ("dan@example.com", "entered", "blacklisted"),
                ("nobody", "entered", "invalid_email"),
            ],
        )

    def test_entered_addresses_get_emails_alone(self):
        chosen = Chosen((replace(ANN, phone="+4915112345678", postal=ADDRESS),), "dan@example.com")
        self.assertEqual(self.reached(chosen, "sms"), [("+4915112345678", "chosen", None)])
        self.assertEqual(len(self.reached(chosen, "letter")), 1)
        self.assertEqual(self.reached(Chosen((), "dan@example.com"), "sms"), "no_recipient")
        self.assertEqual(self.reached(Chosen((ANN,)), "letter"), [("Ann", "chosen", "incomplete_address")])

    def test_no_more_than_fifty(self):
        many = ", ".join(f"a{number}@example.com" for number in range(MAX_RECIPIENTS))
        self.assertEqual(self.reached(Chosen((ANN,), many)), "too_many_recipients")


class TestResolving(unittest.TestCase):
    def test_default_contacts(self):
        """R60"""
        self.assertEqual(
            reached(), [("ann@example.com", "invoice_contact", None), ("bob@example.com", "invoice_contact", None)]
        )

    def test_recipient_carries_contact_and_language(self):
        """R65"""
        first = resolve(STEP, BOOK).recipients[0]
        self.assertEqual(first, Recipient(1, "Ann", "ann@example.com", "de_DE", "invoice_contact"))

    def test_own_list_replaces_them(self):
        """R61"""
        book = replace(BOOK, own_emails="Me@Example.org; ann@example.com ;; me@example.org")
        self.assertEqual(reached(book), [("me@example.org", "own_list", None), ("ann@example.com", "own_list", None)])

    def test_readers_of_an_own_list_read_the_customers_language(self):
        """R65: nothing else is known of them."""
        book = replace(BOOK, own_emails="me@example.org", own_lang="fr_FR")
        self.assertEqual([one.lang for one in resolve(STEP, book).recipients], ["fr_FR"])

    def test_role_keeps_to_its_contacts(self):
        """R63, R61, R62: the own list is for steps without a role; our own people get a copy."""
        book = replace(BOOK, own_emails="me@example.org")
        self.assertEqual(
            reached(book, "boss"), [("boss@example.com", "role", None), ("sam@own.example", "internal_copy", None)]
        )
        self.assertEqual([one.internal for one in resolve(replace(STEP, role="boss"), book).recipients], [False, True])

    def test_role_that_nobody_has_reaches_nobody(self):
        """R63"""
        self.assertEqual(reached(role="empty"), "no_role_contact")
        self.assertEqual(reached(role="unheard of"), "no_role_contact")

    def test_nobody_with_an_address(self):
        """R85"""
        silent = Contact(5, "Silent", None)
        for book in (AddressBook(), AddressBook((silent,)), replace(BOOK, own_emails=" ; ")):
            with self.subTest(book=book):
                self.assertEqual(reached(book), "no_recipient")
        self.assertEqual(reached(AddressBook(role_contacts={"boss": (silent,)}), "boss"), "no_recipient")

    def test_contact_without_address_is_passed_over(self):
        """R83: what was not tried cannot fail."""
        self.assertEqual(
            reached(AddressBook((Contact(5, "Silent", ""), BOSS))), [("boss@example.com", "invoice_contact", None)]
        )

    def test_customer_stands_in_where_no_contact_has_an_address(self):
        """R60: channel by channel; a bad address is a failure, not a lack."""
        company = Contact(9, "Firm", "firm@example.com", phone="+4915112345678", postal=ADDRESS)
        silent, wrong = Contact(5, "Silent", phone="+32470123456"), Contact(6, "Wrong", "wrong@", phone="12")
        table = [
            ((silent,), "email", ["firm@example.com"]),
            ((silent,), "sms", ["+32470123456"]),
            ((silent, wrong), "email", ["wrong@"]),
            ((wrong,), "sms", ["12"]),
            ((), "email", ["firm@example.com"]),
            ((silent, wrong), "letter", [ADDRESS.line]),
            ((silent, Contact(7, "Half", postal=Postal("Street 1"))), "letter", ["Street 1"]),
        ]
        for contacts, channel, expected in table:
            with self.subTest(contacts=contacts, channel=channel):
                found = resolve(STEP, AddressBook(contacts, fallback=company), channel)
                self.assertEqual([one.address for one in found.recipients], expected)

    def test_customer_who_has_no_address_either(self):
        """R60, R85: the contact is named, whom people know."""
        book = AddressBook((Contact(5, "Silent"),), fallback=Contact(9, "Firm"))
        self.assertEqual(reached(book), "no_recipient")
        [nobody] = resolve(STEP, book, "letter").recipients
        self.assertEqual((nobody.address, nobody.problem), ("Silent", "incomplete_address"))

    def test_customer_does_not_stand_in_for_a_role(self):
        """R63"""
        book = AddressBook(role_contacts={"boss": (Contact(5, "Silent"),)}, fallback=ANN)
        self.assertEqual(reached(book, "boss"), "no_recipient")

    def test_number_without_country_is_read_with_the_companys(self):
        """R60b: the contact's own goes first."""
        for country, expected in ((None, "+4915112345678"), ("BE", "0151 12345678")):
            contact = Contact(5, "Eva", phone="0151 12345678", country=country)
            [one] = resolve(STEP, AddressBook((contact,), country="DE"), "sms").recipients
            self.assertEqual(one.address, expected)

    def test_same_address_once(self):
        """R61: the first contact has it."""
        twin = Contact(4, "Twin", "ANN@example.com")
        found = resolve(STEP, AddressBook((ANN, BOB, twin))).recipients
        self.assertEqual([one.contact_key for one in found], [1, 2])

    def test_contact_with_two_addresses(self):
        """R60"""
        two = Contact(4, "Two", "a@example.com, b@example.com")
        self.assertEqual(
            [address for address, *_rest in reached(AddressBook((two,)))], ["a@example.com", "b@example.com"]
        )

    def test_bad_addresses_keep_their_problem(self):
        """R85"""
        addresses = ("nobody@", "black@example.com", "back@example.com")
        contacts = tuple(Contact(address, "", address) for address in addresses)
        book = AddressBook(
            contacts, blacklisted=frozenset({"black@example.com"}), bounced={"back@example.com": "bounced"}
        )
        self.assertEqual([problem for *_rest, problem in reached(book)], ["invalid_email", "blacklisted", "bounced"])

    def test_each_word_has_its_text(self):
        """R66"""
        self.assertEqual(set(WHY), {"invoice_contact", "own_list", "role", "internal_copy", "chosen", "entered"})


class TestOtherChannels(unittest.TestCase):
    def found(self, channel, *contacts, **more):
        resolution = resolve(STEP, AddressBook(contacts, **more), channel)
        return resolution.problem or [(one.address, one.problem) for one in resolution.recipients]

    def test_sms_goes_to_the_mobile_number(self):
        """R88"""
        ann = replace(ANN, phone=" 0470 12 34 56 ", country="BE")
        self.assertEqual(self.found("sms", ann), [("+32470123456", None)])

    def test_number_that_takes_no_sms(self):
        """R88, R85"""
        table = [
            ("02 229 03 49", "BE", "not_mobile"),
            ("+1 800 555 0199", None, "not_mobile"),
            ("0470 12", "BE", "invalid_phone"),
            ("0470 12 34 56", None, "invalid_phone"),
            ("call me", "BE", "invalid_phone"),
        ]
        for phone, country, problem in table:
            with self.subTest(phone=phone):
                self.assertEqual(read_mobile(phone, country)[1], problem)

    def test_numbers_that_may_be_mobile_are_tried(self):
        """R88: an American number does not tell."""
        self.assertEqual(read_mobile("(415) 555-2671", "US"), ("+14155552671", None))

    def test_contact_without_a_number_is_passed_over(self):
        """R85"""
        self.assertEqual(self.found("sms", ANN, replace(BOB, phone="  ")), "no_recipient")

    def test_number_on_the_blacklist(self):
        """R85"""
        ann = replace(ANN, phone="+32470123456")
        self.assertEqual(
            self.found("sms", ann, blacklisted=frozenset({"+32470123456"})), [("+32470123456", "blacklisted")]
        )

    def test_own_list_is_for_email_alone(self):
        """R61"""
        ann = replace(ANN, phone="+32470123456")
        self.assertEqual(self.found("sms", ann, own_emails="me@example.org"), [("+32470123456", None)])

    def test_letter_goes_to_the_address(self):
        """R89; one letter for people at the same address."""
        self.assertEqual(
            self.found("letter", replace(ANN, postal=ADDRESS), replace(BOB, postal=ADDRESS)),
            [("Hauptstr. 1, 10115 Berlin, Germany", None)],
        )

    def test_incomplete_address(self):
        """R85: what is needed is known per country."""
        table = [
            (replace(ADDRESS, street=""), True),
            (replace(ADDRESS, city=None), True),
            (replace(ADDRESS, zip=None), True),
            (replace(ADDRESS, country=None), True),
            (replace(ADDRESS, zip=None, needs_zip=False), False),
            (replace(ADDRESS, needs_state=True), True),
            (replace(ADDRESS, needs_state=True, state="CA"), False),
            (replace(ADDRESS, street=" \u200b\xa0"), True),
            (replace(ADDRESS, city="\t"), True),
            (replace(ADDRESS, confirmed=False), True),
        ]
        for postal, incomplete in table:
            with self.subTest(postal=postal):
                [(_address, problem)] = self.found("letter", replace(ANN, postal=postal))
                self.assertEqual(problem, "incomplete_address" if incomplete else None)

    def test_address_of_which_nothing_was_entered(self):
        """R85"""
        self.assertEqual(self.found("letter", ANN), [("Ann", "incomplete_address")])


class TestJudging(unittest.TestCase):
    def recipients(self, *problems):
        return Resolution(tuple(Recipient(1, "A", "a", None, "role", problem) for problem in problems))

    def test_step_goes_to_those_who_can_be_reached(self):
        """R83"""
        self.assertIsNone(judge(self.recipients(None)))
        self.assertIsNone(judge(self.recipients("invalid_email", None)))

    def test_step_fails_if_nobody_can(self):
        """R85"""
        self.assertEqual(judge(self.recipients("invalid_email", "blacklisted")), Fail("invalid_email"))
        self.assertEqual(judge(Resolution((), "no_recipient")), Fail("no_recipient"))

    def test_step_says_what_a_missing_role_means(self):
        """R63"""
        nobody = Resolution((), "no_role_contact")
        self.assertEqual(judge(nobody), Skip("no_role_contact"))
        self.assertEqual(judge(nobody, "fail"), Fail("no_role_contact"))

    def test_each_problem_has_its_sentence(self):
        """R85"""
        for code in ("no_role_contact", "no_recipient", "invalid_email", "blacklisted", "bounced"):
            self.assertIn(code, REASONS)


class TestConfining(unittest.TestCase):
    def test_outsider_is_refused(self):
        """R64"""
        found = resolve(STEP, AddressBook((ANN, BOSS)))
        self.assertEqual([one.problem for one in confine(found, {1}).recipients], [None, "not_allowed_recipient"])
        self.assertEqual(confine(found, {1, 3}), found)


class TestWithin(unittest.TestCase):
    def test_only_those_who_belong_to_the_invoice(self):
        """R64: recipient, own list, whether it is allowed; 1 and 2 are the customer's contacts."""

        def recipient(key, address="a@example.com", **values):
            return Recipient(key, "", address, None, "role", **values)

        table = [
            (recipient(1), None, True),
            (recipient(3), None, False),
            (recipient(3), "a@example.com", False),
            (recipient(90, internal=True), None, True),
            (recipient(None), "A@example.com; b@example.com", True),
            (recipient(None), "b@example.com", False),
            (recipient(None), None, False),
        ]
        for one, own, allowed in table:
            with self.subTest(key=one.contact_key, own=own):
                [found] = confine(Resolution((one,)), {1, 2}, own).recipients
                self.assertEqual(found.problem, None if allowed else "not_allowed_recipient")


class TestMany(unittest.TestCase):
    def test_an_own_list_is_read_once_however_long_it_is(self):
        """R64: not once for each of its addresses."""
        for count in (5, MAX_RECIPIENTS):
            own = "\n".join(f"a{number}@example.com" for number in range(count))
            found = resolve(STEP, AddressBook(own_emails=own))
            with patch("engine.address_list.split_entry", wraps=split_entry) as read:
                confined = confine(found, (), own)
            self.assertEqual(confined, found)
            self.assertEqual(read.call_count, count)

    def test_a_step_goes_to_as_many_as_a_reminder_can_have(self):
        """R85: one more, and it says why it cannot go."""

        def people(count):
            return tuple(Contact(number, "", f"a{number}@example.com") for number in range(count))

        for where in (
            {"default_contacts": people},
            {"own_emails": lambda count: ", ".join(contact.email for contact in people(count))},
        ):
            [(name, made)] = where.items()
            self.assertEqual(len(resolve(STEP, AddressBook(**{name: made(MAX_RECIPIENTS)})).recipients), MAX_RECIPIENTS)
            found = resolve(STEP, AddressBook(**{name: made(MAX_RECIPIENTS + 1)}))
            self.assertEqual(judge(found), Fail("too_many_recipients"))
            self.assertEqual(confine(found, (), "").recipients, ())

    def test_the_same_address_many_times_is_one_recipient(self):
        """R60"""
        found = resolve(STEP, AddressBook(own_emails="a@example.com," * 1000))
        self.assertEqual([one.address for one in found.recipients], ["a@example.com"])

    def test_what_is_too_long_is_shown_cut_and_goes_nowhere(self):
        """R85: a contact's address, number and street have no limit of their own; an index of the database has."""
        contact = Contact(
            1, "Ann", "a" * 9999 + "@example.com", phone="1" * 9999, postal=Postal("s" * 9999, city="c", country="c")
        )
        problems = {"email": "invalid_email", "sms": "invalid_phone", "letter": "incomplete_address"}
        for channel, problem in problems.items():
            [found] = resolve(STEP, AddressBook((contact,)), channel).recipients
            self.assertEqual((len(found.address), found.problem), (MAX_ENTRY, problem))

    def test_a_list_that_is_too_long_is_no_address(self):
        """R61: cut off it could end in the address of somebody else."""
        self.assertEqual(parse_address_list(";" * MAX_LIST), ())
        [(_name, address)] = parse_address_list("ann@example.com;" + "b" * MAX_LIST)
        self.assertFalse(is_email(address))


if __name__ == "__main__":
    unittest.main()
