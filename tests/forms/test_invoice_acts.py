from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestInvoiceActs(ChasingCommon):
    """The menu of the Chasing section: what is allowed now, and each act answers."""

    def offered(self, invoice):
        return [item["name"] for item in invoice.chasing_menu]

    def said(self, action):
        return action["params"]["message"]

    def test_marking_as_sent_answers_both_ways(self):
        """R9"""
        invoice = self.make_invoice()
        self.assertEqual(self.said(invoice.action_chasing_mark_sent()), "1 invoice marked as sent.")
        asked = invoice.action_chasing_mark_sent()
        self.assertEqual((asked["res_model"], asked["name"]), ("chasing.bulk", "Unmark as Sent"))
        answer = self.env["chasing.bulk"].browse(asked["res_id"]).action_do()
        self.assertEqual(self.said(answer), "1 invoice is no longer marked as sent.")

    def test_resuming_says_what_comes_next(self):
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_disable()
        self.assertIn("next: e-mail, Mon 2 Mar 09:00", self.said(invoice.action_chasing_restart()))

    def test_what_is_over_offers_nothing_that_is_refused(self):
        invoice = self.make_invoice()
        self.assertIn("action_chasing_cancel", self.offered(invoice))
        self.pay(invoice)
        self.assertNotIn("action_chasing_cancel", self.offered(invoice))
        with self.assertRaises(UserError):
            invoice.chasing_schedule_id.action_cancel()

    def test_a_reader_has_no_menu(self):
        reader = self.make_user("looker", "account.group_account_readonly")
        self.assertEqual(self.offered(self.make_invoice().with_user(reader)), [])
