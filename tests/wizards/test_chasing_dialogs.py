from ast import literal_eval

from lxml import etree

from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestAskedOnce(ChasingCommon):
    """R36, R99: what takes messages back asks once and names them."""

    def act(self, invoice, method):
        action = getattr(invoice, method)()
        return self.env[action["res_model"]].browse(action["res_id"])

    def queued(self):
        """An invoice whose first e-mail is in the queue, and two are to come."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        return invoice

    def test_cancel_and_disable_name_what_they_take_back_and_do_it(self):
        for method, status in (("action_chasing_cancel", "cancelled"), ("action_chasing_disable", "stopped")):
            with self.subTest(method=method):
                invoice = self.queued()
                dialog = self.act(invoice, method)
                self.assertIn("Scheduled: 2 e-mails.", dialog.preview)
                self.assertIn("Withdrawn before sending: 1 e-mail.", dialog.preview)
                self.assertIn(invoice.chasing_status, ("active", "under_way"))
                dialog.action_do()
                self.assertEqual(invoice.chasing_status, status)
                self.assertFalse(self.deliver())

    def test_each_channel_is_counted(self):
        self.cadence.step_ids.write({"channel_sms": True, "channel_letter": True})
        dialog = self.act(self.make_invoice() | self.make_invoice(), "action_chasing_cancel")
        self.assertIn("Scheduled: 6 e-mails, 6 SMS, 6 letters.", dialog.preview)
        self.assertNotIn("withdrawn", dialog.preview)

    def test_write_off_and_collections_name_them_too(self):
        invoice = self.queued()
        for act in ("write_off", "collections", "pause"):
            action = invoice.chasing_schedule_ids.action_ask(act)
            dialog = self.env[action["res_model"]].browse(action["res_id"])
            self.assertIn("Withdrawn before sending: 1 e-mail.", dialog.preview)

    def test_a_change_of_cadence_says_what_it_replaces(self):
        """R52"""
        invoice = self.queued()
        dialog = self.act(invoice, "action_chasing_assign")
        self.assertEqual(dialog.replaced_text, "Replaces scheduled messages: 2 e-mails.")
        dialog.stop = True
        self.assertIn("Will not be sent: 2 e-mails.", dialog.replaced_text)
        self.assertIn("Withdrawn before sending: 1 e-mail", dialog.replaced_text)

    def test_sending_many_leaves_out_what_would_reach_nobody(self):
        """R102b"""
        silent = self.make_invoice(partner_id=self.make_customer("Silent", False).id)
        steps = self.step(self.make_invoice(), "on_issue") | self.step(silent, "on_issue")
        action = steps.action_ask_many("send_now")
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        self.assertIn("To be sent now: 1 e-mail.", dialog.preview)
        self.assertEqual((dialog.possible_count, dialog.left_count), (1, 1))
        dialog.action_do()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(steps[1].state, "planned")

    def test_unmarking_as_sent_asks_first(self):
        """R9."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        schedule.action_mark_sent()
        action = invoice.action_chasing_mark_sent()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((dialog.act, schedule.marked_sent), ("unmark_sent", True))
        dialog.action_do()
        self.assertFalse(schedule.marked_sent)


@tagged("post_install", "-at_install")
class TestAmountFilter(ChasingCommon):
    def test_invoices_are_found_from_and_to_an_amount_in_company_currency(self):
        """R94"""
        small, large = self.make_invoice(amount=50), self.make_invoice(amount=500)
        euro = self.setup_other_currency("EUR", rates=[("2016-01-01", 2.0)])
        foreign = self.make_invoice(amount=500, currency_id=euro.id)
        arch = etree.fromstring(self.env.ref("invoice_chasing.chasing_schedule_view_search").arch)
        domains = {
            node.get("string"): node.get("filter_domain") for node in arch.iter("field") if node.get("filter_domain")
        }
        own = [("move_id", "in", (small | large | foreign).ids)]
        for name, amount, found in (
            ("Outstanding from", 250.0, large | foreign),
            ("Outstanding from", 251.0, large),
            ("Outstanding up to", 250.0, small | foreign),
        ):
            domain = literal_eval(domains[name].replace("self", str(amount)))
            self.assertEqual(self.env["chasing.schedule"].search(own + domain).move_id, found)
