"""What the brake counts is what the run then sends: over many random invoices, customers and days (R47)."""

import random
from collections import Counter
from datetime import timedelta

from odoo.tests import tagged

from ...models.dispatch.chasing_brake import Tally
from ..builders.builders import ChasingCommon, utc
from ..builders.pace import PaceCommon

SEED = 47
INVOICES = 50
DAYS_LONG = 20


class BrakeAndRunsCommon(ChasingCommon):
    """Many random invoices."""

    has_default = False

    def setUp(self):
        super().setUp()
        self.dice = random.Random(SEED)
        self.company.chasing_run_limit = 10_000
        self.role = self.make_role("Boss")
        self.brake = self.env(user=1, context={})["chasing.brake"]
        self.customers = [self.make_random_customer(number) for number in range(8)]
        self.invoices = self.env["account.move"].union(*(self.make_random_invoice() for _number in range(INVOICES)))

    def make_random_customer(self, number):
        """One with contacts for its invoices and with a role, with and without addresses that are any good."""
        dice, address = (
            self.dice,
            {"street": "A 1", "zip": "1000", "city": "B", "country_id": self.env.ref("base.be").id},
        )
        own = address if dice.random() < 0.6 else {}
        customer = self.make_customer(
            f"C{number}", dice.choice((False, "broken", f"c{number}@customer.example")), **own
        )
        for place in range(dice.randint(0, 3)):
            self.make_customer(
                f"C{number}.{place}",
                dice.choice((False, "broken at", f"c{number}.{place}@customer.example", "same@customer.example")),
                parent_id=customer.id,
                type=dice.choice(("invoice", "contact")),
                chasing_role_ids=dice.choice(([], self.role.ids)),
            )
        return customer

    def make_random_invoice(self):
        dice, steps = self.dice, {}
        for _number in range(dice.randint(1, 4)):
            trigger = dice.choice(("on_issue", "after_issue", "after_due"))
            step = {
                "trigger": trigger,
                "days": 0 if trigger == "on_issue" else dice.randint(1, 12),
                "hour": dice.choice((9, 10, 14)),
                "mode": dice.choice(("auto",) * 6 + ("ask", "task")),
                "role_id": dice.choice((False, False, False, self.role.id)),
                "role_missing": dice.choice(("skip", "fail")),
                "channel_letter": dice.random() < 0.3,
            }
            steps[trigger, step["days"], step["hour"], step["role_id"]] = step
        invoice = self.make_invoice(
            due=f"2026-03-{dice.randint(3, 16):02}",
            partner_id=dice.choice(self.customers).id,
            steps=list(steps.values()),
            terms={"min_contact_days": dice.choice((0, 0, 2, 5))},
        )
        schedule = invoice.chasing_schedule_id
        if dice.random() < 0.3:
            schedule._set_contacts(True, dice.choice(("a@own.example", "a@own.example, b@own.example")))
        if dice.random() < 0.3:
            schedule.action_pause(until=f"2026-03-{dice.randint(4, 14):02}")
        return invoice

    def count_steps(self):
        """{step id: messages} that the brake counts of what is due."""
        self.env.flush_all()
        due = self.brake._due(self.now).get(self.company, self.env["chasing.schedule"])
        counted = self.brake._messages(due, self.now) if due else {}
        steps = {step: messages for steps in counted.values() for step, messages in steps.items() if messages}
        self.assertLessEqual(sum(steps.values()), sum(self.brake._most(due, self.now).values()))
        return steps

    def count(self):
        """The messages that the brake counts of what is due."""
        return sum(self.count_steps().values())

    def run_once(self):
        """(messages that the brake counts, deliveries that the run writes down, those that fail too)."""
        before = self.env["chasing.delivery"].search([])
        dispatcher = self.env(user=1, context={})["chasing.dispatcher"]
        prepared = dispatcher._prepare(self.now, 1_000, Tally({}, {}))
        messages = self.count()
        dispatcher._dispatch_batch(self.now, prepared)
        self.env.flush_all()
        new = self.env["chasing.delivery"].search([]) - before
        return messages, len(new)


@tagged("post_install", "-at_install")
class TestBrakeAndRuns(BrakeAndRunsCommon):
    """R8, R17, R35b, R40, R42, R47, R60-R63, R101."""

    def test_what_it_counts_is_what_leaves(self):
        total, missed = 0, 0
        self.now = utc("2026-03-02 09:00")
        while self.now < utc("2026-03-02 09:00") + timedelta(DAYS_LONG):
            self.env.flush_all()
            counted, left = self.run_once()
            self.assertEqual(counted, left, self.now)
            total += left
            # now and then nothing runs for some days
            wait = self.dice.choice((1, 1, 1, 4, 5, 19, 76))
            missed += wait > 24
            self.now += timedelta(hours=wait)
        self.assertGreater(total, 60)
        self.assertGreater(missed, 0)

    def test_of_a_run_it_holds_all_or_nothing(self):
        """R47: one message too many, and every step that is due waits for the click; as many as allowed go."""
        self.now = utc("2026-03-02 09:00")
        self.env.flush_all()
        messages = self.count()
        self.assertGreater(messages, 5)
        self.company.chasing_run_limit = messages - 1
        self.assertEqual(self.run_once()[1], 0)
        self.assertEqual(self.brake._count_held(self.company)[1], messages)
        self.company.action_chasing_release_brake()
        self.env.flush_all()
        self.company.chasing_run_limit = messages
        self.assertEqual(self.run_once()[1], messages)


@tagged("post_install", "-at_install")
class TestBrakeAndPace(PaceCommon, BrakeAndRunsCommon):
    """R47, R113: a mail server takes three messages a minute, and what exceeds that waits."""

    def test_what_waits_is_counted_once_and_leaves_once(self):
        counted, times, waited = Counter(), Counter(), set()
        self.now = utc("2026-03-02 09:00")
        end = self.now + timedelta(DAYS_LONG)
        dispatcher = self.env(user=1, context={})["chasing.dispatcher"]
        while self.now < end:
            self.env.flush_all()
            prepared = dispatcher._prepare(self.now, 1_000, Tally({}, {}))
            for step, messages in self.count_steps().items():
                counted[step] += messages
                times[step] += 1
            dispatcher._dispatch_batch(self.now, prepared)
            self.deliver()
            waiting = self.env["chasing.step"].search([("waits_until", ">", self.now)])
            waited |= set(waiting.ids)
            self.now += timedelta(minutes=1) if waiting else timedelta(hours=self.dice.choice((1, 1, 1, 4, 5, 19, 76)))
        deliveries = self.env["chasing.delivery"].search([("move_id", "in", self.invoices.ids)])
        left = Counter(delivery.step_id.id for delivery in deliveries)
        for step, messages in left.items():
            self.assertEqual(times[step], 1, step)
            self.assertGreaterEqual(counted[step], messages)
            if step not in waited:
                self.assertEqual(counted[step], messages)
        self.assertGreater(len(waited & left.keys()), 10)
