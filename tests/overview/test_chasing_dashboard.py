from ast import literal_eval

from lxml import etree

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import format_amount

from ..builders.builders import ChasingCommon, utc


@tagged("post_install", "-at_install")
class TestChasingDashboard(ChasingCommon):
    """What stands above the list of everything that is chased: cards, today's line (R95)."""

    def cards(self):
        return {card["name"]: (card["count"], card["amount"]) for card in self.env["chasing.dashboard"].get_cards()}

    def today(self, dashboard=None):
        """What today's line says, as it is read."""
        dashboard = self.env["chasing.dashboard"] if dashboard is None else dashboard
        return " · ".join(part["text"] for part in dashboard.get_today())

    def behind(self, page):
        """The records that the page behind a number lists."""
        action = self.env["chasing.dashboard"].action_open_page(page)
        arch = etree.fromstring(self.env[action["res_model"]].get_view(False, "search")["arch"])
        chosen = [name.removeprefix("search_default_") for name in action["context"]]
        domains = [literal_eval(arch.find(f".//filter[@name='{name}']").get("domain")) for name in chosen]
        return self.env[action["res_model"]].search(Domain.AND(map(Domain, domains)))

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
        self.assertIn("1 e-mail to be sent · next Mon 2 Mar 09:00", self.today())
        self.at_sent("2026-03-02 09:00")
        self.assertIn("1 e-mail sent · next Fri 13 Mar 10:00", self.today())

    def test_todays_line_says_what_is_chased_and_what_goes_tomorrow(self):
        currency = self.company.currency_id
        self.make_invoice()
        self.set_clock("2026-03-12 09:00")
        amount = format_amount(self.env, 100, currency)
        self.assertIn(f"1 invoice being chased, {amount} · 1 e-mail tomorrow", self.today())
        self.make_invoice()
        amount = format_amount(self.env, 200, currency)
        self.assertIn(f"2 invoices being chased, {amount} · 2 e-mails tomorrow", self.today())

    def test_todays_line_does_not_take_the_end_of_a_pause_for_a_message(self):
        invoice = self.make_invoice()
        paused = self.make_invoice(steps=[("after_issue", 15, 9)])
        paused.chasing_schedule_id.action_pause(until="2026-03-10")
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(invoice.chasing_status, "active")
        self.assertIn("next Fri 13 Mar 10:00", self.today())

    def test_todays_line_says_when_the_end_of_a_pause_lets_a_message_go(self):
        """R35b: the first message goes then."""
        self.make_invoice().chasing_schedule_id.action_pause(until="2026-03-10")
        self.assertIn("next Tue 10 Mar 07:00", self.today())
        self.assertFalse(self.at_sent("2026-03-09 20:00"))
        self.assertEqual(len(self.at_sent("2026-03-10 07:00")), 1)

    def test_todays_line_counts_what_can_go(self):
        """Nothing of disabled invoices, nothing that only asks, no channel that reaches nobody."""
        self.make_invoice().chasing_schedule_id.action_disable()
        self.cadence.step_ids[0].mode = "ask"
        self.make_invoice()
        self.assertTrue(self.today().startswith("no messages · "))
        self.assertNotIn("next", self.today())
        self.cadence.step_ids[0].write({"mode": "auto", "channel_sms": True})
        self.make_invoice()
        self.assertIn("1 e-mail to be sent · next Mon 2 Mar 09:00", self.today())

    def test_tomorrow_counts_every_channel(self):
        self.cadence.step_ids[1].channel_letter = True
        self.customer.write({"street": "A 1", "zip": "1000", "city": "B", "country_id": self.env.ref("base.be").id})
        self.make_invoice()
        self.set_clock("2026-03-12 09:00")
        self.assertIn("1 e-mail, 1 letter tomorrow", self.today())

    def test_what_is_overdue_leaves_with_the_next_run(self):
        """R40: no run yesterday."""
        self.make_invoice()
        self.set_clock("2026-03-03 11:00")
        self.env.ref("invoice_chasing.ir_cron_dispatch").sudo().nextcall = utc("2026-03-03 11:15")
        self.assertIn("1 e-mail to be sent · next Tue 3 Mar 11:15", self.today())
        self.at("2026-03-03 11:15")
        self.assertIn("1 e-mail under way · next Fri 13 Mar 10:00", self.today())

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
        own = self.today(dashboard.with_context(allowed_company_ids=self.company.ids))
        amount = format_amount(self.env, 100, currency)
        self.assertIn(f"1 invoice being chased, {amount} · no messages tomorrow", own)
        # in Auckland it is half past eight in the evening: its first message goes in the morning
        both = self.today(dashboard.with_context(allowed_company_ids=(self.company | other).ids))
        self.assertIn("1 e-mail to be sent · next Mon 2 Mar 09:00", both)
        amount = format_amount(self.env, 150, currency)
        self.assertIn(f"2 invoices being chased, {amount} · 1 e-mail tomorrow", both)

    def test_who_has_nothing_to_do_is_told_what_is_chased_all_the_same(self):
        """What is paused or has no reminder left is not being chased."""
        dashboard = self.env["chasing.dashboard"]
        self.make_invoice().chasing_schedule_id.action_pause()
        self.assertFalse(dashboard.get_chased())
        self.make_invoice()
        amount = format_amount(self.env, 100, self.company.currency_id)
        texts = [part["text"] for part in dashboard.get_chased()]
        self.assertEqual(texts, [f"1 invoice being chased, {amount}", "no messages tomorrow"])

    def test_every_number_opens_just_what_it_counts(self):
        """R95: the cards on both screens, and today's line."""
        dashboard = self.env["chasing.dashboard"]
        self.make_invoice(partner_id=self.make_customer("Silent", False).id)
        self.make_invoice()
        self.cadence.step_ids[0].mode = "ask"
        self.make_invoice(amount=30)
        self.cadence.step_ids[0].mode = "auto"
        self.at_sent("2026-03-02 09:00")
        self.make_invoice(partner_id=self.make_customer("Mute", False).id)
        self.make_invoice().chasing_schedule_id.action_pause()
        self.make_invoice()
        self.set_clock("2026-03-12 10:00")
        self.env.flush_all()
        cards = {card["name"]: card for card in dashboard.get_cards(approval=True)}
        self.assertEqual(list(cards), ["approval", "failed", "will_fail", "expired", "paused"])
        self.assertEqual((cards["approval"]["count"], cards["failed"]["count"], cards["paused"]["count"]), (1, 1, 1))
        self.assertIn("30.00", cards["approval"]["amount"])
        for name, card in cards.items():
            self.assertEqual(len(self.behind(name)), card["count"], name)
        told = [part for part in dashboard.get_today() if part["page"]]
        self.assertEqual([part["page"] for part in told], ["today", "chased", "tomorrow"])
        for part in told:
            counted = sum(int(word) for word in part["text"].partition("$")[0].split() if word.isdigit())
            self.assertEqual(len(self.behind(part["page"])), counted, part["text"])

    def test_what_left_today_and_what_is_under_way_is_listed(self):
        self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(self.behind("left_today").mapped("state"), ["sent"])
        self.make_invoice()
        self.at("2026-03-02 10:00")
        self.assertEqual(self.behind("under_way").mapped("state"), ["queued"])
        self.set_clock("2026-03-03 09:00")
        self.assertFalse(self.behind("left_today"))

    def test_what_the_brake_holds_is_listed(self):
        """R47"""
        self.company.chasing_run_limit = 1
        self.make_invoices(2)
        self.at("2026-03-02 09:00")
        invoices, _messages = self.env["chasing.brake"]._count_held(self.company)
        self.assertEqual((invoices, len(self.behind("braked"))), (2, 2))

    def test_a_page_that_is_none_is_refused(self):
        with self.assertRaises(UserError):
            self.env["chasing.dashboard"].action_open_page("unlink")

    def test_the_currency_of_several_companies_is_said(self):
        dashboard = self.env["chasing.dashboard"]
        other = self.setup_other_company(name="Other")["company"]
        self.assertFalse(dashboard.with_context(allowed_company_ids=self.company.ids).get_banner()["scope"])
        both = dashboard.with_context(allowed_company_ids=(self.company | other).ids).get_banner()["scope"]
        self.assertEqual(both, f"Amounts of {self.company.name}, Other in {self.company.currency_id.name}.")
