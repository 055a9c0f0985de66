from contextlib import suppress
from unittest.mock import patch

from odoo.addons.sms.models.sms_sms import SmsSms
from odoo.addons.sms.tools.sms_api import SmsApi
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.sms import ANN, BOB, ChasingSmsCommon


class Killed(BaseException):
    """The process ends: nothing catches this."""


@tagged("post_install", "-at_install")
class TestSmsQueue(ChasingSmsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company()["company"]

    def setUp(self):
        super().setUp()
        self.calls = []

    def answering(self, answer=lambda: "success"):
        """Odoo's service answers every SMS of a call so, and notes who called with what."""

        def send_sms_batch(api, messages, delivery_reports_url=False):
            numbers = [one for message in messages for one in message["numbers"]]
            self.calls.append((api.env.company, api.account, sorted(one["number"] for one in numbers)))
            return [{"uuid": one["uuid"], "state": answer()} for one in numbers]

        return patch.object(SmsApi, "_send_sms_batch", send_sms_batch)

    def make_foreign_sms(self, company, number):
        """An SMS in the queue that is none of ours."""
        message = self.env["mail.message"].sudo().create({"body": "Hi", "record_company_id": company.id})
        return self.env["sms.sms"].sudo().create({"number": number, "body": "Hi", "mail_message_id": message.id})

    def queued(self, contacts=()):
        """An invoice whose SMS wait in Odoo's queue."""
        for number in contacts:
            self.make_contact(number, number)
        self.set_clock("2026-03-02 08:30")
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        return invoice

    def seen(self, invoice):
        """[(state, reason code)] of its deliveries."""
        return [(one.state, one.failure_code) for one in self.deliveries(invoice)]

    # ------------------------------------------------------------------ companies

    def test_sms_of_two_companies_leave_each_with_its_own_account(self):
        """Odoo's own queue stops at the second company, for everybody."""
        accounts = {}
        for company in (self.company, self.other):
            service = self.env.ref("sms.iap_service_sms")
            accounts[company] = (
                self.env["iap.account"]
                .sudo()
                .create({
                    "service_id": service.id,
                    "company_ids": company.ids,
                    "account_token": f"token{company.id}",
                })
            )
        every_sms = self.make_foreign_sms(self.company, ANN) | self.make_foreign_sms(self.other, BOB)
        with self.answering():
            self.run_queue()
        self.assertEqual(every_sms.mapped("state"), ["pending", "pending"])
        self.assertEqual(
            self.calls,
            [
                (self.company, accounts[self.company], [ANN]),
                (self.other, accounts[self.other], [BOB]),
            ],
        )

    def test_ours_and_those_of_others_leave_in_one_run(self):
        invoice = self.queued()
        foreign = self.make_foreign_sms(self.other, BOB)
        with self.answering():
            self.run_queue()
        self.assertEqual(foreign.state, "pending")
        self.assertEqual(self.seen(invoice), [("sent", False)])
        self.assertEqual([numbers for _company, _account, numbers in self.calls], [[BOB], [ANN]])

    def test_odoos_service_takes_all_of_one_company_in_one_call(self):
        self.queued([ANN, BOB])
        with self.answering():
            self.run_queue()
        self.assertEqual([numbers for _company, _account, numbers in self.calls], [[ANN, BOB]])

    def test_another_provider_gets_them_one_by_one(self):
        """So that a lost answer leaves only one in doubt."""
        invoice = self.queued([ANN, BOB])
        answers = iter(["success", "server_error"])

        class OneByOne(SmsApi.__base__):
            def _send_sms_batch(api, messages, delivery_reports_url=False):
                [number] = messages[0]["numbers"]
                self.calls.append(number["number"])
                return [{"uuid": number["uuid"], "state": next(answers)}]

        self.patch(self.env.registry["res.company"], "_get_sms_api_class", lambda company: OneByOne)
        self.run_queue()
        self.assertEqual(self.calls, [ANN, BOB])
        self.assertEqual(self.seen(invoice), [("sent", False), ("failed", "unclear")])

    def test_a_queue_whose_time_is_up_goes_on_later(self):
        """A provider that is called once for each may take longer than a scheduled action may."""
        invoice = self.queued([ANN, BOB])
        self.patch(
            SmsApi.__base__,
            "_send_sms_batch",
            lambda api, messages, **_kw: self.calls.append(api)
            or [{"uuid": one["uuid"], "state": "success"} for one in messages[0]["numbers"]],
        )
        self.patch(self.env.registry["res.company"], "_get_sms_api_class", lambda company: SmsApi.__base__)
        every_sms = self.every_sms(invoice)
        with patch.object(self.env.registry["ir.cron"], "_commit_progress", lambda *args, **kwargs: 0):
            self.env["sms.sms"].sudo()._process_queue()
        self.assertEqual(every_sms.mapped("state"), ["pending", "outgoing"])
        self.run_queue()
        self.assertEqual(len(self.calls), 2)
        self.assertEqual(self.seen(invoice), [("sent", False)] * 2)

    # ------------------------------------------------------------------ never twice

    def test_that_it_is_being_sent_is_committed_before_the_call(self):
        """R81."""
        invoice = self.queued()
        every_sms = self.every_sms(invoice)
        written = []
        commit = self.env.registry["ir.cron"]._commit_progress

        def commit_progress(cron, *args, **kwargs):
            written.append((every_sms.with_env(cron.env).state, len(self.calls)))
            return commit(cron, *args, **kwargs)

        with self.answering(), patch.object(self.env.registry["ir.cron"], "_commit_progress", commit_progress):
            self.run_queue()
        self.assertEqual(written[:2], [("process", 0), ("pending", 1)])

    def test_a_process_that_dies_during_the_call_makes_no_second_sms(self):
        """R81: it fails as unclear, once nobody can be waiting for the answer any more."""
        invoice = self.queued()
        with patch.object(SmsApi, "_send_sms_batch", side_effect=Killed) as called:
            with suppress(Killed):
                self.run_queue()
            self.env.invalidate_all()
            self.assertEqual(self.every_sms(invoice).state, "process")
            self.run_queue()
            self.assertEqual(self.seen(invoice), [("queued", False)])
            self.age(invoice)
            self.run_queue()
            self.assertEqual(called.call_count, 1)
        self.assertEqual(self.seen(invoice), [("failed", "unclear")])
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "unclear")

    def age(self, invoice):
        """Let its SMS have been touched long ago."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sms_sms SET write_date = '2026-03-02 07:00' WHERE id IN %s", [tuple(self.every_sms(invoice).ids)]
        )
        self.env.invalidate_all()

    def test_the_queue_looks_again_by_itself(self):
        """R81: Odoo's own action runs once a day."""
        self.queued()
        with self.answering():
            self.run_queue()
        triggers = (
            self.env["ir.cron.trigger"]
            .sudo()
            .search([("cron_id", "=", self.env.ref("sms.ir_cron_sms_scheduler_action").id)])
        )
        self.assertIn("2026-03-02 09:20", [self.local(trigger.call_at) for trigger in triggers])

    def test_what_the_provider_still_looks_at_is_not_given_up(self):
        """R87: its answer was that a report comes later."""
        invoice = self.queued()
        with self.answering(lambda: "processing"), patch.object(SmsSms, "_gc_device", lambda sms: None):
            self.run_queue()
        self.age(invoice)
        self.run_queue()
        self.assertEqual(self.seen(invoice), [("queued", False)])

    def test_sms_of_others_are_not_given_up(self):
        foreign = self.make_foreign_sms(self.company, ANN)
        foreign.state = "process"
        self.env.flush_all()
        self.env.cr.execute("UPDATE sms_sms SET write_date = '2026-03-02 07:00' WHERE id = %s", [foreign.id])
        self.run_queue()
        self.assertEqual(foreign.state, "process")

    @mute_logger("odoo.addons.sms.models.sms_sms")
    def test_a_lost_answer_is_never_repeated(self):
        """R84: nor by the queue, nor by a person in Odoo's list of SMS."""
        invoice = self.queued()
        with patch.object(SmsApi, "_send_sms_batch", side_effect=TimeoutError) as called:
            self.run_queue()
            self.assertEqual(self.seen(invoice), [("failed", "unclear")])
            for method in ("resend_failed", "action_set_outgoing"):
                with self.assertRaisesRegex(UserError, f"chasing of {invoice.name}. Use Retry"):
                    getattr(self.every_sms(invoice), method)()
            self.run_queue()
        self.assertEqual(called.call_count, 1)
        self.assertEqual(self.every_sms(invoice).state, "error")

    def test_one_that_was_paid_while_others_were_sent_stays_here(self):
        """R32: between two calls."""
        invoice = self.queued([ANN, BOB])
        second = self.every_sms(invoice)[1]

        class Cancelling(SmsApi.__base__):
            def _send_sms_batch(api, messages, delivery_reports_url=False):
                [number] = messages[0]["numbers"]
                self.calls.append(number["number"])
                second.with_env(api.env).action_set_canceled()
                return [{"uuid": number["uuid"], "state": "success"}]

        self.patch(self.env.registry["res.company"], "_get_sms_api_class", lambda company: Cancelling)
        self.run_queue()
        self.assertEqual(self.calls, [ANN])
        self.assertEqual(self.seen(invoice), [("sent", False), ("cancelled", False)])

    # ------------------------------------------------------------------ what people do with the queue

    def test_send_now_leaves_ours_to_the_queue(self):
        """Only the queue commits before it calls."""
        invoice = self.queued()
        foreign = self.make_foreign_sms(self.company, BOB)
        with self.answering():
            (self.every_sms(invoice) | foreign).send()
            self.assertEqual([numbers for _company, _account, numbers in self.calls], [[BOB]])
            self.run_queue()
        self.assertEqual(self.seen(invoice), [("sent", False)])

    def test_failed_sms_of_others_can_be_sent_again(self):
        foreign = self.make_foreign_sms(self.company, BOB)
        foreign.action_set_error("sms_server")
        foreign.action_set_outgoing()
        self.assertEqual(foreign.state, "outgoing")
        foreign.action_set_error("sms_server")
        with self.answering():
            foreign.resend_failed()
        self.assertEqual(foreign.state, "pending")

    def test_cancelled_or_deleted_in_the_queue_it_does_not_leave(self):
        """R85: and its step says so."""
        for method in ("action_set_canceled", "unlink"):
            with self.subTest(method=method):
                invoice = self.queued()
                getattr(self.every_sms(invoice), method)()
                self.assertFalse(self.send())
                self.assertEqual(self.seen(invoice), [("cancelled", False)])
                self.assertNotEqual(self.step(invoice, "on_issue").state, "sent")
