from odoo.tests import tagged

from ..builders.sms import ChasingSmsCommon


@tagged("post_install", "-at_install")
class TestDeliveryForm(ChasingSmsCommon):
    def test_a_message_without_a_subject_is_called_by_its_channel(self):
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        [delivery] = invoice.chasing_delivery_ids
        self.assertFalse(delivery.message_subject)
        self.assertEqual(delivery.action_open_message()["name"], "SMS")
