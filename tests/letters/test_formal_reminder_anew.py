from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.dispatch import document_stamp, formal_reminder, message_files
from ..builders.builders import utc
from .test_formal_reminder import FORMAL, LOGGER, FormalCommon


@tagged("post_install", "-at_install")
class TestFormalReminderAnew(FormalCommon):
    def test_a_retry_is_made_for_the_account_and_the_address_of_then(self):
        """R72, R84: it was made before its step found nobody."""
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.deliver()
        self.customer.email = False
        self.at("2026-03-21 14:00")
        self.assertEqual((self.formal(invoice).state, self.formal(invoice).reason_code), ("failed", "no_recipient"))
        self.assertIn("Firm Holder Ltd", self.printed[-1])
        self.customer.write({"email": "ann@customer.example", "street": "New Road 7"})
        other = self.make_account(acc_number="DE02120300000000202051", acc_holder_name="Other Holder Ltd")
        invoice.sudo().partner_bank_id = other
        self.formal(invoice).action_retry()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(len(self.printed), 2)
        for said in ("New Road 7", "Other Holder Ltd", "DE02 1203"):
            self.assertIn(said, self.printed[-1])

    def test_everything_that_it_prints_has_it_made_anew(self):
        """R72: and the same to whoever has it made."""
        invoice = self.make_formal()
        step, company = self.formal(invoice), self.company.sudo()
        self.set_clock("2026-03-21 14:00")
        account = invoice.sudo().partner_bank_id
        changes = [
            (self.customer, "name", "Ann Lee-May", "Ann Lee-May"),
            (self.customer, "city", "Lille", "Lille"),
            (account, "acc_holder_name", "Another Holder", "Another Holder"),
            (company.partner_id, "street", "Firm Road 9", "Firm Road 9"),
            (company, "phone", "+49 30 555", "+49 30 555"),
            (company, "email", "new@firm.example", "new@firm.example"),
            (invoice.sudo(), "payment_reference", "RF18 5390", "RF18 5390"),
            (step, "consequence", "We will sue.", "We will sue."),
            (step, "pay_by_days", 11, "1 Apr 2026"),
            (step, "formal_level", "final", "Final notice"),
            (invoice.sudo(), "invoice_user_id", self.make_user("sal", "base.group_user").id, ""),
        ]
        for record, field, value, said in changes:
            with self.subTest(field):
                before = formal_reminder.made_for(step, "en_US", self.now)
                other = step.with_user(self.salesperson).with_context(tz="Asia/Tokyo", lang="fr_FR")
                self.assertEqual(formal_reminder.made_for(other, "en_US", self.now), before)
                record[field] = value
                self.assertIn(said, formal_reminder.html(step, "en_US", self.now).replace("\xa0", " "))
                if said:
                    self.assertNotEqual(formal_reminder.made_for(step, "en_US", self.now), before)

    def test_it_is_addressed_to_its_recipient_by_name(self):
        """R79: a person, a company, and a person at a company."""
        firm = self.make_customer("Big Firm", "firm@customer.example", is_company=True, street="Big Road 1")
        clerk = self.make_customer("Clara Clerk", "clara@customer.example", parent_id=firm.id)
        cases = [
            (self.customer, ["Ann Lee"]),
            (firm, ["Big Firm", "Big Road 1"]),
            (clerk, ["Big Firm", "Clara Clerk", "Big Road 1"]),
        ]
        for partner, expected in cases:
            with self.subTest(partner.name):
                lines = formal_reminder._lines(partner, self.company)
                self.assertEqual(lines[: len(expected)], expected)

    def test_an_instalment_paid_meanwhile_has_it_made_anew(self):
        """R7, R72: also where the asked amount stays what it was."""
        term = self.env["account.payment.term"].create({
            "name": "Halves",
            "line_ids": [
                (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 0}),
                (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 30}),
            ],
        })
        invoice = self.make_invoice(invoice_payment_term_id=term.id, due=False, steps=[FORMAL])
        self.set_clock("2026-03-21 14:00")
        step = self.formal(invoice)
        before = formal_reminder.made_for(step, "en_US", self.now)
        self.pay(invoice, 10)
        self.assertNotEqual(formal_reminder.made_for(step, "en_US", self.now), before)

    def test_taken_back_and_changed_it_is_made_anew(self):
        """R36, R72."""
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.deliver()
        self.at("2026-03-21 14:00")
        invoice.chasing_schedule_id.action_pause()
        self.customer.street = "New Road 7"
        invoice.chasing_schedule_id.action_resume()
        [_message] = self.at_sent("2026-03-21 14:15")
        self.assertEqual(len(self.printed), 2)
        self.assertIn("New Road 7", self.printed[-1])

    def test_taken_back_and_unchanged_the_same_goes(self):
        """R36, R73."""
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.deliver()
        self.at("2026-03-21 14:00")
        file = self.formal(invoice).delivery_ids.mail_message_id.attachment_ids
        invoice.chasing_schedule_id.action_pause()
        invoice.chasing_schedule_id.action_resume()
        [_message] = self.at_sent("2026-03-21 14:15")
        self.assertEqual(self.formal(invoice).delivery_ids.mail_message_id.attachment_ids, file)
        self.assertEqual((file.res_model, file.res_id), ("account.move", invoice.id))
        self.assertEqual(len(self.printed), 1)

    def test_what_waits_leaves_though_another_is_made_meanwhile(self):
        """R79, R84: of two recipients one fails, and is sent to on another day."""
        invoice = self.formal_for_two()
        waiting, lost = self.formal(invoice).delivery_ids
        lost._set_state("failed", "mail_failed")
        lost.notification_id.mail_mail_id.unlink()
        self.set_clock("2026-03-22 10:00")
        self.formal(invoice).action_retry()
        self.assertEqual(len(self.printed), 2)
        self.assertEqual(len(self.deliver()), 2)
        self.assertEqual(waiting.state, "sent")

    def test_no_token_of_the_page_stands_in_it(self):
        """R92c: nor in a text that names the page and more behind it."""
        invoice = self.make_formal(consequence="See {{ object.chasing_link }}&utm=1 or {{ object.chasing_link }}…")
        self.at("2026-03-02 09:00")
        self.deliver()
        self.at("2026-03-21 14:00")
        token = invoice.sudo().access_token
        self.assertTrue(token)
        [html] = self.printed
        self.assertIn(f"/my/invoices/{invoice.id}", html)
        self.assertNotIn(token, html)
        self.assertNotIn("access_token", html)

    def test_one_whose_facts_break_fails_alone_with_its_reason(self):
        """R82, R85: before it is written, too."""
        bad, good = self.make_formal(), self.make_formal()
        self.at("2026-03-02 09:00")
        self.deliver()
        claims = self.env.registry["chasing.message"]._claims

        def breaking(message, step):
            if step.move_id == bad:
                raise ValueError("No such claim.")
            return claims(message, step)

        self.patch(self.env.registry["chasing.message"], "_claims", breaking)
        with mute_logger(LOGGER, "odoo.addons.invoice_chasing.models.common.isolation"):
            self.set_clock("2026-03-21 14:00")
            pairs = [(self.formal(one), "en_US") for one in (bad, good)]
            self.env["chasing.message.files"].sudo()._make(pairs, self.now, None)
        made = self.env["chasing.formal.reminder"].sudo().search([])
        self.assertEqual(made.filtered("error").step_id, self.formal(bad))
        self.assertEqual(made.filtered("attachment_id").step_id, self.formal(good))


@tagged("post_install", "-at_install")
class TestCopy(FormalCommon):
    """What was told of by SMS alone was not sent: R79."""

    def test_an_sms_makes_no_copy(self):
        self.customer.write({"phone": "0151 12345678"})
        invoice = self.make_formal(first={"channel_email": False, "channel_sms": True}, document="both")
        second = self.formal(invoice)
        self.assertFalse(message_files.is_repeated(second, utc("2026-03-21 14:00")))
        self.at("2026-03-02 09:00")
        [delivery] = self.deliveries(invoice)
        self.set_clock("2026-03-02 09:05")
        self.assertFalse(message_files.is_repeated(second, self.now))
        delivery.sudo()._set_state("sent")
        self.assertTrue(invoice.chasing_schedule_id.first_sent_at)
        [message] = self.at_sent("2026-03-21 14:00")
        self.assertIn(f"{invoice.name.replace('/', '_')}.pdf", self.brought(message))

    def test_an_sms_before_does_not_hide_what_odoo_sent(self):
        """R9: nor what a person says that the customer has."""
        self.customer.write({"phone": "0151 12345678"})
        invoice = self.make_formal(first={"channel_email": False, "channel_sms": True})
        self.at("2026-03-02 09:00")
        self.deliveries(invoice).sudo()._set_state("sent")
        invoice.chasing_schedule_id.sudo()._sent_by_odoo(utc("2026-03-03 09:00"))
        self.set_clock("2026-03-21 14:00")
        self.assertTrue(message_files.is_repeated(self.formal(invoice), self.now))

    def test_one_that_came_back_was_sent(self):
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.deliver()
        self.deliveries(invoice).sudo()._set_state("bounced", "bounced")
        self.set_clock("2026-03-21 14:00")
        self.assertTrue(message_files.is_repeated(self.formal(invoice), self.now))

    def test_one_that_never_left_was_not(self):
        invoice = self.make_formal()
        self.at("2026-03-02 09:00")
        self.deliveries(invoice).sudo()._set_state("failed", "mail_failed")
        self.set_clock("2026-03-21 14:00")
        self.assertFalse(message_files.is_repeated(self.formal(invoice), self.now))

    def test_what_is_to_go_before_it_makes_a_copy(self):
        """R75: as it is told before it goes."""
        invoice = self.make_formal()
        self.assertTrue(message_files.is_repeated(self.formal(invoice), utc("2026-03-21 14:00")))

    def test_the_name_foreseen_is_that_of_the_copy(self):
        """R75, R79: of one that cannot be stamped it is the invoice's own."""
        files, name = self.env["chasing.message.files"].sudo(), "INV_2026_00001"
        invoice = self.make_formal(document="both")
        self.at("2026-03-02 09:00")
        self.deliver()
        first, second = self.step(invoice, "on_issue").sudo(), self.formal(invoice)
        self.assertEqual(files._foreseen(first, "en_US", self.now), ("", f"{name}.pdf"))
        at = utc("2026-03-21 14:00")
        reminder = "Second reminder INV-2026-00001.pdf"
        self.assertEqual(files._foreseen(second, "en_US", at), (reminder, f"{name} (Copy).pdf"))
        self.patch(document_stamp, "copy_of", lambda *_args: None)
        self.env["chasing.document.copy"].sudo()._make([(invoice, "en_US")])
        self.assertEqual(files._foreseen(second, "en_US", at), (reminder, f"{name}.pdf"))
