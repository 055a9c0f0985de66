from datetime import date

from odoo.tests import tagged

from ...models.engine.facts import Hold
from ..builders.builders import utc
from ..builders.forecast import ForecastCommon


@tagged("post_install", "-at_install")
class TestChasingForecastLine(ForecastCommon):
    """The forecast against what the dispatcher really does, hour by hour for a month."""

    def told(self, invoices):
        """[(local day, channel, outcome, reason code)] of what the forecast says of some invoices, in time."""
        lines = self.lines(invoices)
        return [(str(line.local_day), line.channel, line.outcome, line.reason_code) for line in lines]

    def days(self, invoices):
        return [(day[-2:], outcome, reason) for day, _channel, outcome, reason in self.told(invoices)]

    def assert_comes_true(self, invoices):
        """What the forecast says goes out is what has left a month later, day by day and channel by channel."""
        lines = self.lines(invoices).filtered(lambda line: line.outcome == "goes")
        said = sorted((line.move_id.id, str(line.local_day), line.channel) for line in lines)
        before = self.env["chasing.delivery"].search([])
        self.run_a_month()
        left = self.env["chasing.delivery"].search([("move_id", "in", invoices.ids)]) - before
        self.assertEqual(said, sorted((one.move_id.id, str(one.local_day), one.channel) for one in left))
        self.assertTrue(said)

    # ------------------------------------------------------------------ case by case

    def test_a_contact_delay_moves_the_second_and_the_third_after_it(self):
        """R42, R17: both are moved to the 17th, which the second uses up."""
        invoice = self.chased([("after_due", days, 9) for days in (5, 8, 12)], min_contact_days=10)
        self.assertEqual(
            self.days(invoice),
            [("07", "goes", False), ("17", "goes", "contact_delay"), ("27", "goes", "contact_delay")],
        )
        self.assert_comes_true(invoice)
        self.assertEqual(self.states(invoice), ["under_way"] * 3)

    def test_what_is_moved_gives_way_to_what_stands_there_by_itself(self):
        """R42, R17: the second, at 14, is moved to the 12th, where the third goes at 9; the third of another hour is
        skipped where the second is there before it."""
        for hours, told in (
            ((14, 9), [("07", "goes", False), ("12", "goes", False), ("17", "goes", "contact_delay")]),
            (
                (9, 14),
                [("07", "goes", False), ("12", "goes", "contact_delay"), ("12", "left", "already_contacted_today")],
            ),
        ):
            with self.subTest(hours=hours):
                steps = [("after_due", 5, 9), ("after_due", 8, hours[0]), ("after_due", 10, hours[1])]
                invoice = self.chased(steps, min_contact_days=5)
                self.assertEqual(self.days(invoice), told)
                self.assert_comes_true(invoice)
                self.set_clock("2026-03-02 08:30")

    def test_those_of_other_roles_and_channels_are_moved_too(self):
        """R42, R17: to one hour they go together, to another they follow at a distance."""
        base = {"trigger": "after_due", "hour": 9}
        letter = {"channel_email": False, "channel_letter": True}
        for hour, last in ((9, "12"), (10, "17")):
            with self.subTest(hour=hour):
                invoice = self.chased(
                    [{**base, "days": 5}, {**base, "days": 6}, {**base, **letter, "days": 7, "hour": hour}],
                    min_contact_days=5,
                )
                invoice.partner_id.write({
                    "street": "A 1",
                    "zip": "1000",
                    "city": "B",
                    "country_id": self.env.ref("base.be").id,
                })
                self.assertEqual([day for day, _outcome, _reason in self.days(invoice)], ["07", "12", last])
                self.assert_comes_true(invoice)
                self.set_clock("2026-03-02 08:30")

    def test_the_last_contact_delays_what_comes(self):
        """R42: something left on the day the forecast is read."""
        steps = [("on_issue", 0, 9), ("after_issue", 4, 10), ("after_issue", 15, 10), ("after_issue", 27, 10)]
        invoice = self.chased(steps, min_contact_days=7)
        self.at("2026-03-02 09:00")
        self.set_clock("2026-03-02 11:00")
        self.assertEqual(
            self.days(invoice), [("09", "goes", "contact_delay"), ("17", "goes", False), ("29", "goes", False)]
        )
        self.assert_comes_true(invoice)

    def test_a_reminder_before_due_that_is_pushed_past_it_is_left_out(self):
        """R42"""
        invoice = self.chased([("after_issue", 3, 9), ("before_due", 3, 9)], due="2026-03-12", min_contact_days=10)
        self.assertEqual(self.days(invoice), [("05", "goes", False), ("09", "left", "contact_delay")])
        self.assert_comes_true(invoice)

    def test_of_two_on_one_day_the_first_goes(self):
        """R17"""
        invoice = self.chased([("after_due", 5, 9), ("after_due", 5, 14), ("after_due", 5, 16)])
        self.assertEqual([outcome for _day, outcome, _reason in self.days(invoice)], ["goes", "left", "left"])
        self.assert_comes_true(invoice)

    def test_other_roles_and_channels_do_not_collide(self):
        """R17"""
        role = self.make_role("Boss")
        base = {"trigger": "after_due", "days": 5}
        invoice = self.chased([
            {**base, "hour": 9},
            {**base, "hour": 10, "channel_email": False, "channel_letter": True},
            {**base, "hour": 11, "role_id": role.id},
        ])
        self.make_customer("Boss", "b@b.example", parent_id=invoice.partner_id.id, chasing_role_ids=role.ids)
        belgium = self.env.ref("base.be")
        invoice.partner_id.write({"street": "A 1", "zip": "1000", "city": "B", "country_id": belgium.id})
        self.assertEqual([outcome for _day, outcome, _reason in self.days(invoice)], ["goes"] * 3)
        self.assert_comes_true(invoice)

    def test_what_left_today_uses_up_the_day(self):
        """R17"""
        invoice = self.chased([("after_issue", 0, 9), ("after_issue", 0, 14)])
        self.at("2026-03-02 09:00")
        self.set_clock("2026-03-02 11:00")
        self.assertEqual(self.days(invoice), [("02", "left", "already_contacted_today")])

    def test_what_a_pause_does_not_reach_goes(self):
        """R36: an own pause, and the customer's."""
        for pause in ("own", "customer"):
            with self.subTest(pause=pause):
                invoice = self.chased([("after_due", 5, 9), ("after_due", 12, 9)])
                if pause == "own":
                    invoice.chasing_schedule_id.action_pause(until="2026-03-09", reason="promise")
                else:
                    invoice.partner_id.action_chasing_pause(until="2026-03-09")
                reason = "paused" if pause == "own" else "customer_paused"
                self.assertEqual(self.days(invoice), [("07", "left", reason), ("14", "goes", False)])
                self.assert_comes_true(invoice)
                self.set_clock("2026-03-02 08:30")

    def test_what_a_hold_of_a_room_above_does_not_reach_goes(self):
        """R35: whatever holds it, if it is known when that ends."""
        invoice = self.chased([("after_due", 5, 9), ("after_due", 10, 9)])
        self.hold_invoices(invoice, Hold("promise", utc("2026-03-09 00:00")))
        self.assertEqual(self.days(invoice), [("07", "left", "promise"), ("12", "goes", False)])
        self.assert_comes_true(invoice)

    def test_on_issue_goes_when_a_pause_ends(self):
        """R8, R35b"""
        invoice = self.chased([("on_issue", 0, 9)])
        invoice.chasing_schedule_id.action_pause(until="2026-03-09")
        self.assertEqual(self.days(invoice), [("09", "goes", False)])
        self.assert_comes_true(invoice)

    def test_what_follows_a_step_that_asks_waits_with_it(self):
        """R101: before it is due, and when it waits."""
        steps = [{"trigger": "after_due", "days": 3, "hour": 9, "mode": "ask"}, ("after_due", 10, 9)]
        invoice, other = self.chased(steps), self.chased([("after_due", 3, 9)])
        told = [("05", "asks", "waiting_for_person"), ("12", "asks", "behind_waiting")]
        self.assertEqual(self.days(invoice), told)
        self.assert_comes_true(invoice | other)
        self.set_clock("2026-03-06 08:30")
        self.assertEqual(self.days(invoice), [("06", *told[0][1:]), told[1]])

    def test_each_channel_is_judged_by_itself(self):
        """R83, R96: without a phone the e-mail goes all the same."""
        invoice = self.chased([{"trigger": "after_due", "days": 5, "hour": 9, "channel_sms": True}])
        self.assertEqual(
            [line[1:] for line in self.told(invoice)], [("email", "goes", False), ("sms", "fails", "no_recipient")]
        )
        self.assert_comes_true(invoice)
        self.assertEqual(self.states(invoice), ["partly"])

    def test_a_role_that_nobody_has_is_left_out(self):
        """R63"""
        role = self.make_role("Boss")
        invoice = self.chased([{"trigger": "after_due", "days": 5, "hour": 9, "role_id": role.id}, ("after_due", 8, 9)])
        self.assertEqual(self.days(invoice), [("07", "left", "no_role_contact"), ("10", "goes", False)])
        self.assertIn("role Boss", self.lines(invoice)[0].reason)
        self.assert_comes_true(invoice)

    def test_a_disabled_one_says_why_nothing_leaves(self):
        """R36"""
        invoice = self.chased([("after_due", 5, 9)])
        invoice.chasing_schedule_id.action_disable()
        self.assertEqual(self.days(invoice), [("07", "held", "stopped")])

    def test_nothing_of_the_past_is_shown(self):
        """R35b, R40: what a hold has outlasted, and what is too late; what is overdue and can go still goes, today."""
        paused = self.chased([("after_due", 1, 9), ("after_due", 20, 9)])
        paused.chasing_schedule_id.action_pause()
        missed = self.chased([("after_due", 1, 9), ("after_due", 6, 9), ("after_due", 7, 9)])
        self.set_clock("2026-03-10 10:30")
        self.assertEqual(self.days(paused), [("22", "held", "paused")])
        self.assertEqual(self.days(missed), [("10", "goes", False)])
        self.set_clock("2026-03-20 10:30")
        self.assertFalse(self.days(missed))

    def test_what_the_brake_holds_is_shown_today(self):
        """R47"""
        self.company.chasing_run_limit = 1
        invoices = self.chased([("on_issue", 0, 9)]) | self.chased([("on_issue", 0, 9)])
        self.at("2026-03-02 09:00")
        self.set_clock("2026-03-03 09:00")
        self.assertEqual(self.days(invoices), [("03", "held", "run_limit")] * 2)

    def test_days_are_told_by_outcome(self):
        """Issue 12: what does not leave is not counted with what does, in the graph that opens first."""
        invoices = self.chased([("after_due", 5, 9), ("after_due", 5, 14)]) | self.chased([("after_due", 5, 9)])
        self.env.flush_all()
        groups = self.env["chasing.forecast.line"].formatted_read_group(
            [("move_id", "in", invoices.ids)], ["local_day:day", "outcome"], ["__count"]
        )
        self.assertEqual([(group["outcome"], group["__count"]) for group in groups], [("goes", 2), ("left", 1)])
        graph = self.env.ref("invoice_chasing.chasing_forecast_line_view_graph").arch
        self.assertIn('name="outcome"', graph)
        opened = self.env.ref("invoice_chasing.chasing_forecast_line_action")
        self.assertEqual((opened.view_mode.split(",")[0], opened.mobile_view_mode), ("graph", "graph"))
        self.assertIn("search_default_next_week", opened.context)

    def test_days_are_those_of_the_company(self):
        """Today, tomorrow and the next seven days, today the first of them, on the company's clock."""
        invoice = self.chased([("after_due", days, 9) for days in (0, 1, 6, 7)])
        lines = self.lines(invoice)

        def found(name, value=True):
            return lines.search([("move_id", "=", invoice.id), (name, "=", value)])

        self.assertEqual(found("is_today"), lines[0])
        self.assertEqual(found("is_tomorrow"), lines[1])
        self.assertEqual(found("is_next_week"), lines[:3])
        self.assertEqual(found("is_next_week", False), lines[3:])

    def test_today_and_tomorrow_are_told_sooner_and_the_same(self):
        invoice = self.chased([("after_due", days, 9) for days in (0, 1, 2)], min_contact_days=1)
        other = self.chased([("after_due", 0, 9), ("after_due", 0, 15), ("after_due", 1, 0)])
        both = [("move_id", "in", (invoice | other).ids)]
        lines = self.lines(invoice | other)
        near = lines.browse()._until_tomorrow().search(both)
        told = [(line.local_day, line.channel, line.outcome) for line in lines]
        self.assertEqual(
            [(line.local_day, line.channel, line.outcome) for line in near],
            [one for one in told if one[0] <= date(2026, 3, 3)],
        )
        # What a client puts there is not listened to.
        forged = lines.browse().with_context(chasing_forecast_until="2026-03-02 00:00:00").search(both)
        self.assertEqual(len(forged), len(lines))

    def test_it_ends_after_thirty_days(self):
        invoice = self.chased([("after_issue", 29, 9), ("after_issue", 31, 9)])
        self.assertEqual(self.days(invoice), [("31", "goes", False)])

    def test_a_month_of_mixed_cases_comes_true(self):
        """Issue 12: what leaves is what was said, by day and channel."""
        often = [("after_due", days, 9) for days in (5, 8, 12)]
        cases = [self.chased(often, min_contact_days=gap) for gap in range(12)]
        cases.append(self.chased([("on_issue", 0, 9), ("repeat", 4, 10)], min_contact_days=5))
        cases.append(self.chased([("before_due", days, 9) for days in (9, 6, 3)], due="2026-03-16", min_contact_days=4))
        cases.append(self.chased([("after_issue", days, hour) for days in (1, 4, 6, 9) for hour in (9, 15)]))
        self.assert_comes_true(self.env["account.move"].union(*cases))
