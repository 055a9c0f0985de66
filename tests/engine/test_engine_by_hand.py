"""Messages that a person asked for: R5, R17, R31, R38, R40, R42, R46b, R78, R101, R102."""

import unittest
from dataclasses import replace
from datetime import date, datetime

from engine.facts import ContactHistory, Hold, InvoiceFacts, Policy, StepFacts
from engine.forecast import Outlook, foretell
from engine.holds import delay, release, resume
from engine.timeline import attach, compare, replan
from engine.transitions import behind, next_at
from engine.verdict import PERSON, RETRY, Ask, Send, Skip, Wait, choose_newest, decide, decide_in_order, latest

BERLIN = Policy("Europe/Berlin")
INVOICE = InvoiceFacts(date(2026, 1, 10), due_date=date(2026, 1, 24))
AT = datetime(2026, 1, 20, 8)
MAIL = frozenset({"email"})


def by_hand(key="hand", day="2026-01-20", hour=9, **values):
    """A message asked for at an hour of a day, planned where Berlin has it unless it says otherwise."""
    given = {"state": "planned", "scheduled_at": AT, "channels": MAIL, **values}
    return StepFacts(key, "on_date", date=date.fromisoformat(day), hour=hour, by_hand=True, **given)


def line(key, at, **values):
    given = {"state": "planned", "channels": MAIL, "days": 5, **values}
    return StepFacts(key, "after_due", scheduled_at=datetime.fromisoformat(at), **given)


class TestItsZone(unittest.TestCase):
    def moved(self, step, policy=BERLIN, invoice=INVOICE, now=datetime(2026, 1, 12)):
        [change] = replan([step], invoice, policy, now)
        return change.planned and change.planned.scheduled_at

    def planned(self, day, hour, zone, company_zone="Europe/Berlin"):
        step = by_hand(day=day, hour=hour, zone=zone, state="draft", scheduled_at=None)
        [planned] = attach([step], INVOICE, Policy(company_zone), datetime(2026, 1, 12))
        return planned.scheduled_at

    def test_the_hour_of_its_own_zone(self):
        """R5, R102: New York's and Tokyo's nine o'clock, and the company's where it has none."""
        self.assertEqual(self.planned("2026-01-20", 9, "America/New_York"), datetime(2026, 1, 20, 14))
        self.assertEqual(self.planned("2026-01-20", 9, "Asia/Tokyo"), datetime(2026, 1, 20, 0))
        self.assertEqual(self.planned("2026-01-20", 9, None), datetime(2026, 1, 20, 8))

    def test_an_hour_that_does_not_exist_and_one_that_happens_twice(self):
        """R5, R102: by the clocks of the step's own zone, and by the company's where it has none."""
        for zone, company_zone in (("America/New_York", "Europe/Berlin"), (None, "America/New_York")):
            self.assertEqual(self.planned("2026-03-08", 2, zone, company_zone), datetime(2026, 3, 8, 7))
            self.assertEqual(self.planned("2026-11-01", 1, zone, company_zone), datetime(2026, 11, 1, 5))
        # On the day on which Berlin's clocks change New York's do not.
        self.assertEqual(self.planned("2026-03-29", 2, "America/New_York"), datetime(2026, 3, 29, 6))
        self.assertEqual(self.planned("2026-10-25", 2, "America/New_York"), datetime(2026, 10, 25, 6))

    def test_the_company_moves(self):
        """R38: a step with a zone of its own stays where it is, one without moves along."""
        own, other = by_hand(zone="Europe/Berlin"), by_hand()
        self.assertIsNone(self.moved(own, Policy("Asia/Tokyo")))
        self.assertEqual(self.moved(other, Policy("Asia/Tokyo")), datetime(2026, 1, 20, 0))

    def test_it_is_shifted_over_a_clock_change(self):
        """R36: by whole days on the clocks of its own zone."""
        step = by_hand(day="2026-03-07", zone="America/New_York", state="held", scheduled_at=datetime(2026, 3, 7, 14))
        began, now = datetime(2026, 3, 6, 12), datetime(2026, 3, 9, 12)
        [change] = resume([step], "shift", began, BERLIN, now)
        self.assertEqual(change.planned.scheduled_at, datetime(2026, 3, 10, 13))
        self.assertEqual(change.planned.floor, (date(2026, 3, 10), 9))

    def test_how_long_it_is_caught_up(self):
        """R40: until the same hour of its own zone a week later, though the clocks change between."""
        step = by_hand(zone="America/New_York", scheduled_at=datetime(2026, 3, 7, 14))
        self.assertEqual(latest(step, BERLIN), datetime(2026, 3, 14, 13))
        self.assertEqual(latest(replace(step, zone=None), BERLIN), datetime(2026, 3, 14, 14))

    def test_the_days_of_its_zone(self):
        """R10, R35b, R36: what happened on one local day is asked of the step's own zone."""
        step = by_hand(zone="Asia/Tokyo", scheduled_at=datetime(2026, 1, 9, 16))
        self.assertEqual(decide(step, INVOICE, BERLIN, ContactHistory(), datetime(2026, 1, 9, 16)), Send(MAIL))
        early = replace(step, zone=None)
        verdict = decide(early, INVOICE, BERLIN, ContactHistory(), datetime(2026, 1, 9, 16))
        self.assertEqual(verdict, Skip("before_invoice_date"))


class TestItsVerdict(unittest.TestCase):
    def decide(self, step=None, invoice=INVOICE, policy=BERLIN, history=None, now=AT, by="run", **more):
        return decide(step or by_hand(), invoice, policy, history or ContactHistory(), now, by=by, **more)

    def test_what_it_obeys(self):
        """R32, R35, R40, R10, R102: the closing, a hold, its date, the invoice's date, the catch-up window."""
        for change, expected in (
            ({"invoice": replace(INVOICE, closed="paid")}, Skip("paid")),
            ({"invoice": replace(INVOICE, posted=False)}, Wait(None, "draft")),
            ({"invoice": replace(INVOICE, holds=(Hold("dispute"),))}, Wait(None, "dispute")),
            ({"invoice": replace(INVOICE, holds=(Hold("company_off"),))}, Wait(None, "company_off")),
            ({"invoice": replace(INVOICE, invoice_date=date(2026, 1, 21))}, Skip("before_invoice_date")),
            ({"now": datetime(2026, 1, 20, 7)}, Wait(AT, "not_due_yet")),
            ({"now": datetime(2026, 1, 27, 9)}, Skip("too_late")),
        ):
            with self.subTest(**change):
                self.assertEqual(self.decide(**change), expected)

    def test_what_it_does_not_obey(self):
        """R17, R42, R46, R46b, R102: nothing that binds what goes by itself."""
        history = ContactHistory(date(2026, 1, 20), {(None, "email"): "other"})
        strict = replace(BERLIN, min_contact_days=30, may_send_on_issue=False)
        sent = replace(INVOICE, already_sent=True, holds=(Hold("below_minimum"),))
        for by in ("run", RETRY, PERSON):
            self.assertEqual(self.decide(invoice=sent, policy=strict, history=history, by=by), Send(MAIL), by)
        automatic = replace(by_hand(), by_hand=False)
        self.assertNotIsInstance(self.decide(automatic, sent, strict, history), Send)

    def test_a_copy(self):
        """R102: it goes although the invoice is paid or reversed, not if it is cancelled, and obeys every hold."""
        copy = by_hand(is_copy=True)
        for closed in ("paid", "reversed", "nothing_due"):
            self.assertEqual(self.decide(copy, replace(INVOICE, closed=closed)), Send(MAIL))
        self.assertEqual(self.decide(copy, replace(INVOICE, closed="cancelled")), Skip("cancelled"))
        held = replace(INVOICE, closed="paid", holds=(Hold("customer_excluded"),))
        self.assertEqual(self.decide(copy, held), Wait(None, "customer_excluded"))

    def test_sent_now_while_the_company_does_not_chase(self):
        """R102: a person may send it now; no run and no other step may."""
        off = replace(INVOICE, holds=(Hold("company_off"),))
        self.assertEqual(self.decide(invoice=off, by=PERSON), Send(MAIL))
        self.assertEqual(self.decide(invoice=off, by=RETRY), Wait(None, "company_off"))
        self.assertEqual(self.decide(line("a", "2026-01-20 08:00"), off, by=PERSON), Wait(None, "company_off"))

    def test_it_uses_the_day_up(self):
        """R17: an automatic step later that day is skipped for it, it is not for an earlier one."""
        before, after = line("before", "2026-01-20 08:00"), line("after", "2026-01-20 09:00")
        now = datetime(2026, 1, 20, 9)
        decided = decide_in_order([by_hand(), after], INVOICE, BERLIN, ContactHistory(), now)
        self.assertEqual(decided, {"hand": Send(MAIL), "after": Skip("already_contacted_today", "hand")})
        decided = decide_in_order([before, by_hand()], INVOICE, BERLIN, ContactHistory(), now)
        self.assertEqual(decided["hand"], Send(MAIL))

    def test_a_newer_step_does_not_replace_it(self):
        """R40: it makes an older step too late, and no newer one makes it so."""
        older, newer = line("older", "2026-01-19 08:00"), line("newer", "2026-01-21 08:00")
        self.assertEqual(choose_newest([older, by_hand()]), {"hand"})
        self.assertEqual(choose_newest([by_hand(), newer]), {"hand", "newer"})

    def test_it_waits_with_nobody(self):
        """R101: while an earlier step waits for a person it goes, and is not moved when that has acted."""
        asking = line("asking", "2026-01-19 08:00", state="waiting", mode="ask")
        following = line("following", "2026-01-21 08:00")
        self.assertEqual(behind([asking, by_hand(), following]), {"following"})
        due = [replace(asking, state="planned", trigger="on_issue"), replace(following, scheduled_at=AT), by_hand()]
        decided = decide_in_order(due, INVOICE, BERLIN, ContactHistory(), AT)
        self.assertEqual(decided, {"asking": Ask(), "hand": Send(MAIL)})
        moved = delay([by_hand(), following], datetime(2026, 1, 18), BERLIN, datetime(2026, 1, 20, 9))
        self.assertEqual([change.key for change in moved], ["following"])


class TestItsPlace(unittest.TestCase):
    def test_the_cadence_comes_and_goes(self):
        """R20, R22, R102: it is no line of a cadence: an edit drops, matches and counts none of it."""
        wanted = [StepFacts("same", "on_date", date=date(2026, 1, 20), hour=9), StepFacts("new", "after_due", days=9)]
        changes = compare([by_hand(), line("old", "2026-01-29 08:00")], wanted, INVOICE, BERLIN, datetime(2026, 1, 12))
        self.assertEqual(
            [(change.action, change.key) for change in changes],
            [("keep", "hand"), ("drop", "old"), ("add", "same"), ("add", "new")],
        )
        sent = by_hand(state="sent")
        changes = compare([sent], [], INVOICE, BERLIN, datetime(2026, 1, 22))
        self.assertEqual([change.action for change in changes], ["keep"])

    def test_an_edit_moves_it_with_its_zone(self):
        """R38: an edit plans it again like any other step."""
        [change] = compare([by_hand()], [], INVOICE, Policy("Asia/Tokyo"), datetime(2026, 1, 12))
        self.assertEqual((change.action, change.planned.scheduled_at), ("move", datetime(2026, 1, 20, 0)))

    def test_no_start_follows_from_it(self):
        """R13, R43: neither the start of a repeating line nor where a cadence is entered."""
        repeat = StepFacts("repeat", "repeat", days=7)
        now = datetime(2026, 1, 12)
        changes = compare([by_hand(day="2026-02-20")], [repeat], INVOICE, BERLIN, now)
        self.assertEqual(changes[-1].planned.start_date, date(2026, 1, 24))
        policy, now = replace(BERLIN, entry_point="fitting"), datetime(2026, 2, 20, 12)
        steps = [StepFacts("late", "after_due", days=5), by_hand(day="2026-02-19", state="draft", scheduled_at=None)]
        placed = {planned.key: planned for planned in attach(steps, INVOICE, policy, now)}
        self.assertEqual(placed["late"].floor, (date(2026, 2, 21), 9))
        self.assertIsNone(placed["hand"].floor)

    def test_posted_again_after_its_hour(self):
        """R31, R40: what was not sent while the invoice was a draft goes with the next run."""
        step = by_hand(state="draft")
        [change] = replan([step], INVOICE, BERLIN, datetime(2026, 1, 20, 12))
        self.assertEqual((change.planned.state, change.planned.scheduled_at), ("planned", AT))

    def test_its_hour_passes_by_a_change(self):
        """R38: the company moves east so that its hour is over: it goes late rather than never."""
        [change] = replan([by_hand()], INVOICE, Policy("Asia/Tokyo"), datetime(2026, 1, 20, 4))
        self.assertEqual((change.planned.state, change.planned.scheduled_at), ("planned", datetime(2026, 1, 20, 0)))

    def test_the_invoice_is_dated_later(self):
        """R10, R38: it is skipped, and comes back."""
        [change] = replan([by_hand()], replace(INVOICE, invoice_date=date(2026, 1, 21)), BERLIN, datetime(2026, 1, 12))
        self.assertEqual(change.planned.reason_code, "before_invoice_date")
        skipped = by_hand(state="skipped", reason_code="before_invoice_date")
        [change] = replan([skipped], INVOICE, BERLIN, datetime(2026, 1, 12))
        self.assertEqual(change.action, "restore")

    def test_what_was_withdrawn_stays_so(self):
        """R34, R36: enabling plans the cadence anew, not what a person once asked for."""
        gone = by_hand(state="cancelled", reason_code="paid")
        [change] = replan([gone], INVOICE, BERLIN, datetime(2026, 1, 12), anew=True)
        self.assertEqual(change.action, "keep")

    def test_a_hold_ends(self):
        """R35b: what it outlasted is skipped, the rest goes on."""
        missed, ahead = by_hand("missed", state="held"), by_hand("ahead", state="held", scheduled_at=AT.replace(day=28))
        released = release([missed, ahead], "dispute", BERLIN, datetime(2026, 1, 25, 9))
        self.assertEqual([change.planned.reason_code for change in released], ["dispute", None])

    def test_taken_back_in_its_zone(self):
        """R36: it was taken out of the queue on the day of its own zone on which the hold ends, and goes at once."""
        taken_back = by_hand(zone="Asia/Tokyo", state="held", taken_back_at=datetime(2026, 1, 20, 16))
        ended_at = datetime(2026, 1, 21, 2, 30)
        [change] = release([taken_back], "dispute", BERLIN, ended_at)
        self.assertEqual((change.action, change.planned.scheduled_at), ("restore", datetime(2026, 1, 21, 2)))
        [change] = release([replace(taken_back, zone=None)], "dispute", BERLIN, ended_at)
        self.assertEqual(change.action, "skip")


class TestWhenItIsNext(unittest.TestCase):
    LATER = datetime(2026, 1, 25)

    def test_whatever_became_of_chasing(self):
        """R102: stopped, waiting for a person or too little, it goes."""
        self.assertEqual(next_at([self.LATER], stopped=True, by_hand=[AT]), AT)
        self.assertEqual(next_at([self.LATER], waiting=True, by_hand=[AT]), AT)
        self.assertEqual(next_at([self.LATER], [Hold("below_minimum")], by_hand=[AT]), AT)
        self.assertEqual(next_at([self.LATER], by_hand=[AT]), AT)
        self.assertIsNone(next_at([self.LATER], stopped=True))

    def test_a_hold(self):
        """R35b: it is looked at again when the hold ends, if it is known when."""
        self.assertEqual(next_at([], [Hold("paused", self.LATER)], stopped=True, by_hand=[AT]), self.LATER)
        self.assertIsNone(next_at([], [Hold("blocked")], stopped=True, by_hand=[AT]))
        self.assertIsNone(next_at([], [Hold("paused", self.LATER)], stopped=True))


class TestItsForecast(unittest.TestCase):
    def told(self, *steps, holds=(), now=datetime(2026, 1, 15), **more):
        outlook = Outlook(replace(INVOICE, holds=holds), BERLIN, now, **more)
        return [(message.key, message.outcome, message.reason_code) for message in foretell(steps, outlook)]

    def test_whatever_became_of_chasing(self):
        """R102: where a person has disabled chasing, and where too little is due, it alone goes."""
        cadence = line("line", "2026-01-29 08:00")
        self.assertEqual(
            self.told(cadence, by_hand(), stopped=True), [("line", "held", "stopped"), ("hand", "goes", None)]
        )
        held = replace(cadence, state="held", reason_code="below_minimum")
        self.assertEqual(
            self.told(held, by_hand(), holds=[Hold("below_minimum")]),
            [("line", "held", "below_minimum"), ("hand", "goes", None)],
        )
        self.assertEqual(
            self.told(by_hand(state="held", reason_code="dispute"), holds=[Hold("dispute")]),
            [("hand", "held", "dispute")],
        )

    def test_an_automatic_step_of_the_same_day(self):
        """R17: it is left out for it; a newer one does not end how long it is caught up (R40)."""
        newer = line("line", "2026-01-20 10:00")
        self.assertEqual(
            self.told(by_hand(), newer), [("hand", "goes", None), ("line", "left", "already_contacted_today")]
        )
        outlook = Outlook(INVOICE, BERLIN, datetime(2026, 1, 20, 8, 30))
        found = {message.key: message.until for message in foretell([by_hand(), newer], outlook)}
        self.assertEqual(found["hand"], datetime(2026, 1, 27, 8))


class TestThankYou(unittest.TestCase):
    PAID = replace(INVOICE, closed="paid", paid_by_money=True)
    THANKS = by_hand("thanks", is_copy=True, is_thanks=True)

    def told(self, invoice, by="run", history=None, now=AT):
        return decide(self.THANKS, invoice, BERLIN, history or ContactHistory(), now, by=by)

    def test_it_goes_while_the_invoice_is_paid_by_money(self):
        """R33, R78: whoever sends it."""
        over = Skip("not_paid")
        table = [
            (self.PAID, Send(MAIL)),
            (replace(self.PAID, paid_by_money=False), over),
            (INVOICE, over),
            (replace(INVOICE, closed="reversed"), over),
            (replace(INVOICE, closed="cancelled"), over),
        ]
        for facts, verdict in table:
            for by in ("run", PERSON, RETRY):
                with self.subTest(closed=facts.closed, by=by):
                    self.assertEqual(self.told(facts, by), verdict)

    def test_a_hold_ends_it(self):
        """R37, R78: it does not go later; what is too little is no hold here (R46b)."""
        held = replace(self.PAID, holds=(Hold("customer_excluded"),))
        self.assertEqual(self.told(held), Skip("customer_excluded"))
        self.assertEqual(self.told(replace(self.PAID, holds=(Hold("below_minimum"),))), Send(MAIL))

    def test_neither_the_day_nor_the_delay_bars_it(self):
        """R17, R42, R78; too late is too late (R40)."""
        history = ContactHistory(AT.date(), {(None, "email"): "other"})
        self.assertEqual(self.told(self.PAID, history=history), Send(MAIL))
        self.assertEqual(self.told(self.PAID, now=datetime(2026, 2, 1)), Skip("too_late"))


if __name__ == "__main__":
    unittest.main()
