"""What a payment that leaves a balance does to the steps to come (R42b)."""

import unittest
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.facts import ContactHistory, InvoiceFacts, Policy, StepFacts
from engine.forecast import Outlook, foretell
from engine.timeline import attach, replan
from engine.verdict import Send, Skip, Wait, decide, decide_in_order

BERLIN = Policy("Europe/Berlin", partial_days=3)
UNPAID = InvoiceFacts(date(2026, 1, 10), due_date=date(2026, 1, 20))
# planned for 25 January 2026 at 9 o'clock in Berlin
STEP = StepFacts("step", "after_due", days=5, state="planned", scheduled_at=datetime(2026, 1, 25, 8))
EARLY = datetime(2026, 1, 21, 12)


def paid(*days, invoice=UNPAID):
    return replace(invoice, partial_days=tuple(date(2026, 1, day) for day in days))


def place(*days, step=STEP, now=EARLY, policy=BERLIN):
    """(what becomes of it, day of January, reason) after payments on these days."""
    [change] = replan([step], paid(*days), policy, now)
    planned = change.planned
    return (change.action, planned.scheduled_at.day, planned.reason_code) if planned else change.action


def postponed(step, *days, now=EARLY):
    """The step as it is after payments on these days."""
    [change] = replan([step], paid(*days), BERLIN, now)
    return moved_by(step, change)


def moved_by(step, change):
    """The step as a change leaves it."""
    moved = change.planned
    return (
        step
        if not moved
        else replace(
            step,
            state=moved.state,
            scheduled_at=moved.scheduled_at,
            reason_code=moved.reason_code,
            paid_floor=moved.paid_floor,
            floor=moved.floor,
        )
    )


def told(step=STEP, invoice=UNPAID, policy=BERLIN, day=25, hour=8, **more):
    return decide(step, invoice, policy, ContactHistory(), datetime(2026, 1, day, hour, 1), **more)


class TestPlaces(unittest.TestCase):
    def test_the_next_step_goes_so_many_days_after_the_payment(self):
        """R42b: days of the payments, where the step of the 25th goes."""
        moved = "partial_payment"
        table = [
            ((), "keep"),
            ((22,), "keep"),
            ((23,), ("move", 26, moved)),
            ((25,), ("move", 28, moved)),
            ((26,), "keep"),
            # the first that reaches it counts, the others do not lengthen it
            ((23, 24), ("move", 26, moved)),
            ((20, 21, 24, 25), ("move", 27, moved)),
        ]
        for days, answer in table:
            with self.subTest(days=days):
                self.assertEqual(place(*days), answer)

    def test_zero_days_are_off(self):
        """R42b"""
        self.assertEqual(place(25, policy=replace(BERLIN, partial_days=0)), "keep")

    def test_some_are_not_postponed(self):
        """R42b: on issue, before due, what a person asked for, and what a person is asked about."""
        at = STEP.scheduled_at
        for step in (
            replace(STEP, trigger="before_due", days=0, date=None),
            replace(STEP, trigger="on_date", date=at.date(), by_hand=True),
            replace(STEP, mode="ask"),
            replace(STEP, mode="task"),
        ):
            due = replace(UNPAID, due_date=at.date()) if step.trigger == "before_due" else UNPAID
            with self.subTest(step=step):
                [change] = replan([step], paid(24, invoice=due), BERLIN, EARLY)
                self.assertEqual(change.action, "keep")
        issue = StepFacts("issue", "on_issue", state="planned", scheduled_at=datetime(2026, 1, 10, 8))
        [change] = replan([issue], paid(10), BERLIN, datetime(2026, 1, 9))
        self.assertEqual(change.action, "keep")

    def test_a_held_step_is_postponed_and_stays_held(self):
        """R42b, R35b"""
        [change] = replan([replace(STEP, state="held", reason_code="blocked")], paid(24), BERLIN, EARLY)
        self.assertEqual((change.planned.state, change.planned.scheduled_at.day), ("held", 27))

    def test_once_a_step(self):
        """R42b: whatever is paid while it waits."""
        moved = postponed(STEP, 24)
        for later in ((24, 25), (24, 26), (24, 25, 26, 27)):
            with self.subTest(later=later):
                self.assertEqual(place(*later, step=moved), "keep")

    def test_undoing_the_payment_restores_the_date(self):
        """R42b: ahead of now or not, for nobody missed it; another payment that stands keeps it where it is."""
        moved = postponed(STEP, 24)
        self.assertEqual(place(step=moved), ("move", 25, None))
        self.assertEqual(place(step=moved, now=datetime(2026, 1, 26)), ("move", 25, None))
        self.assertEqual(place(25, step=moved), "keep")

    def test_once_undone_it_is_due_whatever_the_window(self):
        """R40, R42b: nobody missed what a payment kept back, be it to the last hour of its time."""
        for catchup in (0, 1, 7):
            for days in (3, 10):
                policy = replace(BERLIN, catchup_days=catchup, partial_days=days)
                [change] = replan([STEP], paid(25), policy, EARLY)
                moved = moved_by(STEP, change)
                for day in range(26, 25 + days + 1):
                    now = datetime(2026, 1, 1, 8) + timedelta(day - 1)
                    [change] = replan([moved], UNPAID, policy, now)
                    back = moved_by(moved, change)
                    with self.subTest(catchup=catchup, days=days, day=day):
                        self.assertEqual((back.state, back.scheduled_at), ("planned", STEP.scheduled_at))
                        soon = now + timedelta(minutes=20)
                        self.assertEqual(decide(back, UNPAID, policy, ContactHistory(), soon), Send(STEP.channels))
                        [again] = replan([back], UNPAID, policy, soon)
                        self.assertEqual(again.action, "keep")
                        # It is too late some day all the same.
                        late = STEP.scheduled_at + timedelta(days + catchup + 1)
                        told_then = decide(back, UNPAID, policy, ContactHistory(), late)
                        self.assertEqual(told_then, Skip("too_late"))

    def test_what_was_undone_gives_no_second_time(self):
        """R42b: not a step that is due again, nor one whose time is over; before that, what the first gave."""
        back = replace(postponed(STEP, 24), scheduled_at=STEP.scheduled_at, reason_code=None)
        self.assertEqual(place(26, step=back, now=datetime(2026, 1, 26)), ("move", 27, "partial_payment"))
        self.assertEqual(place(28, step=back, now=datetime(2026, 1, 28)), "keep")
        self.assertEqual(told(back, paid(28), day=28), Send(STEP.channels))
        # One that is booked when that time is over misses nothing.
        self.assertEqual(place(24, step=back, now=datetime(2026, 1, 29)), ("move", 27, "partial_payment"))

    @given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=25, max_size=25), st.integers(1, 6))
    @settings(max_examples=200, deadline=None, derandomize=True)
    def test_it_goes_in_time_whatever_is_paid_and_undone(self, story, days):
        """R42b: at the latest so many days after the first payment that postponed it."""
        policy, step, stand, first = replace(BERLIN, partial_days=days, catchup_days=0), STEP, [], None
        for number, (undone, is_paid) in enumerate(story):
            today = date(2026, 1, 20) + timedelta(number)
            if today > date(2026, 1, 24) and not stand and not step.paid_floor and not is_paid:
                break
            stand = stand[undone:] + [today] * is_paid
            now = datetime.combine(today, datetime.min.time()) + timedelta(hours=8, minutes=1)
            invoice = replace(UNPAID, partial_days=tuple(stand))
            for _moment in range(2):
                [change] = replan([step], invoice, policy, now - timedelta(hours=2))
                step = moved_by(step, change)
                self.assertEqual(step.state, "planned")
            if step.scheduled_at <= now:
                verdict = decide(step, invoice, policy, ContactHistory(), now)
                if isinstance(verdict, Send):
                    break
                self.assertIsInstance(verdict, Wait)
                step = replace(step, scheduled_at=verdict.until, paid_floor=verdict.paid_floor)
            if step.paid_floor and not first:
                first = step.paid_floor
            self.assertIn(step.paid_floor, (None, first))
        self.assertLessEqual(today, first or date(2026, 1, 25))

    def test_what_is_missed_by_a_change_of_dates_is_left_out_as_ever(self):
        """R38, R42b"""
        earlier = replace(paid(24), due_date=date(2026, 1, 12))
        [change] = replan([STEP], earlier, BERLIN, EARLY)
        self.assertEqual((change.action, change.planned.reason_code), ("skip", "in_past"))

    def test_a_person_s_date_stands(self):
        """R42b, R84: what was postponed and then moved by a person, whatever is undone."""
        floor = date(2026, 1, 26), 9
        chosen = replace(
            postponed(STEP, 24),
            scheduled_at=datetime(2026, 1, 26, 8),
            floor=floor,
            paid_floor=floor[0],
            rescheduled=True,
        )
        for days in ((24,), (24, 25), ()):
            with self.subTest(days=days):
                self.assertEqual(place(*days, step=chosen), "keep")

    def test_a_skipped_step_stays_where_it_was(self):
        """R11, R42b: no payment brings it back, and none that is undone."""
        for step in (STEP, postponed(STEP, 24)):
            skipped = replace(step, state="skipped", reason_code="too_late")
            self.assertEqual(place(24, step=skipped), "keep")

    def test_new_steps_of_an_invoice_that_is_paid_in_part(self):
        """R42b: a step of the past is left out as ever."""
        steps = [StepFacts("past", "after_due", days=0), StepFacts("next", "after_due", days=5)]
        planned = attach(steps, paid(20, 24), BERLIN, EARLY)
        self.assertEqual(
            [(one.key, one.scheduled_at.day, one.reason_code) for one in planned],
            [("past", 20, "in_past"), ("next", 27, "partial_payment")],
        )


class TestVerdict(unittest.TestCase):
    def test_what_was_missed_when_the_payment_came_waits_too(self):
        """R40, R42b: the server was down on the 25th, and the customer paid on the 26th."""
        wait = Wait(datetime(2026, 1, 29, 8), "partial_payment", None, date(2026, 1, 29))
        self.assertEqual(told(invoice=paid(26), day=26), wait)
        self.assertEqual(told(invoice=paid(26), day=29), Send(STEP.channels))
        self.assertEqual(told(day=26), Send(STEP.channels))

    def test_it_waits_once(self):
        """R42b"""
        moved = replace(STEP, paid_floor=date(2026, 1, 25))
        self.assertEqual(told(moved, paid(22, 24)), Send(STEP.channels))

    def test_a_payment_of_a_day_to_come_counts_from_then_on(self):
        """R42b: nobody's typing error keeps an invoice quiet for years."""
        self.assertEqual(told(invoice=paid(30)), Send(STEP.channels))

    def test_it_binds_no_person_and_no_retry(self):
        """R42b, R84"""
        for by in ("person", "retry"):
            self.assertEqual(told(invoice=paid(24), by=by), Send(STEP.channels))

    def test_two_that_wait_for_the_same_day_go_one_after_the_other(self):
        """R17, R42b"""
        at = datetime(2026, 1, 28, 8)
        first = replace(STEP, key="a", scheduled_at=at, reason_code="partial_payment", paid_floor=at.date())
        decided = decide_in_order([first, replace(first, key="b")], paid(25), BERLIN, ContactHistory(), at)
        self.assertEqual(decided["a"], Send(STEP.channels))
        self.assertEqual((decided["b"].reason_code, decided["b"].until), ("contact_delay", at + timedelta(1)))


class TestForecast(unittest.TestCase):
    def test_it_is_foretold_as_the_run_decides(self):
        """R42b: what was missed goes later, and says why."""
        for now, step, days in (
            (datetime(2026, 1, 26, 8), STEP, (26,)),
            (EARLY, replace(STEP, scheduled_at=datetime(2026, 1, 25, 8)), (24,)),
        ):
            [message] = foretell([step], Outlook(paid(*days), BERLIN, now))
            with self.subTest(now=now):
                self.assertEqual((message.outcome, message.reason_code), ("goes", "partial_payment"))
                self.assertEqual(message.at.day, days[0] + 3)


if __name__ == "__main__":
    unittest.main()
