"""What comes of a step, and what will fail: R62, R63, R75, R83, R85, R96."""

import unittest
from datetime import datetime

from engine.prediction import Foresight, Prediction, foresee, obstruct, predict, unreached
from engine.recipients import Recipient, Resolution
from engine.verdict import Ask, Fail, Send, Skip, Wait

GOOD = Recipient(1, "Ann", "ann@example.com", None, "invoice_contact")
BAD = Recipient(2, "Bob", "bob@", None, "invoice_contact", "invalid_email")


class TestPredicting(unittest.TestCase):
    def predicted(self, email, sms=None, **more):
        resolutions = {"email": email, "sms": sms or Resolution((GOOD,))}
        return predict(resolutions, **more)

    def test_step_that_reaches_everybody(self):
        """R96"""
        self.assertIsNone(self.predicted(Resolution((GOOD,))))

    def test_one_bad_address_of_two(self):
        """R83: a step that reaches only some is among the failures."""
        self.assertEqual(self.predicted(Resolution((GOOD, BAD))), Prediction("invalid_email", BAD, "email"))

    def test_one_channel_that_finds_nobody(self):
        """R83, R85"""
        self.assertEqual(
            self.predicted(Resolution((GOOD,)), Resolution((), "no_recipient")),
            Prediction("no_recipient", channel="sms"),
        )

    def test_what_keeps_a_recipient_comes_before_a_channel_that_has_nobody(self):
        """R85"""
        self.assertEqual(
            self.predicted(Resolution((), "no_recipient"), Resolution((BAD,))),
            Prediction("invalid_email", BAD, "sms"),
        )

    def test_role_that_nobody_has(self):
        """R63: a step that will be skipped does not fail."""
        nobody = Resolution((), "no_role_contact")
        self.assertIsNone(self.predicted(nobody, nobody))
        self.assertEqual(
            self.predicted(nobody, nobody, role_missing="fail"), Prediction("no_role_contact", channel="email")
        )

    def test_each_channel_is_judged_by_itself(self):
        """R83: through a channel that finds somebody it goes; one bad address among others does not keep it back."""
        nobody = Resolution((), "no_recipient")
        found = {"email": Resolution((GOOD, BAD)), "sms": nobody, "letter": Resolution((BAD,))}
        self.assertEqual(unreached(found), {"sms": "no_recipient", "letter": "invalid_email"})
        missing = {"email": Resolution((), "no_role_contact")}
        self.assertEqual(unreached(missing), {"email": "no_role_contact"})


COPY = Recipient(3, "Carl", "carl@firm.example", None, "internal_copy", internal=True)
LOST_COPY = Recipient(4, "Dora", "dora@", None, "internal_copy", "invalid_email", internal=True)
BOTH = Send(frozenset({"email", "sms"}))


class TestForeseeing(unittest.TestCase):
    def test_what_is_not_sent(self):
        """R104: verdict, state, reason."""
        for decision, state, reason in (
            (Skip("paid"), "skipped", "paid"),
            (Fail("no_template"), "failed", "no_template"),
            (Ask(), "waiting", "waiting_for_person"),
            (Wait(None, "blocked"), "held", "blocked"),
            (Wait(datetime(2026, 1, 20), "contact_delay"), "planned", "contact_delay"),
        ):
            with self.subTest(decision=decision):
                found = foresee(decision, {"email": Resolution((GOOD,))})
                self.assertEqual(found, Foresight(state, reason))

    def test_what_is_sent(self):
        """R83, R62, R63: recipients by e-mail and by SMS, state and reason."""
        good, nobody = Resolution((GOOD,)), Resolution((), "no_recipient")
        unset = obstruct(good, "not_set_up")
        for email, sms, state, reason in (
            (good, good, "sent", None),
            (good, nobody, "partly", "no_recipient"),
            (nobody, nobody, "failed", "no_recipient"),
            (Resolution((GOOD, BAD)), good, "partly", "invalid_email"),
            (Resolution((BAD,)), nobody, "failed", "invalid_email"),
            (good, unset, "partly", "not_set_up"),
            (obstruct(good, "no_sender"), unset, "failed", "no_sender"),
            (Resolution((COPY,)), Resolution((COPY,)), "skipped", "internal_only"),
            (Resolution((COPY,)), nobody, "failed", "no_recipient"),
            (Resolution((GOOD, LOST_COPY)), good, "partly", "invalid_email"),
            (Resolution((), "no_role_contact"), Resolution((), "no_role_contact"), "skipped", "no_role_contact"),
        ):
            with self.subTest(email=email, sms=sms):
                found = foresee(BOTH, {"email": email, "sms": sms})
                self.assertEqual((found.state, found.reason_code), (state, reason))

    def test_whom_it_reaches(self):
        """R66: a channel that is used up reaches nobody."""
        found = {"email": Resolution((GOOD, BAD)), "sms": obstruct(Resolution((GOOD,)), "not_set_up")}
        self.assertEqual(foresee(BOTH, found).reached, {"email": (GOOD,), "sms": ()})
        self.assertEqual(foresee(Send(frozenset({"email"})), found).reached, {"email": (GOOD,)})

    def test_what_the_company_lacks_keeps_everybody(self):
        """R85, R63: whatever else is wrong with them; a role that nobody has is said all the same."""
        self.assertEqual(
            [one.problem for one in obstruct(Resolution((GOOD, BAD)), "no_template").recipients], ["no_template"] * 2
        )
        self.assertEqual(obstruct(Resolution((), "no_role_contact"), "no_template").problem, "no_role_contact")


if __name__ == "__main__":
    unittest.main()
