"""Imports of many rows, which go on in the background (R53)."""

from datetime import timedelta
from unittest.mock import patch

import psycopg2.errors

from odoo import Command
from odoo.exceptions import LockError, UserError
from odoo.tests import tagged

from ...models.imports import chasing_import
from ...models.imports.chasing_import_line import ChasingImportLine
from ..builders.imports import ImportCommon


@tagged("post_install", "-at_install")
class TestChasingImportBackground(ImportCommon):
    def setUp(self):
        super().setUp()
        # 5 rows are many, and two are done in one transaction
        for name, value in (("INLINE_LIMIT", 3), ("BATCH_SIZE", 2)):
            self.patch(chasing_import, name, value)
        self.invoices = self.make_invoices(5)
        self.cron = self.env.ref("invoice_chasing.ir_cron_import")

    def start(self, **values):
        record = self.prepare(*((one.name, "Strict", "", "") for one in self.invoices), **values)
        record.action_import()
        return record

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()

    def test_many_rows_are_imported_in_the_background(self):
        record = self.start()
        self.assertEqual((record.state, record.ok_count, record.progress), ("running", 5, 0))
        self.assertFalse(self.invoices.chasing_schedule_ids)
        self.assertTrue(self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.cron.id)]))
        self.run_cron()
        record.invalidate_recordset()
        self.assertEqual((record.state, record.ok_count, record.progress), ("done", 5, 100))
        self.assertEqual(self.invoices.chasing_schedule_ids.cadence_id, self.strict)

    def test_it_runs_as_the_user_who_started_it(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        self.start(user=collector)
        seen = []
        real = ChasingImportLine._import
        self.patch(ChasingImportLine, "_import", lambda lines: (seen.append(lines.env.user), real(lines))[1])
        self.run_cron()
        self.assertEqual(set(seen), {collector})

    def test_while_it_runs_it_is_neither_started_nor_changed_nor_deleted(self):
        record = self.start()
        for act in (
            record.action_import,
            record.action_check,
            lambda: record.write({"overwrite": True}),
            record.unlink,
        ):
            with self.assertRaisesRegex(UserError, "is running"):
                act()
        self.run_cron()
        self.env.invalidate_all()
        self.assertTrue(record.unlink())

    def test_two_at_once_do_not_start_it_twice(self):
        record = self.prepare(("INV/1", "Strict", "", ""))
        self.patch(self.env.registry["chasing.import"], "lock_for_update", self.taken)
        for act in (record.action_import, record.action_check):
            with self.assertRaisesRegex(UserError, "being processed"):
                act()
        self.assertEqual((record.state, record.row_count), ("draft", 0))

    def taken(self, *_arguments, **_options):
        raise LockError("taken")

    def test_a_row_that_somebody_changes_meanwhile_is_done_a_moment_later(self):
        record = self.start()
        real, calls = ChasingImportLine._import, []

        def perform(lines):
            calls.append(len(lines))
            if len(calls) == 2:
                raise psycopg2.errors.SerializationFailure
            return real(lines)

        self.patch(ChasingImportLine, "_import", perform)
        self.run_cron()
        record.invalidate_recordset()
        self.assertEqual((record.state, record.ok_count), ("done", 5))
        self.assertEqual(calls, [2, 2, 2, 1])

    def test_what_was_interrupted_goes_on_where_it_stopped(self):
        record = self.start()
        record.sudo()._advance()
        self.assertEqual((record.state, round(record.progress)), ("running", 40))
        done = self.invoices.chasing_schedule_ids
        self.assertEqual(len(done), 2)
        killed = patch.object(ChasingImportLine, "_apply", side_effect=KeyboardInterrupt)
        with killed, self.assertRaises(KeyboardInterrupt):
            record.sudo()._advance()
        self.assertEqual(record.state, "running")
        self.run_cron()
        record.invalidate_recordset()
        self.assertEqual((record.state, record.ok_count), ("done", 5))
        self.assertEqual(len(self.invoices.chasing_schedule_ids), 5)
        self.assertLessEqual(done, self.invoices.chasing_schedule_ids)

    def test_what_changed_since_the_check_is_judged_anew(self):
        record = self.start()
        self.pay(self.invoices[4])
        self.run_cron()
        record.invalidate_recordset()
        self.assertEqual((record.ok_count, record.error_count), (4, 1))

    def test_who_started_it_is_told_when_it_is_done(self):
        record = self.start()
        told = []
        self.patch(self.env.registry["res.users"], "_bus_send", lambda user, kind, values: told.append((user, values)))
        self.run_cron()
        self.assertEqual(
            [(user, values["message"]) for user, values in told],
            [
                (record.user_id, "rows.csv: 5 rows imported, 0 unchanged, 0 with problems."),
            ],
        )

    def lost(self, collector, values):
        """The import of a collector who loses something while it runs: it ends, the one after it is done."""
        record = self.start(user=collector).sudo()
        record._advance()
        later = self.start(overwrite=True)
        collector.sudo().write(values)
        told = []
        self.patch(self.env.registry["res.users"], "_bus_send", lambda *message: told.append(message))
        self.run_cron()
        self.env.invalidate_all()
        self.assertEqual((record.state, record.ok_count, record.error_count, record.progress), ("done", 2, 3, 100))
        reason = f"{collector.name} may no longer import assignments. Ask someone who may to import this row."
        self.assertEqual(set(record.line_ids[2:].mapped("message")), {reason})
        self.assertEqual((told[0][0], told[0][2]["type"]), (collector, "warning"))
        self.assertIn(reason, told[0][2]["message"])
        self.assertEqual((later.state, later.error_count), ("done", 0))

    def test_who_is_no_collector_any_more_stops_only_their_own_import(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        group = self.env.ref("invoice_chasing.group_user")
        self.lost(collector, {"group_ids": [Command.unlink(group.id)]})

    def test_who_leaves_the_company_stops_only_their_own_import(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        other = self.setup_other_company(name="Other")["company"]
        self.lost(collector, {"company_id": other.id, "company_ids": [Command.set(other.ids)]})

    def test_who_is_archived_stops_only_their_own_import(self):
        self.lost(self.make_user("collector", "invoice_chasing.group_user"), {"active": False})

    def test_rows_that_are_out_of_reach_are_not_passed_over(self):
        """A manager's import of a collector's rows, of a manager who is no longer one."""
        collector = self.make_user("collector", "invoice_chasing.group_user")
        manager = self.make_user("manager", "invoice_chasing.group_manager")
        record = self.prepare(*((one.name, "Strict", "", "") for one in self.invoices), user=collector)
        record.with_user(manager).action_import()
        record = record.sudo()
        manager.sudo().write({
            "group_ids": [
                Command.unlink(self.env.ref("invoice_chasing.group_manager").id),
                Command.link(self.env.ref("invoice_chasing.group_user").id),
            ]
        })
        self.run_cron()
        self.env.invalidate_all()
        self.assertEqual((record.state, record.error_count, record.ok_count), ("done", 5, 0))
        self.assertFalse(self.invoices.chasing_schedule_ids)

    def test_an_unexpected_error_stops_only_the_import_it_is_in(self):
        record, later = self.start(), self.start(overwrite=True)
        real = ChasingImportLine._import

        def perform(lines):
            if lines.import_id == record and lines[0].row > 3:
                lines.import_id.sudo().file_name = "half done"
                raise ValueError("a defect")
            return real(lines)

        self.patch(ChasingImportLine, "_import", perform)
        with self.assertLogs("odoo.addons.invoice_chasing.models.imports.chasing_import", "ERROR"):
            self.run_cron()
        self.env.invalidate_all()
        self.assertEqual((record.state, record.ok_count, record.error_count), ("done", 2, 3))
        self.assertEqual(record.file_name, "rows.csv")
        self.assertEqual(
            set(record.line_ids[2:].mapped("message")),
            {
                "The import stopped because of an error, see the server log. Import this row again.",
            },
        )
        self.assertEqual((later.state, later.error_count), ("done", 0))

    def test_imports_are_kept_for_a_month(self):
        record, running = self.prepare(("INV/1", "Strict", "", "")), self.start()
        record.action_check()
        old = self.env.cr.now() - timedelta(31)
        self.env.cr.execute("UPDATE chasing_import SET create_date = %s", [old])
        self.env.invalidate_all()
        self.env["chasing.import"].sudo()._gc_imports()
        self.assertEqual((record.exists(), running.exists()), (record.browse(), running))
