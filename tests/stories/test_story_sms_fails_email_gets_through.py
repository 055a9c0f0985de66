from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.sms import ChasingSmsCommon


@tagged("post_install", "-at_install")
class TestStorySmsFailsEmailGetsThrough(ChasingSmsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cadence.step_ids.write({"channel_email": True})

    def test_two_channels_one_of_which_fails(self):
        """R83, R84, R17: on 2 March the e-mail leaves and the SMS is refused; the retry repeats the SMS alone."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(len(self.deliver()), 1)
        self.send("wrong_number_format")
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("partly", "invalid_phone"))
        self.assertEqual(invoice.chasing_status, "failed")
        self.assertEqual(
            {one.channel: one.state for one in self.deliveries(invoice)}, {"email": "sent", "sms": "failed"}
        )
        self.assertTrue(invoice.activity_ids, "R98: the responsible is told")

        self.set_clock("2026-03-02 11:00")
        step.action_retry()
        self.assertFalse(self.deliver())
        self.assertEqual([number for number, _text in self.send()], ["+4915112345678"])
        self.assertEqual((step.state, invoice.chasing_status), ("sent", "active"))

    def test_customer_without_a_phone(self):
        """R83, R85: what cannot be tried is said beforehand (R96), and the e-mail leaves all the same."""
        self.customer.phone = False
        invoice = self.make_invoice()
        self.assertEqual(invoice.chasing_status, "will_fail")
        self.at("2026-03-02 09:00")
        self.assertEqual(len(self.deliver()), 1)
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("partly", "no_recipient"))

    def test_channels_use_up_their_day_apart(self):
        """R17: the e-mail of that day is used up, the SMS goes."""
        self.cadence.step_ids[1].channel_sms = False
        lines = [
            {"trigger": "after_issue", "days": 1, "hour": 9, "channel_email": True, "channel_sms": False},
            {"trigger": "after_issue", "days": 1, "hour": 10, "channel_email": True, "channel_sms": True},
        ]
        invoice = self.make_invoice(steps=lines)
        self.at("2026-03-03 09:00")
        self.at("2026-03-03 10:00")
        self.assertEqual(
            [(one.channel, one.step_id.hour) for one in self.deliveries(invoice)], [("email", 9), ("sms", 10)]
        )

    def test_pause_before_the_rest_has_left(self):
        """R36, R83: the e-mail left, the SMS was taken back by the pause, which ends on the same day: it goes."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(len(self.deliver()), 1)
        invoice.chasing_schedule_id.action_pause()
        step = self.step(invoice, "on_issue")
        self.assertFalse(self.send())
        self.assertEqual(step.state, "sent")
        self.assertFalse(invoice.activity_ids)
        self.set_clock("2026-03-02 12:00")
        invoice.chasing_schedule_id.action_resume()
        self.at("2026-03-02 12:15")
        self.assertFalse(self.deliver())
        self.assertEqual(len(self.send()), 1)
        self.assertEqual(step.state, "sent")

    def test_pause_for_days_before_the_rest_has_left(self):
        """R36, R83: the SMS was missed during the pause: it is partly sent, and one click sends it."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(len(self.deliver()), 1)
        invoice.chasing_schedule_id.action_pause()
        step = self.step(invoice, "on_issue")
        self.set_clock("2026-03-03 12:00")
        invoice.chasing_schedule_id.action_resume()
        self.env.cr.flush()
        self.assertEqual((step.state, step.reason_code), ("partly", "withdrawn"))
        self.assertFalse(invoice.activity_ids)
        step.action_retry()
        self.assertFalse(self.deliver())
        self.assertEqual(len(self.send()), 1)
        self.assertEqual(step.state, "sent")

    def test_payment_before_the_rest_has_left(self):
        """R32, R83: the SMS was taken back, and nothing is left to retry."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(len(self.deliver()), 1)
        self.pay(invoice)
        self.assertFalse(self.send())
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code, invoice.chasing_status), ("partly", "paid", "paid"))
        with self.assertRaisesRegex(UserError, "is paid"):
            step.action_retry()
