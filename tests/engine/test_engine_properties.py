"""What holds for any steps, dates, zone and moment: R5, R8, R10, R11, R13, R15, R17, R36, R38, R39, R40."""

import unittest
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.definition import definition, expand, validate
from engine.facts import ContactHistory, InvoiceFacts, Policy, StepFacts
from engine.holds import release, resume
from engine.moments import HOUR, first_sending_hour, instant, local, next_hour
from engine.places import Scene, natural_place
from engine.states import STEP_MOVES
from engine.timeline import DATE_REASONS, attach, compare, replan
from engine.transitions import check_move
from engine.verdict import Send, Skip, Wait, choose_newest, decide

settings.register_profile(
    "engine", deadline=None, derandomize=True, max_examples=25, suppress_health_check=list(HealthCheck)
)
settings.load_profile("engine")

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "America/St_Johns",
)
CHANNELS = ("email", "sms", "letter")
QUARTER = timedelta(minutes=15)

zones = st.sampled_from(ZONES)
hours = st.integers(0, 23)
dates = st.dates(date(2011, 10, 1), date(2012, 4, 30)) | st.dates(date(2026, 2, 1), date(2026, 11, 30))
moments = st.builds(
    lambda day, minutes: datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes),
    dates,
    st.integers(0, 24 * 60 - 1),
)
invoices = st.builds(
    lambda day, term, paid, **values: InvoiceFacts(
        day,
        term if term is None else day + timedelta(term),
        partial_days=tuple(day + timedelta(after) for after in sorted(paid)),
        **values,
    ),
    dates,
    st.none() | st.integers(0, 60),
    st.sets(st.integers(0, 90), max_size=3),
    already_sent=st.booleans(),
)
policies = st.builds(
    Policy,
    timezone=zones,
    window_from=st.integers(0, 9),
    window_to=st.integers(10, 23),
    catchup_days=st.integers(0, 10),
    min_contact_days=st.integers(0, 5),
    partial_days=st.integers(0, 6),
    entry_point=st.sampled_from(["next", "fitting", "first"]),
    may_send_on_issue=st.booleans(),
)


@st.composite
def schedules(draw):
    """Valid lines of a schedule, a repeating one expanded, keys 0, 1, 2…"""
    lines = draw(
        st.lists(
            st.builds(
                StepFacts,
                key=st.none(),
                trigger=st.sampled_from(["on_issue", "after_issue", "before_due", "after_due", "on_date", "repeat"]),
                days=st.integers(1, 40),
                date=dates,
                hour=hours,
                repeat_count=st.integers(1, 4),
                channels=st.sets(st.sampled_from(CHANNELS), min_size=1).map(frozenset),
                role=st.sampled_from([None, "boss"]),
            ),
            min_size=1,
            max_size=7,
            unique_by=definition,
        )
    )
    repeating = [line for line in lines if line.trigger == "repeat"]
    kept = [line for line in lines if line not in repeating[1:]]
    rows = [row for line in kept for row in expand(line)]
    return tuple(replace(row, key=number) for number, row in enumerate(rows))


@st.composite
def near(draw, invoice):
    """A moment around the life of an invoice."""
    start = datetime.combine(invoice.invoice_date, datetime.min.time())
    return start + timedelta(minutes=draw(st.integers(-10 * 1440, 100 * 1440)))


def placed(rows, planned):
    """The rows with their new places, as the models write them down."""
    by_key = {one.key: one for one in planned if one}
    return tuple(_placed(row, by_key[row.key]) if row.key in by_key else row for row in rows)


def _placed(row, planned):
    return replace(
        row,
        state=planned.state,
        reason_code=planned.reason_code,
        scheduled_at=planned.scheduled_at,
        start_date=planned.start_date,
        floor=planned.floor,
    )


def attached(lines, invoice, policy, now):
    return placed(lines, attach(lines, invoice, policy, now))


def replanned(rows, invoice, policy, now, **more):
    return placed(rows, [change.planned for change in replan(rows, invoice, policy, now, **more)])


class TestMoments(unittest.TestCase):
    @given(dates, hours, zones)
    def test_instant_shows_its_hour_or_the_next_that_exists(self, day, hour, zone):
        """R5: and is the first occurrence of it."""
        found = instant(day, hour, zone)
        wall = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour)
        shown = {local(wall + n * QUARTER, zone) for n in range(-16 * 4, 42 * 4)}
        while wall not in shown:
            wall += HOUR
        self.assertEqual(local(found, zone), wall)
        self.assertNotIn(wall, {local(found - n * QUARTER, zone) for n in range(1, 16)})

    @given(dates, hours, zones)
    def test_hours_are_in_order(self, day, hour, zone):
        """R5"""
        following = (day, hour + 1) if hour < 23 else (day + timedelta(1), 0)
        self.assertLessEqual(instant(day, hour, zone), instant(*following, zone))

    @given(moments, zones, st.integers(0, 12), st.integers(12, 23))
    def test_first_sending_hour_is_the_first(self, now, zone, window_from, window_to):
        """R8: against a search through every minute that may be a full hour."""
        found = first_sending_hour(now, zone, window_from, window_to)
        moment = now
        while not self.is_sending_hour(moment, zone, window_from, window_to):
            moment += timedelta(minutes=1)
        self.assertEqual(instant(*found, zone), moment)

    def is_sending_hour(self, moment, zone, window_from, window_to):
        clock = local(moment, zone)
        in_window = clock.minute == 0 and window_from <= clock.hour <= window_to
        return in_window and instant(clock.date(), clock.hour, zone) == moment

    @given(moments, hours, zones)
    def test_next_hour_is_the_next(self, now, hour, zone):
        """R43"""
        day = next_hour(now, hour, zone)
        self.assertGreaterEqual(instant(day, hour, zone), now)
        self.assertGreaterEqual(day, local(now, zone).date())
        if day > local(now, zone).date():
            self.assertLess(instant(day - timedelta(1), hour, zone), now)


class TestAttaching(unittest.TestCase):
    @given(schedules(), invoices, policies, st.data())
    def test_place_of_every_line(self, lines, invoice, policy, data):
        """R8, R10, R11, R15"""
        now = data.draw(near(invoice))
        self.assertEqual(validate(lines), ())
        planned = attach(lines, invoice, policy, now)
        self.assertEqual(sorted(one.key for one in planned), list(range(len(lines))))
        self.assertEqual([one.scheduled_at for one in planned], sorted(one.scheduled_at for one in planned))
        for one in planned:
            clock = local(one.scheduled_at, policy.timezone)
            self.assertEqual((clock.minute, clock.second), (0, 0))
            if one.state == "planned":
                self.assertGreaterEqual(one.scheduled_at, now)
                self.assertGreaterEqual(clock.date(), invoice.invoice_date)

    @given(schedules(), invoices, policies, st.data())
    def test_repeating_line_is_never_backdated(self, lines, invoice, policy, data):
        """R13"""
        now = data.draw(near(invoice))
        for row in attached(lines, invoice, policy, now):
            if row.trigger == "repeat":
                self.assertGreater(row.scheduled_at, now)
                self.assertGreaterEqual(row.start_date, local(now, policy.timezone).date())

    @given(schedules(), invoices, policies, st.data())
    def test_entry_point_lets_at_most_one_moment_go_late(self, lines, invoice, policy, data):
        """R43: all that goes though its own instant is past stood at one instant, on issue aside; with *first step* the
        others follow."""
        now = data.draw(near(invoice))
        rows = attached(lines, invoice, policy, now)
        late = {
            instant(*(row.floor[0], 0), policy.timezone)
            for row in rows
            if row.floor and row.trigger != "on_issue" and row.state == "planned"
        }
        if policy.entry_point != "first":
            self.assertLessEqual(len({row.hour for row in rows if row.floor and row.trigger != "on_issue"}), 1)
            self.assertLessEqual(len(late), 0 if policy.entry_point == "next" else 1)

    @given(schedules(), invoices, policies, st.data())
    def test_first_step_keeps_the_order_and_the_distance(self, lines, invoice, policy, data):
        """R43: nothing that is late goes sooner than three days or the contact delay after another late one of another
        instant, none overtakes one before it in the cadence, and only what is before due stays in the past."""
        now, policy = data.draw(near(invoice)), replace(policy, entry_point="first")
        rows = attached(lines, invoice, policy, now)
        gap = max(3, policy.min_contact_days)
        moved = sorted(
            (row.floor[0], natural)
            for row in rows
            if row.floor and row.trigger not in ("on_issue", "repeat")
            for natural in [natural_place(row, Scene(invoice, policy, now))]
        )
        for (day, natural), (other, later) in pairwise(moved):
            self.assertTrue((natural == later and day == other) or (natural < later and (other - day).days >= gap))
        self.assertLessEqual({row.trigger for row in rows if row.reason_code == "in_past"}, {"before_due"})


class TestReplanning(unittest.TestCase):
    @given(schedules(), invoices, policies, st.data(), st.integers(0, 90 * 1440))
    def test_nothing_changed_changes_nothing(self, lines, invoice, policy, data, minutes):
        """R38: at any later moment."""
        now = data.draw(near(invoice))
        rows = attached(lines, invoice, policy, now)
        later = now + timedelta(minutes=minutes)
        self.assertEqual({change.action for change in replan(rows, invoice, policy, later)}, {"keep"})

    @given(schedules(), invoices, invoices, policies, policies, st.data(), st.integers(0, 90 * 1440))
    def test_any_change_settles_at_once(self, lines, invoice, other, policy, another, data, minutes):
        """R38: planned again after a change, nothing is newly planned in the past; once more changes nothing."""
        now = data.draw(near(invoice))
        rows = attached(lines, invoice, policy, now)
        later = now + timedelta(minutes=minutes)
        changes = replan(rows, other, another, later)
        for row, change in zip(rows, changes):
            self.check_change(row, change, other, another, later)
        settled = placed(rows, [change.planned for change in changes])
        last = later + timedelta(minutes=data.draw(st.integers(0, 1440 * 30)))
        self.assertEqual({change.action for change in replan(settled, other, another, last)}, {"keep"})

    def check_change(self, row, change, invoice, policy, now):
        if change.action in ("move", "restore"):
            self.assertGreaterEqual(change.planned.scheduled_at, now)
            self.assertGreaterEqual(local(change.planned.scheduled_at, policy.timezone).date(), invoice.invoice_date)
        if change.planned:
            check_move(STEP_MOVES, row.state, change.planned.state)
            self.assertEqual(change.planned.start_date, row.start_date)

    @given(schedules(), invoices, policies, zones, st.data())
    def test_zone_moves_instants_and_not_local_hours(self, lines, invoice, policy, zone, data):
        """R38: what is planned keeps its local hour, is skipped if that is past, or, on issue, goes soon (R8)."""
        assume(policy.timezone != "Pacific/Apia")  # a step of the day Samoa skipped has its own day elsewhere
        now = data.draw(near(invoice))
        rows = attached(lines, invoice, policy, now)
        for before, after in zip(rows, replanned(rows, invoice, replace(policy, timezone=zone), now)):
            clock = local(before.scheduled_at, policy.timezone)
            in_a_gap = clock.hour != (before.floor[1] if before.floor else before.hour)
            if before.state == "planned" and not in_a_gap:
                self.check_zone(before, after, instant(clock.date(), clock.hour, zone), now)

    def check_zone(self, before, after, same_hour, now):
        if same_hour >= now:
            self.assertEqual((after.state, after.scheduled_at, after.floor), ("planned", same_hour, before.floor))
        elif before.trigger == "on_issue":
            self.assertEqual(after.state, "planned")
            self.assertLess(after.scheduled_at - now, timedelta(days=1))
        else:
            self.assertEqual((after.state, after.reason_code), ("skipped", "in_past"))

    @given(schedules(), invoices, invoices, policies, st.data())
    def test_attempted_lines_never_change(self, lines, invoice, other, policy, data):
        """R39: by a change of dates, a new start, or another cadence."""
        now = data.draw(near(invoice))
        rows = [
            replace(row, state=data.draw(st.sampled_from(["under_way", "sent", "partly", "failed"])))
            for row in attached(lines, invoice, policy, now)
        ]
        wanted = data.draw(schedules())
        changes = (
            *replan(rows, other, policy, now),
            *replan(rows, other, policy, now, anew=True),
            *compare(rows, wanted, other, policy, now)[: len(rows)],
        )
        self.assertEqual({change.action for change in changes}, {"keep"})

    @given(schedules(), invoices, policies, st.data(), st.integers(0, 30 * 1440))
    def test_enabling_leaves_nothing_missed(self, lines, invoice, policy, data, minutes):
        """R36, R11"""
        now = data.draw(near(invoice))
        later = now + timedelta(minutes=minutes)
        rows = replanned(attached(lines, invoice, policy, now), invoice, policy, later, anew=True)
        self.assertEqual([row for row in rows if row.state == "planned" and row.scheduled_at < later], [])


class TestComparing(unittest.TestCase):
    @given(schedules(), invoices, policies, st.data(), st.integers(0, 90 * 1440))
    def test_same_lines_change_nothing(self, lines, invoice, policy, data, minutes):
        """R20, R22"""
        now = data.draw(near(invoice))
        rows = attached(lines, invoice, policy, now)
        later = now + timedelta(minutes=minutes)
        changes = compare(rows, lines, invoice, replace(policy, entry_point="next"), later)
        self.assertEqual({change.action for change in changes}, {"keep"})

    @given(schedules(), schedules(), invoices, policies, st.data())
    def test_result_is_what_was_wanted(self, lines, wanted, invoice, policy, data):
        """R20, R22, R39: every wanted line once, beside it only attempted ones."""
        now = data.draw(near(invoice))
        rows = [
            replace(row, state="sent") if data.draw(st.booleans()) else row
            for row in attached(lines, invoice, policy, now)
        ]
        changes = compare(rows, wanted, invoice, policy, now)
        answered = [change.wanted_key for change in changes if change.wanted_key is not None]
        self.assertEqual(sorted(answered), list(range(len(wanted))))
        for row, change in zip(rows, changes):
            dropped = change.wanted_key is None and row.state != "sent"
            self.assertEqual(change.action == "drop", dropped)
        for change in changes[len(rows) :]:
            self.assertEqual(change.action, "add")
            self.assertTrue(change.planned.state == "skipped" or change.planned.scheduled_at >= now)


class TestResuming(unittest.TestCase):
    @given(schedules(), invoices, policies, st.data(), st.integers(0, 40 * 1440), st.integers(0, 40 * 1440))
    def test_nothing_old_is_left_and_planning_again_agrees(self, lines, invoice, policy, data, until_pause, pause):
        """R35b, R36, R38"""
        now = data.draw(near(invoice))
        paused_at = now + timedelta(minutes=until_pause)
        resumed_at = paused_at + timedelta(minutes=pause)
        rows = [
            replace(row, state="held") if row.state == "planned" and row.scheduled_at >= paused_at else row
            for row in attached(lines, invoice, policy, now)
        ]
        rows = [row for row in rows if row.state != "planned"]
        how = data.draw(st.sampled_from(["next", "last", "shift", "release"]))
        if how == "release":
            changes = release(rows, "blocked", policy, resumed_at)
        else:
            changes = resume(rows, how, paused_at, policy, resumed_at)
        after = placed(rows, [change.planned for change in changes])
        self.assertNotIn("held", {row.state for row in after})
        going = [row for row in after if row.state == "planned" and row.scheduled_at < resumed_at]
        self.assertTrue(all(row.trigger == "on_issue" or how == "last" for row in going))
        self.assertTrue(all(resumed_at - row.scheduled_at <= 2 * HOUR for row in going))
        again = replan(after, invoice, policy, resumed_at)
        self.assertEqual({change.action for change in again} - {"keep"}, set())


class _Week:
    """A scheduled action that runs now and then, and what it sends for one invoice."""

    def __init__(self, rows, invoice, policy):
        self.rows = {row.key: row for row in rows}
        self.invoice, self.policy = invoice, policy
        self.last_day, self.used, self.log = None, {}, []

    def run(self, now):
        due = [row for row in self.rows.values() if row.state == "planned" and row.scheduled_at <= now]
        newest = choose_newest(due)
        for row in sorted(due, key=lambda row: row.scheduled_at):
            today = local(now, self.policy.timezone).date()
            history = ContactHistory(self.last_day, self.used.get(today, {}))
            verdict = decide(row, self.invoice, self.policy, history, now, row.key in newest)
            self.rows[row.key] = self.applied(row, verdict, today)

    def applied(self, row, verdict, today):
        if isinstance(verdict, Send):
            self.last_day = today
            for channel in verdict.channels:
                self.used.setdefault(today, {})[row.role, channel] = row.key
                self.log.append((row.role, channel, today))
            return replace(row, state="sent")
        if isinstance(verdict, Wait):
            return replace(row, scheduled_at=verdict.until, floor=verdict.floor, reason_code=verdict.reason_code)
        assert isinstance(verdict, Skip), verdict
        return replace(row, state="skipped", reason_code=verdict.reason_code)


class TestRunning(unittest.TestCase):
    @given(schedules(), invoices, policies, st.data(), st.lists(st.integers(1, 3 * 1440), min_size=5, max_size=60))
    def test_one_message_per_role_channel_and_day(self, lines, invoice, policy, data, pauses):
        """R17, R42, R40: with any gaps between the runs; replanning in between agrees with what was postponed."""
        now = data.draw(near(invoice))
        week = _Week(attached(lines, invoice, policy, now), invoice, policy)
        for minutes in pauses:
            now += timedelta(minutes=minutes)
            week.run(now)
            facts = replace(invoice, already_sent=invoice.already_sent or bool(week.log))
            again = [change for change in replan(week.rows.values(), facts, policy, now) if change.action != "keep"]
            self.assertEqual({change.planned.reason_code for change in again} - {"already_sent"}, set())
        self.assertLessEqual(max(Counter(week.log).values(), default=1), 1)

    @given(schedules(), invoices, policies, st.data())
    def test_contacts_keep_their_distance(self, lines, invoice, policy, data):
        """R42: of all that goes later than the first day, on issue aside."""
        now = data.draw(near(invoice))
        lines = tuple(line for line in lines if line.trigger != "on_issue")
        assume(lines)
        week = _Week(attached(lines, invoice, policy, now), invoice, policy)
        for _hour in range(24 * 20):
            now += HOUR
            week.run(now)
        days = sorted({day for *_rest, day in week.log})
        for earlier, later in pairwise(days):
            self.assertGreaterEqual((later - earlier).days, policy.min_contact_days)

    @given(schedules(), invoices, policies, st.data())
    def test_what_a_postponement_moved_is_not_lost(self, lines, invoice, policy, data):
        """R17: no other step of its day is why it does not go."""
        now = data.draw(near(invoice))
        week = _Week(attached(lines, invoice, policy, now), invoice, policy)
        moved = set()
        for _hour in range(24 * 20):
            now += HOUR
            week.run(now)
            moved |= {row.key for row in week.rows.values() if row.state == "planned" and row.reason_code}
        lost = {week.rows[key].reason_code for key in moved if week.rows[key].state == "skipped"}
        self.assertNotIn("already_contacted_today", lost)

    @given(schedules(), invoices, policies, st.data(), st.integers(0, 30 * 1440))
    def test_every_due_step_meets_its_fate(self, lines, invoice, policy, data, minutes):
        """R40: after a run no due step is left as it was."""
        now = data.draw(near(invoice))
        week = _Week(attached(lines, invoice, policy, now), invoice, policy)
        now += timedelta(minutes=minutes)
        week.run(now)
        left = [row for row in week.rows.values() if row.state == "planned" and row.scheduled_at <= now]
        self.assertEqual(left, [])

    @given(schedules(), invoices, policies, st.data())
    def test_closed_invoice_sends_nothing(self, lines, invoice, policy, data):
        """R32, R33"""
        now = data.draw(near(invoice))
        week = _Week(attached(lines, invoice, policy, now), replace(invoice, closed="paid"), policy)
        week.run(now + timedelta(50))
        self.assertEqual(week.log, [])
        self.assertLessEqual(
            {row.reason_code for row in week.rows.values() if row.scheduled_at <= now},
            {"paid", "already_sent", "before_start_date", None, *DATE_REASONS},
        )


if __name__ == "__main__":
    unittest.main()
