"""What an import changed comes back, once, unless somebody changed it since: R50, R53, R61."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..builders.imports import ImportCommon


@tagged("post_install", "-at_install")
class TestImportUndone(ImportCommon):
    def test_what_was_not_chased_is_not_chased_again(self):
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "Strict", "", "ap@customer.example"))
        self.assertEqual(record.change_count, 1)
        record.action_undo()
        self.assertFalse(self.schedule(invoice))
        self.assertEqual((record.state, record.change_count, record.kept_count), ("undone", 0, 0))
        self.assertEqual((record.imported_count, record.undone_count, record.line_ids.outcome), (0, 1, "undone"))
        self.assertEqual(record.undone_by_id, self.env.user)

    def test_the_former_cadence_comes_back_with_its_steps(self):
        """R50: and what gave it."""
        invoice = self.make_invoice(cadence=self.cadence)
        plan, schedule = self.plan(invoice), self.schedule(invoice)
        self.imported((invoice.name, "Strict", "", "")).action_undo()
        self.assertEqual((schedule.cadence_id, schedule.assigned_by), (self.cadence, "invoice"))
        self.assertEqual([line for line in self.plan(invoice) if line[1] == "planned"], plan)

    def test_a_cadence_given_by_a_rule_is_the_rules_again(self):
        """R50: also where a row only made it a person's choice."""
        rule = self.env["chasing.rule"].create({
            "name": "All",
            "company_id": self.company.id,
            "cadence_id": self.strict.id,
        })
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "Strict", "", ""))
        self.assertEqual(self.schedule(invoice).assigned_by, "invoice")
        record.action_undo()
        self.assertEqual((self.schedule(invoice).assigned_by, self.schedule(invoice).rule_id), ("rule", rule))

    def test_what_was_deleted_since_is_left_out(self):
        rule = self.env["chasing.rule"].create({
            "name": "All",
            "company_id": self.company.id,
            "cadence_id": self.strict.id,
        })
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "Usual", "", ""))
        rule.unlink()
        record.action_undo()
        self.assertEqual(
            (self.schedule(invoice).cadence_id, self.schedule(invoice).rule_id), (self.strict, rule.browse())
        )

    def test_disabled_and_enabled_are_put_back(self):
        """R36: also a pause."""
        running, paused, stopped = (self.make_invoice(cadence=self.cadence) for _number in range(3))
        self.schedule(paused).action_pause(reason="dispute")
        self.schedule(stopped).action_disable()
        everyone = running | paused | stopped
        record = self.imported(
            (running.name, "", "yes", ""), (paused.name, "", "yes", ""), (stopped.name, "", "no", "")
        )
        self.assertEqual(everyone.mapped("chasing_status"), ["stopped", "stopped", "active"])
        record.action_undo()
        self.assertEqual(everyone.mapped("chasing_status"), ["active", "paused", "stopped"])
        self.assertEqual(self.schedule(paused).pause_reason, "dispute")
        self.assertEqual(set(self.states(paused)), {"held"})
        self.assertEqual(set(self.states(running)), {"planned"})

    def test_no_chasing_is_taken_back(self):
        chased, cancelled, unchased = (*self.make_invoices(2, cadence=self.cadence), self.make_invoice())
        self.schedule(cancelled).action_cancel()
        record = self.imported((chased.name, "none", "", ""), (unchased.name, "none", "", ""))
        self.assertEqual((chased | unchased).mapped("chasing_status"), ["stopped"] * 2)
        again = self.imported((cancelled.name, "Strict", "", ""))
        record.action_undo()
        again.action_undo()
        self.assertEqual((chased | cancelled).mapped("chasing_status"), ["active", "cancelled"])
        self.assertFalse(self.schedule(unchased))
        self.assertEqual(set(self.states(chased)), {"planned"})

    def test_an_invoice_without_chasing_by_choice_has_none_again(self):
        invoice = self.make_invoice()
        self.imported((invoice.name, "none", "", ""))
        self.imported((invoice.name, "Strict", "", "")).action_undo()
        schedule = self.schedule(invoice)
        self.assertEqual((schedule.chosen_none, schedule.lifecycle, schedule.cadence_id.id), (True, "disabled", False))

    def test_contacts_are_put_back(self):
        """R61"""
        own, none = (self.make_invoice(cadence=self.cadence) for _number in range(2))
        self.imported((own.name, "", "", "ap@customer.example"))
        record = self.imported((own.name, "", "", "none"), (none.name, "", "", "bob@customer.example"))
        record.action_undo()
        self.assertEqual(
            (self.schedule(own).use_own_contacts, self.schedule(own).own_emails), (True, "ap@customer.example")
        )
        self.assertEqual((self.schedule(none).use_own_contacts, self.schedule(none).own_emails), (False, False))

    def test_what_was_changed_since_is_kept_and_says_why(self):
        invoices = self.make_invoices(6, cadence=self.cadence)
        cadence, contacts, switch, paid, gone, same = invoices
        rows = [(invoice.name, "Strict", "", "ap@customer.example") for invoice in invoices]
        record = self.imported(*rows)
        cadence._chasing_assign(self.cadence)
        self.schedule(contacts)._give_contacts({})
        self.schedule(switch).action_disable()
        self.pay(paid)
        self.schedule(gone).sudo().unlink()
        said = record.action_undo()
        self.assertEqual(record.kept_count, 5)
        self.assertEqual(said["params"]["type"], "warning")
        why = {change.move_id: change.kept_reason for change in record.kept_ids}
        for invoice, word in (
            (cadence, "cadence was changed"),
            (contacts, "e-mail contacts were changed"),
            (switch, "enabled or disabled"),
            (paid, "closed"),
            (gone, "not chased any more"),
        ):
            self.assertIn(word, why[invoice])
        self.assertEqual((record.imported_count, record.undone_count), (5, 1))
        self.assertEqual(self.schedule(same).cadence_id, self.cadence)
        self.assertEqual(self.schedule(contacts).cadence_id, self.strict)

    def test_a_change_of_something_else_is_no_obstacle(self):
        invoice = self.make_invoice(cadence=self.cadence)
        record = self.imported((invoice.name, "", "", "ap@customer.example"))
        invoice._chasing_assign(self.strict)
        self.schedule(invoice).action_pause()
        record.action_undo()
        self.assertFalse(self.schedule(invoice).use_own_contacts)
        self.assertEqual((self.schedule(invoice).cadence_id, invoice.chasing_status), (self.strict, "paused"))

    def test_what_was_sent_stays_sent_and_is_not_sent_again(self):
        invoice = self.make_invoice(issued="2026-02-20", due="2026-03-01")
        record = self.imported((invoice.name, "Strict", "", ""))
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(self.states(invoice), ["sent", "planned"])
        record.action_undo()
        self.assertEqual((invoice.chasing_status, self.states(invoice)[0]), ("stopped", "sent"))
        self.assertFalse(self.at_sent("2026-03-09 09:00"))

    def test_it_is_undone_once(self):
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "Strict", "", ""))
        record.action_undo()
        with self.assertRaisesRegex(UserError, "already undone"):
            record.action_undo()

    def test_what_changed_nothing_is_not_undone(self):
        record = self.prepare((self.make_invoice().name, "Strict", "", ""))
        record.action_check()
        with self.assertRaisesRegex(UserError, "nothing to undo"):
            record.action_undo()
        self.assertEqual(record.state, "checked")

    def test_undone_it_can_be_imported_and_undone_again(self):
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "Strict", "", ""))
        record.action_undo()
        record.action_import()
        self.assertEqual((record.state, self.schedule(invoice).cadence_id), ("done", self.strict))
        self.assertEqual((record.imported_count, record.undone_count), (1, 0))
        record.action_undo()
        self.assertFalse(self.schedule(invoice))

    def test_whose_import_it_is_undoes_it_or_a_manager(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        other = self.make_user("other", "invoice_chasing.group_user")
        manager = self.make_user("manager", "invoice_chasing.group_manager")
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "Strict", "", ""), user=collector)
        with self.assertRaises(AccessError):
            record.with_user(other).action_undo()
        with self.assertRaises(AccessError):
            record.change_ids.with_user(other).read(["message"])
        with self.assertRaises(AccessError):
            record.change_ids.with_user(collector).write({"before": False})
        record.with_user(manager).action_undo()
        self.assertEqual((record.undone_by_id, self.schedule(invoice)), (manager, self.schedule(invoice).browse()))

    def test_who_may_not_chase_any_more_undoes_nothing(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        record = self.imported((self.make_invoice().name, "Strict", "", ""), user=collector)
        collector.sudo().group_ids -= self.env.ref("invoice_chasing.group_user")
        with self.assertRaises(AccessError):
            record.with_user(collector).action_undo()

    def test_many_are_undone_in_the_background(self):
        one, two = self.make_invoices(2)
        record = self.imported((one.name, "Strict", "", ""), (two.name, "Strict", "", ""))
        undo = self.env.registry["chasing.import.undo"]
        with patch.object(undo, "_batch_size", lambda job: 1):
            self.assertTrue(record.action_undo())
            self.assertTrue(record.is_undoing)
            for act in (record.action_check, record.action_import, record.action_undo):
                with self.assertRaisesRegex(UserError, "being undone"):
                    act()
            self.work()
        self.assertFalse(record.is_undoing)
        self.assertFalse(self.schedule(one) | self.schedule(two))

    def test_a_row_that_breaks_stops_no_other(self):
        """R82"""
        bad, good = self.make_invoices(2, cadence=self.cadence)
        record = self.imported((bad.name, "Strict", "", ""), (good.name, "Strict", "", ""))
        changes = self.env.registry["chasing.import.change"]
        restore = changes._restore

        def break_down(these):
            if bad in these.move_id:
                raise UserError(self.env._("No."))
            restore(these)

        with patch.object(changes, "_restore", break_down):
            record.action_undo()
        self.assertEqual((record.kept_ids.move_id, record.kept_ids.kept_reason), (bad, "No."))
        self.assertEqual(self.schedule(good).cadence_id, self.cadence)

    def test_it_is_noted_on_the_invoice(self):
        invoice = self.make_invoice(cadence=self.cadence)
        self.imported((invoice.name, "Strict", "", "")).action_undo()
        self.assertIn("undone", "".join(invoice.message_ids.mapped("body")))

    def test_another_companys_invoice_is_put_back_too(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.env.user.company_ids |= branch
        self.env = self.env(context={**self.env.context, "allowed_company_ids": [self.company.id, branch.id]})
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "Strict", "", ""))
        record.with_context(allowed_company_ids=[self.company.id]).action_undo()
        self.assertFalse(self.schedule(invoice))


@tagged("post_install", "-at_install")
class TestRowsCorrected(ImportCommon):
    """Cells are corrected where their problem is shown."""

    def setUp(self):
        super().setUp()
        self.collector = self.make_user("collector", "invoice_chasing.group_user")
        self.good, self.bad = self.make_invoices(2)
        self.record = self.prepare(
            (self.good.name, "Strict", "", ""), (self.bad.name, "Strikt", "", ""), user=self.collector
        )

    def correct(self, **values):
        line = self.record.error_ids[:1]
        line.write(values)
        return line

    def test_a_corrected_row_is_judged_at_once_and_imported(self):
        self.record.action_check()
        line = self.correct(cadence="Strict")
        self.assertEqual((line.verdict, self.record.pending_count, self.record.error_count), ("ok", 2, 0))
        self.record.action_import()
        self.assertEqual((self.good | self.bad).mapped("chasing_cadence_id"), self.strict)

    def test_after_an_import_the_rest_is_corrected_and_imported(self):
        self.record.action_import()
        notes = self.good.message_ids
        self.correct(cadence="Strict")
        self.assertEqual((self.record.state, self.record.pending_count, self.record.imported_count), ("checked", 1, 1))
        self.record.action_import()
        self.assertEqual((self.record.state, self.record.imported_count), ("done", 2))
        self.assertEqual(self.good.message_ids, notes)
        self.record.action_undo()
        self.assertFalse(self.schedule(self.good) | self.schedule(self.bad))

    def test_checked_again_what_was_corrected_counts(self):
        self.record.action_check()
        self.correct(cadence="Hard")
        self.make_cadence("Hard", [("after_due", 1, 9)])
        self.record.action_check()
        self.assertEqual((self.record.pending_count, self.record.line_ids[1].cadence), (2, "Hard"))

    def test_another_file_is_read_anew(self):
        self.record.action_check()
        self.correct(cadence="Strict")
        self.record.file = self.prepare((self.bad.name, "Strikt", "", "")).file
        self.record.action_check()
        self.assertEqual((self.record.row_count, self.record.error_count), (1, 1))

    def test_what_is_still_wrong_says_so(self):
        self.record.action_check()
        line = self.correct(cadence="Harsh")
        self.assertEqual((line.verdict, line.is_done), ("error", False))
        self.assertIn("Harsh", line.message)

    def test_its_cells_open_in_a_dialog(self):
        self.record.action_check()
        action = self.record.error_ids.action_correct()
        self.assertEqual((action["res_id"], action["target"]), (self.record.error_ids.id, "new"))
        other = self.make_user("other", "invoice_chasing.group_user")
        with self.assertRaises(AccessError):
            self.record.error_ids.with_user(other).action_correct()

    def test_a_row_that_is_now_about_the_same_invoice_is_refused(self):
        self.record.action_check()
        line = self.correct(number=self.good.name, cadence="Strict")
        self.assertIn("same invoice", line.message)
        self.record.action_import()
        line = self.correct(number=self.good.name, disabled="yes")
        self.assertIn("same invoice", line.message)

    def test_nothing_but_the_cells_is_said_by_people(self):
        self.record.action_check()
        line = self.record.error_ids
        for values in ({"verdict": "ok"}, {"cadence": "Strict", "is_done": True}, {"move_id": self.good.id}):
            with self.assertRaises(AccessError):
                line.write(values)
        for command in ((0, 0, {"number": "x"}), (1, line.id, {"cadence": "Strict"}), (2, line.id), (5,), (6, 0, [])):
            with self.assertRaises(AccessError):
                self.record.write({"line_ids": [command]})

    def test_rows_of_others_are_not_corrected(self):
        self.record.action_check()
        other = self.make_user("other", "invoice_chasing.group_user")
        with self.assertRaises(AccessError):
            self.record.error_ids.with_user(other).write({"cadence": "Strict"})

    def test_an_imported_row_is_not_corrected(self):
        self.record.action_import()
        with self.assertRaisesRegex(UserError, "imported already"):
            self.record.line_ids[0].write({"cadence": "Usual"})

    def test_a_cell_is_a_text(self):
        self.record.action_check()
        for value in ([1], {"a": 1}, 1.5):
            with self.assertRaisesRegex(UserError, "Enter a text"):
                self.correct(cadence=value)

    def test_no_more_is_kept_of_a_cell_than_can_be_judged(self):
        self.record.action_check()
        line = self.correct(contacts="x" * 20000)
        self.assertLess(len(line.contacts), 6000)
        self.assertIn("characters", line.message)


@tagged("post_install", "-at_install")
class TestNothingToImport(ImportCommon):
    def test_without_a_possible_row_nothing_is_done_and_that_is_said(self):
        record = self.prepare(("INV/9", "Strict", "", ""))
        said = record.action_import()
        self.assertEqual((record.state, said["params"]["type"]), ("checked", "warning"))
        self.assertIn("Nothing was imported", said["params"]["message"])
        self.assertFalse(record.user_id)

    def test_what_became_possible_since_is_imported(self):
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "Hard", "", ""))
        self.assertEqual(record.state, "checked")
        self.make_cadence("Hard", [("after_due", 1, 9)])
        record.action_import()
        self.assertEqual((record.state, invoice.chasing_cadence_id.name), ("done", "Hard"))
