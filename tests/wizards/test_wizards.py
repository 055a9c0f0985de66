from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestEdit(ChasingCommon):
    """The dialog in which one invoice's steps are edited."""

    def edit(self, invoice, **context):
        schedule = invoice.chasing_schedule_id
        return Form(self.env["chasing.edit"].with_context(default_schedule_id=schedule.id, **context))

    def test_the_dialog_shows_the_steps_with_their_dates(self):
        dialog = self.edit(self.make_invoice())
        with dialog.line_ids.edit(2) as line:
            self.assertEqual((line.trigger, line.days, line.hour), ("after_due", 5, 14))
            self.assertEqual(line.live_text, "Sat 21 Mar 14:00")
        self.assertEqual(dialog.summary, "3 will be sent, first Mon 2 Mar 09:00")

    def test_the_first_date_is_never_past(self):
        """R35b: what a pause holds has lost its date once that is past."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        invoice.chasing_schedule_id.action_pause()
        self.set_clock("2026-03-18 10:00")
        self.assertEqual(self.edit(invoice).summary, "2 will be sent, first Sat 21 Mar 14:00")

    def test_what_a_change_of_cadence_took_back_does_not_come_again(self):
        """R36: it is no line of the dialog."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        invoice.chasing_schedule_id._apply_cadence(self.make_cadence("Other", [("after_due", 9, 9)]))
        dialog = self.edit(invoice)
        self.assertEqual(len(dialog.line_ids), 1)
        with dialog.line_ids.edit(0) as line:
            line.days = 7
        dialog.save().action_save()
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-02 09:00", "cancelled", "replaced"),
                ("2026-03-23 09:00", "planned", False),
            ],
        )

    def test_a_date_follows_while_it_is_edited_and_nothing_is_saved(self):
        """R22"""
        invoice = self.make_invoice()
        dialog = self.edit(invoice)
        with dialog.line_ids.edit(2) as line:
            line.days = 7
            self.assertEqual(line.live_text, "Mon 23 Mar 14:00")
        with dialog.line_ids.edit(1) as line:
            line.days = 20
        self.assertEqual(dialog.summary, "2 will be sent, first Mon 2 Mar 09:00; 1 skipped")
        self.assertEqual(self.step(invoice, "after_due").days, 5)

    def test_saving_does_what_was_shown_and_is_called_customised(self):
        """R22"""
        invoice = self.make_invoice()
        dialog = self.edit(invoice)
        with dialog.line_ids.new() as line:
            line.trigger, line.date, line.hour = "on_date", "2026-04-07", 16
        dialog.save().action_save()
        self.assertEqual(self.plan(invoice)[-1], ("2026-04-07 16:00", "planned", False))
        self.assertTrue(invoice.chasing_schedule_id.is_customised)
        self.assertEqual(invoice.chasing_cadence_id, self.cadence)

    def test_saving_unchanged_keeps_the_cadence_s_name(self):
        invoice = self.make_invoice()
        before = self.plan(invoice)
        self.edit(invoice).save().action_save()
        self.assertEqual(self.plan(invoice), before)
        self.assertFalse(invoice.chasing_schedule_id.is_customised)

    def test_nothing_is_written_on_the_invoice(self):
        invoice = self.make_invoice()
        dialog = self.edit(invoice)
        dialog.line_ids.remove(1)
        with patch.object(self.env.registry["account.move"], "write", side_effect=AssertionError):
            dialog.save().action_save()
            self.env.flush_all()
        self.assertEqual(len(self.steps(invoice)), 2)

    def test_what_was_sent_is_shown_and_stays(self):
        """R39"""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        dialog = self.edit(invoice)
        self.assertEqual(len(dialog.locked_ids), 1)
        dialog.line_ids.remove(1)
        dialog.line_ids.remove(0)
        dialog.save().action_save()
        self.assertEqual(self.states(invoice), ["sent"])

    def test_the_same_step_twice_is_refused_with_its_name(self):
        """R14"""
        dialog = self.edit(self.make_invoice())
        with dialog.line_ids.new() as line:
            line.trigger, line.days, line.hour = "after_due", 5, 14
        with self.assertRaisesRegex(ValidationError, "5 days after due: Two steps go at the same time"):
            dialog.save().action_save()

    def test_a_repeating_step_is_one_line_and_many_steps(self):
        """R13"""
        invoice = self.make_invoice()
        dialog = self.edit(invoice)
        with dialog.line_ids.new() as line:
            line.trigger = "repeat"
            line.repeat_count = 3
        dialog.save().action_save()
        self.assertEqual(len(self.steps(invoice)), 6)
        self.assertEqual(len(self.edit(invoice).line_ids), 4)

    def test_starting_from_another_cadence_takes_its_lines(self):
        other = self.make_cadence("Other", [("after_due", 2, 9)])
        invoice = self.make_invoice()
        dialog = self.edit(invoice)
        dialog.cadence_id = other
        self.assertEqual(len(dialog.line_ids), 1)
        dialog.save().action_save()
        self.assertEqual(self.plan(invoice), [("2026-03-18 09:00", "planned", False)])
        self.assertEqual(invoice.chasing_cadence_id, other)
        self.assertFalse(invoice.chasing_schedule_id.is_customised)

    def test_a_step_in_the_past_says_so(self):
        """R11"""
        dialog = self.edit(self.make_invoice(issued="2026-02-01", due="2026-02-20"))
        with dialog.line_ids.edit(0) as line:
            self.assertEqual(line.live_text, "Tue 17 Feb 10:00: in the past, will be skipped")
            self.assertTrue(line.is_skipped)

    def test_a_cadence_can_be_made_of_it_by_a_manager_only(self):
        """R22"""
        self.env.user.group_ids += self.env.ref("invoice_chasing.group_manager")
        invoice = self.make_invoice()
        dialog = self.edit(invoice)
        dialog.line_ids.remove(0)
        saved = dialog.save()
        action = saved.action_save_as_cadence()
        cadence = self.env["chasing.cadence"].browse(action["res_id"])
        lines = [(line.trigger, line.days) for line in cadence.step_ids]
        self.assertEqual(lines, [("before_due", 3), ("after_due", 5)])
        self.assertEqual(len(self.steps(invoice)), 3)
        collector = self.make_user("collector", "invoice_chasing.group_user")
        own = self.env["chasing.edit"].with_user(collector).create({"schedule_id": invoice.chasing_schedule_id.id})
        with self.assertRaises(AccessError):
            own.action_save_as_cadence()

    def test_a_cancelled_chasing_is_not_edited(self):
        invoice = self.make_invoice()
        dialog = self.edit(invoice).save()
        invoice.chasing_schedule_id.action_cancel()
        with self.assertRaisesRegex(UserError, "ended"):
            dialog.action_save()


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
        self.assertEqual(dialog.until, date(2026, 3, 9))
        self.assertIn("1 invoice, $", dialog.preview)
        self.assertIn("3 messages to come are held.", dialog.preview)
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
        self.assertEqual((dialog.day, dialog.hour), (date(2026, 3, 13), 10))
        dialog.day, dialog.hour = "2026-03-12", 15
        self.assertIn("Thursday 12 March 2026, 15:00, Europe/Berlin (2026-03-12 14:00 UTC)", dialog.exact)
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
        with self.assertRaisesRegex(UserError, "day to come"):
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
        self.assertEqual(first.outcome, "You can send it now. It goes to ann@customer.example (E-mail).")
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
        self.assertEqual(set(self.by(invoice).chasing_allowed), {"enable"})
        self.assertEqual([item["name"] for item in self.by(invoice).chasing_menu], ["action_chasing_restart"])
        self.pay(invoice)
        invoice.invalidate_recordset()
        self.assertFalse(self.by(invoice).chasing_allowed)


@tagged("post_install", "-at_install")
class TestStart(ChasingCommon):
    """The first run, and the settings."""

    has_default = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"chasing_enabled": False, "chasing_start_date": False})
        cls.manager = cls.make_user("manager", "invoice_chasing.group_manager,account.group_account_invoice")

    def start(self):
        return Form(self.env(user=self.manager)["chasing.start"])

    def test_nothing_leaves_until_the_last_button(self):
        """R46, R107"""
        fresh, old = self.make_invoice(), self.make_invoice(issued="2026-02-01", due="2026-02-15")
        dialog = self.start()
        self.assertEqual(dialog.start_date, date(2026, 3, 2))
        dialog.cadence_id = self.cadence
        wizard = dialog.save()
        with self.assertRaises(UserError):
            wizard.action_switch_on()
        wizard.action_next()
        wizard.action_next()
        self.assertEqual((wizard.stage, wizard.invoice_count), ("look", 1))
        self.assertEqual(wizard.look, "3 will be sent, first Mon 2 Mar 09:00")
        self.assertFalse(fresh.chasing_schedule_id)
        wizard.action_switch_on()
        (fresh + old).invalidate_recordset()
        self.assertTrue(self.company.chasing_enabled)
        self.assertTrue(self.cadence.is_default)
        self.assertEqual(self.states(fresh), ["planned"] * 3)
        self.assertFalse(old.chasing_schedule_id)

    def test_a_collector_cannot_switch_on(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        with self.assertRaises(AccessError):
            self.env(user=collector)["chasing.start"].create({"cadence_id": self.cadence.id})

    def test_the_switch_names_its_counts(self):
        """R47"""
        self.company.chasing_enabled = True
        self.cadence.is_default = True
        self.make_invoice()
        self.env.user.group_ids += self.env.ref("base.group_system")
        settings = Form(self.env["res.config.settings"])
        self.assertFalse(settings.chasing_switch_text)
        settings.chasing_enabled = False
        self.assertEqual(settings.chasing_switch_text, "Saving holds 3 steps of 1 invoices.")

    def test_a_cadence_shows_its_dates_and_warns(self):
        """R24"""
        self.env.user.group_ids += self.env.ref("invoice_chasing.group_manager")
        cadence = Form(self.env["chasing.cadence"])
        with cadence.step_ids.edit(0) as line:
            self.assertEqual((line.trigger, line.hour, line.live_text), ("on_issue", 9, "Mon 2 Mar 09:00"))
        with cadence.step_ids.new() as line:
            line.trigger, line.days, line.hour = "after_issue", 0, 15
        self.assertIn("On issue and 0 days after issue fall on the same day", cadence.warning_text)
        cadence.sample_move_id = self.make_invoice(issued="2026-02-01", due="2026-02-15")
        with cadence.step_ids.edit(1) as line:
            self.assertEqual(line.live_text, "Sun 1 Feb 15:00: in the past, will be skipped")
