from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestStoryPaidBetweenClaimAndSend(ChasingCommon):
    def test_paid_after_the_claim_and_before_the_verdict(self):
        """R33: the balance is read under the lock, after the claim."""
        invoice, other = self.make_invoice(), self.make_invoice(partner_id=self.make_customer("B", "b@x.example").id)
        dispatcher = self.env.registry["chasing.dispatcher"]
        claim = dispatcher._claim

        def claim_and_pay(model, *arguments):
            claimed = claim(model, *arguments)
            self.pay(invoice)
            return claimed

        self.patch(dispatcher, "_claim", claim_and_pay)
        self.at("2026-03-02 09:00")
        self.assertFalse(self.deliveries(invoice))
        self.assertEqual(invoice.chasing_status, "paid")
        self.assertEqual(self.deliveries(other).state, "queued")
        self.assertEqual([message["To"] for message in self.deliver()], ["B <b@x.example>"])

    def test_paid_after_it_was_queued_and_before_the_mail_queue_ran(self):
        """R32, R83: nothing left, and the ledger says so."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(self.deliveries(invoice).state, "queued")
        self.set_clock("2026-03-02 09:01")
        self.pay(invoice)
        self.assertFalse(self.deliver())
        self.assertEqual(self.deliveries(invoice).state, "cancelled")
        self.assertEqual(set(self.states(invoice)), {"cancelled"})
        self.assertFalse(invoice.chasing_schedule_id.first_sent_at)

    def test_part_paid_after_it_was_queued(self):
        """R33: something is still due, the message goes."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.pay(invoice, 40)
        self.assertEqual(len(self.deliver()), 1)

    def test_paid_while_it_waits_for_a_person(self):
        """R32, R101."""
        ask = {"trigger": "after_issue", "days": 0, "hour": 9, "mode": "ask"}
        invoice = self.make_invoice(steps=[ask])
        self.at("2026-03-02 09:00")
        self.pay(invoice)
        self.assertEqual(self.plan(invoice), [("2026-03-02 09:00", "cancelled", "paid")])
