"""What the forecast says of many random schedules is what the runs then do."""

import random
from datetime import date

from odoo.tests import tagged

from ...models.engine.states import LIVE
from ..builders.builders import utc
from ..builders.forecast import ForecastCommon
from ..builders.hand import WORDS

SEED = 2026
CADENCES = 60
INVOICES_EACH = 4
HOURS = (9, 9, 10, 14, 16)
ZONES = (False, False, "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati")
UNCHASED = 20


@tagged("post_install", "-at_install")
class TestForecastAndEngine(ForecastCommon):
    """Which steps go when, through which channel, why others do not: R8, R17, R35b, R36, R40, R42, R42b, R83, R101,
    R102."""

    def setUp(self):
        super().setUp()
        self.dice = random.Random(SEED)
        self.role, self.unheld_role = self.make_role("Boss"), self.make_role("Nobody")
        address = {"street": "A 1", "zip": "1000", "city": "B", "country_id": self.env.ref("base.be").id}
        self.customers = [
            self.make_customer("With all", "all@customer.example", **address),
            self.make_customer("Without a place", "mail@customer.example"),
        ]
        for customer in self.customers:
            self.make_customer("Boss", "boss@customer.example", parent_id=customer.id, chasing_role_ids=self.role.ids)
        self.invoices = self.env["account.move"].union(*(self.make_random_invoices() for _number in range(CADENCES)))
        self.unchased = self.make_invoices(UNCHASED, partner_id=self.customers[0].id, chased=False)
        self.invoices |= self.unchased

    def make_random_invoices(self):
        """Invoices of different due dates with one random cadence."""
        dice = self.dice
        cadence = self.make_cadence(
            "Random", self.make_random_steps(), min_contact_days=dice.choice((0, 0, 1, 2, 3, 5, 7, 10))
        )
        invoices = self.env["account.move"].union(
            *(
                self.make_invoice(
                    due=f"2026-03-{dice.randint(2, 31):02}", partner_id=dice.choice(self.customers).id, chased=False
                )
                for _number in range(INVOICES_EACH)
            )
        )
        invoices._chasing_assign(cadence)
        return invoices

    def make_random_steps(self):
        """Values of one to six steps, no two of which are the same."""
        steps = {}
        for _number in range(self.dice.randint(1, 6)):
            step = self.make_random_step()
            same = (step["trigger"] == "repeat") or tuple(step[name] for name in ("trigger", "days", "hour", "role_id"))
            steps.setdefault(same, step)
        return list(steps.values())

    def make_random_step(self):
        dice = self.dice
        trigger = dice.choice(("on_issue", "after_issue", "before_due", "after_due", "after_due", "repeat"))
        channels = dice.choice(((True, False),) * 4 + ((True, True), (False, True)))
        return {
            "trigger": trigger,
            "days": 0 if trigger == "on_issue" else dice.randint(1, 12),
            "hour": dice.choice(HOURS),
            "repeat_count": dice.randint(1, 4) if trigger == "repeat" else 1,
            "mode": dice.choice(("auto",) * 9 + ("ask",)),
            "role_id": dice.choice((False,) * 8 + (self.role.id, self.unheld_role.id)),
            "role_missing": dice.choice(("skip", "fail")),
            "channel_email": channels[0],
            "channel_letter": channels[1],
        }

    def hold_some(self):
        """Pause and disable some of them, each for a time of its own."""
        for schedule in (self.invoices - self.unchased).chasing_schedule_ids:
            act = self.dice.random()
            if act < 0.2:
                schedule.action_pause(until=f"2026-03-{self.dice.randint(6, 28):02}")
            elif act < 0.25:
                schedule.action_pause()
            elif act < 0.3:
                schedule.action_disable()

    def pay_parts_of_some(self):
        """Let some customers pay a part, today or some days ago, and one of them on a day to come (R42b)."""
        dice = random.Random(SEED)
        # Of rows that nobody committed the database knows nothing, and looks through all of them for each payment.
        self.env.flush_all()
        self.env.cr.execute("ANALYZE account_move, account_move_line, account_partial_reconcile, account_payment")
        for invoice in (self.invoices - self.unchased)[:60]:
            self.pay(invoice, dice.choice((1, 30)), payment_date=f"2026-03-{dice.randint(1, 6):02}")

    def write_to_some(self):
        """Schedule messages by hand of some of them, in zones of their own (R102), each day of the month and later."""
        dice = random.Random(SEED)
        for invoice in self.invoices:
            for _number in range(dice.choice((0, 0, 1, 2)) or invoice in self.unchased):
                place = date(2026, 3, dice.randint(7, 31)), dice.randint(0, 23), dice.choice(ZONES)
                words = WORDS | {"channel_letter": dice.random() < 0.2}
                self.env["chasing.hand"]._make(invoice, words, {invoice: place})

    def under_way_or_left(self):
        return self.env["chasing.delivery"].search([
            ("move_id", "in", self.invoices.ids),
            ("state", "in", LIVE),
            ("taken_back_at", "=", False),
        ])

    def test_what_it_says_of_many_schedules_is_what_the_runs_decide(self):
        self.run_until(utc("2026-03-05 12:00"))
        self.set_clock("2026-03-05 12:00")
        self.write_to_some()
        self.pay_parts_of_some()
        self.hold_some()
        # So many are foretold in the background.
        self.env["chasing.forecast.message"]._refresh_each(self.invoices.chasing_schedule_ids)
        lines = self.lines(self.invoices)
        told = [(line.step_id, str(line.local_day), line.channel, line.outcome, line.reason_code) for line in lines]
        before = self.under_way_or_left()
        self.run_a_month()
        left = self.under_way_or_left() - before
        self.assertEqual(
            sorted((step.id, day, channel) for step, day, channel, outcome, _reason in told if outcome == "goes"),
            sorted({(delivery.step_id.id, str(delivery.local_day), delivery.channel) for delivery in left}),
        )
        self.assertEqual(self.reasons_told(told), self.reasons_given(told))
        self.assertGreater(len(left), 300)
        self.assertGreater(sum(delivery.step_id.is_by_hand for delivery in left), 100)
        self.assertTrue(any(delivery.step_id.paid_floor_date for delivery in left))
        for word in ("goes", "asks", "held", "fails", "left"):
            self.assertGreater(sum(outcome == word for *_values, outcome, _reason in told), 5, word)

    def reasons_told(self, told):
        """{step: why it was said to be left out} of those that go through no channel at all."""
        reasons = {}
        for step, _day, _channel, _outcome, reason in told:
            reasons.setdefault(step, set()).add(reason)
        outcomes = {step: {line[3] for line in told if line[0] == step} for step in reasons}
        return {step: reasons[step] for step in reasons if outcomes[step] == {"left"}}

    def reasons_given(self, told):
        """{step: why it was skipped} of the same."""
        return {step: {step.state == "skipped" and step.reason_code} for step in self.reasons_told(told)}
