"""Cadences that are given to many in the background."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.common import chasing_background_job
from ..builders.assignment import AssignmentCommon


@tagged("post_install", "-at_install")
class TestGivenInTheBackground(AssignmentCommon):
    def setUp(self):
        super().setUp()
        self.patch(chasing_background_job, "BATCH_SIZE", 2)

    def test_many_are_given_it_and_put_back_part_by_part(self):
        invoices = self.make_invoices(5)
        act = self.give(invoices, self.firm)
        self.assertEqual((act.done, act.progress, act.is_done), (0, 0, False))
        self.assertEqual(self.cadences(invoices)[0], ["Usual"] * 5)
        self.work()
        self.assertEqual((act.done, act.progress, act.line_count), (5, 100, 5))
        self.assertEqual(self.cadences(invoices)[0], ["Hard"] * 5)
        act.action_undo()
        self.assertEqual((act.done, act.is_done, self.cadences(invoices)[0]), (0, False, ["Hard"] * 5))
        self.work()
        self.assertEqual((act.progress, act.refused_count, self.cadences(invoices)[0]), (100, 0, ["Usual"] * 5))

    def test_what_was_interrupted_goes_on_where_it_stopped(self):
        """R81: a part, its lines and its count are one transaction."""
        invoices = self.make_invoices(5)
        act = self.give(invoices, self.firm)
        act._work()
        self.assertEqual((act.done, act.line_count, self.cadences(invoices)[0].count("Hard")), (2, 2, 2))
        self.work()
        self.assertEqual((act.line_count, act.line_ids.old_cadence_id), (5, self.cadence))

    def test_it_is_put_back_only_once_and_only_when_it_is_finished(self):
        act = self.give(self.make_invoices(3), self.firm)
        with self.assertRaisesRegex(UserError, "still running"):
            act.action_undo()
        self.work()
        act.action_undo()
        with self.assertRaisesRegex(UserError, "already undone"):
            act.action_undo()

    def test_what_closed_meanwhile_keeps_what_it_has(self):
        """R32"""
        invoices = self.make_invoices(4)
        act = self.give(invoices, self.firm)
        self.pay(invoices[0])
        self.pay(invoices[3])
        self.work()
        self.assertEqual(act.refused_ids.move_id, invoices[0] | invoices[3])
        self.assertEqual(set(act.refused_ids.mapped("reason")), {"closed, or no customer invoices"})
        self.assertEqual(self.cadences(invoices)[0], ["Usual", "Hard", "Hard", "Usual"])

    def test_what_a_person_chose_meanwhile_comes_before_a_rule(self):
        """R50"""
        invoices = self.make_invoices(3)
        gentle = self.make_cadence("Softly", [("after_due", 10, 9)])
        act = self.apply(self.firm)
        invoices[1]._chasing_assign(gentle)
        self.work()
        self.assertEqual(self.cadences(invoices)[0], ["Hard", "Softly", "Hard"])
        self.assertEqual(act.refused_ids.mapped("reason"), ["chosen or customised by a person"])

    def test_a_rule_or_cadence_that_is_gone_is_not_taken_for_another_wish(self):
        """Without its rule it would come before what people chose, without its cadence it would stop all chasing."""
        invoices = self.make_invoices(3)
        by_rule = self.apply(self.firm)
        by_hand = self.give(invoices, self.firm)
        by_rule.rule_id.unlink()
        self.firm.unlink()
        self.work()
        self.assertEqual(set(by_rule.refused_ids.mapped("reason")), {"The rule was deleted in the meantime."})
        self.assertEqual(set(by_hand.refused_ids.mapped("reason")), {"The cadence was deleted in the meantime."})
        self.assertEqual(self.cadences(invoices), (["Usual"] * 3, ["active"] * 3))

    def test_it_runs_with_the_rights_of_whoever_asked(self):
        """A collector who lost the right meanwhile changes nothing more."""
        invoices = self.make_invoices(3)
        act = self.give(invoices, self.firm)
        self.collector.group_ids -= self.env.ref("invoice_chasing.group_user")
        self.work()
        self.assertEqual(self.cadences(invoices)[0], ["Usual"] * 3)
        self.assertEqual((act.done, act.is_done), (0, True))
        self.assertRegex(act.end_reason, "may no longer chase invoices")

    def test_what_was_asked_for_first_is_done_first(self):
        """Who gives a cadence and then pauses wants both."""
        invoices = self.make_invoices(3)
        self.give(invoices, self.firm)
        invoices.chasing_schedule_ids.action_ask("pause")
        dialog = self.env["chasing.bulk"].search([], limit=1)
        dialog.action_do()
        self.work()
        self.assertEqual(self.cadences(invoices), (["Hard"] * 3, ["paused"] * 3))

    def test_whoever_asked_is_told_when_it_is_finished(self):
        invoices = self.make_invoices(3)
        self.give(invoices, self.firm)
        self.pay(invoices[0])
        with patch.object(self.env.registry["res.users"], "_bus_send", autospec=True) as sent:
            self.work()
        [(user, kind, values)] = [call.args for call in sent.call_args_list]
        self.assertEqual((user, kind, values["type"]), (self.collector, "simple_notification", "warning"))
        self.assertEqual(values["message"], "Done: 2 changed, 1 skipped.")
