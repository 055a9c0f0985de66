from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestDialogs(ChasingCommon):
    """Pause, resume, reschedule, send, choose a cadence, switch on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.make_user("collector", "invoice_chasing.group_user")

    def dialog(self, action, user=None):
        """The form of a dialog that a button opened."""
        model = self.env(user=user or self.collector)[action["res_model"]].with_context(**action["context"])
        return Form(model.browse(action.get("res_id")))

    def by(self, record):
        return record.with_user(self.collector)

    def test_a_collector_pauses_for_a_week(self):
        """R36"""
        invoice = self.make_invoice()
        dialog = self.dialog(self.by(invoice).action_chasing_pause())
        self.assertEqual(str(dialog.until), "2026-03-09")
        self.assertIn("1 invoice, $", dialog.preview)
        self.assertIn("3 scheduled messages will be paused.", dialog.preview)
        dialog.save().action_do()
        self.assertEqual(invoice.chasing_status, "paused")
        self.assertEqual(invoice.chasing_schedule_id.paused_until, date(2026, 3, 9))
        self.assertIn("paused until Mon 9 Mar 2026: The customer promised to pay", invoice.chasing_headline)

    def test_a_pause_without_end_has_no_date(self):
        invoice = self.make_invoice()
        dialog = self.dialog(self.by(invoice).action_chasing_pause())
        dialog.ends = "open"
        dialog.save().action_do()
        self.assertFalse(invoice.chasing_schedule_id.paused_until)

    def test_resuming_asks_what_becomes_of_missed_steps(self):
        """R36"""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        invoice.chasing_schedule_id.action_pause()
        self.set_clock("2026-03-14 12:00")
        dialog = self.dialog(self.by(invoice).action_chasing_resume())
        self.assertEqual(dialog.missed_count, 1)
        dialog.missed = "shift"
        dialog.save().action_do()
        self.assertEqual(self.plan(invoice)[1][:2], ("2026-03-25 10:00", "planned"))

    def test_a_step_is_rescheduled_to_a_whole_hour(self):
        invoice = self.make_invoice()
        step = self.by(self.step(invoice, "before_due"))
        dialog = self.dialog(step.action_ask_reschedule())
        self.assertEqual((str(dialog.day), dialog.hour), ("2026-03-13", 10))
        dialog.day, dialog.hour = "2026-03-12", 15
        self.assertIn("Thursday 12 March 2026, 15:00, Europe/Berlin (12 Mar 2026 14:00 UTC)", dialog.exact)
        dialog.save().action_do()
        self.assertEqual(self.plan(invoice)[1], ("2026-03-12 15:00", "planned", False))

    def test_a_moment_that_has_passed_is_refused(self):
        invoice = self.make_invoice()
        dialog = self.dialog(self.by(self.step(invoice, "before_due")).action_ask_reschedule())
        dialog.day = "2026-03-01"
        with self.assertRaisesRegex(UserError, "passed"):
            dialog.save().action_do()

    def test_an_hour_that_is_none_is_refused(self):
        step = self.by(self.step(self.make_invoice(), "before_due"))
        for hour in (99, -1):
            dialog = self.dialog(step.action_ask_reschedule())
            dialog.hour = hour
            self.assertFalse(dialog.exact)
            with self.subTest(hour=hour), self.assertRaisesRegex(UserError, "whole number from 0 to 23"):
                dialog.save().action_do()

    def test_a_pause_that_ended_already_is_refused(self):
        invoice = self.make_invoice()
        dialog = self.dialog(self.by(invoice).action_chasing_pause())
        dialog.ends, dialog.until = "date", "2026-03-02"
        with self.assertRaisesRegex(UserError, "must end in the future"):
            dialog.save().action_do()

    def test_a_dialog_opened_before_the_invoice_was_handed_over_says_so(self):
        """R41, R99"""
        invoice = self.make_invoice()
        step = self.by(self.step(invoice, "before_due"))
        sending, moving = self.dialog(step.action_ask_send()).save(), self.dialog(step.action_ask_reschedule()).save()
        self.assertTrue(sending.is_possible)
        invoice.chasing_schedule_id.action_send_to_collections()
        sending.invalidate_recordset()
        self.assertFalse(sending.is_possible)
        self.assertIn("sent to collections", sending.outcome)
        for attempt in (sending.action_send, moving.action_do):
            with self.assertRaisesRegex(UserError, "sent to collections"):
                attempt()
        self.assertEqual(set(self.states(invoice)), {"cancelled"})

    def test_a_pause_of_centuries_is_refused(self):
        """R36"""
        invoice = self.make_invoice()
        for record in (invoice, self.customer):
            dialog = self.dialog(
                self.by(record).action_chasing_pause()
                if record == invoice
                else self.env["chasing.customer.pause"]._open({"default_partner_id": record.id}, "Pause")
            )
            dialog.ends, dialog.until = "date", "9999-12-31"
            dialog = dialog.save()
            with self.assertRaisesRegex(UserError, "next ten years"):
                dialog.action_do() if record == invoice else dialog.action_pause()
        self.assertEqual((invoice.chasing_status, self.customer.chasing_paused), ("active", False))

    def test_a_second_message_on_one_day_is_asked_about(self):
        """R17"""
        invoice = self.make_invoice()
        step = self.by(self.step(invoice, "before_due"))
        first = self.dialog(step.action_ask_send())
        self.assertFalse(first.is_second)
        self.assertEqual(first.outcome, "You can send it now. It will be sent to ann@customer.example (E-mail).")
        first.save().action_send()
        second = self.dialog(self.by(self.step(invoice, "after_due")).action_ask_send())
        self.assertTrue(second.is_second)
        second.save().action_send()
        self.assertEqual(len(self.deliveries(invoice)), 2)

    def test_enabling_says_what_it_sends_and_does_it(self):
        """R46, R52"""
        invoice = self.make_invoice(chased=False)
        self.assertFalse(invoice.chasing_schedule_id)
        dialog = self.dialog(self.by(invoice).action_chasing_assign())
        dialog.cadence_id = self.cadence
        self.assertEqual(dialog.preview, "3 will be sent, first Mon 2 Mar 09:00")
        dialog.save().action_assign()
        invoice.invalidate_recordset()
        self.assertEqual(self.states(invoice), ["planned"] * 3)

    def test_an_old_invoice_gets_its_first_message_only_if_asked(self):
        """R46"""
        self.company.chasing_start_date = "2026-03-01"
        for ticked, states in ((False, ["skipped"]), (True, ["planned"])):
            invoice = self.make_invoice(issued="2026-02-20", due="2026-03-16")
            dialog = self.dialog(self.by(invoice).action_chasing_assign())
            dialog.cadence_id = self.cadence
            self.assertEqual(dialog.old_count, 1)
            dialog.send_on_issue = ticked
            shown = dialog.preview
            dialog.save().action_assign()
            invoice.invalidate_recordset()
            self.assertEqual([step.state for step in self.step(invoice, "on_issue")], states)
            self.assertEqual("skipped" in shown, not ticked)

    def test_many_are_enabled_at_once_and_what_cannot_is_left(self):
        invoices = self.make_invoices(2, chased=False)
        paid = self.make_invoice(chased=False)
        self.pay(paid)
        action = self.by(invoices + paid).action_chasing_assign()
        dialog = self.dialog(action)
        dialog.cadence_id = self.cadence
        self.assertEqual((dialog.invoice_count, dialog.left_count), (2, 1))
        dialog.save().action_assign()
        self.assertEqual(len((invoices + paid).chasing_schedule_ids), 2)

    def test_another_company_s_cadence_is_refused(self):
        other = self.setup_other_company(name="Other")["company"]
        foreign = self.env["chasing.cadence"].sudo().search([("company_id", "=", other.id)], limit=1)
        self.collector.sudo().company_ids += other
        invoice = self.make_invoice()
        dialog = self.dialog(self.by(invoice).action_chasing_assign()).save()
        dialog.sudo().cadence_id = foreign
        with self.assertRaisesRegex(UserError, "another company"):
            dialog.with_context(allowed_company_ids=(self.company + other).ids).action_assign()

    def test_a_collector_sees_customer_payments_only(self):
        self.pay(self.make_invoice())
        values = {"payment_type": "outbound", "partner_type": "supplier", "partner_id": self.customer.id, "amount": 5}
        bill = self.env["account.payment"].create(values)
        seen = self.env["account.payment"].with_user(self.collector).search([])
        self.assertEqual(set(seen.mapped("partner_type")), {"customer"})
        self.assertIn(bill, self.env["account.payment"].search([]))

    def test_an_auditor_sees_and_has_no_buttons(self):
        """R99"""
        auditor = self.make_user("auditor", "account.group_account_readonly")
        invoice = self.make_invoice()
        seen = invoice.with_user(auditor)
        self.assertEqual(seen.chasing_allowed, [])
        self.assertTrue(seen.chasing_headline)
        self.assertEqual(set().union(*seen.chasing_step_ids.mapped("allowed")), {"preview"})
        self.assertIn("Conditions", seen.chasing_step_ids[0].explanation)
        for attempt in (seen.action_chasing_disable, seen.chasing_step_ids[0].action_send_now):
            with self.assertRaises(AccessError):
                attempt()
        with self.assertRaises(AccessError):
            self.env["chasing.bulk"].with_user(auditor)._ask("pause", seen.chasing_schedule_id)

    def test_only_what_is_allowed_now_is_offered(self):
        """R99"""
        invoice = self.make_invoice()
        allowed = set(self.by(invoice).chasing_allowed)
        self.assertLessEqual({"pause", "edit", "cancel", "disable", "send_now", "change_cadence"}, allowed)
        invoice.chasing_schedule_id.action_disable()
        invoice.invalidate_recordset()
        self.assertEqual(set(self.by(invoice).chasing_allowed), {"enable", "send"})
        self.assertEqual([item["name"] for item in self.by(invoice).chasing_menu], ["action_chasing_restart"])
        self.pay(invoice)
        invoice.invalidate_recordset()
        self.assertEqual(self.by(invoice).chasing_allowed, ["send"])
