"""What is noted: changes of settings, and every end of a hold (R23, R36); Odoo's own mark of what was sent (R86)."""

from odoo import Command
from odoo.tests import tagged
from odoo.tools import html2plaintext, mute_logger

from ..builders.builders import ChasingCommon
from ..builders.letters import LetterCommon

MAIL_LOGGERS = ("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")


@tagged("post_install", "-at_install")
class TestSettingsLogged(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user("mia", "invoice_chasing.group_manager,base.group_system")
        cls.env.cr.flush()

    def noted(self, record):
        self.env.cr.flush()
        record.invalidate_recordset(["message_ids"])
        note = record.message_ids[:1]
        return html2plaintext(note.body), note.author_id

    def test_a_changed_setting_is_noted_with_who_old_and_new(self):
        """R23: a number, a switch, a choice, a record; what stays the same is not told."""
        settings = (
            self.env["res.config.settings"]
            .with_user(self.manager)
            .create({
                "chasing_run_limit": 20,
                "chasing_tz": "Europe/Paris",
                "chasing_tone_id": self.env.ref("invoice_chasing.chasing_tone_firm").id,
            })
        )
        settings.execute()
        text, author = self.noted(self.company.partner_id)
        self.assertEqual(author, self.manager.partner_id)
        self.assertIn("500 → 20", text)
        self.assertIn("Europe/Berlin → Europe/Paris", text)
        self.assertIn("Standard → Firm", text)
        self.assertNotIn("Catch-up", text)

    def test_chasing_switched_off_is_noted(self):
        """R23, R47."""
        self.company.with_user(self.manager).sudo().chasing_enabled = False
        self.assertIn("yes → no", self.noted(self.company.partner_id)[0])

    def test_other_settings_are_nobodys_news(self):
        """R23: chasing's settings, and no others; a value that stays is no change."""
        before = self.company.partner_id.message_ids
        self.company.sudo().write({"chasing_run_limit": self.company.chasing_run_limit, "email": "new@firm.example"})
        self.env.cr.flush()
        self.company.partner_id.invalidate_recordset(["message_ids"])
        notes = (self.company.partner_id.message_ids - before).mapped("body")
        self.assertFalse([body for body in notes if "Chasing" in body])

    def test_a_changed_provider_is_noted_without_its_secrets(self):
        """R23."""
        provider = self.env["chasing.postal.provider"].sudo()._for_company(self.company).with_user(self.manager)
        provider.write({"code": "lob", "api_key": "very_secret", "layout": "us_10"})
        text, _author = self.noted(self.company.partner_id)
        self.assertIn("Print and post yourself → Lob", text)
        self.assertIn("– → ••••", text)
        self.assertNotIn("very_secret", text)

    def test_everything_of_a_cadences_steps_is_noted(self):
        """R23: hour, channel, who sends, own words; however they are written."""
        first, second, third = self.cadence.step_ids
        for change, said in (
            (lambda: first.write({"channel_sms": True}), "SMS"),
            (lambda: second.write({"mode": "ask"}), "Ask before sending"),
            (lambda: second.write({"subject": "Soon due"}), "Soon due"),
            (lambda: second.write({"body": "<p>Please pay</p>"}), "Please pay"),
            (lambda: self.cadence.write({"step_ids": [Command.update(first.id, {"hour": 11})]}), "at 11:00"),
            (lambda: self.cadence.write({"step_ids": [Command.create({"trigger": "after_due", "days": 40})]}), "40"),
        ):
            with self.subTest(said):
                before = self.noted(self.cadence)[0]
                change()
                text, author = self.noted(self.cadence)
                self.assertNotEqual(text, before)
                old, _arrow, new = text.partition("→")
                self.assertNotIn(said.lower(), old.lower())
                self.assertIn(said.lower(), new.lower())
                self.assertEqual(author, self.env.user.partner_id)
        label = third.step_label.lower()
        third.unlink()
        old, _arrow, new = self.noted(self.cadence)[0].partition("→")
        self.assertIn(label, old.lower())
        self.assertNotIn(label, new.lower())

    def test_a_new_cadence_tells_only_that_it_is_new(self):
        """R23."""
        cadence = self.make_cadence("Fresh", [("on_issue", 0, 9)])
        self.assertNotIn("→", self.noted(cadence)[0])


@tagged("post_install", "-at_install")
class TestHoldsLogged(ChasingCommon):
    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()
        self.schedule = self.invoice.chasing_schedule_id

    def notes(self):
        self.env.cr.flush()
        self.invoice.invalidate_recordset(["message_ids"])
        return [html2plaintext(note.body) for note in self.invoice.message_ids]

    def test_every_end_of_a_hold_is_noted(self):
        """R36: by a person or by itself."""
        switches = {
            "switched off": lambda on: self.company.sudo().write({"chasing_enabled": not on}),
            "excluded from chasing": lambda on: self.customer.sudo().write({"chasing_excluded": on}),
            "of the customer is paused": lambda on: self.customer.sudo().write({"chasing_paused": on}),
            "excluded from follow-ups": lambda on: self.invoice.sudo().write({"no_followup": on}),
            "is blocked": lambda on: self.invoice.sudo().write({"payment_state": "blocked" if on else "not_paid"}),
        }
        for said, switch in switches.items():
            with self.subTest(said):
                switch(True)
                before = self.notes()
                switch(False)
                [note] = self.notes()[: len(self.notes()) - len(before)]
                self.assertIn(said, note)
                self.assertIn("Chasing continues", note)

    def test_a_pause_that_ends_by_itself_is_noted(self):
        """R36."""
        self.schedule.action_pause(until="2026-03-04")
        self.at("2026-03-04 00:00")
        self.assertEqual(self.notes()[0], "The pause has ended. Chasing continues.")

    def test_a_pause_that_a_person_ends_is_noted_once(self):
        """R23, R36."""
        self.schedule.action_pause()
        before = self.notes()
        self.schedule.action_resume()
        self.assertEqual(self.notes()[: len(self.notes()) - len(before)], ["Chasing resumed."])

    def test_a_customers_pause_that_ends_by_itself_is_noted(self):
        """R36, R37."""
        self.customer.action_chasing_pause(until="2026-03-04")
        self.at("2026-03-04 00:00")
        self.assertIn("of the customer is paused", self.notes()[0])

    def test_one_hold_of_two_that_ends_is_noted_with_what_still_holds(self):
        """R36."""
        self.customer.sudo().chasing_paused = True
        self.invoice.sudo().no_followup = True
        self.env.cr.flush()
        self.customer.sudo().chasing_paused = False
        self.assertIn("Still held: The invoice is excluded from follow-ups", self.notes()[0])

    def test_a_hold_that_another_one_covers_has_not_ended(self):
        """R36: the company is switched off while the invoice is paused."""
        self.schedule.action_pause()
        before = self.notes()
        self.company.sudo().chasing_enabled = False
        self.assertEqual(self.notes(), before)
        self.company.sudo().chasing_enabled = True
        self.assertIn("Still held: Chasing of the invoice is paused", self.notes()[0])

    def test_a_payment_is_no_end_of_a_hold(self):
        """R32, R36: chasing does not go on."""
        self.invoice.sudo().no_followup = True
        before = self.notes()
        self.pay(self.invoice)
        self.assertFalse([note for note in self.notes()[: len(self.notes()) - len(before)] if "Hold ended" in note])

    def test_messages_that_the_brake_held_are_noted_when_released(self):
        """R36, R47."""
        self.company.sudo().chasing_run_limit = 1
        self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(self.states(self.invoice)[0], "held")
        self.company.sudo().action_chasing_release_brake()
        self.assertIn("Chasing continues once they are released", self.notes()[0])

    def test_many_are_noted_in_one_go(self):
        """R36: the number of queries does not grow with the invoices."""
        counts = []
        for number in (2, 20):
            moves = self.make_invoices(number)
            moves.sudo().write({"no_followup": True})
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["chasing.hold"]._note_end(moves.chasing_schedule_id, "no_followup", False)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertTrue(all("Hold ended" in move.message_ids[0].body for move in moves))
        self.assertLessEqual(counts[1], counts[0])


@tagged("post_install", "-at_install")
class TestOdoosMark(ChasingCommon):
    """Odoo's *Sent*: `is_move_sent`."""

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()

    def test_it_is_set_when_the_mail_server_took_the_message(self):
        """R86: not when it was handed over."""
        self.at("2026-03-02 09:00")
        self.assertFalse(self.invoice.is_move_sent)
        self.deliver()
        self.assertTrue(self.invoice.is_move_sent)
        self.assertEqual(self.invoice.move_sent_values, "sent")
        self.assertIn(self.invoice, self.env["account.move"].search([("move_sent_values", "=", "sent")]))

    @mute_logger(*MAIL_LOGGERS)
    def test_a_first_message_that_failed_leaves_it(self):
        """R86."""
        self.at("2026-03-02 09:00")
        self.deliver(refused=["ann@customer.example"])
        self.assertEqual((self.invoice.is_move_sent, self.invoice.chasing_schedule_id.first_sent_at), (False, False))

    def test_a_message_that_was_taken_back_leaves_it(self):
        """R86."""
        self.at("2026-03-02 09:00")
        self.pay(self.invoice)
        self.assertFalse(self.invoice.is_move_sent)

    def test_a_bounce_of_the_only_message_leaves_what_was_sent(self):
        """R86, R87: a channel had accepted it."""
        self.at_sent("2026-03-02 09:00")
        first = self.invoice.chasing_schedule_id.first_sent_at
        self.deliveries(self.invoice).notification_id.sudo().write({
            "notification_status": "bounce",
            "failure_type": "mail_bounce",
        })
        self.assertEqual(self.step(self.invoice, "on_issue").state, "failed")
        self.assertTrue(self.invoice.is_move_sent)
        self.assertEqual(self.invoice.chasing_schedule_id.first_sent_at, first)

    def test_an_internal_copy_leaves_it(self):
        """R62, R86."""
        user = self.make_user("sam", "account.group_account_invoice")
        role = self.make_role("Director", holder_ids=[Command.create({"user_id": user.id})])
        self.cadence.step_ids[0].role_id = role
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:15")
        self.assertFalse(invoice.is_move_sent)

    def test_marked_as_sent_it_is_marked_in_odoo_too(self):
        """R9, R86."""
        self.invoice.chasing_schedule_id.action_mark_sent()
        self.assertTrue(self.invoice.is_move_sent)

    def test_undone_that_leaves_odoos_mark_as_it_was(self):
        """R9, R86."""
        other = self.make_invoice()
        other.sudo().is_move_sent = True
        for invoice in (self.invoice, other):
            for _marked in (True, False):
                invoice.chasing_schedule_id.action_mark_sent()
        self.assertEqual([self.invoice.is_move_sent, other.is_move_sent], [False, True])


@tagged("post_install", "-at_install")
class TestOdoosMarkAndDocuments(ChasingCommon):
    real_documents = True

    def test_documents_made_for_a_message_leave_it(self):
        """R73, R86: the PDF is made before the claim; Odoo would take that for sent."""
        invoice = self.make_invoice()
        sender = self.env["account.move.send"]
        sender._chasing_prepare(invoice)
        self.assertTrue(invoice.invoice_pdf_report_id)
        self.assertFalse(invoice.is_move_sent)

    def test_a_mark_that_was_there_stays(self):
        """R86."""
        invoice = self.make_invoice()
        invoice.is_move_sent = True
        self.env["account.move.send"]._chasing_prepare(invoice)
        self.assertTrue(invoice.is_move_sent)

    def test_odoos_own_documents_mark_it(self):
        """R86: Odoo's Send is Odoo's."""
        invoice = self.make_invoice()
        self.env["account.move.send"]._generate_and_send_invoices(invoice, sending_methods=[])
        self.assertTrue(invoice.is_move_sent)


@tagged("post_install", "-at_install")
class TestOdoosMarkOfLetters(LetterCommon):
    def test_a_posted_letter_sets_it(self):
        """R86: not the one in the print queue."""
        letter = self.make_letter()
        self.assertFalse(letter.move_id.is_move_sent)
        letter.action_posted()
        self.assertTrue(letter.move_id.is_move_sent)
