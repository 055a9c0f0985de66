"""R74: the same sheet edits one step that is to come, or sends it now."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestEditMessage(ChasingCommon):
    def dialog(self, step):
        action = step.action_ask_text()
        return Form(self.env[action["res_model"]].with_context(**action["context"]))

    def test_a_step_says_what_a_person_wrote(self):
        invoice = self.make_invoice()
        collector = self.make_user("coll", "invoice_chasing.group_user")
        step = self.step(invoice, "on_issue").with_user(collector)
        self.assertIn("write", step.allowed)
        values = {"step_id": step.id, "is_edit": True, "subject": "About {{ object.name }}", "body": "<p>Dear Ann</p>"}
        self.env["chasing.send"].with_user(collector).create(values).action_send()
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertEqual(message["subject"], f"About {invoice.name}")
        self.assertIn("Dear Ann", message.get_body(("html",)).get_content())

    def test_it_belongs_to_that_send_only(self):
        invoice = self.make_invoice()
        form = self.dialog(self.step(invoice, "before_due"))
        form.subject = "Mine"
        form.save().action_send()
        self.assertEqual(self.steps(invoice).mapped("subject"), [False, "Mine", False])
        self.assertFalse(self.make_invoice().chasing_schedule_id.step_ids.filtered("subject"))

    def test_saving_without_a_change_changes_nothing(self):
        step = self.step(self.make_invoice(), "on_issue")
        form = self.dialog(step)
        self.assertEqual(form.act, "save")
        form.save().action_send()
        self.assertFalse(step.subject or step.body or step.to_ids or step.cc)

    def test_the_formal_reminder_of_a_final_notice_is_called_so(self):
        """R79: proposed where it is attached; a title that the step has stays."""
        step = self.step(self.make_invoice(), "after_due").sudo()
        step.is_final = True
        form = self.dialog(step)
        self.assertEqual(form.formal_level, "reminder")
        form.document = "formal"
        self.assertEqual(form.formal_level, "final")
        step.document = "formal"
        form = self.dialog(step)
        form.document = "both"
        self.assertEqual(form.formal_level, "reminder")

    def test_what_is_emptied_is_the_templates_again(self):
        step = self.step(self.make_invoice(), "on_issue")
        step.sudo()._set_text("Mine", "<p>Mine</p>")
        form = self.dialog(step)
        self.assertEqual(form.subject, "Mine")
        form.subject = form.body = False
        form.save().action_send()
        self.assertEqual((step.subject, bool(step.body)), (False, False))

    def test_its_recipients_are_chosen(self):
        step = self.step(self.make_invoice(), "on_issue")
        boss = self.make_customer("Boss", "boss@customer.example", parent_id=self.customer.id)
        form = self.dialog(step)
        form.to_ids.clear()
        form.to_ids.add(boss)
        form.save().action_send()
        self.assertEqual(step.to_ids, boss)
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertIn("boss@customer.example", message["to"])
        self.assertEqual(self.dialog(self.step(self.make_invoice(), "on_issue")).to_ids[:], self.customer)

    def test_a_message_that_was_scheduled_by_hand_is_edited(self):
        """R102: on an invoice that nobody chases."""
        invoice = self.make_invoice(chased=False)
        self.env["chasing.send"].create({"move_ids": invoice.ids, "when": "later", "day": "2026-03-10"}).action_send()
        step = invoice.chasing_schedule_id.step_ids
        self.assertLessEqual({"write", "reschedule", "skip"}, set(step.allowed))
        form = self.dialog(step)
        form.subject = "Mine"
        form.save().action_send()
        [message] = self.at_sent("2026-03-10 09:00")
        self.assertEqual(message["subject"], "Mine")

    def test_what_was_sent_stays_as_it_is(self):
        """R39"""
        step = self.step(self.make_invoice(), "on_issue")
        dialog = self.env["chasing.send"].create({"step_id": step.id, "is_edit": True, "subject": "Later"})
        self.at_sent("2026-03-02 09:00")
        self.assertNotIn("write", step.allowed)
        with self.assertRaises(UserError):
            dialog.action_send()

    def test_a_step_is_sent_now_with_other_words(self):
        step = self.step(self.make_invoice(), "before_due")
        self.env["chasing.send"].create({"step_id": step.id, "subject": "Sooner"}).action_send()
        [message] = self.deliver()
        self.assertEqual(message["subject"], "Sooner")
        self.assertEqual(step.state, "sent")

    def test_one_that_was_left_out_goes_as_it_is(self):
        """R39"""
        step = self.step(self.make_invoice(), "on_issue")
        step.action_skip()
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            self.env["chasing.send"].create({"step_id": step.id, "subject": "Sooner"}).action_send()
        self.env["chasing.send"].create({"step_id": step.id}).action_send()
        self.assertEqual(len(self.deliver()), 1)

    def test_a_step_is_sent_later_than_planned(self):
        step = self.step(self.make_invoice(), "on_issue")
        values = {"step_id": step.id, "when": "later", "day": "2026-03-04", "hour": 16}
        self.env["chasing.send"].create(values).action_send()
        self.assertEqual(self.local(step.scheduled_at), "2026-03-04 16:00")
