from odoo.tests import tagged
from odoo.tools import format_amount

from ..builders.builders import ChasingCommon, utc


@tagged("post_install", "-at_install")
class TestChasingDashboard(ChasingCommon):
    """What stands above the list of everything that is chased: cards, today's line (R95)."""

    def cards(self):
        return {card["status"]: (card["count"], card["amount"]) for card in self.env["chasing.dashboard"].get_cards()}

    def test_cards_count_and_add_up(self):
        """R95"""
        silent = self.make_customer("Silent", False)
        self.make_invoice(partner_id=silent.id, amount=250)
        paused = self.make_invoice(amount=100) | self.make_invoice(amount=50)
        paused.chasing_schedule_ids.action_pause()
        self.make_invoice(amount=70)
        self.env.flush_all()
        cards = self.cards()
        self.assertEqual(
            {status: count for status, (count, _amount) in cards.items()},
            {"failed": 0, "will_fail": 1, "expired": 0, "paused": 2},
        )
        self.assertIn("150.00", cards["paused"][1])
        self.assertIn("250.00", cards["will_fail"][1])

    def test_cards_are_one_grouped_query(self):
        self.make_invoice()
        self.cards()
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.cards()

    def test_money_follows_payments(self):
        invoice = self.make_invoice(amount=100)
        invoice.chasing_schedule_id.action_pause()
        self.pay(invoice, amount=40)
        self.assertIn("60.00", self.cards()["paused"][1])

    def test_todays_line(self):
        self.make_invoice()
        self.assertIn("Today: 1 e-mail", self.env["chasing.dashboard"].get_today())
        self.assertIn("next Mon 2 Mar 09:00", self.env["chasing.dashboard"].get_today())

    def test_todays_line_says_what_is_chased_and_what_goes_tomorrow(self):
        dashboard, currency = self.env["chasing.dashboard"], self.company.currency_id
        self.make_invoice()
        self.set_clock("2026-03-12 09:00")
        amount = format_amount(self.env, 100, currency)
        self.assertIn(f"1 invoice, {amount}, is being chased; 1 message tomorrow", dashboard.get_today())
        self.make_invoice()
        amount = format_amount(self.env, 200, currency)
        self.assertIn(f"2 invoices, {amount}, are being chased; 2 messages tomorrow", dashboard.get_today())

    def test_todays_line_does_not_take_the_end_of_a_pause_for_a_message(self):
        invoice = self.make_invoice()
        self.make_invoice().chasing_schedule_id.action_pause(until="2026-03-10")
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(invoice.chasing_status, "active")
        self.assertIn("next Fri 13 Mar 10:00", self.env["chasing.dashboard"].get_today())

    def today(self):
        return self.env["chasing.dashboard"].get_today()

    def test_todays_line_counts_what_can_go(self):
        """Nothing of disabled invoices, nothing that only asks, no channel that reaches nobody."""
        self.make_invoice().chasing_schedule_id.action_disable()
        self.cadence.step_ids[0].mode = "ask"
        self.make_invoice()
        self.assertIn("Today: no messages;", self.today())
        self.assertNotIn("next", self.today())
        self.cadence.step_ids[0].write({"mode": "auto", "channel_sms": True})
        self.make_invoice()
        self.assertIn("Today: 1 e-mail; next Mon 2 Mar 09:00", self.today())

    def test_tomorrow_counts_every_channel(self):
        self.cadence.step_ids[1].channel_letter = True
        self.customer.write({"street": "A 1", "zip": "1000", "city": "B", "country_id": self.env.ref("base.be").id})
        self.make_invoice()
        self.set_clock("2026-03-12 09:00")
        self.assertIn("2 messages tomorrow", self.today())

    def test_what_is_overdue_leaves_with_the_next_run(self):
        """R40: no run yesterday."""
        self.make_invoice()
        self.set_clock("2026-03-03 11:00")
        self.env.ref("invoice_chasing.ir_cron_dispatch").sudo().nextcall = utc("2026-03-03 11:15")
        self.assertIn("Today: 1 e-mail; next Tue 3 Mar 11:15", self.today())
        self.at("2026-03-03 11:15")
        self.assertIn("Today: 1 e-mail; next Fri 13 Mar 10:00", self.today())

    def test_todays_line_is_of_all_chosen_companies(self):
        """As the cards beside it, in the current company's currency, each on its own clock."""
        currency = self.setup_other_currency("EUR", rates=[("2016-01-01", 2.0)])
        data = self.setup_other_company(name="Other", currency_id=currency.id)
        other = data["company"]
        other.write({"chasing_enabled": True, "chasing_tz": "Pacific/Auckland", "email": "o@other.example"})
        self.make_invoice(amount=100)
        invoice = self.make_invoice(company=other, amount=100)
        invoice._chasing_assign(self.env["chasing.cadence"].search([("company_id", "=", other.id)], limit=1))
        self.env.flush_all()
        dashboard, currency = self.env["chasing.dashboard"], self.company.currency_id
        own = dashboard.with_context(allowed_company_ids=self.company.ids).get_today()
        self.assertIn(f"1 invoice, {format_amount(self.env, 100, currency)}, is being chased; 0 messages tomorrow", own)
        # in Auckland it is half past eight in the evening: its first message goes in the morning
        both = dashboard.with_context(allowed_company_ids=(self.company | other).ids).get_today()
        self.assertIn("Today: 1 e-mail; next Mon 2 Mar 09:00", both)
        amount = format_amount(self.env, 150, currency)
        self.assertIn(f"2 invoices, {amount}, are being chased; 1 message tomorrow", both)

    def test_who_has_nothing_to_do_is_told_what_is_chased_all_the_same(self):
        dashboard = self.env["chasing.dashboard"]
        self.assertFalse(dashboard.get_chased())
        self.make_invoice()
        self.assertRegex(dashboard.get_chased(), r"1 invoice, .*100.00, is being chased; 0 messages tomorrow")
