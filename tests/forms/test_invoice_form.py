from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestInvoiceForm(ChasingCommon):
    """The Chasing section of an invoice."""

    def test_a_message_that_nobody_would_get_is_not_told_as_one_to_nobody(self):
        schedule = self.make_invoice(partner_id=self.make_customer("Silent", False).id).chasing_schedule_id
        self.assertIn("next: e-mail, Mon 2 Mar 09:00 ·", schedule.headline)
        self.assertIn("no contact with an e-mail address", schedule.failure_text)

    def test_the_orders_of_an_invoice_are_counted_whoever_looks(self):
        """R37: a collector has no rights on orders; see test_sale_order for a database with Sales."""
        counter = self.env["account.move"]._fields["sale_order_count"]
        self.assertEqual((counter.compute_sudo, counter.store), (True, False))
        collector = self.make_user("carl", "invoice_chasing.group_user")
        self.assertFalse(self.make_invoice().with_user(collector).sale_order_count)

    def test_all_reminders_are_sent_only_if_they_were(self):
        """R94: beside '1 of 2 sent' it would be untrue."""
        told = []
        for act in ("action_skip", "action_send_now"):
            invoice = self.make_invoice(steps=[("on_issue", 0, 9), ("after_due", 5, 14)])
            self.step(invoice, "on_issue").action_send_now()
            self.deliver()
            getattr(self.step(invoice, "after_due"), act)()
            self.deliver()
            told.append(invoice.chasing_schedule_id.headline.split(" · ")[1:])
        self.assertEqual(
            told,
            [
                ["no reminder left to send, still unpaid", "1 of 2 sent"],
                ["all reminders sent, still unpaid", "2 of 2 sent"],
            ],
        )
