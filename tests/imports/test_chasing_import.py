"""An import, from the file to the schedule, and whose it is: R53, R61."""

import base64

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..builders.imports import ImportCommon


@tagged("post_install", "-at_install")
class TestChasingImport(ImportCommon):
    def test_checking_changes_nothing_and_says_what_would_be(self):
        invoice = self.make_invoice()
        record = self.prepare((invoice.name, "strict", "", "ap@customer.example"))
        record.action_check()
        self.assertEqual(self.verdicts(record), [(2, "ok")])
        self.assertEqual(self.messages(record), ["Gets the cadence Strict. E-mails are sent to ap@customer.example."])
        self.assertEqual(record.line_ids.move_id, invoice)
        self.assertEqual((record.state, record.progress), ("checked", 0))
        self.assertFalse(self.schedule(invoice))

    def test_importing_assigns_disables_and_sets_contacts(self):
        """R50, R61."""
        one, two, three = self.make_invoices(3)
        record = self.imported(
            (one.name, "Strict", "", "ap@customer.example, Bob <bob@customer.example>"),
            (two.name, "Usual", "x", ""),
            (three.name, "Usual", "no", ""),
        )
        self.assertEqual((record.state, record.ok_count, record.error_count, record.progress), ("done", 3, 0, 100))
        self.assertEqual(self.schedule(one).cadence_id, self.strict)
        self.assertEqual(self.schedule(one).assigned_by, "invoice")
        self.assertEqual(self.schedule(one).own_emails, 'ap@customer.example\n"Bob" <bob@customer.example>')
        self.assertTrue(self.schedule(one).use_own_contacts)
        self.assertEqual([self.schedule(two).status, self.schedule(three).status], ["stopped", "active"])
        self.assertFalse(self.schedule(three).use_own_contacts)

    def test_the_same_file_twice_changes_nothing(self):
        one, two = self.make_invoices(2)
        rows = [(one.name, "Strict", "yes", "ap@customer.example"), (two.name, "none", "", "none")]
        self.imported(*rows)
        notes = one.message_ids
        again = self.imported(*rows)
        self.assertEqual(self.verdicts(again), [(2, "unchanged"), (3, "unchanged")])
        self.assertEqual((again.unchanged_count, again.ok_count), (2, 0))
        self.assertEqual(one.message_ids, notes)
        again.action_import()
        self.assertEqual(again.unchanged_count, 2)

    def test_a_row_says_that_it_was_imported_once_it_is(self):
        record = self.prepare((self.make_invoice().name, "Strict", "", ""), ("INV/9", "Strict", "", ""))
        outcomes = dict(record.line_ids._fields["outcome"].selection)
        for act, word in ((record.action_check, "Will Be Imported"), (record.action_import, "Imported")):
            act()
            self.assertEqual([outcomes[line.outcome] for line in record.line_ids], [word, "Problem"])

    def test_without_errors_there_is_nothing_to_download(self):
        record = self.imported((self.make_invoice().name, "Strict", "", ""))
        with self.assertRaisesRegex(UserError, "No row failed"):
            record.action_download_errors()

    def test_the_rows_of_a_verdict_can_be_opened(self):
        record = self.imported((self.make_invoice().name, "Strict", "", ""), ("INV/9", "Strict", "", ""))
        lines = self.env["chasing.import.line"]
        for rows, line in (("error", record.line_ids[1]), ("imported", record.line_ids[0]), ("pending", lines)):
            domain = record.with_context(rows=rows).action_open_rows()["domain"]
            self.assertEqual(lines.search(domain), line)
        self.assertEqual(lines.search(record.action_open_rows()["domain"]), record.line_ids)
        self.assertTrue(record.action_refresh())

    def test_a_collector_sees_and_runs_their_own_imports_a_manager_all(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        other = self.make_user("other", "invoice_chasing.group_user")
        manager = self.make_user("manager", "invoice_chasing.group_manager")
        invoice = self.make_invoice()
        record = self.prepare((invoice.name, "Strict", "", ""), user=collector)
        record.action_import()
        self.assertEqual((self.schedule(invoice).cadence_id, record.user_id), (self.strict, collector))
        self.assertEqual(record.with_user(manager).line_ids.mapped("verdict"), ["ok"])
        for user in (other, self.make_user("auditor", "account.group_account_readonly")):
            with self.assertRaises(AccessError, msg=user.login):
                record.with_user(user).action_check()
            with self.assertRaises(AccessError, msg=user.login):
                record.with_user(user).read(["file_name"])
            with self.assertRaises(AccessError, msg=user.login):
                record.line_ids.with_user(user).read(["message"])

    def test_nobody_says_who_an_import_runs_as_or_how_far_it_is(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        record = self.prepare(("INV/1", "Strict", "", ""), user=collector)
        for values in ({"user_id": SUPERUSER_ID}, {"state": "running"}, {"mapping_text": "x"}):
            with self.assertRaises(AccessError):
                record.write(values)
            with self.assertRaises(AccessError):
                self.prepare(("INV/1", "Strict", "", ""), user=collector, **values)
        record.action_check()
        for act in (lambda: record.line_ids.write({"verdict": "ok"}), lambda: record.line_ids.unlink()):
            with self.assertRaises(AccessError):
                act()

    def test_defaults_of_the_client_say_nothing_of_an_import(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        self.env["ir.default"].with_user(collector).create({
            "field_id": self.env["ir.model.fields"].sudo()._get("chasing.import", "mapping_text").id,
            "user_id": collector.id,
            "json_value": '"x"',
        })
        imports = (
            self.env["chasing.import"]
            .with_user(collector)
            .with_context(default_state="running", default_user_id=SUPERUSER_ID)
        )
        record = imports.create({"file": base64.b64encode(b"x"), "file_name": "rows.csv"})
        self.assertEqual((record.state, record.user_id, record.mapping_text), ("draft", record.user_id.browse(), False))

    def test_without_a_file_there_is_nothing_to_check(self):
        record = self.env["chasing.import"].create({"company_id": self.company.id})
        for act in (record.action_check, record.action_import):
            with self.assertRaisesRegex(UserError, "no file yet"):
                act()

    def test_an_import_is_not_duplicated(self):
        with self.assertRaisesRegex(UserError, "cannot be duplicated"):
            self.prepare(("INV/1", "Strict", "", "")).copy()


@tagged("post_install", "-at_install")
class TestChasingImportTemplate(HttpCase, ImportCommon):
    def test_who_may_import_downloads_the_template_and_the_errors(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        record = self.imported(("INV/9", "Strict", "", ""), user=collector)
        url = record.action_download_errors()["url"]
        self.env.cr.flush()
        self.authenticate("collector", "collector")
        for address in ("/chasing/import/template.xlsx", url):
            answer = self.url_open(address)
            self.assertEqual((answer.status_code, answer.content[:2]), (200, b"PK"), address)

    def test_nobody_else_does(self):
        record = self.imported(("INV/9", "Strict", "", ""))
        url = record.action_download_errors()["url"]
        self.make_user("employee", "base.group_user")
        self.env.cr.flush()
        self.authenticate("employee", "employee")
        for address in ("/chasing/import/template.xlsx", url):
            self.assertNotEqual(self.url_open(address).status_code, 200, address)
