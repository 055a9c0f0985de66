from odoo.tests import tagged

from ..builders.assignment import RuleCommon


@tagged("post_install", "-at_install")
class TestStoryPrecedence(RuleCommon):
    """Everybody has a say about whom to chase how: the company, its rules, the customer, and whoever writes the
    invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.by_hand = cls.make_cadence("By hand", [("on_issue", 0, 9)])
        cls.make_rule("Large", [("amount_total_signed", ">", 1000)], cls.firm)
        cls.special = cls.make_customer("Special", "special@customer.example")
        cls.special.with_company(cls.company).chasing_cadence_id = cls.gentle

    def chosen_by_hand(self, **values):
        invoice = self.make_invoice(post=False, **values)
        invoice._chasing_assign(self.by_hand)
        invoice.action_post()
        return invoice

    def test_whoever_is_nearest_to_the_invoice_decides_and_the_invoice_names_them(self):
        """R50: invoice > customer's own > rule > default > none."""
        table = [
            (self.chosen_by_hand(partner_id=self.special.id, amount=2000), "By hand (set on this invoice)"),
            (self.make_invoice(partner_id=self.special.id, amount=2000), "Softly (chosen by: customer's cadence)"),
            (self.make_invoice(amount=2000), "Hard (chosen by: rule “Large”)"),
            (self.make_invoice(), "Usual (chosen by: company default)"),
        ]
        for invoice, said in table:
            self.assertEqual(invoice.chasing_origin_text, said)
        nobody = self.make_invoice(chased=False)
        self.assertFalse(nobody.chasing_schedule_id)
        self.assertEqual(nobody.chasing_headline, "Not chased: it has no cadence.")

    def test_what_each_was_given_is_what_leaves(self):
        """R50, R20: on 2 March by hand and by default, on 17 March by the rule, on 26 March by the customer's own."""
        by_hand = self.chosen_by_hand(partner_id=self.special.id)
        own = self.make_invoice(partner_id=self.special.id, amount=2000)
        by_rule, by_default = self.make_invoice(amount=2000), self.make_invoice()
        days = [
            ("2026-03-02 09:00", by_hand | by_default),
            ("2026-03-13 10:00", by_default),
            ("2026-03-17 09:00", by_rule),
            ("2026-03-21 14:00", by_default),
            ("2026-03-26 09:00", own),
        ]
        for day, invoices in days:
            sent = self.at_sent(day)
            self.assertEqual(len(sent), len(invoices), day)
            for invoice in invoices:
                self.assertTrue(any(invoice.name in message["Subject"] for message in sent), (day, invoice.name))

    def test_who_is_excluded_gets_nothing_whoever_chose(self):
        """R37, R50, R35b: excluded on 10 March, chased again on 15 March; what was missed stays unsent, with its
        reason."""
        invoice, other = self.make_invoice(partner_id=self.special.id), self.make_invoice()
        invoice._chasing_assign(self.cadence)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 2)
        self.set_clock("2026-03-10 12:00")
        self.special.action_chasing_exclude()
        self.assertEqual(
            (invoice.chasing_status, invoice.chasing_schedule_id.hold_reason), ("paused", "customer_excluded")
        )

        [message] = self.at_sent("2026-03-13 10:00")
        self.assertIn(other.name, message["Subject"])

        self.set_clock("2026-03-15 12:00")
        self.special.action_chasing_include()
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-02 09:00", "sent", False),
                ("2026-03-13 10:00", "skipped", "customer_excluded"),
                ("2026-03-21 14:00", "planned", False),
            ],
        )
        self.assertEqual(len(self.at_sent("2026-03-21 14:00")), 2)

    def test_excluded_before_it_is_invoiced(self):
        """R37, R50: neither a choice by hand nor a rule gets round it."""
        self.special.action_chasing_exclude()
        invoices = self.chosen_by_hand(partner_id=self.special.id) | self.make_invoice(
            partner_id=self.special.id, amount=2000
        )
        for day in ("2026-03-02 09:00", "2026-03-17 09:00", "2026-03-26 09:00"):
            self.assertFalse(self.at_sent(day))
        self.assertEqual(invoices.mapped("chasing_status"), ["paused"] * 2)
