"""What happens to a due step: R8-R10, R17, R32-R46, R84, R101."""

import unittest
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from engine.facts import ContactHistory, Hold, InvoiceFacts, Policy, StepFacts
from engine.verdict import REASONS, Ask, Send, Skip, Wait, choose_newest, decide

# Berlin: on 29 January 2026, 5 days after the due date, at 9 o'clock
DUE = datetime(2026, 1, 29, 8)
NOW = datetime(2026, 1, 29, 8, 1)
TODAY = date(2026, 1, 29)
BERLIN = Policy("Europe/Berlin")
INVOICE = InvoiceFacts(date(2026, 1, 10), due_date=date(2026, 1, 24))
EMAIL, BOTH = frozenset({"email"}), frozenset({"email", "sms"})
STEP = StepFacts("step", "after_due", days=5, state="planned", scheduled_at=DUE, channels=EMAIL)
ISSUE = StepFacts("issue", "on_issue", state="planned", scheduled_at=DUE, channels=EMAIL)
NOTHING = ContactHistory()
CONTRACT_CODES = """
    in_past too_late already_sent already_contacted_today before_invoice_date nothing_due no_followup blocked
    unapplied_payment payment_pending customer_excluded customer_paused run_limit no_recipient no_role_contact
    invalid_email invalid_phone not_mobile incomplete_address blacklisted no_template pdf_failed no_credit quiet_hours
    promise dispute paused paid cancelled
""".split()


def told(step=STEP, invoice=INVOICE, policy=BERLIN, history=NOTHING, now=NOW, **more):
    return decide(step, invoice, policy, history, now, **more)


def invoice(**values):
    return replace(INVOICE, **values)


def used(*channels, role=None, by="other"):
    return ContactHistory(last_contact_day=TODAY, used_today={(role, channel): by for channel in channels})


class TestOrdinaryStep(unittest.TestCase):
    def test_goes_through_its_channels(self):
        """R4"""
        self.assertEqual(told(), Send(EMAIL))
        self.assertEqual(told(replace(STEP, channels=BOTH)), Send(BOTH))

    def test_waits_for_its_instant(self):
        """R40: due means planned not after now."""
        self.assertEqual(told(now=DUE), Send(EMAIL))
        self.assertEqual(told(now=DUE - timedelta(seconds=1)), Wait(DUE, "not_due_yet"))


class TestClosed(unittest.TestCase):
    def test_nothing_goes_for_a_closed_invoice(self):
        """R32, R33, R84: whoever asks."""
        for reason in ("paid", "reversed", "cancelled", "nothing_due"):
            for by in ({}, {"by": "person"}, {"by": "retry"}):
                with self.subTest(reason=reason, by=by):
                    self.assertEqual(told(invoice=invoice(closed=reason), **by), Skip(reason))

    def test_nothing_goes_for_a_draft(self):
        """R30, R31"""
        self.assertEqual(told(invoice=invoice(posted=False), by="person"), Wait(None, "draft"))


class TestHolds(unittest.TestCase):
    LATER, LAST = datetime(2026, 2, 1), datetime(2026, 2, 3)

    def test_hold_keeps_the_step(self):
        """R35, R36, R37, R45: holds, expected end and reason."""
        table = [
            ([Hold("blocked")], None, "blocked"),
            ([Hold("paused", self.LATER)], self.LATER, "paused"),
            ([Hold("paused", self.LATER), Hold("promise", self.LAST)], self.LAST, "paused"),
            ([Hold("paused", self.LATER), Hold("no_followup")], None, "paused"),
            ([Hold("paused", NOW), Hold("promise", self.LAST)], self.LAST, "promise"),
        ]
        for holds, until, reason in table:
            for by in ({}, {"by": "person"}, {"by": "retry"}):
                with self.subTest(holds=holds, by=by):
                    self.assertEqual(told(invoice=invoice(holds=tuple(holds)), **by), Wait(until, reason))

    def test_hold_that_ended_holds_no_more(self):
        """R35b"""
        self.assertEqual(told(invoice=invoice(holds=(Hold("paused", NOW),))), Send(EMAIL))

    def test_closed_comes_before_held(self):
        """R32"""
        self.assertEqual(told(invoice=invoice(closed="paid", holds=(Hold("blocked"),))), Skip("paid"))


class TestCatchUp(unittest.TestCase):
    def test_window_ends_at_the_same_local_hour(self):
        """R40: catch-up days, how late, whether it still goes."""
        hour, day = timedelta(hours=1), timedelta(days=1)
        table = [
            (7, 7 * day, True),
            (7, 7 * day + timedelta(seconds=1), False),
            (1, day, True),
            (1, day + hour, False),
            (0, hour, True),
            (0, hour + timedelta(seconds=1), False),
        ]
        for days, late, goes in table:
            with self.subTest(days=days, late=late):
                verdict = told(policy=replace(BERLIN, catchup_days=days), now=DUE + late)
                self.assertEqual(verdict, Send(EMAIL) if goes else Skip("too_late"))

    def test_window_knows_summer_time(self):
        """R40: nine o'clock in summer is an hour earlier in UTC."""
        step = replace(STEP, scheduled_at=datetime(2026, 3, 24, 8))
        self.assertEqual(told(step, now=datetime(2026, 3, 31, 7)), Send(EMAIL))
        self.assertEqual(told(step, now=datetime(2026, 3, 31, 7, 1)), Skip("too_late"))

    def test_what_a_person_let_go_is_late_from_then_on(self):
        """R40, R47: held by the brake for nine days, or for none; an older one of the same invoice stays too late."""
        table = [
            (timedelta(9), timedelta(9, 60), True),
            (timedelta(9), timedelta(16), True),
            (timedelta(9), timedelta(16, 60), False),
            (-timedelta(9), timedelta(7), True),
        ]
        for released, passed, goes in table:
            with self.subTest(released=released, passed=passed):
                step = replace(STEP, released_at=DUE + released)
                self.assertEqual(told(step, now=DUE + passed), Send(EMAIL) if goes else Skip("too_late"))
        released = replace(STEP, released_at=DUE)
        self.assertEqual(told(released, newest_due=False), Skip("too_late"))

    def test_only_the_newest_goes(self):
        """R40"""
        self.assertEqual(told(newest_due=False), Skip("too_late"))

    def test_on_issue_is_never_late(self):
        """R8"""
        self.assertEqual(told(ISSUE, now=DUE + timedelta(days=99), newest_due=False), Send(EMAIL))

    def test_person_and_retry_are_never_late(self):
        """R84"""
        for by in ("person", "retry"):
            self.assertEqual(told(now=DUE + timedelta(days=99), newest_due=False, by=by), Send(EMAIL))

    def test_newest_of_the_missed(self):
        """R40, R8: steps due by days ago, those that go."""

        def line(key, days, trigger="after_due"):
            return StepFacts(key, trigger, scheduled_at=DUE - timedelta(days=days))

        table = [
            ([], set()),
            ([line("a", 0)], {"a"}),
            ([line("a", 3), line("b", 1), line("c", 2)], {"b"}),
            ([line("a", 3), line("b", 1), line("c", 1)], {"b", "c"}),
            ([line("a", 3, "on_issue"), line("b", 1), line("c", 2)], {"a", "b"}),
            ([line("a", 1, "on_issue"), line("b", 2)], {"a"}),
        ]
        for lines, keys in table:
            with self.subTest(keys=keys):
                self.assertEqual(choose_newest(lines), keys)


class TestOnIssue(unittest.TestCase):
    SENT = invoice(already_sent=True)
    OLD = replace(BERLIN, may_send_on_issue=False)

    def test_is_skipped_when_the_invoice_was_sent(self):
        """R9: checked again when due, also by a retry."""
        self.assertEqual(told(ISSUE, self.SENT), Skip("already_sent"))
        self.assertEqual(told(replace(ISSUE, state="failed"), self.SENT, by="retry"), Skip("already_sent"))

    def test_is_not_barred_by_what_it_sent_itself(self):
        """R9, R84"""
        self.assertEqual(told(replace(ISSUE, state="partly"), self.SENT, by="retry"), Send(EMAIL))

    def test_is_skipped_on_an_invoice_older_than_chasing(self):
        """R46"""
        self.assertEqual(told(ISSUE, policy=self.OLD), Skip("before_start_date"))
        self.assertEqual(told(ISSUE, policy=self.OLD, by="retry"), Skip("before_start_date"))

    def test_person_may_send_it_all_the_same(self):
        """R9, R46: both are about what happens by itself."""
        self.assertEqual(told(ISSUE, self.SENT, self.OLD, by="person"), Send(EMAIL))

    def test_other_steps_do_not_mind(self):
        """R9, R46"""
        self.assertEqual(told(STEP, self.SENT, self.OLD), Send(EMAIL))


class TestInvoiceDate(unittest.TestCase):
    def test_nothing_goes_before_it(self):
        """R10: by the local date, whoever asks."""
        tomorrow = invoice(invoice_date=date(2026, 1, 30))
        for by in ({}, {"by": "person"}, {"by": "retry"}):
            self.assertEqual(told(invoice=tomorrow, **by), Skip("before_invoice_date"))
        self.assertEqual(told(invoice=tomorrow, now=datetime(2026, 1, 29, 23)), Send(EMAIL))


class TestAsking(unittest.TestCase):
    def test_person_decides(self):
        """R101"""
        for mode in ("ask", "task"):
            step = replace(STEP, mode=mode)
            self.assertEqual(told(step), Ask())
            self.assertEqual(told(step, by="person"), Send(EMAIL))
            self.assertEqual(told(step, by="retry"), Send(EMAIL))

    def test_what_a_hold_took_back_today_is_not_asked_about_again(self):
        """R36, R101: it was approved; on another day it is asked about as any."""
        step = replace(STEP, mode="ask", taken_back_at=NOW - timedelta(hours=1))
        self.assertEqual(told(step), Send(EMAIL))
        self.assertEqual(told(step, history=used("email")), Skip("already_contacted_today", "other"))
        self.assertEqual(told(replace(step, taken_back_at=NOW - timedelta(days=1))), Ask())

    def test_what_bars_a_step_is_not_asked_about(self):
        """R101, R40"""
        self.assertEqual(told(replace(STEP, mode="ask"), newest_due=False), Skip("too_late"))


class TestDailyLimit(unittest.TestCase):
    def test_works_per_role_and_channel(self):
        """R17: step, what was used today, verdict."""
        skipped = Skip("already_contacted_today", "other")
        both, boss = replace(STEP, channels=BOTH), replace(STEP, role="boss")
        table = [
            (STEP, used("email"), skipped),
            (STEP, used("sms"), Send(EMAIL)),
            (both, used("email"), Send(frozenset({"sms"}))),
            (both, used("email", "sms"), skipped),
            (boss, used("email"), Send(EMAIL)),
            (boss, used("email", role="boss"), skipped),
            (STEP, used("email", role="boss"), Send(EMAIL)),
            (STEP, used("email", by=None), Skip("already_contacted_today")),
            (
                both,
                ContactHistory(used_today={(None, "email"): None, (None, "sms"): "b"}),
                Skip("already_contacted_today", "b"),
            ),
            (
                both,
                ContactHistory(used_today={(None, "email"): "a", (None, "sms"): "b"}),
                Skip("already_contacted_today", "a"),
            ),
        ]
        for step, history, verdict in table:
            with self.subTest(channels=step.channels, role=step.role, used=history.used_today):
                self.assertEqual(told(step, history=history), verdict)

    def test_person_may_send_again(self):
        """R17"""
        self.assertEqual(told(history=used("email"), by="person"), Send(EMAIL))

    def test_retry_is_not_barred_by_its_own_step(self):
        """R17, R84"""
        self.assertEqual(told(history=used("email", by="step"), by="retry"), Send(EMAIL))
        self.assertEqual(told(history=used("email"), by="retry"), Skip("already_contacted_today", "other"))


class TestContactDelay(unittest.TestCase):
    DELAYED = replace(BERLIN, min_contact_days=3)
    BEFORE = replace(STEP, trigger="before_due")

    def after(self, day, step=STEP, policy=DELAYED, **more):
        return told(step, policy=policy, history=ContactHistory(last_contact_day=date(2026, 1, day)), **more)

    def test_postpones_to_the_first_allowed_day(self):
        """R42: at the step's hour."""
        first = Wait(datetime(2026, 1, 30, 8), "contact_delay", (date(2026, 1, 30), 9))
        self.assertEqual(self.after(27), first)
        self.assertEqual(self.after(26), Send(EMAIL))
        self.assertEqual(told(policy=self.DELAYED), Send(EMAIL))

    def test_none_is_off(self):
        """R42"""
        self.assertEqual(self.after(29, policy=BERLIN), Send(EMAIL))

    def test_step_before_due_is_not_pushed_past_it(self):
        """R42: due date, verdict; the first allowed day is the 31st."""
        pushed = Wait(datetime(2026, 1, 31, 8), "contact_delay", (date(2026, 1, 31), 9))
        for due, verdict in [(30, Skip("contact_delay")), (31, pushed)]:
            with self.subTest(due=due):
                facts = invoice(due_date=date(2026, 1, due))
                self.assertEqual(self.after(28, self.BEFORE, invoice=facts), verdict)

    def test_on_issue_person_and_retry_are_not_postponed(self):
        """R8, R42, R84"""
        self.assertEqual(self.after(28, ISSUE), Send(EMAIL))
        self.assertEqual(self.after(28, by="person"), Send(EMAIL))
        self.assertEqual(self.after(28, by="retry"), Send(EMAIL))

    def test_what_was_postponed_to_a_day_that_is_used_up_moves_on(self):
        """R17, R42: to the next allowed day, not past the due date; a retry is barred as any other."""
        moved = replace(STEP, state="planned", reason_code="contact_delay")
        before = replace(moved, trigger="before_due")
        for policy, days in ((BERLIN, 1), (self.DELAYED, 3)):
            day = TODAY + timedelta(days)
            wait = Wait(DUE + timedelta(days), "contact_delay", (day, 9))
            self.assertEqual(told(moved, policy=policy, history=used("email")), wait)
            for due, verdict in ((day, wait), (day - timedelta(1), Skip("contact_delay"))):
                facts = invoice(due_date=due)
                self.assertEqual(told(before, policy=policy, history=used("email"), invoice=facts), verdict)
        self.assertEqual(told(moved, history=used("sms")), Send(EMAIL))
        self.assertEqual(told(moved, history=used("email"), by="retry"), Skip("already_contacted_today", "other"))

    def test_what_waited_for_its_mail_server_until_another_day_moves_on_too(self):
        """R17, R113: one that waits on the day it is planned for was not postponed to it."""
        waited = replace(STEP, reason_code="mail_server_limit", scheduled_at=DUE - timedelta(1))
        first = Wait(DUE + timedelta(1), "contact_delay", (TODAY + timedelta(1), 9))
        self.assertEqual(told(waited, history=used("email")), first)
        waits = replace(waited, scheduled_at=DUE)
        self.assertEqual(told(waits, history=used("email")), Skip("already_contacted_today", "other"))

    def test_comes_after_the_daily_limit(self):
        """R42, R17: used up is skipped; what is left is postponed as a whole."""
        self.assertEqual(told(policy=self.DELAYED, history=used("email")), Skip("already_contacted_today", "other"))
        both = replace(STEP, channels=BOTH)
        self.assertEqual(told(both, policy=self.DELAYED, history=used("email")).reason_code, "contact_delay")


class TestTurn(unittest.TestCase):
    def test_waiting_for_a_mail_server_is_not_missing(self):
        """R40, R113: the window counts from when it waited, and not as long as it waits."""
        long_ago, later = NOW - timedelta(20), NOW + timedelta(1)
        self.assertEqual(told(replace(STEP, scheduled_at=long_ago)), Skip("too_late"))
        for turn in ({"released_at": NOW - timedelta(2)}, {"waits_until": later}, {"waits_until": NOW}):
            with self.subTest(turn=turn):
                self.assertEqual(told(replace(STEP, scheduled_at=long_ago, **turn)), Send(EMAIL))

    def test_a_newer_step_replaces_the_one_that_waits(self):
        """R40, R113"""
        waits = replace(STEP, waits_until=NOW + timedelta(1))
        self.assertEqual(told(waits, newest_due=False), Skip("too_late"))


class TestReasons(unittest.TestCase):
    def test_contract_is_kept(self):
        self.assertEqual(set(CONTRACT_CODES) - set(REASONS), set())

    def test_each_is_given_somewhere(self):
        """A reason that nothing gives is none, but for those that others rely on."""
        addon = Path(__file__).resolve().parents[2]
        texts = [
            path.read_text()
            for folder in ("models", "wizards", "controllers")
            for path in (addon / folder).rglob("*.py")
            if path.name != "reasons.py"
        ]
        given = {code for code in REASONS if any(f'"{code}"' in text for text in texts)}
        self.assertEqual(set(REASONS) - given - set(CONTRACT_CODES), set())

    def test_each_says_what_happened_and_then_what_to_do(self):
        """R83, R85: two short sentences; where there is nothing to do, one."""
        names = (
            "amount",
            "user",
            "role",
            "address",
            "name",
            "announced",
            "last",
            "missing",
            "where",
            "server",
            "limit",
        )
        values = dict.fromkeys(names, "x")
        for code, sentence in REASONS.items():
            with self.subTest(code=code):
                self.assertRegex(code, r"^[a-z_]+$")
                starts = "The|An|Another|Nothing|Only|E-mails|SMS|Chasing"
                self.assertRegex(sentence % values, rf"^({starts}) [^:.]+\.( [A-Z][^:.]+\.)?$")


if __name__ == "__main__":
    unittest.main()
