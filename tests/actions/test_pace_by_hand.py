from odoo.tests import tagged

from ..builders.bulk import BulkCommon
from ..builders.pace import PaceCommon


@tagged("post_install", "-at_install")
class TestManyByHand(PaceCommon, BulkCommon):
    def setUp(self):
        super().setUp()
        self.invoices = self.make_invoices(8)
        steps = self.invoices.chasing_schedule_ids.step_ids.filtered(lambda step: step.trigger == "after_due")
        self.steps_by_hand = steps.with_user(self.collector)

    def send_all(self):
        self.env["chasing.bulk.run"].with_user(self.collector)._act("send_now", self.steps_by_hand)
        return self.env["chasing.bulk.run"].search([], limit=1)

    def test_what_exceeds_the_minute_goes_in_the_next(self):
        """R102, R113: three at once, the others as the server takes them."""
        run = self.send_all()
        self.assertEqual((run.done, run.is_done, self.local(run.waits_until)), (3, False, "2026-03-02 08:31"))
        left = [len(self.deliver())]
        for minute in (31, 32, 33):
            self.set_clock(f"2026-03-02 08:{minute}")
            self.work()
            left.append(len(self.deliver()))
        self.assertEqual(left, [3, 3, 2, 0])
        self.assertTrue(run.is_done)
        self.assertFalse(run.refused_count)

    def test_nothing_goes_before_there_is_room(self):
        self.send_all()
        self.deliver()
        self.work()
        self.assertFalse(self.deliver())

    def test_who_has_paid_meanwhile_gets_nothing(self):
        """R33, R113."""
        run = self.send_all()
        self.deliver()
        self.pay(self.invoices[4])
        left = []
        for minute in (31, 32):
            self.set_clock(f"2026-03-02 08:{minute}")
            self.work()
            left.append(len(self.deliver()))
        self.assertEqual(left, [2, 2])
        self.assertEqual(run.refused_ids.mapped("reason"), ["The invoice is paid."])

    def test_the_rest_waits_for_the_sending_window(self):
        """R8, R113: what a person asked for at 21:30 goes at once as far as there is room."""
        self.set_clock("2026-03-02 21:30")
        run = self.send_all()
        self.assertEqual(len(self.deliver()), 3)
        self.assertEqual(self.local(run.waits_until), "2026-03-03 07:00")
        self.set_clock("2026-03-02 21:31")
        self.work()
        self.assertFalse(self.deliver())
        self.set_clock("2026-03-03 07:00")
        self.work()
        self.assertEqual(len(self.deliver()), 3)

    def test_what_many_send_counts_for_the_run(self):
        """R113."""
        self.set_clock("2026-03-02 09:00")
        self.send_all()
        self.assertEqual(self.at("2026-03-02 09:00").get("under_way", 0), 0)

    def test_an_act_that_sends_nothing_does_not_wait(self):
        run = self.env["chasing.bulk.run"].with_user(self.collector)._start("skip", {}, self.steps_by_hand)
        self.assertTrue(run.is_done)

    def test_the_dialog_says_how_long_it_takes(self):
        """R113: three now, three in a minute, two in another."""
        action = self.steps_by_hand.action_ask_many("send_now")
        dialog = self.env[action["res_model"]].with_user(self.collector).browse(action["res_id"])
        self.assertIn("At 3 a minute by Slow, these 8 messages take about 2 minutes.", dialog.preview)

    def test_the_dialog_says_until_which_day(self):
        self.server.write({"chasing_per_minute": 0, "chasing_per_day": 3})
        action = self.steps_by_hand.action_ask_many("send_now")
        dialog = self.env[action["res_model"]].with_user(self.collector).browse(action["res_id"])
        text = "At 3 in 24 hours by Slow, these 8 messages are sent until Wed 4 Mar 2026."
        self.assertIn(text, dialog.preview)

    def test_the_dialog_says_nothing_where_all_go_at_once(self):
        self.server.chasing_per_minute = 30
        action = self.steps_by_hand.action_ask_many("send_now")
        dialog = self.env[action["res_model"]].with_user(self.collector).browse(action["res_id"])
        self.assertNotIn("Slow", dialog.preview)

    def test_a_retry_of_many_waits_as_well(self):
        """R84, R113: its dialog says how long it takes."""
        self.customer.email = "nobody"
        self.at("2026-03-02 09:00")
        self.customer.email = "ann@customer.example"
        self.set_clock("2026-03-02 09:30")
        self.assertIn("At 3 a minute by Slow, these 8 messages take", self.dialog(self.invoices, "retry").preview)
        run = self.do(self.invoices, "retry")
        self.assertEqual(len(self.deliver()), 3)
        self.set_clock("2026-03-02 09:31")
        self.work()
        self.assertEqual(len(self.deliver()), 3)
        self.assertFalse(run.is_done)
