"""What a row of a spreadsheet does to its invoice, and what is in its way: R46, R50, R53, R61."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..builders.imports import ImportCommon


@tagged("post_install", "-at_install")
class TestChasingImportLine(ImportCommon):
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
        self.assertEqual(
            set(self.messages(record)), {"Keeps its schedule; the cadence Usual is now set on this invoice."}
        )
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
        self.schedule(invoice)._opt_out("rule", rule)
        record = self.imported((invoice.name, "none", "", ""))
        self.assertEqual(self.messages(record), ["Stays without chasing, now set on this invoice."])
        self.assertEqual(self.schedule(invoice).origin_text, "No chasing (set on this invoice)")
        self.assertEqual(self.imported((invoice.name, "none", "", "")).unchanged_count, 1)

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
                "The invoice is not chased. Enter a cadence too.",
                "The invoice is closed. There is nothing to chase.",
                "The customer is excluded from chasing.",
                f"There is no customer invoice {bill.name}.",
                "The row has no invoice number. Enter it or delete the row.",
                "Chasing Disabled is “maybe”. Enter yes or no.",
                "“ann@” is not an e-mail address. Correct it.",
                "There is no cadence Nobody's. Correct the name or create it under Configuration.",
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
                    "Messages of the schedule were sent. Tick Overwrite to replace the remaining steps.",
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
        self.assertEqual(self.messages(record), ["Stays without chasing, now set on this invoice."] * 2)
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
                "Without a cadence there is no chasing. Enter one or leave Chasing Disabled blank.",
                "The invoice is not chased. Enter a cadence too.",
            ],
        )
        self.assertEqual(self.schedule(chased).status, "active")

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
                "The invoice is closed. There is nothing to chase.",
                "The row has no invoice number. Enter it or delete the row.",
            ],
        )
        self.assertEqual(record.line_ids.move_id, posted + draft)

    def test_many_numbers_are_found_by_an_index_that_looks_them_up(self):
        """Not by the trigrams of all names, which takes milliseconds a number."""
        invoice = self.make_invoice()
        line = self.prepare((invoice.name, "Strict", "", ""))
        line.action_check()
        # as many as a planner needs to tell one index from the other
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO account_move SELECT (jsonb_populate_record(move, jsonb_build_object(
                'id', nextval('account_move_id_seq'), 'name', 'COPY/' || n, 'access_token', NULL
            ))).* FROM account_move AS move, generate_series(1, 3000) AS n WHERE move.id = %s
            """,
            [invoice.id],
        )
        self.env.cr.execute("ANALYZE account_move")
        real, plans = type(self.env).execute_query, []

        def explained(env, query):
            if "unposted" in query.code:
                plans.extend(row for (row,) in real(env, SQL("EXPLAIN %s", query)))
            return real(env, query)

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

    def test_a_column_names_the_company(self):
        other = self.setup_other_company(name="Other")["company"]
        self.env.user.company_ids |= other
        foreign = self.make_cadence("Strict", [("after_due", 1, 9)], company_id=other.id)
        invoice = self.make_invoice(company=other)
        invoice.name = "OTHER/1"
        record = self.imported(("OTHER/1", "Strict", "", ""))
        self.assertEqual(self.messages(record), ["Invoice OTHER/1 belongs to Other. Enter it in a column Company."])
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
                "2 companies match a b. Enter the name exactly as in Odoo.",
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
