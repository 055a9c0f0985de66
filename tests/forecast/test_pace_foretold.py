from odoo.tests import tagged

from ..builders.pace import PaceCommon


@tagged("post_install", "-at_install")
class TestPaceForetold(PaceCommon):
    """R113: the forecast says how long a day's messages take."""

    def today(self):
        return [part["text"] for part in self.env["chasing.dashboard"].get_today()]

    def test_in_minutes(self):
        self.make_invoices(8)
        self.assertIn("At 3 a minute by Slow, these 8 messages take about 2 minutes.", self.today())

    def test_until_which_day(self):
        self.server.write({"chasing_per_minute": 0, "chasing_per_day": 3})
        self.make_invoices(8)
        text = "At 3 in 24 hours by Slow, these 8 messages are sent until Wed 4 Mar 2026."
        self.assertIn(text, self.today())

    def test_what_waits_is_told_once(self):
        self.make_invoices(8)
        self.at_sent("2026-03-02 09:00")
        self.set_clock("2026-03-02 09:01")
        self.assertIn("At 3 a minute by Slow, these 5 messages take about a minute.", self.today())

    def test_nothing_where_all_go_at_once(self):
        self.make_invoices(2)
        self.assertFalse([text for text in self.today() if "Slow" in text])

    def test_two_companies_share_a_server(self):
        """The messages of one go behind those of the other."""
        other = self.make_company_there()
        self.make_invoices(3)
        for _number in range(6):
            self.make_invoice(company=other, invoice_user_id=False)
        self.env = self.env(context={**self.env.context, "allowed_company_ids": [self.company.id, other.id]})
        said = [text for text in self.today() if "Slow" in text]
        self.assertEqual(said, ["At 3 a minute by Slow, these 6 messages take about 2 minutes."])
