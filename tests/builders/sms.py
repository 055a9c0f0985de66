"""Builders for what goes by SMS."""

from unittest.mock import patch

from odoo.addons.sms.tools.sms_api import SmsApi

from .builders import ChasingCommon

ANN, BOB = "+4915112345678", "+4917612345678"
# what the service says of an SMS it keeps
TAKEN = {"success", "processing", "delivered"}


class ChasingSmsCommon(ChasingCommon):
    """The usual customer has a mobile phone, and the usual cadence goes by SMS instead of e-mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({"phone": "0151 12345678", "country_id": cls.env.ref("base.de").id})
        cls.cadence.step_ids.write({"channel_email": False, "channel_sms": True})

    @classmethod
    def make_contact(cls, name, phone, **values):
        return cls.make_customer(
            name, f"{name.lower()}@customer.example", type="invoice", parent_id=cls.customer.id, phone=phone, **values
        )

    def run_queue(self):
        """Let the scheduled action of Odoo's SMS queue run."""
        with self.enter_registry_test_mode():
            self.env.ref("sms.ir_cron_sms_scheduler_action").sudo().method_direct_trigger()

    def send(self, says=None):
        """Let Odoo's SMS queue run against a service of the test.

        :param says: {number: what it answers}, a single word for all of them, None: that it took them
        :return: [(number, text)] it took
        """
        taken = []

        def contact_iap(_api, _endpoint, params, timeout=15):
            answers = []
            for message in params["messages"]:
                for one in message["numbers"]:
                    word = says.get(one["number"], "success") if isinstance(says, dict) else says or "success"
                    answers.append({"uuid": one["uuid"], "state": word})
                    if word in TAKEN:
                        taken.append((one["number"], message["content"]))
            return answers

        with patch.object(SmsApi, "_contact_iap", contact_iap):
            self.run_queue()
        return taken

    def at_sent(self, local, says=None):
        """`at` and `send` in one."""
        self.at(local)
        return self.send(says)

    def every_sms(self, invoice):
        """The SMS of an invoice in Odoo's queue, with what was sent."""
        ids = self.deliveries(invoice).notification_id.mapped("sms_id_int")
        return self.env["sms.sms"].sudo().browse(ids).exists().sorted("id")

    def report(self, invoice, word):
        """The provider tells what became of the SMS of an invoice, as Odoo's controller takes it."""
        trackers = self.deliveries(invoice).notification_id.sudo().sms_tracker_ids
        if state := self.env["sms.sms"].IAP_TO_SMS_STATE_SUCCESS.get(word):
            trackers._action_update_from_sms_state(state)
        else:
            trackers._action_update_from_provider_error(word)
        self.env.cr.flush()
