from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.builders import ChasingCommon

OURS = ("chasing.cadence", "chasing.cadence.step", "chasing.schedule", "chasing.step", "chasing.delivery")


@tagged("post_install", "-at_install")
class TestAccess(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.make_user("collector", "invoice_chasing.group_user")
        cls.manager = cls.make_user("manager", "invoice_chasing.group_manager")
        cls.auditor = cls.make_user("auditor", "account.group_account_readonly")
        cls.clerk = cls.make_user("clerk", "account.group_account_invoice")
        cls.employee = cls.make_user("employee", "base.group_user")
        cls.portal = cls.make_user("portal", "base.group_portal")

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.schedule = self.invoice.chasing_schedule_id
        self.env.invalidate_all()

    def test_groups_follow_from_odoos_own(self):
        """Collectors are whoever invoices, managers whoever runs the accounting."""
        self.assertTrue(self.clerk.has_group("invoice_chasing.group_user"))
        self.assertFalse(self.clerk.has_group("invoice_chasing.group_manager"))
        accountant = self.make_user("chief", "account.group_account_manager")
        self.assertTrue(accountant.has_group("invoice_chasing.group_manager"))

    def test_who_may_read_invoices_may_read_their_chasing(self):
        for user in (self.collector, self.manager, self.auditor, self.clerk):
            schedule = self.schedule.with_user(user)
            self.assertEqual(schedule.status, "active", user.login)
            self.assertEqual(schedule.step_ids.mapped("state"), ["sent", "planned", "planned"], user.login)
            self.assertEqual(schedule.delivery_ids.address, "ann@customer.example", user.login)
            self.assertEqual(self.invoice.with_user(user).chasing_status, "active", user.login)

    def test_nobody_else_reads_anything_of_ours(self):
        for user in (self.employee, self.portal):
            for model in OURS:
                with self.assertRaises(AccessError, msg=f"{user.login} {model}"):
                    self.env[model].with_user(user).search([])

    def test_a_collector_reads_customer_invoices_and_nothing_else_of_accounting(self):
        bill = self._create_invoice("in_invoice", partner_id=self.customer, invoice_date="2026-03-02", post=True)
        moves = self.env["account.move"].with_user(self.collector)
        self.assertEqual(moves.browse(self.invoice.id).amount_residual, 100)
        self.assertFalse(moves.search([("id", "=", bill.id)]))
        with self.assertRaises(AccessError):
            moves.browse(bill.id).read(["name"])
        with self.assertRaises(AccessError):
            moves.browse(self.invoice.id).write({"ref": "mine"})
        with self.assertRaises(AccessError):
            self.env["account.payment"].with_user(self.collector).create({"amount": 1})

    def test_a_collector_may_steer(self):
        """R36, R84."""
        schedule = self.schedule.with_user(self.collector)
        schedule.action_pause(until="2026-03-10", reason="promise")
        schedule.action_resume("next")
        schedule.action_mark_sent()
        schedule.step_ids.filtered(lambda step: step.trigger == "before_due").action_skip()
        schedule.step_ids.filtered(lambda step: step.trigger == "after_due").action_send_now()
        self.assertEqual(self.schedule.step_ids.mapped("state"), ["sent", "skipped", "under_way"])
        schedule.action_disable()
        self.assertEqual(self.schedule.status, "stopped")

    def test_an_auditor_may_search_and_group_by_the_mirrors(self):
        """R94."""
        moves = self.env["account.move"].with_user(self.auditor)
        mine = [("id", "=", self.invoice.id)]
        self.assertTrue(moves.search([*mine, ("chasing_status", "=", "active")], order="chasing_next_at"))
        self.assertTrue(moves.search([*mine, ("chasing_cadence_id", "=", self.cadence.id)]))
        self.assertEqual(moves._read_group(mine, ["chasing_status"], ["__count"]), [("active", 1)])

    def test_a_customer_on_the_portal_sees_the_invoice_and_not_its_chasing(self):
        self.portal.partner_id.parent_id = self.customer
        self.invoice.message_subscribe(self.portal.partner_id.ids)
        self.env.cr.flush()
        self.env.invalidate_all()
        invoice = self.invoice.with_user(self.portal)
        self.assertEqual(invoice.read(["name"])[0]["name"], self.invoice.name)
        for name in ("chasing_status", "chasing_next_at", "chasing_cadence_id", "chasing_schedule_id"):
            with self.assertRaises(AccessError, msg=name):
                invoice.read([name])

    def test_an_auditor_may_not_steer(self):
        for action in ("action_pause", "action_disable", "action_cancel", "action_mark_sent"):
            with self.assertRaises(AccessError, msg=action):
                getattr(self.schedule.with_user(self.auditor), action)()
        for action in ("action_send_now", "action_skip", "action_retry", "action_dismiss"):
            with self.assertRaises(AccessError, msg=action):
                getattr(self.schedule.step_ids[1].with_user(self.auditor), action)()
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.auditor).action_chasing_enable()

    def test_an_employee_or_customer_may_not_steer(self):
        for user in (self.employee, self.portal):
            with self.assertRaises(AccessError):
                self.schedule.with_user(user).action_pause()
            with self.assertRaises(AccessError):
                self.schedule.step_ids[1].with_user(user).action_send_now()

    def test_nobody_writes_plan_or_ledger_directly(self):
        """R39: only through the acts that keep the rules."""
        records = (self.schedule, self.schedule.step_ids[:1], self.schedule.delivery_ids)
        for user in (self.collector, self.manager, self.auditor, self.clerk):
            for record in records:
                with self.assertRaises(AccessError, msg=f"{user.login} {record}"):
                    call_kw(record.with_user(user), "write", [record.ids, {"write_uid": 1}], {})
                with self.assertRaises(AccessError, msg=f"{user.login} {record}"):
                    call_kw(record.with_user(user), "unlink", [record.ids], {})
                with self.assertRaises(AccessError, msg=f"{user.login} {record}"):
                    call_kw(record.with_user(user), "create", [[{}]], {})

    @mute_logger("odoo.http")
    def test_what_is_not_meant_for_the_network_is_not_reachable(self):
        """Methods that write states or send without asking."""
        for record, name in (
            (self.schedule, "_sent_by_odoo"),
            (self.schedule.step_ids, "_set_state"),
            (self.env["chasing.dispatcher"], "_dispatch"),
            (self.env["chasing.dispatcher"], "_cron_dispatch"),
            (self.invoice, "_chasing_assign"),
        ):
            with self.assertRaises(AccessError):
                call_kw(record.with_user(self.manager), name, [record.ids], {})

    def test_only_managers_change_cadences(self):
        for user in (self.collector, self.clerk, self.auditor):
            with self.assertRaises(AccessError):
                self.cadence.with_user(user).write({"name": "Mine"})
            with self.assertRaises(AccessError):
                self.cadence.step_ids[0].with_user(user).write({"hour": 10})
        self.cadence.with_user(self.manager).write({"name": "Ours"})
        self.cadence.with_user(self.manager).copy().unlink()

    def test_only_managers_let_a_held_run_go(self):
        """R47."""
        with self.assertRaises(AccessError):
            self.company.with_user(self.collector).action_chasing_release_brake()
        self.company.with_user(self.manager).action_chasing_release_brake()

    def test_settling_an_invoice_needs_no_rights_on_chasing(self):
        """R32: a payment by somebody who may not see chasing stops it."""
        user = self.make_user("cashier", "account.group_account_user")
        user.group_ids -= self.env.ref("invoice_chasing.group_user")
        self.pay(self.invoice.with_user(user))
        self.assertEqual(self.schedule.status, "paid")


@tagged("post_install", "-at_install")
class TestCompanies(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Other")["company"]
        cls.other.write({"chasing_enabled": True, "chasing_tz": "Europe/Berlin"})
        cls.stranger = cls.make_user("stranger", "account.group_account_manager", company_id=cls.other.id)

    def as_stranger(self, record):
        self.env.invalidate_all()
        return self.env(user=self.stranger, context={})[record._name].browse(record.ids)

    def test_a_user_of_another_company_sees_nothing(self):
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        for record in (invoice.chasing_schedule_id, self.steps(invoice), self.deliveries(invoice), self.cadence):
            theirs = self.as_stranger(record)
            self.assertFalse(theirs.search([("id", "in", record.ids)]))
            with self.assertRaises(AccessError):
                theirs.read(["display_name"])

    def test_a_user_of_another_company_steers_nothing(self):
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        with self.assertRaises(AccessError):
            self.as_stranger(schedule).action_pause()
        with self.assertRaises(AccessError):
            self.as_stranger(schedule.step_ids[0]).action_send_now()
        with self.assertRaises(AccessError):
            self.as_stranger(self.company).action_chasing_release_brake()
        self.as_stranger(self.other).action_chasing_release_brake()

    def test_a_cadence_of_another_company_is_refused(self):
        """R50."""
        foreign = self.env["chasing.cadence"].sudo().search([("company_id", "=", self.other.id)], limit=1)
        fresh, chased = self.make_invoice(post=False), self.make_invoice()
        for invoice in (fresh, chased):
            with self.assertRaises(UserError):
                invoice.sudo()._chasing_assign(foreign)
        self.assertEqual(chased.chasing_cadence_id, self.cadence)

    def test_each_company_has_its_own_default(self):
        """R21."""
        foreign = self.env["chasing.cadence"].sudo().search([("company_id", "=", self.other.id)], limit=1)
        foreign.is_default = True
        self.assertTrue(self.cadence.is_default)
        invoice = self.make_invoice(company=self.other)
        self.assertEqual(invoice.sudo().chasing_cadence_id, foreign)

    def test_a_branch_uses_its_parents_default_unless_it_has_its_own(self):
        """R21: the nearest ancestor's."""
        branch = self.env["res.company"].create({
            "name": "Branch",
            "parent_id": self.company.id,
            "chasing_enabled": True,
            "chasing_tz": "Europe/Berlin",
        })
        self.env.user.write({"company_ids": [Command.link(branch.id)]})
        self.assertEqual(branch._chasing_default_cadence(), self.cadence)
        own = self.make_cadence("Branch's own", [("on_issue", 0, 9)], company_id=branch.id, is_default=True)
        self.assertEqual(branch._chasing_default_cadence(), own)
        self.assertEqual(self.company._chasing_default_cadence(), self.cadence)

    def test_a_branch_gets_no_cadences_of_its_own(self):
        """R107."""
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.assertFalse(self.env["chasing.cadence"].sudo().search([("company_id", "=", branch.id)]))
