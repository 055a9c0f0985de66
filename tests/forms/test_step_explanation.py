from odoo.tests import tagged

from ...models.forms.schedule_strip import Strip
from ...models.forms.step_explanation import Explanation, recipient_texts
from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestStepExplanation(ChasingCommon):
    """R104: why a step went, goes or does not."""

    def explained(self, step):
        return Explanation(step.sudo())

    def test_the_sections_stand_in_the_order_in_which_people_ask(self):
        step = self.step(self.make_invoice(), "on_issue")
        titles = [title for title, _lines in self.explained(step).sections()]
        self.assertEqual(titles, ["Outcome", "Date", "Conditions", "Recipients", "Message"])
        html = step.explanation
        places = [html.index(f"<h5>{title}</h5>") for title in titles]
        self.assertEqual(places, sorted(places))

    def test_one_to_come_says_what_it_does_by_itself_and_by_hand(self):
        explained = self.explained(self.step(self.make_invoice(), "before_due"))
        state, by_itself, by_hand = explained.state()
        self.assertEqual(state, "Planned")
        self.assertIn("It will be sent on Fri 13 Mar 10:00 to ann@customer.example", by_itself)
        self.assertIn("You can send it now", by_hand)
        self.assertEqual(len(explained.instants()), 1)
        self.assertIn("Planned for Friday 13 March 2026, 10:00", explained.instants()[0])

    def test_one_that_was_sent_says_when_and_to_whom(self):
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        explained = self.explained(self.step(invoice, "on_issue"))
        self.assertEqual(explained.state(), ["Sent"])
        self.assertIn("Sent or attempted on Monday 2 March 2026, 09:00", explained.instants()[-1])
        [line] = explained.recipients()
        self.assertTrue(line.startswith("ann@customer.example: Sent."), line)

    def test_one_that_was_not_tried_reached_nobody(self):
        invoice = self.make_invoice()
        self.step(invoice, "on_issue").action_skip()
        explained = self.explained(self.step(invoice, "on_issue"))
        self.assertEqual(explained.recipients(), ["Nobody, it was not attempted."])

    def test_the_conditions_are_those_of_now(self):
        invoice = self.make_invoice(amount=100)
        invoice.chasing_schedule_id.action_pause(reason="promised")
        conditions = self.explained(self.step(invoice, "on_issue")).conditions()
        self.assertIn("Invoice: Posted.", conditions)
        self.assertTrue([line for line in conditions if line.startswith("Hold: ") and "paused" in line], conditions)
        self.assertIn("First sent: nothing yet.", conditions)

    def test_what_reaches_nobody_is_told_apart_from_whom_it_reaches(self):
        """R66"""
        self.cadence.step_ids[0].channel_sms = True
        reached, problems = recipient_texts(self.step(self.make_invoice(), "on_issue"))
        self.assertEqual([line.partition(":")[0] for line in reached], ["Ann Lee <ann@customer.example>"])
        self.assertEqual(len(problems), 1)

    def test_the_strip_spans_from_the_first_day_to_the_last(self):
        schedule = self.make_invoice().chasing_schedule_id
        strip = Strip(schedule.sudo()).content()
        self.assertEqual([mark["kind"] for mark in strip["marks"]], ["issue", "due", "today"])
        self.assertEqual([dot["state"] for dot in strip["dots"]], ["planned"] * 3)
        # issued and now on 2 March, due 14 days later, the last message on 21 March
        self.assertEqual([mark["at"] for mark in strip["marks"]], [0, 14 * 100 / 19, 0])
        self.assertEqual([dot["at"] for dot in strip["dots"]], [0, 11 * 100 / 19, 100])
        self.assertIn("To ann@customer.example.", strip["dots"][0]["text"])

    def test_what_was_cancelled_has_no_dot(self):
        invoice = self.make_invoice()
        self.pay(invoice)
        self.assertEqual(Strip(invoice.chasing_schedule_id.sudo()).content()["dots"], [])
