from datetime import datetime

from odoo import Command
from odoo.tests import tagged

from ...models.engine.facts import Hold
from ..builders.builders import ChasingCommon


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
class TestSeveralHolds(ChasingCommon):
    def codes(self, invoice):
        [told] = self.env["chasing.hold"]._of(invoice.chasing_schedule_id).values()
        return [hold.code for hold in told]

    def test_all_that_hold_are_known_and_the_first_is_told(self):
        """R35, R37, R47."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_pause()
        invoice.no_followup = True
        invoice.action_toggle_block_payment()
        self.customer.chasing_excluded = True
        self.env.cr.flush()
        self.assertEqual(self.codes(invoice), ["paused", "customer_excluded", "blocked", "no_followup"])
        self.assertEqual(invoice.chasing_schedule_id.hold_reason, "paused")
        self.company.chasing_enabled = False
        self.env.cr.flush()
        self.assertEqual(self.codes(invoice)[:2], ["company_off", "paused"])
        self.assertEqual(invoice.chasing_schedule_id.hold_reason, "company_off")

    def test_a_room_above_adds_a_hold_with_its_end(self):
        """R35, R80: it is told, its steps wait, and the schedule is looked at again when it ends."""
        invoice = self.make_invoice()
        end = datetime(2026, 3, 20, 7)
        self.hold_invoices(invoice, Hold("promise", end))
        schedule = invoice.chasing_schedule_id
        self.assertEqual((schedule.hold_reason, schedule.next_at), ("promise", end))
        self.assertEqual(self.states(invoice), ["held"] * 3)

    def test_the_sentence_of_a_hold_says_what_its_room_knows(self):
        """R35: on a schedule that is there, and on a new one; nothing is left of it when another reason takes over."""
        invoices = self.make_invoice(), self.make_invoice(post=False)
        values = {"announced": "Tue 3 Mar", "last": "Tue 10 Mar"}
        self.hold_invoices(invoices[0] | invoices[1], Hold("announced_payment", None, values))
        invoices[1].action_post()
        self.env.flush_all()
        for invoice in invoices:
            schedule = invoice.chasing_schedule_id
            self.assertEqual(schedule.hold_values, values)
            self.assertIn("on Tue 3 Mar. Chasing continues after Tue 10 Mar", schedule.hold_sentence)
        self.company.chasing_enabled = False
        self.env.flush_all()
        schedule = invoices[0].chasing_schedule_id
        self.assertEqual((schedule.hold_reason, schedule.hold_values), ("company_off", False))

    def test_a_room_above_is_asked_for_new_schedules_too(self):
        invoice = self.make_invoice(post=False)
        self.hold_invoices(invoice, Hold("dispute"))
        invoice.action_post()
        self.env.flush_all()
        self.assertEqual(invoice.chasing_schedule_id.hold_reason, "dispute")
        self.assertEqual(self.states(invoice), ["held"] * 3)

    def test_what_holds_a_new_schedule_for_a_time_is_looked_at_when_it_ends(self):
        """R37, R80"""
        self.customer.write({"chasing_paused": True, "chasing_paused_until": "2026-03-10"})
        schedule = self.make_invoice().chasing_schedule_id
        before = schedule.next_at
        self.env.add_to_compute(schedule._fields["next_at"], schedule)
        self.env.flush_all()
        self.assertEqual((before, self.local(before)), (schedule.next_at, "2026-03-10 00:00"))

    def test_a_hold_of_a_room_above_ends_by_itself(self):
        """R35b, R80: when it ends the invoice is looked at again; the reminder of 13 March was missed."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.hold_invoices(invoice, Hold("promise", datetime(2026, 3, 15, 7)))
        schedule = invoice.chasing_schedule_id
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        self.assertFalse(self.at_sent("2026-03-15 08:00"))
        self.assertFalse(schedule.hold_reason)
        self.assertEqual(
            self.plan(invoice)[1:],
            [("2026-03-13 10:00", "skipped", "promise"), ("2026-03-21 14:00", "planned", False)],
        )
        self.assertEqual(self.local(schedule.next_at), "2026-03-21 14:00")
