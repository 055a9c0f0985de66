"""A hold takes what has not left out of the queues, and it goes when the hold ends: R36, R35b."""

from datetime import date
from unittest.mock import patch

from odoo.tests import tagged

from ..builders.builders import ChasingCommon
from ..builders.letters import LetterCommon
from ..builders.sms import ChasingSmsCommon


class TakenBack:
    """What every channel keeps to; a subclass says how its message of 9 leaves. It is no on-issue message, which goes
    whenever a hold ends (R8)."""

    allow_inherited_tests_method = True

    def setUp(self):
        super().setUp()
        self.cadence.step_ids[0].trigger = "after_issue"
        self.invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.schedule = self.invoice.chasing_schedule_id
        self.step_of_nine = self.step(self.invoice, "after_issue")
        self.delivery = self.deliveries(self.invoice)
        self.before = self.delivery.mail_message_id
        self.set_clock("2026-03-02 10:05")

    def assert_held(self):
        self.env.cr.flush()
        self.assertEqual(self.leave(), 0)
        self.assertEqual((self.step_of_nine.state, self.delivery.state), ("held", "queued"))
        self.assertFalse(self.delivery.mail_message_id | self.delivery.notification_id.mail_message_id)
        self.assertFalse(self.delivery.letter_id)
        self.assertFalse(self.step_of_nine.sent_at)

    def assert_goes_once(self, at="2026-03-02 10:15"):
        """It leaves with the next run and never again; its row in the ledger is the same."""
        self.at(at)
        self.assertEqual(self.leave(), 1)
        self.at(at.replace(":15", ":30"))
        self.assertEqual(self.leave(), 0)
        self.assertEqual(self.deliveries(self.invoice), self.delivery)
        self.assertEqual((self.step_of_nine.state, self.delivery.state), ("sent", "sent"))

    def test_a_pause_of_a_minute_loses_nothing(self):
        """R36, R39: taken back it is no attempted step."""
        self.schedule.action_pause()
        self.assert_held()
        self.set_clock("2026-03-02 10:06")
        self.schedule.action_resume()
        self.assert_goes_once()

    def test_the_company_off_and_on_loses_nothing(self):
        """R36, R47: twice, before anything went."""
        for _twice in range(2):
            self.company.chasing_enabled = False
            self.assert_held()
            self.company.chasing_enabled = True
            self.env.cr.flush()
        self.assert_goes_once()

    def test_every_hold_of_a_minute_loses_nothing(self):
        """R35, R36, R37: and each is noted when it ends."""
        begins = {
            "customer_excluded": lambda on: self.customer.sudo().write({"chasing_excluded": on}),
            "customer_paused": lambda on: self.customer.sudo().write({"chasing_paused": on}),
            "no_followup": lambda on: self.invoice.sudo().write({"no_followup": on}),
            "unapplied_payment": lambda on: self.schedule.sudo().write({"money_hold": on and "unapplied_payment"}),
        }
        for code, switch in begins.items():
            with self.subTest(code):
                switch(True)
                self.assert_held()
                self.assertEqual(self.step_of_nine.reason_code, code)
                switch(False)
                self.env.cr.flush()
                self.assertEqual(self.step_of_nine.state, "planned")
        self.assert_goes_once()

    def test_it_is_dated_anew(self):
        """R17, R36: the day and the time are those of its going."""
        self.schedule.action_pause()
        self.schedule.action_resume()
        self.assert_goes_once()
        self.assertEqual(self.local(self.delivery.queued_at), "2026-03-02 10:15")

    def test_it_is_no_contact_while_it_is_held(self):
        """R9, R17, R42, R83."""
        self.schedule.action_pause()
        self.env.cr.flush()
        history = self.schedule._contact_histories(self.now)[self.schedule.id]
        self.assertEqual((history.last_contact_day, history.used_today), (None, {}))
        facts = self.env["chasing.facts"]._invoices(self.invoice)[self.invoice.id]
        self.assertFalse(facts.already_sent)
        self.assertFalse(self.schedule.light)

    def test_the_conversation_does_not_show_what_did_not_leave(self):
        """R91: one message in the end."""
        self.schedule.action_pause()
        self.assert_held()
        self.assertNotIn(self.before, self.invoice.message_ids)
        self.schedule.action_resume()
        self.assert_goes_once()
        self.assertIn(self.delivery.mail_message_id, self.invoice.message_ids)

    def test_a_payment_during_the_pause_ends_it_for_good(self):
        """R32, R36."""
        self.schedule.action_pause()
        self.assert_held()
        self.pay(self.invoice)
        self.assertEqual((self.step_of_nine.state, self.step_of_nine.reason_code), ("cancelled", "paid"))
        self.assertEqual(self.delivery.state, "cancelled")
        self.at("2026-03-02 10:15")
        self.assertEqual(self.leave(), 0)

    def test_a_person_who_skips_it_ends_it_for_good(self):
        """R36."""
        self.schedule.action_pause()
        self.assert_held()
        self.step_of_nine.action_skip()
        self.assertEqual(self.delivery.state, "cancelled")
        self.schedule.action_resume()
        self.at("2026-03-02 10:15")
        self.assertEqual(self.leave(), 0)

    def test_a_person_who_sends_it_sends_it_once(self):
        """R36, R80: after the pause, before the run."""
        self.schedule.action_pause()
        self.schedule.action_resume()
        self.env.cr.flush()
        self.step_of_nine.action_send_now()
        self.assert_goes_once()

    def test_the_invoice_taken_back_to_draft_ends_it_for_good(self):
        """R32b: posted again it is planned anew."""
        self.schedule.action_pause()
        self.invoice.sudo().button_draft()
        self.env.cr.flush()
        self.assertEqual((self.step_of_nine.state, self.delivery.state), ("draft", "cancelled"))

    def test_what_is_being_handed_over_counts_as_gone(self):
        """R36: it stays under way and leaves."""
        with self.locked():
            self.schedule.action_pause()
            self.env.cr.flush()
        self.assertEqual((self.step_of_nine.state, self.delivery.state), ("under_way", "queued"))
        self.assertEqual(self.schedule.status, "paused")

    def test_a_pause_of_days_skips_it(self):
        """R35b, R36: go on with the next one."""
        self.schedule.action_pause()
        self.assert_held()
        self.set_clock("2026-03-03 08:00")
        self.schedule.action_resume()
        self.env.cr.flush()
        self.assertEqual((self.step_of_nine.state, self.step_of_nine.reason_code), ("skipped", "paused"))
        self.assertEqual(self.delivery.state, "cancelled")

    def test_a_pause_that_ends_by_itself_skips_it(self):
        """R35b, R36."""
        self.schedule.action_pause(until="2026-03-04")
        self.assert_held()
        self.at("2026-03-04 00:00")
        self.assertEqual((self.step_of_nine.state, self.step_of_nine.reason_code), ("skipped", "paused"))
        self.assertEqual(self.leave(), 0)

    def test_a_person_may_let_the_last_one_go_after_days(self):
        """R36."""
        self.schedule.action_pause()
        self.assert_held()
        self.set_clock("2026-03-03 08:00")
        self.schedule.action_resume("last")
        self.assert_goes_once("2026-03-03 08:15")
        self.assertEqual(self.delivery.local_day, date(2026, 3, 3))


@tagged("post_install", "-at_install")
class TestEmailTakenBack(TakenBack, ChasingCommon):
    def leave(self):
        return len(self.deliver())

    def locked(self):
        notifications = self.env.registry["mail.notification"]
        return patch.object(notifications, "try_lock_for_update", lambda records, **_options: records.browse())

    def test_odoos_own_retry_sends_no_second_one(self):
        """R80: the mail that was taken out is put back into Odoo's queue by a person."""
        mail = self.waiting_mails()
        self.schedule.action_pause()
        self.assert_held()
        mail.mark_outgoing()
        self.assertEqual(self.leave(), 0)

    def test_it_is_composed_anew(self):
        """R36, R72: what was paid meanwhile is not asked for."""
        self.company.chasing_partial_days = 0
        self.schedule.action_pause()
        self.assert_held()
        self.pay(self.invoice, 40)
        self.schedule.action_resume()
        [message] = self.at_sent("2026-03-02 10:15")
        self.assertIn("60.00", message.get_body(("html",)).get_content())

    def test_it_goes_to_whom_it_concerns_then(self):
        """R36, R60: the contact's address was corrected during the pause; nobody gets it at the old one."""
        self.schedule.action_pause()
        self.assert_held()
        self.customer.email = "right@customer.example"
        self.schedule.action_resume()
        [message] = self.at_sent("2026-03-02 10:15")
        self.assertIn("right@customer.example", message["To"])
        self.assertEqual(
            self.deliveries(self.invoice).mapped(lambda one: (one.address, one.state)),
            [("ann@customer.example", "cancelled"), ("right@customer.example", "sent")],
        )
        self.assertEqual((self.step_of_nine.state, self.schedule.status), ("sent", "active"))

    def test_another_date_plans_it_anew(self):
        """R38: the due date moves during the hold; it goes on the new day and not at once."""
        self.deliver()
        self.at("2026-03-13 10:00")
        step = self.step(self.invoice, "before_due")
        self.company.chasing_enabled = False
        self.env.cr.flush()
        self.assertEqual(step.state, "held")
        self.invoice.sudo().invoice_date_due = "2026-03-31"
        self.env.cr.flush()
        self.company.chasing_enabled = True
        self.env.cr.flush()
        self.assertEqual((step.state, self.local(step.scheduled_at)), ("planned", "2026-03-28 10:00"))
        self.assertEqual(step.delivery_ids.state, "cancelled")

    def test_a_person_who_moves_it_decides(self):
        """R84: moved to Thursday during the pause."""
        self.schedule.action_pause()
        self.assert_held()
        self.step_of_nine._reschedule(date(2026, 3, 5), 11)
        self.schedule.action_resume()
        self.env.cr.flush()
        self.assertEqual(self.local(self.step_of_nine.scheduled_at), "2026-03-05 11:00")
        self.assertEqual(self.delivery.state, "cancelled")

    def test_what_a_person_approved_is_not_asked_about_again(self):
        """R36, R101."""
        self.deliver()
        step = self.step(self.invoice, "before_due")
        step.sudo().mode = "ask"
        self.at("2026-03-13 10:00")
        step.action_send_now()
        self.schedule.action_pause()
        self.env.cr.flush()
        self.assertEqual(step.state, "held")
        self.schedule.action_resume()
        self.at("2026-03-13 10:15")
        self.assertEqual(step.state, "under_way")

    def test_a_hold_in_the_evening_goes_on_in_the_first_sending_hour(self):
        """R8, R36."""
        self.set_clock("2026-03-02 21:10")
        self.schedule.action_pause()
        self.env.cr.flush()
        self.set_clock("2026-03-02 21:20")
        self.schedule.action_resume()
        self.env.cr.flush()
        self.assertEqual(self.local(self.step_of_nine.scheduled_at), "2026-03-03 07:00")

    def test_another_cadence_withdraws_for_good(self):
        """R36: what is no step of the new one; what is stays."""
        same = self.make_cadence("Same", [("after_issue", 0, 9), ("after_due", 9, 9)])
        self.schedule._apply_cadence(same)
        self.assertEqual((self.step_of_nine.state, self.delivery.state), ("under_way", "queued"))
        self.schedule._apply_cadence(self.make_cadence("Other", [("after_due", 9, 9)]))
        self.assertEqual((self.step_of_nine.state, self.step_of_nine.reason_code), ("cancelled", "replaced"))
        self.assertEqual(self.leave(), 0)

    def test_an_end_withdraws_for_good(self):
        """R36: disabled and enabled again within a minute."""
        self.schedule.action_disable()
        self.env.cr.flush()
        self.assertEqual((self.step_of_nine.state, self.delivery.state), ("cancelled", "cancelled"))
        self.schedule.action_enable()
        self.at("2026-03-02 10:15")
        self.assertEqual(self.leave(), 0)


@tagged("post_install", "-at_install")
class TestSmsTakenBack(TakenBack, ChasingSmsCommon):
    def leave(self):
        return len(self.send())

    def locked(self):
        texts = self.env.registry["sms.sms"]
        return patch.object(texts, "try_lock_for_update", lambda records, **_options: records.browse())

    def test_what_waits_for_its_hours_goes_in_them(self):
        """R36, R88: paused for a minute before them, it leaves when they begin and not before."""
        self.customer.write({"phone": "+12125550123", "country_id": self.env.ref("base.us").id})
        self.set_clock("2026-03-02 08:30")
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        step, delivery = self.step(invoice, "after_issue"), self.deliveries(invoice)
        begins = self.local(delivery.leaves_at)
        self.assertGreater(begins, "2026-03-02 12:00")
        self.assertEqual((step.state, step.reason_code), ("under_way", "quiet_hours"))
        invoice.chasing_schedule_id.action_pause()
        self.env.cr.flush()
        self.assertEqual((step.state, delivery.leaves_at), ("held", False))
        invoice.chasing_schedule_id.action_resume()
        self.at("2026-03-02 09:15")
        self.assertEqual((step.state, self.local(delivery.leaves_at)), ("under_way", begins))
        self.at(begins)
        self.assertIn("+12125550123", [number for number, _text in self.send()])

    def test_odoos_own_retry_sends_no_second_one(self):
        """R80."""
        text = self.every_sms(self.invoice)
        self.schedule.action_pause()
        self.assert_held()
        text.action_set_outgoing()
        self.assertEqual(self.leave(), 0)


@tagged("post_install", "-at_install")
class TestLetterTakenBack(TakenBack, LetterCommon):
    """The print queue."""

    def leave(self):
        """Whoever has the letters that are to be printed brings them to the post."""
        waiting = self.letters(self.invoice).filtered(lambda one: one.state == "queued")
        if waiting:
            waiting.action_posted()
        return len(waiting)

    def locked(self):
        letters = self.env.registry["chasing.letter"]
        return patch.object(letters, "try_lock_for_update", lambda records, **_options: records.browse())

    def test_the_sheet_on_the_table_is_taken_out(self):
        """R33, R36: printed before the pause, brought to the post after it together with the new one."""
        sheet = self.letters(self.invoice)
        sheet.printed_at = self.now
        self.schedule.action_pause()
        self.assert_held()
        self.schedule.action_resume()
        self.at("2026-03-02 10:15")
        letters = self.letters(self.invoice)
        said = letters.action_posted()
        self.assertIn("remove these sheets", said["params"]["message"])
        self.assertEqual(letters.mapped("state"), ["cancelled", "sent"])
        self.assertEqual(self.delivery.letter_id, letters[1])

    def test_another_cadence_keeps_the_sheet_in_sight(self):
        """R36: printed before the pause; whoever has it is told to take it out, and the ledger keeps its row."""
        sheet = self.letters(self.invoice)
        sheet.printed_at = self.now
        self.schedule.action_pause()
        self.assert_held()
        other = self.make_cadence("Other", [("after_due", 9, 9)])
        self.schedule._apply_cadence(other)
        self.env.cr.flush()
        self.assertEqual((self.step_of_nine.state, self.step_of_nine.reason_code), ("cancelled", "replaced"))
        self.assertEqual(self.delivery.state, "cancelled")
        self.assertIn("remove these sheets", sheet.action_posted()["params"]["message"])
        self.schedule.action_resume()
        self.assertEqual(self.plan(self.invoice)[-1], ("2026-03-25 09:00", "planned", False))

    def test_a_letter_in_the_print_queue_for_days_goes_after_a_pause_of_a_minute(self):
        """R36, R40: the day counts on which it was taken back, not that for which it was planned."""
        self.set_clock("2026-03-12 10:05")
        self.schedule.action_pause()
        self.assert_held()
        self.schedule.action_resume()
        self.assert_goes_once("2026-03-12 10:15")
