from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.assignment import AssignmentCommon


class NoChasingCommon(AssignmentCommon):
    def choose(self, invoices, cadence=None, **values):
        """The dialog in which a collector chooses a cadence, None: no chasing."""
        dialog = self.open(invoices.with_user(self.collector).action_chasing_assign(), self.collector)
        dialog.write({**({"cadence_id": cadence.id, "replaces": True} if cadence else {"stop": True}), **values})
        return dialog

    def rule(self, cadence=None, **values):
        return self.env["chasing.rule"].create({"name": "All", "cadence_id": cadence and cadence.id, **values})

    def apply_now(self, rule):
        return self.open(rule.action_apply())

    def standing(self, invoices):
        return [(one.chasing_status, one.chasing_origin_text) for one in invoices]


NOBODY = ("stopped", "No chasing (set on this invoice)")
HARD = ("active", "Hard (set on this invoice)")


@tagged("post_install", "-at_install")
class TestNoChasing(NoChasingCommon):
    """R50, R52: no chasing is a choice like a cadence, for one invoice or many."""

    def test_one_or_many_say_who_chose_it(self):
        one, many = self.make_invoice(), self.make_invoices(2)
        self.choose(one).action_assign()
        self.choose(many).action_assign()
        self.assertEqual(self.standing(one | many), [NOBODY] * 3)
        self.assertEqual(self.states(one), ["planned"] * 3)
        self.assertFalse(self.at_sent("2026-03-02 09:00"))

    def test_given_a_cadence_it_starts_again_and_the_preview_counts_its_steps(self):
        """R11, R36: of what was missed meanwhile nothing goes."""
        invoices = self.make_invoices(2)
        self.give(invoices)
        self.set_clock("2026-03-13 12:00")
        late = self.make_cadence("Late", [("before_due", 3, 10), ("after_due", 1, 9)])
        dialog = self.choose(invoices, late)
        self.assertEqual(dialog.preview, "2 will be sent, first Tue 17 Mar 09:00; 2 skipped")
        dialog.action_assign()
        self.env.cr.flush()
        self.assertEqual(invoices.mapped("chasing_status"), ["active"] * 2)
        self.assertEqual(
            self.plan(invoices[0]),
            [
                ("2026-03-13 10:00", "skipped", "in_past"),
                ("2026-03-17 09:00", "planned", False),
            ],
        )
        self.assertEqual(len(self.at_sent("2026-03-17 09:00")), 2)

    def test_one_alone_starts_again_too(self):
        invoice = self.make_invoice()
        self.choose(invoice).action_assign()
        self.choose(invoice, self.firm).action_assign()
        self.assertEqual(self.standing(invoice), [HARD])

    def test_an_import_of_none_is_the_same_choice(self):
        """R53"""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.with_user(self.collector)._opt_out()
        self.assertEqual(self.standing(invoice), [NOBODY])
        invoice._chasing_assign(self.firm)
        self.assertEqual(self.standing(invoice), [HARD])

    def test_rules_leave_a_person_s_choice_alone(self):
        """R50, R51"""
        chosen, fresh = self.make_invoices(2)
        self.choose(chosen).action_assign()
        dialog = self.apply_now(self.rule(self.firm))
        self.assertEqual((dialog.invoice_count, dialog.kept_text), (1, "1: chosen or customised by a person"))
        dialog.action_assign()
        self.assertEqual(self.standing(chosen), [NOBODY])
        self.assertEqual(fresh.chasing_cadence_id, self.firm)

    def test_what_a_rule_stopped_another_rule_starts_again(self):
        """R51, R52"""
        invoice = self.make_invoice()
        nobody = self.rule()
        self.apply_now(nobody).action_assign()
        self.assertEqual(self.standing(invoice), [("stopped", "No chasing (chosen by: rule “All”)")])
        nobody.active = False
        dialog = self.apply_now(self.rule(self.firm, name="Everybody"))
        self.assertEqual(dialog.preview, "1 will be sent, first Tue 17 Mar 09:00")
        dialog.action_assign()
        self.assertEqual(self.standing(invoice), [("active", "Hard (chosen by: rule “Everybody”)")])

    def test_a_person_may_enable_it_again(self):
        """R36: and a rule does not stop what a person started."""
        invoice = self.make_invoice()
        self.apply_now(self.rule()).action_assign()
        self.assertEqual(invoice.chasing_schedule_id.allowed, ["change_cadence", "enable"])
        invoice.action_chasing_restart()
        self.assertEqual((invoice.chasing_status, invoice.chasing_schedule_id.assigned_by), ("active", "invoice"))
        self.assertEqual(self.states(invoice), ["planned"] * 3)

    def test_what_had_no_chasing_has_it_again_when_another_cadence_is_put_back(self):
        by_hand, by_rule = self.make_invoices(2)
        self.choose(by_hand).action_assign()
        rule = self.rule()
        self.apply_now(rule).action_assign()
        before = self.standing(by_hand | by_rule)
        act = self.give(by_hand | by_rule, self.firm)
        self.assertEqual(self.standing(by_hand | by_rule), [HARD] * 2)
        act.action_undo()
        self.env.cr.flush()
        self.assertEqual(self.standing(by_hand | by_rule), before)
        self.assertEqual(self.states(by_hand), ["planned"] * 3)
        self.assertFalse(self.at_sent("2026-03-02 09:00"))

    def test_no_chasing_that_was_ended_since_is_not_put_back(self):
        started, fine = self.make_invoices(2)
        act = self.give(started | fine)
        started.action_chasing_restart()
        act.action_undo()
        self.assertEqual(act.refused_ids.mapped("blocked_reason"), ["Started again since."])
        self.assertEqual(self.standing(fine), [("active", "Usual (chosen by: company default)")])


@tagged("post_install", "-at_install")
class TestNoChasingBefore(NoChasingCommon):
    """R31, R50, R52: drafts, and what nobody chases yet."""

    def test_a_draft_keeps_it_when_it_is_posted(self):
        bare, planned = self.make_invoice(post=False), self.make_invoice(post=False)
        planned._chasing_assign(self.firm)
        dialog = self.choose(bare | planned)
        self.assertEqual((dialog.invoice_count, dialog.preview), (2, "2 invoices will not be chased."))
        dialog.action_assign()
        self.assertEqual([status for status, _text in self.standing(bare | planned)], ["draft"] * 2)
        self.assertEqual(planned.chasing_headline, f"On confirm: {NOBODY[1]}")
        (bare | planned).action_post()
        self.env.cr.flush()
        self.assertEqual(self.standing(bare | planned), [NOBODY] * 2)
        self.assertEqual((self.states(bare), self.states(planned)), ([], ["draft"]))
        self.assertFalse(self.at_sent("2026-03-17 09:00"))

    def test_one_draft_alone_and_back_to_a_cadence(self):
        draft = self.make_invoice(post=False)
        self.choose(draft).action_assign()
        self.assertEqual(draft.chasing_schedule_id.allowed, ["change_cadence"])
        self.choose(draft, self.firm).action_assign()
        draft.action_post()
        self.assertEqual(self.standing(draft), [HARD])
        self.assertEqual(self.states(draft), ["planned"])

    def test_an_open_invoice_that_nobody_chases_is_not_chased_by_rules_or_switching_on(self):
        """R46, R51"""
        invoice = self.make_invoice(chased=False)
        self.choose(invoice).action_assign()
        self.assertEqual(self.standing(invoice), [NOBODY])
        self.assertFalse(invoice.chasing_schedule_id.step_ids)
        self.assertEqual(self.apply_now(self.rule(self.firm)).kept_text, "1: chosen or customised by a person")
        self.company._chasing_switch_on(self.cadence, "2026-03-01")
        self.assertEqual(self.standing(invoice), [NOBODY])
        self.choose(invoice, self.firm).action_assign()
        self.assertEqual((self.standing(invoice), self.states(invoice)), ([HARD], ["planned"]))

    def test_put_back_they_are_as_they_were(self):
        draft, bare = self.make_invoice(post=False), self.make_invoice(post=False)
        unchased = self.make_invoice(chased=False)
        draft._chasing_assign(self.firm)
        act = self.give(draft | bare | unchased)
        act.action_undo()
        self.env.cr.flush()
        self.assertFalse((bare | unchased).chasing_schedule_ids)
        self.assertEqual(self.standing(draft), [("draft", "Hard (set on this invoice)")])
        draft.action_post()
        self.assertEqual(self.states(draft), ["planned"])

    def test_a_rule_for_no_chasing_marks_nothing_that_nobody_chases(self):
        """R51: the rule is asked again."""
        invoice = self.make_invoice(chased=False)
        self.assertEqual(self.apply_now(self.rule()).kept_text, "1: not chased anyway")
        self.assertFalse(invoice.chasing_schedule_id)


@tagged("post_install", "-at_install")
class TestStandingThatAllowsNoOther(NoChasingCommon):
    """R99: a cadence is not changed while chasing is stopped or in collections."""

    def test_what_a_person_stopped_is_left_out_and_not_counted(self):
        stopped, fine = self.make_invoices(2)
        stopped.chasing_schedule_id.action_disable()
        dialog = self.choose(stopped | fine, self.firm)
        self.assertEqual(dialog.kept_text, "1: stopped: enable it first")
        self.assertEqual(dialog.preview, "1 will be sent, first Tue 17 Mar 09:00")
        dialog.action_assign()
        self.assertEqual(self.cadences(stopped | fine), (["Usual", "Hard"], ["stopped", "active"]))
        alone = self.choose(stopped, self.firm)
        with self.assertRaisesRegex(UserError, "stopped: enable it first"):
            alone.action_assign()

    def test_rules_leave_it_out_as_well(self):
        """R34, R51: and what was stopped by a payment that came back."""
        stopped, reopened = self.make_invoices(2)
        stopped.chasing_schedule_id.action_disable()
        self.pay(reopened).move_id.line_ids.remove_move_reconcile()
        self.env.cr.flush()
        self.assertEqual(self.apply_now(self.rule(self.firm)).kept_text, "2: stopped: enable it first")

    def test_what_is_in_collections_stays_there_and_what_was_cancelled_may_start(self):
        """R36, R41"""
        collected, cancelled = self.make_invoices(2)
        collected.chasing_schedule_id.action_send_to_collections()
        cancelled.chasing_schedule_id.action_cancel()
        dialog = self.choose(collected | cancelled, self.firm)
        self.assertEqual((dialog.invoice_count, dialog.kept_text), (1, "1: in collections"))
        dialog.action_assign()
        self.assertEqual((collected | cancelled).mapped("chasing_status"), ["collections", "active"])

    def test_a_person_who_looks_at_one_invoice_takes_it_back_from_collections(self):
        """R41"""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_send_to_collections()
        self.choose(invoice, self.firm).action_assign()
        self.assertEqual(self.standing(invoice), [HARD])
