from odoo.tests import tagged

from ..builders.money import MoneyCommon


@tagged("post_install", "-at_install")
class TestStoryTransferAnnounced(MoneyCommon):
    """A customer chooses *wire transfer* on the portal on Friday the 6th; the reminder would go on Friday the 13th."""

    def announced(self):
        invoice = self.make_invoice()
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        self.set_clock("2026-03-06 15:00")
        self.pay_online(invoice, "none", day="2026-03-06 15:00")
        return invoice

    def test_it_does_not_come(self):
        """R45, R35b: chasing waits for five working days, skips what fell into them, and goes on by itself."""
        invoice = self.announced()
        self.assertEqual(invoice.chasing_status, "paused")
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        self.at("2026-03-14 00:00")
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-02 09:00", "sent", False),
                ("2026-03-13 10:00", "skipped", "announced_payment"),
                ("2026-03-21 14:00", "planned", False),
            ],
        )
        self.assertEqual(invoice.chasing_status, "active")
        self.assertEqual(len(self.at_sent("2026-03-21 14:00")), 1)

    def test_it_comes(self):
        """R45, R32."""
        invoice = self.announced()
        self.set_clock("2026-03-10 09:00")
        self.pay(invoice)
        self.assertEqual(invoice.chasing_status, "paid")
        self.assertFalse(self.at_sent("2026-03-21 14:00"))

    def test_nothing_runs_until_after_the_next_step(self):
        """R35b, R40: the hold ended at midnight; what came after it is caught up, not skipped with its reason."""
        invoice = self.announced()
        self.assertEqual(len(self.at_sent("2026-03-22 08:00")), 1)
        self.assertEqual(
            self.plan(invoice)[1:],
            [
                ("2026-03-13 10:00", "skipped", "announced_payment"),
                ("2026-03-21 14:00", "sent", False),
            ],
        )

    def test_the_forecast_knows_its_end(self):
        """R45, R35b."""
        invoice = self.announced()
        lines = self.env["chasing.forecast.line"].search([("move_id", "=", invoice.id)], order="scheduled_at")
        self.assertEqual(
            lines.mapped(lambda line: (self.local(line.scheduled_at), line.outcome, line.reason_code)),
            [
                ("2026-03-13 10:00", "left", "announced_payment"),
                ("2026-03-21 14:00", "goes", False),
            ],
        )
