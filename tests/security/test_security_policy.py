"""Policy stays where it was made, a branch changes only its own, and whom or what it names is the company's own."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..builders.security import SecurityCommon
from .test_security_models import MODELS

REFUSED = ("odoo.exceptions.UserError", "odoo.exceptions.AccessError")
# Of these people write what they fill in, and never the owner, not even the one it has.
FILLED_IN_ONLY = ("chasing.import", "chasing.import.line")


@tagged("post_install", "-at_install")
class TestSecurityPolicy(SecurityCommon):
    def both(self):
        """A manager of both companies, who so may make policy in either."""
        groups = "invoice_chasing.group_manager,account.group_account_manager"
        user = self.make_user("both", groups, company_ids=[Command.set((self.company | self.other).ids)])
        self.users["both"] = user
        user.login = "kind_both"
        return user

    def make_foreign(self):
        """{model: what the other company has}."""
        cadence = self.env["chasing.cadence"].sudo().search([("company_id", "=", self.other.id)], limit=1)
        role = self.env["chasing.contact.role"].sudo().create({"name": "Theirs", "company_id": self.other.id})
        made = self.env["chasing.import"].sudo().create({"file": "YQ==", "company_id": self.other.id})
        return {
            "res.company": self.other,
            "chasing.cadence": cadence,
            "chasing.contact.role": role,
            "chasing.tone": self.env["chasing.tone"].sudo().create({"name": "Theirs", "company_id": self.other.id}),
            "chasing.import": made,
        }

    # ------------------------------------------------------------------ it stays where it is

    def test_what_people_make_stays_with_its_owner(self):
        """Every model that somebody may write, found by reflection, refuses another company or another parent."""
        self.both()
        records, foreign, wrong = self.make_samples(), self.make_foreign(), []
        for name, (_readers, writers) in MODELS.items():
            if not writers:
                continue
            model = self.env[name]
            self.assertTrue(hasattr(model, "_check_owner_stays"), f"{name} can be moved to another company")
            owner = model._fields[model._owner_field]
            values = {owner.name: foreign[owner.comodel_name].id}
            same = {owner.name: records[name][owner.name].id}
            if self.error_of("both", name, "write", records[name].ids, values) not in REFUSED:
                wrong.append(f"{name} moved")
            if name not in FILLED_IN_ONLY and self.error_of("both", name, "write", records[name].ids, same):
                wrong.append(f"{name} refuses what it has")
        self.assertEqual(wrong, [])

    def test_a_line_does_not_move_by_way_of_another_cadence(self):
        """Nor does the holder of a role."""
        self.both()
        records, foreign = self.make_samples(), self.make_foreign()
        for parent, lines, line in (
            ("chasing.cadence", "step_ids", "chasing.cadence.step"),
            ("chasing.contact.role", "holder_ids", "chasing.contact.role.holder"),
            ("chasing.tone", "line_ids", "chasing.tone.line"),
        ):
            for command in ([4, records[line].id, 0], [6, 0, records[line].ids]):
                error = self.error_of("both", parent, "write", foreign[parent].ids, {lines: [command]})
                self.assertEqual(error, "odoo.exceptions.UserError", f"{parent} {command}")

    # ------------------------------------------------------------------ a branch

    def test_a_branch_changes_its_own(self):
        manager = self.users["branch_manager"]
        own = self.make_cadence("Own", [("on_issue", 0, 9)], company_id=self.branch.id)
        own.with_user(manager).write({"name": "Our own"})
        rule = (
            self.env["chasing.rule"]
            .with_user(manager)
            .create({
                "name": "Ours",
                "company_id": self.branch.id,
                "cadence_id": self.cadence.id,
            })
        )
        rule.unlink()
        own.with_user(manager).is_default = True
        self.assertTrue(self.cadence.is_default)

    def test_a_branch_that_duplicates_its_parents_cadence_gets_one_of_its_own(self):
        self.cadence.sender_id = self.salesperson
        copy = self.cadence.with_user(self.users["branch_manager"]).copy()
        self.assertEqual((copy.company_id, copy.sender_id), (self.branch, self.env["res.users"]))
        self.assertEqual(len(copy.step_ids), 3)
        self.assertEqual(self.cadence.copy().company_id, self.company)

    def start(self, **values):
        dialogs = self.env(user=self.users["branch_manager"])["chasing.start"]
        return dialogs.create({"cadence_id": self.cadence.id, "stage": "look", "start_date": "2026-03-01", **values})

    def test_a_branch_starts_with_its_parents_cadence_as_it_is(self):
        """R46: neither its steps nor which one is the default is a branch's to change."""
        self.branch.write({"chasing_enabled": False, "email": "branch@firm.example"})
        dialog = self.start()
        self.assertFalse(dialog.ask_first)
        dialog.ask_first = True
        with self.assertRaisesRegex(UserError, "belongs to Firm"):
            dialog.action_switch_on()
        dialog.ask_first = False
        dialog.action_switch_on()
        self.assertTrue(self.branch.chasing_enabled)
        self.assertEqual(set(self.cadence.step_ids.mapped("mode")), {"auto"})

    def test_a_branch_does_not_make_its_parents_cadence_the_default(self):
        self.cadence.is_default = False
        with self.assertRaisesRegex(UserError, "belongs to Firm"):
            self.start().action_switch_on()
        self.assertFalse(self.cadence.is_default)

    # ------------------------------------------------------------------ whom it names

    def test_only_our_own_people_send_and_look_after(self):
        """R98"""
        gone = self.make_user("gone", "base.group_user", active=False)
        for user in (self.users["portal"], self.users["stranger"], gone):
            for name in ("sender_id", "responsible_id"):
                with self.assertRaises(UserError, msg=f"{user.login} {name}"), self.env.cr.savepoint():
                    self.cadence.write({name: user.id})
            with self.assertRaises(UserError, msg=user.login), self.env.cr.savepoint():
                self.schedule.with_user(self.users["collector"])._set_responsible(own_sender_id=user)
        self.cadence.write({"sender_id": self.users["clerk"].id, "responsible_id": self.users["clerk"].id})
        self.schedule.with_user(self.users["collector"])._set_responsible(own_sender_id=self.users["clerk"])
        self.assertEqual(self.schedule._sender()[0], self.users["clerk"].partner_id)

    def test_who_left_the_company_sends_nothing_more(self):
        """The company does."""
        clerk = self.users["clerk"]
        self.cadence.sender_id = clerk
        clerk.write({"company_ids": [Command.set(self.other.ids)], "company_id": self.other.id})
        self.assertEqual(self.schedule._sender()[0], self.company.partner_id)

    def test_a_parents_people_send_for_its_branches(self):
        self.cadence.sender_id = self.users["clerk"]
        invoice = self.make_invoice(company=self.branch)
        self.assertEqual(invoice.chasing_schedule_id._sender()[0], self.users["clerk"].partner_id)
        self.assertFalse(self.company._chasing_is_colleague(self.users["branch_manager"]))

    def test_a_salesperson_of_another_company_does_not_send(self):
        self.invoice.invoice_user_id = self.users["stranger"]
        self.assertEqual(self.schedule._sender()[0], self.company.partner_id)
        self.invoice.invoice_user_id = self.users["clerk"]
        self.assertEqual(self.schedule._sender()[0], self.users["clerk"].partner_id)

    def test_only_our_own_people_hold_a_role(self):
        """R62: theirs is an internal copy."""
        role = self.make_role("Boss")
        for user in (self.users["portal"], self.users["stranger"]):
            with self.assertRaises(ValidationError, msg=user.login), self.env.cr.savepoint():
                role.holder_ids = [Command.create({"user_id": user.id})]
        role.holder_ids = [Command.create({"user_id": self.users[kind].id}) for kind in ("clerk", "branch_manager")]
        self.assertEqual(len(role.holder_ids), 2)

    def test_a_contact_keeps_the_roles_of_other_companies(self):
        """R62: whoever may change contacts does not know those roles, and takes none of them away by its id."""
        roles = self.env["chasing.contact.role"].create([
            {"name": "Ours", "company_id": self.company.id},
            {"name": "Theirs", "company_id": self.other.id},
        ])
        own, foreign = roles
        self.customer.chasing_role_ids = roles
        for command in (Command.unlink(foreign.id), Command.link(foreign.id), Command.unlink(str(foreign.id))):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.customer.with_user(self.users["contacts"]).chasing_role_ids = [command]
        self.customer.with_user(self.users["contacts"]).chasing_role_ids = [Command.unlink(own.id)]
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.sudo().chasing_role_ids, foreign)

    def test_copies_go_to_none_but_the_company_s_people(self):
        """R62: who left, was never one of them, or looks after another branch gets none."""
        role = self.make_role("Boss")
        clerk, of_branch = self.users["clerk"], self.users["branch_manager"]
        role.holder_ids = [Command.create({"user_id": user.id}) for user in (clerk, of_branch)]
        role.holder_ids = [Command.create({"is_salesperson": True})]
        by_name, of_branch_holder, by_sales = role.holder_ids
        branchs = self.make_invoice(company=self.branch)
        self.assertEqual(by_name._user_for(self.invoice), clerk)
        self.assertEqual(by_name._user_for(branchs), clerk)
        self.assertFalse(of_branch_holder._user_for(self.invoice))
        self.assertEqual(of_branch_holder._user_for(branchs), of_branch)
        for kind, gets in (("clerk", True), ("portal", False), ("stranger", False)):
            self.invoice.invoice_user_id = self.users[kind]
            self.assertEqual(bool(by_sales._user_for(self.invoice)), gets, kind)
        clerk.active = False
        self.assertFalse(by_name._user_for(self.invoice))

    def test_a_step_has_a_role_of_its_company(self):
        """Whoever works for both does not mix them up, in a cadence or on one invoice."""
        foreign = self.make_foreign()["chasing.contact.role"]
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.cadence.step_ids[:1].role_id = foreign
        dialog = self.env["chasing.edit"].with_user(self.both()).create({"schedule_id": self.schedule.id})
        self.assertEqual(len(dialog.line_ids), 3)
        self.env.cr.flush()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            dialog.line_ids[:1].role_id = foreign
        own = self.make_role("Boss")
        dialog.line_ids[:1].role_id = own
        dialog.action_save()
        self.assertIn(own, self.schedule.step_ids.role_id)

    def test_a_customer_gets_a_cadence_that_its_company_can_use(self):
        """R50"""
        foreign = self.make_foreign()["chasing.cadence"]
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.customer.chasing_cadence_id = foreign
        self.customer.with_company(self.branch).chasing_cadence_id = self.cadence
        self.customer.chasing_cadence_id = self.cadence

    def test_an_invoice_starts_from_a_cadence_of_its_company(self):
        """R22: whoever works for both does not give one company's invoice the other's cadence."""
        foreign = self.make_foreign()["chasing.cadence"]
        dialog = self.env["chasing.edit"].with_user(self.both()).create({"schedule_id": self.schedule.id})
        dialog.cadence_id = foreign
        with self.assertRaisesRegex(UserError, "belongs to another company"):
            dialog.action_save()
        dialog.cadence_id = self.cadence
        dialog.action_save()

    # ------------------------------------------------------------------ which invoices

    def test_a_cadence_is_tried_on_invoices_of_its_company_to_customers(self):
        """R24: whoever may not read bills learns nothing of their dates."""
        bill = self._create_invoice("in_invoice", partner_id=self.customer, invoice_date="2026-03-02", post=True)
        theirs = self.make_invoice(company=self.other, post=False)
        cadence = self.cadence.with_user(self.users["manager"])
        for move in (bill, theirs):
            with self.assertRaises(AccessError), Form(cadence) as form:
                form.sample_move_id = move.with_user(self.users["manager"])
        with self.assertRaisesRegex(UserError, "to a customer"), Form(self.cadence) as form:
            form.sample_move_id = bill
        with Form(cadence) as form:
            form.sample_move_id = self.invoice.with_user(self.users["manager"])
            self.assertIn("will be sent", form.sample_text)

    def test_a_rule_gives_what_it_says(self):
        """R51: what is given in the name of a rule is the rule's."""
        other = self.make_cadence("Other", [("after_due", 1, 9)])
        rule = self.env["chasing.rule"].create({
            "name": "All",
            "company_id": self.company.id,
            "cadence_id": other.id,
        })
        dialogs = self.env["chasing.assign"].with_user(self.users["collector"])
        values = {"selected": self.invoice.ids, "rule_id": rule.id}
        for wrong in ({"cadence_id": self.cadence.id}, {"cadence_id": other.id, "stop": True}):
            with self.assertRaisesRegex(UserError, "assigns another cadence"):
                dialogs.create({**values, **wrong}).action_assign()
        dialogs.create({**values, "cadence_id": other.id}).action_assign()
        self.assertEqual(self.invoice.chasing_cadence_id, other)

    def test_how_much_is_chased_of_a_customer_is_for_those_who_chase(self):
        employee = self.customer.with_user(self.users["employee"])
        with self.assertRaises(AccessError):
            employee.read(["chasing_open_count"])
        for kind in ("collector", "auditor"):
            [read] = self.customer.with_user(self.users[kind]).read(["chasing_open_count"])
            self.assertEqual(read["chasing_open_count"], 1, kind)
