from unittest.mock import patch

from odoo.addons.sms.tools.sms_api import SmsApi
from odoo.tests import tagged

from ...models.postal.client import Refused
from ..builders.letters import LetterCommon
from ..builders.sms import ANN, BOB


@tagged("post_install", "-at_install")
class TestStoryTwoCompaniesTwoProviders(LetterCommon):
    """One company posts its letters itself, the other by Lob; each has an SMS account of its own. Both have a step
    that goes by SMS and letter on 2 March at 9."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cadence.step_ids.channel_sms = True
        cls.customer.phone = ANN
        cls.other = cls.setup_other_company(name="Overseas")["company"]
        cls.other.write({"chasing_enabled": True, "chasing_tz": "Europe/Berlin", "email": "desk@overseas.example"})
        cls.other.partner_id.write({
            "street": "Harbour 3",
            "zip": "94107",
            "city": "San Francisco",
            "country_id": cls.env.ref("base.us").id,
            "state_id": cls.env.ref("base.state_us_5").id,
        })
        cls.their_customer = cls.customer.copy({"name": "Bob Ray", "phone": BOB})
        step = {"trigger": "on_issue", "hour": 9, "channel_email": False, "channel_sms": True, "channel_letter": True}
        cls.make_cadence("Overseas letters", [step], company_id=cls.other.id, is_default=True)
        provider = cls.env["chasing.postal.provider"].sudo()
        cls.providers = {cls.company: provider._for_company(cls.company), cls.other: provider._for_company(cls.other)}
        cls.providers[cls.other].write({"code": "lob", "api_key": "test_key"})
        cls.accounts = {company: cls.make_account(company) for company in (cls.company, cls.other)}

    @classmethod
    def make_account(cls, company):
        return (
            cls.env["iap.account"]
            .sudo()
            .create({
                "service_id": cls.env.ref("sms.iap_service_sms").id,
                "company_ids": company.ids,
                "account_token": f"token {company.name}",
            })
        )

    def setUp(self):
        super().setUp()
        self.texts, self.without_credit = [], None
        self.here = self.make_invoice()
        self.there = self.make_invoice(company=self.other, partner_id=self.their_customer.id)

    def leave(self):
        """Nine o'clock: one run for both companies, then the queues."""
        self.assertEqual(self.at("2026-03-02 09:00")["claimed"], 2)
        with patch.object(SmsApi, "_send_sms_batch", self.sms_service()), self.enter_registry_test_mode():
            self.env.ref("sms.ir_cron_sms_scheduler_action").sudo().method_direct_trigger()
        self.run_queue()

    def sms_service(self):
        """Notes which account brings what, and has no credit for one of them."""

        def send_sms_batch(api, messages, delivery_reports_url=False):
            numbers = [one for message in messages for one in message["numbers"]]
            if api.account != self.without_credit:
                self.texts += [(api.account, one["number"]) for one in numbers]
            state = "insufficient_credit" if api.account == self.without_credit else "success"
            return [{"uuid": one["uuid"], "state": state} for one in numbers]

        return send_sms_batch

    def seen(self, invoice):
        """{channel: (state, reason code)} of an invoice's deliveries."""
        return {one.channel: (one.state, one.failure_code) for one in self.deliveries(invoice)}

    def test_each_leaves_by_its_own_companys_account_and_provider(self):
        """R80, R89."""
        self.leave()
        self.assertEqual(self.texts, [(self.accounts[self.company], ANN), (self.accounts[self.other], BOB)])
        ours, theirs = self.letters(self.here), self.letters(self.there)
        self.assertEqual(ours.provider_id, self.providers[self.company])
        self.assertEqual((ours.state, ours.provider_code, bool(ours.pdf_id)), ("queued", "print", True))
        self.assertEqual(theirs.provider_id, self.providers[self.other])
        [parcel] = self.client.sent
        self.assertEqual(
            (parcel.key, parcel.sender.company, parcel.sender.city),
            (
                theirs.key,
                "Overseas",
                "San Francisco",
            ),
        )
        self.assertEqual(theirs.state, "sending")
        self.assertEqual(self.seen(self.here), {"sms": ("sent", False), "letter": ("queued", False)})
        self.assertEqual(self.seen(self.there), {"sms": ("sent", False), "letter": ("queued", False)})

    def test_no_credit_for_one_companys_sms_leaves_the_others_alone(self):
        """R82, R85."""
        self.without_credit = self.accounts[self.company]
        self.leave()
        self.assertEqual(self.texts, [(self.accounts[self.other], BOB)])
        self.assertEqual(self.seen(self.here)["sms"], ("failed", "no_credit"))
        self.assertEqual(self.seen(self.there)["sms"], ("sent", False))
        self.letters(self.here).action_posted()
        self.assertEqual(self.step(self.here, "on_issue").state, "partly")
        self.assertEqual(self.step(self.there, "on_issue").state, "sent")

    def test_no_credit_for_one_companys_letter_leaves_the_others_alone(self):
        """R82, R84, R85."""
        self.client.answers = [Refused("no_credit", "top up")]
        self.leave()
        self.assertEqual(self.seen(self.there), {"sms": ("sent", False), "letter": ("failed", "no_credit")})
        self.assertEqual(self.step(self.there, "on_issue").state, "partly")
        self.letters(self.here).action_posted()
        self.assertEqual(self.seen(self.here), {"sms": ("sent", False), "letter": ("sent", False)})
        self.assertEqual(self.step(self.here, "on_issue").state, "sent")

    def test_one_company_without_an_account_at_its_provider_does_not_hold_up_the_other(self):
        """R85: seen before anything is handed over."""
        self.providers[self.other].api_key = False
        self.leave()
        self.assertEqual(self.seen(self.there)["letter"], ("failed", "not_set_up"))
        self.assertFalse(self.client.sent)
        self.assertEqual(self.letters(self.here).state, "queued")
        self.assertEqual(len(self.texts), 2)
