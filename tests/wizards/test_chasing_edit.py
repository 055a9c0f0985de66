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
        with self.assertRaisesRegex(ValidationError, "5 days after due: Two steps are sent at the same time"):
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
