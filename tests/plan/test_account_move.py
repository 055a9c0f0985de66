from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingStops(ChasingCommon):
    """Each way an invoice can be closed ends its chasing in the same transaction."""

    def assertStopped(self, invoice, reason, status="paid"):
        self.assertEqual(self.states(invoice), ["cancelled"] * 3)
        self.assertEqual(set(self.steps(invoice).mapped("reason_code")), {reason})
        self.assertEqual(invoice.chasing_status, status)
        self.assertFalse(invoice.chasing_next_at)
        self.assertEqual(self.at("2026-03-02 09:00")["claimed"], 0)

    def test_a_registered_payment_stops_chasing(self):
        """R32."""
        invoice = self.make_invoice()
        self.pay(invoice)
        self.assertStopped(invoice, "paid")

    def test_a_bank_statement_line_stops_chasing(self):
        """R32."""
        invoice = self.make_invoice()
        self.pay_with_statement_line(invoice, self.company_data["default_journal_bank"].id, "2026-03-02", 100)
        self.env.cr.flush()
        self.assertStopped(invoice, "paid")

    def test_a_credit_note_in_full_stops_chasing(self):
        """R32: reversed counts as Paid (R94)."""
        invoice = self.make_invoice()
        self.credit(invoice)
        self.assertStopped(invoice, "reversed")

    def test_a_draft_credit_note_stops_nothing(self):
        """R32."""
        invoice = self.make_invoice()
        self._reverse_invoice(invoice, date="2026-03-02")
        self.assertEqual(self.states(invoice), ["planned"] * 3)

    def test_a_write_off_of_the_difference_stops_chasing(self):
        """R32: 98 of 100 paid, the rest written off in the payment."""
        invoice = self.make_invoice()
        self.pay(
            invoice,
            98,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        self.assertStopped(invoice, "paid")

    def test_cancelling_stops_chasing(self):
        """R30, R32, R94: Odoo shows a cancelled invoice as unpaid with its full balance."""
        invoice = self.make_invoice()
        invoice.button_cancel()
        self.env.cr.flush()
        self.assertEqual(invoice.amount_residual, 100)
        self.assertStopped(invoice, "cancelled", status="stopped")

    def test_a_blocked_invoice_that_is_paid_is_paid(self):
        """R32: it stays `blocked` in Odoo."""
        invoice = self.make_invoice()
        invoice.action_toggle_block_payment()
        self.env.cr.flush()
        self.assertEqual(self.states(invoice), ["held"] * 3)
        self.pay_with_statement_line(invoice, self.company_data["default_journal_bank"].id, "2026-03-02", 100)
        self.env.cr.flush()
        self.assertEqual(invoice.payment_state, "blocked")
        self.assertStopped(invoice, "paid")

    def test_an_invoice_over_nothing_is_paid_at_once(self):
        """R30."""
        invoice = self.make_invoice(amount=0)
        self.assertNotEqual(invoice.chasing_status, "active")
        self.assertFalse(self.at_sent("2026-03-02 09:00"))

    def test_a_queued_message_is_withdrawn_by_the_payment(self):
        """R32."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(len(self.waiting_mails()), 1)
        self.pay(invoice)
        self.assertFalse(self.waiting_mails())
        self.assertEqual(self.deliveries(invoice).state, "cancelled")
        self.assertEqual(self.step(invoice, "on_issue").state, "cancelled")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "paid")
        self.assertFalse(self.deliver())

    def test_a_message_being_handed_over_counts_as_gone(self):
        """R32: Odoo holds the notification's lock while it talks to the mail server."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        notifications = self.env.registry["mail.notification"]
        with patch.object(notifications, "try_lock_for_update", lambda records, **_options: records.browse()):
            self.pay(invoice)
        self.assertEqual(self.deliveries(invoice).state, "queued")
        self.assertEqual(self.step(invoice, "on_issue").state, "under_way")
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(self.deliveries(invoice).state, "sent")
        self.assertEqual(self.step(invoice, "on_issue").state, "sent")

    def test_a_message_that_left_stays_sent_when_the_invoice_is_paid(self):
        """R39."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.pay(invoice)
        self.assertEqual(self.deliveries(invoice).state, "sent")
        self.assertEqual(self.states(invoice), ["sent", "cancelled", "cancelled"])


@tagged("post_install", "-at_install")
class TestChasingHolds(ChasingCommon):
    def test_a_blocked_invoice_is_held_and_goes_on_when_unblocked(self):
        """R35, R94."""
        invoice = self.make_invoice()
        invoice.action_toggle_block_payment()
        self.env.cr.flush()
        self.assertEqual((invoice.chasing_status, invoice.chasing_schedule_id.hold_reason), ("paused", "blocked"))
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        invoice.action_toggle_block_payment()
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_status, "active")
        self.assertEqual(self.states(invoice), ["planned"] * 3)

    def test_no_followup_holds_and_its_end_skips_what_was_missed(self):
        """R35, R35b: the reminder of 13 March was missed, that of 21 March goes."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        invoice.no_followup = True
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_schedule_id.hold_reason, "no_followup")
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        self.set_clock("2026-03-15 12:00")
        invoice.no_followup = False
        self.env.cr.flush()
        self.assertEqual(
            self.plan(invoice)[1:],
            [
                ("2026-03-13 10:00", "skipped", "no_followup"),
                ("2026-03-21 14:00", "planned", False),
            ],
        )
        self.assertEqual(len(self.at_sent("2026-03-21 14:00")), 1)

    def test_no_followup_shows_on_an_invoice_without_a_step_left(self):
        """R35, R94: the badge follows both ways."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.step_ids.action_skip()
        self.assertEqual(invoice.chasing_status, "expired")
        for held, status in ((True, "paused"), (False, "expired")):
            invoice.no_followup = held
            self.env.cr.flush()
            self.assertEqual(invoice.chasing_status, status)

    def test_an_on_issue_message_held_by_odoos_switch_goes_when_it_ends(self):
        """R8: held or paused, it goes on release."""
        invoice = self.make_invoice()
        invoice.no_followup = True
        self.env.cr.flush()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.set_clock("2026-03-05 11:20")
        invoice.no_followup = False
        self.env.cr.flush()
        self.assertEqual(len(self.at_sent("2026-03-05 11:30")), 1)

    def test_an_unapplied_payment_that_covers_the_balance_holds_the_steps(self):
        """R45: the sentence names the amount."""
        invoice = self.make_invoice()
        self.init_payment(100, post=True, date="2026-03-02", partner=self.customer)
        self.env.cr.flush()
        schedule = invoice.chasing_schedule_id
        self.assertEqual((schedule.status, schedule.hold_reason), ("paused", "unapplied_payment"))
        self.assertIn("100.00", schedule.hold_sentence)
        self.assertFalse(self.at_sent("2026-03-02 09:00"))

    def test_an_unapplied_payment_of_a_contact_counts_for_its_company(self):
        """R45: the receipts of the customer, whichever of its contacts paid."""
        firm = self.make_customer("Customer Ltd", "ap@ltd.example", is_company=True)
        contact = self.make_customer("Bob", "bob@ltd.example", parent_id=firm.id)
        invoice = self.make_invoice(partner_id=firm.id)
        self.init_payment(100, post=True, date="2026-03-02", partner=contact)
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_schedule_id.hold_reason, "unapplied_payment")

    def test_an_unapplied_payment_below_the_balance_holds_nothing(self):
        """R45."""
        invoice = self.make_invoice()
        self.init_payment(99, post=True, date="2026-03-02", partner=self.customer)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        self.assertFalse(invoice.chasing_schedule_id.hold_reason)

    def test_an_unapplied_credit_note_holds_the_steps(self):
        """R45."""
        invoice = self.make_invoice()
        self._create_invoice(
            "out_refund",
            partner_id=self.customer,
            invoice_date="2026-03-02",
            invoice_line_ids=[Command.create({"name": "Back", "price_unit": 150, "tax_ids": []})],
            post=True,
        )
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_schedule_id.hold_reason, "unapplied_payment")

    def test_an_unapplied_payment_gone_unnoticed_lets_go_within_the_hour(self):
        """R45: looked at again every hour, whoever changed it by whatever way."""
        self.make_invoice()
        payment = self.init_payment(100, post=True, date="2026-03-02", partner=self.customer)
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.env.cr.execute("UPDATE account_move_line SET reconciled = TRUE WHERE move_id = %s", [payment.move_id.id])
        self.assertEqual(len(self.at_sent("2026-03-02 10:00")), 1)

    def test_a_payment_of_another_customer_holds_nothing(self):
        """R45."""
        invoice = self.make_invoice()
        self.init_payment(100, post=True, date="2026-03-02", partner=self.make_customer("Else", "else@x.example"))
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        self.assertEqual(invoice.chasing_status, "active")

    def test_paying_one_invoice_leaves_the_others_of_the_customer_alone(self):
        """R45: a payment is posted before it is applied; in between it seems to cover the others too."""
        invoice, queued, paid = self.make_invoice(), self.make_invoice(issued="2026-03-01"), self.make_invoice()
        self.at("2026-03-02 08:45")
        self.at("2026-03-02 09:00", limit=1)
        waiting = self.waiting_mails()
        self.assertEqual(len(waiting), 1)
        self.pay(paid)
        self.assertEqual(self.waiting_mails(), waiting)
        self.assertEqual((invoice | queued).mapped("chasing_status"), ["active", "active"])
        self.at("2026-03-02 09:15")
        self.assertEqual(len(self.deliver()), 2)

    def test_applying_the_payment_to_another_invoice_lets_this_one_go(self):
        """R45, R35b: in the same transaction."""
        invoice, other = self.make_invoices(2)
        payment = self.init_payment(100, post=True, date="2026-03-02", partner=self.customer)
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_schedule_id.hold_reason, "unapplied_payment")
        lines = (payment.move_id + other).line_ids
        lines.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.env.cr.flush()
        self.assertEqual(other.chasing_status, "paid")
        self.assertEqual(invoice.chasing_status, "active")
        self.assertEqual(self.states(invoice), ["planned"] * 3)
        self.assertEqual(self.local(invoice.chasing_next_at), "2026-03-02 09:00")

    def test_a_hold_that_comes_and_goes_unseen_leaves_the_next_send(self):
        """R35b, R94: both in one flush, as when a payment is undone and booked anew."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        schedule.sudo().money_hold = "unapplied_payment"
        self.assertEqual(schedule.hold_reason, "unapplied_payment")
        schedule.sudo().money_hold = False
        self.env.cr.flush()
        self.assertEqual(self.local(invoice.chasing_next_at), "2026-03-02 09:00")


@tagged("post_install", "-at_install")
class TestChasingReturns(ChasingCommon):
    def test_undoing_a_reconciliation_does_not_resume_silently(self):
        """R34."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        payment = self.pay(invoice)
        payment.move_id.line_ids.remove_move_reconcile()
        self.env.cr.flush()
        schedule = invoice.chasing_schedule_id
        self.assertEqual(schedule.status, "stopped")
        self.assertTrue(schedule.is_reopened)
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        activity = invoice.activity_ids
        self.assertEqual((activity.user_id, activity.summary), (self.salesperson, "Resume chasing?"))

    def test_one_that_is_settled_again_can_be_read_at_once(self):
        """R34, R90: the activity goes in the middle of reading, and with it what was read before."""
        for name in ("chasing_schedule_id", "chasing_light", "chasing_next_day", "chasing_headline", "chasing_strip"):
            with self.subTest(field=name):
                invoice = self.make_invoice()
                payment = self.pay(invoice)
                payment.move_id.line_ids.remove_move_reconcile()
                payment.action_draft()
                self.env.cr.flush()
                self.assertEqual(invoice.chasing_status, "stopped")
                self.env["account.move"].create({
                    "move_type": "out_refund",
                    "partner_id": self.customer.id,
                    "reversed_entry_id": invoice.id,
                    "invoice_date": "2026-03-02",
                    "invoice_line_ids": [Command.create({"name": "Back", "price_unit": 100, "tax_ids": []})],
                }).action_post()
                self.assertIsNotNone(invoice[name])
                self.assertEqual(invoice.chasing_status, "paid")

    def test_a_reopened_invoice_goes_on_when_a_person_says_so(self):
        """R34, R11: what passed meanwhile is skipped."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        payment = self.pay(invoice)
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        self.env.cr.flush()
        self.set_clock("2026-03-15 12:00")
        invoice.chasing_schedule_id.action_enable()
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-02 09:00", "sent", False),
                ("2026-03-13 10:00", "skipped", "in_past"),
                ("2026-03-21 14:00", "planned", False),
            ],
        )
        self.assertEqual(len(self.at_sent("2026-03-21 14:00")), 1)

    def test_reset_to_draft_withdraws_and_posting_again_plans_again(self):
        """R31, R32b: the on-issue message was queued, not sent."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        invoice.button_draft()
        self.env.cr.flush()
        self.assertFalse(self.waiting_mails())
        self.assertEqual(invoice.chasing_status, "draft")
        self.assertEqual(self.states(invoice), ["draft"] * 3)
        self.assertFalse(self.at_sent("2026-03-13 10:00"))

        self.set_clock("2026-03-14 11:30")
        invoice.action_post()
        self.env.cr.flush()
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-13 10:00", "skipped", "in_past"),
                ("2026-03-14 12:00", "planned", False),
                ("2026-03-21 14:00", "planned", False),
            ],
        )

    def test_a_due_date_changed_through_a_draft_is_noted_on_the_invoice(self):
        """R38: 16 March becomes 26 March, so 13 March becomes 23 March."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        invoice.button_draft()
        invoice.invoice_date_due = "2026-03-26"
        invoice.action_post()
        self.env.cr.flush()
        self.assertEqual(
            [local for local, _state, _reason in self.plan(invoice)],
            [
                "2026-03-02 09:00",
                "2026-03-23 10:00",
                "2026-03-31 14:00",
            ],
        )
        notes = " ".join(invoice.message_ids.mapped("body"))
        self.assertIn("13 Mar 2026 10:00", notes)
        self.assertIn("23 Mar 2026 10:00", notes)


@tagged("post_install", "-at_install")
class TestRecurringInvoices(ChasingCommon):
    """An invoice of 2 March that repeats monthly, until Odoo's own scheduled action has posted that of 2 May."""

    def post_what_is_due(self, local):
        self.set_clock(local)
        with freeze_time(self.now), self.enter_registry_test_mode():
            self.env.ref("account.ir_cron_auto_post_draft_entry").method_direct_trigger()
        self.env.cr.flush()

    def make_recurring(self, **values):
        return self.make_invoice(
            post=False, date="2026-03-02", auto_post="monthly", auto_post_until="2026-05-31", **values
        )

    def copies(self, invoice):
        return self.env["account.move"].search(
            [("auto_post_origin_id", "=", invoice.id), ("id", "!=", invoice.id)], order="date"
        )

    def test_each_gets_its_cadence_when_it_is_posted(self):
        """R21, R31: none before, and each counts from its own dates."""
        invoice = self.make_recurring()
        self.assertFalse(invoice.chasing_schedule_id)
        self.post_what_is_due("2026-03-02 08:30")
        april = self.copies(invoice)
        self.assertEqual((invoice.state, april.state, str(april.invoice_date_due)), ("posted", "draft", "2026-04-16"))
        self.assertFalse(april.chasing_schedule_id)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

        self.post_what_is_due("2026-04-02 08:30")
        self.assertEqual(
            self.plan(april),
            [
                ("2026-04-02 09:00", "planned", False),
                ("2026-04-13 10:00", "planned", False),
                ("2026-04-21 14:00", "planned", False),
            ],
        )
        [message] = [one for one in self.at_sent("2026-04-02 09:00") if april.name in one["Subject"]]
        self.assertIn("ann@customer.example", message["To"])

        self.post_what_is_due("2026-05-02 08:30")
        may = self.copies(invoice) - april
        self.assertEqual(may.chasing_origin_text, "Usual (chosen by: the company's default)")
        self.assertEqual(len(self.copies(invoice)), 2)

    def test_each_is_asked_about_anew(self):
        """R50: by hand on the first, by a rule that came meanwhile on the second, by the customer on the third."""
        other = self.make_cadence("Other", [("after_due", 1, 9)])
        invoice = self.make_recurring()
        invoice._chasing_assign(other)
        self.post_what_is_due("2026-03-02 08:30")
        self.env["chasing.rule"].create({
            "name": "Repeats",
            "company_id": self.company.id,
            "cadence_id": other.id,
            "domain": "[('auto_post', '!=', 'no')]",
        })
        self.post_what_is_due("2026-04-02 08:30")
        self.customer.with_company(self.company).chasing_cadence_id = self.cadence
        self.post_what_is_due("2026-05-02 08:30")
        self.assertEqual(
            [(one.chasing_cadence_id, one.chasing_schedule_id.assigned_by) for one in invoice | self.copies(invoice)],
            [(other, "invoice"), (other, "rule"), (self.cadence, "customer")],
        )

    def test_an_invoice_that_is_to_be_posted_on_its_date(self):
        """R31: what its draft was given is planned then."""
        invoice = self.make_invoice(
            issued="2026-03-10", due="2026-03-24", date="2026-03-10", auto_post="at_date", post=False
        )
        invoice._chasing_assign(self.cadence)
        self.post_what_is_due("2026-03-09 08:30")
        self.assertEqual(self.states(invoice), ["draft"] * 3)
        self.post_what_is_due("2026-03-10 08:30")
        self.assertEqual(self.plan(invoice)[0], ("2026-03-10 09:00", "planned", False))


@tagged("post_install", "-at_install")
class TestChasingOfMoves(ChasingCommon):
    def test_only_customer_invoices_get_a_schedule(self):
        """R30."""
        lines = [Command.create({"name": "Work", "price_unit": 100, "tax_ids": []})]
        for move_type in ("out_refund", "in_invoice", "in_refund", "out_receipt", "in_receipt"):
            move = self._create_invoice(
                move_type, partner_id=self.customer, invoice_date="2026-03-02", invoice_line_ids=lines, post=True
            )
            self.assertFalse(move.chasing_schedule_id, move_type)
            move._chasing_assign(self.cadence)
            self.assertFalse(move.chasing_schedule_id, move_type)

    def test_a_duplicated_invoice_does_not_take_the_chasing_along(self):
        """R31."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        copy = invoice.copy()
        self.assertFalse(copy.chasing_schedule_id)
        self.assertFalse(self.deliveries(copy))
        copy.write({"invoice_date": "2026-03-05", "invoice_date_due": "2026-03-19"})
        copy.action_post()
        self.assertEqual(copy.chasing_origin_text, "Usual (chosen by: the company's default)")
        self.assertEqual(self.plan(copy)[0], ("2026-03-05 09:00", "planned", False))

    def test_what_a_person_chose_on_it_stays_with_it(self):
        """R31, R50: neither a draft nor a posted invoice gives its copy a cadence of its own."""
        other = self.make_cadence("Other", [("after_due", 1, 9)])
        for invoice in (self.make_invoice(post=False), self.make_invoice()):
            invoice._chasing_assign(other)
            copy = invoice.copy({"invoice_date": "2026-03-02"})
            self.assertFalse(copy.chasing_schedule_id)
            copy.action_post()
            self.assertEqual(copy.chasing_cadence_id, self.cadence)
            self.assertEqual(invoice.chasing_cadence_id, other)

    def test_a_credit_note_does_not_take_the_chasing_along(self):
        """R30: and the invoice that takes the corrected one's place is chased like a new one."""
        invoice = self.make_invoice()
        self.assertFalse(self._reverse_invoice(invoice, date="2026-03-02").chasing_schedule_id)
        self.assertFalse(self.credit(self.make_invoice()).chasing_schedule_id)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": "2026-03-02"})
        )
        new = self.env["account.move"].browse(wizard.modify_moves()["res_id"])
        self.assertEqual((new.state, new.move_type), ("draft", "out_invoice"))
        self.assertFalse(new.chasing_schedule_id)
        new.write({"invoice_date": "2026-03-02", "invoice_date_due": "2026-03-16"})
        new.action_post()
        self.assertEqual(self.states(new), ["planned"] * 3)
        self.assertEqual(invoice.chasing_status, "paid")

    def test_nothing_of_chasing_is_copied_with_an_invoice(self):
        """R31."""
        fields = self.env["account.move"]._fields.items()
        self.assertFalse([name for name, field in fields if name.startswith("chasing_") and field.copy])

    def test_an_invoice_about_which_something_was_sent_cannot_be_deleted(self):
        """R39."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        invoice.button_draft()
        with self.assertRaisesRegex(UserError, "was sent"):
            invoice.with_context(force_delete=True).unlink()

    def test_an_invoice_about_which_nothing_was_sent_can_be_deleted(self):
        """R39."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()
        self.assertFalse(schedule.exists())

    def test_the_mirrors_can_be_searched_sorted_and_grouped(self):
        """R93, R94."""
        active, bare = self.make_invoice(), self.make_invoice(post=False)
        paid = self.make_invoice()
        self.pay(paid)
        Move = self.env["account.move"]
        mine = [("id", "in", (active + bare + paid).ids)]
        self.assertEqual(Move.search([*mine, ("chasing_status", "=", "active")]), active)
        self.assertEqual(Move.search([*mine, ("chasing_status", "in", ("active", "paid"))]), active + paid)
        self.assertEqual(Move.search([*mine, ("chasing_status", "=", False)]), bare)
        self.assertEqual(Move.search([*mine, ("chasing_status", "!=", "paid")]), active + bare)
        self.assertEqual(Move.search([*mine, ("chasing_cadence_id", "=", self.cadence.id)]), active + paid)
        self.assertEqual(Move.search([*mine, ("chasing_next_at", "<=", "2026-03-02 08:00:00")]), active)
        self.assertFalse(Move.search([*mine, ("chasing_next_at", "<", "2026-03-02 08:00:00")]))
        self.assertEqual(Move.search(mine, order="chasing_next_at")[0], active)
        self.assertEqual(Move.search(mine, order="chasing_next_at desc")[-1], active)
        groups = dict(Move._read_group(mine, ["chasing_status"], ["__count"]))
        self.assertEqual(groups, {"active": 1, "paid": 1, False: 1})
        by_cadence = dict(Move._read_group(mine, ["chasing_cadence_id"], ["__count"]))
        self.assertEqual(by_cadence[self.cadence], 2)

    def test_enabling_without_a_default_cadence_gives_an_empty_schedule(self):
        """R50: a schedule to add steps to."""
        self.cadence.is_default = False
        invoice = self.make_invoice()
        self.assertFalse(invoice.chasing_schedule_id)
        invoice.action_chasing_enable()
        self.assertFalse(invoice.chasing_schedule_id.step_ids)
        self.assertEqual(invoice.chasing_status, "expired")

    def test_enabling_what_was_disabled_goes_on_with_its_own_plan(self):
        """R36, R22: an edited schedule is not replaced by the default cadence."""
        invoice, running = self.make_invoices(2)
        own = self.make_cadence("Own", [("after_due", 9, 9)])
        (invoice | running)._chasing_assign(own)
        invoice.chasing_schedule_id.action_disable()
        (invoice | running).action_chasing_enable()
        self.assertEqual(invoice.chasing_status, "active")
        self.assertEqual((invoice | running).chasing_cadence_id, own)

    def test_a_closed_invoice_is_left_alone_and_counted(self):
        """R30, R52."""
        invoice, paid = self.make_invoices(2)
        self.pay(paid)
        gentle = self.make_cadence("Late only", [("after_due", 1, 9)])
        summary = (invoice + paid)._chasing_assign(gentle)
        self.assertEqual((summary["assigned"], summary["left"], summary["planned"]), (1, 1, 1))
        self.assertEqual(paid.chasing_cadence_id, self.cadence)
