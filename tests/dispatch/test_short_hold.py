"""What a hold finds that has not been handed over: R35b, R36."""

from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestShortHold(ChasingCommon):
    """What a hold finds that no run had come to, and what something else holds as well."""

    def setUp(self):
        super().setUp()
        self.cadence.step_ids[0].trigger = "after_issue"

    def switch(self, on):
        self.company.chasing_enabled = on
        self.env.cr.flush()

    def first(self, invoices):
        """{(state, reason code) of the first step of each}."""
        return {self.plan(invoice)[0][1:] for invoice in invoices}

    def test_what_the_run_had_not_come_to_yet_is_not_lost(self):
        """R35b, R36, R40: a backlog, and chasing off and on within a minute."""
        invoices = self.make_invoices(3)
        self.at("2026-03-02 09:00", limit=1)
        self.set_clock("2026-03-02 09:01")
        self.switch(False)
        self.assertEqual(self.first(invoices), {("held", "company_off")})
        self.set_clock("2026-03-02 09:02")
        self.switch(True)
        self.assertEqual(len(self.at_sent("2026-03-02 09:03")), 3)

    def test_what_the_run_had_not_come_to_is_missed_during_a_hold_of_days(self):
        """R35b."""
        invoices = self.make_invoices(2)
        self.at("2026-03-02 09:00", limit=1)
        self.set_clock("2026-03-02 09:01")
        self.switch(False)
        self.set_clock("2026-03-03 09:01")
        self.switch(True)
        self.assertEqual(self.first(invoices), {("skipped", "company_off")})

    def test_two_holds_one_after_the_other_are_one(self):
        """R35b: what fell due during the first was missed, though the second began after it and ended that day."""
        invoice = self.make_invoice()
        self.customer.sudo().chasing_paused = True
        self.env.cr.flush()
        self.set_clock("2026-03-02 09:01")
        self.switch(False)
        self.customer.sudo().chasing_paused = False
        self.env.cr.flush()
        self.switch(True)
        self.assertEqual(self.first(invoice), {("skipped", "company_off")})

    def test_resumed_while_chasing_is_off_it_stays_held(self):
        """R35b, R36, R47: days later nothing of it goes."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        schedule = invoice.chasing_schedule_id
        schedule.action_pause()
        self.switch(False)
        self.set_clock("2026-03-02 09:10")
        schedule.action_resume()
        self.env.cr.flush()
        self.assertEqual({one[1:] for one in self.plan(invoice)}, {("held", "company_off")})
        self.set_clock("2026-03-05 10:10")
        self.switch(True)
        self.assertEqual(self.plan(invoice)[0][1:], ("skipped", "company_off"))
        self.assertFalse(self.at_sent("2026-03-05 10:15"))
