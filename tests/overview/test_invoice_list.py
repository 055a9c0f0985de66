from odoo.tests import tagged

from ..builders.builders import ChasingCommon

MIRRORS = {"chasing_schedule_id": {}, "chasing_status": {}, "chasing_next_at": {}, "chasing_cadence_id": {}}


@tagged("post_install", "-at_install")
class TestInvoiceList(ChasingCommon):
    """Status, next send and cadence as columns of Odoo's own list."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_cadence = cls.make_cadence("Other", [("after_due", 1, 9)])

    def setUp(self):
        super().setUp()
        self.active = self.make_invoice()
        self.paused = self.make_invoice()
        self.paused.chasing_schedule_id.action_pause()
        self.later = self.make_invoice(due="2026-05-01")
        self.later._chasing_assign(self.other_cadence)
        self.none = self.make_invoice(post=False)
        self.all = self.active + self.paused + self.later + self.none
        self.env.flush_all()

    def found(self, *conditions, order="id"):
        return self.env["account.move"].search([("id", "in", self.all.ids), *conditions], order=order)

    def test_they_are_searched(self):
        self.assertEqual(self.found(("chasing_status", "=", "paused")), self.paused)
        self.assertEqual(self.found(("chasing_status", "not in", ("paused", "active"))), self.none)
        self.assertEqual(self.found(("chasing_schedule_id", "=", False)), self.none)
        self.assertEqual(self.found(("chasing_cadence_id", "ilike", "othe")), self.later)
        self.assertEqual(self.found(("chasing_next_at", ">", "2026-04-01")), self.later)

    def test_they_are_sorted(self):
        self.assertEqual(self.found(order="chasing_next_at, id")[:2], self.active + self.later)
        self.assertEqual(self.found(order="chasing_status desc, id")[1:], self.paused + self.active + self.later)

    def test_they_are_grouped(self):
        groups = dict(
            self.env["account.move"]._read_group([("id", "in", self.all.ids)], ["chasing_status"], ["__count"])
        )
        self.assertEqual(groups, {"active": 2, "paused": 1, False: 1})
        by_cadence = dict(
            self.env["account.move"]._read_group([("id", "in", self.all.ids)], ["chasing_cadence_id"], ["__count"])
        )
        self.assertEqual(by_cadence[self.cadence], 2)

    def test_every_group_is_found_again(self):
        """Unfolding a group finds what it counted: one that is chased without a cadence is in the group of none."""
        self.paused._chasing_assign_chosen(self.env["chasing.cadence"], False, False)
        moves, ids = self.env["account.move"], [("id", "in", self.all.ids)]
        for group in ("chasing_schedule_id", "chasing_status", "chasing_cadence_id", "chasing_light"):
            for value, count in moves._read_group(ids, [group], ["__count"]):
                found = self.found((group, "=", value.id if hasattr(value, "id") else value))
                self.assertEqual(len(found), count, (group, value))
        self.assertFalse(self.paused.chasing_cadence_id)
        self.assertEqual(self.found(("chasing_cadence_id", "=", False)), self.paused + self.none)
        self.assertEqual(self.found(("chasing_next_at", "=", False)), self.paused + self.none)
        self.assertEqual(self.found(("chasing_next_at", "!=", False)), self.active + self.later)

    def test_the_light_is_a_column_like_the_others(self):
        """R93: one that failed before there was anything to deliver is red as well."""
        silent = self.make_invoice(partner_id=self.make_customer("Silent", False).id)
        self.all += silent
        self.at_sent("2026-03-02 09:00")
        self.assertEqual([one.chasing_light for one in self.active + silent + self.none], ["yellow", "red", False])
        self.assertEqual(self.found(("chasing_light", "=", "red")), silent)
        self.assertEqual(self.found(("chasing_light", "=", False)), self.paused + self.later + self.none)
        self.assertEqual(self.found(order="chasing_light, id")[:2], silent + self.active)
        moves, ids = self.env["account.move"], [("id", "in", self.all.ids)]
        groups = dict(moves._read_group(ids, ["chasing_light"], ["__count"]))
        self.assertEqual(groups, {"red": 1, "yellow": 1, False: 3})
        for name in ("chasing_light", "chasing_next_day", "chasing_status", "chasing_next_at", "chasing_cadence_id"):
            described = moves.fields_get([name], ["sortable", "groupable"])[name]
            self.assertEqual((described["sortable"], described["groupable"]), (True, True), name)

    def test_the_light_costs_one_query_more_for_any_number(self):
        self.at_sent("2026-03-02 09:00")
        costs = [self.cost(moves, {"name": {}, **MIRRORS, "chasing_light": {}}) for moves in (self.active, self.all)]
        self.assertEqual(costs, [self.cost(self.all, {"name": {}, **MIRRORS}) + 1] * 2)

    def test_next_sends_are_grouped_by_the_company_s_day(self):
        """R90: half past midnight in Berlin is the evening before in UTC."""
        night = self.make_cadence("Night", [("after_due", 1, 0)])
        self.active._chasing_assign(night)
        days = self.env["account.move"]._read_group([("id", "in", self.active.ids)], ["chasing_next_day:day"])
        self.assertEqual([str(day) for (day,) in days], ["2026-03-17"])
        self.assertEqual(self.found(("chasing_next_day", "=", "2026-03-17")), self.active)
        self.assertEqual(self.found(("chasing_next_day", "=", False)), self.paused + self.none)
        self.assertEqual(str(self.active.chasing_next_day), "2026-03-17")

    def cost(self, moves, fields):
        """How many queries it takes to read these."""
        # once for what is cached for good
        moves.web_read(fields)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        moves.web_read(fields)
        return self.env.cr.sql_log_count - before

    def test_the_columns_cost_one_query_for_any_number_of_invoices(self):
        plain = self.cost(self.all, {"name": {}})
        self.assertEqual(self.cost(self.active, {"name": {}, **MIRRORS}), plain + 1)
        self.assertEqual(self.cost(self.all, {"name": {}, **MIRRORS}), plain + 1)
