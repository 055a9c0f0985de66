"""What will fail: R83, R85, R96."""
import unittest

from engine.facts import StepFacts
from engine.prediction import Prediction, predict, unreached
from engine.recipients import Recipient, Resolution

STEP = StepFacts("step", "after_due", channels=frozenset({"email", "sms"}))
GOOD = Recipient(1, "Ann", "ann@example.com", None, "invoice_contact")
BAD = Recipient(2, "Bob", "bob@", None, "invoice_contact", "invalid_email")


class TestPredicting(unittest.TestCase):
    def predicted(self, email, sms=None, step=STEP, **more):
        resolutions = {"email": email, "sms": sms or Resolution((GOOD,))}
        return predict(step, resolutions, more.pop("obstacles", {}), **more)

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

    def test_what_the_company_lacks_comes_first(self):
        """R85"""
        self.assertEqual(
            self.predicted(Resolution((BAD,)), obstacles={"email": "no_template"}),
            Prediction("no_template", channel="email"),
        )

    def test_role_that_nobody_has(self):
        """R63: a step that will be skipped does not fail."""
        nobody = Resolution((), "no_role_contact")
        self.assertIsNone(self.predicted(nobody, nobody))
        self.assertEqual(
            self.predicted(nobody, nobody, role_missing="fail"), Prediction("no_role_contact", channel="email"))

    def test_hour_at_which_no_sms_goes(self):
        """R88"""
        late = StepFacts("step", "after_due", hour=22, channels=frozenset({"email", "sms"}))
        self.assertEqual(self.predicted(Resolution((GOOD,)), step=late), Prediction("quiet_hours"))

    def test_each_channel_is_judged_by_itself(self):
        """R83: through a channel that finds somebody it goes; one bad address among others does not keep it back."""
        nobody = Resolution((), "no_recipient")
        found = {"email": Resolution((GOOD, BAD)), "sms": nobody, "letter": Resolution((BAD,))}
        self.assertEqual(unreached(found, {}), {"sms": "no_recipient", "letter": "invalid_email"})
        self.assertEqual(unreached({"email": Resolution((GOOD,))}, {"email": "no_sender"}), {"email": "no_sender"})
        missing = {"email": Resolution((), "no_role_contact")}
        self.assertEqual(unreached(missing, {}), {"email": "no_role_contact"})


if __name__ == "__main__":
    unittest.main()
