from unittest.mock import patch

from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingPlanner(ChasingCommon):
    has_default = False

    def entered(self, entry_point, **values):
        """The plan of an invoice of 1 February, due 20 February, that gets the usual steps on 2 March at 08:30:
        17 February at 10 and 25 February at 14 are past."""
        cadence = self.cadence.copy({"entry_point": entry_point, **values})
        invoice = self.make_invoice(issued="2026-02-01", due="2026-02-20")
        invoice._chasing_assign(cadence)
        return {
            step.trigger: (self.local(step.scheduled_at), step.state, step.reason_code) for step in self.steps(invoice)
        }

    def test_the_next_step_skips_what_is_past(self):
        """R8, R11, R43: on issue goes soon."""
        self.assertEqual(
            self.entered("next"),
            {
                "before_due": ("2026-02-17 10:00", "skipped", "in_past"),
                "after_due": ("2026-02-25 14:00", "skipped", "in_past"),
                "on_issue": ("2026-03-02 09:00", "planned", False),
            },
        )

    def test_the_fitting_step_goes_at_its_next_hour_and_earlier_ones_do_not(self):
        """R43: 5 days after due, on 2 March at 14."""
        plan = self.entered("fitting")
        self.assertEqual(plan["after_due"], ("2026-03-02 14:00", "planned", False))
        self.assertEqual((plan["before_due"][1], plan["on_issue"][1]), ("skipped", "skipped"))

    def test_the_first_step_starts_the_cadence(self):
        """R43: on issue is the first and goes soon."""
        self.assertEqual(self.entered("first")["on_issue"], ("2026-03-02 09:00", "planned", False))

    def test_a_date_out_of_range_is_a_skipped_step_and_holds_up_nobody(self):
        """R5: a batch with an invoice that is due in the year 9999 is posted, planned, shown and sent."""
        steps = [("on_issue", 0, 9), ("after_due", 5, 14), ("after_due", 36500, 9)]
        self.make_cadence("Patient", steps, is_default=True)
        far, near = (self.make_invoice(due=due, post=False) for due in ("9999-12-31", "2026-03-16"))
        (far | near).action_post()
        self.env.cr.flush()
        self.assertEqual(
            [row[1:] for row in self.plan(far)],
            [("planned", False), ("skipped", "out_of_range"), ("skipped", "out_of_range")],
        )
        self.assertEqual(self.plan(near)[1], ("2026-03-21 14:00", "planned", False))
        self.assertEqual(self.states(near), ["planned", "planned", "planned"])
        self.assertIn("too far away", self.steps(far)[-1].reason)
        self.assertIn("too far away", self.steps(far)[-1].explanation)
        self.assertTrue(far.chasing_strip)
        self.at("2026-03-02 09:00")
        self.assertEqual((self.states(far)[0], self.states(near)[0]), ("under_way", "under_way"))

    def test_a_step_out_of_range_returns_when_the_due_date_is_corrected(self):
        """R38"""
        self.cadence.is_default = True
        invoice = self.make_invoice(due="9999-12-31")
        self.assertEqual(self.step(invoice, "after_due").reason_code, "out_of_range")
        invoice.invoice_date_due = "2026-03-16"
        self.env.cr.flush()
        self.assertEqual(self.step(invoice, "after_due").state, "planned")
        invoice.invoice_date_due = "9999-12-31"
        self.env.cr.flush()
        self.assertEqual(self.step(invoice, "after_due").reason_code, "out_of_range")

    def test_a_pause_that_ends_out_of_range_never_ends(self):
        """R37: whoever wrote it past the dialog."""
        self.cadence.is_default = True
        invoice = self.make_invoice()
        self.customer.write({"chasing_paused": True, "chasing_paused_until": "9999-12-31"})
        self.env.cr.flush()
        self.assertEqual((invoice.chasing_status, invoice.chasing_next_at.year), ("paused", 9998))

    def test_an_invoice_older_than_the_start_date_gets_nothing_when_posted(self):
        """R46."""
        self.cadence.is_default = True
        self.company.chasing_start_date = "2026-03-01"
        old = self.make_invoice(issued="2026-02-28", due="2026-03-20")
        new = self.make_invoice(issued="2026-03-01", due="2026-03-20")
        self.assertFalse(old.chasing_schedule_id)
        self.assertTrue(new.chasing_schedule_id)

    def test_an_older_invoice_assigned_by_hand_sends_on_issue_only_if_told(self):
        """R46."""
        self.company.chasing_start_date = "2026-03-01"
        quiet, told = self.make_invoices(2, issued="2026-02-28", due="2026-03-20")
        quiet._chasing_assign(self.cadence)
        told._chasing_assign(self.cadence, send_on_issue=True)
        self.assertEqual(self.step(quiet, "on_issue").reason_code, "before_start_date")
        self.assertEqual(self.step(told, "on_issue").state, "planned")
        self.assertEqual(self.step(quiet, "before_due").state, "planned")
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

    def test_many_at_once_are_planned_like_one(self):
        """R20: the same path, whatever the number and the size of its chunks."""
        alone = self.make_invoice()
        alone._chasing_assign(self.cadence)
        many = self.make_invoices(5)
        with patch("odoo.addons.invoice_chasing.models.assignment.account_move.BATCH_SIZE", 2):
            summary = many._chasing_assign(self.cadence)
        self.assertEqual((summary["assigned"], summary["planned"]), (5, 15))
        self.assertEqual(self.local(summary["first_at"]), "2026-03-02 09:00")
        for invoice in many:
            self.assertEqual(self.plan(invoice), self.plan(alone))
            self.assertEqual(invoice.chasing_status, "active")
            self.assertEqual(invoice.chasing_next_at, alone.chasing_next_at)

    def test_what_is_stored_at_once_is_what_would_be_computed(self):
        """R94: planning writes the columns itself; computing them anew changes nothing."""
        draft, posted, blocked = self.make_invoice(post=False), self.make_invoice(), self.make_invoice()
        blocked.action_toggle_block_payment()
        moves = draft | posted | blocked
        moves._chasing_assign(self.cadence)
        schedules = moves.chasing_schedule_ids
        names = [name for name, field in schedules._fields.items() if field.store and field.compute]
        self.assertLessEqual({"closure", "status", "next_at", "responsible_id", "instalment_count"}, set(names))
        before = schedules.read(names)
        for name in names:
            self.env.add_to_compute(schedules._fields[name], schedules.sudo())
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(schedules.read(names), before)

    def test_a_draft_keeps_its_steps_until_it_is_posted(self):
        """R31."""
        invoice = self.make_invoice(post=False)
        invoice._chasing_assign(self.cadence)
        self.assertEqual(self.plan(invoice), [(False, "draft", False)] * 3)
        invoice.action_post()
        self.env.cr.flush()
        self.assertEqual(
            [local for local, _state, _reason in self.plan(invoice)],
            [
                "2026-03-02 09:00",
                "2026-03-13 10:00",
                "2026-03-21 14:00",
            ],
        )

    def test_a_draft_with_a_cadence_of_its_own_keeps_it_when_posted(self):
        """R50: set on the invoice comes before the default."""
        self.cadence.is_default = True
        invoice = self.make_invoice(post=False)
        gentle = self.make_cadence("Late only", [("after_due", 1, 9)])
        invoice._chasing_assign(gentle)
        invoice.action_post()
        self.env.cr.flush()
        self.assertEqual((invoice.chasing_cadence_id, len(self.steps(invoice))), (gentle, 1))
        self.assertEqual(invoice.chasing_schedule_id.assigned_by, "invoice")

    def test_the_default_says_that_it_gave_the_cadence(self):
        """R50."""
        self.cadence.is_default = True
        self.assertEqual(self.make_invoice().chasing_schedule_id.assigned_by, "default")

    def test_another_cadence_keeps_what_was_sent(self):
        """R20, R39."""
        invoice = self.make_invoice()
        invoice._chasing_assign(self.cadence)
        self.at_sent("2026-03-02 09:00")
        invoice._chasing_assign(self.make_cadence("Late only", [("after_due", 1, 9)]))
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-02 09:00", "sent", False),
                ("2026-03-17 09:00", "planned", False),
            ],
        )
        self.assertEqual(len(self.deliveries(invoice)), 1)

    def test_another_cadence_on_a_held_invoice_is_held(self):
        """R35."""
        invoice = self.make_invoice()
        invoice._chasing_assign(self.cadence)
        invoice.action_toggle_block_payment()
        invoice._chasing_assign(self.make_cadence("Late only", [("after_due", 1, 9)]))
        self.env.cr.flush()
        self.assertEqual(self.states(invoice), ["held"])
        self.assertFalse(invoice.chasing_next_at)

    def test_the_same_cadence_again_changes_nothing(self):
        """R20."""
        invoice = self.make_invoice()
        invoice._chasing_assign(self.cadence)
        steps, plan = self.steps(invoice), self.plan(invoice)
        invoice._chasing_assign(self.cadence)
        self.assertEqual((self.steps(invoice), self.plan(invoice)), (steps, plan))

    def test_planning_again_changes_nothing_that_is_unchanged(self):
        """R38: and says nothing."""
        invoice = self.make_invoice()
        invoice._chasing_assign(self.cadence)
        before, notes = self.plan(invoice), len(invoice.message_ids)
        self.set_clock("2026-03-05 12:00")
        invoice.chasing_schedule_id._replan()
        self.assertEqual((self.plan(invoice), len(invoice.message_ids)), (before, notes))

    def test_repeats_are_lines_of_their_own_after_the_last_fixed_step(self):
        """R13: 21 March + 7, 14 and 21 days."""
        repeat = {"trigger": "repeat", "days": 7, "repeat_count": 3, "hour": 8}
        invoice = self.make_invoice(steps=[("after_due", 5, 14), repeat])
        self.assertEqual(
            [local for local, _state, _reason in self.plan(invoice)],
            [
                "2026-03-21 14:00",
                "2026-03-28 08:00",
                "2026-04-04 08:00",
                "2026-04-11 08:00",
            ],
        )
        self.assertEqual(self.steps(invoice).mapped("occurrence"), [1, 1, 2, 3])

    def test_an_hour_that_the_clocks_skip_becomes_the_next(self):
        """R5: 29 March 02:00 does not exist in Berlin, 03:00 is 01:00 UTC."""
        invoice = self.make_invoice(steps=[("after_issue", 27, 2)])
        self.assertEqual(str(self.steps(invoice).scheduled_at), "2026-03-29 01:00:00")

    def test_an_invoice_without_due_date_counts_from_its_own(self):
        """R6: imported that way; Odoo itself fills the date in."""
        invoice = self.make_invoice()
        self.env.cr.execute("UPDATE account_move SET invoice_date_due = NULL WHERE id = %s", [invoice.id])
        self.env.invalidate_all()
        invoice._chasing_assign(self.make_cadence("Late", [("after_due", 5, 14)]))
        self.assertEqual(self.plan(invoice), [("2026-03-07 14:00", "planned", False)])

    def test_a_cadence_may_count_from_the_next_unpaid_instalment(self):
        """R7, R7b: half after 10 days (12 March), half after 30 (1 April); the first paid, the second counts."""
        term = self.env["account.payment.term"].create({
            "name": "Halves",
            "line_ids": [(0, 0, {"value": "percent", "value_amount": 50, "nb_days": days}) for days in (10, 30)],
        })
        steps = [("after_due", 5, 14)]
        by_last = self.make_invoice(due=False, invoice_payment_term_id=term.id)
        by_next = self.make_invoice(due=False, invoice_payment_term_id=term.id)
        by_last._chasing_assign(self.make_cadence("Last", steps))
        by_next._chasing_assign(self.make_cadence("Next", steps, age_basis="instalment"))
        self.assertEqual(self.plan(by_last), [("2026-04-06 14:00", "planned", False)])
        self.assertEqual(self.plan(by_next), [("2026-03-17 14:00", "planned", False)])
        self.pay(by_next, 50)
        self.assertEqual(
            self.plan(by_next),
            [("2026-03-17 14:00", "cancelled", "instalment_paid"), ("2026-04-06 14:00", "planned", False)],
        )
