"""Many customers at once: paused, excluded, chased again, given a cadence (R37, R50)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...models.common import chasing_background_job
from ..builders.bulk import BulkCommon


class CustomersCommon(BulkCommon):
    def setUp(self):
        super().setUp()
        self.customers = self.customer | self.make_customer("Bob", "bob@customer.example")
        self.invoices = self.make_invoice() | self.make_invoice(partner_id=self.customers[1].id)

    def ask(self, customers=None, user=None, **values):
        """The dialog, filled in."""
        customers = self.customers if customers is None else customers
        action = (customers.with_user(user) if user else customers).action_chasing_ask()
        dialog = Form(self.env[action["res_model"]].with_user(user or self.env.user).browse(action["res_id"]))
        for name, value in values.items():
            dialog[name] = value
        return dialog

    def do(self, customers=None, user=None, **values):
        """Do it in the dialog; the runs that came of it."""
        before = self.env["chasing.bulk.run"].search([])
        self.ask(customers, user, **values).save().action_do()
        self.env.cr.flush()
        return self.env["chasing.bulk.run"].search([]) - before

    def lines(self, dialog):
        return dialog.preview.replace("\xa0", " ").splitlines()

    def notes(self, record):
        return " ".join(record.message_ids.mapped("body"))


@tagged("post_install", "-at_install")
class TestManyCustomers(CustomersCommon):
    def test_pause_and_resume(self):
        """R36, R37: every invoice of theirs is held, and goes on."""
        run = self.do(act="pause_customer", ends="date", until="2026-04-01", pause_reason="dispute")
        self.assertEqual(self.invoices.mapped("chasing_status"), ["paused"] * 2)
        self.assertEqual([str(one.chasing_paused_until) for one in self.customers], ["2026-04-01"] * 2)
        self.assertEqual(run.change_ids.mapped("before_text"), ["Chased as usual"] * 2)
        self.assertIn("Paused until Wed 1 Apr 2026 (The customer disputes the invoice)", run.change_ids[0].after_text)
        self.do(act="resume_customer")
        self.assertEqual(self.invoices.mapped("chasing_status"), ["active"] * 2)
        self.assertFalse(any(self.customers.mapped("chasing_paused_until")))

    def test_exclude_and_include(self):
        """R37: who, when and what is noted on each customer, and what stayed is listed with its reason."""
        self.customers[1].action_chasing_exclude()
        run = self.do(act="exclude_customer")
        self.assertEqual(self.customers.mapped("chasing_excluded"), [True] * 2)
        self.assertEqual(run.refused_ids.partner_id, self.customers[1])
        self.assertEqual(run.refused_ids.reason, "Already excluded.")
        note = self.customer.message_ids.sorted("id")[-1]
        self.assertIn("Chased as usual → Excluded from chasing", note.body)
        self.assertEqual(note.author_id, self.env.user.partner_id)
        self.do(act="include_customer")
        self.assertEqual(self.customers.mapped("chasing_excluded"), [False] * 2)
        self.assertEqual(self.invoices.mapped("chasing_status"), ["active"] * 2)

    def test_undo(self):
        """R37: each has again what it had; what somebody changed since stays."""
        self.customers[1].action_chasing_pause(until="2026-04-01", reason="before")
        run = self.do(act="pause_customer", ends="open")
        self.customer.action_chasing_exclude()
        run.action_undo()
        self.assertEqual(run.not_undone_ids.partner_id, self.customer)
        self.assertEqual(run.not_undone_ids.reason, "Changed since.")
        self.assertEqual(str(self.customers[1].chasing_paused_until), "2026-04-01")
        self.assertIn("Undone: Pause Customer.", self.notes(self.customers[1]))

    def test_contacts_stand_for_their_customer(self):
        """R37: what is said is said of the commercial partner, once."""
        child = self.customer.create({"name": "Carl", "parent_id": self.customer.id, "email": "carl@customer.example"})
        dialog = self.ask(child | self.customer, act="exclude_customer")
        self.assertIn("1 customer: 1 invoice being chased", dialog.preview)
        dialog.save().action_do()
        self.assertEqual((self.customer.chasing_excluded, child.chasing_excluded), (True, False))

    def test_the_dialog_says_what_it_touches(self):
        """R37: customers, open invoices, money per currency, messages; and what stays and why."""
        self.customers[1].action_chasing_pause()
        dialog = self.ask(act="exclude_customer")
        self.assertEqual(
            self.lines(dialog)[:2],
            [
                "2 customers: 2 invoices being chased, $ 200.00 outstanding.",
                "6 scheduled messages will be paused.",
            ],
        )
        [changes] = dialog.changes
        self.assertEqual({row["after"] for row in changes["rows"]}, {"Paused: customer excluded"})
        dialog.act = "resume_customer"
        self.assertEqual(
            self.lines(dialog),
            ["1 customer: 1 invoice being chased, $ 100.00 outstanding.", "1 invoice continues with its next step."],
        )
        self.assertEqual((dialog.left_count, dialog.left_text), (1, "1: It was not paused."))
        dialog.act = "include_customer"
        self.assertEqual((dialog.possible_count, dialog.left_count), (0, 2))
        with self.assertRaisesRegex(UserError, "It was not excluded"):
            dialog.save().action_do()

    def test_before_a_cadence_is_chosen(self):
        """R50: it asks for one; taking it away is offered where there is one, and says of whom it changes nothing."""
        dialog = self.ask(act="cadence_customer")
        self.assertEqual(
            (dialog.possible_count, dialog.left_count, self.lines(dialog)),
            (0, 0, ["Choose a cadence. Rules and the default cadence decide for these customers until then."]),
        )
        with self.assertRaisesRegex(UserError, "It has no cadence of its own"):
            dialog.save().action_do()
        self.customer.chasing_cadence_id = self.cadence
        dialog = self.ask(act="cadence_customer")
        self.assertEqual((dialog.possible_count, dialog.left_text), (1, "1: It has no cadence of its own."))
        dialog.cadence_id = self.cadence
        self.assertEqual((dialog.possible_count, dialog.left_text), (1, "1: It has this cadence already."))

    def test_a_dialog_does_it_once(self):
        """R37."""
        dialog = self.ask(act="exclude_customer").save()
        dialog.action_do()
        with self.assertRaisesRegex(UserError, "already done"):
            dialog.action_do()

    def test_a_pause_ends_in_the_future(self):
        """R36."""
        with self.assertRaisesRegex(UserError, "must end in the future"):
            self.do(act="pause_customer", ends="date", until="2020-01-01")
        self.assertFalse(any(self.customers.mapped("chasing_paused")))

    def test_from_the_chasing_list(self):
        """R37: the customers of the invoices that are selected."""
        action = self.invoices.chasing_schedule_ids.action_ask_customers()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(dialog._customers(), self.customers)

    def test_every_page_of_the_list(self):
        """R52: the web client gives no more ids than that."""
        self.env["ir.config_parameter"].sudo().set_param("web.active_ids_limit", "1")
        action = self.customer.with_context(active_domain=[("id", "in", self.customers.ids)]).action_chasing_ask()
        self.assertEqual(self.env[action["res_model"]].browse(action["res_id"])._customers(), self.customers)


@tagged("post_install", "-at_install")
class TestCadenceOfManyCustomers(CustomersCommon):
    def setUp(self):
        super().setUp()
        self.gentle = self.make_cadence("Gentle", [("after_due", 3, 9)])

    def test_running_invoices_keep_theirs(self):
        """R50: new invoices get it; that is the default, and said before."""
        dialog = self.ask(act="cadence_customer", cadence_id=self.gentle)
        self.assertEqual(
            self.lines(dialog)[1:],
            ["New invoices get the cadence Gentle.", "2 running invoices keep their cadence."],
        )
        dialog.save().action_do()
        self.assertEqual(self.invoices.chasing_schedule_ids.cadence_id, self.cadence)
        fresh = self.make_invoice()
        self.assertEqual(
            (fresh.chasing_schedule_id.cadence_id, fresh.chasing_schedule_id.assigned_by), (self.gentle, "customer")
        )

    def test_running_invoices_follow_where_that_is_asked(self):
        """R50: but not what a person chose for an invoice; undo gives all of it back."""
        self.invoices[1].chasing_schedule_id.sudo().assigned_by = "invoice"
        dialog = self.ask(act="cadence_customer", cadence_id=self.gentle, follows=True)
        self.assertEqual(
            self.lines(dialog)[2:], ["1 invoice gets the cadence now.", "1 running invoice keeps its cadence."]
        )
        self.assertEqual([one["title"].partition(":")[0] for one in dialog.changes], ["Will change", "Unchanged"])
        dialog.save().action_do()
        schedules = self.invoices.chasing_schedule_ids
        self.assertEqual(schedules.mapped("cadence_id.name"), ["Gentle", self.cadence.name])
        self.assertEqual(schedules[0].assigned_by, "customer")
        run = self.env["chasing.bulk.run"].search([], limit=1)
        self.assertEqual(run.change_ids.mapped("after_text"), ["Gentle"] * 2)
        run.action_undo()
        self.assertEqual(schedules.cadence_id, self.cadence)
        self.assertFalse(self.customers.chasing_cadence_id)

    def test_none_again(self):
        """R50: rules and the default decide."""
        self.customers.chasing_cadence_id = self.gentle
        dialog = self.ask(act="cadence_customer")
        self.assertIn("Rules and the default cadence decide about new invoices.", dialog.preview)
        run = self.do(act="cadence_customer")
        self.assertFalse(self.customers.chasing_cadence_id)
        self.assertEqual(run.change_ids.mapped("after_text"), ["No cadence of its own"] * 2)

    def test_one_that_cannot_be_used(self):
        """R23, R50: archived, or of another company."""
        self.gentle.active = False
        dialog = self.ask(act="cadence_customer").save()
        dialog.cadence_id = self.gentle
        with self.assertRaisesRegex(UserError, "archived"):
            dialog.action_do()
        other = self.setup_other_company()["company"]
        foreign = (
            self.env["chasing.cadence"].with_company(other).sudo().create({"name": "Theirs", "company_id": other.id})
        )
        dialog = self.ask(act="cadence_customer").save()
        dialog.cadence_id = foreign
        with self.assertRaises(UserError):
            dialog.action_do()
        self.assertFalse(self.customers.chasing_cadence_id)

    def test_one_that_was_deleted_meanwhile(self):
        """R82: every customer keeps what it has, and the record says why."""
        runs = self.env["chasing.bulk.run"]
        run = runs._start("cadence_customer", {"cadence_id": 2**30}, self.customers, self.company)
        self.assertEqual(set(run.refused_ids.mapped("reason")), {"The cadence was deleted in the meantime."})


@tagged("post_install", "-at_install")
class TestManyCustomersOfCompanies(CustomersCommon):
    def setUp(self):
        super().setUp()
        self.other = self.setup_other_company()["company"]
        self.branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.env.user.company_ids |= self.other | self.branch

    def excluded(self):
        return [
            self.customer.with_company(company).chasing_excluded for company in (self.company, self.branch, self.other)
        ]

    def test_this_company_and_its_branches_or_all_that_are_selected(self):
        """R37."""
        companies = self.company | self.branch | self.other
        customers = self.customers.with_context(allowed_company_ids=companies.ids)
        runs = self.do(customers, act="exclude_customer")
        self.assertEqual((self.excluded(), len(runs)), ([True, True, False], 1))
        runs = self.do(customers, act="exclude_customer", reach="selected")
        self.assertEqual((self.excluded(), len(runs)), ([True, True, True], 2))
        runs.action_undo() if all(runs.mapped("can_undo")) else runs.filtered("can_undo").action_undo()
        self.assertEqual(self.excluded(), [True, True, False])

    def test_a_customer_of_another_company_stays(self):
        """R37: and is listed with that reason."""
        theirs = self.make_customer("Theirs", "theirs@customer.example")
        theirs.company_id = self.other
        customers = (self.customer | theirs).with_context(allowed_company_ids=(self.company | self.other).ids)
        run = self.do(customers, act="exclude_customer")
        self.assertEqual(run.refused_ids.partner_id, theirs)
        self.assertEqual(run.refused_ids.reason, "It belongs to another company.")
        self.assertFalse(theirs.with_company(self.other).chasing_excluded)


@tagged("post_install", "-at_install")
class TestManyCustomersAndRights(CustomersCommon):
    def test_a_collector_does_all_of_it(self):
        """R37: as for one customer."""
        self.do(user=self.collector, act="exclude_customer")
        self.assertEqual(self.customers.mapped("chasing_excluded"), [True] * 2)
        self.do(user=self.collector, act="cadence_customer", cadence_id=self.cadence)
        self.assertEqual(self.customers.chasing_cadence_id, self.cadence)

    def test_nobody_else_does(self):
        """R37."""
        for groups in ("base.group_user", "base.group_user,account.group_account_readonly", "base.group_portal"):
            user = self.make_user(groups.rpartition(".")[2], groups)
            with self.subTest(groups=groups), self.assertRaises(AccessError):
                self.customers.with_user(user).action_chasing_ask()
        dialog = self.ask(act="exclude_customer").save()
        with self.assertRaises(AccessError):
            dialog.with_user(self.collector).action_do()

    def test_ids_that_no_list_gave(self):
        """R37: what a client makes up changes nothing."""
        dialogs = self.env["chasing.bulk.customers"].with_user(self.collector)
        for selected in (["1"], "all", {"a": 1}, [True]):
            with self.subTest(selected=selected), self.assertRaisesRegex(UserError, "not a valid selection"):
                dialogs.create({"selected": selected})
        for selected in ([], None, [2**30], [10**20, -1]):
            with self.subTest(selected=selected), self.assertRaisesRegex(UserError, "not a valid selection"):
                dialogs.create({"selected": selected})
        gone = self.make_customer("Gone", "gone@customer.example")
        dialog = dialogs.create({"selected": gone.ids})
        gone.unlink()
        with self.assertRaisesRegex(UserError, "not a valid selection"):
            dialog.action_do()
        with self.assertRaisesRegex(UserError, "not a valid selection"):
            self.customer.browse().action_chasing_ask()

    def test_values_that_no_column_keeps(self):
        """R37: each is refused in a sentence; a day that nobody means opens all the same, and is refused then."""
        dialogs, selected = self.env["chasing.bulk.customers"].with_user(self.collector), self.customers.ids
        dialog = dialogs.create({"selected": selected})
        for name, values, sentence in (
            ("act", (None, "shout", ["pause_customer"]), "Choose one of the values: What"),
            ("reach", (None, {}), "Choose one of the values: Applies to"),
            ("ends", (None, "never"), "Choose one of the values: "),
            ("until", ("soon", [1]), "is not a date"),
            ("days", (2**31, "many"), "Enter a whole number: "),
            ("hour", (None, False), "whole number from 0 to 23"),
        ):
            for value in values:
                with self.subTest(name=name, value=value):
                    with self.assertRaisesRegex(UserError, sentence):
                        dialogs.create({"selected": selected, name: value})
                    with self.assertRaisesRegex(UserError, sentence):
                        dialog.write({name: value})
        for day, sentence in (("0001-01-01", "must end in the future"), ("9999-12-31", "within the next ten years")):
            with self.subTest(day=day):
                dialog = dialogs.create({"selected": selected, "ends": "date", "until": day})
                self.env.invalidate_all()
                dialog.web_read({"preview": {}, "changes": {}})
                with self.assertRaisesRegex(UserError, sentence):
                    dialog.action_do()
        self.assertFalse(any(self.customers.mapped("chasing_paused")))


@tagged("post_install", "-at_install")
class TestManyCustomersInTheBackground(CustomersCommon):
    def setUp(self):
        super().setUp()
        self.patch(chasing_background_job, "BATCH_SIZE", 2)
        self.customers |= self.customers.create([{"name": f"Customer {number}"} for number in range(3)])

    def test_part_by_part_and_on_after_an_interruption(self):
        """R81: a part, what it noted and its count are one transaction."""
        run = self.do(act="exclude_customer")
        self.assertEqual((run.done, sum(self.customers.mapped("chasing_excluded"))), (0, 0))
        run._work()
        self.assertEqual((run.done, sum(self.customers.mapped("chasing_excluded"))), (2, 2))
        self.work()
        self.assertEqual((run.done, run.is_done, len(run.change_ids)), (5, True, 5))
        self.assertEqual(self.customers.mapped("chasing_excluded"), [True] * 5)
        run.action_undo()
        self.work()
        self.assertEqual(self.customers.mapped("chasing_excluded"), [False] * 5)

    def test_few_statements_a_customer(self):
        """R37: 20,000 at once."""
        customers = self.customers.create([{"name": f"Customer {number}"} for number in range(120)])
        self.patch(chasing_background_job, "BATCH_SIZE", 500)
        counts, undone = [], []
        for group in (customers[:20], customers[20:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run = self.env["chasing.bulk.run"]._start("exclude_customer", {}, group, self.company)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run.action_undo()
            self.env.flush_all()
            undone.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 5)
        self.assertLessEqual(undone[1] - undone[0], 5)
