from odoo.tests import tagged
from odoo.tools import SQL

from ..builders.builders import ChasingCommon

OLD = 3000


@tagged("post_install", "-at_install")
class TestStorySwitchedOnOverOldInvoices(ChasingCommon):
    """A company with three thousand open invoices of last year switches chasing on, on 2 March."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.chasing_enabled = False
        first = cls.make_invoice(issued="2025-11-03", due="2025-11-17")
        cls.env.cr.flush()
        columns = [
            name
            for name, field in first._fields.items()
            if field.store and field.column_type and name not in ("id", "name", "access_token", "payment_reference")
        ]
        names = SQL(", ").join(map(SQL.identifier, columns))
        cls.env.cr.execute(
            SQL(
                "INSERT INTO account_move (name, %s) SELECT 'OLD/' || n, %s FROM account_move,"
                " generate_series(1, %s) AS n WHERE id = %s",
                names,
                names,
                OLD - 1,
                first.id,
            )
        )
        cls.env.invalidate_all()
        cls.old = cls.env["account.move"].search([("company_id", "=", cls.company.id), ("state", "=", "posted")])
        cls.company.write({"chasing_enabled": True, "chasing_start_date": "2026-03-01"})
        cls.env.cr.flush()

    def test_nothing_goes_by_itself(self):
        """R46, R107: switching on sends nothing about what is there; what is posted from now on is chased."""
        self.assertEqual(len(self.old), OLD)
        self.assertFalse(self.old.chasing_schedule_ids)
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        invoice = self.make_invoice()
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        self.assertEqual(self.states(invoice), ["sent", "planned", "planned"])

    def test_assigned_by_hand_they_are_planned_and_nothing_is_past_due_at_once(self):
        """R11, R46: every step of theirs is past, or an on-issue message of before the start date."""
        summary = self.old._chasing_assign(self.cadence)
        self.assertEqual((summary["assigned"], summary["planned"], summary["skipped"]), (OLD, 0, 3 * OLD))
        self.assertEqual(self.at("2026-03-02 09:00")["claimed"], 0)

    def test_told_to_send_on_issue_three_thousand_messages_wait_for_a_click(self):
        """R46, R47: the brake is at 500."""
        summary = self.old._chasing_assign(self.cadence, send_on_issue=True)
        self.assertEqual((summary["planned"], summary["skipped"]), (OLD, 2 * OLD))
        self.assertEqual(self.at("2026-03-02 09:00")["claimed"], 0)
        held = self.env["chasing.step"].search_count([("company_id", "=", self.company.id), ("state", "=", "held")])
        self.assertEqual(held, OLD)
        self.assertFalse(self.waiting_mails())
