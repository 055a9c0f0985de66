from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.builders import ChasingCommon, utc
from ..builders.money import MoneyCommon


@tagged("post_install", "-at_install")
class TestChasingDispatcher(MoneyCommon):
    def test_a_step_goes_at_its_hour_and_not_a_quarter_before(self):
        """R5, R40."""
        self.make_invoice()
        self.assertEqual(self.at("2026-03-02 08:45")["claimed"], 0)
        counts = self.at("2026-03-02 09:00")
        self.assertEqual((counts["claimed"], counts["under_way"]), (1, 1))

    def test_fifty_runs_in_a_minute_send_once(self):
        """R80."""
        invoice = self.make_invoice()
        for _run in range(50):
            self.at("2026-03-02 09:00")
        self.assertEqual(len(self.deliveries(invoice)), 1)
        self.assertEqual(len(self.deliver()), 1)

    def test_the_limit_counts_invoices_and_the_rest_goes_next(self):
        """R80."""
        self.make_invoices(3)
        self.assertEqual(self.at("2026-03-02 09:00", limit=2)["under_way"], 2)
        self.assertEqual(self.at("2026-03-02 09:00", limit=2)["under_way"], 1)

    def test_an_invoice_paid_behind_our_back_gets_nothing(self):
        """R33: whatever the schedule believes, the state is read again."""
        invoice = self.make_invoice()
        self.env.cr.execute(
            "UPDATE account_move SET amount_residual = 0, payment_state = 'paid' WHERE id = %s", [invoice.id]
        )
        self.env.invalidate_all()
        self.at("2026-03-02 09:00")
        self.assertFalse(self.deliveries(invoice))
        self.assertEqual(self.step(invoice, "on_issue").state, "skipped")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "paid")

    def test_of_missed_steps_only_the_newest_goes(self):
        """R40: 13 and 21 March were missed, on 22 March only the second goes."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(len(self.at_sent("2026-03-22 08:00")), 1)
        self.assertEqual(
            self.plan(invoice)[1:],
            [
                ("2026-03-13 10:00", "skipped", "too_late"),
                ("2026-03-21 14:00", "sent", False),
            ],
        )

    def test_a_missed_step_goes_until_the_catch_up_window_ends(self):
        """R40: 7 days after 13 March 10:00 is 20 March 10:00."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.at("2026-03-20 10:00")
        self.assertEqual(self.step(invoice, "before_due").state, "under_way")

    def test_a_step_older_than_the_catch_up_window_is_skipped(self):
        """R40: a quarter of an hour later."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.at("2026-03-20 10:15")
        self.assertEqual(self.step(invoice, "before_due").reason_code, "too_late")

    def test_two_steps_at_one_instant_use_the_day_once(self):
        """R17: the first is sent, the second points to it."""
        cadence = self.make_cadence("Twice", [("after_issue", 0, 9), ("before_due", 14, 9)])
        invoice = self.make_invoice(cadence=cadence)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        first, second = self.steps(invoice)
        self.assertEqual((first.state, second.state), ("sent", "skipped"))
        self.assertEqual((second.reason_code, second.because_of_id), ("already_contacted_today", first))

    def test_a_second_step_of_the_day_is_skipped(self):
        """R17."""
        invoice = self.make_invoice(steps=[("after_issue", 0, 9), ("after_issue", 0, 16)])
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        self.assertFalse(self.at_sent("2026-03-02 16:00"))
        self.assertEqual(self.states(invoice), ["sent", "skipped"])

    def test_a_failed_message_does_not_use_up_the_day(self):
        """R17."""
        self.customer.email = "nobody"
        invoice = self.make_invoice(steps=[("after_issue", 0, 9), ("after_issue", 0, 16)])
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.customer.email = "ann@customer.example"
        self.assertEqual(len(self.at_sent("2026-03-02 16:00")), 1)
        self.assertEqual(self.states(invoice), ["failed", "sent"])

    def test_different_invoices_of_one_customer_do_not_collide(self):
        """R17."""
        self.make_invoices(2)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 2)

    def test_a_step_too_soon_after_the_last_contact_is_postponed(self):
        """R42: sent on 2 March, 5 days apart: 4 March becomes 7 March at its hour."""
        steps = [("on_issue", 0, 9), ("after_issue", 2, 10)]
        invoice = self.make_invoice(steps=steps, terms={"min_contact_days": 5})
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(self.at("2026-03-04 10:00")["waited"], 1)
        step = self.step(invoice, "after_issue")
        self.assertEqual((self.local(step.scheduled_at), step.reason_code), ("2026-03-07 10:00", "contact_delay"))
        self.assertEqual(len(self.at_sent("2026-03-07 10:00")), 1)

    def test_a_reminder_that_would_come_after_the_due_date_is_skipped(self):
        """R42: 10 days apart, 3 days before 9 March would become 12 March."""
        steps = [("on_issue", 0, 9), ("before_due", 3, 10)]
        invoice = self.make_invoice(due="2026-03-09", steps=steps, terms={"min_contact_days": 10})
        self.at_sent("2026-03-02 09:00")
        self.assertFalse(self.at_sent("2026-03-06 10:00"))
        self.assertEqual(self.plan(invoice)[1], ("2026-03-06 10:00", "skipped", "contact_delay"))

    def test_a_step_that_asks_waits_for_a_person(self):
        """R101."""
        ask = {"trigger": "after_issue", "days": 0, "hour": 9, "mode": "ask"}
        invoice = self.make_invoice(steps=[ask])
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.assertEqual(self.states(invoice), ["waiting"])
        self.steps(invoice).action_send_now()
        self.assertEqual(len(self.deliver()), 1)

    def test_nothing_happens_before_the_invoice_date(self):
        """R10: posted on 2 March, dated 10 March, due 12 March: 3 days before due would be 9 March."""
        invoice = self.make_invoice(issued="2026-03-10", due="2026-03-12")
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-09 10:00", "skipped", "before_invoice_date"),
                ("2026-03-10 09:00", "planned", False),
                ("2026-03-17 14:00", "planned", False),
            ],
        )
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.assertEqual(len(self.at_sent("2026-03-10 09:00")), 1)

    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_one_bad_record_fails_alone(self):
        """R82: the template breaks on one invoice of three."""
        self.tone_line("new").email_template_id.body_html = "<p t-out=\"1 / (object.ref != 'bad')\"/>"
        good, bad, other = (self.make_invoice(ref=ref) for ref in ("good", "bad", "other"))
        counts = self.at("2026-03-02 09:00")
        self.assertEqual((counts["under_way"], counts["failed"]), (2, 1))
        self.assertEqual(len(self.deliver()), 2)
        self.assertEqual(self.step(bad, "on_issue").reason_code, "template_failed")
        self.assertEqual((good | other).mapped("chasing_status"), ["active", "active"])
        self.assertEqual(bad.chasing_status, "failed")

    @mute_logger("odoo.addons.invoice_chasing.models.dispatch.chasing_dispatcher")
    def test_one_invoice_whose_recipients_cannot_be_found_fails_alone(self):
        """R82: what breaks before anything is handed over."""
        good, bad = self.make_invoices(2)
        book = self.env.registry["chasing.address.book"]
        resolve = book._resolve

        def broken(self, steps, *more):
            if bad in steps.move_id:
                raise ValueError("no such contact")
            return resolve(self, steps, *more)

        self.patch(book, "_resolve", broken)
        counts = self.at("2026-03-02 09:00")
        self.assertEqual((counts["under_way"], counts["failed"]), (1, 1))
        self.assertEqual(self.step(good, "on_issue").state, "under_way")
        step = self.step(bad, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "unknown"))
        # what a program says is for the log
        self.assertNotIn("no such contact", step.reason)
        self.assertFalse(self.at_sent("2026-03-02 09:15")[1:])

    def test_a_company_that_does_not_chase_holds_everything(self):
        """R47: switched off, then on again after the reminder was missed."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.company.chasing_enabled = False
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_status, "paused")
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        self.set_clock("2026-03-14 12:00")
        self.company.chasing_enabled = True
        self.env.cr.flush()
        self.assertEqual([state for _at, state, _reason in self.plan(invoice)], ["sent", "skipped", "planned"])

    def test_documents_are_made_before_the_claim(self):
        """R73."""
        self.make_invoice()
        order = []
        dispatcher = self.env.registry["chasing.dispatcher"]
        prepare, claim = dispatcher._prepare_documents, dispatcher._claim
        self.patch(dispatcher, "_prepare_documents", lambda *args: order.append("documents") or prepare(*args))
        self.patch(dispatcher, "_claim", lambda *args: order.append("claim") or claim(*args))
        self.at("2026-03-02 09:00")
        self.assertEqual(order, ["documents", "claim"])

    def refuse_documents(self, *invoices):
        """Let the documents of these be impossible to make; return a list that notes every try."""
        tried = []
        sender = self.env.registry["account.move.send"]

        def generate(_sender, moves, _attempt):
            tried.extend(moves)
            self.give_pdf(moves.filtered(lambda move: move not in invoices))

        self.patch(sender, "_chasing_generate", generate)
        return tried

    def test_what_is_due_at_one_instant_is_taken_in_one_order(self):
        """R80: what documents were made for is what is claimed, be the order of the rows what it may."""
        first, second, third = self.make_invoices(3)
        self.env.cr.execute("UPDATE chasing_schedule SET write_uid = write_uid WHERE move_id = %s", [first.id])
        self.at("2026-03-02 09:00", limit=2)
        self.assertEqual([self.step(one, "on_issue").state for one in (first, second)], ["under_way", "under_way"])
        self.assertEqual(self.step(third, "on_issue").state, "planned")
        self.assertFalse(third._chasing_pdfs())

    def test_only_what_was_prepared_is_claimed(self):
        """R73, R80: of two that are due."""
        self.make_invoice()
        prepared = self.make_invoice().chasing_schedule_id
        dispatcher = self.env["chasing.dispatcher"].sudo()
        self.assertEqual(dispatcher._claim(utc("2026-03-02 09:00"), prepared), prepared)

    def test_what_was_let_go_after_the_documents_were_made_waits_for_the_next_batch(self):
        """R73: a failed document is said only of one that was tried."""
        invoice = self.make_invoice()
        documents = self.env.registry["chasing.documents"]
        with patch.object(documents, "_make", lambda _self, schedules, *_how: schedules):
            self.assertEqual(self.at("2026-03-02 09:00")["waited"], 1)
        self.assertEqual(self.step(invoice, "on_issue").state, "planned")
        self.assertEqual(self.at("2026-03-02 09:00")["under_way"], 1)

    def test_a_document_that_cannot_be_made_is_tried_once_and_the_others_leave(self):
        """R72, R82: two that break come first, one invoice a batch."""
        bad, worse, good = self.make_invoices(3)
        tried = self.refuse_documents(bad, worse)
        for _batch in range(3):
            self.at("2026-03-02 09:00", limit=1)
        self.at("2026-03-02 09:15")
        self.assertEqual(tried, [bad, worse, good])
        self.assertEqual(
            [self.step(one, "on_issue").reason_code for one in (bad, worse, good)], ["pdf_failed", "pdf_failed", False]
        )
        self.assertEqual(self.step(good, "on_issue").state, "under_way")

    def test_the_next_step_tries_the_document_again(self):
        """R72: what kept it from being made on 2 March is mended on 13 March."""
        invoice = self.make_invoice()
        self.refuse_documents(invoice)
        self.at("2026-03-02 09:00")
        self.refuse_documents()
        self.at("2026-03-13 10:00")
        self.assertEqual(self.states(invoice)[:2], ["failed", "under_way"])

    def test_what_another_run_makes_a_document_for_is_left_to_it(self):
        """R80: it began a minute ago."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.sudo().documents_tried_at = utc("2026-03-02 09:00")
        self.assertEqual(self.at("2026-03-02 09:01")["claimed"], 0)
        self.assertEqual(self.step(invoice, "on_issue").state, "planned")

    def test_a_document_that_took_its_process_with_it_is_not_tried_for_ever(self):
        """R82: whoever began with it a quarter of an hour ago has died over it."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.sudo().documents_tried_at = utc("2026-03-02 09:00")
        tried = self.refuse_documents()
        self.at("2026-03-02 09:15")
        self.assertFalse(tried)
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "pdf_failed")

    def test_the_scheduled_action_sends_everything_that_is_due(self):
        """R80: batch after batch, each committed."""
        self.make_invoices(3)
        self.set_clock("2026-03-02 09:00")
        self.env.cr.flush()
        with (
            patch("odoo.addons.invoice_chasing.models.dispatch.chasing_dispatcher.BATCH_SIZE", 2),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("invoice_chasing.ir_cron_dispatch").sudo().method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(len(self.deliver()), 3)

    def test_no_documents_are_made_for_what_money_in_flight_covers(self):
        """R45, R73."""
        invoice = self.make_invoice()
        self.receive()
        self.at("2026-03-02 09:00")
        self.at("2026-03-02 11:00")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "unapplied_payment")
        self.assertFalse(invoice._chasing_pdfs())


@tagged("post_install", "-at_install")
class TestChasingCron(ChasingCommon):
    def test_the_scheduled_action_runs_every_quarter_of_an_hour_by_root(self):
        """R80: every planned instant lies on a quarter."""
        cron = self.env.ref("invoice_chasing.ir_cron_dispatch").sudo()
        self.assertEqual((cron.interval_number, cron.interval_type), (15, "minutes"))
        self.assertEqual(cron.user_id.id, SUPERUSER_ID)
        self.assertEqual(cron.nextcall.minute % 15, 0)
