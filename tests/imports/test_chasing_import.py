"""Assignments from a spreadsheet, from the file to the schedule: R46, R50, R53, R61."""

import base64
import io
from datetime import timedelta
from unittest.mock import patch

import openpyxl
import psycopg2.errors
import xlsxwriter

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from ...models.imports import chasing_import
from ...models.imports.chasing_import_line import ChasingImportLine
from ..builders.builders import ChasingCommon

HEADINGS = ("Invoice Number", "Cadence", "Chasing Disabled", "E-mail Contacts")


class ImportCommon(ChasingCommon):
    has_default = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.strict = cls.make_cadence("Strict", [("after_due", 1, 9), ("after_due", 8, 9)])

    def prepare(self, *rows, headings=HEADINGS, user=None, **values):
        """An import of a csv file with these rows."""
        lines = [";".join(f'"{cell}"' for cell in row) for row in (headings, *rows)]
        return self.prepare_file("\n".join(lines).encode(), "rows.csv", user, **values)

    def prepare_file(self, content, name, user=None, **values):
        return (
            self.env["chasing.import"]
            .with_user(user or self.env.user)
            .create({
                "file": base64.b64encode(content),
                "file_name": name,
                "company_id": self.company.id,
                **values,
            })
        )

    def imported(self, *rows, **values):
        record = self.prepare(*rows, **values)
        record.action_import()
        return record

    def verdicts(self, record):
        return [(line.row, line.verdict) for line in record.line_ids]

    def messages(self, record):
        return record.line_ids.mapped("message")

    def schedule(self, invoice):
        return invoice.chasing_schedule_id


@tagged("post_install", "-at_install")
class TestChasingImport(ImportCommon):
    # ------------------------------------------------------------------ what it does

    def test_checking_changes_nothing_and_says_what_would_be(self):
        invoice = self.make_invoice()
        record = self.prepare((invoice.name, "strict", "", "ap@customer.example"))
        record.action_check()
        self.assertEqual(self.verdicts(record), [(2, "ok")])
        self.assertEqual(self.messages(record), ["Gets the cadence Strict. E-mails go to ap@customer.example."])
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

    def test_naming_the_cadence_that_a_default_gave_makes_it_a_choice_that_outlasts_rules(self):
        """R50, R53: what is sent, planned, edited or stopped stays as it is, without Overwrite; once is enough."""
        self.cadence.is_default = True
        usual, sent, edited, stopped = invoices = self.make_invoices(4)
        (usual | edited | stopped).chasing_schedule_ids.action_mark_sent()
        self.at_sent("2026-03-02 09:00")
        self.schedule(edited).sudo().is_customised = True
        self.schedule(stopped).action_disable()
        steps, plans = invoices.chasing_schedule_ids.step_ids, [self.plan(one) for one in invoices]
        rows = [(one.name, "Usual", "", "") for one in invoices]
        record = self.imported(*rows)
        self.assertEqual(set(self.messages(record)), {"Keeps its plan; the cadence Usual is now set on the invoice."})
        self.assertEqual(set(invoices.chasing_schedule_ids.mapped("assigned_by")), {"invoice"})
        self.assertEqual(self.imported(*rows).unchanged_count, 4)
        self.env["chasing.rule"].create({
            "name": "Late",
            "company_id": self.company.id,
            "domain": "[('ref', '=', 'late')]",
            "cadence_id": self.strict.id,
            "on_update": True,
        })
        invoices.write({"ref": "late"})
        self.assertEqual(invoices.chasing_schedule_ids.cadence_id, self.cadence)
        self.assertEqual((invoices.chasing_schedule_ids.step_ids, [self.plan(one) for one in invoices]), (steps, plans))
        self.assertEqual(self.schedule(stopped).status, "stopped")

    def test_none_where_a_rule_chose_no_chasing_outlasts_the_next_rule(self):
        """R50, R53"""
        invoice = self.make_invoice()
        invoice._chasing_assign(self.cadence)
        rule = self.env["chasing.rule"].create({"name": "None", "company_id": self.company.id})
        self.schedule(invoice)._choose_none("rule", rule)
        record = self.imported((invoice.name, "none", "", ""))
        self.assertEqual(self.messages(record), ["Stays without chasing, which is now set on the invoice."])
        self.assertEqual(self.schedule(invoice).origin_text, "No chasing (chosen by: set on the invoice)")
        self.assertEqual(self.imported((invoice.name, "none", "", "")).unchanged_count, 1)

    def test_a_row_says_that_it_was_imported_once_it_is(self):
        record = self.prepare((self.make_invoice().name, "Strict", "", ""), ("INV/9", "Strict", "", ""))
        outcomes = dict(record.line_ids._fields["outcome"].selection)
        for act, word in ((record.action_check, "Will Be Imported"), (record.action_import, "Imported")):
            act()
            self.assertEqual([outcomes[line.outcome] for line in record.line_ids], [word, "Error"])

    def test_a_blank_cell_leaves_as_is_and_none_clears(self):
        invoice = self.make_invoice()
        self.imported((invoice.name, "Strict", "", "ap@customer.example"))
        schedule = self.schedule(invoice)
        self.imported((invoice.name, "", "", ""))
        self.assertEqual((schedule.cadence_id, schedule.own_emails), (self.strict, "ap@customer.example"))
        self.imported((invoice.name, "", "", "none"))
        self.assertEqual((schedule.cadence_id, schedule.use_own_contacts), (self.strict, False))
        self.assertEqual(schedule.status, "active")
        self.imported((invoice.name, "NONE", "", ""))
        self.assertEqual((schedule.cadence_id, schedule.status), (self.strict.browse(), "stopped"))

    def test_disabled_and_enabled_again(self):
        invoice = self.make_invoice()
        self.imported((invoice.name, "Strict", "1", ""))
        self.assertEqual(self.schedule(invoice).status, "stopped")
        self.imported((invoice.name, "", "false", ""))
        self.assertEqual(self.schedule(invoice).status, "active")

    def test_yes_no_and_headings_in_the_languages_installed(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        known = {"Invoice Number": "Numéro de facture", "Chasing Disabled": "Relances désactivées", "yes": "oui"}

        def translated(env, text):
            return known.get(text, text) if env.lang == "fr_FR" else text

        self.patch(chasing_import, "translate", translated)
        one = self.make_invoice()
        self.imported((one.name, "Strict", "OUI"), headings=("numero de facture", "Cadence", "Relances desactivees"))
        self.assertEqual(self.schedule(one).status, "stopped")

    def test_columns_in_any_order_and_what_is_not_used_is_shown(self):
        invoice = self.make_invoice()
        record = self.imported(
            ("a remark", "Strict", invoice.name), headings=("Remark", "cadence", "INVOICE NO."), user=self.salesperson
        )
        self.assertEqual(self.schedule(invoice).cadence_id, self.strict)
        self.assertEqual(
            record.mapping_text, "B “cadence” → Cadence\nC “INVOICE NO.” → Invoice Number\nNot used: A “Remark”"
        )
        self.assertEqual(record.source_text, "csv in utf-8, separated by semicolons")

    def test_a_workbook_by_its_own_writer(self):
        invoice = self.make_invoice()
        file = io.BytesIO()
        with xlsxwriter.Workbook(file) as book:
            sheet = book.add_worksheet("Plan")
            sheet.write_row(0, 0, HEADINGS)
            sheet.write_row(4, 0, [invoice.name, "Strict", True])
        record = self.prepare_file(file.getvalue(), "plan.xlsx")
        record.action_import()
        self.assertEqual((self.verdicts(record), record.source_text), ([(5, "ok")], "xlsx, sheet Plan"))
        self.assertEqual(self.schedule(invoice).status, "stopped")

    # ------------------------------------------------------------------ what is in the way

    def test_every_problem_is_an_error_on_its_row_and_stops_nothing_else(self):
        good, paid, excluded = (
            self.make_invoice(),
            self.make_invoice(),
            self.make_invoice(partner_id=self.make_customer("Eve", "eve@customer.example", chasing_excluded=True).id),
        )
        self.pay(paid)
        bill = self._create_invoice("in_invoice", partner_id=self.customer, invoice_date="2026-03-02", post=True)
        record = self.imported(
            ("INV/9999", "Strict", "", ""),
            (good.name, "", "", "ap@customer.example"),
            (paid.name, "Strict", "", ""),
            (excluded.name, "Strict", "", ""),
            (bill.name, "Strict", "", ""),
            ("", "Strict", "", ""),
            ("INV/9998", "", "maybe", ""),
            ("INV/9997", "", "", "ann@"),
            (self.make_invoice().name, "Nobody's", "", ""),
            (self.make_invoice().name, "Strict", "", ""),
            ("INV/9997", "Strict", "", ""),
        )
        self.assertEqual(
            self.messages(record),
            [
                "There is no customer invoice INV/9999.",
                "The invoice is not chased. Name a cadence too.",
                "The invoice is closed, there is nothing to chase.",
                "The customer is excluded from chasing.",
                f"There is no customer invoice {bill.name}.",
                "The row names no invoice. Enter its number, or delete the row.",
                "Chasing Disabled is “maybe”. Write yes or no.",
                "ann@ is not an e-mail address. Correct it.",
                "There is no cadence Nobody's. Correct the name, or make it under Configuration.",
                "Gets the cadence Strict.",
                "Row 9 is about the same invoice. Keep one of them.",
            ],
        )
        self.assertEqual((record.error_count, record.ok_count, record.row_count), (10, 1, 11))
        self.assertEqual(self.schedule(record.line_ids[9].move_id).cadence_id, self.strict)
        self.assertFalse(self.schedule(good))

    def test_an_invoice_named_twice_is_done_once(self):
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "Strict", "", ""), (invoice.name, "Usual", "", ""))
        self.assertEqual(self.verdicts(record), [(2, "ok"), (3, "error")])
        self.assertEqual(self.messages(record)[1], "Row 2 is about the same invoice. Keep one of them.")
        self.assertEqual(self.schedule(invoice).cadence_id, self.strict)

    def test_a_number_that_two_invoices_have(self):
        journal = self.company_data["default_journal_sale"].copy()
        one, two = self.make_invoice(), self.make_invoice(journal_id=journal.id, post=False)
        two.name = one.name
        two.action_post()
        record = self.imported((one.name, "Strict", "", ""))
        self.assertEqual(
            self.messages(record),
            [f"2 invoices have the number {one.name}. Choose the cadence on the right one."],
        )

    def test_two_cadences_of_one_name(self):
        self.make_cadence("STRICT", [("after_due", 1, 9)])
        record = self.imported((self.make_invoice().name, "Strict", "", ""))
        self.assertEqual(self.messages(record), ["2 cadences are called Strict. Rename all but one."])

    def test_a_name_as_it_is_written_goes_before_those_alike(self):
        names = ("Bold", "Bold!", "Bold+")
        invoices = [self.make_invoice() for _name in names]
        for name in names:
            self.make_cadence(name, [("after_due", 1, 9)])
        record = self.imported(
            *((one.name, name.upper(), "", "") for one, name in zip(invoices, names, strict=True)),
            (self.make_invoice().name, "Bold?", "", ""),
        )
        self.assertEqual([one.chasing_cadence_id.name for one in invoices], list(names))
        self.assertEqual(self.messages(record)[3], "3 cadences are called Bold?. Rename all but one.")

    def test_none_does_not_go_round_overwrite(self):
        """R53: own steps, and the rest of what was partly sent, go only with it."""
        edited, sent = self.make_invoices(2)
        self.imported((edited.name, "Usual", "", ""), (sent.name, "Usual", "", ""))
        self.at_sent("2026-03-02 09:00")
        self.schedule(edited).sudo().is_customised = True
        plans = [self.plan(edited), self.plan(sent)]
        for cadence in ("Strict", "none", "Strict"):
            record = self.imported((edited.name, cadence, "", ""), (sent.name, cadence, "", ""))
            self.assertEqual(
                self.messages(record),
                [
                    "The schedule was edited on the invoice. Tick Overwrite to replace it.",
                    "Messages of the schedule were sent. Tick Overwrite to replace the steps to come.",
                ],
            )
        self.assertEqual([self.plan(edited), self.plan(sent)], plans)
        self.imported((edited.name, "none", "", ""), overwrite=True)
        self.assertEqual((self.schedule(edited).status, self.schedule(edited).is_customised), ("stopped", True))
        self.assertEqual(self.imported((edited.name, "Strict", "", "")).error_count, 1)
        self.assertEqual(self.imported((edited.name, "none", "", "")).unchanged_count, 1)

    def test_a_cadence_that_comes_disabled_does_not_start_what_none_had_ended(self):
        """R53, R36: the row says both, and nothing leaves."""
        invoice = self.make_invoice()
        self.imported((invoice.name, "none", "", ""))
        self.assertEqual(self.imported((invoice.name, "Strict", "yes", "")).ok_count, 1)
        schedule = self.schedule(invoice)
        self.assertEqual((schedule.cadence_id.name, schedule.status), ("Strict", "stopped"))
        self.assertFalse(self.at_sent("2026-03-17 09:00"))
        self.assertEqual(self.imported((invoice.name, "Strict", "no", "")).ok_count, 1)
        self.assertEqual(schedule.status, "active")

    def test_what_was_never_chased_is_remembered_as_not_to_be_chased(self):
        """R50, R53: a rule that is asked later leaves it alone."""
        invoices = self.make_invoices(2)
        rows = [(invoices[0].name, "none", "", ""), (invoices[1].name, "", "yes", "")]
        record = self.imported(*rows)
        self.assertEqual(self.messages(record), ["Stays without chasing, which is now set on the invoice."] * 2)
        for invoice in invoices:
            schedule = self.schedule(invoice)
            self.assertEqual((schedule.chosen_none, schedule.assigned_by), (True, "invoice"))
        self.env["chasing.rule"].create({
            "name": "All",
            "company_id": self.company.id,
            "cadence_id": self.cadence.id,
            "on_update": True,
        })
        invoices._chasing_ask_rules()
        self.env.cr.flush()
        self.assertEqual(invoices.mapped("chasing_status"), ["stopped"] * 2)
        self.assertEqual(self.imported(*rows).unchanged_count, 2)

    def test_not_disabled_without_a_cadence_is_an_error(self):
        """R53: nothing is silently ignored."""
        chased, unchased = self.make_invoices(2)
        self.imported((chased.name, "Strict", "", ""))
        record = self.imported((chased.name, "none", "no", ""), (unchased.name, "", "no", ""))
        self.assertEqual(
            self.messages(record),
            [
                "Without a cadence there is no chasing. Name one, or leave Chasing Disabled blank.",
                "The invoice is not chased. Name a cadence too.",
            ],
        )
        self.assertEqual(self.schedule(chased).status, "active")

    def test_a_cell_of_megabytes_is_refused_and_not_kept(self):
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "", "", "ap@customer.example," * 2**18), (invoice.name, "Strict", "", ""))
        self.assertEqual(self.messages(record)[0], "E-mail Contacts holds more than 5000 characters. Shorten it.")
        self.assertEqual(len(record.line_ids[0].contacts), 5001)
        self.assertEqual(self.verdicts(record), [(2, "error"), (3, "ok")])
        heading = self.prepare((invoice.name, "Strict", ""), headings=(*HEADINGS[:2], "x" * 2**20))
        heading.action_check()
        self.assertLess(len(heading.mapping_text), 1000)

    def test_an_invoice_is_found_whatever_state_it_is_in(self):
        """By the index of the posted numbers, and beside it."""
        posted, draft, cancelled = self.make_invoices(3)
        numbers = [posted.name, draft.name, cancelled.name]
        draft.button_draft()
        cancelled.button_draft()
        cancelled.button_cancel()
        record = self.imported(*((number, "Strict", "", "") for number in numbers), ("", "Strict", "", ""))
        self.assertEqual(
            self.messages(record),
            [
                "Gets the cadence Strict.",
                "Gets the cadence Strict.",
                "The invoice is closed, there is nothing to chase.",
                "The row names no invoice. Enter its number, or delete the row.",
            ],
        )
        self.assertEqual(record.line_ids.move_id, posted + draft)

    def test_many_numbers_are_found_by_an_index_that_looks_them_up(self):
        """Not by the trigrams of all names, which takes milliseconds a number."""
        line = self.prepare(("INV/1", "Strict", "", ""))
        line.action_check()
        real, plans = type(self.env).execute_query, []

        def explained(env, query):
            if "unposted" in query.code:
                plans.extend(row for (row,) in real(env, SQL("EXPLAIN %s", query)))
            return real(env, query)

        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.patch(type(self.env), "execute_query", explained)
        line.line_ids._invoices()
        self.assertIn("account_move_unique_name", "\n".join(plans))
        self.assertNotIn("account_move__name_index", "\n".join(plans))

    def test_what_was_edited_is_replaced_with_overwrite_only(self):
        invoice = self.make_invoice()
        self.imported((invoice.name, "Usual", "", ""))
        self.schedule(invoice).sudo().is_customised = True
        record = self.prepare((invoice.name, "Strict", "", ""))
        record.action_check()
        self.assertEqual(
            self.messages(record), ["The schedule was edited on the invoice. Tick Overwrite to replace it."]
        )
        record.overwrite = True
        self.assertEqual((record.state, record.row_count), ("draft", 0))
        record.action_import()
        self.assertEqual(self.schedule(invoice).cadence_id, self.strict)
        self.assertFalse(self.schedule(invoice).is_customised)

    def test_what_was_partly_sent_is_replaced_with_overwrite_only(self):
        invoice = self.make_invoice()
        self.imported((invoice.name, "Usual", "", ""))
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(self.imported((invoice.name, "Strict", "", "")).error_count, 1)
        self.assertEqual(self.schedule(invoice).cadence_id, self.cadence)
        self.assertEqual(self.imported((invoice.name, "Usual", "", "")).unchanged_count, 1)
        self.imported((invoice.name, "Strict", "", ""), overwrite=True)
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-02 09:00", "sent", False),
                ("2026-03-17 09:00", "planned", False),
                ("2026-03-24 09:00", "planned", False),
            ],
        )

    def test_an_older_invoice_sends_on_issue_only_if_the_box_is_ticked(self):
        """R46."""
        self.company.chasing_start_date = "2026-03-01"
        old, other = self.make_invoice(issued="2026-02-27"), self.make_invoice(issued="2026-02-27")
        record = self.prepare((old.name, "Usual", "", ""), (self.make_invoice().name, "Usual", "", ""))
        record.action_check()
        self.assertEqual((record.ok_count, record.old_count), (2, 1))
        record.action_import()
        self.assertEqual(self.step(old, "on_issue").state, "skipped")
        self.imported((other.name, "Usual", "", ""), send_on_issue=True)
        self.assertEqual(self.step(other, "on_issue").state, "planned")

    def test_a_row_that_fails_while_it_is_done_fails_alone(self):
        """R82."""
        invoices = self.make_invoices(5)
        registry = self.env.registry["chasing.schedule"]
        real, said = registry._give_contacts, "the server is on strike"

        def refuse(schedules, texts):
            if invoices[3] in schedules.move_id:
                raise UserError(said)
            return real(schedules, texts)

        self.patch(registry, "_give_contacts", refuse)
        record = self.imported(*((one.name, "Strict", "", "ap@customer.example") for one in invoices))
        self.assertEqual([line.verdict for line in record.line_ids], ["ok", "ok", "ok", "error", "ok"])
        self.assertEqual(self.messages(record)[3], "This could not be done: the server is on strike")
        self.assertEqual([one.chasing_cadence_id.name for one in invoices], ["Strict"] * 3 + [False, "Strict"])

    # ------------------------------------------------------------------ companies

    def test_a_column_names_the_company(self):
        other = self.setup_other_company(name="Other")["company"]
        self.env.user.company_ids |= other
        foreign = self.make_cadence("Strict", [("after_due", 1, 9)], company_id=other.id)
        invoice = self.make_invoice(company=other)
        invoice.name = "OTHER/1"
        record = self.imported(("OTHER/1", "Strict", "", ""))
        self.assertEqual(
            self.messages(record), ["The invoice OTHER/1 belongs to Other. Name that in a column Company."]
        )
        headings = ("Invoice Number", "Cadence", "Company")
        self.imported(("OTHER/1", "Strict", "other"), headings=headings)
        self.assertEqual(self.schedule(invoice).cadence_id, foreign)
        record = self.imported(("OTHER/1", "Strict", "Nobody"), headings=headings)
        self.assertEqual(self.messages(record), ["You have no company called Nobody."])

    def test_companies_of_names_alike_are_told_apart(self):
        """The same number in both is no repetition; a name that may mean either is an error."""
        journals = []
        for name in ("A-B", "AB"):
            other = self.setup_other_company(name=name)["company"]
            self.env.user.company_ids |= other
            self.make_cadence("Strict", [("after_due", 1, 9)], company_id=other.id)
            journals.append(self.make_invoice(company=other))
        for invoice in journals:
            invoice.name = "BOTH/1"
        record = self.imported(
            ("BOTH/1", "Strict", "A-B"),
            ("BOTH/1", "Strict", "ab"),
            ("BOTH/1", "Strict", "a b"),
            headings=("Invoice Number", "Cadence", "Company"),
        )
        self.assertEqual(
            self.messages(record),
            [
                "Gets the cadence Strict.",
                "Gets the cadence Strict.",
                "2 companies can be meant by a b. Write the name as it is in Odoo.",
            ],
        )
        self.assertEqual([line.move_id for line in record.line_ids[:2]], journals)

    def test_a_branch_uses_its_parents_cadence_unless_it_has_its_own(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.env.user.write({"company_ids": [Command.link(branch.id)]})
        receivable = self.company_data["default_account_receivable"]
        self.customer.with_company(branch).property_account_receivable_id = receivable
        one, two = self.make_invoice(company=branch), self.make_invoice(company=branch)
        self.imported((one.name, "Strict", "", ""), company_id=branch.id)
        self.assertEqual((one.company_id, self.schedule(one).cadence_id), (branch, self.strict))
        own = self.make_cadence("Strict", [("after_due", 2, 9)], company_id=branch.id)
        self.imported((two.name, "Strict", "", ""), company_id=branch.id)
        self.assertEqual(self.schedule(two).cadence_id, own)

    # ------------------------------------------------------------------ files

    def test_files_that_cannot_be_read_are_refused_with_a_sentence(self):
        for content, name, sentence in (
            (b"", "a.csv", "The file is empty"),
            (b"PK\x03\x04", "a.xlsx", "The file is damaged"),
            (b"Invoice Number,Cadence\n", "a.xlsx", "By its content a.xlsx is an csv file"),
            (b"Invoice Number,Cadence\n", "a.csv", "no row below"),
            (b"Number,Invoice,Cadence\n1,2,3\n", "a.csv", "Two columns say the same: A “Number”, B “Invoice”"),
            (b"Nr,Cadence\n1,2\n", "a.csv", "No column is headed Invoice Number"),
            (b"Invoice Number\n1\n", "a.csv", "No column says what is to be done"),
            (b'Invoice Number,Cadence\n1,"2\n', "a.csv", "From row"),
            (b"\n \n", "a.csv", "The file is empty"),
        ):
            record = self.prepare_file(content or b" ", name)
            with self.assertRaisesRegex(UserError, sentence, msg=name):
                record.action_check()
            self.assertFalse(record.line_ids)
            with self.assertRaises(UserError):
                record.action_import()

    def test_more_than_25_megabytes_are_refused(self):
        record = self.prepare_file(b"x" * (25 * 2**20 + 1), "a.csv")
        with self.assertRaisesRegex(UserError, "larger than 25 MB"):
            record.action_check()

    # ------------------------------------------------------------------ errors and template

    def test_the_errors_come_back_as_a_spreadsheet_that_can_be_imported(self):
        invoice = self.make_invoice()
        record = self.imported((invoice.name, "Strict", "", ""), ("=1+1", "Usual", "no", "=cmd|'/C calc'!A0"))
        action = record.action_download_errors()
        self.assertEqual(action["url"], f"/web/content/chasing.import/{record.id}/error_file/errors.xlsx?download=true")
        content = base64.b64decode(record.error_file)
        rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(content)).active]
        self.assertEqual(rows[0], [*HEADINGS, "Company", "Reason"])
        self.assertEqual(rows[1][:4], ["=1+1", "Usual", "no", "=cmd|'/C calc'!A0"])
        self.assertEqual(rows[1][5], self.messages(record)[1])
        cells = openpyxl.load_workbook(io.BytesIO(content)).active[2]
        self.assertEqual([cells[0].data_type, cells[3].data_type], ["s", "s"])
        again = self.prepare_file(content, "errors.xlsx")
        again.action_check()
        self.assertIn("Not used: F “Reason”", again.mapping_text)
        self.assertEqual(again.error_count, 1)

    def test_a_date_or_formula_is_an_error_again_when_its_row_comes_back(self):
        """R53: a blank cell would leave as is, and what was wished would be forgotten."""
        invoices = self.make_invoices(4)
        self.imported(*((one.name, "Strict", "", "") for one in invoices))
        file = io.BytesIO()
        with xlsxwriter.Workbook(file) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, HEADINGS)
            for place, one in enumerate(invoices, 1):
                sheet.write_row(place, 0, [one.name, "Usual"])
            sheet.write_number(1, 3, 46083, book.add_format({"num_format": "dd/mm/yyyy"}))
            sheet.write_formula(2, 1, "=1/0", value="#DIV/0!")
            sheet.write_formula(3, 2, '="yes"', value="#N/A")
            sheet.write_number(4, 1, 46083, book.add_format({"num_format": "dd/mm/yyyy"}))
        record = self.prepare_file(file.getvalue(), "rows.xlsx")
        for _round in range(2):
            record.action_import()
            self.assertEqual([line.verdict for line in record.line_ids], ["error"] * 4)
            kept = [[line.cadence, line.disabled, line.contacts] for line in record.line_ids]
            self.assertEqual(
                kept,
                [
                    ["Usual", False, "2026-03-02"],
                    ["#DIV/0!", False, False],
                    ["Usual", "#N/A", False],
                    ["2026-03-02", False, False],
                ],
            )
            record.action_download_errors()
            record = self.prepare_file(base64.b64decode(record.error_file), "errors.xlsx")

    def test_without_errors_there_is_nothing_to_download(self):
        record = self.imported((self.make_invoice().name, "Strict", "", ""))
        with self.assertRaisesRegex(UserError, "No row failed"):
            record.action_download_errors()

    def test_the_template_is_understood(self):
        content = self.env["chasing.import"]._template()
        [headings] = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
        self.assertEqual(headings, (*HEADINGS, "Company"))
        record = self.prepare_file(content, "template.xlsx")
        with self.assertRaisesRegex(UserError, "no row below"):
            record.action_check()

    def test_the_rows_of_a_verdict_can_be_opened(self):
        record = self.imported((self.make_invoice().name, "Strict", "", ""), ("INV/9", "Strict", "", ""))
        lines = self.env["chasing.import.line"]
        domain = record.with_context(verdict="error").action_open_rows()["domain"]
        self.assertEqual(lines.search(domain), record.line_ids[1])
        self.assertEqual(lines.search(record.action_open_rows()["domain"]), record.line_ids)
        self.assertTrue(record.action_refresh())

    # ------------------------------------------------------------------ who

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

    def test_an_invoice_that_the_user_may_not_see_is_unknown(self):
        hidden = self.make_invoice()
        number = hidden.name
        self.env["ir.rule"].sudo().create({
            "name": "Not this one",
            "model_id": self.env.ref("account.model_account_move").id,
            "domain_force": f"[('id', '!=', {hidden.id})]",
        })
        record = self.imported((number, "Strict", "", ""), user=self.make_user("eve", "invoice_chasing.group_user"))
        self.assertEqual(self.messages(record), [f"There is no customer invoice {number}."])


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
        real = ChasingImportLine._perform
        self.patch(ChasingImportLine, "_perform", lambda lines: (seen.append(lines.env.user), real(lines))[1])
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
            with self.assertRaisesRegex(UserError, "being worked on right now"):
                act()
        self.assertEqual((record.state, record.row_count), ("draft", 0))

    def taken(self, *_arguments, **_options):
        raise LockError("taken")

    def test_a_row_that_somebody_changes_meanwhile_is_done_a_moment_later(self):
        record = self.start()
        real, calls = ChasingImportLine._perform, []

        def perform(lines):
            calls.append(len(lines))
            if len(calls) == 2:
                raise psycopg2.errors.SerializationFailure
            return real(lines)

        self.patch(ChasingImportLine, "_perform", perform)
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
                (record.user_id, "rows.csv: 5 rows imported, 0 unchanged, 0 with errors."),
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
        reason = f"{collector.name} may no longer import assignments. Somebody who may has to import this row."
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
        real = ChasingImportLine._perform

        def perform(lines):
            if lines.import_id == record and lines[0].row > 3:
                lines.import_id.sudo().file_name = "half done"
                raise ValueError("a defect")
            return real(lines)

        self.patch(ChasingImportLine, "_perform", perform)
        with self.assertLogs("odoo.addons.invoice_chasing.models.imports.chasing_import", "ERROR"):
            self.run_cron()
        self.env.invalidate_all()
        self.assertEqual((record.state, record.ok_count, record.error_count), ("done", 2, 3))
        self.assertEqual(record.file_name, "rows.csv")
        self.assertEqual(
            set(record.line_ids[2:].mapped("message")),
            {
                "The import stopped at an error that stands in the server's log. Import this row again.",
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
