from odoo.tests import tagged

from .common import ChasingCommon

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

    def test_the_columns_cost_one_query_for_any_number_of_invoices(self):
        def cost(moves, fields):
            # once for what is cached for good
            moves.web_read(fields)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            moves.web_read(fields)
            return self.env.cr.sql_log_count - before

        plain = cost(self.all, {"name": {}})
        self.assertEqual(cost(self.active, {"name": {}, **MIRRORS}), plain + 1)
        self.assertEqual(cost(self.all, {"name": {}, **MIRRORS}), plain + 1)
