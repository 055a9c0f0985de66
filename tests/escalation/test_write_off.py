from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...models.common import chasing_background_job
from ..builders.builders import ChasingCommon


class WriteOffCommon(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loss_account = cls.company_data["default_account_expense"]
        cls.company.chasing_write_off_account_id = cls.loss_account

    def write_off(self, invoice, **values):
        invoice.chasing_schedule_id.action_write_off(**values)
        self.env.cr.flush()
        return invoice.chasing_schedule_id

    def booked(self, invoice):
        """{account: balance} of the entry of an invoice's write-off."""
        lines = invoice.chasing_schedule_id.write_off_move_id.line_ids
        return {line.account_id: line.balance for line in lines}


@tagged("post_install", "-at_install")
class TestWriteOff(WriteOffCommon):
    def test_a_bad_debt_entry_settles_the_invoice(self):
        """R41."""
        invoice = self.make_invoice(amount=250)
        self.set_clock("2026-03-06 08:30")
        schedule = self.write_off(invoice, day="2026-03-05", reason="insolvent")
        receivable = self.company_data["default_account_receivable"]
        self.assertEqual(self.booked(invoice), {self.loss_account: 250, receivable: -250})
        self.assertEqual(str(schedule.write_off_move_id.date), "2026-03-05")
        self.assertEqual((invoice.amount_residual, invoice.payment_state), (0, "paid"))
        self.assertEqual((schedule.status, schedule.write_off_amount), ("written_off", 250))

    def test_every_step_ends_with_that_reason(self):
        """R41, R94."""
        invoice = self.make_invoice()
        self.write_off(invoice)
        self.assertEqual({step.reason_code for step in self.steps(invoice)}, {"written_off"})
        self.assertEqual(set(self.states(invoice)), {"cancelled"})
        self.assertFalse(invoice.chasing_next_at)
        for moment in ("2026-03-02 09:00", "2026-03-13 10:00", "2026-03-21 14:00"):
            self.assertFalse(self.at_sent(moment))

    def test_what_waits_in_the_queue_is_withdrawn(self):
        """R41, R32."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.write_off(invoice)
        self.assertFalse(self.deliver())
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "written_off")

    def test_only_what_is_open_is_written_off(self):
        invoice = self.make_invoice(amount=100)
        self.pay(invoice, 30)
        self.write_off(invoice)
        self.assertEqual(self.booked(invoice)[self.loss_account], 70)
        self.assertFalse(invoice.amount_residual)

    def test_an_invoice_in_another_currency_is_settled_without_a_difference(self):
        other = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0), ("2026-03-04", 4.0)])
        invoice = self.make_invoice(amount=100, currency_id=other.id)
        self.set_clock("2026-03-05 08:30")
        self.write_off(invoice, day="2026-03-05")
        self.assertEqual(self.booked(invoice)[self.loss_account], 50)
        self.assertFalse(invoice.amount_residual)
        self.assertFalse(invoice.line_ids.matched_credit_ids.exchange_move_id)

    def test_a_credit_note_can_do_it(self):
        """R41."""
        invoice = self.make_invoice()
        self.set_clock("2026-03-05 08:30")
        schedule = self.write_off(invoice, way="credit_note", day="2026-03-05", reason="goodwill")
        credit_note = schedule.write_off_move_id
        self.assertEqual((credit_note.move_type, credit_note.state), ("out_refund", "posted"))
        self.assertEqual(credit_note.reversed_entry_id, invoice)
        self.assertEqual((invoice.payment_state, schedule.status), ("reversed", "written_off"))

    def test_a_credit_note_for_a_part_is_refused(self):
        invoice = self.make_invoice()
        self.pay(invoice, 30)
        with self.assertRaisesRegex(UserError, "partially paid"):
            self.write_off(invoice, way="credit_note")

    def test_it_stays_written_off_when_it_is_a_draft_for_a_while(self):
        """R41: its entry settles it as before when it is posted again."""
        for way in ("entry", "credit_note"):
            invoice = self.make_invoice()
            entry = self.write_off(invoice, way=way).write_off_move_id
            invoice.button_draft()
            self.env.cr.flush()
            self.assertFalse(invoice.activity_ids)
            invoice.action_post()
            self.env.cr.flush()
            schedule = invoice.chasing_schedule_id
            self.assertEqual(
                (schedule.status, schedule.write_off_move_id, invoice.amount_residual), ("written_off", entry, 0)
            )

    def test_one_whose_entry_is_undone_meanwhile_asks_when_it_is_posted_again(self):
        """R34"""
        invoice = self.make_invoice()
        entry = self.write_off(invoice).write_off_move_id
        invoice.button_draft()
        self.env.cr.flush()
        entry.line_ids.remove_move_reconcile()
        invoice.action_post()
        self.env.cr.flush()
        self.assertEqual((invoice.chasing_status, invoice.chasing_schedule_id.is_reopened), ("stopped", True))
        self.assertEqual(len(invoice.activity_ids), 1)

    def test_each_of_many_is_written_off_by_its_credit_note(self):
        """R94: also where they are so many that they are done in parts."""
        invoices = self.make_invoices(3)
        self.patch(chasing_background_job, "BATCH_SIZE", 2)
        self.env["chasing.bulk.run"]._start("write_off", {"way": "credit_note"}, invoices.chasing_schedule_id)
        self.work()
        self.assertEqual(invoices.mapped("chasing_status"), ["written_off"] * 3)

    def test_a_mark_books_nothing(self):
        """R41."""
        invoice = self.make_invoice()
        schedule = self.write_off(invoice, way="mark")
        self.assertFalse(schedule.write_off_move_id)
        self.assertEqual((schedule.status, invoice.amount_residual), ("written_off", 100))
        self.assertFalse(self.at_sent("2026-03-02 09:00"))

    def test_it_is_noted_on_the_invoice(self):
        """R23, R41."""
        invoice = self.make_invoice()
        schedule = self.write_off(invoice, reason="insolvent")
        note = invoice.message_ids.sorted("id")[-1].body
        for word in ("100.00", schedule.write_off_move_id.name, "insolvent"):
            self.assertIn(word, note)

    def test_a_closed_period_is_refused_with_its_lock(self):
        """R41."""
        invoice = self.make_invoice(issued="2026-02-10")
        self.company.fiscalyear_lock_date = "2026-02-28"
        for way in ("entry", "credit_note"):
            with self.assertRaisesRegex(UserError, "Global Lock Date"):
                self.write_off(invoice, way=way, day="2026-02-15")
        self.write_off(invoice, day="2026-03-01")
        self.assertEqual(invoice.chasing_status, "written_off")

    def test_a_day_ahead_or_before_the_invoice_is_refused(self):
        """R41: with what is to be done; the bounds are allowed."""
        invoice = self.make_invoice()
        self.set_clock("2026-03-05 08:30")
        for way in ("entry", "credit_note"):
            with self.assertRaisesRegex(UserError, "is in the future"):
                self.write_off(invoice, way=way, day="2026-03-06")
            with self.assertRaisesRegex(UserError, f"{invoice.name} is dated 2 Mar 2026"):
                self.write_off(invoice, way=way, day="2026-03-01")
        with self.assertRaisesRegex(UserError, "“garbage” is not a date"):
            self.write_off(invoice, day="garbage")
        with self.assertRaisesRegex(UserError, "reason as text"):
            self.write_off(invoice, reason={"a": 1})
        self.assertEqual(invoice.chasing_status, "active")
        self.write_off(self.make_invoice(), day="2026-03-02")
        self.write_off(invoice, day="2026-03-05")

    def test_only_an_expense_account_of_the_company_takes_the_loss(self):
        """R41: whatever a call names."""
        invoice, other = self.make_invoice(), self.setup_other_company(name="Other")
        accounts = [
            self.company_data["default_account_receivable"].id,
            other["default_account_expense"].id,
            self.env["account.account"].search([], order="id desc", limit=1).id + 1000,
            "abc",
        ]
        for account_id in accounts:
            with self.subTest(account=account_id), self.assertRaisesRegex(UserError, "expense account of Firm"):
                self.write_off(invoice, account_id=account_id)
        self.assertEqual((invoice.chasing_status, invoice.amount_residual), ("active", 100))

    def test_without_an_account_it_is_refused(self):
        self.company.chasing_write_off_account_id = False
        invoice = self.make_invoice()
        with self.assertRaisesRegex(UserError, "No account for write-offs"):
            self.write_off(invoice)
        self.write_off(invoice, account_id=self.loss_account.id)
        self.assertIn(self.loss_account, self.booked(invoice))

    def test_a_collector_is_refused_an_accountant_is_not(self):
        """R41."""
        collector = self.make_user("collector", "base.group_user,invoice_chasing.group_user")
        biller = self.make_user("biller", "account.group_account_invoice")
        schedule = self.make_invoice().chasing_schedule_id
        with self.assertRaisesRegex(AccessError, "Only accountants"):
            schedule.with_user(collector).action_write_off()
        self.assertNotIn("write_off", schedule.with_user(collector).allowed)
        self.assertIn("write_off", schedule.with_user(biller).allowed)
        schedule.with_user(biller).action_write_off()
        self.assertEqual(schedule.status, "written_off")

    def test_a_paid_invoice_is_not_written_off(self):
        """R99."""
        invoice = self.make_invoice()
        self.pay(invoice)
        with self.assertRaises(UserError):
            self.write_off(invoice)

    def test_what_is_written_off_gets_no_cadence(self):
        """R41."""
        invoice = self.make_invoice()
        schedule = self.write_off(invoice, way="mark")
        with self.assertRaisesRegex(UserError, "closed"):
            schedule._apply_cadence(self.cadence)
        self.assertEqual(invoice._chasing_assign(self.cadence)["left"], 1)

    def test_other_invoices_of_the_customer_are_not_held_by_the_entry(self):
        """R45: the entry is applied at once."""
        other, invoice = self.make_invoices(2)
        self.write_off(invoice)
        self.env.cr.precommit.run()
        self.assertEqual(other.chasing_status, "active")


@tagged("post_install", "-at_install")
class TestTakeBackWriteOff(WriteOffCommon):
    def take_back(self, invoice):
        invoice.chasing_schedule_id.action_take_back_write_off()
        self.env.cr.flush()

    def test_the_entry_is_reversed_and_the_invoice_open_again(self):
        """R41, R34."""
        invoice = self.make_invoice()
        entry = self.write_off(invoice).write_off_move_id
        self.set_clock("2026-04-01 10:00")
        self.take_back(invoice)
        self.assertEqual(invoice.amount_residual, 100)
        self.assertEqual(sum((entry | entry.reversal_move_ids).line_ids.mapped("balance")), 0)
        self.assertEqual(str(entry.reversal_move_ids.date), "2026-04-01")
        schedule = invoice.chasing_schedule_id
        self.assertEqual((schedule.status, schedule.is_reopened), ("stopped", True))
        self.assertFalse(schedule.write_off_move_id)
        self.assertEqual(len(invoice.activity_ids), 1)

    def test_a_credit_note_is_reversed_too(self):
        invoice = self.make_invoice()
        self.write_off(invoice, way="credit_note")
        self.take_back(invoice)
        self.assertEqual(invoice.amount_residual, 100)
        self.assertTrue(invoice.chasing_schedule_id.is_reopened)
        # what takes the credit note back is settled with it and is nobody's invoice to chase
        back = self.env["account.move"].search([], order="id desc", limit=1)
        self.assertEqual((back.move_type, back.amount_residual), ("out_invoice", 0))
        self.assertFalse(back.chasing_schedule_id)

    def test_a_mark_is_taken_off(self):
        invoice = self.make_invoice()
        self.write_off(invoice, way="mark")
        self.take_back(invoice)
        self.assertEqual((invoice.chasing_status, invoice.chasing_schedule_id.is_reopened), ("stopped", True))

    def test_an_entry_that_is_a_draft_lets_go_of_the_invoice_too(self):
        """R41"""
        invoice = self.make_invoice()
        entry = self.write_off(invoice).write_off_move_id
        entry.button_draft()
        self.take_back(invoice)
        self.assertEqual((invoice.amount_residual, entry.state), (100, "cancel"))
        self.assertEqual((invoice.chasing_status, invoice.chasing_schedule_id.is_reopened), ("stopped", True))

    def test_undoing_the_entry_in_accounting_reopens_it_as_well(self):
        """R34."""
        invoice = self.make_invoice()
        self.write_off(invoice).write_off_move_id.line_ids.remove_move_reconcile()
        self.env.cr.flush()
        self.assertEqual((invoice.chasing_status, invoice.chasing_schedule_id.is_reopened), ("stopped", True))

    def test_a_mark_survives_a_payment_that_comes_back(self):
        """R41."""
        invoice = self.make_invoice()
        self.write_off(invoice, way="mark")
        payment = self.pay(invoice)
        payment.move_id.line_ids.remove_move_reconcile()
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_status, "written_off")

    def test_what_was_not_written_off_cannot_be_taken_back(self):
        with self.assertRaisesRegex(UserError, "no write-off to undo"):
            self.take_back(self.make_invoice())

    def test_a_collector_cannot_take_it_back(self):
        collector = self.make_user("collector", "base.group_user,invoice_chasing.group_user")
        schedule = self.write_off(self.make_invoice())
        with self.assertRaisesRegex(AccessError, "Only accountants"):
            schedule.with_user(collector).action_take_back_write_off()

    def test_a_closed_period_is_refused(self):
        invoice = self.make_invoice()
        self.write_off(invoice)
        self.company.fiscalyear_lock_date = "2026-04-30"
        self.set_clock("2026-04-01 10:00")
        with self.assertRaisesRegex(UserError, "Global Lock Date"):
            self.take_back(invoice)
        self.assertEqual(invoice.chasing_status, "written_off")


@tagged("post_install", "-at_install")
class TestUndoWriteOff(WriteOffCommon):
    """R41: what was booked is reversed, and chasing goes on as before."""

    def run_of(self, invoices, **values):
        self.env["chasing.bulk.run"]._act("write_off", invoices.chasing_schedule_ids, values)
        self.env.cr.flush()
        return self.env["chasing.bulk.run"].search([], limit=1)

    def test_each_way(self):
        for way in ("entry", "credit_note", "mark"):
            with self.subTest(way=way):
                invoice = self.make_invoice()
                plan = self.plan(invoice)
                run = self.run_of(invoice, way=way)
                self.assertEqual(invoice.chasing_status, "written_off")
                run.action_undo()
                self.env.cr.flush()
                self.assertEqual((invoice.chasing_status, invoice.amount_residual), ("active", 100))
                self.assertEqual(self.plan(invoice), plan)
                self.assertFalse(invoice.activity_ids)
                self.assertFalse(invoice.chasing_schedule_id.write_off_move_id)

    def test_what_was_paid_since_stays(self):
        invoice = self.make_invoice()
        run = self.run_of(invoice, way="mark")
        self.pay(invoice)
        with self.assertRaisesRegex(UserError, "paid"):
            run.action_undo()

    def test_only_accountants(self):
        run = self.run_of(self.make_invoices(2), way="mark")
        with self.assertRaises(AccessError):
            run.with_user(self.make_user("carl", "invoice_chasing.group_user")).action_undo()
        self.assertFalse(run.undone_at)

    def test_a_taking_back_is_an_act_of_its_own(self):
        """What it left cannot be undone: the invoice would have to be written off anew."""
        invoice = self.make_invoice()
        self.write_off(invoice)
        action = self.env["chasing.bulk.run"]._act("take_back_write_off", invoice.chasing_schedule_id)
        self.assertNotIn("buttons", action["params"])
        self.assertEqual(invoice.chasing_status, "stopped")


@tagged("post_install", "-at_install")
class TestWriteOffDialog(WriteOffCommon):
    def dialog(self, invoices):
        action = invoices.chasing_schedule_ids.action_ask("write_off")
        return Form(self.env["chasing.write.off"].browse(action["res_id"]))

    def test_the_company_s_account_is_proposed_and_the_money_named(self):
        dialog = self.dialog(self.make_invoice(amount=40) | self.make_invoice(amount=60))
        self.assertEqual((dialog.account_id, str(dialog.date)), (self.loss_account, "2026-03-02"))
        self.assertIn("2 invoices", dialog.preview)
        self.assertIn("100.00", dialog.preview)
        self.assertIn("6 scheduled messages will be cancelled", dialog.preview)

    def test_it_writes_them_off(self):
        invoices = self.make_invoices(2)
        dialog = self.dialog(invoices)
        dialog.reason = "insolvent"
        dialog.save().action_do()
        self.env.cr.flush()
        self.assertEqual(invoices.mapped("chasing_status"), ["written_off"] * 2)
        self.assertEqual(len(invoices.chasing_schedule_ids.write_off_move_id), 2)

    def make_of_other_company(self):
        """An invoice of another company that is chased like ours."""
        data = self.setup_other_company(name="Other")
        data["company"].write({"chasing_enabled": True, "chasing_tz": "Europe/Berlin", "email": "o@other.example"})
        invoice = self.make_invoice(company=data["company"])
        invoice._chasing_assign(self.env["chasing.cadence"].search([("company_id", "=", data["company"].id)], limit=1))
        self.env.user.company_ids |= data["company"]
        self.env = self.env(context={**self.env.context, "allowed_company_ids": (self.company | data["company"]).ids})
        return self.env["account.move"].browse(invoice.id)

    def test_those_of_several_companies_are_marked_but_not_booked(self):
        """R41: each company has its own books."""
        other = self.make_of_other_company()
        invoices = self.env["account.move"].browse(self.make_invoice().id) | other
        dialog = self.dialog(invoices).save()
        self.assertEqual((dialog.company_count, dialog.account_id.ids), (2, []))
        with self.assertRaisesRegex(UserError, "several companies"):
            dialog.action_do()
        dialog = self.dialog(invoices)
        dialog.way = "mark"
        dialog.save().action_do()
        self.env.cr.flush()
        self.assertEqual(invoices.mapped("chasing_status"), ["written_off"] * 2)

    def test_one_of_another_company_that_is_left_out_does_not_count(self):
        """R41, R99"""
        other = self.make_of_other_company()
        other.chasing_schedule_id.action_cancel()
        own = self.env["account.move"].browse(self.make_invoice().id)
        dialog = self.dialog(own | other)
        self.assertEqual(dialog.account_id, self.loss_account)
        dialog.save().action_do()
        self.env.cr.flush()
        self.assertEqual((own.chasing_status, other.chasing_status), ("written_off", "cancelled"))

    def test_a_collector_gets_no_dialog(self):
        collector = self.make_user("collector", "base.group_user,invoice_chasing.group_user")
        schedule = self.make_invoice().chasing_schedule_id
        with self.assertRaisesRegex(AccessError, "Only accountants"):
            schedule.with_user(collector).action_ask("write_off")
