from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ..builders.builders import utc
from ..builders.money import MoneyCommon

PAID = "2026-03-14 10:30"


@tagged("post_install", "-at_install")
class TestThankYou(MoneyCommon):
    """The usual invoice was sent on 2 March and reminded of on 13 March; it is paid on Saturday, 14 March, at 10:30."""

    def setUp(self):
        super().setUp()
        self.company.chasing_thank_you = True

    def reminded(self, reminders=1, **values):
        """An invoice of which the first message left, and so many reminders."""
        self.set_clock("2026-03-02 08:30")
        invoice = self.make_invoice(**values)
        for local in ("2026-03-02 09:00", "2026-03-13 10:00")[: reminders + 1]:
            self.at_sent(local)
        self.set_clock(PAID)
        return invoice

    def paid(self, **values):
        invoice = self.reminded(**values)
        self.pay(invoice, payment_date="2026-03-14")
        return invoice

    def thanks(self, invoice):
        return invoice.chasing_schedule_id.step_ids.filtered("is_thanks")

    def undo(self, invoice):
        invoice.line_ids.remove_move_reconcile()
        self.env.cr.flush()

    def assert_over(self, invoice, code="not_paid"):
        self.env.cr.flush()
        thanks = self.thanks(invoice)
        self.assertEqual((thanks.state, thanks.reason_code), ("cancelled", code))
        self.assertFalse(self.waiting_mails())
        self.assertFalse(self.at_sent("2026-03-16 12:00"))

    # ------------------------------------------------------------------ when, and to whom

    def test_who_pays_after_a_reminder_is_thanked_once(self):
        """R78: at the first full hour at least one hour later; the notes and the table say it."""
        invoice = self.paid()
        thanks = self.thanks(invoice)
        self.assertEqual((self.local(thanks.scheduled_at), thanks.state), ("2026-03-14 12:00", "planned"))
        self.assertEqual(thanks.step_label, "Thank-you")
        self.assertIn("A thank-you is scheduled for", invoice.message_ids[0].body)
        self.assertEqual(invoice.chasing_status, "paid")
        self.assertFalse(self.at_sent("2026-03-14 11:59"))
        [message] = self.at_sent("2026-03-14 12:00")
        self.assertEqual(message["To"], "Ann Lee <ann@customer.example>")
        self.assertEqual(thanks.state, "sent")
        self.assertFalse(self.at_sent("2026-03-14 12:15"))

    def test_it_keeps_to_the_sending_window(self):
        """R78: on the company's clocks, its first hour of the next day."""
        for paid, goes in (("19:00", "2026-03-14 20:00"), ("19:01", "2026-03-15 07:00"), ("05:10", "2026-03-14 07:00")):
            invoice = self.reminded()
            self.set_clock(f"2026-03-14 {paid}")
            self.pay(invoice, payment_date="2026-03-14")
            with self.subTest(paid=paid):
                self.assertEqual(self.local(self.thanks(invoice).scheduled_at), goes)

    def test_it_goes_to_whom_the_reminder_went(self):
        """R63, R65, R78: the role of the last reminder, in the language of its contact."""
        self.env["res.lang"]._activate_lang("fr_FR")
        role = self.make_role()
        steps = [("on_issue", 0, 9), {"trigger": "before_due", "days": 3, "hour": 10, "role_id": role.id}]
        self.make_customer(
            "Boss", "boss@customer.example", parent_id=self.customer.id, chasing_role_ids=role.ids, lang="fr_FR"
        )
        invoice = self.reminded(steps=steps)
        reminder = self.steps(invoice)[1]
        self.assertEqual((reminder.state, reminder.reason_code), ("under_way", False))
        # The next run makes the copy of the invoice in a language that is not the customer's.
        [message] = self.at_sent("2026-03-13 10:01")
        self.assertEqual(message["To"], "Boss <boss@customer.example>")
        self.set_clock(PAID)
        self.pay(invoice, payment_date="2026-03-14")
        thanks = self.thanks(invoice)
        self.assertEqual(thanks.role_id, role)
        [message] = self.at_sent("2026-03-14 12:00")
        self.assertEqual(message["To"], "Boss <boss@customer.example>")
        self.assertEqual(thanks.delivery_ids.lang, "fr_FR")

    def test_one_that_reaches_nobody_is_left_out(self):
        """R78, R85: nobody has to mend anything for it."""
        invoice = self.paid()
        self.customer.email = False
        self.at("2026-03-14 12:00")
        self.assertEqual((self.thanks(invoice).state, self.thanks(invoice).reason_code), ("skipped", "no_recipient"))
        self.assertEqual(invoice.chasing_status, "paid")

    def test_the_day_s_contact_and_the_delay_do_not_bar_it(self):
        """R17, R42, R78: paid an hour after the reminder."""
        invoice = self.reminded(terms={"min_contact_days": 10}, steps=[("on_issue", 0, 9), ("after_issue", 11, 10)])
        self.assertEqual(self.states(invoice), ["sent", "sent"])
        self.set_clock("2026-03-13 11:00")
        self.pay(invoice, payment_date="2026-03-13")
        self.assertEqual(len(self.at_sent("2026-03-13 12:00")), 1)

    # ------------------------------------------------------------------ where there is none

    def test_off_is_off(self):
        """R78"""
        self.company.chasing_thank_you = False
        self.assertFalse(self.thanks(self.paid()))

    def test_who_got_no_reminder_is_not_thanked(self):
        """R78: the first message alone is none, and a part payment pays nothing in full."""
        self.assertFalse(self.thanks(self.paid(reminders=0)))
        invoice = self.reminded()
        self.pay(invoice, 40, payment_date="2026-03-14")
        self.assertFalse(self.thanks(invoice))
        self.pay(invoice, payment_date="2026-03-14")
        self.assertTrue(self.thanks(invoice))

    def test_only_money_is_thanked_for(self):
        """R78: not a credit note, nor the rest of one, nor a write-off."""
        invoice = self.reminded()
        self.credit(invoice)
        self.assertFalse(self.thanks(invoice))
        invoice = self.reminded()
        self.pay(invoice, 70, payment_date="2026-03-14")
        note = self.give_credit(30)
        lines = (invoice | note).line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        lines.reconcile()
        self.env.cr.flush()
        self.assertEqual(invoice.chasing_status, "paid")
        self.assertFalse(self.thanks(invoice))
        invoice = self.reminded()
        invoice.chasing_schedule_id.action_write_off(account_id=self.company_data["default_account_expense"].id)
        self.env.cr.flush()
        self.assertFalse(self.thanks(invoice))

    def test_what_a_payment_writes_off_is_not_money(self):
        """R41, R72, R78: a cent paid and the rest written off is no payment, nor is the last cent of it."""
        for amount in (0.01, 60, 99.99):
            with self.subTest(amount=amount):
                invoice = self.reminded()
                self.pay(
                    invoice,
                    amount,
                    payment_date="2026-03-14",
                    payment_difference_handling="reconcile",
                    writeoff_account_id=self.company_data["default_account_expense"].id,
                )
                self.assertEqual(invoice.chasing_status, "paid")
                self.assertFalse(self.thanks(invoice))
                self.assertAlmostEqual(invoice.chasing_paid_amount, amount)

    def booked(self, invoice, journal, *debits):
        """Settle an invoice by an entry of a journal: the accounts that are debited, and with how much."""
        receivable = self.company_data["default_account_receivable"]
        total = sum(amount for _account, amount in debits)
        lines = [(receivable, {"credit": total}), *((account, {"debit": amount}) for account, amount in debits)]
        entry = self.env["account.move"].create({
            "date": "2026-03-14",
            "journal_id": journal.id,
            "line_ids": [
                Command.create({"account_id": account.id, "partner_id": self.customer.id, **values})
                for account, values in lines
            ],
        })
        entry.action_post()
        (invoice | entry).line_ids.filtered(lambda line: line.account_id == receivable).reconcile()
        self.env.cr.flush()

    def test_of_an_entry_counts_what_reached_the_bank(self):
        """R72, R78: of one in the books, what is settled with something that is owed in turn; that is no money."""
        data = self.company_data
        bank, books = data["default_journal_bank"], data["default_journal_misc"]
        at_bank, loss, owed = (
            bank.default_account_id,
            data["default_account_expense"],
            data["default_account_payable"],
        )
        for journal, debits, paid, is_thanked in (
            (bank, [(at_bank, 100)], 100, True),
            (bank, [(at_bank, 5), (loss, 95)], 5, False),
            (bank, [(loss, 100)], 0, False),
            (books, [(owed, 100)], 100, False),
            (books, [(owed, 40), (loss, 60)], 40, False),
            (books, [(loss, 100)], 0, False),
        ):
            with self.subTest(journal=journal.type, debits=[amount for _account, amount in debits]):
                invoice = self.reminded()
                self.booked(invoice, journal, *debits)
                self.assertEqual(invoice.chasing_status, "paid")
                self.assertEqual(bool(self.thanks(invoice)), is_thanked)
                self.assertAlmostEqual(invoice.chasing_paid_amount, paid)

    def test_one_payment_of_several_is_thanked_for_once_each(self):
        """R78: each by its share."""
        invoices = self.reminded() | self.reminded()
        self._register_payment(invoices, payment_date="2026-03-14", group_payment=True)
        self.env.cr.flush()
        self.assertEqual(len(self.thanks(invoices)), 2)

    def test_addresses_typed_for_one_send_are_not_thanked(self):
        """R64, R74, R78: it goes by itself, so to whom the customer's messages go."""
        invoice = self.reminded(reminders=0)
        self.set_clock("2026-03-10 09:00")
        other = self.make_customer("Eve", "eve@other.example")
        page = self.env["chasing.send"].create({
            "move_ids": invoice.ids,
            "channel_email": True,
            "to_ids": [Command.set(other.ids)],
            "to_emails": "dan@other.example",
            "cc": "cc@other.example",
        })
        page.action_send()
        self.assertIn("dan@other.example", str([message["To"] for message in self.deliver()]))
        self.set_clock(PAID)
        self.pay(invoice, payment_date="2026-03-14")
        thanks = self.thanks(invoice)
        self.assertTrue(thanks)
        self.assertFalse(thanks.to_ids or thanks.to_emails or thanks.cc)
        [message] = self.at_sent("2026-03-14 12:00")
        self.assertEqual((message["To"], message["Cc"]), ("Ann Lee <ann@customer.example>", None))

    def test_a_payment_of_a_day_to_come_is_thanked_for_then(self):
        """R78: on the company's clocks."""
        invoice = self.reminded()
        self.pay(invoice, payment_date="2026-06-10")
        self.assertEqual(self.local(self.thanks(invoice).scheduled_at), "2026-06-10 07:00")
        self.assertFalse(self.at_sent("2026-06-09 12:00"))
        self.assertEqual(len(self.at_sent("2026-06-10 07:00")), 1)

    def test_a_branch_decides_for_itself(self):
        """R42b, R78: by its own settings, as of all others, not by those of its parent."""
        branch = self.env["res.company"].create({
            "name": "Branch",
            "parent_id": self.company.id,
            "email": "branch@firm.example",
            "chasing_enabled": True,
            "chasing_tz": "Europe/Berlin",
            "chasing_partial_days": 5,
        })
        self.env.user.company_ids |= branch
        self.cr.precommit.run()
        self.assertFalse(branch.chasing_thank_you)
        for above, own in ((True, False), (False, True)):
            self.company.chasing_thank_you, branch.chasing_thank_you = above, own
            invoice = self.reminded(company=branch)
            self.assertEqual(invoice.company_id, branch)
            self.set_clock("2026-03-20 10:00")
            self.pay(invoice.with_company(branch), 40, payment_date="2026-03-20")
            step = self.step(invoice, "after_due")
            self.assertEqual((self.local(step.scheduled_at), step.reason_code), ("2026-03-25 14:00", "partial_payment"))
            self.pay(invoice.with_company(branch), payment_date="2026-03-20")
            with self.subTest(above=above, own=own):
                self.assertEqual(bool(self.thanks(invoice)), own)

    def test_excluded_and_paused_customers_are_left_alone(self):
        """R37, R78: when it is paid, and when it is to go."""
        for act in ("action_chasing_exclude", "action_chasing_pause"):
            with self.subTest(act=act):
                invoice = self.reminded()
                getattr(self.customer, act)()
                self.env.cr.flush()
                self.pay(invoice, payment_date="2026-03-14")
                self.assertFalse(self.thanks(invoice))
                self.customer.action_chasing_include()
                self.customer.action_chasing_resume()
                invoice = self.paid()
                getattr(self.customer, act)()
                self.env.cr.flush()
                code = (self.customer.chasing_excluded and "customer_excluded") or "customer_paused"
                self.customer.action_chasing_include()
                self.customer.action_chasing_resume()
                self.assert_over(invoice, code)

    def test_nothing_goes_while_chasing_is_off_or_was_stopped(self):
        """R47, R78"""
        invoice = self.reminded()
        invoice.chasing_schedule_id.action_disable()
        self.pay(invoice, payment_date="2026-03-14")
        self.assertFalse(self.thanks(invoice))
        invoice = self.paid()
        self.company.chasing_enabled = False
        self.assert_over(invoice, "company_off")

    # ------------------------------------------------------------------ what is undone

    def test_undoing_the_payment_withdraws_it(self):
        """R78: before it is due, and out of the queue."""
        invoice = self.paid()
        self.undo(invoice)
        self.assert_over(invoice)
        invoice = self.paid()
        self.at("2026-03-14 12:00")
        self.assertEqual(self.thanks(invoice).state, "under_way")
        self.assertEqual(len(self.waiting_mails()), 1)
        self.undo(invoice)
        self.assert_over(invoice)

    def test_so_does_taking_it_back_to_draft(self):
        """R32b, R78."""
        for is_queued in (False, True):
            invoice = self.paid()
            if is_queued:
                self.at("2026-03-14 12:00")
            invoice.button_draft()
            with self.subTest(is_queued=is_queued):
                self.assert_over(invoice)

    def test_the_verdict_is_the_last_word(self):
        """R33, R78: credited instead in the same transaction, it is paid still, and not by money."""
        invoice = self.paid()
        invoice.line_ids.remove_move_reconcile()
        lines = (invoice | self.give_credit(100)).line_ids
        lines.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.env.cr.flush()
        self.assert_over(invoice)

    def test_once_for_an_invoice(self):
        """R78: who pays again after a payment came back was thanked before; after one that never left he is thanked."""
        invoice = self.paid()
        self.undo(invoice)
        self.pay(invoice, payment_date="2026-03-14")
        self.assertEqual(self.thanks(invoice).sorted("id").mapped("state"), ["cancelled", "planned"])
        self.assertEqual(len(self.at_sent("2026-03-14 12:00")), 1)
        self.undo(invoice)
        self.pay(invoice, payment_date="2026-03-14")
        self.assertFalse(self.at_sent("2026-03-16 12:00"))
        self.assertEqual(self.thanks(invoice).sorted("id").mapped("state"), ["cancelled", "sent"])

    # ------------------------------------------------------------------ what it costs

    def test_a_payment_is_never_refused_by_it(self):
        """R78: whatever breaks."""
        invoice = self.reminded()
        hands = type(self.env["chasing.by.hand"])
        with patch.object(hands, "_add", side_effect=ValueError("broken")), self.assertLogs(level="ERROR"):
            self.pay(invoice, payment_date="2026-03-14")
        self.assertEqual(invoice.payment_state, invoice._get_invoice_in_payment_state())
        self.assertFalse(self.thanks(invoice))

    def test_many_are_planned_with_as_few_statements_as_one(self):
        """R78"""
        counts = []
        for number in (1, 8):
            invoices = self.env["account.move"].union(*(self.reminded() for _number in range(number)))
            schedules = invoices.chasing_schedule_ids.sudo()
            self._register_payment(invoices, payment_date="2026-03-14", group_payment=False)
            self.env.cr.flush()
            self.thanks(invoices).sudo().unlink()
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["chasing.thank.you"].sudo()._plan(schedules)
            self.env.cr.flush()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(self.thanks(invoices)), number)
        # What will fail is foretold at once where it is so few, which asks for each of them.
        self.assertLess(counts[1], counts[0] * 2)

    def test_each_company_decides_for_itself(self):
        """R78: by its own setting, at its own hours."""
        other = self.setup_other_company()["company"]
        other.write({
            "email": "other@firm.example",
            "chasing_enabled": True,
            "chasing_tz": "America/New_York",
            "chasing_thank_you": True,
        })
        self.company.chasing_thank_you = False
        cadence = self.make_cadence("Other", [("on_issue", 0, 2), ("before_due", 3, 3)], company_id=other.id)
        invoice = self.reminded(reminders=0, company=other, cadence=cadence)
        # it is 8 o'clock in New York
        self.at_sent("2026-03-02 14:00")
        self.at_sent("2026-03-13 10:00")
        self.set_clock(PAID)
        self.assertEqual(self.states(invoice), ["sent", "sent"])
        self.pay(invoice.with_company(other), payment_date="2026-03-14")
        # it is 5:30 in New York
        self.assertEqual(self.thanks(invoice).scheduled_at, utc("2026-03-14 07:00", "America/New_York"))
