"""Builders of forecasts: invoices with a cadence of their own, what is foretold of them, and the month that follows."""

from datetime import timedelta

from .builders import ChasingCommon

DAYS = 30


class ForecastCommon(ChasingCommon):
    has_default = False

    def chased(self, steps, due="2026-03-02", **terms):
        """An invoice of 2 March with a cadence of its own: steps as in `make_cadence`."""
        customer = self.make_customer("Customer", "customer@customer.example")
        return self.make_invoice(due=due, partner_id=customer.id, steps=steps, terms=terms)

    def lines(self, invoices):
        self.env.flush_all()
        self.env["chasing.forecast.line"].invalidate_model()
        return self.env["chasing.forecast.line"].search([("move_id", "in", invoices.ids)])

    def run_a_month(self):
        """Let the scheduled action run for a month as the forecast looks ahead."""
        self.run_until(self.now + timedelta(DAYS))

    def run_until(self, end):
        """Let the scheduled action run whenever an invoice wants it, as the quarter of an hour would.

        :param end: a UTC instant
        """
        while self.now < end:
            ahead = self.env["chasing.schedule"].search([("next_at", "<", end)], order="next_at", limit=1)
            if not ahead:
                break
            self.now = max(ahead.next_at, self.now)
            for _batch in range(3):
                self.env(user=1, context={})["chasing.dispatcher"]._dispatch(self.now)
                self.env.cr.flush()
            self.now += timedelta(minutes=15)
