from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.instalments import ChasingInstalmentsCommon


@tagged("post_install", "-at_install")
class TestStoryInstalments(ChasingInstalmentsCommon):
    """R7b: 100.00 of 2 March, due in three parts: 40.00 on 12 March, 30.00 on 11 April, 30.00 on 11 May. The cadence
    counts from the next unpaid one: on issue at 9, 3 days before due at 10, 5 and 15 days after due at 14."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.by_part = cls.make_cadence(
            "By part",
            [("on_issue", 0, 9), ("before_due", 3, 10), ("after_due", 5, 14), ("after_due", 15, 14)],
            age_basis="instalment",
        )

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()
        self.invoice._chasing_assign(self.by_part)
        self.env.cr.flush()
        self.schedule = self.invoice.chasing_schedule_id

    def subjects(self, local):
        return [message["Subject"].replace("\xa0", " ") for message in self.at_sent(local)]

    def to_come(self):
        return [(local, state) for local, state, _reason in self.plan(self.invoice) if state in ("planned", "held")]

    def assert_planned(self, *instants):
        self.assertEqual(self.to_come(), [(instant, "planned") for instant in instants])

    def test_each_part_is_chased_by_its_own_dates_until_it_is_paid(self):
        """R7b, R38: the first is chased and paid, the second is chased and gets an extension, then the third."""
        name = self.invoice.name
        self.assert_planned("2026-03-02 09:00", "2026-03-09 10:00", "2026-03-17 14:00", "2026-03-27 14:00")
        self.assertEqual(len(self.subjects("2026-03-02 09:00")), 1)
        self.assertEqual(self.subjects("2026-03-09 10:00"), [f"Due soon: invoice {name}, $ 40.00 by 12 Mar 2026"])
        self.assertEqual(self.subjects("2026-03-17 14:00"), [f"Past due: invoice {name}, $ 40.00"])

        self.set_clock("2026-03-20 11:00")
        self.pay_part(self.invoice, 1)
        self.assertEqual(self.schedule.status, "active")
        self.assert_planned("2026-04-08 10:00", "2026-04-16 14:00", "2026-04-26 14:00")
        [over] = self.steps(self.invoice).filtered(lambda step: step.state == "cancelled")
        self.assertEqual((over.reason_code, over.days, over.instalment), ("instalment_paid", 15, 1))
        self.assertFalse(self.subjects("2026-03-27 14:00"))
        self.assertEqual(self.subjects("2026-04-08 10:00"), [f"Due soon: invoice {name}, $ 30.00 by 11 Apr 2026"])

        self.set_clock("2026-04-10 11:00")
        self.extend(self.invoice, 2, "2026-04-20")
        self.assert_planned("2026-04-25 14:00", "2026-05-05 14:00")
        self.assertFalse(self.subjects("2026-04-16 14:00"))
        self.assertEqual(self.subjects("2026-04-25 14:00"), [f"Past due: invoice {name}, $ 30.00"])

        self.set_clock("2026-04-28 11:00")
        self.pay_part(self.invoice, 2)
        self.assert_planned("2026-05-08 10:00", "2026-05-16 14:00", "2026-05-26 14:00")
        self.assertEqual(self.subjects("2026-05-16 14:00"), [f"Past due: invoice {name}, $ 30.00"])
        self.set_clock("2026-05-17 11:00")
        self.pay_part(self.invoice, 3)
        self.assertEqual((self.schedule.status, self.to_come()), ("paid", []))
        self.assertEqual(len(self.steps(self.invoice).filtered(lambda step: step.trigger == "on_issue")), 1)

    def test_steps_say_which_part_they_ask_for(self):
        """R7b, R90"""
        self.at_sent("2026-03-02 09:00")
        self.pay_part(self.invoice, 1)
        labels = self.steps(self.invoice).filtered(lambda step: step.state == "planned").mapped("step_label")
        self.assertEqual(labels[0], "3 days before due (instalment 2 of 3)")
        self.assertEqual(self.step(self.invoice, "on_issue").step_label, "On issue")
        self.assertIn("Instalment 2 of 3 is chased now", self.invoice.message_ids.sorted("id")[-1].body)

    def test_a_run_that_is_used_up_gives_way_when_the_next_part_falls_due(self):
        """R7b, R43, R70: the first is never paid; on 11 April the second falls due, its reminder before due fits."""
        name = self.invoice.name
        for day in ("2026-03-02 09:00", "2026-03-09 10:00", "2026-03-17 14:00", "2026-03-27 14:00"):
            self.assertEqual(len(self.subjects(day)), 1)
        self.assertEqual(self.schedule.status, "active")
        self.assertEqual(self.local(self.schedule.next_at), "2026-04-11 00:00")
        self.assertIn("next: the instalment due on", self.schedule.headline)

        self.assertFalse(self.subjects("2026-04-11 00:00"))
        self.assert_planned("2026-04-11 10:00", "2026-04-16 14:00", "2026-04-26 14:00")
        # 35 days after the first was due
        self.assertEqual(self.subjects("2026-04-16 14:00"), [f"Urgent: invoice {name}, $ 70.00"])

        # the first is paid late: the run of the second goes on
        self.set_clock("2026-04-20 11:00")
        self.pay_part(self.invoice, 1)
        self.assertEqual(self.to_come(), [("2026-04-26 14:00", "planned")])
        # 15 days after the second was due
        self.assertEqual(self.subjects("2026-04-26 14:00"), [f"Still unpaid: $ 30.00 for invoice {name}"])

    def test_the_last_run_leaves_it_expired(self):
        """R94: every part is unpaid, every run is used up."""
        for day in (
            "2026-03-02 09:00",
            "2026-03-09 10:00",
            "2026-03-17 14:00",
            "2026-03-27 14:00",
            "2026-04-11 00:00",
            "2026-04-11 10:00",
            "2026-04-16 14:00",
            "2026-04-26 14:00",
            "2026-05-11 00:00",
            "2026-05-11 10:00",
            "2026-05-16 14:00",
            "2026-05-26 14:00",
        ):
            self.at_sent(day)
        self.assertEqual((self.schedule.status, self.schedule.next_at), ("expired", False))
        self.assertEqual(len(self.deliveries(self.invoice)), 10)

    def test_a_part_that_is_open_again_is_asked_about(self):
        """R34: paid on 10 March, returned on 18 March, resumed on 19 March; what is past does not go again."""
        self.at_sent("2026-03-02 09:00")
        self.at_sent("2026-03-09 10:00")
        self.set_clock("2026-03-10 11:00")
        payment = self.pay_part(self.invoice, 1)
        self.assertEqual(self.to_come()[0], ("2026-04-08 10:00", "planned"))

        self.set_clock("2026-03-18 12:00")
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        self.env.cr.flush()
        self.assertEqual((self.schedule.status, self.schedule.is_reopened), ("stopped", True))
        self.assertIn("instalment", self.invoice.activity_ids.note)
        self.assertFalse(self.at_sent("2026-03-18 15:00"))

        self.set_clock("2026-03-19 09:30")
        self.schedule.action_enable()
        self.env.cr.flush()
        self.assertFalse(self.invoice.activity_ids)
        self.assertEqual(self.to_come(), [("2026-03-27 14:00", "planned")])
        [coming] = self.steps(self.invoice).filtered(lambda step: step.state == "planned")
        self.assertIn("instalment 1 of 3", coming.step_label)
        [message] = self.at_sent("2026-03-27 14:00")
        self.assertIn("40.00", message["Subject"])

    def test_a_part_that_was_used_up_and_paid_has_a_run_again_when_it_comes_back(self):
        """R34, R38: all is paid on 12 April, the first returned on the 20th, resumed, and extended to 30 May."""
        for day in (
            "2026-03-02 09:00",
            "2026-03-09 10:00",
            "2026-03-17 14:00",
            "2026-03-27 14:00",
            "2026-04-11 00:00",
        ):
            self.at_sent(day)
        self.set_clock("2026-04-12 11:00")
        payment = self.pay_part(self.invoice, 1)
        self.pay_part(self.invoice, 2)
        self.pay_part(self.invoice, 3)
        self.assertEqual(self.schedule.status, "paid")
        self.set_clock("2026-04-20 11:00")
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        self.env.cr.flush()
        self.assertEqual(self.schedule.status, "stopped")
        self.schedule.action_enable()
        self.extend(self.invoice, 1, "2026-05-30")
        self.assert_planned("2026-05-27 10:00", "2026-06-04 14:00", "2026-06-14 14:00")

    def test_a_payment_while_it_is_paused_turns_to_the_next_part_and_waits(self):
        """R35b, R36"""
        self.at_sent("2026-03-02 09:00")
        self.schedule.action_pause()
        self.pay_part(self.invoice, 1)
        self.assertEqual(self.schedule.status, "paused")
        self.assertEqual([state for _local, state in self.to_come()], ["held"] * 3)
        self.schedule.action_resume()
        self.env.cr.flush()
        self.assertEqual(self.to_come()[0], ("2026-04-08 10:00", "planned"))

    def test_edits_stay_for_the_parts_to_come(self):
        """R22, R7b: a person takes out the last step; each following run does without it."""
        dialog = self.env["chasing.edit"].create({"schedule_id": self.schedule.id})
        dialog.line_ids.filtered(lambda line: line.days == 15).unlink()
        dialog.action_save()
        self.at_sent("2026-03-02 09:00")
        self.pay_part(self.invoice, 1)
        self.assertEqual(self.to_come(), [("2026-04-08 10:00", "planned"), ("2026-04-16 14:00", "planned")])

    def test_the_grid_shows_the_run_that_is_active(self):
        """R14, R16: what an earlier run sent is no duplicate."""
        for day in ("2026-03-02 09:00", "2026-03-09 10:00"):
            self.at_sent(day)
        self.pay_part(self.invoice, 1)
        dialog = self.env["chasing.edit"].create({"schedule_id": self.schedule.id})
        self.assertEqual(dialog.locked_ids.mapped("trigger"), ["on_issue"])
        self.assertEqual(dialog.line_ids.mapped("trigger"), ["before_due", "after_due", "after_due"])
        dialog.action_save()
        self.assertFalse(self.schedule.is_customised)
        self.assertEqual(len(self.to_come()), 3)

    def test_repeats_begin_anew_with_each_part(self):
        """R13: every 7 days after the last fixed step of the run."""
        repeat = {"trigger": "repeat", "days": 7, "hour": 8, "repeat_count": 2}
        self.invoice._chasing_assign(
            self.make_cadence("Repeat", [("after_due", 5, 14), repeat], age_basis="instalment")
        )
        self.env.cr.flush()
        self.assertEqual(
            [local for local, _state in self.to_come()], ["2026-03-17 14:00", "2026-03-24 08:00", "2026-03-31 08:00"]
        )
        self.pay_part(self.invoice, 1)
        self.assertEqual(
            [local for local, _state in self.to_come()], ["2026-04-16 14:00", "2026-04-23 08:00", "2026-04-30 08:00"]
        )

    def test_another_cadence_takes_over_where_the_run_is(self):
        """R20: and by the invoice's own age it counts from the last part."""
        self.at_sent("2026-03-02 09:00")
        self.pay_part(self.invoice, 1)
        self.invoice._chasing_assign(self.make_cadence("Other", [("after_due", 7, 9)], age_basis="instalment"))
        self.env.cr.flush()
        self.assertEqual(self.to_come(), [("2026-04-18 09:00", "planned")])
        self.invoice._chasing_assign(self.make_cadence("Last", [("after_due", 7, 9)]))
        self.env.cr.flush()
        self.assertEqual(self.to_come(), [("2026-05-18 09:00", "planned")])
        self.assertEqual((self.schedule.status, self.schedule.is_reopened), ("active", False))

    def test_posted_again_after_a_correction_its_run_goes_on(self):
        """R31, R32b: the lines of its parts may be new ones."""
        self.at_sent("2026-03-02 09:00")
        self.invoice.button_draft()
        self.env.cr.flush()
        self.invoice.invoice_line_ids.price_unit = 200
        self.invoice.action_post()
        self.env.cr.flush()
        self.assert_planned("2026-03-09 10:00", "2026-03-17 14:00", "2026-03-27 14:00")
        self.assertEqual(len(self.steps(self.invoice)), 4)

    def test_posted_again_as_one_part_it_is_chased_on(self):
        """R31, R38, R94: the badge and the next send are told after the steps have moved."""
        self.at_sent("2026-03-02 09:00")
        self.at_sent("2026-03-09 10:00")
        self.set_clock("2026-03-14 09:00")
        self.invoice.button_draft()
        self.env.cr.flush()
        self.invoice.invoice_payment_term_id = False
        self.invoice.invoice_date_due = "2026-03-20"
        self.invoice.action_post()
        self.env.cr.flush()
        self.assertEqual(self.to_come(), [("2026-03-25 14:00", "planned"), ("2026-04-04 14:00", "planned")])
        self.assertEqual((self.schedule.status, self.local(self.schedule.next_at)), ("active", "2026-03-25 14:00"))
        self.assertEqual(len(self.at_sent("2026-03-25 14:00")), 1)

    def test_a_credit_for_one_part_tells_the_next_send_of_the_other(self):
        """R7b, R38."""
        self.at_sent("2026-03-02 09:00")
        note = self.env["account.move"].create({
            "move_type": "out_refund",
            "partner_id": self.customer.id,
            "reversed_entry_id": self.invoice.id,
            "invoice_date": "2026-03-02",
            "invoice_line_ids": [Command.create({"name": "Back", "price_unit": 50, "tax_ids": []})],
        })
        note.action_post()
        self.env.cr.flush()
        self.assertEqual(self.to_come()[0], ("2026-04-08 10:00", "planned"))
        self.assertEqual(self.local(self.schedule.next_at), "2026-04-08 10:00")

    def test_an_invoice_of_one_part_has_one_run(self):
        whole = self.make_invoice(due="2026-03-16", invoice_payment_term_id=False)
        whole._chasing_assign(self.by_part)
        self.pay(whole, 60)
        self.assertEqual(self.step(whole, "before_due").step_label, "3 days before due")
        self.assertEqual(self.states(whole), ["planned"] * 4)
        with self.assertRaises(UserError):
            whole.chasing_schedule_id.action_enable()
