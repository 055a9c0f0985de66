"""What was handed over and has neither left nor failed: R83, and what it counts as."""

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.builders import ChasingCommon
from ..builders.letters import ADDRESS, LetterCommon

MAIL_LOGGERS = ("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")


@tagged("post_install", "-at_install")
class TestUnderWay(LetterCommon):
    """A letter in the print queue."""

    def setUp(self):
        super().setUp()
        self.letter = self.make_letter()
        self.invoice = self.letter.move_id
        self.schedule = self.invoice.chasing_schedule_id

    def test_a_letter_in_the_print_queue_is_under_way(self):
        """R83, R86: counted neither as sent nor as failed; what it waits for is said."""
        step = self.step(self.invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("under_way", "letter_to_print"))
        self.assertFalse(self.schedule.first_sent_at)
        self.assertEqual(self.schedule.headline.split(" · ")[-1], "0 of 2 sent, 1 to print")

    def test_a_posted_letter_is_sent(self):
        """R83, R86."""
        self.letter._set_state("sent")
        step = self.step(self.invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("sent", False))
        self.assertTrue(self.schedule.first_sent_at)

    def test_the_light_is_grey_until_it_is_posted(self):
        """R93b."""
        self.assertEqual((self.schedule.light, self.invoice.chasing_light), ("grey", "grey"))
        self.assertIn(self.schedule, self.env["chasing.schedule"].search([("light", "=", "grey")]))
        self.letter._set_state("sent")
        self.schedule.invalidate_recordset(["light"])
        self.assertEqual(self.schedule.light, "yellow")

    def test_it_is_not_expired_while_its_last_letter_waits(self):
        """R83, R94, R99: no step is left but this one: active, and it can be paused."""
        self.step(self.invoice, "after_due").action_skip()
        self.assertEqual(self.schedule.status, "active")
        self.letter._set_state("sent")
        self.assertEqual(self.schedule.status, "expired")

    def test_it_can_be_paused(self):
        """R83, R99: refused for want of steps before."""
        self.step(self.invoice, "after_due").action_skip()
        self.schedule.action_pause()
        self.assertEqual(self.schedule.status, "paused")

    def test_it_is_not_sent_again_moved_or_deleted(self):
        """R39, R83: as an attempted step."""
        step = self.step(self.invoice, "on_issue")
        for act in (step.action_send_now, step.action_retry, step.action_skip, step.action_dismiss, step.unlink):
            with self.assertRaises(UserError):
                act()
        with self.assertRaises(UserError):
            step._reschedule(self.now.date(), 23)
        self.assertEqual(step.allowed, ["open"])

    def test_a_change_of_dates_leaves_it(self):
        """R38, R83."""
        before = self.step(self.invoice, "on_issue").scheduled_at
        self.invoice.sudo().invoice_date_due = "2026-04-16"
        self.env.cr.flush()
        step = self.step(self.invoice, "on_issue")
        self.assertEqual((step.state, step.scheduled_at), ("under_way", before))

    def test_a_newer_one_is_not_let_go_behind_it(self):
        """R40, R47: what the brake held stays behind what was handed over after it."""
        older, newer = self.steps(self.invoice)
        newer.sudo()._set_state("held", "run_limit")
        newer.sudo().scheduled_at = older.scheduled_at.replace(year=2025)
        self.company.action_chasing_release_brake()
        self.assertEqual((newer.state, newer.reason_code), ("skipped", "too_late"))


@tagged("post_install", "-at_install")
class TestUnderWayByEmail(ChasingCommon):
    """An e-mail in Odoo's queue."""

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()
        self.at("2026-03-02 09:00")

    def test_the_run_counts_it_as_under_way(self):
        """R83."""
        self.make_invoice()
        counts = self.at("2026-03-02 09:15")
        self.assertEqual((counts.get("under_way"), counts.get("sent")), (1, None))

    def test_it_counts_as_already_sent(self):
        """R9, R70: another step, sent by hand meanwhile, is no first message, and on issue is not needed again."""
        self.set_clock("2026-03-02 09:05")
        other = self.step(self.invoice, "before_due")
        other.action_send_now()
        self.assertIn("reminder", other.delivery_ids.mail_message_id.subject.lower())
        again = self.env["chasing.facts"]._invoices(self.invoice)[self.invoice.id]
        self.assertTrue(again.already_sent)

    def test_what_is_handed_over_together_is_each_a_first_message(self):
        """R70: neither of two steps of one moment was sent before the other."""
        role = self.make_role("Board")
        self.make_customer("Bob", "bob@customer.example", parent_id=self.customer.id, chasing_role_ids=role.ids)
        lines = [
            {"trigger": "after_issue", "days": 1, "hour": 9},
            {"trigger": "after_issue", "days": 1, "hour": 9, "role_id": role.id},
        ]
        invoice = self.make_invoice(steps=lines)
        self.at("2026-03-03 09:00")
        subjects = set(self.deliveries(invoice).mapped("mail_message_id.subject"))
        self.assertEqual(len(self.deliveries(invoice)), 2)
        self.assertFalse([subject for subject in subjects if "reminder" in subject.lower()])

    @mute_logger(*MAIL_LOGGERS)
    def test_what_fails_was_not_sent(self):
        """R9, R83, R86: on issue was left out for a message that then failed: it returns."""
        invoice = self.make_invoice()
        self.step(invoice, "before_due").action_send_now()
        self.at("2026-03-02 09:30")
        issue = self.step(invoice, "on_issue")
        self.assertEqual((issue.state, issue.reason_code), ("skipped", "already_sent"))
        self.deliver(refused=["ann@customer.example"])
        self.assertFalse(invoice.chasing_schedule_id.first_sent_at)
        self.assertEqual(issue.state, "planned")

    def test_it_counts_as_contact_until_it_is_taken_back(self):
        """R17, R42, R83."""
        schedule = self.invoice.chasing_schedule_id
        history = schedule._contact_histories(self.now)[schedule.id]
        self.assertEqual(str(history.last_contact_day), "2026-03-02")
        self.waiting_mails().cancel()
        history = schedule._contact_histories(self.now)[schedule.id]
        self.assertEqual((history.last_contact_day, history.used_today), (None, {}))

    def test_one_that_is_gone_makes_it_sent_while_another_waits(self):
        """R83: the e-mail left, the letter is still to print; then it is posted."""
        self.customer.write({**ADDRESS, "country_id": self.env.ref("base.de").id})
        self.company.partner_id.write({**ADDRESS, "country_id": self.env.ref("base.de").id})
        invoice = self.make_invoice()
        step = self.step(invoice, "on_issue")
        step.sudo().channel_letter = True
        self.at("2026-03-02 09:30")
        self.assertEqual(step.state, "under_way")
        self.deliver()
        self.assertEqual((step.state, step.reason_code), ("sent", "letter_to_print"))
        (self.steps(invoice) - step).action_skip()
        self.assertEqual(invoice.chasing_status, "active")
        step.delivery_ids.letter_id.sudo()._set_state("sent")
        self.assertEqual((step.state, step.reason_code, invoice.chasing_status), ("sent", False, "expired"))

    @mute_logger(*MAIL_LOGGERS)
    def test_one_that_failed_makes_it_partly_sent_while_another_waits(self):
        """R83: among the failures, though the rest is under way; if that fails too it failed."""
        self.customer.write({**ADDRESS, "country_id": self.env.ref("base.de").id})
        self.company.partner_id.write({**ADDRESS, "country_id": self.env.ref("base.de").id})
        invoice = self.make_invoice()
        step = self.step(invoice, "on_issue")
        step.sudo().channel_letter = True
        self.at("2026-03-02 09:30")
        self.deliver(refused=["ann@customer.example"])
        self.assertEqual((step.state, step.reason_code, invoice.chasing_status), ("partly", "bounced", "failed"))
        step.delivery_ids.letter_id.sudo()._set_state("failed", "letter_failed")
        self.assertEqual(step.state, "failed")

    def test_what_a_payment_takes_back_leaves_the_rest_partly_sent(self):
        """R32, R83: others had left."""
        self.make_customer("Bob", "b@customer.example", type="invoice", parent_id=self.customer.id)
        self.make_customer("Cem", "c@customer.example", type="invoice", parent_id=self.customer.id)
        invoice = self.make_invoice()
        self.at("2026-03-02 09:30")
        first, second = self.deliveries(invoice)
        second.sudo().notification_id.mail_mail_id.write({"scheduled_date": "2126-03-05 09:00:00"})
        self.deliver()
        self.pay(invoice)
        step = self.step(invoice, "on_issue")
        self.assertEqual((first.state, second.state), ("sent", "cancelled"))
        self.assertEqual((step.state, step.reason_code), ("partly", "paid"))
        self.assertFalse(invoice.activity_ids)

    def test_todays_line_counts_it_once(self):
        """R83: what left today and what is under way, whenever it was handed over."""
        self.set_clock("2026-03-03 12:00")
        dashboard = self.env["chasing.dashboard"]
        self.assertEqual(dashboard.get_today()[0], {"text": "1 e-mail under way", "page": "under_way"})
        self.deliver()
        self.assertEqual(dashboard.get_today()[0], {"text": "1 e-mail sent", "page": "left_today"})
        self.set_clock("2026-03-04 12:00")
        self.assertEqual(dashboard.get_today()[0], {"text": "no messages", "page": False})

    def test_the_forecast_knows_it_as_contact(self):
        """R17, R42, R83: a reminder the day after is postponed by the contact delay."""
        self.invoice.chasing_schedule_id.sudo().min_contact_days = 30
        self.env.cr.flush()
        step = self.step(self.invoice, "before_due")
        lines = self.env["chasing.forecast.line"].search([("step_id", "=", step.id)])
        self.assertEqual((lines.outcome, lines.reason_code), ("left", "contact_delay"))
        self.waiting_mails().cancel()
        self.env.cr.flush()
        self.env.invalidate_all()
        lines = self.env["chasing.forecast.line"].search([("step_id", "=", step.id)])
        self.assertEqual((lines.outcome, lines.reason_code), ("goes", False))
