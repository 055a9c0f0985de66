from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon
from ..builders.letters import LetterCommon


def words(step):
    """The label of what a person is told of a step's state."""
    return dict(step._fields["shown_state"].selection)[step.shown_state]


@tagged("post_install", "-at_install")
class TestStepForm(ChasingCommon):
    """What the table of steps tells of each, and offers."""

    def labels(self, step):
        return [act["label"] for act in step.acts]

    def test_what_waits_in_the_queue_is_not_told_as_sent(self):
        """R83"""
        invoice = self.make_invoice()
        step = self.step(invoice, "on_issue")
        self.assertEqual(words(step), "Planned")
        self.at("2026-03-02 09:00")
        self.assertEqual((words(step), words(step.delivery_ids)), ("Queued", "Queued"))
        self.assertIn("0 of 3 sent, 1 queued", step.schedule_id.headline)
        self.deliver()
        self.assertEqual((words(step), words(step.delivery_ids)), ("Sent", "Sent"))
        self.assertIn("1 of 3 sent", step.schedule_id.headline)

    def test_what_a_provider_works_on_is_being_sent(self):
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        step = self.step(invoice, "on_issue")
        step.delivery_ids.notification_id.sudo().notification_status = "process"
        self.assertEqual(words(step), "Sending")

    def test_one_that_will_reach_nobody_says_so_before(self):
        """R96"""
        step = self.step(self.make_invoice(partner_id=self.make_customer("Silent", False).id), "on_issue")
        self.assertEqual(words(step), "Will Fail")
        self.assertIn("no contact with an e-mail address", step.details_text)

    def test_one_that_asks_waits_for_approval_and_a_task_is_to_do(self):
        """R101"""
        steps = [{"trigger": "on_issue", "hour": 9, "mode": mode} for mode in ("ask", "task")]
        asking, task = (self.make_invoice(steps=[step]) for step in steps)
        self.at("2026-03-02 09:00")
        states = [self.step(invoice, "on_issue").shown_state for invoice in (asking, task)]
        self.assertEqual(states, ["waiting", "to_do"])
        self.assertIn("awaiting approval (by", asking.chasing_schedule_id.headline)
        self.assertIn("to do (by", task.chasing_schedule_id.headline)
        told = self.step(task, "on_issue")
        self.assertEqual(told.channels_text, "Task")
        self.assertIn("mark it as done or skip it", told.details_text.lower())
        self.step(task, "on_issue").action_done()
        self.assertEqual(words(self.step(task, "on_issue")), "Done")
        self.assertEqual(task.chasing_schedule_id.headline, "Own · no reminder left to send, still unpaid")

    def test_a_planned_one_names_the_template_of_its_own_instant(self):
        """R70, R75: today nothing is late, at the last one's instant it is."""
        told = self.steps(self.make_invoice()).mapped("details_text")
        to = "To ann@customer.example:"
        self.assertEqual(
            told, [f"{to} Standard · {level}" for level in ("First message", "1–3 days before due", "1–7 days overdue")]
        )

    def test_one_whose_text_is_its_own_says_so(self):
        """R74: its subject names it; with the template's subject the template does, as edited."""
        step = self.steps(self.make_invoice())[1]
        named = step.message_text
        step._set_text(False, "<p>Mine</p>")
        self.assertEqual(step.message_text, f"{named} (edited)")
        step._set_text("My subject", "<p>Mine</p>")
        self.assertEqual(step.message_text, "My subject")

    def test_its_reason_stands_in_place_of_its_recipients(self):
        step = self.step(self.make_invoice(), "on_issue")
        step.action_skip()
        self.assertEqual(step.details_text, step.reason)

    def test_one_whose_role_nobody_has_says_that_it_will_be_skipped(self):
        """R63"""
        role = self.make_role()
        line = {"trigger": "on_issue", "hour": 9, "role_id": role.id, "role_missing": "skip"}
        step = self.step(self.make_invoice(steps=[line]), "on_issue")
        self.assertTrue(step.details_text.startswith("Will be skipped. "), step.details_text)
        self.assertIn("Director", step.details_text)
        self.assertIn("next: e-mail, Mon 2 Mar 09:00 (will be skipped)", step.schedule_id.headline)

    def test_a_task_fails_for_no_address(self):
        """R101: it sends nothing."""
        silent = self.make_customer("Silent", False)
        invoice = self.make_invoice(partner_id=silent.id, steps=[{"trigger": "after_due", "days": 1, "mode": "task"}])
        step = self.step(invoice, "after_due")
        self.assertEqual(words(step), "Planned")
        self.assertIn("next: task, Tue 17 Mar", step.schedule_id.headline)

    def test_only_what_is_allowed_now_is_offered_and_why_always(self):
        invoice = self.make_invoice()
        step = self.step(invoice, "on_issue")
        self.assertEqual(self.labels(step), ["Why?", "Preview", "Send Now", "Edit Message", "Reschedule", "Skip"])
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(self.labels(step), ["Why?", "Open Message"])
        reader = self.make_user("looker", "account.group_account_readonly")
        upcoming = self.step(invoice, "before_due").with_user(reader)
        self.assertEqual(self.labels(upcoming), ["Why?", "Preview"])

    def test_every_act_offered_is_a_method(self):
        self.customer.email = False
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        for step in self.steps(invoice):
            for act in step.acts:
                self.assertTrue(hasattr(step, act["name"]), act)

    def test_every_act_answers(self):
        invoice = self.make_invoice()
        told = self.step(invoice, "on_issue").action_send_now()
        self.assertIn("On issue: Queued", told["params"]["message"])
        self.assertEqual(told["params"]["type"], "success")
        told = self.step(invoice, "before_due").action_skip()
        self.assertIn("3 days before due", told["params"]["message"])

    def test_a_retry_that_fails_again_is_no_success(self):
        """R84"""
        self.customer.email = False
        step = self.step(self.make_invoice(), "on_issue")
        self.at("2026-03-02 09:00")
        told = step.action_retry()
        self.assertEqual(told["params"]["type"], "warning")
        self.assertIn("Failed", told["params"]["message"])
        self.assertIn("no contact with an e-mail address", told["params"]["message"])

    def test_what_is_refused_raises(self):
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        with self.assertRaises(UserError):
            self.step(invoice, "on_issue").action_send_now()

    def test_the_dots_tell_the_same_state_in_the_order_of_time(self):
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        dots = invoice.chasing_schedule_id.strip["dots"]
        self.assertEqual([dot["state"] for dot in dots], ["queued", "planned", "planned"])
        self.assertTrue(dots[0]["text"].startswith("On issue: Queued. Monday 2 March 2026, 09:00"), dots[0]["text"])

    def test_a_draft_tells_when_it_would_go(self):
        """R31: as if the invoice were confirmed now."""
        invoice = self.make_invoice(post=False)
        invoice._chasing_assign(self.cadence)
        steps = invoice.chasing_schedule_id.step_ids
        self.assertEqual(set(steps.mapped("shown_state")), {"draft"})
        self.assertEqual(
            sorted(steps.mapped("when_text")),
            ["Fri 13 Mar 10:00, in 11 days", "Mon 2 Mar 09:00, today", "Sat 21 Mar 14:00, in 19 days"],
        )
        self.assertEqual(len(invoice.chasing_schedule_id.strip["dots"]), 3)


@tagged("post_install", "-at_install")
class TestLetterStepForm(LetterCommon):
    """A letter is to be printed, then to be posted, then sent."""

    def test_a_letter_is_sent_once_it_was_posted(self):
        """R83"""
        letter = self.make_letter()
        step, manager = self.step(letter.move_id, "on_issue"), letter.with_user(self.env.user)
        self.assertEqual((words(step), step.reason_code), ("To Print", "letter_to_print"))
        letter._with_pdf()._print()
        self.assertEqual((words(step), step.reason_code), ("To Post", "letter_to_post"))
        self.assertIn("0 of 2 sent, 1 to post", step.schedule_id.headline)
        manager.action_posted()
        self.assertEqual((words(step), step.reason_code), ("Sent", False))

    def test_a_letter_of_a_provider_is_queued_then_sent(self):
        self.use_provider()
        letter = self.make_letter()
        step = self.step(letter.move_id, "on_issue")
        self.assertEqual(words(step), "Queued")
        self.run_queue("2026-03-02 09:05")
        self.assertEqual((letter.state, words(step)), ("sending", "Sending"))

    def test_what_left_by_mail_is_not_told_as_sent_while_its_letter_waits(self):
        """R83"""
        line = {"trigger": "on_issue", "hour": 9, "channel_email": True, "channel_letter": True}
        invoice = self.make_invoice(steps=[line])
        self.at_sent("2026-03-02 09:00")
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.state, words(step)), ("sent", "To Print"))
        self.assertIn("0 of 1 sent, 1 to print", step.schedule_id.headline)
