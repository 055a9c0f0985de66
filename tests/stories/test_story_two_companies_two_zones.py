from odoo.tests import tagged

from ..builders.builders import ChasingCommon

NEW_YORK = "America/New_York"


@tagged("post_install", "-at_install")
class TestStoryTwoCompaniesTwoZones(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Overseas")["company"]
        cls.other.write({"chasing_enabled": True, "chasing_tz": NEW_YORK, "email": "desk@overseas.example"})
        steps = [("on_issue", 0, 9), ("before_due", 3, 10), ("after_due", 5, 14)]
        cls.make_cadence("Usual overseas", steps, company_id=cls.other.id, is_default=True)

    def test_nine_o_clock_is_each_companys_own(self):
        """R5, R21: 9:00 in New York is 15:00 in Berlin, on 13 March after the American change of clocks 14:00."""
        here, there = self.make_invoice(), self.make_invoice(company=self.other, invoice_user_id=False)
        self.assertEqual(self.local(there.chasing_next_at, NEW_YORK), "2026-03-02 09:00")

        [message] = self.at_sent("2026-03-02 09:00")
        self.assertIn("sally@firm.example", message["From"])
        self.assertFalse(self.at_sent("2026-03-02 14:45"))
        [message] = self.at_sent("2026-03-02 15:00")
        self.assertIn("desk@overseas.example", message["From"])
        self.assertIn("Overseas: invoice", message["Subject"])

        self.assertEqual(len(self.at_sent("2026-03-13 10:00")), 1)
        self.assertFalse(self.at_sent("2026-03-13 14:45"))
        self.assertEqual(len(self.at_sent("2026-03-13 15:00")), 1)
        self.assertEqual(self.states(here), ["sent", "sent", "planned"])
        self.assertEqual(self.states(there), ["sent", "sent", "planned"])

    def test_past_due_is_judged_by_each_companys_today(self):
        """R71: 17 March 01:00 in Berlin is still 16 March, the due date, in New York."""
        self.set_clock("2026-03-17 01:00")
        here, there = self.make_invoice(), self.make_invoice(company=self.other)
        (here | there).invalidate_recordset(["chasing_days_late"])
        self.assertEqual((here.chasing_days_late, there.chasing_days_late), (1, 0))

    def test_one_run_serves_both_companies(self):
        """R80."""
        self.make_invoice()
        self.make_invoice(company=self.other)
        self.assertEqual(len(self.at_sent("2026-03-02 15:00")), 2)

    def test_switching_one_off_leaves_the_other(self):
        """R47."""
        self.make_invoice()
        there = self.make_invoice(company=self.other)
        self.other.chasing_enabled = False
        self.env.cr.flush()
        self.assertEqual(len(self.at_sent("2026-03-02 15:00")), 1)
        self.assertEqual(there.chasing_status, "paused")
