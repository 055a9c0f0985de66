"""What the settings say about the server (R73)."""

from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ...models.forms import res_config_settings
from ..builders.builders import ChasingCommon

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="


@tagged("post_install", "-at_install")
class TestSettings(ChasingCommon):
    def text(self, takes_many):
        with patch.object(res_config_settings, "takes_many", lambda: takes_many):
            return self.env["res.config.settings"].sudo().create({}).chasing_documents_text

    def test_they_say_whether_documents_are_made_in_batches(self):
        self.assertEqual(self.text(True), "PDFs of new invoices are created in batches.")

    def test_they_say_what_to_install_where_they_are_not(self):
        self.assertIn("install wkhtmltopdf with patched Qt", self.text(False))


@tagged("post_install", "-at_install")
class TestPortalSettings(ChasingCommon):
    """What the settings say of the customer portal is what Odoo's own settings say (R74)."""

    def setUp(self):
        super().setUp()
        if "payment.provider" not in self.env or not hasattr(self.env["res.config.settings"], "pay_invoices_online"):
            self.skipTest("needs Odoo's payment of invoices")
        self.providers = self.env["payment.provider"].sudo()
        self.providers.search([]).write({"state": "disabled", "is_published": False})

    def settings(self):
        return self.env["res.config.settings"].sudo().create({"company_id": self.company.id})

    def say(self, is_on=True):
        self.env["ir.config_parameter"].sudo().set_param("account_payment.enable_portal_payment", is_on)
        return self.settings().chasing_payment_text

    def make_provider(self, name="Here", **values):
        card = {"name": "Card", "code": "card", "active": True, "image": PIXEL}
        return self.providers.create({
            "name": name,
            "company_id": self.company.id,
            "state": "test",
            "is_published": True,
            "payment_method_ids": [Command.create(card)],
            **values,
        })

    def test_they_say_how_customers_can_pay_online(self):
        self.make_provider()
        self.assertEqual(
            self.say(),
            "Customers can pay online by Card. In test mode, without real payments: Here.",
        )

    def test_they_say_why_customers_cannot(self):
        self.assertIn("Online payment is off.", self.say(is_on=False))
        self.assertIn("no payment provider is enabled", self.say())
        self.make_provider(is_published=False)
        self.make_provider(company_id=self.setup_other_company()["company"].id)
        self.assertIn("no payment provider is enabled", self.say())

    def test_without_odoos_payment_they_say_so_and_lead_nowhere(self):
        with patch.object(res_config_settings, "has_online_payment", lambda _env: False):
            settings = self.settings()
            self.assertIn("not installed", settings.chasing_payment_text)
            self.assertFalse(settings.chasing_has_payment)

    def test_their_buttons_lead_to_odoos_own_settings(self):
        settings = self.settings()
        self.assertTrue(settings.chasing_has_payment)
        self.assertEqual(settings.action_chasing_payment_providers()["res_model"], "payment.provider")
        self.assertEqual(settings.action_chasing_payment_methods()["res_model"], "payment.method")

    def test_links_that_ask_for_login_are_a_setting_of_the_company(self):
        """R92c: off at first, and noted when it is changed."""
        self.assertFalse(self.company.chasing_link_login)
        settings = self.settings()
        settings.chasing_link_login = True
        settings.execute()
        self.assertTrue(self.company.chasing_link_login)
