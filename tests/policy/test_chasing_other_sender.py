from odoo import Command
from odoo.tests import Form, TransactionCase, tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingOtherSender(ChasingCommon):
    """R44"""

    def texts(self):
        return [one.text for one in self.env["chasing.other.sender"]._found()]

    def test_nothing_else_sends(self):
        self.env["ir.config_parameter"].set_param("sale.automatic_invoice", False)
        self.assertEqual(self.texts(), [])

    def test_automatic_invoices_of_sales_orders_have_a_switch(self):
        self.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", "True")
        [text] = self.texts()
        self.assertIn("Automatic Invoice", text)
        self.env["res.config.settings"].sudo().create({}).action_chasing_stop_duplicates()
        self.assertEqual(self.texts(), [])

    def test_customer_level_follow_up_that_is_installed(self):
        module = self.env["ir.module.module"].sudo().search([("name", "=", "account_followup")])
        if not module:
            module = module.create({"name": "account_followup", "shortdesc": "Payment Follow-up Management"})
        module.state = "installed"
        [text] = self.texts()
        self.assertIn("reminds customers too", text)

    def test_first_run_proposes_to_ask_and_names_them(self):
        """R101"""
        self.cadence.is_default = False
        self.company.write({"chasing_enabled": False})
        self.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", "True")
        manager = self.make_user("manager", "invoice_chasing.group_manager,account.group_account_invoice")
        dialog = Form(self.env(user=manager)["chasing.start"])
        dialog.cadence_id = self.cadence
        self.assertTrue(dialog.ask_first)
        self.assertIn("Automatic Invoice", dialog.duplicates_text)
        wizard = dialog.save()
        invoice = self.make_invoice()
        wizard.action_next(), wizard.action_next(), wizard.action_switch_on()
        self.assertEqual(set(self.cadence.step_ids.mapped("mode")), {"ask"})
        self.at("2026-03-02 09:00")
        self.assertEqual(self.step(invoice, "on_issue").state, "waiting")

    def test_second_cadence_is_not_proposed_to_ask(self):
        self.make_invoice()
        other = self.make_cadence("Other", [{"trigger": "after_due", "days": 1, "hour": 9}])
        dialog = self.env["chasing.start"].create({"cadence_id": other.id})
        self.assertFalse(dialog.ask_first)


@tagged("post_install", "-at_install", "-standard", "chasing_sales")
class TestAutomationRules(TransactionCase):
    """R44: on a database with Odoo's Automation Rules, which this addon does not need."""

    def automate(self, *actions):
        """An automation rule on invoices that does all of these."""
        model = self.env.ref("account.model_account_move")
        return self.env["base.automation"].create({
            "name": "Thank you",
            "model_id": model.id,
            "trigger": "on_create",
            "action_server_ids": [Command.create({**action, "model_id": model.id}) for action in actions],
        })

    def texts(self):
        return [one.text for one in self.env["chasing.other.sender"]._found()]

    def several(self, *actions):
        model = self.env.ref("account.model_account_move")
        children = [Command.create({**action, "model_id": model.id}) for action in actions]
        return {"name": "Several", "state": "multi", "child_ids": children}

    def test_one_that_mails_is_found_also_where_it_is_one_of_several_actions(self):
        code = {"name": "Code", "state": "code", "code": "pass"}
        mail = {"name": "Mail", "state": "mail_post", "mail_post_method": "email"}
        self.automate(code, self.several(code))
        self.assertEqual(self.texts(), [])
        for actions in ((mail,), (code, self.several(code, mail)), (self.several(code, self.several(mail)),)):
            with self.subTest(actions=actions):
                rule = self.automate(*actions)
                [text] = self.texts()
                self.assertIn("Thank you", text)
                rule.unlink()
